"""A recorded history against a machine: its longest legal prefix, the first illegal step, and what would have been legal.

May not know where the history comes from. Non-obvious choice: a step is judged by its arrow (row, from, to) and by where the one
before it ended; guards are not asked, because a recorded step's facts are the remote's and mostly unknown.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from ..machines import JUMP, Table


@dataclass(frozen=True, slots=True)
class Travelled:
    """One recorded step."""

    row: str
    source: str
    target: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a history amounts to.

    Attributes:
        legal: How many steps from the start are legal.
        total: How many there are.
        state: Where the legal prefix ends.
        fault: What is wrong with the first illegal step, empty when there is none.
        allowed: Row ids that would have been legal there.
        jumps: How many steps were reconciliations.
    """

    legal: int
    total: int
    state: str
    fault: str
    allowed: tuple[str, ...]
    jumps: int

    @property
    def obeys(self) -> bool:
        """Whether every step is legal."""
        return self.legal == self.total


def check_history(table: Table, steps: Iterable[Travelled]) -> Verdict:
    """Walk a history from the machine's start along its arrows."""
    history = tuple(steps)
    arrows = {(arm.row.id, arm.source, arm.target) for arms in table.arms.values() for arm in arms}
    here, jumps = table.start, 0
    for number, step in enumerate(history):
        fault = _fault(table, arrows, here, step)
        if fault:
            allowed = tuple(sorted({row for row, source, _ in arrows if source == here}))
            return Verdict(number, len(history), here, fault, allowed, jumps)
        jumps += step.row == JUMP
        here = step.target
    return Verdict(len(history), len(history), here, "", (), jumps)


def _fault(table: Table, arrows: set[tuple[str, str, str]], here: str, step: Travelled) -> str:
    if step.source != here:
        return f"{step.row} leaves {step.source!r}, but the history is in {here!r}"
    if step.row == JUMP:
        return "" if step.target in table.states else f"{step.target!r} is no state of {table.kind}"
    if (step.row, step.source, step.target) not in arrows:
        return f"{table.kind} has no arrow {step.row} from {step.source!r} to {step.target!r}"
    return ""
