"""Web applications served by processes of their own, and what posts to them: for benchmarks that go over a socket.

May not judge. Non-obvious choice: signatures are made before the clock runs, since what they cost is the sender's.
"""

import json
import multiprocessing
import socket
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any, TypeAlias

import uvicorn
from starlette.applications import Starlette

from parcelflow.adapters.doors import BloqitDoor, Doors
from parcelflow.adapters.receiver import LARGEST_HEAD, receiver
from parcelflow.engine import Engine, RandomIds, SystemClock
from parcelflow.simulator.signing import sign

SECRET = "Y2No6tuPrX"  # noqa: S105 - the document's own sample (B:3565)
Signed: TypeAlias = tuple[bytes, dict[str, str]]
"""A body and its headers."""


def serve(app: Starlette, told: Connection) -> None:
    """Serve on a free port of loopback until terminated, and tell which."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        told.send(listener.getsockname()[1])
        config = uvicorn.Config(
            app, log_config=None, access_log=False, loop="asyncio", http="h11", h11_max_incomplete_event_size=LARGEST_HEAD
        )
        uvicorn.Server(config).run(sockets=[listener])


def receiving(engine: Engine, told: Connection) -> None:
    """Serve the receiver of Bloq.it's webhooks in front of an engine."""
    doors = Doors(bloqit=BloqitDoor(secrets=[SECRET]))
    serve(receiver(accept=engine.accept_all, clock=SystemClock().now, fresh_id=RandomIds().fresh, doors=doors), told)


@contextmanager
def process(served: Callable[..., None], *given: object) -> Generator[str]:
    """A process that serves, and its URL."""
    context = multiprocessing.get_context("spawn")
    hear, tell = context.Pipe(duplex=False)
    child = context.Process(target=served, args=(tell, *given))
    child.start()
    try:
        yield f"http://127.0.0.1:{hear.recv()}"
    finally:
        child.terminate()
        child.join()


def signed(name: str, rent: str, code_name: str) -> Signed:
    """A webhook as Bloq.it sends it, signed now.

    Args:
        name: The event's id.
        rent: The rent's id at Bloq.it.
        code_name: What happened.
    """
    event: dict[str, Any] = {"_id": name, "codeName": code_name, "rent": rent, "metadata": {}}
    body = json.dumps(event, separators=(",", ":")).encode()
    stamp = str(round(time.time() * 1000))
    return body, {"signature": sign(body, SECRET, timestamp=stamp), "timestamp": stamp}
