"""Orders: forward only, once, and told by webhook when somebody at Blink moved them."""

import json
from collections.abc import Callable

import httpx
import pytest

from parcelflow.simulator import Delivery, World

Ask = Callable[..., httpx.Response]

SYNC = "POST /blink/interface/v1/syncOrderStatus"
ORDER: dict[str, object] = {"blink_order_id": "1236589", "branch_id": "12345", "type": "DELIVERY", "products": []}


@pytest.fixture(autouse=True)
def _order(ask: Ask) -> None:  # pyright: ignore[reportUnusedFunction] - pytest uses it
    ask("POST /sim/blink/webhooks", json={"order_url": "http://partner/order", "status_url": "http://partner/status"})
    assert ask("POST /sim/blink/orders", json=ORDER).status_code == 201


def _status(ask: Ask, status: object, comment: object = "no rider") -> httpx.Response:
    return ask(SYNC, json={"blink_order_id": "1236589", "status": status, "comment": comment})


def test_an_order_is_posted_as_it_is_and_within_five_seconds(ask: Ask, sent: list[Delivery]) -> None:
    ask("POST /sim/webhooks/settle")

    (delivery,) = sent
    assert (delivery.url, delivery.cut_off) == ("http://partner/order", 5.0)
    assert json.loads(delivery.body) == ORDER


@pytest.mark.parametrize("way", [[1, 2, 3], [4], [1, 4], [1, 2, 4], [2], [3], [1, 3], ["1", "2"]])
def test_an_order_goes_forward(ask: Ask, world: World, way: list[object]) -> None:
    for status in way:
        answer = _status(ask, status)
        assert (answer.status_code, answer.json()) == (200, {"msg": "Success", "success": True, "error": None, "data": None})

    assert world.blink.orders["1236589"].status == int(str(way[-1]))
    assert ask("GET /sim/record?operation=blink.orders.sync_status").json()["count"] == len(way)


@pytest.mark.parametrize("way", [[1, 0], [2, 1], [3, 2], [3, 4], [4, 1], [4, 3]])
def test_an_order_never_goes_back_nor_leaves_an_end(ask: Ask, snapshot: Callable[[], object], way: list[int]) -> None:
    for status in way[:-1]:
        assert _status(ask, status).status_code == 200
    before = snapshot()

    answer = _status(ask, way[-1])

    assert (answer.status_code, answer.json()["success"]) == (422, False)
    assert snapshot() == before


def test_the_same_status_again_is_counted_and_not_recorded(ask: Ask) -> None:
    for _ in range(3):
        assert _status(ask, 1).json()["success"] is True

    assert ask("GET /sim/record?object=1236589&operation=blink.orders.sync_status").json()["count"] == 1
    assert ask("GET /sim/state").json()["orders"][0]["repeated"] == 2


@pytest.mark.parametrize(
    "body",
    [
        {"blink_order_id": "unknown", "status": 1},
        {"blink_order_id": "1236589", "status": 5},
        {"blink_order_id": "1236589", "status": -1},
        {"blink_order_id": "1236589", "status": True},
        {"blink_order_id": "1236589", "status": "Accepted"},
        {"blink_order_id": "1236589"},
        {"status": 1},
        {"blink_order_id": "1236589", "status": 4},
        {"blink_order_id": "1236589", "status": 4, "comment": "  "},
        {"blink_order_id": ["1236589"], "status": 1},
    ],
)
def test_a_bad_status_is_refused_without_a_trace(ask: Ask, snapshot: Callable[[], object], body: dict[str, object]) -> None:
    before = snapshot()

    answer = ask(SYNC, json=body)

    assert answer.status_code in (400, 422)
    assert answer.json()["success"] is False
    assert snapshot() == before


def test_a_comment_may_be_a_number(ask: Ask, world: World) -> None:
    _status(ask, 4, 17)

    assert world.blink.orders["1236589"].comment == "17"


def test_blink_tells_what_its_own_people_did_and_not_what_we_did(ask: Ask, sent: list[Delivery]) -> None:
    _status(ask, 1)
    moved = ask("POST /sim/blink/orders/1236589/status", json={"status": 4, "comment": "TEST ORDER"})
    ask("POST /sim/webhooks/settle")

    assert moved.status_code == 200
    assert [delivery.url for delivery in sent] == ["http://partner/order", "http://partner/status"]
    assert json.loads(sent[-1].body) == {
        "blink_order_id": "1236589",
        "branch_id": "12345",
        "status": 4,
        "statusText": "Rejected",
        "comment": "TEST ORDER",
    }


@pytest.mark.parametrize(
    ("line", "body"),
    [
        ("POST /sim/blink/orders", ORDER),
        ("POST /sim/blink/orders/1236589/status", {"status": 0}),
    ],
)
def test_what_the_app_cannot_do_either(ask: Ask, snapshot: Callable[[], object], line: str, body: dict[str, object]) -> None:
    before = snapshot()

    assert ask(line, json=body).status_code == 409
    assert snapshot() == before


def test_the_control_routes_refuse_unknown_orders(ask: Ask) -> None:
    assert ask("POST /sim/blink/orders/nothing/status", json={"status": 1}).status_code == 404
    assert ask("POST /sim/blink/orders", json={"blink_order_id": 5}).status_code == 400


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_two_branches(ask: Ask, method: str) -> None:
    told = ask(f"{method} /blink/interface/v1/branches").json()

    assert (told["msg"], told["success"], told["error"]) == ("Success", True, None)
    assert [branch["blink_id"] for branch in told["data"]] == [60001, 60002]
