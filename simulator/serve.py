"""The simulator on a real socket, in the foreground or in a thread.

May not write to stdout, which belongs to the console. Non-obvious choice: the socket is bound and listening before anybody is
told its address, so that a client that connects at once waits in the backlog and is never refused.
"""

import socket
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from threading import Event, Thread

import uvicorn

from .app import create_app
from .world import World

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


def serve(*, host: str, port: int, world: World, announce: Callable[[Mapping[str, str]], None]) -> None:
    """Serve a world until the process is interrupted.

    Args:
        host: Address to bind; loopback, because the credentials are public.
        port: Port to bind; 0 for a free one.
        world: What to serve.
        announce: Told once, when the socket listens: the base URLs and the credentials.

    Raises:
        OSError: When the address cannot be bound.
    """
    with _listening(host, port) as listener:
        announce(_addresses(listener, world))
        _server(world).run(sockets=[listener])


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


def _server(world: World) -> _Server:
    # Fixed to what is installed with uvicorn itself: "auto" would pick up whatever else lies in the environment.
    config = uvicorn.Config(
        create_app(world), lifespan="on", log_config=None, access_log=False, loop="asyncio", http="h11", ws="none"
    )
    return _Server(config, world)


@contextmanager
def _listening(host: str, port: int) -> Generator[socket.socket, None, None]:
    with socket.create_server((host, port), backlog=BACKLOG) as listener:
        # asyncio does so itself only for sockets whose protocol is spelled out, which these are not; without it every second
        # small answer waits 40 ms for the acknowledgement of the first (Nagle's algorithm against delayed ones).
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield listener


def _addresses(listener: socket.socket, world: World) -> Mapping[str, str]:
    host, port = listener.getsockname()[:2]
    settings = world.settings
    return {name: f"http://{host}:{port}/{name}" for name in ("bloqit", "blink", "logistics", "sim")} | {
        "bloqit_api_key": settings.bloqit_api_key,
        "blink_username": settings.blink_username,
        "blink_password": settings.blink_password,
        "logistics_token": settings.logistics_token,
    }
