"""Cases as the store keeps them: find those that messages concern, what is under way for them, and save what they have become.

May not decide, and only `batch` may write through it. Non-obvious choice: which calls are under way is not kept in the case but
read off the outbox, where a call is over once its answer has been *decided* and not when it has come. Between the two the case is
still in the state that the call is about to change; a wish that was decided there would make the same call again, and open a
door twice.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, FromClause, Text, and_, bindparam, func, literal, select, true, tuple_, update

from ..machines import ABSENT, Case
from .statements import LISTED, Found, Statement, insertion, listed, said
from .store import CASE, JOURNAL, OUTBOX
from .tx import Later, Tx


@dataclass(slots=True)
class Followed:
    """A case while messages about it are decided.

    Attributes:
        case: As it is now; its `pending` is left empty and filled in for each decision.
        version: Number of its last journal line.
        stored: The version that the database has; None for a case that it has not.
        under_way: Triggers of calls under way, by the effect's key.
        timers: The timers that the database has for it.
        look_at: When it is to be looked at.
        looks: How often it was since it was heard of.
        forget_at: From when on it is forgotten once it has ended.
        since: When it entered its state; None for one that is not there yet.
        heard: Whether something new was heard of it here.
        was: State that the database has it in.
        passed: States that it was in here, before its last.
        told: Whether anything was told of it here, new or not, but by a timer or a look-up.
        opened_by: Id of the message that opened it; 0 for one that is not there yet, or that code of 0002 opened.
    """

    case: Case
    version: int = 0
    stored: int | None = None
    under_way: dict[str, str] = field(default_factory=dict[str, str])
    timers: Mapping[str, datetime] = field(default_factory=dict[str, datetime])
    look_at: datetime | None = None
    looks: int = 0
    forget_at: datetime | None = None
    since: datetime | None = None
    heard: bool = False
    was: str = ABSENT
    passed: set[str] = field(default_factory=set[str])
    told: bool = False
    opened_by: int = 0

    @property
    def name(self) -> tuple[str, str]:
        """Kind and key."""
        return self.case.kind, self.case.key


def absent(kind: str, key: str) -> Followed:
    """A case that nothing is known of."""
    return Followed(Case(kind=kind, key=key, state=ABSENT))


def keys_of(names: Iterable[tuple[str, str]]) -> str:
    """Pairs of text as `statements.listed` takes them."""
    return json.dumps(list(names))


_COLUMNS = ("kind", "key", "state", "facts", "remote_id", "version", "look_at", "looks", "forget_at", "since", "opened_by")
_FOUND = tuple(CASE.c[name] for name in _COLUMNS)
NAMED = Statement(lambda dialect: select(*_FOUND).where(tuple_(CASE.c.kind, CASE.c.key).in_(listed(dialect, "kind", "key"))))
REMOTE = Statement(
    lambda dialect: select(CASE.c.system, *_FOUND).where(
        tuple_(CASE.c.system, CASE.c.remote_id).in_(listed(dialect, "system", "remote_id"))
    )
)
UNDER_WAY = Statement(
    lambda dialect: select(OUTBOX.c.kind, OUTBOX.c.key, OUTBOX.c.effect_key, OUTBOX.c.trigger).where(
        said("NOT over"), tuple_(OUTBOX.c.kind, OUTBOX.c.key).in_(listed(dialect, "kind", "key"))
    )
)
OVER = Statement(update(OUTBOX).where(OUTBOX.c.effect_key == bindparam("of", type_=Text)).values(over=true()))
"""A call whose case has taken in what became of it, or never will."""


def lines_of(kind: ColumnElement[str], key: ColumnElement[str], *, journal: FromClause = JOURNAL) -> ColumnElement[bool]:
    """Says that lines of the journal are those of one case, as an index finds them.

    Beside those under the number of the message that opened the case, there may be some under 0: code of 0002 writes no other.
    """
    opened_by = select(CASE.c.opened_by).where(CASE.c.kind == kind, CASE.c.key == key).correlate_except(CASE).scalar_subquery()
    return and_(journal.c.opened_by.in_([literal(0), opened_by]), journal.c.kind == kind, journal.c.key == key)


_LINES = lines_of(bindparam("kind", type_=Text), bindparam("key", type_=Text))
BEEN = Statement(select(JOURNAL.c.target).distinct().where(_LINES))
ENTERED = Statement(
    select(func.count())
    .select_from(JOURNAL)
    .where(_LINES, JOURNAL.c.target == bindparam("state", type_=Text), JOURNAL.c.source != JOURNAL.c.target)
)


def named(tx: Tx, keys: str) -> Later[list[Followed]]:
    """Cases by kind and key."""
    found = tx.all_later(NAMED, {LISTED: keys})
    return lambda: [_followed(cells) for cells in found()]


def of_remote(tx: Tx, keys: str) -> Later[list[tuple[str, Followed]]]:
    """Cases by system and remote id, each with its system."""
    found = tx.all_later(REMOTE, {LISTED: keys})
    return lambda: [(cells[0], _followed(cells[1:])) for cells in found()]


def under_way(tx: Tx, keys: str) -> Later[list[Found]]:
    """What is being called for cases: kind, key, effect's key and trigger."""
    return tx.all_later(UNDER_WAY, {LISTED: keys})


def been(tx: Tx, case: Case) -> set[str]:
    """States that a case has been in, as far as the database knows."""
    return {target for (target,) in tx.all(BEEN, {"kind": case.kind, "key": case.key})}


def entered(tx: Tx, case: Case, state: str) -> int:
    """How often a case has entered a state from another, as far as the database knows."""
    return sum(count for (count,) in tx.all(ENTERED, {"kind": case.kind, "key": case.key, "state": state}))


_CHANGES = ("state", "facts", "version", "changed_at", "look_at", "looks", "forget_at", "since")
OPEN = insertion(CASE)
CHANGE = Statement(
    update(CASE)
    .where(
        CASE.c.kind == bindparam("of_kind", type_=Text),
        CASE.c.key == bindparam("of_key", type_=Text),
        # Another process that decided this case meanwhile would have raised it. `Store.deciding` lets none, and if it ever did,
        # nothing of this transaction may stand.
        CASE.c.version == bindparam("was"),
    )
    .values({name: bindparam(name) for name in _CHANGES})
)
# By itself, once in a case's life: SQLite writes the index of every column that an update names, whether it changes or not, and
# among a million remote ids each one is on a page of its own.
CARRY = Statement(
    update(CASE)
    .where(CASE.c.kind == bindparam("of_kind", type_=Text), CASE.c.key == bindparam("of_key", type_=Text))
    .values(remote_id=bindparam("remote_id", type_=Text))
)
"""A case that was there without a remote id has got one."""


def _followed(found: Found) -> Followed:
    kind, key, state, facts, remote_id, version, look_at, looks, forget_at, since, opened_by = found
    case = Case(kind=kind, key=key, state=state, facts=facts, remote_id=remote_id)
    return Followed(
        case,
        version,
        stored=version,
        look_at=look_at,
        looks=looks,
        forget_at=forget_at,
        since=since,
        was=state,
        opened_by=opened_by,
    )
