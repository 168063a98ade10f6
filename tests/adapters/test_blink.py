"""Blink: statuses out with a lazily fetched token, orders and statuses in."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC
from threading import Barrier
from typing import Any

import httpx
import pytest

from parcelflow.adapters.blink.caller import BlinkCaller
from parcelflow.adapters.blink.client import BASE_URL
from parcelflow.adapters.blink.operations import LOGIN
from parcelflow.adapters.blink.webhook import parse
from parcelflow.adapters.blink.wire import Token
from parcelflow.adapters.operation import Reply
from parcelflow.adapters.reading import read
from parcelflow.machines import Arrival, BadBodyError, BadSettingsError, Caller, Done, Effect, Refused, TryLater

from .fakes import KEY, NOW, Remote, Scripted, clock, effect, reply, sample

OK = {"msg": "Success", "success": True, "error": None}
LOGIN_LINE, SYNC_LINE = "POST /interface/v1/login", "POST /interface/v1/syncOrderStatus"


def token(value: str = "T1") -> httpx.Response:
    return reply(200, {"token_type": "Bearer", "access_token": value})


def caller(remote: Remote) -> BlinkCaller:
    return BlinkCaller(BASE_URL, credentials=("user", KEY), clock=clock, transport=remote.transport)


def sync(trigger: str = "accept", **data: object) -> Effect:
    return effect("blink.orders.sync_status", trigger, kind="order", case_key="1236589", data=data)


@pytest.mark.parametrize(
    ("trigger", "data", "body"),
    [
        ("accept", {"comment": "left over"}, {"status": 1}),
        ("dispatch", {}, {"status": 2}),
        ("deliver", {}, {"status": 3}),
        ("reject", {"comment": "Delivery area is too far"}, {"status": 4, "comment": "Delivery area is too far"}),
        ("reject", {}, {"status": 4, "comment": "rejected by the restaurant"}),  # C3
        ("reject", {"comment": " "}, {"status": 4, "comment": "rejected by the restaurant"}),
    ],
)
def test_a_status_is_told_as_documented(trigger: str, data: dict[str, Any], body: dict[str, Any]) -> None:
    remote = Remote(token(), reply(200, OK))
    port: Caller = caller(remote)
    assert port.call(sync(trigger, **data), "key") == Done()
    assert remote.lines == [LOGIN_LINE, SYNC_LINE]
    assert remote.body(0) == {"username": "user", "password": KEY}
    assert remote.body(1) == {"blink_order_id": "1236589", **body}
    assert remote.requests[1].headers["authorization"] == "Bearer T1"
    assert "authorization" not in remote.requests[0].headers


def test_a_token_is_fetched_once_and_renewed_once_on_401() -> None:
    remote = Remote(token("T1"), reply(200), reply(401), token("T2"), reply(200, OK), reply(200))
    talking = caller(remote)
    assert [talking.call(sync(), "key") for _ in range(3)] == [Done()] * 3
    assert remote.lines == [LOGIN_LINE, SYNC_LINE, SYNC_LINE, LOGIN_LINE, SYNC_LINE, SYNC_LINE]
    assert remote.requests[-1].headers["authorization"] == "Bearer T2"


def test_a_new_token_that_is_refused_too_ends_it() -> None:
    remote = Remote(token("T1"), reply(401), token("T2"), reply(401, {"msg": "Unauthenticated."}))
    answer = caller(remote).call(sync(), "key")
    assert isinstance(answer, Refused)
    assert "Unauthenticated." in answer.reason
    assert len(remote.lines) == 4


@pytest.mark.parametrize(
    ("scripted", "kind"),
    [
        (reply(401, {"error": "bad credentials"}), Refused),
        (reply(500), TryLater),
        (reply(200, {"token_type": "Bearer"}), TryLater),
        (httpx.ConnectError(""), TryLater),
        (httpx.ReadTimeout(""), TryLater),
    ],
)
def test_without_a_token_nothing_is_told(scripted: Scripted, kind: type[object]) -> None:
    answer = caller(Remote(scripted)).call(sync(), "key")
    assert isinstance(answer, kind)
    assert KEY not in str(answer)
    renewing = caller(Remote(token(), reply(401), scripted)).call(sync(), "key")
    assert isinstance(renewing, kind)


@pytest.mark.parametrize(
    ("scripted", "kind"),
    [
        (reply(200, {"success": False, "error": "no such order"}), Refused),
        (reply(404, {"success": False}), Refused),
        (reply(500), TryLater),
        (httpx.ReadTimeout(""), TryLater),
        (reply(200, b"OK"), Done),
        (reply(201), Done),
    ],
)
def test_what_answers_mean(scripted: Scripted, kind: type[object]) -> None:
    assert isinstance(caller(Remote(token(), scripted)).call(sync(), "key"), kind)


def test_many_threads_fetch_one_token() -> None:
    barrier = Barrier(4)

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("login"):
            return token(f"T{len(logins.append(request) or logins)}")
        if request.headers["authorization"] == "Bearer T1":
            barrier.wait(10)  # all four use the first token before the first one hears that it is stale
            return reply(401)
        return reply(200, OK)

    logins: list[httpx.Request] = []
    talking = BlinkCaller(BASE_URL, credentials=("u", "p"), clock=clock, transport=httpx.MockTransport(answer))
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(talking.call, [sync()] * 4, ["key"] * 4))
    talking.close()
    assert answers == [Done()] * 4
    assert len(logins) == 2


def test_what_cannot_be_told_is_refused_and_nothing_is_sent() -> None:
    for wrong in (
        sync("late_status_webhook"),
        effect("blink.orders.love"),
        effect("blink.auth.login"),
    ):
        assert isinstance(caller(Remote()).call(wrong, "key"), Refused)


def test_a_look_up_knows_that_repeating_is_harmless() -> None:
    assert isinstance(caller(Remote()).look_up(sync(), "key"), TryLater)


@pytest.mark.parametrize("credentials", [("", KEY), ("user", "")])
def test_credentials_have_to_be_there(credentials: tuple[str, str]) -> None:
    with pytest.raises(BadSettingsError):
        BlinkCaller(BASE_URL, credentials=credentials, clock=clock)


def test_a_token_that_no_header_can_hold_is_no_token() -> None:
    for odd in ("", "a b", "tökén", "line\nbreak"):
        answer = caller(Remote(token(odd))).call(sync(), "key")
        assert isinstance(answer, TryLater)
        assert not odd or odd not in answer.reason


def test_a_remote_that_repeats_a_secret_is_not_quoted() -> None:
    for script in ([reply(401, {"message": f"wrong password {KEY}"})], [token("T1secret"), reply(400, {"msg": "bad T1secret"})]):
        answer = caller(Remote(*script)).call(sync(), "key")
        assert isinstance(answer, Refused)
        assert "kept secret" in answer.reason
        assert KEY not in answer.reason
        assert "T1secret" not in answer.reason


def test_the_documents_token_can_be_read_and_is_in_no_repr() -> None:
    found = read(LOGIN, Reply(200, {}, sample("blink_login")))
    assert isinstance(found, Token)
    assert found.access_token.get_secret_value().startswith("eyJ")
    assert "eyJ" not in repr(found)


# --- webhooks -------------------------------------------------------------------------------------------------------------


def arrive(body: object) -> Arrival:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return parse(raw, now=NOW, fresh_id=lambda: "fresh")


def test_the_documents_order_becomes_facts() -> None:
    raw = sample("blink_order")
    arrival = arrive(raw)
    assert (arrival.source, arrival.system, arrival.kind) == ("blink", "blink", "order")
    assert (arrival.key, arrival.remote_id) == ("1236589", "1236589")
    assert arrival.external_id.startswith("order/1236589/")
    assert (arrival.event.name, arrival.event.at) == ("order_webhook", NOW)
    facts = dict(arrival.event.data)
    products, documented = facts.pop("products"), json.loads(raw)["products"]
    assert documented[0]["total_price"] == 39
    documented[0]["total_price"] = "39"  # money is text, as everywhere in facts
    assert products == documented
    assert facts == {
        "type": "PICK-UP",
        "order_key": "ABND-24234",
        "channel": "IOS",
        "branch_id": "12345",
        "brand_id": "1",
        "customer_name": "Jhon Doe",
        "customer_phone": "+923300000000",
        "customer_address": "PICK-UP",
        "paid": True,
        "payment_type": "Cash",
        "total_price": "66.67",
        "subtotal": "59",
        "delivery_charges": "0",
        "tax": "0",
        "discount": "0",
        "price_difference": "6.67",  # C12: 59 and a till's charge of 1 are not 66.67
        "due_at": "2024-06-26T04:26:04+00:00",
        "is_pre_order": False,
    }
    json.dumps(facts)


def test_an_order_as_seen_in_the_wild() -> None:
    facts = arrive(
        {
            "blink_order_id": "AB12CD",
            "products": [],
            "type": "delivery",
            "blink_branch_id": 40127,
            "payment": False,
            "payment_method": "Cash",
            "customer_email": "a@example.org",
            "customer_address_latitude": 24.871641,
            "customer_address_longitude": "67.059906",
            "total_price": "Rs 343,127.00",
            "due_at": "2024-06-26T09:26:04+05:00",
        }
    ).event.data
    assert facts["type"] == "DELIVERY"
    assert (facts["lat"], facts["lng"]) == ("24.871641", "67.059906")
    assert (facts["paid"], facts["payment_type"], facts["total_price"]) == (False, "Cash", "343127.00")
    assert (facts["branch_id"], facts["blink_branch_id"]) == ("40127", "40127")
    assert facts["due_at"] == "2024-06-26T04:26:04+00:00"


@pytest.mark.parametrize(("lat", "lng"), [(0, 0), ("0", "0.0"), (None, None), (None, "67"), ("24", "")])
def test_a_place_that_nobody_knows_is_left_out(lat: object, lng: object) -> None:
    place = {"customer_address_latitude": lat, "customer_address_longitude": lng}
    body: dict[str, object] = {"blink_order_id": 1, "products": list[object](), **place}
    assert not {"lat", "lng", "due_at"} & set(arrive(body).event.data)


def test_the_same_order_is_the_same_message_and_a_changed_one_is_not() -> None:
    body: dict[str, object] = {"blink_order_id": "1", "products": []}
    assert arrive(body).external_id == arrive(body).external_id
    assert arrive(body).external_id != arrive({**body, "tax": 1}).external_id


def test_a_due_time_that_is_none_is_left_out() -> None:
    for text in ("soon", "0001-01-01 00:00:00", ""):
        body: dict[str, object] = {"blink_order_id": "1", "products": list[object](), "due_at": text}
        assert "due_at" not in arrive(body).event.data


def test_due_times_are_meant_where_the_branch_is() -> None:
    raw = b'{"blink_order_id": "1", "products": [], "due_at": "2024-06-26 09:26:04"}'
    assert parse(raw, now=NOW, fresh_id=str, zone=UTC).event.data["due_at"] == "2024-06-26T09:26:04+00:00"


def test_the_documents_status_becomes_a_signal() -> None:
    arrival = arrive(sample("blink_status"))
    assert (arrival.event.name, arrival.external_id) == ("order.status_4", "status/1236589/fresh")
    assert arrival.event.data == {"status": 4, "comment": "TEST ORDER", "blink_branch_id": "12345"}


@pytest.mark.parametrize(
    ("body", "name", "number"),
    [
        ({"status": 2}, "order.status_2", 2),
        ({"status": "2"}, "order.status_2", 2),
        ({"status": "Accepted"}, "order.status_1", 1),
        ({"statusText": "DISPACTCHED"}, "order.status_2", 2),
        ({"statusText": "delivered", "status": None}, "order.status_3", 3),
        ({"status": 0, "statusText": "Delivered"}, "order.status_0", 0),
        ({"status": 7}, "order.status_7", 7),
        ({"status": "Cooking"}, "order.status_unknown", None),
        ({"status": None}, "order.status_unknown", None),
    ],
)
def test_a_status_is_understood_as_number_text_or_name(body: dict[str, Any], name: str, number: int | None) -> None:
    event = arrive({"blink_order_id": 5, **body}).event
    assert (event.name, event.data.get("status")) == (name, number)
    if body == {"status": "Cooking"}:
        assert event.data["status_text"] == "Cooking"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b'{"products": []',
        b"{}",
        b'{"blink_order_id": "1"}',
        b'{"products": []}',
        b'{"status": 1}',
        b'{"blink_order_id": "", "status": 1}',
    ],
)
def test_what_cannot_be_an_order_or_a_status_is_a_bad_body(raw: bytes) -> None:
    with pytest.raises(BadBodyError):
        arrive(raw)
