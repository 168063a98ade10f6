"""The value space over which charts and tables are compared: facts and events that tip every guard both ways.

May not know the tables. Non-obvious choice: small products instead of random draws; where everything can be tried, everything is.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import product

from parcelflow.machines import POLICIES, Cause, Event, Facts, Policies, Stance

AT = datetime(2026, 5, 1, 12, tzinfo=UTC)
LATER = "2026-05-02T12:00:00+00:00"
EARLIER = "2026-04-30T12:00:00+00:00"

POLICY_SETS = {stance: Policies(dict.fromkeys(POLICIES, stance)) for stance in Stance} | {"default": Policies()}

DELIVERY_FACTS: tuple[Facts, ...] = (
    {},
    {"locker_id": "L"},
    {"bloq_id": "B"},
    {"bloq_id": "B", "locker_id": "L", "item_inside": True},
)
DELIVERY_DATA: tuple[Facts, ...] = (
    {},
    {"locker_id": "L"},
    {"locker_type": "S"},
    {"locker_empty": True},
    {"expiry_at": LATER},
    {"expiry_at": EARLIER},
    {"expiry_at": "soon"},
    {"expiry_at": LATER, "pickup_code": "1234", "pickup_codes": {"user": "1234"}},
    {"expiry_at": LATER, "pickup_code": "123456789012345", "locker_id": "L"},
    {"dropoff_limit_at": LATER, "label_content": {"a": 1}, "locker_id": "L"},
    {"dropoff_limit_at": LATER, "label_content": {"a": 1}, "label_template_id": "t", "locker_id": "L"},
)
ORDER_FACTS: tuple[Facts, ...] = ({"type": "DELIVERY"}, {"type": "PICK-UP"}, {"type": "DINE-IN"}, {})
ORDER_DATA: tuple[Facts, ...] = (
    *({"status": code} for code in range(5)),
    {},
    {"comment": "too far"},
    {"status": 4, "comment": ""},
)
TASK_FACTS: tuple[Facts, ...] = (
    {},
    {"task_id": "T", "last_event": "task_assigned", "agent_name": "Ann", "reason": "none"},
    {"last_event": "task_reassigned", "agent_name": "Ann"},
    {"last_event": "task_finished"},
    {"last_event": "task_cancelled", "reason": "closed"},
)
TASK_DATA: tuple[Facts, ...] = (
    {},
    {"task_event": "task_reassigned", "agent_name": "Ann"},
    {"task_event": "task_reassigned", "agent_name": "Bob"},
    {"task_event": "task_finished"},
    {"task_event": "task_cancelled", "reason": "closed"},
    {"task_event": "task_cancelled", "reason": "other"},
)
SPACES = {
    "delivery": (DELIVERY_FACTS, DELIVERY_DATA),
    "order": (ORDER_FACTS, ORDER_DATA),
    "task": (TASK_FACTS, TASK_DATA),
    "task-return": (TASK_FACTS, TASK_DATA),
}


def scenes(kind: str, name: str, *, guarded: bool) -> Iterator[tuple[Facts, Event]]:
    """Facts and events to try for one trigger or signal; one of each mode where no guard looks at them."""
    facts, data = SPACES[kind]
    space = product(facts, data) if guarded else [(facts[0], data[0])]
    for (known, brought), asked, by in product(space, (False, True), (Cause.API, Cause.WEBHOOK)):
        yield known, Event(name=name, at=AT, by=by, asked=asked, data=brought)
