"""What a level is worth: how many wrong versions of the specification's own machine its words would notice.

May not send anything; a level is measured without a server, in seconds. Non-obvious choice: mutants are drawn for a rent type and
not for a level, so that two levels are measured by the same ones.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter

from .levels import Level, suite
from .mealy import Mealy, Word
from .mutants import FAULTS, Cell, Mutant, drawn, notices
from .oracle import Oracle
from .readings import Readings


@dataclass(frozen=True, slots=True)
class Worth:
    """What one level is worth against one class of faults.

    Attributes:
        kind: The rent type.
        level: The level.
        fault: The class, of `FAULTS`.
        killed: Mutants that its words notice.
        total: Mutants that can be noticed.
        survivors: What was wrong with those that were not.
        words: Words of the level.
        seconds: What finding that out took.
    """

    kind: str
    level: Level
    fault: str
    killed: int
    total: int
    survivors: tuple[str, ...]
    words: int
    seconds: float

    @property
    def rate(self) -> float:
        """Share of the mutants that is noticed; 1 where there are none."""
        return self.killed / self.total if self.total else 1.0


def worth(kind: str, level: Level, *, sample: int = 100, seed: int = 0) -> list[Worth]:
    """What a level is worth against each class of faults.

    Args:
        kind: The rent type.
        level: The level.
        sample: Mutants of each class, at most.
        seed: Draws them; levels are compared by the same ones.
    """
    oracle = decided(kind)
    chosen = suite(oracle, level)
    words = (*(word for _, word in chosen.stories), *chosen.words)
    passing = _passing(oracle.mealy, words)
    return [_against(oracle, level, fault, passing=passing, mutants=drawn(oracle.mealy, fault, sample, seed)) for fault in FAULTS]


def decided(kind: str) -> Oracle:
    """The machine of a strict server, with whatever even that leaves open allowed: nothing of it is left out."""
    readings = Readings(strict=True)
    while True:
        oracle = Oracle(kind, readings)
        spots = oracle.spots.values()
        steps = (oracle.step(spot, name) for spot in spots for name in oracle.mealy.inputs)
        reading = next((step.open for step in steps if step is not None and step.open is not None), None)
        if reading is None:
            return oracle
        readings = readings.learnt(reading, holds=True)


def _passing(machine: Mealy, words: Sequence[Word]) -> Mapping[Cell, list[Word]]:
    """The words by the cells that they pass, shorter words first."""
    found: defaultdict[Cell, list[Word]] = defaultdict(list)
    for word in sorted(set(words), key=len):
        state, cells = machine.start, set[Cell]()
        for name in word:
            cells.add((state, name))
            state = machine.steps[state, name][1]
        for cell in cells:
            found[cell].append(word)
    return found


def _against(oracle: Oracle, level: Level, fault: str, *, passing: Mapping[Cell, list[Word]], mutants: Sequence[Mutant]) -> Worth:
    began = perf_counter()
    words = {word for found in passing.values() for word in found}
    survivors = tuple(mutant.says for mutant in mutants if not _killed(oracle.mealy, mutant, passing))
    return Worth(
        kind=oracle.kind,
        level=level,
        fault=fault,
        killed=len(mutants) - len(survivors),
        total=len(mutants),
        survivors=survivors,
        words=len(words),
        seconds=perf_counter() - began,
    )


def _killed(machine: Mealy, mutant: Mutant, passing: Mapping[Cell, list[Word]]) -> bool:
    return any(notices(machine, mutant.machine, word) for cell in mutant.cells for word in passing.get(cell, ()))


def table_of_worth(found: Iterable[Worth]) -> Iterator[str]:
    """Rows of text: a level and a rent type a row, a class of faults a column."""
    every = list(found)
    yield f"{'rent type':<10} {'level':<9} {'words':>7} " + " ".join(f"{fault:>18}" for fault in FAULTS) + f" {'seconds':>8}"
    for kind, level in dict.fromkeys((one.kind, one.level) for one in every):
        row = {one.fault: one for one in every if (one.kind, one.level) == (kind, level)}
        cells = " ".join(f"{f'{row[fault].rate:.1%} of {row[fault].total}':>18}" for fault in FAULTS)
        words, seconds = max(one.words for one in row.values()), sum(one.seconds for one in row.values())
        yield f"{kind:<10} {level:<9} {words:>7} {cells} {seconds:>8.1f}"
