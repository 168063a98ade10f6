"""How things are timed against each other: in rounds that alternate, of which the median counts and the spread is shown.

May not know what is timed. Non-obvious choice: every other round goes the other way round, so that whoever comes after an
expensive neighbour (a cold cache, a disk that still writes) is not always the same.
"""

import gc
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from .histories import LifeForms

Act: TypeAlias = Callable[[int], float]
"""Does the round of this number, and tells what it measured."""


@dataclass(frozen=True, slots=True)
class Run:
    """What every part is given: a folder that is deleted afterwards, what the engine writes, and how much is to be done.

    Attributes:
        folder: Where files may be.
        forms: What is written at each step of a life.
        cases: How many the large file has.
        quick: Whether a first impression is enough.
    """

    folder: Path
    forms: LifeForms
    cases: int
    quick: bool

    def rounds(self, wanted: int) -> int:
        """How often something is done."""
        return 2 if self.quick else wanted

    def many(self, wanted: int) -> int:
        """How much is done in a round."""
        return max(wanted // 5, 10) if self.quick else wanted


def alternating(acts: Mapping[str, Act], rounds: int) -> dict[str, list[float]]:
    """What each act measured, round by round."""
    measured: dict[str, list[float]] = {name: [] for name in acts}
    for number in range(rounds):
        names = list(acts)
        for name in names if number % 2 == 0 else reversed(names):
            gc.collect()  # what one has left is not collected while the next is timed
            measured[name].append(acts[name](number))
    return measured


def rate(count: int, act: Callable[[], object]) -> float:
    """How many a second, when `act` does `count`."""
    began = time.perf_counter()
    act()
    return count / (time.perf_counter() - began)
