"""The Blink Logistics task, type 1 (normal) and type 2 (return): everything that may happen to it is in this file.

May not call anything. Non-obvious choice: both types are one declaration with two prefixes (K1, K2), because the tables differ
only in where the driver goes; and "the same event again" is told apart from a legal repetition by the driver's name and the
reason, since Logistics' webhooks carry neither an id nor a time (3.13, step 2).
"""

from collections.abc import Mapping
from types import MappingProxyType

from ..chart import StrictChart, states_of
from ..row import Declare, Guard
from ..table import CALLED_OFF, Group, Machine
from ..vendor import TASK_EVENT, TASK_STATES
from ..words import Cause, Confidence, Event, Facts, Json

API, WEBHOOK = Cause.API, Cause.WEBHOOK
HIGH, MEDIUM, LOW = Confidence.HIGH, Confidence.MEDIUM, Confidence.LOW
OPEN = ("created", "unassigned", "assigned", "accepted", "arrived", "started")
LIFE = ("created", "unassigned", "assigned", "accepted", "arrived", "started", "finished", "cancelled")
COARSE: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("created", "unassigned"), "created"),
        **dict.fromkeys(("assigned", "accepted", "arrived"), "at_pick_up"),
        "started": "on_the_way",
        "finished": "delivered",
        "cancelled": CALLED_OFF,
    }
)
LIKENESS = ("agent_name", "agent_contact", "reason")


def same_again(facts: Facts, event: Event) -> bool:
    """Identical to the last applied event: same name, same driver, same reason (K1-19).

    A word that the event does not carry is no difference: GET status may tell less than the webhook told.
    """
    if facts.get("last_event") != event.data.get("task_event", event.name):
        return False
    return all(event.data[word] == facts.get(word) for word in LIKENESS if event.data.get(word) is not None)


def not_same_again(facts: Facts, event: Event) -> bool:
    """News, as opposed to a repetition."""
    return not same_again(facts, event)


REPEATED = Guard("the last applied event once more (same driver, same reason)", same_again, asked_only=False)
NEWS = Guard("an event that is not the last one repeated", not_same_again, asked_only=False)
NEW_KEY = Guard("a mapping key not yet known", lambda facts, _event: "task_id" not in facts)


def _last(trigger: str) -> dict[str, Json]:
    return {"last_event": trigger}


# A row reads like the table's row, in its columns' order; the formatter would stack its arguments one below the other.
# fmt: off
def task_rows(row: Declare, placed: Confidence) -> None:
    """Declare rows 01-20 of one task type; `placed` is how well the documents say where its driver arrives and ends."""
    row("-01", "absent", "task_created", "created", API, call="logistics.tasks.create", guard=NEW_KEY,
        evidence="K:169-202, 195, 249", confidence=HIGH, sets=_last("task_created"))
    row("-02", OPEN, "task_updated", None, API, call="logistics.tasks.update",
        condition="not terminal; type unchanged (inferred)", evidence="K:203-234, 250", confidence=HIGH)
    _forward(row, placed)
    _setbacks(row)
    row("-18", OPEN, "task_cancelled", "cancelled", WEBHOOK, condition="'before completion'; portal only (no API)",
        evidence="K:257", confidence=HIGH, sets=_last("task_cancelled"))
    for state in LIFE:
        names = [name for name, left in TASK_STATES.items() if left == state]
        row("-19", state, "same_event_again", None, WEBHOOK, signals=names, guard=REPEATED,
            evidence="inferred; idempotent", confidence=HIGH)
    for state in ("finished", "cancelled"):
        row("-20", state, "any_other_event", None, WEBHOOK, signals=TASK_EVENT.ours, guard=NEWS,
            condition="recorded as late", evidence="inferred: terminal", confidence=MEDIUM)


def _forward(row: Declare, placed: Confidence) -> None:
    row("-03", ("created", "unassigned"), "task_assigned", "assigned", WEBHOOK, evidence="K:252", confidence=HIGH,
        sets=_last("task_assigned"))
    row("-04", "assigned", "task_accepted", "accepted", WEBHOOK, evidence="K:253", confidence=HIGH,
        sets=_last("task_accepted"))
    row("-05", "accepted", "task_arrived", "arrived", WEBHOOK, evidence="K:254", confidence=placed,
        sets=_last("task_arrived"))
    row("-06", "assigned", "task_arrived", "arrived", WEBHOOK, evidence="K:253 'might be implicit'", confidence=MEDIUM,
        sets=_last("task_arrived"))
    row("-07", "arrived", "task_started", "started", WEBHOOK, evidence="K:255", confidence=placed,
        sets=_last("task_started"))
    row("-08", ("accepted", "assigned"), "task_started", "started", WEBHOOK, condition="inbound",
        evidence="inferred because arrival is a manual tap", confidence=MEDIUM, sets=_last("task_started"))
    row("-09", "started", "task_finished", "finished", WEBHOOK, evidence="K:256 'final destination'", confidence=placed,
        sets=_last("task_finished"))
    row("-10", ("created", "unassigned", "assigned", "accepted", "arrived"), "task_finished", "finished", WEBHOOK,
        policy="finish_unstarted_task", condition="inbound; confirm by GET status",
        evidence="inferred: no retry described", confidence=LOW, sets=_last("task_finished"))


def _setbacks(row: Declare) -> None:
    row("-11", "assigned", "task_unassign", "unassigned", WEBHOOK, evidence="K:251", confidence=HIGH,
        sets=_last("task_unassign"))
    row("-12", ("accepted", "arrived"), "task_unassign", "unassigned", WEBHOOK, confidence=MEDIUM,
        evidence="K:251; sources inferred: the driver can drop out until he has the goods", sets=_last("task_unassign"))
    row("-13", "started", "task_unassign", "unassigned", WEBHOOK, policy="unassign_started_task", condition="inbound",
        evidence="inferred, not excluded", confidence=LOW, sets=_last("task_unassign"))
    row("-14", ("assigned", "accepted", "arrived"), "task_reassigned", "assigned", WEBHOOK, guard=NEWS,
        evidence="K:258; target inferred because the new driver must accept again (K:253)", confidence=MEDIUM,
        sets=_last("task_reassigned"))
    row("-15", "started", "task_reassigned", "assigned", WEBHOOK, policy="reassign_started_task",
        condition="alert; if next event is 26/27 fine", evidence="K:258", confidence=LOW, sets=_last("task_reassigned"))
    row("-16", ("unassigned", "created"), "task_reassigned", "assigned", WEBHOOK, condition="inbound",
        evidence="inferred", confidence=MEDIUM, sets=_last("task_reassigned"))
    row("-17", ("created", "unassigned"), "task_accepted", "accepted", WEBHOOK, condition="inbound",
        evidence="inferred", confidence=MEDIUM, sets=_last("task_accepted"))
# fmt: on


class Task(StrictChart):
    """The chart of a normal task (branch to customer), rows K1-01 to K1-20."""

    states_in_order = states_of(*LIFE)
    task_rows(Declare(states_in_order, "K1"), placed=HIGH)


class TaskReturn(StrictChart):
    """The chart of a return task (customer to branch), rows K2-01 to K2-20."""

    states_in_order = states_of(*LIFE)
    task_rows(Declare(states_in_order, "K2"), placed=MEDIUM)


def _machine(kind: str, title: str, chart: type[StrictChart], prefix: str) -> Machine:
    return Machine(
        kind=kind,
        title=title,
        system="logistics",
        chart=chart,
        read="logistics.tasks.status",
        happy=tuple(f"{prefix}-{number}" for number in ("01", "03", "04", "05", "07", "09")),
        groups=(
            Group("searching", ("created", "unassigned")),
            Group("to the pick-up", ("assigned", "accepted", "arrived")),
            Group("on the way", ("started",)),
            Group("endings", ("finished", "cancelled")),
        ),
        hold=10.0,
        coarse=COARSE,
    )


TASK = _machine("task", "Blink Logistics task, type 1 (normal)", Task, "K1")
TASK_RETURN = _machine("task-return", "Blink Logistics task, type 2 (return)", TaskReturn, "K2")
