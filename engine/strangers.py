"""Strangers: remote things that messages tell of and that no case carries.

May not decide: their messages are parked, and decided once a case carries what they name. Non-obvious choice: a stranger becomes
no case by itself. "The webhook before the answer of our own POST" ends with that answer, within seconds; what remains is somebody
else's (begun at a bloq's screen, or by another system of the same account), and cases of it would be read for ever. So it is
shown, adopted by whoever knows whose it is, and forgotten after a while.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, bindparam, func, select, update

from ..machines import Arrival, Cause, Event, EventNotAllowedError, Table, UnknownMachineError
from . import cases, inbox
from .looks import LOOK
from .nudge import nudge
from .personal import without
from .ports import Clock
from .statements import Statement, said
from .store import INBOX, Store
from .tables import InboxStatus
from .tx import Tx

AT_ONCE = 500
"""Messages given up in one transaction."""

_PARKED = said("inbox.status = 'parked'")
_GROUPS = (
    select(
        INBOX.c.system,
        INBOX.c.remote_id,
        func.count().label("count"),
        func.min(INBOX.c.received_at).label("first"),
        func.max(INBOX.c.received_at).label("last"),
        func.max(INBOX.c.id).label("newest"),
    )
    .where(_PARKED)
    .group_by(INBOX.c.system, INBOX.c.remote_id)
    .subquery("told")
)
LIST = Statement(
    select(_GROUPS.c.system, _GROUPS.c.remote_id, _GROUPS.c.count, _GROUPS.c.first, _GROUPS.c.last, INBOX.c.name)
    .join(INBOX, and_(INBOX.c.id == _GROUPS.c.newest))
    .order_by(_GROUPS.c.first, _GROUPS.c.remote_id)
)
OLD = Statement(
    select(INBOX.c.id, INBOX.c.data)
    .where(_PARKED, INBOX.c.received_at < bindparam("before"))
    .order_by(INBOX.c.id + 0)  # or SQLite walks through every message there ever was, in their order, and keeps writers waiting
    .limit(bindparam("most"))
)
GIVE_UP = Statement(
    update(INBOX)
    .where(INBOX.c.id == bindparam("of"))
    .values(status=InboxStatus.DONE.value, data=bindparam("data"), raw=None, note=bindparam("note"))
)


@dataclass(frozen=True, slots=True)
class Stranger:
    """A remote thing that no case carries.

    Attributes:
        system: Whose id it is.
        remote_id: Its id there.
        count: Messages that tell of it.
        first: When the first of them came.
        last: When the last of them came.
        newest: What the last of them tells.
    """

    system: str
    remote_id: str
    count: int
    first: datetime
    last: datetime
    newest: str


class Strangers:
    """The strangers of a store.

    Args:
        store: Where their messages are kept.
        tables: Machines by kind.
        clock: Tells when one was adopted.
        wake: Called when one was. Engines in other processes are nudged.
    """

    def __init__(
        self, store: Store, tables: Mapping[str, Table], clock: Clock, *, wake: Callable[[], None] | None = None
    ) -> None:
        self._store = store
        self._tables = tables
        self._clock = clock
        self._wake = wake or _nobody

    def list(self) -> Sequence[Stranger]:
        """Every stranger, the one that was heard of first at the head."""
        with self._store.reading() as tx:
            return [Stranger(*found) for found in tx.all(LIST)]

    def adopt(self, kind: str, key: str, remote_id: str) -> bool:
        """Have a case carry a remote thing: its messages are decided, and its state is read where that can be done.

        Args:
            kind: The machine.
            key: Our key; of a case that is there and carries nothing, or a new one.
            remote_id: What it shall carry. It need not have been told of yet.

        Returns:
            False where that was asked for before.

        Raises:
            UnknownMachineError: No machine is called `kind`.
            EventNotAllowedError: The case carries another thing, or another case this one.
        """
        table = self._tables.get(kind)
        if table is None:
            raise UnknownMachineError(f"no machine is called {kind!r}; there are: {', '.join(self._tables)}")
        with self._store.deciding() as tx:
            _refuse_bound(tx, (kind, key), (table.machine.system, remote_id))
            new = inbox.put(tx, _adoption(table, key, remote_id, self._clock.now()), self._clock.now())() == 1
            nudge(tx)
        self._wake()
        return new


def give_up(tx: Tx, before: datetime) -> int:
    """Let go of messages that came before an instant and that no case wanted, `AT_ONCE` at most; how many those were."""
    old = tx.all(OLD, {"before": before, "most": AT_ONCE})
    note = "given up: no case came to carry what it tells of"
    tx.many(GIVE_UP, [{"of": number, "data": without(data), "note": note} for number, data in old])
    return len(old)


def _refuse_bound(tx: Tx, name: tuple[str, str], remote: tuple[str, str]) -> None:
    for case in (followed.case for _, followed in cases.of_remote(tx, cases.keys_of([remote]))()):
        if (case.kind, case.key) != name:
            raise EventNotAllowedError(f"{case.kind}/{case.key} carries the {remote[0]} id {remote[1]!r} already")
    for case in (followed.case for followed in cases.named(tx, cases.keys_of([name]))()):
        if case.remote_id not in (None, remote[1]):
            raise EventNotAllowedError(f"{case.kind}/{case.key} carries the {remote[0]} id {case.remote_id!r} already")


def _adoption(table: Table, key: str, remote_id: str, now: datetime) -> Arrival:
    event = Event(name=LOOK, at=now, by=Cause.BACK_OFFICE, asked=True, evidence="adopted")
    name = f"{table.kind}/{key}/{remote_id}"
    system = table.machine.system
    return Arrival(
        source="adoption", external_id=name, system=system, event=event, raw=b"", kind=table.kind, key=key, remote_id=remote_id
    )


def _nobody() -> None:
    """Nobody is to be woken."""
