"""A mailbox on loopback: where a server that can reach this machine posts the webhooks of a run.

May not judge. Non-obvious choice: the sender is answered before anything is looked at, and the rent is read the moment after:
what a webhook tells has to be readable by whoever hears it (B:3519), and a receiver that looks first would give a slow server
time to catch up.
"""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic
from typing import Any, Self

from ..adapters.tolerant import object_of, text_of

SECRET = "conform-secret-of-one-run"  # noqa: S105 - signs nothing but a run's own webhooks
LARGEST = 1 << 20
"""Bytes of a webhook at most."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One webhook as it came.

    Attributes:
        path: Where it was posted.
        headers: All of them.
        raw: The body.
        body: The body as JSON, empty where it is no object.
        readable: States that its rent had listed when it came; None where nobody looked.
    """

    path: str
    headers: Mapping[str, str]
    raw: bytes
    body: Mapping[str, Any]
    readable: frozenset[str] | None = None


@dataclass
class Mailbox:
    """Collects webhooks.

    Args:
        look: Reads the states of a rent, by its id; called for every letter that names one.
    """

    look: Callable[[str], frozenset[str] | None]
    letters: list[Letter] = field(default_factory=list[Letter])
    last: float = 0.0
    _server: ThreadingHTTPServer | None = None

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), name="parcelflow-mailbox", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    def url(self, path: str) -> str:
        """An address of it."""
        assert self._server is not None  # noqa: S101 - it was entered
        return f"http://127.0.0.1:{self._server.server_port}{path}"

    def at(self, path: str) -> list[Letter]:
        """What was posted to a path, in the order in which it came."""
        return [letter for letter in list(self.letters) if letter.path == path]

    def quiet(self, wait: Callable[[float], None], *, for_seconds: float = 0.5, most: float = 5.0) -> None:
        """Wait until nothing has come for a while."""
        began = self.last = max(self.last, monotonic())
        while monotonic() - self.last < for_seconds and monotonic() - began < most:
            wait(0.05)

    def _took(self, path: str, headers: Mapping[str, str], raw: bytes) -> None:
        body = _object(raw)
        rent_id = id_in(body.get("rent"))
        readable = self.look(rent_id) if rent_id else None
        self.letters.append(Letter(path, headers, raw, body, readable))
        self.last = monotonic()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        took = self._took

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                raw = self.rfile.read(min(int(self.headers.get("Content-Length", "0")), LARGEST))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()
                self.wfile.flush()
                took(self.path, dict(self.headers), raw)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
                """Nothing: a mailbox is quiet."""

        return Handler


def id_in(value: object) -> str:
    """The id of what is an id or an object (A17), empty for neither."""
    told = object_of(value)
    return text_of(told.get("_id") or told.get("id")) or text_of(value) or ""


def _object(raw: bytes) -> Mapping[str, Any]:
    try:
        told = json.loads(raw)
    except ValueError:
        return {}
    return object_of(told)
