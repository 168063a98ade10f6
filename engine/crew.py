"""The crew: the threads of an engine that is at work, and in which order they begin and end.

May not know what they do; it is given. Non-obvious choice: whoever hears and looks things up begins first and ends last,
so that there is nobody at work whom nobody could wake.
"""

from contextlib import ExitStack
from datetime import timedelta
from typing import NamedTuple

from . import nudge
from .calling import Calling
from .driver import Driver
from .nudge import Ear
from .ports import Clock
from .store import Store
from .wake import Alarms, Carrying, Drain, Worker


class Tasks(NamedTuple):
    """What the threads do, each with when the next is due."""

    decide: Drain
    call: Drain
    look_for_gaps: Drain


class Crew:
    """Threads.

    Args:
        store: Whose nudges are heard, and whose watch is told when a thread cannot go on.
        tasks: What they do.
        clock: The engine's.
        calling: Has threads of its own.
        driver: Carries word in a thread too.
        sweep: How often each looks although nobody woke it.
    """

    def __init__(self, store: Store, tasks: Tasks, clock: Clock, *, calling: Calling, driver: Driver, sweep: timedelta) -> None:
        self._alarms = Alarms()
        self._calling = calling
        self._carrying = Carrying(driver)

        def worker(name: str, drain: Drain, every: timedelta = sweep) -> Worker:
            return Worker(name, drain, clock, alarms=self._alarms, sweep=every, watch=store.watch)

        self.decider = worker("decider", tasks.decide)
        self.caller = worker("caller", tasks.call)
        self._historian = worker("historian", tasks.look_for_gaps)
        self._ear = worker("ear", Ear(store, self.wake).listen, nudge.EVERY)

    def start(self) -> None:
        """Begin."""
        self._alarms.start()
        self._calling.start(self.decider.wake, self.caller.wake)
        self._carrying.start()
        for worker in (self._ear, self._historian, self.decider, self.caller):
            worker.start()

    def wake(self) -> None:
        """Have it looked for what there is to decide and to call."""
        self.decider.wake()
        self.caller.wake()

    @property
    def alive(self) -> bool:
        """Whether both who decides and who sees to calls are at work."""
        return self.decider.alive and self.caller.alive

    def stop(self) -> None:
        """Let everybody finish what they are doing, then end them.

        Raises:
            Exception: Whatever ended one of them before.
        """
        self._alarms.stop()
        with ExitStack() as stack:
            # The last one is called first: nobody is woken any more, then nothing is decided, then nothing is called.
            for ending in (self._calling, self.caller, self.decider, self._historian, self._ear, self._carrying):
                stack.callback(ending.stop)
