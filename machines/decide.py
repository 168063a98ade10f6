"""The decision: a pure function from a compiled table, a case and an event to what follows.

May not read a clock, a database or a client, nor know any single machine. Non-obvious choice: a told event moves the case, an
asked one only sends the call; its success will be told, by the answer or by a webhook, whichever is heard first.
"""

from .decision import Decision, Outcome, Step
from .explain import why_not
from .row import Row
from .table import Arm, Table
from .ways import pick
from .words import CALL_REFUSED, REMOTE_STATE, Case, Effect, Event, Facts, Json


def decide(table: Table, case: Case, event: Event) -> Decision:
    """What follows from `event` by the table.

    Returns:
        `MOVED` for a told event that a row allows, `ASKED` (with one effect) for an allowed wish, `NOTED` for what is only
        kept, `NO_OP` for a wish that has come true, `WAIT` for a wish that a call under way may yet allow, `REFUSED` for any
        other wish, and `CONTRADICTION` for a told event that no row allows: ask `classify` what it means.
    """
    if not event.asked and (plain := table.plain.get((case.state, event.name))) is not None:
        return Decision(Outcome.MOVED, plain.state, plain.steps, event.data) if event.data else plain
    arm = pick(table, case, event)
    if arm is None:
        return _unlisted(table, case, event)
    if event.asked:
        return _ask(case, event, arm)
    return Decision(Outcome.MOVED, arm.target, (arm.step(),), learnt(event, arm.row))


def learnt(event: Event, row: Row) -> Facts:
    """The facts that hold once `row` was taken by `event`."""
    if row.stamps is None and not row.sets:
        return event.data
    facts: dict[str, Json] = {} if row.stamps is None else {row.stamps: event.at.isoformat()}
    facts.update(event.data)
    facts.update(row.sets)
    return facts


def _ask(case: Case, event: Event, arm: Arm) -> Decision:
    trigger = arm.row.trigger
    if trigger in case.pending:
        return Decision(Outcome.NO_OP, case.state, reason=f"{trigger} is under way already")
    if case.pending:
        # One call at a time for a case: the next one may be asked in a state that the first is about to change.
        return Decision(Outcome.WAIT, case.state, reason=f"{trigger} waits for {', '.join(sorted(case.pending))}")
    effect = Effect(
        kind=case.kind,
        case_key=case.key,
        remote_id=case.remote_id,
        operation=arm.row.call or "",
        trigger=trigger,
        data={**case.facts, **event.data},
        wish=event.data,
    )
    return Decision(Outcome.ASKED, case.state, (Step(arm.row.id, case.state, case.state),), effects=(effect,))


def _unlisted(table: Table, case: Case, event: Event) -> Decision:
    if event.asked:
        return _unlisted_wish(table, case, event)
    if event.name == CALL_REFUSED:
        reason = f"{event.data.get('trigger')} was refused: {event.data.get('reason')}"
        return Decision(Outcome.NOTED, case.state, reason=reason)
    if event.name in table.machine.notes:
        return Decision(Outcome.NOTED, case.state)
    arms = table.named.get(event.name, ())
    if not arms and event.name != REMOTE_STATE:
        return Decision(Outcome.NOTED, case.state, reason=f"{event.name!r} is not a word of {table.kind}")
    if arms and all(arm.target == arm.source for arm in arms):
        return Decision(Outcome.NOTED, case.state, reason=f"{event.name} changes nothing in any state")
    return Decision(Outcome.CONTRADICTION, case.state, reason=why_not(table, case, event))


def _unlisted_wish(table: Table, case: Case, event: Event) -> Decision:
    if any(arm.target == case.state != arm.source for arm in table.named.get(event.name, ())):
        return Decision(Outcome.NO_OP, case.state, reason=f"it is {case.state} already")
    if case.pending:
        return Decision(Outcome.WAIT, case.state, reason=f"{event.name} waits for {', '.join(sorted(case.pending))}")
    return Decision(Outcome.REFUSED, case.state, reason=why_not(table, case, event))
