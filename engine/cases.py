"""Cases as the store keeps them: find the one that a message concerns, read its past, save what it has become.

May not decide, and only `commit` may call `save`. Non-obvious choice: which calls are under way is not kept in the case but read
off the outbox, so that the two can never disagree.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, select
from sqlalchemy.dialects.sqlite import insert

from ..machines import ABSENT, Case
from .store import CASE, JOURNAL, OUTBOX
from .tables import UNSETTLED, CaseRow, InboxRow


def locate(tx: Connection, row: InboxRow) -> Case | None:
    """The case that a message concerns, absent cases included; None when it names none or an unknown remote id."""
    named = row.kind is not None and row.key is not None
    found = _load(tx, CASE.c.kind == row.kind, CASE.c.key == row.key) if named else None
    if found is None and row.remote_id is not None:
        found = of_remote(tx, row.system, row.remote_id)
    if found is not None:
        return _case(tx, found)
    if row.kind is None or row.key is None:
        return None
    return Case(kind=row.kind, key=row.key, state=ABSENT)


def of_remote(tx: Connection, system: str, remote_id: str) -> CaseRow | None:
    """The case that carries a remote id."""
    return _load(tx, CASE.c.system == system, CASE.c.remote_id == remote_id)


def _case(tx: Connection, row: CaseRow) -> Case:
    return Case(
        kind=row.kind,
        key=row.key,
        state=row.state,
        facts=row.facts,
        remote_id=row.remote_id,
        pending=_under_way(tx, row.kind, row.key),
    )


def been(tx: Connection, case: Case) -> frozenset[str]:
    """States that a case has been in."""
    travelled = select(JOURNAL.c.target).distinct().where(JOURNAL.c.kind == case.kind, JOURNAL.c.key == case.key)
    return frozenset(tx.execute(travelled).scalars())


def next_seq(tx: Connection, case: Case) -> int:
    """The number of the case's next journal line, from 1."""
    query = select(func.max(JOURNAL.c.seq)).where(JOURNAL.c.kind == case.kind, JOURNAL.c.key == case.key)
    return (tx.execute(query).scalar() or 0) + 1


def save(tx: Connection, case: Case, *, system: str, version: int, now: datetime) -> None:
    """Write what a case has become."""
    values = {
        "state": case.state,
        "facts": dict(case.facts),
        "remote_id": case.remote_id,
        "version": version,
        "changed_at": now,
    }
    new = {**values, "kind": case.kind, "key": case.key, "system": system, "opened_at": now}
    statement = insert(CASE).values(new).on_conflict_do_update(index_elements=[CASE.c.kind, CASE.c.key], set_=values)
    tx.execute(statement)


def _load(tx: Connection, *where: ColumnElement[bool]) -> CaseRow | None:
    found = tx.execute(select(CASE).where(*where)).mappings().first()
    return None if found is None else CaseRow(**found)


def _under_way(tx: Connection, kind: str, key: str) -> frozenset[str]:
    query = select(OUTBOX.c.trigger).where(OUTBOX.c.kind == kind, OUTBOX.c.key == key, OUTBOX.c.status.in_(UNSETTLED))
    return frozenset(tx.execute(query).scalars())
