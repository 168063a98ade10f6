"""Blink Logistics: tasks out, task events in."""

import json
from typing import Any

import httpx
import pytest

from parcelflow.adapters.logistics.caller import LogisticsCaller
from parcelflow.adapters.logistics.client import BASE_URL
from parcelflow.adapters.logistics.webhook import parse
from parcelflow.machines import Arrival, BadBodyError, Caller, Done, Effect, Refused, TryLater, Unknown
from parcelflow.machines.vendor import TASK_EVENT, TASK_STATES

from .fakes import KEY, NOW, Remote, Scripted, clock, effect, reply, sample

CREATE_LINE, STATUS_LINE = "POST /api/client/task", "GET /api/client/task/status?mappingKey=12345678"
FACTS: dict[str, Any] = {
    "branch_id": "12345",
    "tax": 0,
    "discount": None,
    "delivery_charges": "120",
    "sub_total": "2080.50",
    "payment_type": "COD",
    "description": "Details: Milk Buffalo 1 Ltr Pouch, Quantity: 8; \n",
    "instruction": "",
    "customer_name": "Test Customer",
    "customer_email": "user@blinkco.io",
    "customer_address": "Tariq Road, PECHS Block 2",
    "customer_phone": "+92 300-1234567",
    "lat": "24.871641",
    "lng": "67.059906",
    "delivery_at": "2024-06-06T09:29:15+05:00",
    "pickup_at": "2024-06-06T03:29:15+00:00",
    "item_inside": False,
}


def caller(remote: Remote) -> LogisticsCaller:
    return LogisticsCaller(BASE_URL, token=KEY, clock=clock, transport=remote.transport)


def create(kind: str = "task", **changed: object) -> Effect:
    data = {**FACTS, **changed}
    return effect("logistics.tasks.create", "task_created", kind=kind, case_key="12345678", remote_id=None, data=data)


def status() -> Effect:
    return effect("logistics.tasks.status", "remote_state", kind="task", case_key="12345678")


def test_a_task_is_created_as_documented() -> None:
    remote = Remote(reply(201, sample("logistics_created")))
    port: Caller = caller(remote)
    answer = port.call(create(), "key")
    assert answer == Done({"task_id": "XYZAB-12345"}, remote_id="XYZAB-12345")
    assert remote.lines == [CREATE_LINE]
    assert remote.requests[0].headers["authorization"] == f"Bearer {KEY}"
    documented = json.loads(sample("logistics_task"))
    for untold in ("discountCode", "taxPercent", "discount"):
        documented.pop(untold)
    assert remote.body() == {**documented, "subTotal": 2080.5}
    assert b'"subTotal":2080.5,' in remote.requests[0].content


def test_a_return_is_of_type_2_and_has_a_key_of_its_own() -> None:
    for facts, key in (({}, "12345678-R1"), ({"return_number": 2}, "12345678-R2")):
        remote = Remote(reply(201, sample("logistics_created")), reply(200, sample("logistics_status")))
        talking = caller(remote)
        talking.call(create("task-return", **facts), "key")
        assert (remote.body()["type"], remote.body()["mappingKey"], remote.body()["mappingCode"]) == (2, key, key)
        talking.look_up(create("task-return", **facts), "key")
        assert remote.lines[1] == f"GET /api/client/task/status?mappingKey={key}"
        body = {"eventId": 28, "data": {"taskId": "T", "type": 2, "mappingKey": key}}
        assert (arrive(body).kind, arrive(body).key) == ("task-return", "12345678")


def test_a_key_of_a_normal_task_is_no_returns_however_it_looks() -> None:
    body = {"eventId": 28, "data": {"taskId": "T", "type": 1, "mappingKey": "7-R1"}}
    assert arrive(body).key == "7-R1"
    assert caller(Remote(reply(404))).look_up(create(), "key") == TryLater(
        "no task has the mappingKey '12345678', so it was not created"
    )


@pytest.mark.parametrize(
    "wrong",
    [
        create(lat=None),
        create(delivery_at="2024-06-06T03:29:15+00:00"),
        create(payment_type="cash"),
        create(kind="order"),
        effect("logistics.tasks.love"),
    ],
)
def test_what_cannot_be_asked_is_refused_and_nothing_is_sent(wrong: Effect) -> None:
    assert isinstance(caller(Remote()).call(wrong, "key"), Refused)


@pytest.mark.parametrize(
    ("scripted", "kind"),
    [
        (reply(400, {"message": "no such branch"}), Refused),
        (reply(500), Unknown),
        (reply(202), Unknown),
        (reply(201, b""), Unknown),
        (httpx.ReadTimeout(""), Unknown),
        (httpx.ConnectTimeout(""), TryLater),
    ],
)
def test_what_answers_to_a_creation_mean(scripted: Scripted, kind: type[object]) -> None:
    assert isinstance(caller(Remote(scripted)).call(create(), "key"), kind)


def test_a_conflict_is_ours_if_our_key_is_there() -> None:
    adopted = Remote(reply(409), reply(200, sample("logistics_status")))
    answer = caller(adopted).call(create(), "key")
    assert isinstance(answer, Done)
    assert answer.remote_id == "XYZAB-12345"
    assert adopted.lines == [CREATE_LINE, STATUS_LINE]
    assert isinstance(caller(Remote(reply(409), reply(404))).call(create(), "key"), Refused)


def test_a_status_is_read_as_documented() -> None:
    remote = Remote(reply(200, sample("logistics_status")))
    assert caller(remote).call(status(), "key") == Done(
        {
            "state": "accepted",
            "agent_name": "Test Rider",
            "agent_contact": "+923213456789",
            "tracking_link": "https://delivery-stg.blinkco.io/tracking/jvkUgPIRN6f8jZg9q62xy",
        },
        remote_id="XYZAB-12345",
    )
    assert remote.lines == [STATUS_LINE]
    assert remote.requests[0].content == b""


@pytest.mark.parametrize(("code", "name"), list(zip(TASK_EVENT.theirs, TASK_EVENT.ours, strict=True)))
def test_every_event_leaves_a_task_in_its_state_and_an_update_in_none(code: int, name: str) -> None:
    body = {"eventId": code, "event": name.upper(), "data": {"taskId": 5}}
    answer = caller(Remote(reply(200, body))).call(status(), "key")
    assert answer == Done({} if code == 21 else {"state": TASK_STATES[name]}, remote_id="5")


def test_a_state_that_nobody_knows_keeps_its_word() -> None:
    body = {"event": "TASK_VANISHED", "data": {"taskId": "5"}}
    assert caller(Remote(reply(200, body))).call(status(), "key") == Done({"state": "TASK_VANISHED"}, remote_id="5")


@pytest.mark.parametrize(
    ("scripted", "kind"),
    [
        (reply(200, sample("logistics_status")), Done),
        (reply(404), TryLater),
        (reply(401), Unknown),
        (reply(503), Unknown),
        (reply(200, b"{}"), Unknown),
        (httpx.ConnectError(""), Unknown),
    ],
)
def test_a_creation_is_looked_up_by_its_key(scripted: Scripted, kind: type[object]) -> None:
    remote = Remote(scripted)
    answer = caller(remote).look_up(create(), "key")
    assert isinstance(answer, kind)
    assert remote.lines == [STATUS_LINE]
    if isinstance(answer, Done):
        assert (answer.remote_id, answer.data["task_id"]) == ("XYZAB-12345", "XYZAB-12345")
        assert "state" not in answer.data


def test_a_key_that_could_never_be_sent_is_refused_at_look_up_too() -> None:
    nameless = effect("logistics.tasks.create", kind="task", case_key="")
    assert isinstance(caller(Remote()).look_up(nameless, "key"), Refused)


def test_a_read_needs_no_look_up_and_closing_closes() -> None:
    talking = caller(Remote())
    assert isinstance(talking.look_up(status(), "key"), TryLater)
    talking.close()


# --- webhooks -------------------------------------------------------------------------------------------------------------


def arrive(body: object) -> Arrival:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return parse(raw, now=NOW, fresh_id=lambda: "fresh")


def test_the_documents_webhook_becomes_an_event() -> None:
    arrival = arrive(sample("logistics_status"))
    assert (arrival.source, arrival.system, arrival.external_id) == ("logistics", "logistics", "task/XYZAB-12345/fresh")
    assert (arrival.kind, arrival.key, arrival.remote_id) == ("task", None, "XYZAB-12345")
    assert (arrival.event.name, arrival.event.at) == ("task_accepted", NOW)
    assert arrival.event.data == {
        "task_event": "task_accepted",
        "agent_name": "Test Rider",
        "agent_contact": "+923213456789",
        "tracking_link": "https://delivery-stg.blinkco.io/tracking/jvkUgPIRN6f8jZg9q62xy",
    }


@pytest.mark.parametrize("name", ["logistics_created", "logistics_updated"])
def test_the_documents_answers_can_be_read(name: str) -> None:
    assert arrive(sample(name)).event.name in {"task_created", "task_updated"}


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ({"eventId": 22, "event": "TASK_ASSIGNED"}, "task_unassign"),
        ({"eventId": "23"}, "task_assigned"),
        ({"eventId": 99, "event": "TASK_UNASSIGNED"}, "task_unassign"),
        ({"event": "TASK_CANCELED"}, "task_cancelled"),
        ({"event": "TASK_VANISHED"}, "TASK_VANISHED"),
        ({"eventId": 99}, "task_event_99"),
        ({}, "task_unnamed"),
    ],
)
def test_a_known_event_id_wins_and_spellings_are_forgiven(body: dict[str, Any], name: str) -> None:
    assert arrive({**body, "data": {"taskId": "1"}}).event.name == name


@pytest.mark.parametrize(("kind", "name"), [(1, "task"), ("2", "task-return"), (3, None), (None, None)])
def test_whom_it_concerns(kind: object, name: str | None) -> None:
    data = {"taskId": 7, "type": kind, "mappingCode": "K-1", "reason": "rain", "agent": None}
    arrival = arrive({"eventId": 28, "data": data})
    assert (arrival.kind, arrival.key, arrival.remote_id) == (name, "K-1", "7")
    assert arrival.event.data["reason"] == "rain"


@pytest.mark.parametrize("raw", [b"", b"[]", b'{"eventId": 24', b"{}", b'{"eventId": 24}', b'{"eventId": 24, "data": {}}'])
def test_what_names_no_task_is_a_bad_body(raw: bytes) -> None:
    with pytest.raises(BadBodyError):
        arrive(raw)


def test_an_update_sends_what_was_wished_for_and_keeps_the_type() -> None:
    wish: dict[str, Any] = {"instruction": "ring twice", "tax_percent": "7.5"}
    update = effect("logistics.tasks.update", "task_updated", kind="task-return", remote_id="XYZAB-12345", data=FACTS, wish=wish)
    remote = Remote(reply(201, sample("logistics_updated")))
    assert caller(remote).call(update, "key") == Done()
    assert remote.lines == ["PUT /api/client/task"]
    assert remote.body() == {"taskId": "XYZAB-12345", "type": 2, "instruction": "ring twice", "taxPercent": 7.5}  # E3
    assert isinstance(caller(Remote(httpx.ReadTimeout(""))).call(update, "key"), TryLater)
    assert isinstance(caller(Remote()).look_up(update, "key"), TryLater)
