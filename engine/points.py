"""Named points of the commit path at which a test may crash the process.

May not do anything in production: `unmarked` is a no-op. Non-obvious choice: a crash is a `BaseException`, so that no handler of
ours, the outbox's broad one included, can survive what a SIGKILL would not let it survive.
"""

from collections.abc import Callable
from typing import Final, TypeAlias

Reach: TypeAlias = Callable[[str], None]

POINTS: Final = (
    "accepting",  # message written, not committed
    "accepted",  # message committed, sender not yet answered
    "deciding",  # message picked, nothing decided
    "committing",  # case, journal, outbox and timers written, not committed
    "committed",  # decision committed, nobody woken
    "claiming",  # effect marked as claimed, not committed
    "claimed",  # claim committed, nothing called
    "called",  # the world has changed, and only memory knows the answer
    "settling",  # answer written, not committed
    "settled",  # answer committed, nobody woken
    "firing",  # due timers turned into messages, not committed
    "fired",  # the same, committed
)
"""Every point, in the order of the way of one event."""


class Crash(BaseException):
    """What a test raises at a point to stand for the end of the process."""


def unmarked(_point: str) -> None:
    """What production passes: nothing happens at any point."""
