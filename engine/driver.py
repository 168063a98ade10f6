"""Drivers: how whoever has to look at something learns that there is something to look at.

May not hold any truth: a token that is lost, doubled or late harms nothing, because rows say what is due, a claim says who is at
it, and every worker looks by itself from time to time. Non-obvious choice: a token names a *kind* of work and not a row. Whoever
is woken takes as much as there is room for in one transaction; a token for each call would cost more than the call's own rows.
"""

from collections.abc import Callable
from datetime import datetime
from threading import Event
from typing import Protocol, TypeAlias

from .ports import Clock
from .tx import Tx

INBOX = "inbox"
"""Work: messages are to be decided."""
CALLS = "calls"
"""Work: effects are to be called."""

Look: TypeAlias = Callable[[str], None]
"""Has a kind of work looked at, by this process, soon."""


class Driver(Protocol):
    """Carries tokens. `engine.driver.Local` does so within a process, `engine.distributed.Procrastinate` between many."""

    def bind(self, look: Look) -> None:
        """Say who looks. Called once, before anything else."""
        ...

    def enqueue(self, tx: Tx, work: str, due: datetime, *, others: bool = False) -> None:
        """Have `work` looked at at `due`, if and when the transaction commits.

        Args:
            tx: The transaction.
            work: What is to be looked at.
            due: When.
            others: Other processes are to look even though this one does, because it has not room for everything.
        """
        ...

    def run(self, stop: Event) -> None:
        """Carry tokens until `stop` is set."""
        ...


class Local:
    """Within one process: the commit wakes.

    Args:
        clock: By which `due` is meant.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._look: Look = nobody

    def bind(self, look: Look) -> None:
        """Say who looks."""
        self._look = look

    def enqueue(self, tx: Tx, work: str, due: datetime, *, others: bool = False) -> None:  # noqa: ARG002 - there are none
        """Have `work` looked at after the commit. What is due later is in the rows, and whoever wrote it asks them when."""
        if due <= self._clock.now():
            tx.afterwards(lambda: self._look(work))

    def run(self, stop: Event) -> None:
        """There is nothing to carry."""


def nobody(_work: str) -> None:
    """Nobody looks yet: whoever starts looks at everything first."""
