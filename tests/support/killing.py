"""How a suite shows that it can fail: a check is run with one wrong part put in, and has to object.

May not know what is tested. Non-obvious choice: a mutant names the check that has to notice it, and only an `AssertionError`
counts. What some other check stumbles over has not been noticed, it has been bumped into.
"""

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


def dies(mutant: Mutant) -> bool:
    """Whether the check objects to the mutant; that it objects to nothing else, it shows as a test of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mutant.place, mutant.name, mutant.wrong)
        try:
            mutant.check()
        except AssertionError:
            return True
    return False
