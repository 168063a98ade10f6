"""The simulator on a real socket, in the foreground or in a thread.

May not write to stdout, which belongs to the console. Non-obvious choice: the socket is bound and listening before anybody is
told its address, so that a client that connects at once waits in the backlog and is never refused.
"""

import asyncio
import socket
from collections.abc import Callable, Generator, Mapping
from contextlib import ExitStack, contextmanager
from threading import Event, Thread
from types import MappingProxyType

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from .app import create_app
from .web import DROP
from .world import World

NAMES = ("bloqit", "blink", "logistics", "sim")
"""What is served: three vendors and the control routes."""

PATIENCE = 10.0
"""Real seconds for the start of a served world."""

BACKLOG = 128
"""Connections that may wait to be accepted."""


class StartError(RuntimeError):
    """The server did not come up."""


class _Server(uvicorn.Server):
    """Says when it is up. Told from `main_loop`, because a stop asked for any earlier would skip the shutdown."""

    def __init__(self, config: uvicorn.Config, world: World) -> None:
        super().__init__(config)
        self.up = Event()
        self._world = world

    async def main_loop(self) -> None:
        self.up.set()
        await super().main_loop()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._world.faults.release()  # a held answer would hold the shutdown too
        await super().shutdown(sockets)


class _Protocol(H11Protocol):
    """Lets the application drop a connection, as a fault may ask for."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        app = self.app

        async def droppable(scope: Scope, receive: Receive, send: Send) -> None:
            await app({**scope, "extensions": {DROP: transport.abort}}, receive, send)

        self.app = droppable


class _Apart:
    """Sends what comes in at an API's own port to that API, whose paths then begin at the root, as at the vendor's own host."""

    def __init__(self, app: ASGIApp, names: Mapping[int, str]) -> None:
        self._app = app
        self._names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        name = self._names.get(scope["server"][1]) if scope["type"] == "http" else None
        whole = scope if name is None else {**scope, "path": f"/{name}{scope['path']}"}
        await self._app(whole, receive, send)


def serve(
    *,
    host: str,
    port: int,
    world: World,
    announce: Callable[[Mapping[str, str]], None],
    ports: Mapping[str, int] = MappingProxyType({}),
) -> None:
    """Serve a world until the process is interrupted.

    Args:
        host: Address to bind; loopback, because the credentials are public.
        port: Port to bind; 0 for a free one.
        world: What to serve.
        announce: Told once, when the sockets listen: the base URLs and the credentials.
        ports: Ports for single APIs by name (`bloqit`, `blink`, `logistics`, `sim`); the others share `port`.

    Raises:
        OSError: When an address cannot be bound.
    """
    with ExitStack() as stack:
        shared = stack.enter_context(_listening(host, port))
        own = {name: stack.enter_context(_listening(host, wanted)) for name, wanted in ports.items()}
        announce(_addresses(shared, world, own))
        names = {int(listener.getsockname()[1]): name for name, listener in own.items()}
        _server(world, names).run(sockets=[shared, *own.values()])


@contextmanager
def served(world: World, *, host: str = "127.0.0.1", port: int = 0) -> Generator[Mapping[str, str], None, None]:
    """Serve a world in a thread, and stop it on leaving; held answers are released then.

    Args:
        world: What to serve.
        host: Address to bind.
        port: Port to bind; 0 for a free one.

    Yields:
        The base URLs and the credentials, as `serve` announces them.

    Raises:
        OSError: When the address cannot be bound.
        StartError: When the server does not come up.
    """
    with _listening(host, port) as listener:
        server = _server(world)
        thread = Thread(target=server.run, kwargs={"sockets": [listener]}, name="simulator-server")
        thread.start()
        try:
            if not server.up.wait(PATIENCE):
                raise StartError("the simulator did not start")
            yield _addresses(listener, world)
        finally:
            server.should_exit = True
            thread.join()


def _server(world: World, names: Mapping[int, str] = MappingProxyType({})) -> _Server:
    # Fixed to what is installed with uvicorn itself: "auto" would pick up whatever else lies in the environment.
    config = uvicorn.Config(
        _Apart(create_app(world), names),
        lifespan="on",
        log_config=None,
        access_log=False,
        loop="asyncio",
        http=_Protocol,
        ws="none",
        date_header=False,  # it would be this machine's time, and the world has its own
    )
    return _Server(config, world)


@contextmanager
def _listening(host: str, port: int) -> Generator[socket.socket, None, None]:
    with socket.create_server((host, port), backlog=BACKLOG) as listener:
        # asyncio does so itself only for sockets whose protocol is spelled out, which these are not; without it every second
        # small answer waits 40 ms for the acknowledgement of the first (Nagle's algorithm against delayed ones).
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield listener


def _addresses(shared: socket.socket, world: World, own: Mapping[str, socket.socket] = MappingProxyType({})) -> Mapping[str, str]:
    settings = world.settings
    urls = {name: _url(own[name]) if name in own else f"{_url(shared)}/{name}" for name in NAMES}
    return urls | {
        "bloqit_api_key": settings.bloqit_api_key,
        "blink_username": settings.blink_username,
        "blink_password": settings.blink_password,
        "logistics_token": settings.logistics_token,
    }


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://{host}:{port}"
