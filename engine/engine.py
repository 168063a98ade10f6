"""The engine: one object that accepts messages, decides them, calls out and wakes up, over one store.

May not know a machine, an adapter or a web server; they are given. Non-obvious choice: `drain` does everything that is due in
the caller's own thread, and `start` only has two threads call the same; whatever is proven of the one holds for the other.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from ..machines import (
    DEFAULT_LINKS,
    NO_FACTS,
    Arrival,
    Caller,
    Cause,
    Event,
    EventNotAllowedError,
    Facts,
    Link,
    Table,
    UnknownMachineError,
)
from . import commit, inbox, outbox, timers
from .alone import Alone
from .inbox import Inbox
from .outbox import Outbox
from .points import Reach, unmarked
from .ports import Clock, Ids, RandomIds, SystemClock
from .store import Store
from .views import Views
from .wake import Alarms, Worker


@dataclass(frozen=True, slots=True)
class Ports:
    """What the engine asks of the world, with what production uses."""

    clock: Clock = field(default_factory=SystemClock)
    ids: Ids = field(default_factory=RandomIds)
    reach: Reach = unmarked


class Engine:
    """Keeps cases in a known state.

    Args:
        path: The SQLite file.
        tables: Compiled machines by kind.
        callers: Adapters by the first word of the operations they know.
        links: Rules between cases.
        ports: Clock, ids and crash points.

    Raises:
        BadSettingsError: The file cannot be used, or another engine is at work on it.
    """

    def __init__(
        self,
        path: Path,
        tables: Mapping[str, Table],
        callers: Mapping[str, Caller],
        *,
        links: tuple[Link, ...] = DEFAULT_LINKS,
        ports: Ports | None = None,
    ) -> None:
        self._ports = ports or Ports()
        self._rules = commit.Rules(tables, links)
        self._alone = Alone(path)
        self._store = Store(path)
        self._inbox = Inbox(self._store, self._ports.clock, reach=self._ports.reach)
        self._outbox = Outbox(self._store, callers, self._ports.clock, reach=self._ports.reach)
        self._alarms = Alarms()
        self._decider = Worker("decider", self._drain_inbox, self._ports.clock, alarms=self._alarms)
        self._caller = Worker("caller", self._drain_outbox, self._ports.clock, alarms=self._alarms)
        self._started = False
        self.views = Views(self._store)
        with self._store.writing() as tx:
            outbox.doubt_claimed(tx, self._ports.clock.now())

    def accept(self, arrival: Arrival) -> bool:
        """Make a message from outside durable; False when it came before. After it returns, 2xx may be answered."""
        new = self._inbox.accept(arrival)
        self._decider.wake()
        return new

    def ask(self, kind: str, key: str, trigger: str, *, data: Facts = NO_FACTS, request_id: str | None = None) -> bool:
        """Wish for something: that an order be accepted, a door opened. What becomes of it is in the case's journal.

        Args:
            kind: The machine.
            key: Our key of the case, which need not exist yet.
            trigger: What is wished for, as the machine names it.
            data: Facts that the wish brings.
            request_id: Names the wish for good; the same wish told twice is one. Made afresh when None.

        Returns:
            False for a wish whose `request_id` came before.

        Raises:
            UnknownMachineError: No machine is called `kind`.
            EventNotAllowedError: The machine has no such trigger in any state.
        """
        table = self._rules.tables.get(kind)
        if table is None:
            raise UnknownMachineError(f"no machine is called {kind!r}; there are: {', '.join(self._rules.tables)}")
        if trigger not in table.triggers:
            raise EventNotAllowedError(f"{kind} has no trigger {trigger!r}; it has: {', '.join(sorted(table.triggers))}")
        event = Event(name=trigger, at=self._ports.clock.now(), by=Cause.API, asked=True, data=data, evidence="asked for")
        return self.accept(
            Arrival(
                source="ask",
                external_id=request_id or self._ports.ids.fresh(),
                system=table.machine.system,
                event=event,
                raw=b"",
                kind=kind,
                key=key,
            )
        )

    def drain(self) -> datetime | None:
        """Do everything that is due, in this thread; when the next is."""
        while self._decide_one() or self._outbox.work_one():
            pass
        return self._next_due()

    def start(self) -> None:
        """Do what is due from now on, in two threads of its own."""
        self._alarms.start()
        self._decider.start()
        self._caller.start()
        self._started = True

    def poke(self) -> None:
        """Have the threads look, because a clock was moved."""
        self._decider.wake()
        self._caller.wake()

    @property
    def alive(self) -> bool:
        """Whether both threads are at work. A thread that failed is not, and `stop` raises what ended it."""
        return self._decider.alive and self._caller.alive

    def stop(self) -> None:
        """Finish what is being done, end the threads and let go of the file. What is left undone is done after a restart."""
        if self._started:
            self._started = False
            self._alarms.stop()
            try:
                self._decider.stop()
            finally:
                self._caller.stop()
        self._store.close()
        self._alone.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def _decide_one(self) -> bool:
        """Fire what is due and decide one message; whether there was anything."""
        now = self._ports.clock.now()
        fired = self._fire(now)
        with self._store.writing() as tx:
            row = inbox.pick(tx, now)
            if row is not None:
                self._ports.reach("deciding")
                commit.step(tx, self._rules, row, now)
                self._ports.reach("committing")
        if row is not None:
            self._ports.reach("committed")
        return fired or row is not None

    def _fire(self, now: datetime) -> bool:
        with self._store.reading() as tx:
            due = timers.next_due(tx)
        if due is None or due > now:
            return False
        with self._store.writing() as tx:
            timers.fire_due(tx, now)
            self._ports.reach("firing")
        self._ports.reach("fired")
        return True

    def _drain_inbox(self) -> datetime | None:
        while self._decide_one():
            self._caller.wake()
        return self._next_due()

    def _drain_outbox(self) -> datetime | None:
        while self._outbox.work_one():
            self._decider.wake()
        with self._store.reading() as tx:
            return outbox.next_due(tx)

    def _next_due(self) -> datetime | None:
        with self._store.reading() as tx:
            dues = (timers.next_due(tx), inbox.next_due(tx), outbox.next_due(tx))
        return min((due for due in dues if due is not None), default=None)
