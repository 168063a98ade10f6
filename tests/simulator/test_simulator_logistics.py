"""Tasks: what creates them, what riders do with them, and what is told."""

import json
from collections.abc import Callable

import httpx
import pytest

from parcelflow.simulator import Delivery, Settings, World

Ask = Callable[..., httpx.Response]

CREATE = "POST /logistics/api/client/task"
UPDATE = "PUT /logistics/api/client/task"
TASK: dict[str, object] = {
    "mappingKey": "12345678",
    "mappingCode": "12345678",
    "mappingBranchId": "12345",
    "paymentType": "COD",
    "customerName": "Test Customer",
    "customerAddress": "Tariq Road, PECHS Block 2",
    "customerPhone": "923001234567",
    "lat": "24.871641",
    "lng": "67.059906",
    "pickUpTime": "2024-06-06T03:29:15.000Z",
    "deliveryTime": "2024-06-06T04:29:15.000Z",
    "type": 1,
}
FORWARD = [23, 24, 25, 26, 27]
# The way to each state, and the events that a rider or dispatcher may then cause (K:247-258), written down a second time.
WAYS: dict[str, list[int]] = {
    "created": [],
    "unassigned": [23, 22],
    "assigned": [23],
    "accepted": [23, 24],
    "arrived": [23, 24, 25],
    "started": [23, 24, 25, 26],
    "finished": FORWARD,
    "cancelled": [28],
}
LEGAL: dict[str, dict[int, str]] = {
    "created": {23: "assigned", 28: "cancelled"},
    "unassigned": {23: "assigned", 28: "cancelled"},
    "assigned": {22: "unassigned", 24: "accepted", 25: "arrived", 26: "started", 28: "cancelled", 29: "assigned"},
    "accepted": {22: "unassigned", 25: "arrived", 26: "started", 28: "cancelled", 29: "assigned"},
    "arrived": {22: "unassigned", 26: "started", 28: "cancelled", 29: "assigned"},
    "started": {27: "finished", 28: "cancelled", 29: "assigned"},
    "finished": {},
    "cancelled": {},
}


@pytest.fixture(autouse=True)
def _task(ask: Ask) -> None:  # pyright: ignore[reportUnusedFunction] - pytest uses it
    ask("POST /sim/logistics/webhook", json={"url": "http://partner/task"})
    answer = ask(CREATE, json=TASK)
    assert (answer.status_code, answer.json()) == (
        201,
        {"eventId": 20, "event": "TASK_CREATED", "data": {"taskId": "XYZAB-12345", "type": 1}},
    )


def _event(ask: Ask, event: int, **more: object) -> httpx.Response:
    return ask("POST /sim/logistics/tasks/12345678/event", json={"eventId": event, **more})


@pytest.mark.parametrize("event", range(22, 30))
@pytest.mark.parametrize("state", LEGAL)
def test_an_event_happens_if_it_may(ask: Ask, snapshot: Callable[[], object], state: str, event: int) -> None:
    for earlier in WAYS[state]:
        assert _event(ask, earlier).status_code == 200
    before = snapshot()

    answer = _event(ask, event)

    target = LEGAL[state].get(event)
    if target is None:
        assert answer.status_code == 409
        assert snapshot() == before
    else:
        assert answer.status_code == 200
        assert ask("GET /sim/state").json()["tasks"][0]["state"] == target


def test_a_status_and_its_webhook_look_alike(ask: Ask, sent: list[Delivery]) -> None:
    _event(ask, 23, agent={"name": "Ali", "contact": "+92"})
    _event(ask, 24)

    told = ask("GET /logistics/api/client/task/status?mappingKey=12345678")
    ask("POST /sim/webhooks/settle")

    assert told.status_code == 200
    assert told.json() == json.loads(sent[-1].body)
    assert told.json() | {"data": None} == {"eventId": 24, "event": "TASK_ACCEPTED", "data": None}
    assert told.json()["data"] == {
        "taskId": "XYZAB-12345",
        "type": 1,
        "reason": "",
        "agent": {"name": "Ali", "contact": "+92"},
        "trackingLink": "https://delivery-stg.blinkco.io/tracking/XYZAB-12345",
    }
    assert [delivery.event for delivery in sent] == [f"logistics.TASK_{what}" for what in ("CREATED", "ASSIGNED", "ACCEPTED")]


def test_a_rider_who_drops_out_takes_his_name_along(ask: Ask) -> None:
    assert _event(ask, 23).json()["data"]["agent"] == {"name": "Test Rider", "contact": "+923213456789"}
    assert _event(ask, 22, reason="flat tyre").json()["data"] | {"trackingLink": ""} == {
        "taskId": "XYZAB-12345",
        "type": 1,
        "reason": "flat tyre",
        "agent": None,
        "trackingLink": "",
    }


@pytest.mark.parametrize("until", FORWARD)
@pytest.mark.parametrize("state", WAYS)
def test_a_rider_walks_on_from_where_the_task_is(ask: Ask, state: str, until: int) -> None:
    for earlier in WAYS[state]:
        _event(ask, earlier)

    answer = ask("POST /sim/logistics/tasks/XYZAB-12345/walk", json={"until": until})

    behind = {"created": 22, "unassigned": 22, "assigned": 23, "accepted": 24, "arrived": 25, "started": 26}.get(state)
    if behind is None:
        assert answer.status_code == 409
    else:
        assert answer.json()["events"] == [event for event in FORWARD if behind < event <= until]


@pytest.mark.parametrize("field", sorted(TASK))
def test_each_required_field_is_missed_by_name(ask: Ask, snapshot: Callable[[], object], field: str) -> None:
    before = snapshot()

    answer = ask(CREATE, json={name: value for name, value in TASK.items() if name != field} | {"customerEmail": ""})

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [field]
    assert snapshot() == before


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("type", True),
        ("mappingKey", ""),
        ("mappingKey", 5),
        ("paymentType", "CARD"),
        ("type", 3),
        ("pickUpTime", "soon"),
        ("deliveryTime", 5),
    ],
)
def test_a_wrong_field_is_named(ask: Ask, field: str, value: object) -> None:
    answer = ask(CREATE, json=TASK | {"mappingKey": "new", field: value})

    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])


def test_a_known_mapping_key_is_a_conflict(ask: Ask, snapshot: Callable[[], object]) -> None:
    before = snapshot()

    assert ask(CREATE, json=TASK).status_code == 409
    assert snapshot() == before


def test_or_a_second_task_that_the_record_shows(ask: Ask, world: World) -> None:
    world.ground.settings = Settings(duplicate_task="accept")

    assert ask(CREATE, json=TASK).json()["data"]["taskId"] == "XYZAB-12346"
    assert ask("GET /sim/record?object=12345678&operation=logistics.tasks.create").json()["count"] == 2
    assert ask("GET /logistics/api/client/task/status?mappingKey=12345678").json()["data"]["taskId"] == "XYZAB-12346"
    assert _event(ask, 23).json()["data"]["taskId"] == "XYZAB-12346"


def test_or_the_first_task_again(ask: Ask, world: World) -> None:
    world.ground.settings = Settings(duplicate_task="repeat")

    answer = ask(CREATE, json=TASK)

    assert (answer.status_code, answer.json()["data"]["taskId"]) == (201, "XYZAB-12345")
    assert ask("GET /sim/record?operation=logistics.tasks.create").json()["count"] == 1


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_a_status_may_be_asked_for_in_two_ways(ask: Ask, method: str) -> None:
    answer = ask(f"{method} /logistics/api/client/task/status?mappingKey=12345678")

    assert (answer.status_code, answer.json()["event"]) == (200, "TASK_CREATED")


def test_an_update_keeps_the_state_and_answers_201(ask: Ask) -> None:
    _event(ask, 23)

    answer = ask(UPDATE, json={"taskId": "XYZAB-12345", "type": 1, "customerName": "Somebody", "mappingKey": 5})

    assert (answer.status_code, answer.json()["event"]) == (201, "TASK_UPDATED")
    assert ask("GET /logistics/api/client/task/status?mappingKey=12345678").json()["eventId"] == 21
    assert ask("GET /sim/state").json()["tasks"][0]["state"] == "assigned"
    assert _event(ask, 24).status_code == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"type": 1}, 400),
        ({"taskId": "XYZAB-12345"}, 400),
        ({"taskId": "XYZAB-12345", "type": 2}, 400),
        ({"taskId": "XYZAB-12345", "type": 1, "paymentType": "x"}, 400),
        ({"taskId": "XYZAB-1", "type": 1}, 404),
    ],
)
def test_a_bad_update_is_refused_without_a_trace(
    ask: Ask, snapshot: Callable[[], object], body: dict[str, object], status: int
) -> None:
    before = snapshot()

    assert ask(UPDATE, json=body).status_code == status
    assert snapshot() == before


def test_a_finished_task_is_not_updated(ask: Ask) -> None:
    ask("POST /sim/logistics/tasks/12345678/walk", json={})

    assert ask(UPDATE, json={"taskId": "XYZAB-12345", "type": 1}).status_code == 409


@pytest.mark.parametrize(("query", "status"), [("", 400), ("?mappingKey=", 400), ("?mappingKey=unknown", 404)])
def test_an_unknown_task_has_no_status(ask: Ask, query: str, status: int) -> None:
    assert ask(f"GET /logistics/api/client/task/status{query}").status_code == status


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("lat", value) for value in ("abc", "91", "-90.5", "", None, True, "1e1")),
        *(("lng", value) for value in ("abc", "181", "\u0661", 1000)),
        *(
            (name, value)
            for name in ("tax", "taxPercent", "discount", "deliveryCharges", "subTotal")
            for value in ("abc", {"a": 1}, True)
        ),
        *(("customerPhone", value) for value in ("abc", "++92", "12", 5, "1" * 16)),
        *((name, 5) for name in ("discountCode", "description", "instruction", "customerEmail", "customerName")),
        ("customerAddress", " "),
        ("pickUpTime", "2024-06-06T05:00:00.000Z"),
        ("deliveryTime", "2024-06-06T03:29:14.999Z"),
        ("pickUpTime", "soon"),
    ],
)
def test_every_field_of_a_task_is_validated_in_both_of_its_requests(
    ask: Ask, snapshot: Callable[[], object], field: str, value: object
) -> None:
    before = snapshot()

    made = ask(CREATE, json=TASK | {"mappingKey": "2", field: value})
    changed = ask(UPDATE, json={"taskId": "XYZAB-12345", "type": 1, field: value})

    blamed = "deliveryTime" if "Time" in field and value != "soon" else field
    assert (made.status_code, [*made.json()["errors"]]) == (400, [blamed])
    if value is not None:  # which says nothing in an update
        assert (changed.status_code, [*changed.json()["errors"]]) == (400, [blamed])
        assert snapshot() == before


@pytest.mark.parametrize(
    "more",
    [
        {"lat": 24.87, "lng": -67, "customerPhone": "+923001234567"},
        {"tax": "1.5", "discount": 0, "subTotal": 2080.25, "description": "", "discountCode": "", "customerEmail": None},
        {"pickUpTime": "2024-06-06T04:29:15.000Z"},
        {"anything": [1]},
    ],
)
def test_whatever_the_document_leaves_open_is_taken(ask: Ask, more: dict[str, object]) -> None:
    assert ask(CREATE, json=TASK | {"mappingKey": "2"} | more).status_code == 201
    assert ask(UPDATE, json={"taskId": "XYZAB-12345", "type": 1} | more).status_code == 201


def test_both_requests_of_a_task_are_documented_with_all_their_fields(ask: Ask) -> None:
    shapes = ask("GET /sim/openapi/logistics.json").json()["components"]["schemas"]
    shared = {"discountCode", "tax", "taxPercent", "discount", "deliveryCharges", "subTotal", "paymentType", "description"} | {
        *("instruction", "customerName", "customerEmail", "customerAddress", "customerPhone", "lat", "lng", "pickUpTime"),
        *("deliveryTime", "type"),
    }

    assert set(shapes["TaskForm"]["properties"]) == shared | {"mappingKey", "mappingCode", "mappingBranchId"}
    assert set(shapes["TaskChanges"]["properties"]) == shared | {"taskId"}
