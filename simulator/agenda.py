"""Something that time is going to do, and when.

May not know what it is. Non-obvious choice: of several things that are due at one instant the order is fixed by their ranks and
names, so that one long step of the clock and many short ones leave the same world behind.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Due:
    """One thing. After `act` it must not be due at the same instant again."""

    at: datetime
    rank: int
    name: str
    act: Callable[[], None]


def first_of(dues: Iterable[Due]) -> Due | None:
    """The one that comes first; `None` if there is none."""
    return min(dues, key=lambda due: (due.at, due.rank, due.name), default=None)
