"""Why an event is or is not allowed, in one sentence that shows what would allow it.

May not change or decide anything. Non-obvious choice: the same sentence serves a person who asks beforehand, the journal that
records a refusal and the error that a caller sees, so that all three say the same.
"""

from .table import Arm, Table
from .ways import pick
from .words import REMOTE_STATE, Case, Event


def why(table: Table, case: Case, event: Event) -> str:
    """Why `event` is or is not allowed, in one sentence with what would allow it."""
    arm = pick(table, case, event)
    if arm is None:
        return why_not(table, case, event)
    return f"{case.kind} {case.key} in {case.state!r} may take {event.name!r} to {arm.target!r} (row {arm.row.id})."


def why_not(table: Table, case: Case, event: Event) -> str:
    """The sentence for an event that no arm takes."""
    who = f"{case.kind} {case.key} in {case.state!r} cannot take {event.name!r}"
    if event.name == REMOTE_STATE:
        return f"{who}: the remote says {event.data.get('state')!r}."
    here = table.arms.get((case.state, event.name), ())
    if here:
        return f"{who}: {'; '.join(_what_fails(arm, case, event) for arm in here)}."
    off = " or ".join(_switch(arm) for arm in _switched_off(table, case, event))
    arms = table.named.get(event.name)
    if arms:
        states = ", ".join(dict.fromkeys(arm.source for arm in arms))
        return f"{who}: it is allowed in {states}{f', and here with {off}' if off else ''}."
    return f"{who}: it is allowed here with {off}." if off else f"{who}: {table.kind} has no such trigger."


def _switched_off(table: Table, case: Case, event: Event) -> list[Arm]:
    """What would take the event here under another policy or a later version of the API."""
    here = table.parts(case.state)
    return [arm for arm in table.refused if arm.source in here and event.name in (arm.row.trigger, *arm.row.signals)]


def _switch(arm: Arm) -> str:
    return f"policy {arm.row.policy}" if arm.row.policy else f"api_level {arm.row.since}"


def _what_fails(arm: Arm, case: Case, event: Event) -> str:
    if event.asked and not arm.sendable:
        if arm.row.elsewhere:
            return f"row {arm.row.id} cannot be asked for here; ask {arm.row.elsewhere}"
        if arm.row.call is not None:
            return f"row {arm.row.id} is not sent while policy {arm.row.policy} is not 'send'"
        return f"row {arm.row.id} is caused by {', '.join(sorted(arm.row.causes))} and cannot be asked for"
    guard = arm.row.guard
    needs = "nothing" if guard is None or guard.holds(case.facts, event) else guard.says
    return f"row {arm.row.id} needs {needs}"
