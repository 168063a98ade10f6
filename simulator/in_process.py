"""A world without a socket: httpx transports that hand a request to the application in this process.

May not know a vendor. Non-obvious choice: the blocking transport runs its own event loop in a thread of its own, so that it also
works where a loop is running already (a notebook, an async test).
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import httpx
from starlette.applications import Starlette

HOST = "http://simulator"
"""Any host would do: nothing is resolved."""


class InProcess(httpx.BaseTransport):
    """For `httpx.Client(transport=...)`.

    Args:
        app: What `create_app` made.
    """

    def __init__(self, app: Starlette) -> None:
        self._inner = httpx.ASGITransport(app)
        self._loop = ThreadPoolExecutor(max_workers=1, thread_name_prefix="simulator-in-process")

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request."""
        return self._loop.submit(asyncio.run, self._answered(request)).result()

    def close(self) -> None:
        """Nothing: a client that is left closes its transport, and the world goes on for the next one. `stop` ends it."""

    def stop(self) -> None:
        """End the thread."""
        self._loop.shutdown()

    async def _answered(self, request: httpx.Request) -> httpx.Response:
        content = request.read()
        inner = httpx.Request(request.method, request.url, headers=request.headers, content=content)
        response = await self._inner.handle_async_request(inner)
        return httpx.Response(response.status_code, headers=response.headers, content=await response.aread())


def async_in_process(app: Starlette) -> httpx.AsyncBaseTransport:
    """For `httpx.AsyncClient(transport=...)`.

    Args:
        app: What `create_app` made.
    """
    return httpx.ASGITransport(app)
