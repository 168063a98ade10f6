"""The seeded faults are what they say: each changes what a client sees, at the last line of its reproduction and not before."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from parts.faulty import FAMILIES, FAULTS, NEEDS, Copy, Fault, copied, forget, transcript

from parcelflow import simulator

LEAST = 80


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copy]:
    """A copy without any fault."""
    copy = copied(None, tmp_path_factory.mktemp("clean"))
    yield copy
    forget(copy)


@pytest.fixture
def original() -> Copy:
    """The simulator itself, in a copy's clothes."""
    from parcelflow.simulator import app, clock, handle, settings, world  # noqa: PLC0415 - only this one needs all of them

    return Copy("parcelflow.simulator", app.create_app, world.World, handle.Handle, clock.Clock, settings.Settings)


def _split(fault: Fault, clean: Copy, folder: Path) -> int | None:
    """The line of a reproduction at which the server with the fault answers otherwise; `None` if there is none."""
    copy = copied(fault, folder)
    try:
        right, wrong = transcript(clean, fault.steps), transcript(copy, fault.steps)
    finally:
        forget(copy)
    lines = [number for number, line in enumerate(fault.steps) for _ in line.split(" || ")]
    return next((line for line, one, other in zip(lines, right, wrong, strict=True) if one != other), None)


EVERY = 16
"""Every so-many-th fault is shown by every run of the tests, all of them by `make soak`: a copy is half a second of work."""
SHOWN = [
    pytest.param(fault, id=fault.name, marks=() if number % EVERY == 0 else pytest.mark.soak)
    for number, fault in enumerate(FAULTS)
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_fits_the_simulator_as_it_is(fault: Fault) -> None:
    source = (Path(str(simulator.__file__)).parent / fault.file).read_text(encoding="utf-8")
    assert fault.apply(source) != source


@pytest.mark.parametrize("fault", SHOWN)
def test_a_fault_shows_at_the_last_line_of_its_reproduction(fault: Fault, clean: Copy, tmp_path: Path) -> None:
    assert _split(fault, clean, tmp_path) == len(fault.steps) - 1


def test_a_copy_without_a_fault_answers_as_the_simulator_does(clean: Copy, original: Copy) -> None:
    for fault in FAULTS:
        assert transcript(clean, fault.steps) == transcript(original, fault.steps), fault.name


def test_a_line_that_is_no_fault_shows_nowhere(clean: Copy, tmp_path: Path) -> None:
    same = FAULTS[0].model_copy(update={"now": FAULTS[0].was})
    assert _split(same, clean, tmp_path) is None


def test_a_fault_that_does_not_fit_the_simulator_is_refused(tmp_path: Path) -> None:
    gone = FAULTS[0].model_copy(update={"was": "nobody wrote this"})
    with pytest.raises(ValueError, match="0 times, and not once"):
        copied(gone, tmp_path)


def test_the_faults_are_many_and_of_every_family() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS) >= LEAST
    assert {fault.family for fault in FAULTS} == set(FAMILIES)
    assert {need for fault in FAULTS for need in fault.needs} == set(NEEDS)
    assert max(fault.shortest for fault in FAULTS) > 7


def test_the_copies_of_two_faults_live_side_by_side(clean: Copy, tmp_path: Path) -> None:
    first, second = FAULTS[0], FAULTS[1]
    one, other = copied(first, tmp_path), copied(second, tmp_path)
    try:
        assert one.World is not other.World
        for copy, mine, others in ((one, first, second), (other, second, first)):
            assert transcript(copy, mine.steps) != transcript(clean, mine.steps)
            assert transcript(copy, others.steps) == transcript(clean, others.steps)
    finally:
        forget(one)
        forget(other)


def test_a_copy_is_held_by_its_own_handle(clean: Copy) -> None:
    with clean.Handle.fresh() as handle:
        handle.advance("1h")
        assert isinstance(handle.world, clean.World)
