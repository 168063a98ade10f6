"""The value space over which charts and tables are compared: facts and events that tip every guard both ways.

May not know the tables. Non-obvious choice: small products instead of random draws; where everything can be tried, everything is.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product

from parcelflow.machines import POLICIES, Cause, Event, Facts, Json, Policies, Stance

AT = datetime(2026, 5, 1, 12, tzinfo=UTC)
LATER = "2026-05-02T12:00:00+00:00"
EARLIER = "2026-04-30T12:00:00+00:00"

POLICY_SETS: dict[str, Policies] = {
    **{str(stance): Policies(dict.fromkeys(POLICIES, stance)) for stance in Stance},
    "default": Policies(),
    "latest": Policies(api_level="1.64"),
}

RENT_FACTS: tuple[Facts, ...] = (
    {},
    {"locker_id": "L"},
    {"bloq_id": "B", "plan_features": []},
    {"bloq_id": "B", "locker_id": "L", "item_inside": True, "plan_features": ["in_transit"]},
)
RENT_DATA: tuple[Facts, ...] = (
    {},
    {"locker_id": "L"},
    {"locker_type": "S"},
    {"locker_empty": True},
    {"expiry_at": LATER},
    {"expiry_at": EARLIER},
    {"expiry_at": "soon"},
)
DELIVERY_DATA: tuple[Facts, ...] = (
    *RENT_DATA,
    {"expiry_at": LATER, "pickup_code": "1234", "pickup_codes": {"user": "1234"}},
    {"expiry_at": LATER, "pickup_code": "123456789012345", "locker_id": "L"},
    {"dropoff_limit_at": LATER, "label_content": {"a": 1}, "locker_id": "L"},
    {"dropoff_limit_at": LATER, "label_content": {"a": 1}, "label_template_id": "t", "locker_id": "L"},
    {"dropoff_code": "1"},
)
STORE_DATA: tuple[Facts, ...] = (*RENT_DATA, {"pickup_codes": {"user": "1"}}, {"dropoff_code": "1"})
SEND_DATA: tuple[Facts, ...] = (*STORE_DATA, {"locker_id": "L", "phone_number": "+351"})
RETURN_DATA: tuple[Facts, ...] = (
    *RENT_DATA,
    {"bloq_id": "B", "previous_rent_id": "R"},
    {"bloq_id": "B", "locker_type": "S"},
    {"collect_limit_at": LATER},
    {"dropoff_code": "1"},
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
LOCKER_FACTS: tuple[Facts, ...] = ({}, {"rent": "R"}, {"rent": None})
LOCKER_DATA: tuple[Facts, ...] = ({}, {"rent_state": "expired"}, {"rent_state": "reserved"})
PLACE: Facts = {"address": "Street 123", "latitude": 38.7, "longitude": -9.1}
SPACES: dict[str, tuple[tuple[Facts, ...], tuple[Facts, ...]]] = {
    "store": (RENT_FACTS, STORE_DATA),
    "send": (RENT_FACTS, SEND_DATA),
    "delivery": (RENT_FACTS, DELIVERY_DATA),
    "return": (RENT_FACTS, RETURN_DATA),
    "order": (ORDER_FACTS, ORDER_DATA),
    "task": (TASK_FACTS, TASK_DATA),
    "task-return": (TASK_FACTS, TASK_DATA),
    "locker": (LOCKER_FACTS, LOCKER_DATA),
    "location": (({}, PLACE), ({}, PLACE)),
}

MISSING = "(missing)"
TASK_WORDS = ("task_assigned", "task_reassigned", "task_finished", "task_cancelled")
VALUES: dict[str, tuple[Json, ...]] = {
    # Every value of a fact that a guard can tell apart; MISSING leaves it out.
    "type": (MISSING, "DELIVERY", "PICK-UP", "DINE-IN", "DRONE"),
    "status": (MISSING, 0, 1, 2, 3, 4, 5),
    "comment": (MISSING, "", "too far"),
    "task_id": (MISSING, "T"),
    "last_event": (MISSING, *TASK_WORDS),
    "task_event": (MISSING, *TASK_WORDS),
    "agent_name": (MISSING, "Ann", "Bob"),
    "agent_contact": (MISSING, "1"),
    "reason": (MISSING, "", "closed"),
}


class Spied(Mapping[str, Json]):
    """Facts that remember which of them were asked for."""

    def __init__(self, facts: Facts, asked_for: set[str]) -> None:
        self._facts = facts
        self._asked_for = asked_for

    def __getitem__(self, name: str) -> Json:
        self._asked_for.add(name)
        return self._facts[name]

    def __iter__(self) -> Iterator[str]:
        raise AssertionError("a guard between rivals looks at everything; give VALUES what it may be")

    def __len__(self) -> int:
        return len(self._facts)


def everything(name: str, outcome: Callable[[Facts, Event], object]) -> Iterator[tuple[Facts, Event]]:
    """Every combination of the facts, the case's and the event's, that `outcome` looks at for the event `name`."""
    known: set[str] = set()
    brought: set[str] = set()
    while True:
        spies: tuple[set[str], set[str]] = (set(), set())
        found = list(_combinations(name, known, brought))
        for facts, event in found:
            outcome(Spied(facts, spies[0]), replace(event, data=Spied(event.data, spies[1])))
        if spies[0] <= known and spies[1] <= brought:
            yield from found
            return
        known, brought = known | spies[0], brought | spies[1]


def _combinations(name: str, known: set[str], brought: set[str]) -> Iterator[tuple[Facts, Event]]:
    first, second = sorted(known), sorted(brought)
    for values in product(*(VALUES[fact] for fact in (*first, *second)), (False, True)):
        given = [*values[:-1]]
        facts = {fact: value for fact, value in zip(first, given, strict=False) if value != MISSING}
        data = {fact: value for fact, value in zip(second, given[len(first) :], strict=True) if value != MISSING}
        yield facts, Event(name=name, at=AT, by=Cause.WEBHOOK, asked=bool(values[-1]), data=data)


def scenes(kind: str, name: str, *, guarded: bool) -> Iterator[tuple[Facts, Event]]:
    """Facts and events to try for one trigger or signal; one of each mode where no guard looks at them."""
    facts, data = SPACES[kind]
    space = product(facts, data) if guarded else [(facts[0], data[0])]
    for (known, brought), asked, by in product(space, (False, True), (Cause.API, Cause.WEBHOOK)):
        yield known, Event(name=name, at=AT, by=by, asked=asked, data=brought)
