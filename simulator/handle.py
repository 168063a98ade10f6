"""A handle on a pretend world, for tests: transports, credentials, the clock, what was recorded and what was sent.

May not decide anything: it passes on. Non-obvious choice: webhooks are caught in `sent` instead of leaving, on sockets too: a
test looks at what would have been told, and hands it to whom it likes.
"""

import re
from collections.abc import Generator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx

from .app import create_app
from .clock import Clock
from .in_process import HOST, AsyncInProcess, InProcess
from .mail import Delivery
from .record import Record
from .serve import served
from .settings import Settings
from .words import JsonObject, RefusedError
from .world import World

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
"""Where the clock of a fresh world stands."""

APIS = ("bloqit", "blink", "logistics", "sim")
LONGEST = 1e15
"""Seconds that can be written as a number."""

UNITS: Mapping[str, float] = {"s": 1, "min": 60, "m": 60, "h": 3600, "d": 86_400}


def seconds_of(duration: str | float) -> float:
    """`90s`, `5min`, `3h`, `2d` or a number of seconds, as seconds.

    Raises:
        ValueError: It is none of these.
    """
    found = re.fullmatch(r"([0-9]{1,15}(?:\.[0-9]{1,15})?) ?(s|min|m|h|d)", str(duration))
    if found is not None:
        return float(found[1]) * UNITS[found[2]]
    if isinstance(duration, int | float) and not isinstance(duration, bool) and 0 <= duration < LONGEST:
        return float(duration)
    raise ValueError(f"a duration is a number with s, min, h or d, as in '3h', got {duration!r}")


@dataclass(slots=True)
class Handle:
    """A world that stands still.

    Attributes:
        world: The world itself, for what is not here.
        sent: Every webhook that left, in order; `settle` makes those leave that wait.
        urls: Base URLs for the transports.
        transport: For `httpx.Client(transport=...)`, and for any client of ours.
        async_transport: For `httpx.AsyncClient(transport=...)`.
    """

    world: World
    sent: list[Delivery]
    transport: InProcess
    async_transport: httpx.AsyncBaseTransport
    urls: Mapping[str, str] = field(default_factory=lambda: {name: f"{HOST}/{name}" for name in APIS})

    @classmethod
    @contextmanager
    def fresh(cls, settings: Settings | None = None, *, at: datetime = START) -> Generator["Handle"]:
        """A handle on a fresh world.

        Args:
            settings: Credentials and policies.
            at: Where its clock stands.
        """
        sent: list[Delivery] = []

        def catch(delivery: Delivery) -> int:
            sent.append(delivery)
            return 200

        world = World(clock=Clock(frozen_at=at), settings=settings, sender=catch)
        app = create_app(world)
        transport = InProcess(app)
        try:
            yield cls(world, sent, transport, AsyncInProcess(transport))
        finally:
            world.faults.release()  # a held answer would hold the end too
            transport.stop()

    @property
    def now(self) -> datetime:
        """The virtual instant."""
        return self.world.clock.now()

    @property
    def record(self) -> Record:
        """What really happened, in order."""
        return self.world.record

    @property
    def settings(self) -> Settings:
        """Credentials and policies."""
        return self.world.settings

    def advance(self, duration: str | float) -> None:
        """Go on, as `advance("3h")`; what is due happens, each at its instant.

        Raises:
            ValueError: It is no duration, or one that leads off the calendar.
        """
        with self.world.lock:
            try:
                self.world.clock.advance(seconds_of(duration))
            except RefusedError as error:
                raise ValueError(str(error)) from error
            self.world.tick()

    def settle(self) -> JsonObject:
        """Let the webhooks leave that wait."""
        return self.world.mail.settle()

    def change(self, **settings: object) -> None:
        """Replace settings, as `change(update_answer="envelope")`; `PUT /sim/settings` is the same over HTTP.

        Raises:
            ValueError: There is no such setting, or it cannot have this value.
        """
        self._tell("PUT", "/sim/settings", settings)

    def furnish(self, **plan: object) -> None:
        """Add to the world, as `furnish(bloqs=[{"lockers": ["S", "M"]}])`; `POST /sim/world` is the same over HTTP.

        Args:
            plan: What a world file says: `bloqs`, `branches`, `products`, `customers`, `diners`, `default`.

        Raises:
            ValueError: There is no such thing, or it cannot be so; the message says what was found and what would be right.
        """
        self._tell("POST", "/sim/world", plan)

    def _tell(self, method: str, path: str, body: Mapping[str, object]) -> None:
        with httpx.Client(transport=self.transport, base_url=HOST) as client:
            answer = client.request(method, path, json=body)
        if answer.is_error:
            raise ValueError(answer.json()["message"])

    def served(self) -> AbstractContextManager[Mapping[str, str]]:
        """The world on real sockets, until the block is left; yields URLs and credentials."""
        return served(self.world)
