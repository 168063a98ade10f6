"""The switch before the routes: whatever is asked for, it is answered as if every route had been tried."""

import asyncio
from collections.abc import Callable, Iterable, MutableMapping
from typing import Any

import pytest
from killing import Mutant, dies
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route, Router

from parcelflow.simulator import World, create_app, switch
from parcelflow.simulator.switch import Switch

ODD = (
    "",
    "/",
    "//",
    "/rents",
    "/rents/",
    "/rents//finish",
    "/nothing",
    "/rents/1/nothing",
    "/a/b/c/d/e/f/g",
    "/rents/external/a/b/c",
)


def told(path: str) -> Route:
    """A route that answers with its own path and what stood in it."""

    async def answer(request: Request) -> PlainTextResponse:
        return PlainTextResponse(f"{path} {sorted(request.path_params.items())}")

    return Route(path, answer, methods=["PUT"] if path.endswith("finish") else ["GET"])


def answered(app: Any, method: str, path: str) -> tuple[int, bytes]:
    """Status and body."""
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    scope: dict[str, Any] = {"type": "http", "method": method, "path": path, "root_path": "", "query_string": b"", "headers": []}
    asyncio.run(app(scope, receive, send))
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])


def paths(templates: Iterable[str]) -> list[str]:
    """What could be asked for: every template filled in, and with a slash more, and one segment more and less."""
    filled = [template.replace("{", "x").replace("}", "").replace(":path", "/y") for template in templates]
    return [
        *ODD,
        *filled,
        *(f"{path}/" for path in filled),
        *(f"{path}/z" for path in filled),
        *(path[: path.rfind("/")] for path in filled),
    ]


def all_are_answered_alike() -> None:
    mounted = [mount for mount in create_app(World()).routes if isinstance(mount, Mount) and mount.path in {"/bloqit", "/sim"}]
    assert len(mounted) == 2
    for mount in mounted:
        templates = list(dict.fromkeys(route.path for route in mount.routes if isinstance(route, Route)))
        assert len(templates) > 30
        routes = [told(template) for template in templates]
        quick, slow = Switch(routes), Router(routes, redirect_slashes=False)
        for path in paths(templates):
            for method in ("GET", "PUT"):
                assert answered(quick, method, path) == answered(slow, method, path), (method, path)


def test_all_are_answered_alike() -> None:
    all_are_answered_alike()


def nothing_is_wide(path: str) -> tuple[int, str]:
    return path.count("/"), path.rpartition("/")[2]


def no_length(path: str) -> tuple[int, str]:
    return 0, path.rpartition("/")[2]


@pytest.mark.parametrize("wrong", [nothing_is_wide, no_length])
def test_the_mutant_is_noticed(wrong: Callable[[str], tuple[int, str]]) -> None:
    assert dies(Mutant(switch, "_shape", wrong, all_are_answered_alike))
