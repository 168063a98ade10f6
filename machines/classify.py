"""What an inbound fact means that the table does not allow (`domain` rules of 3.13): no-op, early, late or contradiction.

May not read a clock, a database or a client. Non-obvious choice: it is apart from `decide` because it needs the states
travelled so far, and the everyday event must not pay for reading them.
"""

from collections.abc import Collection

from .decide import learnt
from .decision import JUMP, Decision, Outcome, Step
from .explain import why_not
from .table import Arm, Table
from .ways import way
from .words import ABSENT, NO_FACTS, REMOTE_STATE, Case, Event, Facts

LONGEST_INFERENCE = 4
"""Arrows that may be inferred for one early event (the *k* of 3.13): a whole drop-off half, and no more."""

NOT_FACTS = frozenset({"state", "seen"})
"""What a look-up's answer says of itself rather than of the case."""


def classify(table: Table, case: Case, event: Event, been: Collection[str]) -> Decision:
    """What a told event means that no row allows (3.13, step 3).

    Args:
        table: The machine.
        case: The case as it is.
        event: A told event for which `decide` answered `CONTRADICTION`.
        been: States that the case has been in.

    Returns:
        `NO_OP` when it is where the event leads, `EARLY` with the steps that would have to be inferred, `LATE` when it has
        been there, else `CONTRADICTION`.
    """
    if event.name == REMOTE_STATE:
        return _reconcile(table, case, event)
    arms = [arm for arm in table.named.get(event.name, ()) if arm.target != arm.source]
    if any(arm.target == case.state for arm in arms):
        return Decision(Outcome.NO_OP, case.state, facts=_unheard(case, event), reason=f"it is {case.state} already")
    if _late(table, case, arms, been):
        return Decision(Outcome.LATE, case.state, facts=_unheard(case, event), reason=why_not(table, case, event))
    ways = [(before, arm) for arm in arms if (before := way(table, case.state, arm.source, guesses=False)) is not None]
    ways = [(before, arm) for before, arm in ways if len(before) < LONGEST_INFERENCE]
    if not ways:
        return Decision(Outcome.CONTRADICTION, case.state, reason=why_not(table, case, event))
    before, last = min(ways, key=lambda found: len(found[0]))
    steps = (*(arm.step(inferred=True) for arm in before), last.step())
    facts = {**_inferred_facts(before, event), **learnt(event, last.row)}
    return Decision(Outcome.EARLY, last.target, steps, facts, reason=why_not(table, case, event))


def _late(table: Table, case: Case, arms: Collection[Arm], been: Collection[str]) -> bool:
    """It leads where the case has been, or creates what exists, or comes after the end (3.13, step 5: terminal absorbs)."""
    exists = case.state != ABSENT
    return case.state in table.finals or any(arm.target in been or (exists and arm.source == ABSENT) for arm in arms)


def _unheard(case: Case, event: Event) -> Facts:
    """Facts that a late event brings and the case lacks; what the case knows is newer and stays."""
    return {name: value for name, value in event.data.items() if name not in case.facts}


def _reconcile(table: Table, case: Case, event: Event) -> Decision:
    """Bring a case to what a look-up read: by inferred steps where a way leads there, else by a jump. The remote wins."""
    remote = event.data.get("state")
    read = {name: value for name, value in event.data.items() if name not in NOT_FACTS}
    if remote == case.state:
        return Decision(Outcome.NO_OP, case.state, facts=read, reason=f"the remote says {remote}, and so do we")
    if not isinstance(remote, str) or remote not in table.states:
        return Decision(Outcome.NOTED, case.state, reason=f"the remote says {remote!r}, which is no state of {table.kind}")
    between = way(table, case.state, remote, guesses=False)
    if between is None:
        jump = (Step(JUMP, case.state, remote, inferred=True),)
        return Decision(Outcome.RECONCILED, remote, jump, read, reason=f"the remote says {remote}; no sure way leads there")
    steps = tuple(arm.step(inferred=True) for arm in between)
    return Decision(Outcome.RECONCILED, remote, steps, {**_inferred_facts(between, event), **read})


def _inferred_facts(travelled: Collection[Arm], event: Event) -> Facts:
    facts: Facts = NO_FACTS
    for arm in travelled:
        facts = {**facts, **({} if arm.row.stamps is None else {arm.row.stamps: event.at.isoformat()}), **arm.row.sets}
    return facts
