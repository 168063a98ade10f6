"""Calling: effects taken out, in as many threads as their remotes allow, and what became of them brought back.

May not decide, and may not hold a transaction open while a call is out. Non-obvious choice: what has come back, what is decided
of it and what goes out next share one transaction (`beside`). A call costs two waits for the disk then, and under load one for
all answers that came meanwhile and all calls that take their places.
"""

from collections import deque
from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import TypeAlias

from ..machines import Caller, StoreFailedError
from . import outbox
from .driver import CALLS, INBOX, Driver
from .errands import Back, Errands
from .gates import Gates
from .manners import Manners
from .outbox import Work
from .points import Reach
from .ports import Clock
from .store import Store
from .tx import Later, Tx

NEVER = datetime.min.replace(tzinfo=UTC)
AGAIN = timedelta(seconds=1)
"""After which other processes are told again that this one has no room for everything."""
LOOKS = 20
"""How often in the time of a lease is looked for those that have run out."""

Due: TypeAlias = tuple[str, datetime]
"""When the next effect of a system is due."""


class Calling:
    """The way out and back.

    Args:
        store: Where effects are kept.
        callers: The adapters by the first word of the operations they know (`bloqit`, `blink`, `logistics`).
        clock: Tells what is due.
        driver: Has decided what was answered.
        manners: How remotes are called.
        reach: Crash points.
    """

    def __init__(
        self, store: Store, callers: Mapping[str, Caller], clock: Clock, *, driver: Driver, manners: Manners, reach: Reach
    ) -> None:
        self._store = store
        self._callers = callers
        self._clock = clock
        self._driver = driver
        self._manners = manners
        self._reach = reach
        self.gates = Gates({system: manners.pace(system) for system in callers}, manners.default, store.watch)
        self._errands = Errands(callers, self.gates, clock, store.watch, lost=self._come_back)
        self._back: deque[Back] = deque()
        self._room = Lock()
        self._doubted = NEVER
        self._told: dict[str, datetime] = {}
        # As many threads as calls of a system may be out; what is claimed ahead waits for one. None begins before its first call.
        self._threads = {
            system: ThreadPoolExecutor(manners.pace(system).concurrency, thread_name_prefix=f"parcelflow-call-{system}")
            for system in callers
        }
        self._threaded = False
        self._wake: Callable[[], None] = _nobody
        self._rouse: Callable[[], None] = _nobody

    def start(self, wake: Callable[[], None], rouse: Callable[[], None]) -> None:
        """Call in threads from now on.

        Args:
            wake: Called when a call has come back; has whoever decides look.
            rouse: Called when what is due may only be called later; has whoever sees to calls look.
        """
        self._threaded = True
        self._wake, self._rouse = wake, rouse

    def stop(self) -> None:
        """Wait for the calls that are out, and write down what became of them. There are no threads after that.

        Raises:
            StoreFailedError: Twice it could not be written. Whoever is at work next looks these calls up.
        """
        for threads in self._threads.values():
            threads.shutdown()
        self._threaded = False
        with suppress(StoreFailedError):  # the connection may have died while the calls were out; the next try has another
            self._exchange(most=0)
        if self._back:
            self._exchange(most=0)

    def work_one(self) -> bool:
        """Take one effect out and back, in this thread; whether there was one."""
        if not self._callers:
            return False
        works = self._exchange(most=1)
        for work in works:
            self._back.append(self._errands.run(work))
        if works:
            self._reach("called")
            self._exchange(most=0)
        return bool(works)

    def work(self) -> datetime | None:
        """Settle what has come back, and send out what there is room for; when there is more to send out by time alone.

        Whatever else may be done then has somebody who says so: a call that ends and makes room wakes, and so does a commit.
        """
        asked: list[Later[list[Due]]] = []
        self._send_out(self._exchange(asked))
        return self._opening(asked[0]())

    def _send_out(self, works: Sequence[Work]) -> None:
        for work in works:
            self._threads[work.system].submit(self._run, work)

    def _run(self, work: Work) -> None:
        back = self._errands.left(work) or self._errands.run(work)
        self._reach("called")
        self._come_back(back)

    @contextmanager
    def beside(self, *, settling: bool = True) -> Generator["Beside"]:
        """Around a deciding transaction: what has come back is settled in it, and what it sends is called after it.

        Without threads nothing is: `work_one` does it all. `settling`: Whether what has come back is.
        """
        threaded = self._threaded
        with ExitStack() as held:
            beside = Beside(self, self._taken_back() if threaded and settling else [], held if threaded else None)
            try:
                yield beside
                self._begin(beside.works)
            except BaseException:
                self._bring_back(beside.back)
                raise
        self._said(beside.back, beside.works)
        if threaded:
            self._send_out(beside.works)
            if beside.wanted and self.gates.next_at(self._clock.now()) is not None:  # what waits for it needs an alarm then
                self._rouse()

    def has_room(self, held: ExitStack) -> bool:
        """Take the room for calls, until `held` is closed, unless somebody has it."""
        # Whoever claims at the same time is in a transaction of its own, and may have been given the same room.
        free = self._room.acquire(blocking=False)
        if free:
            held.callback(self._room.release)
        return free

    def _exchange(self, asked: list[Later[list[Due]]] | None = None, *, most: int | None = None) -> list[Work]:
        """One transaction: what has come back is settled, what is due is claimed. `asked`: where what is due next is added."""
        back = self._taken_back()
        try:
            with self._room:
                with self._store.writing() as tx:
                    now = self._clock.now()
                    if back:
                        self.settle(tx, back, now, ours=outbox.mine(tx, back)())
                        self._driver.enqueue(tx, INBOX, now)
                    works = self.claim(tx, now, most=most)
                    if asked is not None:
                        asked.append(outbox.next_dues(tx, self._callers))
                self._begin(works)
        except BaseException:
            self._bring_back(back)
            raise
        self._said(back, works)
        return works

    def _taken_back(self) -> list[Back]:
        return [self._back.popleft() for _ in range(len(self._back))]

    def _bring_back(self, back: Sequence[Back]) -> None:
        self._back.extendleft(reversed(back))  # what became of them is known, and is written down when that can be done

    def _begin(self, works: Sequence[Work]) -> None:
        now = self._clock.now()
        for work in works:
            self.gates.begin(work.system, now)

    def _said(self, back: Sequence[Back], works: Sequence[Work]) -> None:
        if back:
            self._reach("settled")
        if works:
            self._reach("claimed")

    def settle(self, tx: Tx, back: Sequence[Back], now: datetime, *, ours: Collection[int]) -> bool:
        """Write what has come back, as far as it is `ours` (`outbox.mine`); whether any of it is tried again later."""
        again = outbox.settle(tx, back, now, ours=ours, stamina=self._manners.stamina)
        if again is not None:
            self._driver.enqueue(tx, CALLS, again)
        self._reach("settling")
        return again is not None

    def claim(self, tx: Tx, now: datetime, *, most: int | None = None) -> list[Work]:
        """Claim what is due and has room."""
        works: list[Work] = []
        if self._store.shared:
            self._doubt(tx, now)
        for system in self._callers:
            room = self.gates.room(system, now)
            free = room if most is None else min(room, most - len(works))
            if free > 0:
                claimed = outbox.claim(tx, system, free, now, lease=self._manners.lease)
                works += claimed
                if self._store.shared:
                    self._tell_others(tx, system, now, full=len(claimed) == room)
        if works:
            self._reach("claiming")
        return works

    def _tell_others(self, tx: Tx, system: str, now: datetime, *, full: bool) -> None:
        """There may be more than this process has room for. Said at first and now and then: a token costs more than a call."""
        if not full:
            self._told.pop(system, None)
        elif not timedelta() <= now - self._told.get(system, NEVER) < AGAIN:
            self._told[system] = now
            self._driver.enqueue(tx, CALLS, now, others=True)

    def emptied(self) -> None:
        """Nothing waits: when there is no room the next time, others are told of it at once."""
        self._told.clear()

    def _doubt(self, tx: Tx, now: datetime) -> None:
        """Look for leases that have run out, now and then: it is a statement, and leases last long."""
        if not timedelta() <= now - self._doubted < self._manners.lease / LOOKS:
            outbox.doubt_expired(tx, now)
            self._doubted = now

    def _come_back(self, back: Back) -> None:
        self._back.append(back)
        self._wake()

    def due(self) -> datetime | None:
        """When an effect is next due that may be called then; None while that depends on a call that is out."""
        if not self._callers:
            return None
        with self._store.reading() as tx:
            found = outbox.next_dues(tx, self._callers)()
        return self._opening(found)

    def _opening(self, found: Sequence[Due]) -> datetime | None:
        now = self._clock.now()
        opens = ((due, self.gates.opens_at(system, now)) for system, due in found)
        return min((max(due, at) for due, at in opens if at is not None), default=None)


class Beside:
    """What is settled and claimed in a deciding transaction.

    Args:
        calling: Whose.
        back: What has come back.
        held: Keeps what is taken for the time of the transaction and after it; None where nothing may be claimed.
    """

    def __init__(self, calling: Calling, back: list[Back], held: ExitStack | None) -> None:
        self._calling = calling
        self._held = held
        self._later = False
        self._mine: Later[set[int]] | None = None
        self.back = back
        self.works: list[Work] = []
        """What was claimed."""
        self.wanted = False
        """Whether there may be anything to claim."""

    def ask(self, tx: Tx) -> None:
        """Ask already what `settle` has to know."""
        if self.back:
            self._mine = outbox.mine(tx, self.back)

    def settle(self, tx: Tx, now: datetime) -> None:
        """Write what has come back; it is among what is to be decided then."""
        if self.back:
            ours = self._mine or outbox.mine(tx, self.back)
            self._later = self._calling.settle(tx, self.back, now, ours=ours())

    def claim(self, tx: Tx, now: datetime, *, sent: bool, waiting: bool) -> bool:
        """Claim what was sent, and of what was waiting that for which there is room again; False where somebody else has to."""
        self.wanted = sent or (waiting and bool(self.back))
        if not waiting:
            self._calling.emptied()
        if not self.wanted:
            return True
        if self._held is None or not self._calling.has_room(self._held):
            return False
        self.works = self._calling.claim(tx, now)
        return not self._later


def _nobody() -> None:
    """Nobody is to be woken."""
