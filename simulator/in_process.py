"""A world without a socket: httpx transports that hand a request to the application in this process.

May not know a vendor. Non-obvious choice: requests run in an event loop of their own, many at a time, as on a server: one that is
held does not keep others waiting, and one whose client has lost patience goes on.
"""

import asyncio
from concurrent.futures import Future
from contextlib import suppress

import httpx
from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from .background import Background
from .web import DROP

HOST = "http://simulator"
"""Any host would do: nothing is resolved."""


class InProcess(httpx.BaseTransport):
    """For `httpx.Client(transport=...)`; a client's read timeout counts, in real seconds.

    Args:
        app: What `create_app` made.
    """

    def __init__(self, app: Starlette) -> None:
        self._app = app
        self._background = Background("simulator-in-process")

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request.

        Raises:
            httpx.ReadTimeout: The client has no patience left; the request goes on.
            httpx.RemoteProtocolError: A fault has dropped the connection.
        """
        future = self.begin(request, request.read())
        try:
            return future.result(patience(request))
        except TimeoutError as error:
            raise httpx.ReadTimeout("The read operation timed out", request=request) from error

    def begin(self, request: httpx.Request, content: bytes) -> "Future[httpx.Response]":
        """Start to answer."""
        return self._background.begin(self._answered(request, content))

    def close(self) -> None:
        """Nothing: a client that is left closes its transport, and the world goes on for the next one. `stop` ends it."""

    def stop(self) -> None:
        """End the thread; whatever is held has to be released before."""
        self._background.stop()

    async def _answered(self, request: httpx.Request, content: bytes) -> httpx.Response:
        dropped: list[bool] = []

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            await self._app({**scope, "extensions": {DROP: lambda: dropped.append(True)}}, receive, send)

        inner = httpx.Request(request.method, request.url, headers=request.headers, content=content)
        response = await httpx.ASGITransport(app).handle_async_request(inner)
        if dropped:
            raise httpx.RemoteProtocolError("Server disconnected without sending a response.", request=request)
        return httpx.Response(response.status_code, headers=response.headers, content=await response.aread())


class AsyncInProcess(httpx.AsyncBaseTransport):
    """For `httpx.AsyncClient(transport=...)`: the same, without blocking the caller's loop."""

    def __init__(self, inner: InProcess) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request; raises as `InProcess.handle_request` does."""
        loop = asyncio.get_running_loop()
        waiting: asyncio.Future[httpx.Response] = loop.create_future()

        def tell(done: "Future[httpx.Response]") -> None:
            with suppress(RuntimeError):  # a caller who went away has closed his loop
                loop.call_soon_threadsafe(_settle, waiting, done)

        # Not `asyncio.wrap_future`: a client that goes away must not undo what it asked for.
        self._inner.begin(request, await request.aread()).add_done_callback(tell)
        try:
            return await asyncio.wait_for(waiting, patience(request))
        except TimeoutError as error:
            raise httpx.ReadTimeout("The read operation timed out", request=request) from error


def patience(request: httpx.Request) -> float | None:
    """Real seconds for which a client waits for an answer; `None` for ever."""
    timeout = request.extensions.get("timeout", {})
    found = timeout.get("read")
    return None if found is None else float(found)


def _settle(waiting: "asyncio.Future[httpx.Response]", done: "Future[httpx.Response]") -> None:
    if waiting.done():
        return
    if error := done.exception():
        waiting.set_exception(error)
    else:
        waiting.set_result(done.result())
