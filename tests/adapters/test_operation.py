"""Operations as data: building requests, refusing parameters, reading answers, overriding routes."""

import json

import httpx
import pytest

from parcelflow.adapters.blink.operations import OPERATIONS as BLINK
from parcelflow.adapters.bloqit.client import Bloqit
from parcelflow.adapters.bloqit.operations import OPERATIONS as BLOQIT
from parcelflow.adapters.logistics.operations import OPERATIONS as LOGISTICS
from parcelflow.adapters.operation import Operation, Reply, RouteConfidence, build, has_body, overridden
from parcelflow.adapters.patience import Patience
from parcelflow.adapters.reading import read
from parcelflow.adapters.tolerant import Tolerant
from parcelflow.machines import (
    BadBodyError,
    BadParametersError,
    BadSettingsError,
    ForbiddenError,
    LostAnswerError,
    NotSentError,
    RemoteRefusedError,
)

from .fakes import KEY, Remote, reply, sample

EVERY = {**BLOQIT, **BLINK, **LOGISTICS}
GET, CREATE, MAKE = BLOQIT["bloqit.rents.get"], BLOQIT["bloqit.deliveries.create"], BLOQIT["bloqit.deliveries.make"]
LIMIT = {"externalID": "R-1", "expiryDate": "2024-04-01T12:00:00+00:00"}
TASK = {
    "mappingKey": "T-1",
    "mappingCode": "T-1",
    "mappingBranchId": "12345",
    "paymentType": "COD",
    "customerName": "A",
    "customerAddress": "B",
    "customerPhone": "923001234567",
    "lat": "24.871641",
    "lng": "67.059906",
    "pickUpTime": "2024-06-06T03:29:15+00:00",
    "deliveryTime": "2024-06-06T04:29:15+00:00",
    "type": 1,
}


@pytest.mark.parametrize("operation", EVERY.values(), ids=lambda operation: operation.id)
def test_every_operation_says_where_it_is_from(operation: Operation) -> None:
    assert operation.evidence
    assert operation.path.startswith("/")
    assert operation.method in {"GET", "POST", "PUT", "DELETE"}
    assert operation.method in {"POST", "PUT"} or not has_body(operation)
    assert operation.title.endswith(".")
    # The structural law of Bloq.it's document (B:9): a path is given where there is no body, and only there.
    if operation.id.startswith("bloqit."):
        assert has_body(operation) == (operation.confidence is not RouteConfidence.GIVEN)


@pytest.mark.parametrize(
    ("name", "parameters", "right"),
    [
        ("bloqit.rents.get", {}, "rentID: Field required"),
        ("bloqit.rents.get", {"rentID": None}, "rentID: Field required"),
        ("bloqit.rents.get", {"rentID": ""}, "rentID: .*at least 1 character, got ''"),
        ("bloqit.rents.get", {"rentID": ".."}, r"rentID: .*change the path.*, got '\.\.'"),
        ("bloqit.rents.get", {"rentID": True}, "rentID: .*valid string, got True"),
        ("bloqit.rents.get", {"rentID": "1", "rentid": "1"}, "rentid: Extra inputs"),
        ("bloqit.rents.get", {"rentID": "1", "rent": "1"}, "rent: Extra inputs are not permitted; there is: rentID$"),
        (
            "bloqit.deliveries.create",
            {**LIMIT, "customer": {"phone": "1"}},
            "customer.phone: .*; there is: name, email, phoneNumber$",
        ),
        (
            "blink.stock.sync",
            {"products": [{"id": "p", "price": 1, "branches": [{"id": "1", "stock": 1}]}]},
            r"products\.0\.branches\.0\.stock: .*; there is: id, price, discount_price, stock_quantity, is_in_stock, is_active$",
        ),
        ("bloqit.deliveries.create", {**LIMIT, "collectTimeLimit": -1}, "collectTimeLimit: .*greater than.*0, got -1"),
        ("bloqit.deliveries.create", {**LIMIT, "collectTimeLimit": True}, "collectTimeLimit: .*integer, got True"),
        ("bloqit.deliveries.create", {**LIMIT, "expiryDate": "2024-04-01T12:00:00"}, "expiryDate: .*timezone.*, got '2024"),
        ("bloqit.deliveries.create", {**LIMIT, "expiryDate": 1711972800}, "expiryDate: .*ISO 8601.*, got 1711972800"),
        ("bloqit.rents.list_reached", {"state": "expired", "from": 5}, "from: .*ISO 8601.*, got 5"),
        ("bloqit.rents.list_reached", {"state": "finished"}, r"state: .*rents\.list.*, got 'finished'"),
        ("bloqit.rents.list", {"rentStates": ["lost"]}, r"rentStates\.0: .*one of created.*, got 'lost'"),
        ("bloqit.rents.update", {"rentID": "1"}, "give at least one field to change"),
        ("bloqit.rents.update", {"rentID": "1", "labelTemplateID": "v"}, "go together"),
        ("bloqit.labels.list", {"page": 0, "limit": 10}, "0 together or not at all .*, got 0 and 10"),
        ("bloqit.labels.list", {"page": 1, "limit": 0}, "0 together or not at all .*, got 1 and 0"),
        ("bloqit.bloqs.list", {"lockerType": "XXL"}, "lockerType: .*XS, S, M, L, XL, got 'XXL'"),
        ("bloqit.bloqs.search", {"latitude": 91}, "latitude: .*90, got 91"),
        ("bloqit.bloqs.search", {"maxDistance": 0}, "maxDistance: .*1, got 0"),
        ("bloqit.labels.print", {"bloqID": "1", "content": {"a": 1}}, "content needs a templateID"),
        ("bloqit.couriers.create_token", {"courierID": "1", "expirationDate": "60"}, "expirationDate: .*unit.*, got '60'"),
        ("bloqit.deliveries.select_locker", {"rentID": "1"}, "give a lockerID or a lockerType"),
        ("bloqit.webhooks.list", {"startDate": "2024-04-02T00:00:00Z", "endDate": "2024-04-01T00:00:00Z"}, "startDate .*before"),
        ("blink.stock.sync", {"products": []}, "products: .*at least 1 item"),
        ("blink.menu.sync", {"products": [{"id": True}]}, r"products\.0\.id: .*valid string, got True"),
        ("logistics.tasks.update", {"taskId": "1"}, "type: Field required"),
        ("bloqit.deliveries.create", {**LIMIT, "notificationOptions": ["fax"]}, "'sms' or 'email', got 'fax'"),
        ("bloqit.deliveries.create", {**LIMIT, "operationType": "x"}, "'firstMile' or 'lastMile', got 'x'"),
        ("bloqit.deliveries.create", {**LIMIT, "pickUpCode": "1", "pickUpCodes": {"a": "1"}}, "not both"),
        ("bloqit.deliveries.create", {**LIMIT, "labelContent": {"a": 1}}, "go together"),
        ("bloqit.deliveries.create", {**LIMIT, "labelTemplateID": "v3"}, "go together"),
        ("bloqit.deliveries.create", {"externalID": "R-1"}, "give an expiryDate or a deliveryDateLimit"),
        ("bloqit.webhooks.create", {"url": "/relative", "enabledEvents": ["rent.created"]}, "url: .*got '/relative'"),
        ("bloqit.webhooks.create", {"url": "https://a.example", "enabledEvents": []}, "enabledEvents: .*at least 1 item"),
        ("blink.orders.sync_status", {"blink_order_id": "1", "status": 5}, "status: .*4, got 5"),
        ("bloqit.webhooks.create", {"url": "http://a.example", "enabledEvents": ["rent.created"]}, "url: .*got 'http://a.exam"),
        ("bloqit.webhooks.create", {"url": "https:///x", "enabledEvents": ["rent.created"]}, "url: .*got 'https:///x'"),
        ("bloqit.locations.create", {"address": "A", "latitude": 1, "longitude": 1}, "a location needs an externalID"),
        ("blink.orders.sync_status", {"blink_order_id": "1", "status": 1, "comment": "x"}, "and with no other"),
        ("logistics.tasks.create", {**TASK, "lat": "north"}, "lat: .*got 'north'"),
        ("logistics.tasks.create", {**TASK, "type": 3}, "type: .*1 or 2, got 3"),
        ("logistics.tasks.create", {**TASK, "paymentType": "CARD"}, "'COD' or 'ONLINE', got 'CARD'"),
        ("logistics.tasks.create", {**TASK, "customerPhone": "none"}, "customerPhone: .*kept secret"),
        ("logistics.tasks.create", {**TASK, "customerPhone": 1}, "customerPhone: .*kept secret"),
        ("logistics.tasks.create", {**TASK, "tax": "0.1234567890123456"}, "tax: .*15 digits"),
        ("logistics.tasks.create", {**TASK, "deliveryTime": TASK["pickUpTime"]}, "pickUpTime .* before deliveryTime"),
    ],
)
def test_bad_parameters_are_shown_with_what_would_be_right(name: str, parameters: dict[str, object], right: str) -> None:
    with pytest.raises(BadParametersError, match=f"^{name}: .*{right}"):
        build(EVERY[name], parameters)


@pytest.mark.parametrize(
    ("name", "parameters", "secret"),
    [
        ("bloqit.deliveries.create", {**LIMIT, "pickUpCode": "123456789012345"}, "123456789012345"),
        ("bloqit.deliveries.create", {**LIMIT, "pickUpCodes": {"user": 471100}}, "471100"),
        ("bloqit.deliveries.create", {**LIMIT, "pickUpCode": "471100", "pickUpCodes": {"user": "1"}}, "471100"),
        ("blink.auth.login", {"username": "u", "password": 471100}, "471100"),
    ],
)
def test_no_message_repeats_a_secret(name: str, parameters: dict[str, object], secret: str) -> None:
    with pytest.raises(BadParametersError) as caught:
        build(EVERY[name], parameters)
    assert secret not in str(caught.value)


def test_an_id_cannot_leave_its_place_in_the_path() -> None:
    assert build(GET, {"rentID": "a/b?c#d"}).path == "/rents/a%2Fb%3Fc%23d"


def test_a_route_can_be_overridden_and_is_then_confirmed() -> None:
    routes = {"bloqit.deliveries.make": ("POST", "/v2/{rentID}/start")}
    request = build(MAKE, {"rentID": "1", "lockerID": "L"}, routes)
    assert (request.method, request.path, request.query) == ("POST", "/v2/1/start", (("lockerID", "L"),))
    assert overridden(MAKE, routes).confidence is RouteConfidence.CONFIRMED
    assert overridden(GET, routes) is GET


@pytest.mark.parametrize(("name", "path"), [(MAKE.id, "/v2/start"), (CREATE.id, "/v2/{rentID}")])
def test_an_override_that_does_not_fit_is_refused(name: str, path: str) -> None:
    with pytest.raises(BadSettingsError, match=r"placeholders: (rentID|none)"):
        overridden(EVERY[name], {name: ("PUT", path)})


def _reply(status: int, body: bytes = b"") -> Reply:
    return Reply(status, {}, body)


def test_an_answer_is_read_into_its_model_and_keeps_what_it_does_not_know() -> None:
    rent = read(GET, _reply(200, b'{"_id": 7, "bundleId": "new"}'))
    assert isinstance(rent, Tolerant)
    assert rent.model_dump()["id"] == "7"
    assert rent.model_extra == {"bundleId": "new"}


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}", b'{"_id": null}', b'{"_id": "1"'])
def test_a_success_without_a_readable_rent_is_a_bad_body(body: bytes) -> None:
    found = read(GET, _reply(200, body))
    assert isinstance(found, BadBodyError)
    assert "GET /rents/{rentID} answered 200" in str(found)


def test_a_refusal_carries_the_remotes_words_and_what_they_mean_here() -> None:
    found = read(BLOQIT["bloqit.rents.collect"], _reply(409, sample("bloqit_error")))
    assert isinstance(found, RemoteRefusedError)
    assert str(found) == (
        "PUT /rents/{rentID}/collect answered 409; bloqIDInvalid Invalid bloqID. bloqID is either missing or has a wrong "
        "format.; only from in_progress, expired or cancelled (B:2011)"
    )


@pytest.mark.parametrize("status", [404, 405])
def test_a_missing_route_that_was_inferred_names_its_override(status: int) -> None:
    assert "route override for 'bloqit.webhooks.create'" in str(read(BLOQIT["bloqit.webhooks.create"], _reply(status)))
    assert "route override" in str(read(CREATE, _reply(status, b"<html>")))
    assert "override" not in str(read(GET, _reply(status)))
    assert "override" not in str(read(CREATE, _reply(400)))


@pytest.mark.parametrize(
    ("errors", "words"),
    [
        ({"products.0.sku": ["The sku is required.", "And short."]}, "products.0.sku: The sku is required. And short."),
        ({"lat": "not a number", "lng": None}, "lat: not a number lng"),
        ({"lat": {"a": 1}}, "lat"),
        (["tax is wrong", 5, None], "tax is wrong 5"),
    ],
)
def test_a_validators_answer_names_the_fields(errors: object, words: str) -> None:
    body = json.dumps({"message": "The given data was invalid.", "errors": errors}).encode()
    assert str(read(BLINK["blink.menu.sync"], _reply(422, body))).endswith(f"answered 422; The given data was invalid. {words}")


def test_a_remotes_words_are_cut() -> None:
    assert len(str(read(GET, _reply(400, b'{"message": "' + b"x" * 5000 + b'"}')))) < 400


def test_success_false_is_a_refusal_whatever_the_status() -> None:
    sync = BLINK["blink.orders.sync_status"]
    for body, words in (
        (b'{"success": false, "error": "no such order"}', "no such order"),
        (b'{"success": 0, "msg": "bad"}', "bad"),
        (b'{"success": "false"}', "without a reason"),
    ):
        found = read(sync, _reply(200, body))
        assert isinstance(found, RemoteRefusedError)
        assert words in str(found)
    assert isinstance(read(sync, _reply(200, sample("blink_branches"))), Tolerant)


def _client(remote: Remote) -> Bloqit:
    return Bloqit(KEY, base_url="https://a.example", transport=remote.transport, patience=Patience(attempts=1))


def test_an_operation_can_be_asked_by_its_id_and_the_documents_names() -> None:
    remote = Remote(reply(200, sample("bloqit_webhook_created")))
    created = _client(remote).ask(
        "bloqit.webhooks.create",
        {"url": "https://b.example/bloqit", "enabledEvents": ["rent.created"], "secret": "Y2No6tuPrX"},
    )
    assert created.model_dump()["id"] == "23d4bcebd23c54bba647df6a"
    assert remote.lines == ["POST /webhooks"]
    assert remote.body() == {"url": "https://b.example/bloqit", "enabledEvents": ["rent.created"], "secret": "Y2No6tuPrX"}


def test_asking_raises_what_went_wrong() -> None:
    for scripted, error in (
        (httpx.ConnectError(""), NotSentError),
        (httpx.ReadTimeout(""), LostAnswerError),
        (reply(403), ForbiddenError),
        (reply(200), BadBodyError),
    ):
        with pytest.raises(error):
            _client(Remote(scripted)).ask("bloqit.rents.get", {"rentID": "1"})
    with pytest.raises(BadParametersError, match=r"no operation is called 'bloqit\.rents\.love'"):
        _client(Remote()).ask("bloqit.rents.love", {})


def test_the_only_dates_without_a_zone_are_in_utc() -> None:
    parameters = {"state": "expired", "from": "2024-04-01T12:00:00.5+02:00", "until": "2024-04-02T12:00:00Z"}
    query = dict(build(BLOQIT["bloqit.rents.list_reached"], parameters).query)
    assert (query["from"], query["until"]) == ("2024-04-01T10:00:00", "2024-04-02T12:00:00")  # A19
