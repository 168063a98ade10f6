"""Every operation that a machine's row names: what an effect is called with, what its answer teaches, how it is looked up."""

from typing import Any

import httpx
import pytest

from parcelflow.adapters.bloqit.caller import BloqitCaller
from parcelflow.machines import Done, Effect, Refused, TryLater, Unknown

from .fakes import KEY, Remote, Scripted, clock, effect, reply

RENT = "5f85c02704d61b14f47c78a0"
PHONE = "+351911222333"
UNTIL = {"expiry_at": "2024-04-01T12:00:00Z"}


def _caller(remote: Remote) -> BloqitCaller:
    return BloqitCaller("https://a.example", api_key=KEY, clock=clock, transport=remote.transport)


def _wished(operation: str, trigger: str, wish: dict[str, Any], **facts: Any) -> Effect:
    return effect(operation, trigger, data={**facts, **wish}, wish=wish)


SENT: list[tuple[str, Effect, str, dict[str, Any] | None]] = [
    (
        "a locker is selected by its type",
        _wished("bloqit.deliveries.select_locker", "select_locker", {"locker_type": "m"}, bloq_id="B", locker_id="old"),
        f"PUT /deliveries/{RENT}/select-locker?bloqID=B&lockerType=M",
        None,
    ),
    ("ready", effect("bloqit.deliveries.ready_for_pickup"), f"PUT /deliveries/{RENT}/ready-for-pickup", None),
    ("on its way", effect("bloqit.deliveries.in_transit"), f"PUT /deliveries/{RENT}/in-transit", None),
    (
        "a delivery becomes a return",
        _wished("bloqit.deliveries.return_", "return_requested", UNTIL),
        f"PUT /deliveries/{RENT}/return",
        {"expiryDate": "2024-04-01T12:00:00.000Z"},
    ),
    (
        "a return knows its rent, its limit as an instant, and no customer beside customerID",
        effect(
            "bloqit.returns.create",
            remote_id=None,
            data={
                "bloq_id": "B",
                "previous_rent_id": "R0",
                "collect_limit_at": "2024-04-02T12:00:00Z",
                "customer_id": "C",
                "customer": {"name": "A"},
            },
        ),
        "POST /returns?bloqID=B&customerID=C&rentID=R0",
        {"externalID": "R-1", "collectTimeLimit": "2024-04-02T12:00:00.000Z"},
    ),
    (
        "a return gets its locker",
        _wished("bloqit.returns.reserve_locker", "reserve_locker", {"locker_id": "L", "bloq_id": "B"}),
        f"PUT /returns/{RENT}/reserve?bloqID=B&lockerID=L",
        {},
    ),
    ("a return ends", effect("bloqit.returns.finish"), f"PUT /returns/{RENT}/finish", None),
    (
        "a store begins",
        effect("bloqit.stores.start", remote_id=None, data={"locker_id": "L", "pickup_codes": {"user": "1"}}),
        "POST /stores?lockerID=L",
        {"pickUpCodes": {"user": "1"}},
    ),
    (
        "a store ends with its door",
        effect("bloqit.stores.end", "end_requested_open"),
        f"PUT /stores/{RENT}/end",
        {"openLocker": True},
    ),
    (
        "a store ends without",
        effect("bloqit.stores.end", "end_requested_closed"),
        f"PUT /stores/{RENT}/end",
        {"openLocker": False},
    ),
    (
        "a send names a phone",
        effect("bloqit.sends.start", remote_id=None, data={"locker_id": "L", "phone_number": PHONE}),
        "POST /sends?lockerID=L",
        {"phoneNumber": PHONE},
    ),
    (
        "an update sends what was wished for and nothing that is merely known",
        _wished("bloqit.rents.update", "update_pickup_fields", {"external_id": "X", "collect_limit_hours": 5}, carrier="dhl"),
        f"PUT /rents/{RENT}",
        {"externalID": "X", "collectTimeLimit": 5},
    ),
    (
        "a return's limit is updated as an instant",
        _wished("bloqit.rents.update", "update_pickup_fields", {"collect_limit_at": "2024-04-02T12:00:00Z"}),
        f"PUT /rents/{RENT}",
        {"collectTimeLimit": "2024-04-02T12:00:00.000Z"},
    ),
    (
        "a rent is extended",
        _wished("bloqit.rents.extend", "extend_requested", UNTIL),
        f"PUT /rents/{RENT}/extend",
        {"expiryDate": "2024-04-01T12:00:00.000Z"},
    ),
    ("a door opens in mid-rent", effect("bloqit.rents.open_locker"), f"PUT /rents/{RENT}/lockers/open", None),
    (
        "a location is placed",
        effect("bloqit.locations.create", remote_id=None, data={"address": "S", "latitude": 1.5, "longitude": 2}),
        "POST /bloq-locations",
        {"externalID": "R-1", "address": "S", "latitude": 1.5, "longitude": 2.0},
    ),
    (
        "a location is given up",
        effect("bloqit.locations.update_by_external_id", "churn"),
        "PUT /bloq-locations/external-id/R-1",
        {"state": "churned"},
    ),
    (
        "a locker is disabled",
        effect("bloqit.lockers.set_availability", "disable", data={"bloq_id": "B"}, remote_id="L"),
        "PUT /bloqs/B/lockers/L/availability",
        {"active": False},
    ),
    (
        "a locker is enabled, under its case's key while it has no other name",
        effect("bloqit.lockers.set_availability", "enable", data={"bloq_id": "B"}, remote_id=None),
        "PUT /bloqs/B/lockers/R-1/availability",
        {"active": True},
    ),
    (
        "a locker is opened",
        effect("bloqit.lockers.open", data={"bloq_id": "B"}, remote_id="L"),
        "PUT /bloqs/B/lockers/L/open",
        None,
    ),
    (
        "several lockers are opened",
        _wished("bloqit.lockers.open_bulk", "open_lockers_bulk", {"lockers": ["L1", "L2"]}, bloq_id="B"),
        "PUT /bloqs/B/lockers/open",
        {"lockers": ["L1", "L2"]},
    ),
    (
        "a bulk of one is the case's own",
        effect("bloqit.lockers.open_bulk", data={"bloq_id": "B"}, remote_id="L"),
        "PUT /bloqs/B/lockers/open",
        {"lockers": ["L"]},
    ),
    (
        "whatever is in a locker is collected",
        effect("bloqit.lockers.open_or_collect", data={"bloq_id": "B"}, remote_id="L"),
        "PUT /bloqs/B/lockers/L/open-or-collect",
        None,
    ),
]


@pytest.mark.parametrize(("wanted", "line", "body"), [pytest.param(*rest, id=name) for name, *rest in SENT])
def test_an_effect_becomes_its_request(wanted: Effect, line: str, body: dict[str, Any] | None) -> None:
    remote = Remote(reply(200, {"_id": "X", "externalID": "R-1"}))
    answer = _caller(remote).call(wanted, "key")
    assert isinstance(answer, Done), answer
    assert "state" not in answer.data
    assert remote.lines == [line]
    assert (remote.body() if remote.requests[0].content else None) == body


def test_what_begins_teaches_its_remote_id() -> None:
    for name, facts in (
        ("bloqit.stores.start", {"locker_id": "L"}),
        ("bloqit.sends.start", {"locker_id": "L", "phone_number": "1"}),
    ):
        remote = Remote(reply(201, {"_id": "R", "locker": "L"}))
        answer = _caller(remote).call(effect(name, remote_id=None, data=facts), "key")
        assert answer == Done({"locker_id": "L"}, remote_id="R")
    place = effect("bloqit.locations.create", remote_id=None, data={"address": "S", "latitude": 1, "longitude": 2})
    assert _caller(Remote(reply(201, {"name": "N"}))).call(place, "key") == Done({"name": "N"}, remote_id="R-1")


def test_a_send_that_the_remote_calls_a_store_stays_a_send_and_says_so() -> None:
    send = effect("bloqit.sends.start", kind="send", remote_id=None, data={"locker_id": "L", "phone_number": "1"})
    for told, facts in (("send", {}), ("Send", {}), ("store", {"remote_type": "store"}), (None, {})):  # A28
        answer = _caller(Remote(reply(201, {"_id": "R", "type": told}))).call(send, "key")
        assert answer == Done(facts, remote_id="R")


LOCKER = effect("bloqit.bloqs.get", "remote_state", data={"bloq_id": "B"}, remote_id="L")


@pytest.mark.parametrize(
    ("locker", "facts"),
    [
        ({"isOpen": True, "active": True, "rent": "R"}, {"rent": "R", "state": "open+active+allocated"}),
        ({"isOpen": False, "active": False, "type": "S"}, {"locker_type": "S", "state": "closed+inactive+free"}),
        ({"isOpen": False}, {}),
    ],
)
def test_a_locker_is_read_with_its_bloq(locker: dict[str, Any], facts: dict[str, Any]) -> None:
    remote = Remote(reply(200, {"_id": "B", "lockers": [{"_id": "M"}, {"_id": "L", **locker}]}))
    assert _caller(remote).call(LOCKER, "key") == Done(facts, remote_id="L")
    assert remote.lines == ["GET /bloqs/B"]


def test_a_bloq_without_the_locker_is_a_refusal() -> None:
    answer = _caller(Remote(reply(200, {"_id": "B", "lockers": ["M"]}))).call(LOCKER, "key")
    assert isinstance(answer, Refused)
    assert "has no locker 'L'" in answer.reason


def test_a_location_is_read_by_its_external_id() -> None:
    wanted = effect("bloqit.locations.get_by_external_id", "remote_state")
    for body, facts in (({"state": "deployed", "externalID": "R-1"}, {"state": "deployed"}), ({"externalID": "R-1"}, {})):
        remote = Remote(reply(200, body))
        assert _caller(remote).call(wanted, "key") == Done(facts, remote_id="R-1")
        assert remote.lines == ["GET /bloq-locations/external-id/R-1"]


# --- look-ups -------------------------------------------------------------------------------------------------------------

STORE = effect("bloqit.stores.start", kind="store", remote_id=None, data={"locker_id": "L", "bloq_id": "B"})


def _rents(*lockers: str, total: int = 1) -> httpx.Response:
    return reply(200, {"docs": [{"_id": f"R{at}", "locker": at} for at in lockers], "totalDocs": total, "limit": 100})


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        ([_rents("M", "L", total=2)], Done),
        ([_rents("M")], TryLater),
        ([reply(500)], Unknown),
        ([httpx.ReadTimeout("")], Unknown),
        ([_rents("M", total=101), _rents("L", total=101)], Done),
        ([_rents(f"M{number}", total=10**6) for number in range(20)], Unknown),
    ],
)
def test_a_store_is_found_by_its_locker(script: list[Scripted], kind: type[object]) -> None:
    remote = Remote(*script)
    answer = _caller(remote).look_up(STORE, "key")
    assert isinstance(answer, kind), answer
    assert remote.lines[0] == "GET /rents/active?bloqID=B&rentType=store&page=1&limit=100"
    if isinstance(answer, Done):
        assert answer.remote_id == "RL"


@pytest.mark.parametrize(
    ("scripted", "kind"),
    [
        (reply(200, {"_id": "B", "lockers": [{"_id": "L", "isOpen": True}]}), Done),
        (reply(200, {"_id": "B", "lockers": [{"_id": "L", "isOpen": False}]}), Unknown),
        (reply(200, {"_id": "B", "lockers": []}), Refused),
        (reply(504), Unknown),
        (httpx.ConnectError(""), Unknown),
    ],
)
def test_an_open_door_has_been_opened_and_a_closed_one_proves_nothing(scripted: Scripted, kind: type[object]) -> None:
    for name in ("bloqit.lockers.open", "bloqit.lockers.open_bulk", "bloqit.lockers.open_or_collect"):
        wanted = effect(name, data={"bloq_id": "B"}, remote_id="L")
        assert isinstance(_caller(Remote(scripted)).look_up(wanted, "key"), kind)


@pytest.mark.parametrize(
    ("scripted", "kind"),
    [
        (reply(200, {"_id": "R", "type": "return"}), Done),
        (reply(200, {"_id": "R", "type": "delivery"}), TryLater),
        (reply(500), Unknown),
    ],
)
def test_a_delivery_that_is_a_return_now_was_turned_into_one(scripted: Scripted, kind: type[object]) -> None:
    assert isinstance(_caller(Remote(scripted)).look_up(effect("bloqit.deliveries.return_"), "key"), kind)


@pytest.mark.parametrize("operation", ["bloqit.returns.create", "bloqit.locations.create"])
def test_what_has_a_key_is_found_by_it(operation: str) -> None:
    body = {"_id": "X", "externalID": "R-1"}
    answer = _caller(Remote(reply(200, body))).look_up(effect(operation, remote_id=None), "key")
    assert isinstance(answer, Done)
    assert answer.remote_id == ("X" if operation == "bloqit.returns.create" else "R-1")
    assert isinstance(_caller(Remote(reply(404))).look_up(effect(operation), "key"), TryLater)
    assert isinstance(_caller(Remote(reply(403))).look_up(effect(operation), "key"), Unknown)


@pytest.mark.parametrize(
    ("operation", "state", "states", "kind"),
    [
        ("bloqit.rents.open_locker", "locker_opened", ["starting"], Done),
        ("bloqit.rents.open_locker", "in_progress", ["locker_opened"], Unknown),
        ("bloqit.rents.open_locker", "finished", ["in_progress"], Refused),
        ("bloqit.stores.end", "finished", ["in_progress"], Done),
        ("bloqit.stores.end", "in_progress", ["starting"], TryLater),
        ("bloqit.stores.end", "cancelled", ["in_progress"], Refused),
        ("bloqit.deliveries.ready_for_pickup", "in_transit", ["ready_for_pickup"], Done),
        ("bloqit.deliveries.ready_for_pickup", "created", ["created"], TryLater),
        ("bloqit.deliveries.ready_for_pickup", "starting", ["created"], Refused),
        ("bloqit.deliveries.in_transit", "starting", ["in_transit"], Done),
        ("bloqit.deliveries.in_transit", "reserved", ["created"], TryLater),
        ("bloqit.returns.finish", "finished", [], Done),
        ("bloqit.returns.finish", "in_progress", ["starting"], TryLater),
        ("bloqit.rents.extend", "in_progress", [], TryLater),
        ("bloqit.lockers.set_availability", "", [], TryLater),
    ],
)
def test_the_rent_proves_what_became_of_a_call(operation: str, state: str, states: list[str], kind: type[object]) -> None:
    remote = Remote(*[reply(200, {"_id": RENT, "state": state, "states": states})] * 2)
    assert isinstance(_caller(remote).look_up(effect(operation), "key"), kind)
