"""Waking: two workers, one that decides and one that calls, sleeping until there is something to do.

May not hold any truth: forget everything here and the rows still say what is due. Non-obvious choice: APScheduler only sets
a flag at an instant; its own job stores lose a job that was handed to the pool when the process dies, and drop one that is a
second late. A flag that is cleared *before* the work is looked for cannot lose a wake-up.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import TypeAlias

from apscheduler.executors.debug import DebugExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from ..machines import StoreFailedError
from .backoff import pause
from .blame import code
from .driver import Driver
from .notices import StoreFailed
from .ports import Clock, SystemClock
from .watch import Watch

Drain: TypeAlias = Callable[[], datetime | None]
"""Does everything that is due and answers when the next is."""

SWEEP = timedelta(seconds=30)
"""How often a worker looks although nobody woke it. A safety net; correctness does not rest on it."""

AS_SOON = timedelta(milliseconds=2)
"""Within which two alarms are the same: how long one is to wait is reckoned anew each time, by two clocks."""


class _Life:
    """One thread, and what ended it."""

    def __init__(self, name: str) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"parcelflow-{name}")
        self._work: Future[None] | None = None

    def begin(self, work: Callable[[], None]) -> None:
        """Begin."""
        self._work = self._thread.submit(work)

    def end(self) -> None:
        """Wait until it has ended, and raise what ended it."""
        self._thread.shutdown()
        if self._work is not None:
            self._work.result()

    @property
    def lasts(self) -> bool:
        """Whether it has begun and not ended."""
        return self._work is not None and not self._work.done()


class Worker:
    """A thread that drains whenever it is woken.

    Args:
        name: Of its alarm.
        drain: What it does.
        clock: The clock by which `drain` tells when the next is due.
        alarms: Wakes it then.
        sweep: How often it drains although nobody woke it.
        watch: Told when it cannot go on.
    """

    def __init__(
        self, name: str, drain: Drain, clock: Clock, *, alarms: "Alarms", sweep: timedelta = SWEEP, watch: Watch | None = None
    ) -> None:
        self._name = name
        self._watch = watch or Watch()
        self._sweep = sweep
        self._drain = drain
        self._clock = clock
        self._alarms = alarms
        self._awake = threading.Event()
        self._stopping = threading.Event()
        self._life = _Life(name)

    def start(self) -> None:
        """Begin, by draining once."""
        self._awake.set()
        self._life.begin(self._run)

    def wake(self) -> None:
        """Have it look."""
        self._awake.set()

    def expect(self, due: datetime) -> None:
        """Have it look at an instant, or before."""
        self._alarms.ring(self._name, self.wake, after=due - self._clock.now())

    def stop(self) -> None:
        """Let it finish what it is doing, then end it.

        Raises:
            Exception: Whatever ended the thread before, here where somebody can answer for it.
        """
        self._stopping.set()
        self._awake.set()
        self._life.end()

    @property
    def alive(self) -> bool:
        """Whether it is at work; False before the start, after the stop, and after a failure."""
        return self._life.lasts

    def _run(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            self._awake.wait(self._sweep.total_seconds())
            self._awake.clear()
            if self._stopping.is_set():
                return
            try:
                due = self._drain()
                failures = 0
            except StoreFailedError as error:
                # A full disk is emptied, a database server starts again; what was to be written is still to be written then.
                failures += 1
                self._watch.tell(StoreFailed(self._name, type(error.__cause__ or error).__name__, code(error), failures))
                due = self._clock.now() + pause(failures)
            if due is not None:
                self.expect(due)


class Carrying:
    """A thread in which a driver carries tokens.

    Args:
        driver: What runs in it.
    """

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._stopping = threading.Event()
        self._life = _Life("driver")

    def start(self) -> None:
        """Begin."""
        self._life.begin(lambda: self._driver.run(self._stopping))

    def stop(self) -> None:
        """End it.

        Raises:
            Exception: Whatever ended it before.
        """
        self._stopping.set()
        self._life.end()


class Alarms:
    """Rings at an instant: APScheduler with its memory job store, wrapped because it carries no types."""

    def __init__(self) -> None:
        # Runs a job in the scheduler's own thread. The usual pool counts a job as running until its future is tidied up, and an
        # alarm of the same name that falls due meanwhile is skipped with a warning: a wake-up lost until the next sweep.
        at_once = DebugExecutor()
        self._scheduler = BackgroundScheduler(timezone="UTC", executors={"default": at_once})
        self._wall = SystemClock()
        self._rings: dict[str, datetime] = {}
        self._setting = threading.Lock()

    def start(self) -> None:
        """Begin to ring."""
        self._scheduler.start()  # pyright: ignore[reportUnknownMemberType]

    def ring(self, name: str, wake: Callable[[], None], *, after: timedelta) -> None:
        """Call `wake` once after a while, at once when it is past; or before it, where an alarm of that name rings earlier.

        Whoever is woken too early looks, and has the next one set. Setting one takes longer than deciding an event, and what is
        due next mostly is what was.
        """
        with self._setting:  # or of two at once the later one could take the place of the earlier
            now = self._wall.now()
            at = now + max(after, timedelta())
            if now < self._rings.get(name, now) <= at + AS_SOON:
                return
            self._rings[name] = at
            self._scheduler.add_job(  # pyright: ignore[reportUnknownMemberType]
                wake,
                "date",
                run_date=at,
                id=name,
                replace_existing=True,
                misfire_grace_time=None,  # late is not never: the default would drop an alarm that is a second late
            )

    def stop(self) -> None:
        """Ring no more."""
        self._scheduler.shutdown()  # pyright: ignore[reportUnknownMemberType]


def earliest(*dues: datetime | None) -> datetime | None:
    """The first of some instants; None where there is none."""
    return min((due for due in dues if due is not None), default=None)
