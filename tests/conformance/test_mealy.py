"""Suites of finite machines: complete for what they promise, shown on every small machine there is."""

from collections.abc import Iterator, Mapping
from itertools import product

import pytest

from parcelflow.conformance import mealy
from parcelflow.conformance.mealy import Mealy, Word, pumped, tour, without_beginnings, wp

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


def test_words_that_another_begins_with_are_dropped() -> None:
    """And no other."""
    assert set(without_beginnings([("a",), ("a", "b"), ("b",), ("a", "b")])) == {("a", "b"), ("b",)}


def _only_access(*_: object) -> Iterator[Word]:
    return iter([()])


def _nobody(*_: object) -> Iterator[tuple[frozenset[str], Word]]:
    return iter(())


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
