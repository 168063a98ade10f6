"""Every reading of the documents that can be switched, and that each switch does something."""

import json
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import httpx
import pytest

from parcelflow.simulator import FIRST_BLOQ, FIRST_LOCKER, Settings, World
from parcelflow.simulator.control_api import CONTROL
from parcelflow.simulator.faults import STATUS
from parcelflow.simulator.moves import LENIENT

Ask = Callable[..., httpx.Response]

LATER = {"expiryDate": "2027-01-01T00:00:00Z"}


def _set(ask: Ask, **settings: object) -> None:
    assert ask("PUT /sim/settings", json=settings).status_code == 200


def test_settings_are_shown_and_changed_one_by_one(ask: Ask, world: World) -> None:
    before = ask("GET /sim/settings").json()
    assert set(before) == {field.name for field in fields(Settings)}

    told = ask("PUT /sim/settings", json={"features": ["in_transit"], "strict_lists": True}).json()

    assert told == before | {"features": ["in_transit"], "strict_lists": True}
    assert world.settings == Settings(features=frozenset({"in_transit"}), strict_lists=True)
    ask("PUT /sim/settings", json={"bloqit_api_key": "other"})
    assert ask("GET /bloqit/bloqs", headers={"X-API-KEY": "pretend-bloqit-key"}).status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        {"nothing": 1},
        {"features": ["telepathy"]},
        {"features": 5},
        {"update_answer": "poem"},
        {"bulk_open_status": 201},
        {"open_warning_seconds": 0},
        {"offline_retry_seconds": -1},
        {"customer_miscount": 99},
        {"strict_lists": "perhaps"},
    ],
)
def test_a_bad_setting_is_a_400_and_changes_nothing(ask: Ask, world: World, body: dict[str, object]) -> None:
    assert ask("PUT /sim/settings", json=body | {"strict_stock": False}).status_code == 400
    assert world.settings == Settings()


@pytest.mark.parametrize(
    ("answer", "told"), [("rent", {"_id", "state"}), ("envelope", {"totalDocs", "page", "limit", "docs"}), ("empty", set[str]())]
)
def test_an_update_answers_a_rent_an_envelope_or_nothing(
    ask: Ask, reach: Callable[[str], str], answer: str, told: set[str]
) -> None:
    rent = reach("reserved")
    _set(ask, update_answer=answer)

    body = ask(f"PUT /bloqit/rents/{rent}", json={"carrier": "x"}).json()

    assert told <= set(body)
    assert bool(body) == bool(told)
    assert ask(f"GET /bloqit/rents/{rent}").json()["carrier"] == "x"


@pytest.mark.parametrize(("phase", "status"), [("drop_off", 409), ("pick_up", 200)])
def test_codes_and_labels_change_until_one_of_two_phases(ask: Ask, reach: Callable[[str], str], phase: str, status: int) -> None:
    rent = reach("in_progress")
    _set(ask, label_update_phase=phase)

    assert ask(f"PUT /bloqit/rents/{rent}", json={"pickUpCodes": {"user": "1"}}).status_code == status
    assert ask(f"PUT /bloqit/rents/{rent}", json={"dropOffCode": "1"}).status_code == 409


def test_an_expired_rent_is_opened_where_that_is_allowed(ask: Ask, reach: Callable[[str], str]) -> None:
    rent = reach("expired")
    assert ask(f"PUT /bloqit/rents/{rent}/lockers/open").status_code == 409
    _set(ask, open_allowed_in=["expired"])

    assert ask(f"PUT /bloqit/rents/{rent}/lockers/open").json()["state"] == "locker_opened"
    ask(f"PUT /bloqit/rent-sims/{rent}/lockers/close")
    states = [one["state"] for one in ask(f"GET /bloqit/rents/{rent}").json()["states"]]
    assert states[-3:] == ["locker_opened", "in_progress", "expired"]


def test_a_rent_in_progress_is_not_opened_where_that_is_not_allowed(ask: Ask, reach: Callable[[str], str]) -> None:
    rent = reach("in_progress")
    _set(ask, open_allowed_in=["expired"])

    assert ask(f"PUT /bloqit/rents/{rent}/lockers/open").status_code == 409


def test_an_empty_expired_rent_is_never_opened_in_mid_rent(ask: Ask, reach: Callable[[str], str]) -> None:
    rent = reach("reserved")
    ask("POST /sim/clock/advance", json={"seconds": 7 * 24 * 3600})
    _set(ask, open_allowed_in=["in_progress", "expired"], lenient=["extension_revives"])

    assert ask(f"PUT /bloqit/rents/{rent}/lockers/open").status_code == 409
    assert ask(f"PUT /bloqit/rents/{rent}/extend", json=LATER).status_code == 409


@pytest.mark.parametrize("state", ["starting", "locker_opened"])
def test_a_rent_with_an_open_door_is_cancelled_where_nobody_waits(ask: Ask, reach: Callable[[str], str], state: str) -> None:
    rent = reach(state)
    _set(ask, lenient=["cancel_at_open_door"])

    assert ask(f"PUT /bloqit/rents/{rent}/cancel").json()["state"] == "cancelled"
    assert ask(f"PUT /bloqit/rent-sims/{rent}/lockers/close").json()["state"] == "cancelled"


def test_an_extension_revives_where_it_may(ask: Ask, reach: Callable[[str], str]) -> None:
    rent = reach("expired")
    _set(ask, lenient=["extension_revives"])

    assert ask(f"PUT /bloqit/rents/{rent}/extend", json=LATER).json()["state"] == "in_progress"
    assert ask(f"GET /bloqit/rents/{rent}").json()["states"][-1]["state"] == "in_progress"


def test_a_rent_that_costs_something_waits_for_its_payment_in_silence(ask: Ask, reach: Callable[[str], str]) -> None:
    rent = reach("collect_item")
    _set(ask, payment_due=True)
    ask(f"PUT /bloqit/rent-sims/{rent}/lockers/close")

    line = f"POST /sim/rents/{rent}/payment"
    assert ask(f"GET /bloqit/rents/{rent}").json()["state"] == "payment_attempt"
    assert ask(line, json={"succeeds": False}).json()["state"] == "payment_attempt"
    assert ask(f"GET /bloqit/bloqs/{FIRST_BLOQ}").json()["lockers"][0]["rent"] == rent
    assert ask(line, json={"succeeds": "yes"}).status_code == 400
    assert ask(line, json={"succeeds": True}).json()["state"] == "finished"
    names = [event["codeName"] for event in ask(f"GET /bloqit/rents/{rent}/history").json()]
    assert names[-2:] == ["rent.price_calculation", "rent.finished"]


@pytest.mark.parametrize(
    ("policy", "body", "state"),
    [
        ("created", {"desiredLockerType": "S"}, "created"),
        ("reserved", {"desiredLockerType": "S"}, "reserved"),
        ("reserved", {}, "created"),
        ("reserved", {"desiredLockerType": "XS", "dropOffCode": "second"}, "created"),  # that one is taken
    ],
)
def test_a_delivery_with_a_bloq_alone_is_created_or_reserved(ask: Ask, policy: str, body: dict[str, object], state: str) -> None:
    taken = f"{int(FIRST_LOCKER, 16) + 1:024x}"
    ask(f"POST /bloqit/deliveries?lockerID={taken}", json={})
    _set(ask, create_with_bloq=policy)

    rent = ask(f"POST /bloqit/deliveries?bloqID={FIRST_BLOQ}", json=body).json()

    assert (rent["state"], rent["locker"]) == (state, FIRST_LOCKER if state == "reserved" else None)


@pytest.mark.parametrize(
    ("lenient", "state", "line", "target"),
    [
        ("cancel_at_open_door", "starting", "PUT /bloqit/rents/{rent}/cancel", "cancelled"),
        ("cancel_at_open_door", "locker_opened", "PUT /bloqit/rents/{rent}/cancel", "cancelled"),
        ("cancel_expired", "expired", "PUT /bloqit/rents/{rent}/cancel", "cancelled"),
        ("extension_revives", "expired", "PUT /bloqit/rents/{rent}/extend", "in_progress"),
        ("transit_without_ready", "reserved", "PUT /bloqit/deliveries/{rent}/in-transit", "in_transit"),
        ("transit_without_ready", "created", "PUT /bloqit/deliveries/{rent}/in-transit", "in_transit"),
    ],
)
def test_a_lenient_world_allows_what_a_strict_one_refuses(
    ask: Ask, reach: Callable[[str], str], lenient: str, state: str, *, line: str, target: str
) -> None:
    rent = reach(state)
    assert ask(line.format(rent=rent), json=LATER).status_code == 409

    _set(ask, lenient=[lenient])

    assert ask(line.format(rent=rent), json=LATER).json()["state"] == target


def test_patience_with_doors_and_machines_can_be_set(ask: Ask, world: World) -> None:
    _set(ask, open_warning_seconds=10, offline_retry_seconds=20)
    ask(f"PUT /bloqit/bloqs/{FIRST_BLOQ}/lockers/{FIRST_LOCKER}/open")
    second = f"{int(FIRST_LOCKER, 16) + 1:024x}"
    ask("POST /bloqit/deliveries", json=LATER | {"dropOffCode": "1"})
    ask(f"POST /sim/bloqs/{FIRST_BLOQ}/offline")
    ask(f"POST /sim/bloqs/{FIRST_BLOQ}/dropoff", json={"code": "1"})
    ask(f"POST /bloqit/deliveries?lockerID={second}", json={})
    ask(f"POST /sim/bloqs/{FIRST_BLOQ}/online")

    ask("POST /sim/clock/advance", json={"seconds": 65})

    told = [(event["codeName"], (at - world.record.find()[0].at).total_seconds()) for at, event in world.bloqit.hooks.history]
    assert [one for one in told if "w" in str(one[0])][-4:] == [
        ("rent.waiting_offline_dropoff_sync", 0),
        ("locker.open_warning", 10),
        ("rent.waiting_offline_dropoff_sync", 20),
        ("rent.waiting_offline_dropoff_sync", 60),
    ]


def test_a_lenient_world_ends_a_reserved_return(ask: Ask) -> None:
    rent = ask(f"POST /bloqit/returns?bloqID={FIRST_BLOQ}&lockerType=S", json={}).json()["_id"]
    assert ask(f"PUT /bloqit/returns/{rent}/finish").status_code == 409
    _set(ask, lenient=["finish_reserved_return"])

    assert ask(f"PUT /bloqit/returns/{rent}/finish").json()["state"] == "finished"
    assert len(ask(f"GET /bloqit/bloqs/{FIRST_BLOQ}/free-lockers").json()) == 5


def test_a_rent_may_expire_while_its_door_is_open(ask: Ask, reach: Callable[[str], str]) -> None:
    rent = reach("locker_opened")
    _set(ask, lenient=["expire_at_open_door"])

    ask("POST /sim/clock/advance", json={"seconds": 7 * 24 * 3600})

    last = ask(f"GET /bloqit/rents/{rent}").json()["states"][-1]
    assert last == {"state": "expired", "date": "2026-03-05T12:00:00.000Z"}
    assert ask(f"PUT /bloqit/rent-sims/{rent}/lockers/close").json()["state"] == "expired"


def test_a_rent_may_end_without_a_price(ask: Ask, reach: Callable[[str], str]) -> None:
    rent = reach("collect_item")
    _set(ask, lenient=["end_without_price"])

    states = ask(f"PUT /bloqit/rent-sims/{rent}/lockers/close").json()["states"]

    assert [one["state"] for one in states][-2:] == ["collect_item", "finished"]


def test_the_page_about_the_simulator_names_all_that_there_is(ask: Ask) -> None:
    page = (Path(__file__).parents[2] / "docs" / "simulator.md").read_text()

    for operation in CONTROL.operations:
        assert f"| `{operation.method} /sim{operation.paths[0].replace(':path', '')}` |" in page
    for name, value in ask("GET /sim/settings").json().items():
        assert f"| `{name}` | `{json.dumps(value)}` |" in page
    for name in (*STATUS, *LENIENT):
        assert f"| `{name}` |" in page
