"""What a decision comes to: outcome, steps, facts and effects, as plain frozen values.

May not decide anything. Non-obvious choice: a refused wish or a contradicted fact is a decision like any other, with an outcome
and a reason, so that the journal keeps it; nothing that came in is answered by an exception alone. They are named tuples and
not frozen dataclasses, for one is made for every event and a tuple is made in a quarter of the time.
"""

from enum import StrEnum
from typing import NamedTuple

from .words import NO_FACTS, Effect, Facts


class Outcome(StrEnum):
    """What a decision comes to. The last five are the answers to facts and wishes that no row allows."""

    MOVED = "moved"
    ASKED = "asked"
    NOTED = "noted"
    RECONCILED = "reconciled"
    WAIT = "wait"
    NO_OP = "no-op"
    EARLY = "early"
    LATE = "late"
    CONTRADICTION = "contradiction"
    REFUSED = "refused"


JUMP = "reconciled"
"""Row id of a step to a state that a look-up read and no sure way leads to: no row of the machine, and marked as such."""


class Step(NamedTuple):
    """One arrow travelled: row id, from, to. `inferred` marks an arrow that nobody told us of."""

    row: str
    source: str
    target: str
    inferred: bool = False


class Decision(NamedTuple):
    """What follows from one event, whole: the engine writes it in one transaction or not at all.

    Attributes:
        outcome: What became of the event.
        state: The case's state afterwards.
        steps: Arrows travelled, in order; empty unless `MOVED` or `RECONCILED`.
        facts: Facts to merge into the case.
        effects: What has to be called.
        reason: One sentence, empty when there is nothing to explain.
    """

    outcome: Outcome
    state: str
    steps: tuple[Step, ...] = ()
    facts: Facts = NO_FACTS
    effects: tuple[Effect, ...] = ()
    reason: str = ""
