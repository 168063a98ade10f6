"""What levels are worth: mutants are really wrong, and are noticed by what must notice them."""

# pyright: reportPrivateUsage=false
# A mutant is the code under test with one wrong line; it has to reach inside.

from itertools import product
from random import Random

import pytest
from doorway import DOOR
from killing import Mutant, dies

from parcelflow.conformance import mutants
from parcelflow.conformance.levels import Level
from parcelflow.conformance.mealy import Mealy, tour, wp
from parcelflow.conformance.mutants import FAULTS, differs, drawn, notices
from parcelflow.conformance.worth import decided, table_of_worth, worth
from parcelflow.console.conform_mutants import print_worth


@pytest.mark.parametrize("fault", FAULTS)
def test_every_class_has_mutants_and_each_of_them_is_told_by_some_word(fault: str) -> None:
    found = drawn(DOOR, fault, 30, 0)
    assert found
    words = [("make", *rest) for rest in product(DOOR.inputs[1:], repeat=9)]
    for mutant in found:
        assert "time 5" in mutant.says or any(notices(DOOR, mutant.machine, word) for word in words), mutant.says


def test_a_mutant_is_another_one_each_time_and_the_same_for_one_seed() -> None:
    once = [mutant.says for mutant in drawn(DOOR, "hidden copy", 20, 3)]
    assert once == [mutant.says for mutant in drawn(DOOR, "hidden copy", 20, 3)]
    assert len(set(once)) == len(once)
    assert once != [mutant.says for mutant in drawn(DOOR, "hidden copy", 20, 4)]


def test_the_machine_differs_from_no_copy_of_itself() -> None:
    steps = {(f"{state}'", name): (output, f"{target}'") for (state, name), (output, target) in DOOR.steps.items()}
    assert not differs(DOOR, Mealy("absent'", DOOR.inputs, steps))
    assert not differs(DOOR, Mealy("absent'", DOOR.inputs, {cell: step for cell, step in steps.items() if cell[1] != "lock"}))
    assert differs(DOOR, Mealy("absent'", DOOR.inputs, {**steps, ("locked'", "lock"): ("accepted, closed", "open'")}))


def test_what_a_theorem_says_is_noticed_is_noticed() -> None:
    """Wp without extra states is complete for machines with as many states; the tour notices every wrong answer."""
    words = list(wp(DOOR))
    for fault in ("wrong target", "wrong answer", "missing transition", "extra transition", "lying label", "two faults"):
        for mutant in drawn(DOOR, fault, 40, 1):
            assert any(notices(DOOR, mutant.machine, word) for word in words), mutant.says
    for mutant in drawn(DOOR, "wrong answer", 40, 1):
        assert any(notices(DOOR, mutant.machine, word) for word in tour(DOOR)), mutant.says


def test_a_counter_is_right_until_its_time_has_come() -> None:
    once = [(*DOOR.access[state], name) for state, name in DOOR.cells()]
    counters = drawn(DOOR, "counter", 60, 0)
    for mutant in counters:
        assert not any(notices(DOOR, mutant.machine, word) for word in once), mutant.says
    slow = next(mutant for mutant in counters if "time 5 on, open in closed" in mutant.says)
    four = ("make", *("open", "close") * 4)
    assert not notices(DOOR, slow.machine, four)
    assert notices(DOOR, slow.machine, (*four, "open", "close", "lock"))


def test_a_hidden_copy_looks_right_where_it_was_not_entered() -> None:
    for mutant in drawn(DOOR, "hidden copy", 30, 0):
        ((state, name),) = mutant.cells
        words = (word for word in tour(DOOR) if (state, name) not in _cells(word))
        assert not any(notices(DOOR, mutant.machine, word) for word in words)


def _cells(word: tuple[str, ...]) -> set[tuple[str, str]]:
    state, cells = DOOR.start, set[tuple[str, str]]()
    for name in word:
        cells.add((state, name))
        state = DOOR.steps[state, name][1]
    return cells


def test_a_level_is_worth_at_least_what_the_one_below_it_is() -> None:
    smoke, standard = (worth("store", level, sample=40) for level in (Level.SMOKE, Level.STANDARD))
    assert [one.fault for one in smoke] == list(FAULTS)
    for low, high in zip(smoke, standard, strict=True):
        assert low.total == high.total > 0
        assert low.killed <= high.killed
        assert len(low.survivors) == low.total - low.killed
    assert sum(one.killed for one in smoke) < sum(one.killed for one in standard)
    assert next(one for one in standard if one.fault == "wrong target").rate == 1


def test_nothing_of_the_machine_is_left_open() -> None:
    for kind in ("store", "send", "delivery", "return"):
        oracle = decided(kind)
        assert oracle.readings.strict
        steps = [oracle.step(spot, name) for spot in oracle.spots.values() for name in oracle.mealy.inputs]
        assert all(step is None or step.open is None for step in steps)


def test_the_table_has_a_row_a_level_and_says_how_long_it_took(capsys: pytest.CaptureFixture[str]) -> None:
    found = print_worth(("store",), (Level.SMOKE,), sample=10, survivors=True)
    head, row, *rest = capsys.readouterr().out.splitlines()
    assert all(fault in head for fault in FAULTS)
    assert row.startswith("store      smoke")
    assert f"{found[0].rate:.1%} of {found[0].total}" in row
    assert any(line.startswith("not noticed by smoke of a store: counter: from time") for line in rest)
    assert rest[-1].endswith("drawn with seed 0")
    assert list(table_of_worth([]))[1:] == []


def nothing_wrong(machine: Mealy, chance: Random) -> mutants.Mutant:
    del chance
    return mutants.Mutant("nothing", frozenset({(machine.start, "make")}), machine)


def everything_differs(machine: Mealy, wrong: Mealy) -> bool:
    del machine, wrong
    return True


MUTANTS = {
    "what differs in nothing counts": Mutant(
        mutants, "differs", everything_differs,
        lambda: test_every_class_has_mutants_and_each_of_them_is_told_by_some_word("nothing")),
    "counters fail at once": Mutant(mutants, "COUNTS", (1,), test_a_counter_is_right_until_its_time_has_come),
}  # fmt: skip


@pytest.mark.parametrize("name", MUTANTS)
def test_a_wrong_version_is_noticed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mutants, "FAULTS", {**FAULTS, "nothing": nothing_wrong})
    assert dies(MUTANTS[name])
