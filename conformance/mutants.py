"""Wrong versions of a machine, drawn at random: what a suite of words is worth is how many of them it notices.

May not know a suite. Non-obvious choice: a mutant that no word can tell from the machine is none, so each is compared with the
machine in every pair of states before it counts. What suites are measured by is exactly what could be seen.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from random import Random
from types import MappingProxyType
from typing import TypeAlias

from .mealy import Mealy

Cell: TypeAlias = tuple[str, str]
Steps: TypeAlias = dict[Cell, tuple[str, str]]

COUNTS = (2, 3, 4, 5)
"""The times at which a counter fails."""

TRIES = 20
"""Draws for each mutant that is wanted: most of what is drawn of some classes is nothing wrong."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """A wrong machine.

    Attributes:
        says: What is wrong with it.
        cells: Where: a word that passes none of them cannot notice it.
        machine: The machine, with more states where the fault has a memory.
    """

    says: str
    cells: frozenset[Cell]
    machine: Mealy


def drawn(machine: Mealy, fault: str, sample: int, seed: int) -> list[Mutant]:
    """Mutants of one class that differ from the machine and from each other."""
    chance = Random(f"{fault} {seed}")  # noqa: S311 - a sample, not a secret
    found: dict[str, Mutant] = {}
    for _ in range(sample * TRIES):
        if len(found) >= sample:
            break
        mutant = FAULTS[fault](machine, chance)
        if mutant is not None and mutant.says not in found and differs(machine, mutant.machine):
            found[mutant.says] = mutant
    return list(found.values())


def notices(machine: Mealy, wrong: Mealy, word: Iterable[str]) -> bool:
    """Whether a word has another output on the wrong machine than on the right one.

    Where the wrong one is somewhere where an input of the word is not possible, nobody can say what would be seen: not noticed.
    """
    right_at, wrong_at = machine.start, wrong.start
    for name in word:
        output, right_at = machine.steps[right_at, name]
        found = wrong.steps.get((wrong_at, name))
        if found is None or found[0] != output:
            return found is not None
        wrong_at = found[1]
    return False


def differs(machine: Mealy, wrong: Mealy) -> bool:
    """Whether any word notices."""
    waiting = [(machine.start, wrong.start)]
    been = set(waiting)
    while waiting:
        right_at, wrong_at = waiting.pop()
        for name in machine.offered(right_at):
            output, after = machine.steps[right_at, name]
            found = wrong.steps.get((wrong_at, name))
            if found is None:
                continue
            if found[0] != output:
                return True
            if (after, found[1]) not in been:
                been.add((after, found[1]))
                waiting.append((after, found[1]))
    return False


# What is drawn. Each answers None where the draw is nothing wrong.


def _with(machine: Mealy, changed: Mapping[Cell, tuple[str, str]]) -> Mealy:
    return Mealy(machine.start, machine.inputs, {**machine.steps, **changed})


def _cell(machine: Mealy, chance: Random) -> Cell:
    return chance.choice(list(machine.cells()))


def _one(machine: Mealy, cell: Cell, becomes: tuple[str, str]) -> Mutant:
    output, target = machine.steps[cell]
    says = f"{cell[1]} in {cell[0]}: {becomes[0]!r} and {becomes[1]}, not {output!r} and {target}"
    return Mutant(says, frozenset({cell}), _with(machine, {cell: becomes}))


def _labelled(machine: Mealy, cell: Cell, target: str) -> tuple[str, str]:
    """Going to another state and showing it, as a server that reads its own database does."""
    word = machine.steps[cell][0].partition(", ")[0]
    return f"{word}, {_shown(machine, target)}", target


def _shown(machine: Mealy, state: str) -> str:
    return next((output.partition(", ")[2] for output, target in machine.steps.values() if target == state), state)


def _wrong_target(machine: Mealy, chance: Random) -> Mutant | None:
    cell, target = _cell(machine, chance), chance.choice(machine.states[1:])
    return None if target == machine.steps[cell][1] else _one(machine, cell, _labelled(machine, cell, target))


def _wrong_answer(machine: Mealy, chance: Random) -> Mutant | None:
    """The right thing is done, and the opposite of it is said."""
    cell = _cell(machine, chance)
    output, target = machine.steps[cell]
    opposite = {"accepted": "refused", "refused": "accepted"}.get(output.partition(", ")[0])
    return None if opposite is None else _one(machine, cell, (f"{opposite}, {output.partition(', ')[2]}", target))


def _lying_label(machine: Mealy, chance: Random) -> Mutant | None:
    """It goes elsewhere and shows what it should: only what follows gives it away."""
    cell, target = _cell(machine, chance), chance.choice(machine.states[1:])
    return None if target == machine.steps[cell][1] else _one(machine, cell, (machine.steps[cell][0], target))


def _missing(machine: Mealy, chance: Random) -> Mutant | None:
    """What is allowed is refused, and nothing happens."""
    cell = _cell(machine, chance)
    moves = machine.steps[cell][0].startswith("accepted") and cell[0] != machine.start
    return _one(machine, cell, (f"refused, {_shown(machine, cell[0])}", cell[0])) if moves else None


def _extra(machine: Mealy, chance: Random) -> Mutant | None:
    """What is refused is done."""
    cell, target = _cell(machine, chance), chance.choice(machine.states[1:])
    if not machine.steps[cell][0].startswith("refused"):
        return None
    return _one(machine, cell, (f"accepted, {_shown(machine, target)}", target))


def _two(machine: Mealy, chance: Random) -> Mutant | None:
    """Two faults at once, which may hide each other."""
    one, other = (chance.choice(SINGLE)(machine, chance) for _ in range(2))
    if one is None or other is None or one.cells & other.cells:
        return None
    changed = {cell: mutant.machine.steps[cell] for mutant in (one, other) for cell in mutant.cells}
    return Mutant(f"{one.says}; {other.says}", one.cells | other.cells, _with(machine, changed))


SINGLE = (_wrong_target, _wrong_answer, _lying_label, _missing, _extra)


def _hidden(machine: Mealy, chance: Random) -> Mutant | None:
    """One arrow leads into a copy of its target that looks the same and does one thing wrong."""
    way = _cell(machine, chance)
    output, home = machine.steps[way]
    fault = chance.choice(SINGLE)(machine, chance)
    if fault is None or home == machine.start or not any(cell[0] == home for cell in fault.cells):
        return None
    copy = f"{home}'"
    inside: Steps = {(copy, name): _stays(fault.machine.steps[home, name], home, copy) for name in machine.offered(home)}
    return Mutant(f"after {way[1]} in {way[0]}: {fault.says}", frozenset({way}), _with(machine, {**inside, way: (output, copy)}))


def _stays(step: tuple[str, str], home: str, copy: str) -> tuple[str, str]:
    """What stays in the state stays in its copy."""
    return (step[0], copy) if step[1] == home else step


def _counter(machine: Mealy, chance: Random) -> Mutant | None:
    """One cell is right until it is met for the second, third, fourth or fifth time."""
    fault = chance.choice(SINGLE)(machine, chance)
    count = chance.choice(COUNTS)
    if fault is None:
        return None
    (cell,) = fault.cells
    steps: Steps = {}
    for turn in range(count):
        for (state, name), (output, target) in machine.steps.items():
            met = (state, name) == cell
            if met and turn == count - 1:
                output, target = fault.machine.steps[cell]  # noqa: PLW2901 - this one step is the fault
            steps[f"{state}#{turn}", name] = (output, f"{target}#{min(turn + met, count - 1)}")
    return Mutant(f"from time {count} on, {fault.says}", fault.cells, Mealy(f"{machine.start}#0", machine.inputs, steps))


FAULTS: Mapping[str, Callable[[Mealy, Random], Mutant | None]] = MappingProxyType(
    {
        "wrong target": _wrong_target,
        "wrong answer": _wrong_answer,
        "missing transition": _missing,
        "extra transition": _extra,
        "two faults": _two,
        "hidden copy": _hidden,
        "counter": _counter,
        "lying label": _lying_label,
    }
)
"""What can be wrong, by name."""
