"""Riders who do their rounds by the clock."""

import json
from collections.abc import Callable

import httpx
import pytest

from parcelflow.simulator import Delivery

Ask = Callable[..., httpx.Response]

TASK = {
    "mappingKey": "k1",
    "mappingCode": "k1",
    "mappingBranchId": "63",
    "paymentType": "COD",
    "customerName": "Ana",
    "customerAddress": "Street 1",
    "customerPhone": "+351919090909",
    "lat": "24.8",
    "lng": "67.0",
    "pickUpTime": "2026-03-01T12:00:00.000Z",
    "deliveryTime": "2026-03-01T13:00:00.000Z",
    "type": 1,
}


@pytest.fixture(autouse=True)
def _task(ask: Ask) -> None:  # pyright: ignore[reportUnusedFunction] - pytest uses it
    ask("POST /sim/logistics/webhook", json={"url": "http://partner"})
    ask("PUT /sim/settings", json={"task_webhooks": "riders"})
    assert ask("POST /logistics/api/client/task", json=TASK).status_code == 201


def _events(ask: Ask, sent: list[Delivery]) -> list[int]:
    ask("POST /sim/webhooks/settle")
    return [json.loads(delivery.body)["eventId"] for delivery in sent]


def _advance(ask: Ask, seconds: float) -> None:
    assert ask("POST /sim/clock/advance", json={"seconds": seconds}).status_code == 200


@pytest.mark.parametrize(
    ("profile", "events", "state"),
    [
        ("normal", [23, 24, 25, 26, 27], "finished"),
        ("return", [23, 24, 25, 26, 27], "finished"),
        ("unassign", [23, 24, 22, 23, 24, 25, 26, 27], "finished"),
        ("reassign", [23, 24, 29, 24, 25, 26, 27], "finished"),
        ("cancel", [23, 24, 28], "cancelled"),
    ],
)
def test_a_ride_goes_by_its_profile(ask: Ask, sent: list[Delivery], profile: str, events: list[int], state: str) -> None:
    planned = ask("POST /sim/logistics/tasks/k1/ride", json={"profile": profile}).json()
    assert [step["eventId"] for step in planned] == events
    assert _events(ask, sent) == []

    _advance(ask, 4000)

    assert _events(ask, sent) == events
    assert ask("GET /sim/state").json()["tasks"][0]["state"] == state
    ridden = ask("GET /sim/record?operation=sim.riders.ride").json()["effects"]
    assert [effect["at"] for effect in ridden] == [step["at"] for step in planned]


def test_whoever_takes_over_is_somebody_else(ask: Ask, sent: list[Delivery]) -> None:
    ask("POST /sim/logistics/tasks/k1/ride", json={"profile": "reassign"})
    _advance(ask, 4000)
    ask("POST /sim/webhooks/settle")

    names = [json.loads(delivery.body)["data"]["agent"]["name"] for delivery in sent]

    assert names == ["Test Rider"] * 2 + ["Second Rider"] * 5


def test_a_ride_of_ones_own_ends_where_it_is_impossible(ask: Ask, sent: list[Delivery]) -> None:
    steps = [[30, 25], [10, 23], [40, 24], [50, 26]]
    ask("POST /sim/logistics/tasks/k1/ride", json={"steps": steps})

    _advance(ask, 9)
    assert _events(ask, sent) == []
    _advance(ask, 1)
    assert _events(ask, sent) == [23]
    _advance(ask, 100)
    assert _events(ask, sent) == [23, 25]  # nobody accepts a task after arriving, and the rider goes home


def test_a_new_ride_replaces_the_one_under_way(ask: Ask, sent: list[Delivery]) -> None:
    ask("POST /sim/logistics/tasks/k1/ride", json={})
    _advance(ask, 60)
    ask("POST /sim/logistics/tasks/k1/ride", json={"steps": [[5, 28]]})
    _advance(ask, 4000)

    assert _events(ask, sent) == [23, 28]


def test_riders_wait_for_new_tasks(ask: Ask, sent: list[Delivery]) -> None:
    assert ask("POST /sim/logistics/riders", json={"profile": "normal"}).json() == {"profile": "normal"}
    ask("POST /logistics/api/client/task", json=TASK | {"mappingKey": "k2"})
    ask("POST /sim/logistics/riders", json={"profile": ""})
    ask("POST /logistics/api/client/task", json=TASK | {"mappingKey": "k3"})

    _advance(ask, 4000)

    assert _events(ask, sent) == [23, 24, 25, 26, 27]
    assert [task["state"] for task in ask("GET /sim/state").json()["tasks"]] == ["created", "finished", "created"]


@pytest.mark.parametrize(
    ("line", "body", "status"),
    [
        ("tasks/k1/ride", {"profile": "lazy"}, 400),
        ("tasks/k1/ride", {"steps": [[5, 20]]}, 400),
        ("tasks/k1/ride", {"steps": [[-1, 23]]}, 400),
        ("tasks/k1/ride", {"steps": [23]}, 400),
        ("tasks/k9/ride", {}, 404),
        ("riders", {}, 400),
        ("riders", {"profile": "lazy"}, 400),
    ],
)
def test_a_bad_ride_is_refused(ask: Ask, snapshot: Callable[[], object], line: str, body: dict[str, object], status: int) -> None:
    before = snapshot()

    assert ask(f"POST /sim/logistics/{line}", json=body).status_code == status
    assert snapshot() == before
    _advance(ask, 4000)
    assert ask("GET /sim/record?operation=sim.riders.ride").json()["count"] == 0


@pytest.mark.parametrize(
    ("lenient", "way", "event", "state"),
    [
        ("unassign_after_start", [23, 24, 25, 26], 22, "unassigned"),
        ("reassign_nobody", [], 29, "assigned"),
        ("finish_untapped", [23], 27, "finished"),
    ],
)
def test_a_lenient_world_lets_riders_be_careless(ask: Ask, lenient: str, way: list[int], event: int, state: str) -> None:
    line = "POST /sim/logistics/tasks/k1/event"
    for step in way:
        assert ask(line, json={"eventId": step}).status_code == 200
    assert ask(line, json={"eventId": event}).status_code == 409

    ask("PUT /sim/settings", json={"lenient": [lenient]})

    assert ask(line, json={"eventId": event}).status_code == 200
    assert ask("GET /sim/state").json()["tasks"][0]["state"] == state
