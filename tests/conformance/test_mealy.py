"""Suites of finite machines: complete for what they promise, shown on every small machine there is."""

from collections.abc import Iterator, Mapping
from itertools import product

import pytest
from killing import Mutant, dies

from parcelflow.conformance import mealy
from parcelflow.conformance.mealy import Mealy, Word, pumped, remembering, tour, without_beginnings, wp
from parcelflow.conformance.oracle import Oracle
from parcelflow.conformance.readings import Readings

INPUTS = ("a", "b")
STATES = ("0", "1")
Steps = Mapping[tuple[str, str], tuple[str, str]]


def _machines(states: tuple[str, ...] = STATES) -> Iterator[Mealy]:
    """Every machine of these states, two inputs and two outputs."""
    cells = list(product(states, INPUTS))
    for choice in product(product("xy", states), repeat=len(cells)):
        yield Mealy(states[0], INPUTS, dict(zip(cells, choice, strict=True)))


def _agree(one: Mealy, other: Mealy, words: tuple[Word, ...]) -> bool:
    return all((one.run(word) or ((), ""))[0] == (other.run(word) or ((), ""))[0] for word in words)


def _same(one: Mealy, other: Mealy) -> bool:
    """By exhaustion: machines of so few states that differ do so within a word of all their pairs of states."""
    longest = len(one.states) * len(other.states)
    return _agree(one, other, tuple(product(INPUTS, repeat=longest)))


def _minimal(machine: Mealy) -> bool:
    return len(machine.states) == len(STATES) and len(machine.tellers) == 1


def _check_wp() -> None:
    specification = Mealy(
        "0", INPUTS, {("0", "a"): ("x", "1"), ("0", "b"): ("x", "0"), ("1", "a"): ("x", "0"), ("1", "b"): ("y", "1")}
    )
    words = without_beginnings(wp(specification))
    assert all(_same(specification, other) == _agree(specification, other, words) for other in _machines())


def test_wp_without_more_states_is_complete_for_all_machines_as_large() -> None:
    """All 256 machines of two states, against every specification among the first ones that is minimal."""
    specifications = [machine for machine in _machines() if _minimal(machine)][::17]
    for specification in specifications:
        words = without_beginnings(wp(specification))
        for other in _machines():
            assert _same(specification, other) == _agree(specification, other, words)


def test_wp_with_one_more_state_finds_a_hidden_copy() -> None:
    """A state that is reached by a way of its own and lies about itself."""
    right = Mealy(
        "0", ("a", "b"), {("0", "a"): ("x", "1"), ("0", "b"): ("x", "0"), ("1", "a"): ("y", "1"), ("1", "b"): ("x", "0")}
    )
    hidden = Mealy("0", ("a", "b"), {**right.steps, ("1", "b"): ("x", "2"), ("2", "a"): ("x", "1"), ("2", "b"): ("z", "0")})

    assert _agree(right, hidden, without_beginnings(wp(right))) or not _agree(right, hidden, tuple(wp(right)))
    assert not _agree(right, hidden, without_beginnings(wp(right, extra=1)))


def test_a_tour_tries_every_cell() -> None:
    """Also where a state cannot be left any more."""
    machine = Mealy(
        "0", INPUTS, {("0", "a"): ("x", "1"), ("0", "b"): ("x", "0"), ("1", "a"): ("refused", "1"), ("1", "b"): ("y", "1")}
    )
    tried: set[tuple[str, str]] = set()
    for word in tour(machine):
        state = machine.start
        for name in word:
            tried.add((state, name))
            state = machine.steps[state, name][1]

    assert tried == set(machine.cells())


def test_a_counter_is_found_by_pumping_alone() -> None:
    """The third round of a cycle is answered otherwise."""
    right = Mealy("0", ("a",), {("0", "a"): ("accepted", "0")})
    counts = Mealy("0", ("a",), {("0", "a"): ("accepted", "1"), ("1", "a"): ("accepted", "2"), ("2", "a"): ("refused", "2")})

    assert _agree(right, counts, tuple(wp(right)))
    assert not _agree(right, counts, tuple(pumped(right, rounds=3)))


def a_step_long_after_the_rounds_is_tried() -> None:
    """After two rounds the end is missed, and only the second step out of the state says so."""
    inputs = ("round", "out", "shut")
    way = {("0", "round"): ("accepted", "0"), ("0", "out"): ("accepted", "1"), ("1", "shut"): ("accepted", "2")}
    right = Mealy("0", inputs, way)
    wrong = {f"{state}{'+' * turn}": turn for state in "01" for turn in range(3)}
    steps: dict[tuple[str, str], tuple[str, str]] = {}
    for text, turn in wrong.items():
        if text[0] == "0":
            steps[text, "round"] = ("accepted", f"0{'+' * min(turn + 1, 2)}")
            steps[text, "out"] = ("accepted", f"1{'+' * turn}")
        else:
            steps[text, "shut"] = ("accepted" if turn < 2 else "refused", "2")
    counts = Mealy("0", inputs, steps)

    assert _agree(right, counts, tuple(wp(right)))
    assert not _agree(right, counts, tuple(pumped(right, rounds=3)))


def test_a_step_long_after_the_rounds_is_tried() -> None:
    a_step_long_after_the_rounds_is_tried()


def every_move_is_tried_after_every_state() -> None:
    """Of a machine of rents as it is."""
    machine = Oracle("delivery", Readings(strict=True)).mealy
    moves = {cell for cell in machine.cells() if machine.steps[cell][1] != cell[0]}
    later: dict[str, set[tuple[str, str]]] = {state: set() for state in machine.states}
    for word in remembering(machine):
        state, been = machine.start, [machine.start]
        for name in word:
            for before in been:
                later[before].add((state, name))
            state = machine.steps[state, name][1]
            been.append(state)
    for state in machine.states:
        reached, waiting = {state}, [state]
        while waiting:
            here = waiting.pop()
            fresh = {machine.steps[here, name][1] for name in machine.offered(here)} - reached
            reached |= fresh
            waiting += fresh
        assert {cell for cell in moves if cell[0] in reached} <= later[state], state


def test_every_move_is_tried_after_every_state() -> None:
    every_move_is_tried_after_every_state()


def test_words_that_another_begins_with_are_dropped() -> None:
    """And no other."""
    assert set(without_beginnings([("a",), ("a", "b"), ("b",), ("a", "b")])) == {("a", "b"), ("b",)}


def _only_access(*_: object) -> Iterator[Word]:
    return iter([()])


def _nobody(*_: object) -> Iterator[tuple[frozenset[str], Word]]:
    return iter(())


def _no_way_out(_machine: Mealy, _state: str) -> Word:
    return ()


def _only_the_first(machine: Mealy, word: Word, state: str, **_: object) -> Iterator[Word]:
    return iter([(*word, name) for name in machine.offered(state)])


MUTANTS = (
    Mutant(Mealy, "way_out", _no_way_out, a_step_long_after_the_rounds_is_tried),
    Mutant(mealy, "_after", _only_the_first, every_move_is_tried_after_every_state),
)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_shorter_memory_is_noticed(mutant: Mutant) -> None:
    assert dies(mutant)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("_upto", _only_access),
        ("_told_now", _nobody),
    ],
    ids=["no inputs after the access word", "no two states are told apart"],
)
def test_a_poorer_suite_is_noticed(monkeypatch: pytest.MonkeyPatch, name: str, wrong: object) -> None:
    """The check of completeness objects to a suite that leaves something out."""
    _check_wp()
    monkeypatch.setattr(mealy, name, wrong)
    with pytest.raises(AssertionError):
        _check_wp()
