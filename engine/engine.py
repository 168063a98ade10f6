"""The engine: one object that accepts messages, decides them, calls out and wakes up, over one store.

May not know a machine, an adapter or a web server; they are given. Non-obvious choice: `drain` does everything that is due in
the caller's own thread, and `start` only has threads do the same; whatever is proven of the one holds for the other.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from ..machines import (
    DEFAULT_LINKS,
    NO_FACTS,
    Arrival,
    BadSettingsError,
    Caller,
    Cause,
    Event,
    EventNotAllowedError,
    Facts,
    Link,
    Table,
    UnknownMachineError,
)
from . import forget, outbox, reconcile
from .accepting import Accepting
from .alone import Alone
from .calling import Calling
from .crew import Crew, Tasks
from .deciding import Deciding, Left
from .driver import CALLS, INBOX, Local
from .forget import Forgotten
from .gaps import Gaps
from .habits import Habits, Ports
from .health import Health, measure
from .letters import Letters
from .notices import EngineStarted, EngineStopped
from .places import Place
from .rounds import Rounds
from .rules import Rules, by_kind
from .store import Store
from .strangers import Strangers
from .views import Views
from .wake import earliest


class Engine:
    """Keeps cases in a known state.

    Args:
        place: The SQLite file, or a PostgreSQL URL that several engines share.
        tables: Compiled machines by kind.
        callers: Adapters by the first word of the operations they know.
        links: Rules between cases.
        ports: Clock, ids and crash points.
        habits: How it calls, when it looks, and who carries the word that there is something to do.

    Raises:
        BadSettingsError: The database cannot be used, or another engine is at work on the file.
    """

    def __init__(
        self,
        place: Place,
        tables: Mapping[str, Table],
        callers: Mapping[str, Caller],
        *,
        links: tuple[Link, ...] = DEFAULT_LINKS,
        ports: Ports | None = None,
        habits: Habits | None = None,
    ) -> None:
        self._ports = ports or Ports()
        habits = habits or Habits()
        self._looks = habits.looks
        dogs = by_kind(habits.watchdogs, tables)
        self._rules = Rules(tables, links, frozenset(callers), habits.looks, habits.keep, dogs)
        self._alone = Alone(place) if isinstance(place, Path) else None
        try:
            self._store = Store(place, habits.sealing, patience=habits.patience, watch=habits.watch())
        except BadSettingsError:
            self._let_go()
            raise
        self._driver = habits.driver or Local(self._ports.clock)
        self._driver.bind(self._look)
        self._calling = Calling(
            self._store, callers, self._ports.clock, driver=self._driver, manners=habits.manners, reach=self._ports.reach
        )
        rounds = Rounds(self._rules, wait=habits.strangers)
        self._deciding = Deciding(
            self._store, self._rules, self._ports, driver=self._driver, calling=self._calling, rounds=rounds
        )
        self._at_once = habits.at_once
        self._accepting = Accepting(self._store, self._ports.clock, driver=self._driver, reach=self._ports.reach)
        if habits.at_once:
            self._accepting.decide(self._deciding)
        self._gaps = Gaps(self._store, habits.historians, self._ports.clock, driver=self._driver, every=habits.gaps)
        tasks = Tasks(self._drain_inbox, self._drain_outbox, self._gaps.drain)
        self._crew = Crew(self._store, tasks, self._ports.clock, calling=self._calling, driver=self._driver, sweep=habits.sweep)
        self._started = False
        self._stopping = False
        self.listeners = habits.listeners
        """Who is told of everything that it does."""
        self.views = Views(self._store)
        self.letters = Letters(self._store, self._ports.clock, wake=self.poke)
        self.strangers = Strangers(self._store, tables, self._ports.clock, wake=self.poke)
        self._take_over()

    def _take_over(self) -> None:
        """Doubt what was being called when the last engine ended, and have the cases looked at that may have moved meanwhile."""
        now = self._ports.clock.now()
        with self._store.deciding() as tx:
            (outbox.doubt_expired if self._store.shared else outbox.doubt_claimed)(tx, now)
            if self._looks.at_start:
                reconcile.bring_forward(tx, now, most=self._looks.at_start)

    def accept(self, arrival: Arrival) -> bool:
        """Make a message from outside durable; False when it came before. After it returns, 2xx may be answered.

        Raises:
            StoreFailedError: It could not be stored; nothing of it was.
            MalformedEventError: It is none that can be stored.
        """
        return self._accepting.accept(self._store.watch.placed(arrival))

    def accept_all(self, arrivals: Sequence[Arrival]) -> list[bool]:
        """The same for several messages, in one transaction: all of them are durable when it returns, or none.

        Returns:
            For each whether it is new. In a trace they have the places that they bring.

        Raises:
            StoreFailedError: They could not be stored.
            MalformedEventError: One of them is none that can be stored.
        """
        return self._accepting.accept_all(arrivals)

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

    def reconcile(self) -> int:
        """Have every unfinished case looked at whose remote can be read, at the pace that it is called at; how many that are."""
        now = self._ports.clock.now()
        with self._store.deciding() as tx:
            moved = reconcile.bring_forward(tx, now, most=None)
            self._driver.enqueue(tx, INBOX, now)
        return moved

    def forget(self, customer: str) -> Forgotten:
        """Forget a customer: what is personal of every case that concerns them, as soon as it has ended.

        Args:
            customer: Their id, telephone number or e-mail address, as cases have it.
        """
        return forget.forget_customer(self._store, self._rules.tables, customer, self._ports.clock.now())

    def drain(self) -> datetime | None:
        """Do everything that is due, in this thread; when the next is."""
        while True:
            left = self._decide_some()
            if left.more or self._calling.work_one() or self._gaps.look():
                continue
            due = earliest(left.due, self._calling.due())
            if due is None or due > self._ports.clock.now():
                return due

    def start(self) -> None:
        """Do what is due from now on: one thread decides, one sees to calls, and as many call as the remotes allow."""
        self._crew.start()
        self._started = True
        if self._at_once is not False:
            self._accepting.decide(self._deciding, self._crew.decider.expect)
        self._store.watch.tell(EngineStarted(self._store.name))

    def _look(self, work: str) -> None:
        if work == CALLS:
            self._crew.caller.wake()
        else:
            self._crew.decider.wake()

    def poke(self) -> None:
        """Have the threads look, because a clock was moved."""
        self._crew.wake()

    @property
    def alive(self) -> bool:
        """Whether both threads are at work. A thread that failed is not, and `stop` raises what ended it."""
        return self._crew.alive

    def health(self) -> Health:
        """How it is: what waits, since when, and what stands still. Cheap enough to be asked every few seconds.

        Raises:
            StoreFailedError: The database failed.
        """
        now, alive = self._ports.clock.now(), self.alive if self._started else None
        with self._store.reading() as tx:
            return measure(tx, self._rules.tables, now, alive=alive, circuits=self._calling.gates.states(now))

    def stop(self) -> None:
        """Finish what is being done, end the threads and let go of the file. What is left undone is done after a restart.

        Raises:
            Exception: Whatever ended a thread before. Everything else has been ended then, and the file may be opened again.
            StoreFailedError: What the last calls came to could not be written; whoever starts next looks them up.
        """
        self._accepting.decide(None)
        self._stopping = True  # what is left undone is done after a restart; a backlog would take as long as it takes
        try:
            if self._started:
                self._started = False
                self._crew.stop()
                self._store.watch.tell(EngineStopped(self._store.name))
        finally:
            self._store.close()
            self._let_go()

    def _let_go(self) -> None:
        if self._alone is not None:
            self._alone.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def _decide_some(self) -> Left:
        return self._deciding.some()

    def _drain_inbox(self) -> datetime | None:
        left = Left(more=True, due=None)
        while left.more and not self._stopping:
            left = self._decide_some()
        return left.due

    def _drain_outbox(self) -> datetime | None:
        return None if self._stopping else self._calling.work()
