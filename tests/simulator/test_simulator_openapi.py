"""The OpenAPI documents: valid, complete, shown, and what the simulator does when a machine believes them."""

import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import httpx
import pytest
from openapi_spec_validator import validate
from starlette.datastructures import QueryParams
from starlette.routing import Mount, Route

from parcelflow.simulator import FIRST_BLOQ, FIRST_LOCKER, World, create_app
from parcelflow.simulator.openapi import APIS
from parcelflow.simulator.web import Call, Operation
from parcelflow.simulator.words import RefusedError

Ask = Callable[..., httpx.Response]

VALUES: list[dict[str, str]] = [
    {},
    {"latitude": "1", "longitude": "1", "maxDistance": "1", "state": "created", "from": "2026-01-01", "until": "2026-01-01"},
    {"courierID": "1"},
]
"""Queries with which every operation reads on to its last parameter, whatever it refuses then."""


def _document(ask: Ask, api: str) -> dict[str, Any]:
    answer = ask(f"GET /sim/openapi/{api}.json", headers={})
    assert answer.status_code == 200
    return answer.json()


def _described(ask: Ask) -> set[str]:
    documents = (_document(ask, api) for api in APIS)
    return {
        f"{method.upper()} {server['url']}{path}"
        for document in documents
        for server in document["servers"]
        for path, methods in document["paths"].items()
        for method in methods
    }


@pytest.mark.parametrize("api", APIS)
def test_each_document_is_valid_by_a_judge_that_did_not_write_it(ask: Ask, api: str) -> None:
    document = _document(ask, api)

    validate(document)

    assert document["openapi"] == "3.1.0"


def test_an_api_that_nobody_knows_has_no_document(ask: Ask) -> None:
    assert ask("GET /sim/openapi/telepathy.json").status_code == 404


def test_every_route_is_in_a_document_and_the_other_way_round(ask: Ask, world: World) -> None:
    mounts = [mount for mount in create_app(world).routes if isinstance(mount, Mount) and mount.path != "/sim"]
    served = {
        f"{method} {mount.path}{route.path.replace(':path}', '}')}"
        for mount in mounts
        for route in mount.routes
        if isinstance(route, Route)
        for method in (route.methods or set[str]()) - {"HEAD"}
    }

    assert served == _described(ask)
    assert len(served) > 100


@pytest.mark.parametrize("api", APIS)
def test_every_operation_says_which_lines_of_the_document_it_comes_from(ask: Ask, api: str) -> None:
    letter = "B" if api == "bloqit" else "K"
    for methods in _document(ask, api)["paths"].values():
        for operation in methods.values():
            assert re.search(rf"\({letter}:\d+", operation["summary"]), operation["summary"]
            assert operation["x-operation"].startswith(f"{api}.")


@pytest.mark.parametrize("api", APIS)
def test_no_form_of_a_body_hides_a_shape_of_an_answer(ask: Ask, api: str) -> None:
    schemas = _document(ask, api)["components"]["schemas"]

    assert all("title" not in schemas[name] for name in _answered(_document(ask, api)))


def _answered(document: dict[str, Any]) -> set[str]:
    answers = [operation["responses"] for methods in document["paths"].values() for operation in methods.values()]
    return set(re.findall(r"#/components/schemas/(\w+)", str(answers)))


def test_the_page_shows_every_operation_and_loads_nothing_from_elsewhere(ask: Ask) -> None:
    answer = ask("GET /sim/docs", headers={})

    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.text.count("<summary><b>") == sum(
        len(methods) for api in APIS for methods in _document(ask, api)["paths"].values()
    )
    for name in ("lockerType", "maxDistance", "RentForm", "blink.menu.sync", "mappingKey", "X-API-KEY"):
        assert f"<code>{name}</code>" in answer.text
    assert not re.search(r"src=|url\(|@import|https?://|<script|<link", answer.text)


class _Reads(QueryParams):
    """A query string that remembers what was asked of it."""

    def __init__(self, **values: str) -> None:
        super().__init__(values)
        self.names = set[str]()

    def get(self, key: Any, default: Any = None) -> Any:
        self.names.add(str(key))
        return super().get(key, default)

    def getlist(self, key: Any) -> list[str]:
        self.names.add(str(key).removesuffix("[]"))
        return super().getlist(key)


def _said(operation: Operation) -> str:
    return f"{operation.name}-{operation.method}"


@pytest.mark.parametrize("operation", [operation for api in APIS.values() for operation in api.door.operations], ids=_said)
def test_an_operation_reads_exactly_the_parameters_that_its_document_names(
    ask: Ask, world: World, reach: Callable[[str], str], operation: Operation
) -> None:
    assert operation.contract is not None
    rent, read = reach("created"), set[str]()
    ask("POST /bloqit/bloq-locations", json={"address": "1", "latitude": 1, "longitude": 1})
    for path in ({}, {"bloq": FIRST_BLOQ, "locker": FIRST_LOCKER, "rent": rent, "external": "order-1"}):
        for query in VALUES:
            asked = _Reads(**query)
            with suppress(RefusedError, KeyError):
                operation.handler(world, Call(operation.name, path, asked, {"phoneNumber": "1"}))
            read |= asked.names

    assert read == {query.name for query in operation.contract.query}
