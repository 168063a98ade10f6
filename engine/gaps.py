"""Gaps: what a remote told and nobody heard is looked for in its own history, and decided like any other message.

May not decide, nor hold a transaction open while a remote is asked. Non-obvious choice: a lost webhook is found by being told
again, under the name that it had: the inbox knows what it has, so nothing is compared, and what is read may overlap with what was
read before. Until when was read is kept in the database, so a process that was down for a weekend reads the weekend.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select
from sqlalchemy.dialects import postgresql, sqlite

from ..machines import Arrival, Historian, MalformedEventError, ParcelflowError
from . import cases, inbox, reconcile
from .blame import where
from .driver import INBOX, Driver
from .notices import GapFound, HistoryUnkept, HistoryUnread
from .ports import Clock
from .statements import Statement
from .store import MARK, Store
from .tx import Tx

BEHIND = timedelta(minutes=1)
"""What is younger may still be on its way by itself."""
OVERLAP = timedelta(minutes=5)
"""What may come into a history late."""
FIRST = timedelta(hours=1)
"""How far back is read at first."""
LONGEST = timedelta(days=1)
"""What is read in one piece; more follows in the next."""


def _putting(dialect: str) -> postgresql.Insert | sqlite.Insert:
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    made = insert(MARK).values(name=bindparam("name"), value=bindparam("value"))
    return made.on_conflict_do_update(index_elements=["name"], set_={"value": made.excluded.value})


READ_UNTIL = Statement(select(MARK.c.value).where(MARK.c.name == bindparam("name")))
KEEP_UNTIL = Statement(_putting)


class Gaps:
    """Finds what was told and not heard.

    Args:
        store: Where messages are kept.
        historians: Whom to ask, by the system whose ids they tell.
        clock: The engine's.
        driver: Has decided what was found.
        every: How often they are asked.
    """

    def __init__(
        self, store: Store, historians: Mapping[str, Historian], clock: Clock, *, driver: Driver, every: timedelta
    ) -> None:
        self._store = store
        self._historians = historians
        self._clock = clock
        self._driver = driver
        self._every = every
        self._asked: datetime | None = None

    def look(self) -> bool:
        """Ask every historian whose turn it is; whether one told something that was not heard.

        Raises:
            StoreFailedError: The database failed.
        """
        now = self._clock.now()
        if not self._historians or (self._asked is not None and self._asked <= now < self._asked + self._every):
            return False
        self._asked = now
        found = [self._ask(system, historian, now) for system, historian in self._historians.items()]
        return any(found)

    def drain(self) -> datetime | None:
        """The same for a thread; when the next look is due."""
        self.look()
        return None if self._asked is None else self._asked + self._every

    def _ask(self, system: str, historian: Historian, now: datetime) -> bool:
        found = False
        while (window := self._window(system, now)) is not None:
            since, until = window
            try:
                told, reached = historian.told(since - OVERLAP, until), historian.reached(since - OVERLAP, until)
            except ParcelflowError as error:
                self._store.watch.tell(HistoryUnread(system, type(error).__name__, where(error)))
                break
            found |= self._take(system, until, told=told, reached=reached)
        return found

    def _window(self, system: str, now: datetime) -> tuple[datetime, datetime] | None:
        """What is to be read next; None where it was read lately, perhaps by another process."""
        with self._store.reading() as tx:
            kept = tx.one(READ_UNTIL, {"name": _name(system)})
        end = now - BEHIND
        since = end - FIRST if kept is None else datetime.fromisoformat(bytes(kept[0]).decode())
        if since > now:  # by a clock that was put back since
            since = end - FIRST
        # What was read up to the end is read, however often one asks: for "always" there is no moment between, and no end of it.
        lately = kept is not None and (since == end or end - self._every < since < end)
        return None if lately else (since, min(end, since + LONGEST))

    def _take(self, system: str, until: datetime, *, told: Sequence[Arrival], reached: Iterable[tuple[str, str]]) -> bool:
        now = self._clock.now()
        with self._store.deciding() as tx:
            new = [arrival.external_id for arrival in told if _is_new(tx, arrival, now)]
            unheard = _look_at_unheard(tx, system, reached, now)
            tx.run(KEEP_UNTIL, {"name": _name(system), "value": until.isoformat().encode()})
            if new or unheard:
                self._driver.enqueue(tx, INBOX, now)
                tx.watch.later(tx.afterwards, GapFound, (GapFound(system, len(new), unheard),))
        return bool(new or unheard)


def _is_new(tx: Tx, arrival: Arrival, now: datetime) -> bool:
    try:
        return inbox.put(tx, arrival, now)() == 1
    except MalformedEventError as error:
        tx.watch.later(tx.afterwards, HistoryUnkept, (HistoryUnkept(arrival.system, arrival.external_id, type(error).__name__),))
        return False


def _look_at_unheard(tx: Tx, system: str, reached: Iterable[tuple[str, str]], now: datetime) -> int:
    """Have each case looked at that reached a state which its journal does not know; how many those are."""
    states: dict[str, set[str]] = {}
    for remote_id, state in reached:
        states.setdefault(remote_id, set()).add(state)
    keys = cases.keys_of((system, remote_id) for remote_id in states)
    followed = [found for _, found in cases.of_remote(tx, keys)()] if states else []
    unheard = [
        {"of_kind": one.case.kind, "of_key": one.case.key, "look_at": now, "looks": one.looks}
        for one in followed
        if one.look_at is not None and states[one.case.remote_id or ""] - {one.case.state} - cases.been(tx, one.case)
    ]
    return tx.many(reconcile.LOOKED, unheard)()


def _name(system: str) -> str:
    return f"history/{system}"
