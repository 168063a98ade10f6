"""How the kit reaches a system: the `Driver` protocol, and the two drivers that are ready, HTTP and ASGI in this process.

May not know an operation nor judge an answer. Non-obvious choice: an ASGI application is called as what it is, a coroutine, on
one event loop of the driver's own; httpx in between would cost four times what the application itself takes.
"""

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol, Self, TypeAlias
from urllib.parse import quote, urlencode, urlsplit

import httpx

from ..adapters.operation import Reply, Request
from ..adapters.sender import Exchange, Lost, Sender

Message: TypeAlias = MutableMapping[str, Any]
Application: TypeAlias = Callable[
    [Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]
]
"""An ASGI application."""

MOST_AT_ONCE = 32
"""Requests that are under way together at most."""


LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class Driver(Protocol):
    """A system under test. Ten lines make one of anything that can answer a request."""

    @property
    def workers(self) -> int:
        """How many threads may call `send` at a time; 1 for what is not safe for more."""
        ...

    def send(self, request: Request) -> Exchange:
        """Send a request; its path is relative to the API's base, or begins at the server's root where it starts with `//`."""
        ...

    def together(self, requests: Sequence[Request]) -> list[Exchange]:
        """Send requests at the same instant, as nearly as can be; their exchanges in the same order."""
        ...

    def wait(self, seconds: float) -> None:
        """Let the system work for so many seconds of real time."""
        ...


def rooted(path: str) -> str:
    """A path that begins at the server's root."""
    return f"/{path}" if path.startswith("/") else path


class HttpDriver:
    """A server at a base URL.

    Args:
        base_url: Up to and including `/api/v1/public`, or whatever the server has instead.
        api_key: Value of `X-API-KEY` (B:11).
        workers: Threads that send at a time.

    Raises:
        BadSettingsError: The URL or the key cannot be used.
    """

    def __init__(self, base_url: str, api_key: str, *, workers: int = 4) -> None:
        limits = httpx.Limits(max_connections=MOST_AT_ONCE, max_keepalive_connections=MOST_AT_ONCE)
        timeouts = httpx.Timeout(connect=5.0, read=20.0, write=10.0, pool=20.0)
        headers = {"X-API-KEY": api_key} if api_key else {}
        self._base = base_url.rstrip("/")
        self._api = Sender(base_url.rstrip("/"), headers=headers, limits=limits, timeouts=timeouts)
        parts = urlsplit(base_url)
        self._root = Sender(f"{parts.scheme}://{parts.netloc}", limits=limits, timeouts=timeouts)
        self._pool = ThreadPoolExecutor(MOST_AT_ONCE, thread_name_prefix="parcelflow-conform")
        self.workers = workers
        self.reaches_us = parts.hostname in LOOPBACK

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give threads and connections back."""
        self._pool.shutdown(wait=True)
        self._api.close()
        self._root.close()

    def send(self, request: Request) -> Exchange:
        """Send a request and wait for its answer."""
        if request.path.startswith("//"):
            return self._root.send(_moved(request, request.path[1:]))
        return self._api.send(request)

    def with_key(self, key: str, request: Request) -> Exchange:
        """Send a request with another key, or with none."""
        with Sender(self._base, headers={"X-API-KEY": key} if key else {}) as sender:
            return sender.send(request)

    def together(self, requests: Sequence[Request]) -> list[Exchange]:
        """Send them from as many threads."""
        return list(self._pool.map(self.send, requests))

    def wait(self, seconds: float) -> None:
        """Wait."""
        threading.Event().wait(seconds)


def _moved(request: Request, path: str) -> Request:
    return Request(method=request.method, path=path, query=request.query, body=request.body, kept=request.kept)


class AsgiDriver:
    """An ASGI application in this process.

    Args:
        app: The application.
        base_path: Where the API begins in it, as `/bloqit`.
        api_key: Value of `X-API-KEY` (B:11).
    """

    workers = 1

    def __init__(self, app: Application, *, base_path: str = "", api_key: str = "") -> None:
        self._app = app
        self._base = base_path.rstrip("/")
        self._headers = [(b"content-type", b"application/json"), (b"accept", b"application/json"), (b"host", b"conform")]
        if api_key:
            self._headers.append((b"x-api-key", api_key.encode()))
        self._loop = asyncio.new_event_loop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the event loop."""
        self._loop.close()

    def send(self, request: Request) -> Exchange:
        """Call the application."""
        return self._loop.run_until_complete(self._called(request))

    def with_key(self, key: str, request: Request) -> Exchange:
        """Call it with another key, or with none."""
        other = AsgiDriver(self._app, base_path=self._base, api_key=key)
        with other:
            return other.send(request)

    def together(self, requests: Sequence[Request]) -> list[Exchange]:
        """Call it with all of them on one loop."""

        async def all_of_them() -> list[Exchange]:
            return list(await asyncio.gather(*map(self._called, requests)))

        return self._loop.run_until_complete(all_of_them())

    def wait(self, seconds: float) -> None:
        """Let the loop run."""
        self._loop.run_until_complete(asyncio.sleep(min(seconds, 0.01)))

    async def _called(self, request: Request) -> Exchange:
        path = request.path[1:] if request.path.startswith("//") else self._base + request.path
        told: list[Message] = []
        waiting: list[Message] = [{"type": "http.request", "body": request.body or b"", "more_body": False}]

        async def receive() -> Message:
            return waiting.pop() if waiting else {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            told.append(message)

        try:
            await self._app(self._scope(request, path), receive, send)
        except Exception as error:  # noqa: BLE001 - whatever a foreign application raises is its answer: a server would say 500
            return Reply(500, {}, json.dumps({"code": type(error).__name__, "message": "raised by the application"}).encode())
        if not told:
            return Lost("the outcome is unknown: the application ended without an answer")
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in told[0].get("headers", ())}
        return Reply(told[0]["status"], headers, b"".join(message.get("body", b"") for message in told[1:]))

    def _scope(self, request: Request, path: str) -> Message:
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": request.method,
            "scheme": "http",
            "path": path,
            "raw_path": quote(path, safe="/%").encode(),
            "query_string": urlencode(request.query).encode(),
            "root_path": "",
            "headers": list(self._headers),
            "client": ("127.0.0.1", 1),
            "server": ("conform", 80),
        }
