"""How a suite shows that it can fail: a check is run with one wrong part put in, and has to object.

May not know what is tested. Non-obvious choice: a mutant names the check that has to notice it, and only an `AssertionError`
counts. What some other check stumbles over has not been noticed, it has been bumped into. And how long a check of threads waits
depends on what it is held against: what is right may be slow on a busy machine and must never fail, a mutant may be given up.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import pytest
from hypothesis import HealthCheck, settings

Check: TypeAlias = Callable[[], None]

SEARCH = settings(
    max_examples=300,
    deadline=None,
    derandomize=True,
    database=None,
    report_multiple_bugs=False,
    suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large),
)
"""For properties that mutants are held against: the same examples every time, and one objection at a time."""


@dataclass(frozen=True)
class Mutant:
    """A wrong version of one part, and the check that has to object to it."""

    place: object
    name: str
    wrong: object
    check: Check


_AT_IT: list[Mutant] = []
"""The mutant that is held against its check now."""


def dies(mutant: Mutant) -> bool:
    """Whether the check objects to the mutant; that it objects to nothing else, it shows as a test of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mutant.place, mutant.name, mutant.wrong)
        _AT_IT.append(mutant)
        try:
            mutant.check()
        except AssertionError:
            return True
        finally:
            _AT_IT.pop()
    return False


def patience() -> float:
    """Seconds for what has to come: what is right has a minute, and takes none of it; a mutant that never does it has two."""
    return 2.0 if _AT_IT else 60.0


def grace() -> float:
    """Seconds for what must not come: what is right takes all of them each time; a mutant that does it ends the wait."""
    return 30.0 if _AT_IT else 0.2


def comes(there: Callable[[], bool], *, within: float) -> bool:
    """Whether something is so within some seconds."""
    pause = threading.Event()
    for _ in range(int(within * 100)):
        if there():
            return True
        pause.wait(0.01)
    return there()
