"""Every state of a delivery against everything that can be asked of it."""

import json
from collections.abc import Callable

import httpx
import pytest

from parcelflow.simulator import FIRST_BLOQ, FIRST_LOCKER, World

Ask = Callable[..., httpx.Response]

ACTIONS: dict[str, tuple[str, object]] = {
    "make": ("PUT /bloqit/deliveries/{rent}/make", None),
    "notify": ("PUT /bloqit/deliveries/{rent}/notify", None),
    "ready": ("PUT /bloqit/deliveries/{rent}/ready-for-pickup", None),
    "transit": ("PUT /bloqit/deliveries/{rent}/in-transit", None),
    "select": (f"PUT /bloqit/deliveries/{{rent}}/select-locker?bloqID={FIRST_BLOQ}&lockerType=m", None),
    "return": ("PUT /bloqit/deliveries/{rent}/return", {"expiryDate": "2027-01-01T00:00:00Z"}),
    "open": ("PUT /bloqit/rents/{rent}/lockers/open", None),
    "cancel": ("PUT /bloqit/rents/{rent}/cancel", None),
    "collect": ("PUT /bloqit/rents/{rent}/collect", None),
    "finish": ("PUT /bloqit/rents/{rent}/finish", None),
    "extend": ("PUT /bloqit/rents/{rent}/extend", {"expiryDate": "2027-01-01T00:00:00Z"}),
    "update": ("PUT /bloqit/rents/{rent}", {"collectTimeLimit": 5}),
    "update_code": ("PUT /bloqit/rents/{rent}", {"dropOffCode": "77"}),
    "keypad": ("PUT /bloqit/rent-sims/{rent}/lockers/keypad", None),
    "close": ("PUT /bloqit/rent-sims/{rent}/lockers/close", None),
    "virtual_close": (f"PUT /bloqit/bloqs/{FIRST_BLOQ}/lockers/{FIRST_LOCKER}/close", None),
    "open_or_collect": (f"PUT /bloqit/bloqs/{FIRST_BLOQ}/lockers/{FIRST_LOCKER}/open-or-collect", None),
    "dropoff": ("POST /sim/rents/{rent}/dropoff", {"code": "9999"}),
    "pickup": ("POST /sim/rents/{rent}/pickup", {"code": "2121"}),
}

# Written down from the documents a second time, by state; what is absent is 409. `created` has no locker, so make is a 400
# (B:2566) and the first locker is free.
BEFORE = {"make": "starting", "dropoff": "starting", "cancel": "cancelled", "extend": "=", "update": "="}
LEGAL: dict[str, dict[str, str]] = {
    "created": {
        **BEFORE,
        "make": "400",
        "ready": "ready_for_pickup",
        "select": "reserved",
        "update_code": "=",
        "open_or_collect": "=",
    },
    "reserved": {**BEFORE, "ready": "ready_for_pickup", "select": "=", "update_code": "="},
    "ready_for_pickup": {**BEFORE, "transit": "in_transit", "select": "="},
    "in_transit": {**BEFORE, "select": "="},
    "starting": {"close": "in_progress", "virtual_close": "in_progress", "extend": "=", "update": "="},
    "in_progress": {
        "notify": "=",
        "open": "locker_opened",
        "collect": "collect_item",
        "open_or_collect": "collect_item",
        "keypad": "collect_item",
        "pickup": "collect_item",
        "cancel": "cancelled",
        "extend": "=",
        "update": "=",
    },
    "locker_opened": {"close": "in_progress", "virtual_close": "in_progress", "extend": "=", "update": "="},
    "collect_item": {"close": "finished", "virtual_close": "finished"},
    "expired": {
        "collect": "collect_item",
        "open_or_collect": "collect_item",
        "finish": "finished",
        "return": "in_progress",
        "update": "=",
    },
    "cancelled": {"collect": "collect_item", "open_or_collect": "collect_item", "finish": "finished", "update": "="},
    "finished": {"open_or_collect": "="},
}


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("state", LEGAL)
def test_a_request_does_what_the_document_says_or_nothing(
    ask: Ask, reach: Callable[[str], str], snapshot: Callable[[], object], state: str, action: str
) -> None:
    rent = reach(state)
    before = snapshot()
    line, body = ACTIONS[action]

    answer = ask(line.format(rent=rent), json=body)

    target = LEGAL[state].get(action)
    now = ask(f"GET /bloqit/rents/{rent}").json()["state"]
    if target in (None, "400"):
        assert answer.status_code == int(target or 409), answer.text
        assert set(answer.json()) == {"code", "message"}
        assert snapshot() == before
    else:
        assert answer.status_code == 200, answer.text
        assert now == (state if target == "=" else target)
        assert snapshot() != before


@pytest.mark.parametrize("state", ["created", "reserved", "starting", "in_progress", "cancelled", "expired"])
def test_a_locker_is_freed_by_the_end_and_by_nothing_else(ask: Ask, reach: Callable[[str], str], state: str) -> None:
    rent = reach(state)

    allocated = ask(f"GET /bloqit/bloqs/{FIRST_BLOQ}").json()["lockers"][0]["rent"]

    assert allocated == (None if state == "created" else rent)


@pytest.mark.parametrize("way", ["cancelled", "expired"])
def test_finishing_frees_the_locker_and_opens_nothing(ask: Ask, reach: Callable[[str], str], way: str) -> None:
    rent = reach(way)

    done = ask(f"PUT /bloqit/rents/{rent}/finish").json()

    locker = ask(f"GET /bloqit/bloqs/{FIRST_BLOQ}").json()["lockers"][0]
    assert (locker["rent"], locker["isOpen"]) == (None, False)
    assert done["endDate"].endswith("Z")


def test_a_rent_remembers_its_states_with_dates(ask: Ask, reach: Callable[[str], str]) -> None:
    rent = reach("finished")

    states = ask(f"GET /bloqit/rents/{rent}").json()["states"]

    assert [state["state"] for state in states] == [
        "reserved",
        "starting",
        "in_progress",
        "collect_item",
        "price_calculation",
        "finished",
    ]
    assert {state["date"] for state in states} == {"2026-03-01T12:00:00.000Z"}


def test_a_get_answers_objects_and_a_put_answers_ids(ask: Ask, reach: Callable[[str], str]) -> None:
    rent = reach("reserved")

    told = ask(f"PUT /bloqit/deliveries/{rent}/make").json()
    read = ask(f"GET /bloqit/rents/{rent}").json()

    assert told["locker"] == FIRST_LOCKER
    assert read["locker"]["_id"] == FIRST_LOCKER
    assert ask("GET /bloqit/rents/external/order-1").json() == read
    assert ask("GET /bloqit/rents/external/nobody").status_code == 404


def test_make_with_another_locker_frees_the_first(ask: Ask, reach: Callable[[str], str]) -> None:
    rent = reach("reserved")
    other = f"{int(FIRST_LOCKER, 16) + 2:024x}"

    assert ask(f"PUT /bloqit/deliveries/{rent}/make?lockerID={other}").json()["locker"] == other

    lockers = ask(f"GET /bloqit/bloqs/{FIRST_BLOQ}").json()["lockers"]
    assert [locker["rent"] for locker in lockers] == [None, None, rent, None, None]
    assert [locker["isOpen"] for locker in lockers] == [False, False, True, False, False]


def test_make_of_a_created_delivery_needs_a_locker(ask: Ask, reach: Callable[[str], str]) -> None:
    rent = reach("created")

    assert ask(f"PUT /bloqit/deliveries/{rent}/make?lockerID={FIRST_LOCKER}").json()["state"] == "starting"


def test_a_courier_without_a_locker_gets_a_fitting_one(ask: Ask) -> None:
    body = {"desiredLockerType": "l", "dropOffCode": "1", "expiryDate": "2026-03-05T12:00:00Z"}
    rent = ask("POST /bloqit/deliveries", json=body).json()["_id"]

    assert ask(f"POST /sim/rents/{rent}/dropoff", json={"code": "1"}).status_code == 409  # at no bloq
    told = ask(f"POST /sim/rents/{rent}/dropoff", json={"code": "1", "bloqID": FIRST_BLOQ}).json()

    assert told["state"] == "starting"
    assert ask(f"GET /bloqit/rents/{rent}").json()["locker"]["type"] == "L"


def test_a_wrong_drop_off_code_leaves_no_trace(ask: Ask, reach: Callable[[str], str], snapshot: Callable[[], object]) -> None:
    rent = reach("reserved")
    before = snapshot()

    assert ask(f"POST /sim/rents/{rent}/dropoff", json={"code": "1234"}).status_code == 409
    assert snapshot() == before


def test_a_wrong_pick_up_code_is_reported_and_opens_nothing(ask: Ask, reach: Callable[[str], str], world: World) -> None:
    rent = reach("in_progress")

    assert ask(f"POST /sim/rents/{rent}/pickup", json={"code": "0000"}).status_code == 409

    assert ask(f"GET /bloqit/rents/{rent}/history").json()[-1]["codeName"] == "rent.pin_attempt"
    assert world.bloqit.rents[rent].state == "in_progress"


def test_a_cancelled_rent_without_a_locker_can_only_be_finished(ask: Ask, reach: Callable[[str], str]) -> None:
    rent = reach("created")
    ask(f"PUT /bloqit/rents/{rent}/cancel")

    assert ask(f"PUT /bloqit/rents/{rent}/collect").status_code == 409
    assert ask(f"PUT /bloqit/rents/{rent}/finish").json()["state"] == "finished"


def test_a_delivery_can_be_returned_only_with_its_item_inside(ask: Ask, reach: Callable[[str], str]) -> None:
    rent = reach("reserved")
    ask("POST /sim/clock/advance", json={"seconds": 7 * 24 * 3600})

    answer = ask(f"PUT /bloqit/deliveries/{rent}/return", json={"expiryDate": "2027-01-01T00:00:00Z"})

    assert answer.status_code == 409
    assert ask(f"GET /bloqit/rents/{rent}").json()["state"] == "expired"


def test_the_record_says_that_exactly_one_make_happened(ask: Ask, reach: Callable[[str], str]) -> None:
    rent = reach("starting")
    ask(f"PUT /bloqit/deliveries/{rent}/make")

    for thing in (rent, "order-1"):
        found = ask(f"GET /sim/record?object={thing}&operation=bloqit.deliveries.make").json()
        assert found["count"] == 1
        assert {name: found["effects"][0][name] for name in ("api", "object", "external", "from", "to", "by")} == {
            "api": "bloqit",
            "object": rent,
            "external": "order-1",
            "from": "reserved",
            "to": "starting",
            "by": "public_api",
        }


def test_an_opened_free_locker_must_be_closed_before_it_is_used(ask: Ask, reach: Callable[[str], str]) -> None:
    door = f"/bloqit/bloqs/{FIRST_BLOQ}/lockers/{FIRST_LOCKER}"

    assert ask(f"PUT {door}/open").json()["isOpen"] is True
    assert ask(f"PUT {door}/open").status_code == 409
    rent = reach("reserved")
    assert ask(f"PUT /bloqit/deliveries/{rent}/make").status_code == 409
    assert ask(f"PUT {door}/close").json()["isOpen"] is False
    assert ask(f"PUT {door}/open").status_code == 409  # now it is allocated
    assert ask(f"PUT /bloqit/deliveries/{rent}/make").status_code == 200


def test_a_drop_off_or_a_collection_at_an_open_door_leaves_no_trace(
    ask: Ask, reach: Callable[[str], str], snapshot: Callable[[], object]
) -> None:
    ask(f"PUT /bloqit/bloqs/{FIRST_BLOQ}/lockers/{FIRST_LOCKER}/open")
    rent = reach("reserved")
    before = snapshot()
    assert ask(f"POST /sim/rents/{rent}/dropoff", json={"code": "9999"}).status_code == 409
    assert snapshot() == before

    ask(f"PUT /bloqit/rents/{rent}/cancel")
    before = snapshot()
    assert ask(f"PUT /bloqit/rents/{rent}/collect").status_code == 409
    assert snapshot() == before


def test_an_expired_delivery_becomes_a_return_and_is_then_collected(ask: Ask, reach: Callable[[str], str]) -> None:
    rent = reach("expired")

    told = ask(f"PUT /bloqit/deliveries/{rent}/return", json={"expiryDate": "2027-01-01T00:00:00Z"}).json()

    assert (told["type"], told["state"]) == ("return", "in_progress")
    assert ask(f"PUT /bloqit/rents/{rent}/collect").status_code == 200


def test_a_state_is_json(ask: Ask, reach: Callable[[str], str]) -> None:
    reach("in_progress")

    assert set(json.loads(ask("GET /sim/state").content)) == {
        "bloqs",
        "branches",
        "locations",
        "customers",
        "rents",
        "menu",
        "orders",
        "tasks",
    }
