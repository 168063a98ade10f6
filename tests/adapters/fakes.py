"""What the adapters' tests share: a remote that answers from a script, effects, and a way to post to the receiver.

May not patch anything: the remote is an httpx transport, given where a network would be. Non-obvious choice: it records what
really left the client, so a test compares bytes on the wire and not arguments of a call.
"""

import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import anyio
import httpx
from starlette.applications import Starlette

from parcelflow.machines import Effect

NOW = datetime(2024, 3, 26, 13, 30, tzinfo=UTC)
SAMPLES = Path(__file__).parent / "samples"
KEY = "kept-secret-0123456789"

Scripted = httpx.Response | Exception


def clock() -> datetime:
    return NOW


def sample(name: str) -> bytes:
    return (SAMPLES / f"{name}.json").read_bytes()


def reply(status: int = 200, body: object = None, **headers: str) -> httpx.Response:
    content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, content=content, headers=named)


class Remote:
    """Answers requests from a script, in order, and remembers them. A request beyond the script fails the test."""

    def __init__(self, *script: Scripted) -> None:
        self.script: Iterator[Scripted] = iter(script)
        self.requests: list[httpx.Request] = []
        self.transport = httpx.MockTransport(self._answer)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = next(self.script)
        if isinstance(answer, Exception):
            raise answer
        # A fresh one: a response that a test gives to several clients remembers who has read it.
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

    @property
    def lines(self) -> list[str]:
        """What was asked, as `METHOD /path?query`."""
        return [f"{request.method} {request.url.raw_path.decode()}" for request in self.requests]

    def body(self, index: int = 0) -> dict[str, Any]:
        """The JSON body of the request number `index`."""
        return json.loads(self.requests[index].content)


def effect(operation: str, trigger: str = "", **changed: object) -> Effect:
    """An effect of the rent R-1, with its attributes `changed`."""
    rent = "5f85c02704d61b14f47c78a0"
    usual = Effect(kind="delivery", case_key="R-1", remote_id=rent, operation=operation, trigger=trigger)
    return replace(usual, **changed)


def post(
    app: Starlette, path: str, content: bytes | Callable[[], AsyncIterator[bytes]], headers: Mapping[str, str] | None = None
) -> httpx.Response:
    """POST to an application in this process, as a server would hand it over."""

    async def once() -> httpx.Response:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://receiver") as client:
            body = content if isinstance(content, bytes) else content()
            return await client.post(path, content=body, headers=headers)

    return anyio.run(once)
