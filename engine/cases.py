"""Cases as the store keeps them: find the one that a message concerns, read its past, save what it has become.

May not decide, and only `commit` may call `save`. Non-obvious choice: which calls are under way is not kept in the case but read
off the outbox and the inbox, so that they can never disagree.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, or_, select
from sqlalchemy.dialects.sqlite import insert

from ..machines import ABSENT, Case
from .store import CASE, INBOX, JOURNAL, OUTBOX
from .tables import ANSWER, UNSETTLED, CaseRow, InboxRow, InboxStatus


def locate(tx: Connection, row: InboxRow) -> Case | None:
    """The case that a message concerns, absent cases included; None when it names none or an unknown remote id."""
    named = row.kind is not None and row.key is not None
    found = _load(tx, CASE.c.kind == row.kind, CASE.c.key == row.key) if named else None
    if found is None and row.remote_id is not None:
        found = of_remote(tx, row.system, row.remote_id)
    if found is not None:
        return _case(tx, found, row)
    if row.kind is None or row.key is None:
        return None
    return Case(kind=row.kind, key=row.key, state=ABSENT)


def of_remote(tx: Connection, system: str, remote_id: str) -> CaseRow | None:
    """The case that carries a remote id."""
    return _load(tx, CASE.c.system == system, CASE.c.remote_id == remote_id)


def _case(tx: Connection, found: CaseRow, message: InboxRow) -> Case:
    return Case(
        kind=found.kind,
        key=found.key,
        state=found.state,
        facts=found.facts,
        remote_id=found.remote_id,
        pending=_under_way(tx, found, message),
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


def _under_way(tx: Connection, case: CaseRow, message: InboxRow) -> frozenset[str]:
    """What is being called for a case: until the answer is *decided*, not only until it has come.

    Between the two the case is still in the state that the call is about to change. A wish that is decided there would make
    the same call again, and open a door twice. The answer that `message` itself may be is no longer under way.
    """
    waiting = INBOX.c.status.in_((InboxStatus.NEW, InboxStatus.HELD))
    of_case = (INBOX.c.kind == case.kind, INBOX.c.key == case.key)
    undecided = select(INBOX.c.external_id).where(*of_case, waiting, INBOX.c.source == ANSWER, INBOX.c.id != message.id)
    open_call = or_(OUTBOX.c.status.in_(UNSETTLED), OUTBOX.c.effect_key.in_(undecided))
    query = select(OUTBOX.c.trigger).where(OUTBOX.c.kind == case.kind, OUTBOX.c.key == case.key, open_call)
    return frozenset(tx.execute(query).scalars())
