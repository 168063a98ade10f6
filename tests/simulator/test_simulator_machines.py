"""Machines of steel: without a line, with doors of their own will, and people at the keypad."""

import json
from collections.abc import Callable

import httpx
import pytest

from parcelflow.simulator import FIRST_BLOQ, FIRST_LOCKER, SECOND_BLOQ, SECOND_LOCKER, Delivery, World

Ask = Callable[..., httpx.Response]
Events = Callable[[], list[dict[str, object]]]

HERE = f"/sim/bloqs/{FIRST_BLOQ}"
DOOR = f"/bloqit/bloqs/{FIRST_BLOQ}/lockers/{FIRST_LOCKER}"
SECOND = f"{int(FIRST_LOCKER, 16) + 1:024x}"


@pytest.fixture
def events(ask: Ask, sent: list[Delivery]) -> Events:
    """The events that were told since the last time of asking."""
    ask("POST /bloqit/webhooks", json={"url": "http://partner", "enabledEvents": ["*"]})

    def events() -> list[dict[str, object]]:
        ask("POST /sim/webhooks/settle")
        told = [json.loads(delivery.body) for delivery in sent]
        sent.clear()
        return told

    return events


def _names(events: Events) -> list[object]:
    return [event["codeName"] for event in events()]


def _deliver(ask: Ask, query: str = "", **body: object) -> str:
    return str(ask(f"POST /bloqit/deliveries?{query}", json={"expiryDate": "2026-03-05T12:00:00Z"} | body).json()["_id"])


def _state(ask: Ask, rent: str) -> str:
    return str(ask(f"GET /bloqit/rents/{rent}").json()["state"])


@pytest.mark.parametrize(
    ("state", "line"),
    [
        ("reserved", "PUT /bloqit/deliveries/{rent}/make"),
        ("reserved", f"PUT {DOOR.replace(FIRST_LOCKER, SECOND)}/open"),
        ("reserved", f"POST /bloqit/stores?lockerID={SECOND}"),
        ("starting", "PUT /bloqit/rent-sims/{rent}/lockers/close"),
        ("in_progress", "PUT /bloqit/rents/{rent}/lockers/open"),
        ("in_progress", "PUT /bloqit/rents/{rent}/collect"),
        ("in_progress", "PUT /bloqit/rent-sims/{rent}/lockers/keypad"),
        ("in_progress", f"PUT {DOOR}/open-or-collect"),
    ],
)
@pytest.mark.parametrize("status", [502, 504])
def test_a_machine_without_a_line_does_not_answer(
    ask: Ask, reach: Callable[[str], str], events: Events, state: str, line: str, *, status: int
) -> None:
    rent = reach(state)
    ask("PUT /sim/settings", json={"offline_status": status})
    assert ask(f"POST {HERE}/offline").json()["status"] == {"online": False}
    assert ask(f"POST {HERE}/offline").status_code == 409
    events()
    before = ask("GET /sim/state").json()

    assert ask(line.format(rent=rent)).status_code == status

    assert ask("GET /sim/state").json() == before
    assert _names(events) == ["locker.locker_timeout" if status == 504 else "locker.open_locker_error"]
    assert ask(f"POST {HERE}/online").json()["status"] == {"online": True}
    assert _names(events) == ["bloq.reconnected"]
    assert ask(line.format(rent=rent)).status_code in (200, 201)


def test_several_lockers_and_labels_do_not_answer_either(ask: Ask) -> None:
    ask(f"POST {HERE}/offline")

    assert ask(f"PUT /bloqit/bloqs/{FIRST_BLOQ}/lockers/open", json={"lockers": [SECOND]}).status_code == 504
    assert ask(f"PUT /bloqit/bloqs/{FIRST_BLOQ}/print-label").status_code == 504
    assert ask(f"GET /bloqit/bloqs/{FIRST_BLOQ}").status_code == 200  # the cloud knows what it knew
    assert ask(f"POST /bloqit/deliveries?lockerID={FIRST_LOCKER}", json={}).status_code == 201


@pytest.mark.parametrize("where", [f"lockerID={FIRST_LOCKER}", f"bloqID={FIRST_BLOQ}", ""])
def test_an_offline_drop_off_is_known_when_the_line_is_back(ask: Ask, events: Events, where: str) -> None:
    rent = _deliver(ask, where, dropOffCode="1234")
    ask(f"POST {HERE}/offline")
    assert ask(f"POST {HERE}/dropoff", json={"code": "1234"}).json() == {}
    assert _state(ask, rent) == ("reserved" if "locker" in where else "created")
    events()

    ask(f"POST {HERE}/online")

    assert _names(events) == [
        "bloq.reconnected",
        "rent.drop_off_code_check_offline",
        "rent.offline_dropoff",
        "rent.in_progress",
    ]
    told = ask(f"GET /bloqit/rents/{rent}").json()
    assert (told["state"], told["locker"]["_id"], told["locker"]["rent"]) == ("in_progress", FIRST_LOCKER, rent)
    assert ask(f"PUT /bloqit/rents/{rent}/collect").status_code == 200


def test_a_return_can_be_dropped_off_offline_too(ask: Ask) -> None:
    rent = ask("POST /bloqit/returns", json={"dropOffCode": "77"}).json()
    ask(f"POST {HERE}/offline")
    ask(f"POST {HERE}/dropoff", json={"code": rent["dropOffCode"]})
    ask(f"POST {HERE}/online")

    assert _state(ask, rent["_id"]) == "in_progress"


@pytest.mark.parametrize(
    ("prepare", "code", "reason"),
    [
        ([], "0000", "invalid_offline_dropoff"),
        (["cancel"], "1234", "invalid_offline_dropoff"),
        (["inactive"], "1234", "offline_drop_off_on_inactive_bloq"),
        (["elsewhere"], "1234", "offline_drop_off_on_wrong_bloq"),
    ],
)
def test_a_locker_that_took_what_nobody_can_explain_is_disabled(
    ask: Ask, events: Events, prepare: list[str], code: str, reason: str
) -> None:
    rent = _deliver(ask, f"lockerID={SECOND_LOCKER}" if "elsewhere" in prepare else "", dropOffCode="1234")
    ask(f"POST {HERE}/offline")
    ask(f"POST {HERE}/dropoff", json={"code": code})
    if "cancel" in prepare:
        ask(f"PUT /bloqit/rents/{rent}/cancel")
    if "inactive" in prepare:
        ask(f"PUT /bloqit/bloqs/{FIRST_BLOQ}", json={"active": False})
    before = _state(ask, rent)
    events()

    ask(f"POST {HERE}/online")

    told = events()
    assert [event["codeName"] for event in told] == ["bloq.reconnected", "locker.locker_inactive"]
    assert (told[1]["metadata"], told[1]["locker"]) == ({"code": code, "reason": reason}, FIRST_LOCKER)
    assert _state(ask, rent) == before
    assert ask(f"GET /bloqit/bloqs/{FIRST_BLOQ}").json()["lockers"][0]["active"] is False


def test_an_offline_drop_off_into_a_taken_locker_waits_and_is_tried_again(ask: Ask, events: Events) -> None:
    rent = _deliver(ask, dropOffCode="1234")
    ask(f"POST {HERE}/offline")
    ask(f"POST {HERE}/dropoff", json={"code": "1234"})
    other = _deliver(ask, f"lockerID={FIRST_LOCKER}")  # the cloud does not know better
    events()

    ask(f"POST {HERE}/online")
    assert _names(events) == ["bloq.reconnected", "rent.waiting_offline_dropoff_sync"]
    ask("POST /sim/clock/advance", json={"seconds": 300})
    assert _names(events) == ["rent.waiting_offline_dropoff_sync"]
    for step in ("cancel", "finish"):
        ask(f"PUT /bloqit/rents/{other}/{step}")
    assert _state(ask, rent) == "created"
    ask("POST /sim/clock/advance", json={"seconds": 600})
    assert _names(events) == [
        "rent.cancelled",
        "rent.finished",
        "rent.drop_off_code_check_offline",
        "rent.offline_dropoff",
        "rent.in_progress",
    ]
    assert ask("GET /sim/record").json()["effects"][-1]["at"] == "2026-03-01T12:15:00.000Z"


def test_an_offline_machine_gives_each_locker_once(ask: Ask) -> None:
    ask(f"POST {HERE}/offline")

    statuses = [ask(f"POST {HERE}/dropoff", json={"code": str(number)}).status_code for number in range(6)]

    assert statuses == [200] * 5 + [409]


def test_a_code_at_the_keypad_finds_its_rent(ask: Ask, snapshot: Callable[[], object], events: Events) -> None:
    rent = _deliver(ask, dropOffCode="1234")
    elsewhere = _deliver(ask, f"bloqID={SECOND_BLOQ}", dropOffCode="5678")
    before = snapshot()
    for code in ("0000", "5678"):
        assert ask(f"POST {HERE}/dropoff", json={"code": code}).status_code == 409
    assert ask(f"POST {HERE}/dropoff", json={}).status_code == 400
    assert snapshot() == before

    events()
    assert ask(f"POST {HERE}/dropoff", json={"code": "1234"}).json()["_id"] == rent
    ask(f"POST /sim/rents/{rent}/dropoff/cancel", json={"message": "too big"})
    told = events()
    assert told[0]["codeName"] == "rent.drop_off_code_check"
    assert (told[-1]["codeName"], told[-1]["message"]) == ("rent.drop_off_cancellation", "too big")
    assert ask(f"POST /sim/rents/{rent}/dropoff/confirm").status_code == 409
    ask(f"PUT /bloqit/rent-sims/{rent}/lockers/close")
    assert ask(f"POST /sim/rents/{rent}/dropoff/confirm").json()["state"] == "in_progress"
    assert _names(events)[-1] == "rent.drop_off_confirmation"
    assert ask(f"POST /sim/rents/{rent}/dropoff/cancel").status_code == 409
    assert ask(f"POST /sim/rents/{elsewhere}/dropoff/cancel").status_code == 200


@pytest.mark.parametrize("state", ["reserved", "in_progress", "expired"])
def test_a_door_that_springs_open_is_told_and_nobody_feels_it(
    ask: Ask, reach: Callable[[str], str], events: Events, state: str
) -> None:
    rent = reach(state)
    events()

    assert ask(f"POST /sim/lockers/{FIRST_LOCKER}/open").json()["isOpen"] is True

    told = events()
    assert [(event["codeName"], event["rent"]) for event in told] == [("locker.spontaneous_locker_opening", rent)]
    assert ask(f"POST /sim/lockers/{FIRST_LOCKER}/open").status_code == 409
    ask(f"PUT {DOOR}/close")
    assert _names(events) == ["locker.locker_closed"]
    assert _state(ask, rent) == state


def test_no_door_springs_open_unheard_or_unknown(ask: Ask) -> None:
    ask(f"POST {HERE}/offline")

    assert ask(f"POST /sim/lockers/{FIRST_LOCKER}/open").status_code == 409
    assert ask("POST /sim/lockers/nothing/open").status_code == 404
    assert ask("POST /sim/bloqs/nothing/offline").status_code == 404


def test_an_open_door_is_warned_of_once_for_each_opening(ask: Ask, events: Events, world: World) -> None:
    for _ in range(2):
        ask(f"PUT {DOOR}/open")
        events()
        ask("POST /sim/clock/advance", json={"seconds": 299})
        assert _names(events) == []
        ask("POST /sim/clock/advance", json={"seconds": 100_000})
        assert _names(events) == ["locker.open_warning"]
        ask(f"PUT {DOOR}/close")
    ask(f"PUT {DOOR}/open")
    ask(f"PUT {DOOR}/close")
    events()
    ask("POST /sim/clock/advance", json={"seconds": 100_000})
    assert _names(events) == []
    warned = next(at for at, event in world.bloqit.hooks.history if event["codeName"] == "locker.open_warning")
    assert warned.isoformat() == "2026-03-01T12:05:00+00:00"


def test_maintenance_is_told_with_both_words(ask: Ask, events: Events) -> None:
    line = f"POST /sim/lockers/{FIRST_LOCKER}/maintenance"

    assert [ask(line, json={"status": word}).status_code for word in ("cleaning", "cleaning", "done")] == [200, 409, 200]
    assert ask(line, json={}).status_code == 400

    assert [(event["codeName"], event["metadata"]) for event in events()] == [
        ("locker.maintenance_status_update", {"previous": "", "new": "cleaning"}),
        ("locker.maintenance_status_update", {"previous": "cleaning", "new": "done"}),
    ]


def test_a_courier_is_known_by_a_token_of_this_world_in_time_and_place(ask: Ask, events: Events) -> None:
    line = "GET /bloqit/couriers/courier-auth/create-token?courierID=c1&expirationDate=1h"
    here, everywhere = (ask(f"{line}{more}").json()["token"] for more in (f"&bloqIDs={FIRST_BLOQ}", ""))
    there = f"POST /sim/bloqs/{SECOND_BLOQ}/couriers/login"

    def valid(door: str, token: str) -> bool:
        return bool(ask(door, json={"token": token}).json()["valid"])

    assert valid(f"POST {HERE}/couriers/login", here)
    assert valid(there, everywhere)
    forged = everywhere[:-4] + "AAAA"
    for token in (here, forged, "", "x.y.z", "a.W10.c", everywhere + "."):
        assert not valid(there, token)
    ask("POST /sim/clock/advance", json={"seconds": 3600})
    assert not valid(there, everywhere)
    ask(f"POST {HERE}/couriers/logout")

    told = events()
    assert [event["codeName"] for event in told] == ["bloq.courier_authentication"] * 9 + ["bloq.courier_logout"]
    assert [event["metadata"] for event in told][:3] == [{"courierID": "c1"}, {"courierID": "c1"}, {"code": here}]


def test_an_item_that_was_dropped_off_offline_is_inside(ask: Ask) -> None:
    rent = _deliver(ask, dropOffCode="1234")
    ask(f"POST {HERE}/offline")
    ask(f"POST {HERE}/dropoff", json={"code": "1234"})
    ask(f"POST {HERE}/online")
    ask("POST /sim/clock/advance", json={"seconds": 7 * 24 * 3600})

    told = ask(f"PUT /bloqit/deliveries/{rent}/return", json={"expiryDate": "2027-01-01T00:00:00Z"}).json()

    assert (told["type"], told["state"]) == ("return", "in_progress")


def test_an_offline_drop_off_waits_for_a_locker_that_was_switched_off(ask: Ask) -> None:
    rent = _deliver(ask, dropOffCode="1234")
    ask(f"POST {HERE}/offline")
    ask(f"POST {HERE}/dropoff", json={"code": "1234"})
    ask(f"PUT {DOOR}/availability", json={"active": False})
    ask(f"POST {HERE}/online")
    assert _state(ask, rent) == "created"

    ask(f"PUT {DOOR}/availability", json={"active": True})
    ask("POST /sim/clock/advance", json={"seconds": 300})
    assert _state(ask, rent) == "in_progress"


def test_patience_begins_anew_with_each_reconnection(ask: Ask, events: Events) -> None:
    _deliver(ask, dropOffCode="1234")
    ask(f"POST {HERE}/offline")
    ask(f"POST {HERE}/dropoff", json={"code": "1234"})
    _deliver(ask, f"lockerID={FIRST_LOCKER}")
    for _ in range(2):
        ask(f"POST {HERE}/online")
        ask("POST /sim/clock/advance", json={"seconds": 899})
        assert _names(events).count("rent.waiting_offline_dropoff_sync") == 2
        ask(f"POST {HERE}/offline")
