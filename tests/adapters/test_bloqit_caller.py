"""Bloq.it out: every operation's exact request, what answers teach, and what a look-up concludes."""

from typing import Any

import pytest

from parcelflow.adapters.bloqit.caller import BloqitCaller
from parcelflow.adapters.bloqit.client import BASE_URL, Bloqit
from parcelflow.adapters.bloqit.translate import rent_facts, state_word, states_been
from parcelflow.adapters.bloqit.wire import Rent, Webhook
from parcelflow.machines import Caller, Done, Refused
from parcelflow.machines.vendor import RENT_STATE

from .fakes import KEY, Remote, clock, effect, reply, sample

RENT = "5f85c02704d61b14f47c78a0"
ROOT = "/api/v1/public"


def caller(remote: Remote) -> BloqitCaller:
    return BloqitCaller(BASE_URL, api_key=KEY, clock=clock, transport=remote.transport)


def as_port(remote: Remote) -> Caller:
    return caller(remote)


@pytest.mark.parametrize(
    ("operation", "line"),
    [
        ("bloqit.rents.get", f"GET {ROOT}/rents/{RENT}"),
        ("bloqit.rents.get_by_external_id", f"GET {ROOT}/rents/external/R-1"),
        ("bloqit.deliveries.make", f"PUT {ROOT}/deliveries/{RENT}/make"),
        ("bloqit.deliveries.notify", f"PUT {ROOT}/deliveries/{RENT}/notify"),
        ("bloqit.rents.cancel", f"PUT {ROOT}/rents/{RENT}/cancel"),
        ("bloqit.rents.collect", f"PUT {ROOT}/rents/{RENT}/collect"),
        ("bloqit.rents.finish", f"PUT {ROOT}/rents/{RENT}/finish"),
        ("bloqit.rent_sims.keypad", f"PUT {ROOT}/rent-sims/{RENT}/lockers/keypad"),
        ("bloqit.rent_sims.close", f"PUT {ROOT}/rent-sims/{RENT}/lockers/close"),
    ],
)
def test_an_operation_sends_exactly_the_documented_request(operation: str, line: str) -> None:
    remote = Remote(reply(200, sample("bloqit_rent_collect")))
    answer = as_port(remote).call(effect(operation, data={"locker_id": "known-already"}), "key")
    assert isinstance(answer, Done)
    assert line.startswith("GET") or answer == Done()  # a command teaches no state (A26)
    assert remote.lines == [line]
    assert remote.requests[0].content == b""
    assert remote.requests[0].headers["x-api-key"] == KEY


def test_make_names_a_locker_only_if_the_wish_brings_one() -> None:
    remote = Remote(reply(200, sample("bloqit_rent_reserved")))
    facts = {"locker_id": "L2"}
    caller(remote).call(effect("bloqit.deliveries.make", data=facts, wish=facts), "key")
    assert remote.lines == [f"PUT {ROOT}/deliveries/{RENT}/make?lockerID=L2"]


def test_history_is_asked_by_path_and_query() -> None:
    remote = Remote(reply(200, [{"_id": "1"}, {"codeName": "rent.started"}, {}]))
    with Bloqit(KEY, transport=remote.transport) as client:
        assert len(client.rents.history(RENT).docs) == 2  # an empty object tells of nothing
    assert remote.lines == [f"GET {ROOT}/rents/{RENT}/history?rentID={RENT}"]


EVERYTHING: dict[str, Any] = {
    "locker_id": "L1",
    "bloq_id": "B1",
    "locker_type": "m",
    "customer": {"name": "A", "email": "a@example.org", "phone": "+351"},
    "expiry_at": "2024-04-01T14:00:00+02:00",
    "dropoff_limit_at": "2024-03-30T12:00:00.5+00:00",
    "collect_limit_hours": 48,
    "pickup_code": "1234",
    "dropoff_code": "9876",
    "label_content": {"line": "x"},
    "label_template_id": "v3",
    "operation_type": "lastMile",
    "carrier": "dhl",
    "notification_options": ["sms"],
    "pre_pickup_actions": ["mfa"],
    "item_inside": False,
}


def test_create_sends_every_fact_in_its_place_and_always_the_external_id() -> None:
    remote = Remote(reply(201, sample("bloqit_rent_reserved")))
    caller(remote).call(effect("bloqit.deliveries.create", remote_id=None, data=EVERYTHING), "key")
    assert remote.lines == [f"POST {ROOT}/deliveries/reserveLocker?lockerID=L1&bloqID=B1"]
    assert remote.body() == {
        "externalID": "R-1",
        "expiryDate": "2024-04-01T12:00:00.000Z",
        "deliveryDateLimit": "2024-03-30T12:00:00.500Z",
        "collectTimeLimit": 48,
        "notificationOptions": ["sms"],
        "customer": {"name": "A", "email": "a@example.org", "phoneNumber": "+351"},
        "pickUpCode": "1234",
        "dropOffCode": "9876",
        "desiredLockerType": "M",
        "labelContent": {"line": "x"},
        "labelTemplateID": "v3",
        "operationType": "lastMile",
        "carrier": "dhl",
        "prePickUpActions": ["mfa"],
    }


@pytest.mark.parametrize(
    ("facts", "query", "body"),
    [
        ({"bloq_id": "B1"}, "?bloqID=B1", {}),
        ({"bloq_id": "B1", "customer_id": "C", "customer_name": "A"}, "?bloqID=B1&customerID=C", {}),
        (
            {"bloq_id": "B1", "customer_name": "A", "customer_phone": "1"},
            "?bloqID=B1",
            {"customer": {"name": "A", "phoneNumber": "1"}},
        ),
        (
            {"expiry_at": "2024-04-01T12:00:00Z", "pickup_codes": {"user": "2121"}},
            "",
            {"expiryDate": "2024-04-01T12:00:00.000Z", "pickUpCodes": {"user": "2121"}},
        ),
    ],
)
def test_create_leaves_out_what_is_not_known(facts: dict[str, Any], query: str, body: dict[str, Any]) -> None:
    remote = Remote(reply(201, sample("bloqit_rent_reserved")))
    caller(remote).call(effect("bloqit.deliveries.create", remote_id=None, data=facts), "key")
    assert remote.lines == [f"POST {ROOT}/deliveries/reserveLocker{query}"]
    assert remote.body() == {"externalID": "R-1", **body}


def test_create_teaches_facts_and_the_remote_id_but_no_state() -> None:
    remote = Remote(reply(201, sample("bloqit_rent_reserved")))
    answer = caller(remote).call(effect("bloqit.deliveries.create", data={"bloq_id": "B1"}), "key")
    assert answer == Done(
        {
            "locker_id": "5d5a6e83d1682b7194fc5f9c",
            "customer_id": "5f7dc9fc04d61b14f47c6f00",
            "expiry_at": "2020-10-13T16:57:47.007000+00:00",
        },
        remote_id=RENT,
    )


def test_a_read_teaches_the_state_in_our_words() -> None:
    body = {"_id": RENT, "state": "CANCELED", "locker": {"_id": "L1", "bloq": "B1"}}
    answer = caller(Remote(reply(200, body))).call(effect("bloqit.rents.get", "remote_state"), "key")
    assert answer == Done({"state": "cancelled", "locker_id": "L1", "bloq_id": "B1"}, remote_id=RENT)
    stateless = caller(Remote(reply(200, {"_id": RENT}))).call(effect("bloqit.rents.get", "remote_state"), "key")
    assert stateless == Done({}, remote_id=RENT)


def test_what_cannot_be_asked_is_refused_and_nothing_is_sent() -> None:
    for wrong in (
        effect("bloqit.deliveries.make", remote_id=None),
        effect("bloqit.deliveries.create", data={}),
        effect("bloqit.rents.love"),
        effect("bloqit.webhooks.create"),
        effect("bloqit.rents.history"),
    ):
        assert isinstance(caller(Remote()).call(wrong, "key"), Refused)


@pytest.mark.parametrize(
    ("raw", "word"),
    [
        ("CANCELED", "cancelled"),
        ("Cancelled", "cancelled"),
        ("OPEN", "locker_opened"),
        ("CREATED", "created"),
        ("InProgress", "in_progress"),
        ("In Progress", "in_progress"),
        ("READY-FOR-PICKUP", "ready_for_pickup"),
        ("pre-advised", "pre-advised"),
    ],
)
def test_states_are_recognised_however_they_are_spelled(raw: str, word: str) -> None:
    assert state_word(raw) == word


def test_every_state_of_the_filter_is_its_own_word() -> None:
    assert {state_word(state) for state in set(RENT_STATE.ours)} == set(RENT_STATE.ours)


@pytest.mark.parametrize("name", ["bloqit_rent_expanded", "bloqit_rent_reserved", "bloqit_rent_collect"])
def test_the_documents_rents_can_be_read(name: str) -> None:
    rent = Rent.model_validate_json(sample(name))
    assert rent.id == RENT
    assert rent.state in set(RENT_STATE.ours)


def test_the_documents_webhook_can_be_read() -> None:
    assert Webhook.model_validate_json(sample("bloqit_webhook_created")).url == "/ourPartner/receiveWebhook"


def test_a_rent_is_read_in_all_its_spellings() -> None:
    rent = Rent.model_validate(
        {
            "id": 7,
            "states": ["CREATED", {"state": "Reserved", "date": "x"}, {"date": "y"}, 5, None],
            "customer": None,
            "locker": ["odd"],
            "bloq": 12,
            "collectTimeLimit": "48",
            "deliveryDateLimit": "2024-03-30T12:00:00",
            "expiryDate": "null",
        }
    )
    assert states_been(rent) == {"created", "reserved", "5"}
    assert rent_facts(rent) == {
        "bloq_id": "12",
        "dropoff_limit_at": "2024-03-30T12:00:00+00:00",
        "collect_limit_hours": 48,
    }


def test_a_remote_that_repeats_the_key_is_not_quoted() -> None:
    answer = caller(Remote(reply(401, {"message": f"unknown key {KEY}"}))).call(effect("bloqit.rents.get"), "key")
    assert isinstance(answer, Refused)
    assert KEY not in answer.reason


def test_closing_gives_the_connections_back() -> None:
    talking = caller(Remote())
    talking.close()
    with pytest.raises(RuntimeError):
        talking.call(effect("bloqit.rents.get"), "key")
