"""Webhooks on their way out: one queue, one delivery at a time, one attempt each.

May not change the world: a delivery is queued after the state it tells of has changed. Non-obvious choice: without a worker
nothing leaves by itself and `settle` delivers on the caller's thread, so that an in-process test needs no thread at all.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from threading import Condition, RLock
from types import TracebackType
from typing import Self, TypeAlias

import httpx

from .agenda import Due
from .background import Background
from .clock import Clock
from .words import JsonObject, iso

FIRST_FAILURE = 300
"""Lowest HTTP status that is not an acceptance; redirects are not followed."""


class UndeliverableError(Exception):
    """Nobody answered, or not in time."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One request to a partner. `cut_off` is in real seconds; `event` is for the log and for tests."""

    event: str
    url: str
    body: bytes
    headers: Mapping[str, str]
    cut_off: float

    def view(self) -> JsonObject:
        """As `GET /sim/webhooks/captured` shows it, to be replayed byte by byte."""
        headers: JsonObject = {**self.headers}
        return {"event": self.event, "url": self.url, "body": self.body.decode(), "headers": headers, "cutOff": self.cut_off}


Sender: TypeAlias = Callable[[Delivery], int]
"""Delivers and answers the HTTP status, or raises `UndeliverableError`."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What became of one delivery. `status` is 0 when there was no answer."""

    event: str
    url: str
    at: datetime
    status: int
    error: str

    def view(self) -> JsonObject:
        """As `GET /sim/webhooks/log` shows it."""
        told: JsonObject = {"event": self.event, "url": self.url, "at": iso(self.at)}
        return told | ({"error": self.error} if self.error else {"status": self.status})


Asker: TypeAlias = Callable[[Delivery], tuple[int, bytes]]
"""As `Sender`, but answers the body too."""


class HttpSender:
    """Sends over real sockets. Use as a context manager.

    Connections are not kept: a receiver that restarts between two events must not meet a stale one. The cut-off is for all of an
    answer together: a partner that sends a byte now and then has not answered in time.
    """

    def __init__(self) -> None:
        self._background = Background("simulator-sender")
        self._client = httpx.AsyncClient(trust_env=False, timeout=None, limits=httpx.Limits(max_keepalive_connections=0))  # noqa: S113 - `_post` has one for everything

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._background.begin(self._client.aclose()).result()
        self._background.stop()

    def __call__(self, delivery: Delivery) -> int:
        """Post it once.

        Raises:
            UndeliverableError: On a bad URL, a refused connection or a late answer.
        """
        return self.ask(delivery)[0]

    def ask(self, delivery: Delivery) -> tuple[int, bytes]:
        """As a call, with the body of the answer."""
        try:
            answer = self._background.begin(self._post(delivery)).result()
        except TimeoutError as error:
            raise UndeliverableError(f"no complete answer in {delivery.cut_off:g} seconds") from error
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:  # the last: host names that IDNA refuses
            raise UndeliverableError(f"{type(error).__name__}: {error}") from error
        return answer.status_code, answer.content

    async def _post(self, delivery: Delivery) -> httpx.Response:
        async with asyncio.timeout(delivery.cut_off):
            return await self._client.post(delivery.url, content=delivery.body, headers=dict(delivery.headers))


@dataclass(slots=True)
class Lab:
    """Mischief for the next deliveries: how many to drop, to send twice, and to hold back and send in reverse order.

    The next `delayed` of them leave `delay` virtual seconds later than they should.
    """

    drop: int = 0
    duplicate: int = 0
    reorder: int = 0
    delay: float = 0.0
    delayed: int = 0


class Mail:
    """The outgoing queue.

    Args:
        lock: The world's lock; the queue is part of the world's state.
        clock: For the log.
        sender: Replaces real sockets, for tests.
    """

    def __init__(self, lock: RLock, clock: Clock, *, sender: Sender | None = None) -> None:
        self.changed = Condition(lock)
        self.lab = Lab()
        self.log: list[Attempt] = []
        self.captured: list[Delivery] = []
        self.staffed = False
        self._clock = clock
        self._sender = sender
        self._queue: deque[Delivery] = deque()
        self._held: list[Delivery] = []
        self._late: list[tuple[datetime, list[Delivery]]] = []
        self._busy = False

    def post(self, delivery: Delivery) -> None:
        """Queue a delivery, unless the lab is up to something."""
        with self.changed:
            if self.lab.drop:
                self.lab.drop -= 1
                self._note(delivery, error="dropped by the lab")
                return
            copies = [delivery]
            if self.lab.duplicate:
                self.lab.duplicate -= 1
                copies.append(delivery)
            if self.lab.delayed:
                self.lab.delayed -= 1
                self._late.append((self._clock.now() + timedelta(seconds=self.lab.delay), copies))
                copies = []
            elif self.lab.reorder:
                self._held.extend(copies)
                self.lab.reorder -= 1
                copies = self._release() if not self.lab.reorder else []
            self._queue.extend(copies)
            self.changed.notify_all()

    def dues(self) -> Iterator[Due]:
        """What leaves later, and when."""
        for number, (at, copies) in enumerate(self._late):
            yield Due(at, 9, f"{number:09}", partial(self._leave, at, copies))

    def _leave(self, at: datetime, copies: list[Delivery]) -> None:
        self._late.remove((at, copies))
        self._queue.extend(copies)

    @property
    def queued(self) -> bool:
        """Whether a delivery could start now."""
        with self.changed:
            return bool(self._queue)

    @property
    def waiting(self) -> int:
        """Deliveries that are queued, held back or under way."""
        with self.changed:
            return len(self._queue) + len(self._held) + self._busy

    def connect(self) -> AbstractContextManager[Sender]:
        """A sender to deliver with, closed on leaving."""
        return HttpSender() if self._sender is None else nullcontext(self._sender)

    def deliver(self, send: Sender) -> bool:
        """Deliver the next one, outside the lock, because the receiver may call back while it answers.

        Returns:
            Whether there was one.
        """
        with self.changed:
            if not self._queue:
                return False
            delivery = self._queue.popleft()
            self._busy = True
            self.captured.append(delivery)
        status, error = 0, "the sender failed"
        try:
            status, error = send(delivery), ""
        except UndeliverableError as undeliverable:
            error = str(undeliverable)
        finally:
            with self.changed:
                self._busy = False
                self._note(delivery, status=status, error=error)
                self.changed.notify_all()
        return True

    def settle(self) -> JsonObject:
        """Return when nothing is waiting: deliver what is queued, or wait for the worker that does.

        Returns:
            How many were ever delivered, how many failed, and how many still wait: for the clock, or for a worker that stopped.
        """
        with self.changed:
            self.lab.reorder = 0
            self._queue.extend(self._release())
            self.changed.notify_all()
            self.changed.wait_for(lambda: not self.staffed or not self.waiting)
            alone = not self.staffed
        if alone:
            with self.connect() as send:
                while self.deliver(send):
                    pass
        with self.changed:
            failed = sum(bool(attempt.error) or attempt.status >= FIRST_FAILURE for attempt in self.log)
            return {"delivered": len(self.log) - failed, "failed": failed, "waiting": self.waiting + len(self._late)}

    def staff(self, *, present: bool) -> None:
        """Say whether a worker delivers."""
        with self.changed:
            self.staffed = present
            self.changed.notify_all()

    def _release(self) -> list[Delivery]:
        held, self._held = self._held[::-1], []
        return held

    def _note(self, delivery: Delivery, *, status: int = 0, error: str = "") -> None:
        self.log.append(Attempt(delivery.event, delivery.url, self._clock.now(), status, error))
