"""The OpenAPI documents: valid, complete, shown, and what the simulator does when a machine believes them."""

import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from openapi_spec_validator import validate
from starlette.routing import Mount, Route

from parcelflow.simulator import World, create_app

Ask = Callable[..., httpx.Response]

APIS = ("bloqit", "blink", "logistics")


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
