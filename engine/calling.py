"""Calling: effects taken out, in as many threads as their remotes allow, and what became of them brought back.

May not decide, and may not hold a transaction open while a call is out. Non-obvious choice: what has come back and what goes out
next share one transaction. Under load that is one wait for the disk for all answers that came meanwhile and for all calls that
take their places.
"""

import json
import logging
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ..machines import Answer, Caller, Done, Refused, TryLater, Unknown
from . import outbox
from .backoff import Stamina
from .driver import CALLS, INBOX, Driver
from .gates import Gates
from .outbox import LEASE, Work
from .pace import Pace
from .points import Reach
from .ports import Clock
from .statements import Tx
from .store import Store

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Manners:
    """How remotes are called.

    Attributes:
        paces: How fast and how many at a time, by system; `default` for one that is not named.
        default: The same for the others.
        stamina: How often an effect is tried before it is a dead letter.
        lease: How long a claimed effect is believed to be at work; longer than any call may take. Several processes only.
    """

    paces: Mapping[str, Pace] = field(default_factory=dict[str, Pace])
    default: Pace = field(default_factory=Pace)
    stamina: Stamina = field(default_factory=Stamina)
    lease: timedelta = LEASE


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
        self.gates = Gates({system: manners.paces.get(system, manners.default) for system in callers}, manners.default)
        self._back: deque[tuple[Work, Answer]] = deque()
        self._threads: ThreadPoolExecutor | None = None
        self._wake: Callable[[], None] = _nobody

    def start(self, wake: Callable[[], None]) -> None:
        """Call in threads from now on.

        Args:
            wake: Called when a call has come back.
        """
        paces = [self._manners.paces.get(system, self._manners.default) for system in self._callers]
        together = max(sum(pace.concurrency for pace in paces), 1)
        self._threads = ThreadPoolExecutor(together, thread_name_prefix="parcelflow-call")
        self._wake = wake

    def stop(self) -> None:
        """Wait for the calls that are out, and write down what became of them."""
        if self._threads is not None:
            self._threads.shutdown()
            self._threads = None
            self._exchange(claiming=False)

    def work_one(self) -> bool:
        """Take one effect out and back, in this thread; whether there was one."""
        if not self._callers:
            return False
        works = self._exchange(most=1)
        for work in works:
            self._back.append((work, self._call(work)))
        if works:
            self._reach("called")
            self._exchange(claiming=False)
        return bool(works)

    def work(self) -> bool:
        """Settle what has come back, and send out what there is room for; whether more has come back meanwhile.

        Whatever else may be done then has somebody who says so: a call that ends and makes room wakes, and so does a commit.
        """
        threads = self._threads
        if threads is None:
            return False  # stopped meanwhile
        for work in self._exchange():
            threads.submit(self._run, work)
        return bool(self._back)

    def _run(self, work: Work) -> None:
        answer = self._call(work)
        self._reach("called")
        self._back.append((work, answer))
        self._wake()

    def _exchange(self, *, most: int | None = None, claiming: bool = True) -> list[Work]:
        """One transaction: what has come back is settled, what is due is claimed."""
        back = [self._back.popleft() for _ in range(len(self._back))]
        try:
            with self._store.writing() as tx:
                now = self._clock.now()
                if back:
                    again = outbox.settle(tx, back, now, stamina=self._manners.stamina)
                    self._driver.enqueue(tx, INBOX, now)
                    if again is not None:
                        self._driver.enqueue(tx, CALLS, again)
                    self._reach("settling")
                works = self._claim(tx, now, most=most) if claiming else []
                if works:
                    self._reach("claiming")
        except BaseException:
            self._back.extendleft(reversed(back))  # what became of them is known, and is written down when that can be done
            raise
        for work in works:
            self.gates.begin(work.system, now)
        if back:
            self._reach("settled")
        if works:
            self._reach("claimed")
        return works

    def _claim(self, tx: Tx, now: datetime, *, most: int | None) -> list[Work]:
        works: list[Work] = []
        if self._store.shared:
            outbox.doubt_expired(tx, now)
        for system in self._callers:
            room = self.gates.room(system, now)
            free = room if most is None else min(room, most - len(works))
            if free > 0:
                claimed = outbox.claim(tx, system, free, now, lease=self._manners.lease)
                works += claimed
                if len(claimed) == room:  # there may be more than this process has room for
                    self._driver.enqueue(tx, CALLS, now, others=True)
        return works

    def _call(self, work: Work) -> Answer:
        answer = self._answered(work)
        self.gates.end(work.system, answer, self._clock.now(), looked_up=work.unsure)
        return answer

    def _answered(self, work: Work) -> Answer:
        caller = self._callers[work.system]
        try:
            return usable(caller.look_up(work.effect, work.key) if work.unsure else caller.call(work.effect, work.key))
        except Exception as error:
            # The one place where anything may be thrown at us (a caller is a user's code too). It may have been thrown after
            # the door had opened, so the outcome is unknown; letting it out would stop every other case as well.
            log.exception("caller of %s failed", work.effect.operation)
            return Unknown(f"the caller raised {type(error).__name__}: {error}")

    def due(self) -> datetime | None:
        """The same, in a transaction of its own."""
        if not self._callers:
            return None
        with self._store.reading() as tx:
            return self.next_due(tx)

    def next_due(self, tx: Tx) -> datetime | None:
        """When an effect is next due that may be called then; None while that depends on a call that is out."""
        now = self._clock.now()
        opens = ((due, self.gates.opens_at(system, now)) for system, due in outbox.next_dues(tx, self._callers))
        return min((max(due, at) for due, at in opens if at is not None), default=None)


def usable(answer: object) -> Answer:
    """The answer of a caller, whose author may use no type checker, if it is one that can be kept.

    Raises:
        TypeError: It is none of the four, or its data is not JSON.
        ValueError: Its data contains itself, or a number that JSON has not; or its remote id has a NUL.
    """
    if not isinstance(answer, Done | Refused | TryLater | Unknown):
        raise TypeError(f"{answer!r} is no answer; that is one of Done, Refused, TryLater, Unknown")
    if isinstance(answer, Done):
        json.dumps(dict(answer.data), allow_nan=False)
        if "\x00" in (answer.remote_id or ""):
            raise ValueError("a remote id with a NUL in it cannot be kept")
    return answer


def _nobody() -> None:
    """Nobody is to be woken."""
