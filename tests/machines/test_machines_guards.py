"""What each guard wants of a wish, by example and near miss, said again from the documents' lines and not from the code."""

from collections.abc import Callable
from typing import TypeAlias

import pytest
from scenes import AT, EARLIER, LATER

from parcelflow.machines import Cause, Event, Facts, Guard, catalogue
from parcelflow.machines.kinds.conditions import (
    ALLOCATED,
    CHOSEN,
    CREATABLE,
    CREATABLE_IN_LOCKER,
    DROP_OFF_FIELDS,
    EMPTY,
    FILLED,
    LATER_EXPIRY,
    PICK_UP_FIELDS,
    PLACES_RETURN,
    SELECTS_LOCKER,
    SENDABLE,
    STARTABLE,
    STORED_FIELDS,
    UNPLACED,
    brings_only,
    in_plan,
)
from parcelflow.machines.kinds.location import PLACED
from parcelflow.machines.kinds.locker import COLLECTS, UNALLOCATED
from parcelflow.machines.kinds.order import COMMENTED, DELIVERED_OUT, HANDED_OVER, says
from parcelflow.machines.kinds.task import NEW_KEY, NEWS, REPEATED

Example: TypeAlias = tuple[Facts, Facts, bool]
LABEL: Facts = {"label_content": {"name": "Ann"}, "label_template_id": "v3"}
ENDS: Facts = {"expiry_at": LATER}

LOCKER: list[Example] = [
    ({}, {}, False),
    ({"locker_id": "L"}, {}, True),
    ({}, {"locker_id": "L"}, True),
    ({"bloq_id": "B"}, {}, False),
]
CREATION: list[Example] = [
    # B:2425, 2430: without a bloq something must end the waiting
    ({}, {}, False),
    ({}, {"external_id": "7"}, False),
    ({}, {"bloq_id": "B"}, True),
    ({}, {"expiry_at": LATER}, True),
    ({}, {"dropoff_limit_at": LATER}, True),
    ({"expiry_at": LATER}, {}, True),
    # B:2401: one kind of code, B:2453: of at most 14 characters
    ({}, {**ENDS, "pickup_code": "1234"}, True),
    ({}, {**ENDS, "pickup_codes": {"user": "1234"}}, True),
    ({}, {**ENDS, "pickup_code": "1234", "pickup_codes": {"user": "1234"}}, False),
    ({"pickup_codes": {"user": "1234"}}, {**ENDS, "pickup_code": "1234"}, False),
    ({}, {**ENDS, "pickup_code": "1" * 14}, True),
    ({}, {**ENDS, "pickup_code": "1" * 15}, False),
    # B:2470, 2475: label and template together
    ({}, {**ENDS, **LABEL}, True),
    ({}, {**ENDS, "label_content": {"name": "Ann"}}, False),
    ({}, {**ENDS, "label_template_id": "v3"}, False),
    ({"label_template_id": "v3"}, {**ENDS, "label_content": {"name": "Ann"}}, True),
]


def changes(*, allowed: tuple[str, ...], refused: str) -> list[Example]:
    """Each field that may be changed, alone; nothing; and one that may not, alone and beside one that may."""
    label = {"label_content", "label_template_id"}
    alone: list[Example] = [({}, {name: "x"}, name not in label) for name in allowed]
    both: list[Example] = [({}, LABEL, True)] if label <= set(allowed) else [({}, LABEL, False)]
    return [({}, {}, False), *alone, *both, ({}, {refused: "x"}, False), ({}, {refused: "x", allowed[0]: "y"}, False)]


EXAMPLES: dict[Guard, list[Example]] = {
    CHOSEN: LOCKER,
    ALLOCATED: LOCKER,
    STARTABLE: LOCKER,
    CREATABLE: [*CREATION, ({}, {"locker_id": "L"}, True)],
    CREATABLE_IN_LOCKER: [
        *((facts, {**data, "locker_id": "L"}, holds or set(data) <= {"external_id"}) for facts, data, holds in CREATION),
        ({}, {"bloq_id": "B"}, False),
    ],
    EMPTY: [
        # B:2062: never filled as far as we know, emptied, or asserted by the caller
        ({}, {}, True),
        ({"item_inside": False}, {}, True),
        ({"item_inside": True}, {}, False),
        ({"item_inside": True}, {"locker_empty": True}, True),
        ({"item_inside": True}, {"locker_empty": False}, False),
        ({"item_inside": True}, {"locker_empty": "yes"}, False),
    ],
    FILLED: [({}, {}, False), ({"item_inside": True}, {}, True), ({"item_inside": False}, {}, False)],
    LATER_EXPIRY: [
        # B:1856: a new date, which lies ahead
        ({}, {}, False),
        ({"expiry_at": LATER}, {}, False),
        ({}, {"expiry_at": LATER}, True),
        ({}, {"expiry_at": EARLIER}, False),
        ({}, {"expiry_at": AT.isoformat()}, False),
        ({}, {"expiry_at": "2026-05-02T12:00:00"}, False),
        ({}, {"expiry_at": 1777723200}, False),
    ],
    SELECTS_LOCKER: [
        # B:2777: the bloq if the rent has none, B:2782, 2787: the locker or its type, in this very call
        ({}, {"locker_id": "L"}, False),
        ({"bloq_id": "B"}, {}, False),
        ({"bloq_id": "B", "locker_id": "L"}, {}, False),
        ({"bloq_id": "B"}, {"locker_id": "L"}, True),
        ({"bloq_id": "B"}, {"locker_type": "S"}, True),
        ({}, {"bloq_id": "B", "locker_type": "S"}, True),
    ],
    SENDABLE: [
        # B:2337-2339, 2349-2353
        ({}, {"locker_id": "L"}, False),
        ({}, {"phone_number": "+351"}, False),
        ({}, {"locker_id": "L", "phone_number": ""}, False),
        ({}, {"locker_id": "L", "phone_number": "+351"}, True),
    ],
    PLACES_RETURN: [
        # B:2889: three ways, each with a bloq
        ({}, {"bloq_id": "B"}, False),
        ({}, {"locker_id": "L"}, False),
        ({}, {"bloq_id": "B", "locker_id": "L"}, True),
        ({}, {"bloq_id": "B", "locker_type": "S"}, True),
        ({}, {"bloq_id": "B", "previous_rent_id": "R"}, True),
        ({}, {"locker_type": "S", "previous_rent_id": "R"}, False),
    ],
    UNPLACED: [({}, {}, True), ({}, {"bloq_id": "B"}, False), ({}, {"locker_id": "L"}, False), ({}, {"locker_type": "S"}, True)],
    brings_only(DROP_OFF_FIELDS): changes(
        # what B:1745 lists for the drop-off half
        allowed=("dropoff_limit_at", "dropoff_code", "locker_type", "pickup_codes", "label_content", "label_template_id"),
        refused="expiry_at",
    ),
    brings_only(PICK_UP_FIELDS): changes(
        # B:1745, and B:1790-1800 (A13)
        allowed=(
            *("expiry_at", "external_id", "collect_limit_hours", "collect_limit_at"),
            *("pickup_codes", "label_content", "label_template_id"),
        ),
        refused="dropoff_code",
    ),
    brings_only(STORED_FIELDS): changes(
        # what B:1745 and B:1800 leave of it
        allowed=("expiry_at", "external_id", "collect_limit_hours", "pickup_codes"),
        refused="dropoff_limit_at",
    ),
    **{
        in_plan(feature): [
            # B:2660, 2711, 3070: asked for unless we were told that the plan has it not
            ({}, {}, True),
            ({"plan_features": []}, {}, False),
            ({"plan_features": ["something else"]}, {}, False),
            ({"plan_features": [feature]}, {}, True),
            ({"plan_features": None}, {}, True),
        ]
        for feature in ("ready_for_pickup", "in_transit", "finish_return")
    },
    UNALLOCATED: [({}, {}, True), ({"rent": None}, {}, True), ({"rent": "R"}, {}, False)],  # B:456
    COLLECTS: [
        # B:656: a free door just opens; else its rent must satisfy what collecting asks (B:2011)
        ({}, {}, True),
        ({"rent": "R"}, {}, False),
        *(({"rent": "R"}, {"rent_state": state}, True) for state in ("in_progress", "expired", "cancelled")),
        *(({"rent": "R"}, {"rent_state": state}, False) for state in ("reserved", "locker_opened", "finished")),
    ],
    PLACED: [
        # what B:712-778 requires
        ({}, {"address": "Street", "latitude": 38.7}, False),
        ({}, {"address": "Street", "latitude": 0, "longitude": 0}, True),
        ({}, {"latitude": 38.7, "longitude": -9.1}, False),
    ],
    DELIVERED_OUT: [({"type": "DELIVERY"}, {}, True), ({"type": "PICK-UP"}, {}, False), ({}, {}, False)],  # K:76
    HANDED_OVER: [({"type": "DELIVERY"}, {}, False), ({"type": "DINE-IN"}, {}, True), ({}, {}, True)],
    COMMENTED: [
        ({}, {}, False),
        ({}, {"comment": ""}, False),
        ({}, {"comment": "closed"}, True),
        ({"comment": "old"}, {}, False),
    ],
    NEW_KEY: [({}, {}, True), ({"task_id": "T"}, {}, False)],  # E2
    REPEATED: [
        ({}, {"task_event": "task_assigned"}, False),
        ({"last_event": "task_assigned"}, {"task_event": "task_assigned"}, True),
        ({"last_event": "task_assigned", "agent_name": "Ann"}, {"task_event": "task_assigned", "agent_name": "Bob"}, False),
        ({"last_event": "task_assigned", "agent_name": "Ann"}, {"task_event": "task_assigned", "agent_name": "Ann"}, True),
        ({"last_event": "task_cancelled", "reason": "a"}, {"task_event": "task_cancelled", "reason": "b"}, False),
        ({"last_event": "task_assigned", "agent_contact": "1"}, {"task_event": "task_assigned", "agent_contact": "2"}, False),
    ],
    NEWS: [
        ({"last_event": "task_assigned"}, {"task_event": "task_assigned"}, False),
        ({"last_event": "task_assigned"}, {"task_event": "task_accepted"}, True),
    ],
    **{says(code): [({}, {"status": code}, True), ({}, {"status": code + 1}, False), ({}, {}, False)] for code in (2, 3)},
}


def holds(check: Callable[[Facts, Event], bool], facts: Facts, data: Facts) -> bool:
    return check(facts, Event(name="wish", at=AT, by=Cause.API, asked=True, data=data))


@pytest.mark.parametrize("guard", EXAMPLES, ids=lambda guard: guard.says[:40])
def test_a_guard_wants_what_the_documents_want(guard: Guard) -> None:
    found = [(facts, data, holds(guard.check, facts, data)) for facts, data, _ in EXAMPLES[guard]]
    assert found == EXAMPLES[guard]
    assert {expected for *_, expected in EXAMPLES[guard]} == {True, False}


def test_every_guard_of_every_machine_has_its_examples() -> None:
    shown = {guard.says for guard in EXAMPLES}
    used = {row.guard.says for table in catalogue().values() for row in table.rows if row.guard is not None}
    assert used == shown


def test_the_remotes_own_reports_pass_a_guard_for_wishes_and_not_one_that_tells_rows_apart() -> None:
    for guard, examples in EXAMPLES.items():
        (facts, data) = next((facts, data) for facts, data, expected in examples if not expected)
        event = Event(name="x", at=AT, by=Cause.WEBHOOK, data=data)
        assert guard.holds(facts, event) == guard.asked_only
    assert {guard for guard in EXAMPLES if not guard.asked_only} >= {DELIVERED_OUT, HANDED_OVER, REPEATED, NEWS}


# Guards that are a little too kind or too strict, each of which one of the examples must tell from the right one.
WRONG: dict[str, tuple[Guard, Callable[[Facts, Event], bool]]] = {
    "both kinds of code": (CREATABLE, lambda f, e: CREATABLE.check(f, _without(e, "pickup_codes"))),
    "a code of fifteen": (CREATABLE, lambda f, e: CREATABLE.check(f, _with(e, pickup_code=str(e.data.get("pickup_code"))[:14]))),
    "half a label": (CREATABLE, lambda f, e: CREATABLE.check(f, _without(e, "label_content", "label_template_id"))),
    "waiting for ever": (CREATABLE, lambda f, e: CREATABLE.check(f, _with(e, bloq_id="B"))),
    "an item taken for none": (EMPTY, lambda _f, _e: True),
    "any assertion": (EMPTY, lambda f, e: bool(e.data.get("locker_empty")) or not f.get("item_inside")),
    "an expiry of now": (LATER_EXPIRY, lambda f, e: LATER_EXPIRY.check(f, e) or e.data.get("expiry_at") == AT.isoformat()),
    "an expiry known before": (LATER_EXPIRY, lambda f, e: LATER_EXPIRY.check(f, _with(e, **{**f, **e.data}))),
    "the locker known before": (SELECTS_LOCKER, lambda f, e: SELECTS_LOCKER.check(f, _with(e, **{**f, **e.data}))),
    "no phone": (SENDABLE, STARTABLE.check),
    "a return anywhere": (PLACES_RETURN, lambda f, e: PLACES_RETURN.check(f, _with(e, bloq_id="B"))),
    "anything else beside": (brings_only(STORED_FIELDS), lambda _f, e: bool(set(e.data) & set(STORED_FIELDS))),
    "no change at all": (brings_only(STORED_FIELDS), lambda _f, e: set(e.data) <= set(STORED_FIELDS)),
    "a plan that says nothing": (in_plan("in_transit"), lambda f, _e: "in_transit" in str(f.get("plan_features"))),
    "a rent in any state": (COLLECTS, lambda f, e: UNALLOCATED.check(f, e) or "rent_state" in e.data),
    "the equator is nowhere": (PLACED, lambda _f, e: all(e.data.get(name) for name in ("address", "latitude", "longitude"))),
    "an old comment": (COMMENTED, lambda f, e: bool(e.data.get("comment") or f.get("comment"))),
    "another driver is the same": (REPEATED, lambda f, e: f.get("last_event") == e.data.get("task_event")),
}


def _with(event: Event, **data: object) -> Event:
    return Event(name=event.name, at=event.at, by=event.by, asked=True, data={**event.data, **data})  # pyright: ignore[reportArgumentType]


def _without(event: Event, *names: str) -> Event:
    kept = {name: value for name, value in event.data.items() if name not in names}
    return Event(name=event.name, at=event.at, by=event.by, asked=True, data=kept)


@pytest.mark.parametrize("name", WRONG)
def test_an_example_tells_a_wrong_guard(name: str) -> None:
    guard, wrong = WRONG[name]
    examples = next(examples for right, examples in EXAMPLES.items() if right.says == guard.says)
    assert any(holds(wrong, facts, data) != expected for facts, data, expected in examples)
