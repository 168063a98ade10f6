"""A fuzzer believes the OpenAPI documents: whatever it sends, no answer is a 500, and each is one that the document promises."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any, cast

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import checks

from parcelflow.simulator import FIRST_BLOQ, World
from parcelflow.simulator.openapi import APIS, document

fuzzer: Any = schemathesis  # its types lean on packages that it does without, and are of no use to a checker
judge: Any = checks

Ask = Callable[..., httpx.Response]
Fuzz = Callable[[str, str, int], Counter[int]]

PROMISES = ("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance")
"""What each answer has to keep. The other checks ask for more than a vendor promises: no document says what is too much."""

YEARS = st.datetimes(datetime(1971, 1, 1), datetime(8999, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - the strategy adds it
fuzzer.openapi.format("date-time", YEARS.map(datetime.isoformat))

DOCUMENTS: Mapping[str, Any] = {api: document(api) for api in APIS}
OPERATIONS = [
    (api, f"{method.upper()} {path}") for api in APIS for path, methods in DOCUMENTS[api]["paths"].items() for method in methods
]
SHORT, LONG = 12, 150
"""Requests to one operation, by `make test` and by `make soak`."""

DELIVER, STORE, SEND_BACK = (
    "POST /bloqit/deliveries?lockerID={locker}",
    "POST /bloqit/stores?lockerID={locker}",
    "POST /bloqit/returns",
)
MAKE, CLOSE = "PUT /bloqit/deliveries/{rent}/make", "PUT /bloqit/rent-sims/{rent}/lockers/close"
LIVES = (
    (DELIVER, MAKE, CLOSE, "POST /sim/clock/advance"),
    (DELIVER, "PUT /bloqit/deliveries/{rent}/ready-for-pickup"),
    (DELIVER, MAKE, CLOSE, "PUT /bloqit/rents/{rent}/cancel"),
    (STORE, CLOSE),
    (SEND_BACK,),
    (DELIVER, MAKE),
    (DELIVER, MAKE, CLOSE),
)
"""What has happened to one rent for each active locker of both bloqs; the first one expires, and the return has no locker yet."""

PRODUCT = {"id": "1", "sku": "1", "name": "Tea", "is_active": True, "price": 1, "category": {"id": "1", "name": "Drinks"}}
TASK = dict.fromkeys(("mappingKey", "mappingCode", "mappingBranchId", "customerName", "customerAddress", "lat", "lng"), "1") | {
    "customerPhone": "923001234567",
    "paymentType": "COD",
    "pickUpTime": "2026-03-01T12:00:00Z",
    "deliveryTime": "2026-03-01T13:00:00Z",
    "type": 1,
}


@cache
def _operations(api: str) -> Mapping[str, Any]:
    judge.load_all_checks()
    schema = fuzzer.openapi.from_dict(DOCUMENTS[api])
    return {found.ok().label: found.ok() for found in schema.get_all_operations()}


def _inhabit(ask: Ask, world: World) -> list[dict[str, Any]]:
    """Let some things exist; answers them by the names by which requests name them, around one rent each."""

    def make(line: str, **body: object) -> str:
        answer = ask(line, json=body)
        assert answer.is_success, answer.text
        return str(answer.json().get("_id", ""))

    make("PUT /sim/settings", location_ids=True)
    make("POST /sim/blink/orders", blink_order_id="1")
    make("POST /blink/interface/v1/importMenu", products=[PRODUCT])
    make("POST /logistics/api/client/task", **TASK)
    (task,) = world.logistics.tasks
    same = dict.fromkeys(("external", "externalID", "mappingKey", "blink_order_id", "id"), "1") | {
        "location": make("POST /bloqit/bloq-locations", address="1", latitude=1, longitude=1, externalID="1"),
        "customerID": (customer := make("POST /bloqit/customers", name="1")),
        "customer": customer,
        "hook": make("POST /bloqit/webhooks", url="http://127.0.0.1/", enabledEvents=["*"]),
        "taskId": task,
        "username": world.settings.blink_username,
        "password": world.settings.blink_password,
    }
    lockers = [(bloq.id, locker.id) for bloq in world.bloqit.bloqs.values() for locker in bloq.lockers if locker.active]
    spare = lockers[LIVES.index((SEND_BACK,))][1]
    known: list[dict[str, Any]] = []
    for (bloq, locker), (first, *then) in zip(lockers, LIVES, strict=True):
        rent = make(first.format(locker=locker), externalID="1", collectTimeLimit=24)
        for line in then:
            make(line.format(rent=rent), seconds=7 * 24 * 3600)
        free = {"bloqID": FIRST_BLOQ, "lockerID": spare, "lockers": [spare], "lockerType": "S"}
        known.append({**same, **free, "bloq": bloq, "locker": locker, "rent": rent, "rentID": rent})
    return known


def _introduce(sent: Any, known: Mapping[str, Any]) -> None:
    """Replace what a request names by what exists."""
    for name, value in _inside(sent):
        if name in known:
            sent[name] = known[str(name)]
        else:
            _introduce(value, known)


def _inside(sent: Any) -> list[tuple[str | int, Any]]:
    pairs: list[tuple[str | int, Any]] = []
    match sent:
        case dict():
            pairs.extend(cast("dict[str, Any]", sent).items())
        case list():
            pairs.extend(enumerate(cast("list[Any]", sent)))
        case _:
            pass
    return pairs


def _requests(operation: Any) -> st.SearchStrategy[Any]:
    """What the document allows, and what it does not."""
    good, bad = (operation.as_strategy(mode) for mode in fuzzer.GenerationMode)
    return good | bad


def _send(ask: Ask, case: Any, *, headers: Mapping[str, str]) -> httpx.Response:
    """By our own hand, because the fuzzer's would start the application's worker anew for each request."""
    api = APIS[case.operation.definition.raw["x-operation"].partition(".")[0]]
    sent = requests.Request(**case.as_transport_kwargs(base_url=f"http://sim{api.prefixes[0]}")).prepare()
    body = {"content": sent.body} if sent.body else {}
    return ask(f"{sent.method} {sent.url}", headers=dict(sent.headers) | dict(headers), **body)


@pytest.fixture
def fuzz(ask: Ask, world: World, credentials: Callable[[str], dict[str, str]]) -> Fuzz:
    """`fuzz("bloqit", "GET /bloqs", 15)`: so many requests, about half of them about things that exist; which answers came."""
    known = _inhabit(ask, world)

    def fuzz(api: str, label: str, examples: int) -> Counter[int]:
        operation, seen = _operations(api)[label], Counter[int]()
        promises = [judge.CHECKS.get_one(name) for name in PROMISES]

        @settings(
            max_examples=examples,
            derandomize=True,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
        )
        @given(case=_requests(operation), known=st.sampled_from([*known, *({} for _ in known)]))
        def once(case: Any, known: Mapping[str, Any]) -> None:
            for sent in (case.path_parameters, case.query, case.body):
                _introduce(sent, known)
            answer = _send(ask, case, headers=credentials(api))
            seen[answer.status_code] += 1
            case.validate_response(answer, checks=promises)

        once()
        return seen

    return fuzz


@pytest.mark.parametrize(("api", "label"), OPERATIONS)
def test_whatever_is_sent_an_operation_answers_as_its_document_promises(fuzz: Fuzz, api: str, label: str) -> None:
    assert 500 not in fuzz(api, label, SHORT)


@pytest.mark.soak
@pytest.mark.parametrize(("api", "label"), OPERATIONS)
def test_a_long_run_of_the_fuzzer_finds_no_broken_promise(fuzz: Fuzz, api: str, label: str) -> None:
    seen = fuzz(api, label, LONG)

    assert 500 not in seen
    print(f"\n{label}: {seen.total()} requests,", ", ".join(f"{count} x {status}" for status, count in sorted(seen.items())))
