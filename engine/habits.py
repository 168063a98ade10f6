"""Ports and habits: what an engine asks of the world, and how it goes about its work.

May not do anything. Non-obvious choice: what may be left out has what production uses, so that an engine needs a place,
machines and callers, and nothing else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from ..machines import Historian, Watchdog
from .driver import Driver
from .looks import Looks
from .manners import Manners
from .places import PATIENCE
from .points import Reach, unmarked
from .ports import Clock, Ids, RandomIds, SystemClock
from .vault import Sealing
from .wake import SWEEP
from .watch import Listener, Tracing, Watch


@dataclass(frozen=True, slots=True)
class Ports:
    """What the engine asks of the world, with what production uses."""

    clock: Clock = field(default_factory=SystemClock)
    ids: Ids = field(default_factory=RandomIds)
    reach: Reach = unmarked


@dataclass(frozen=True, slots=True)
class Habits:
    """How the engine goes about its work.

    Attributes:
        manners: How remotes are called.
        looks: When cases are looked at of which nothing is heard.
        driver: Carries the word that there is something to do; None for within this process.
        keep: How long what is personal of a case is kept once it has ended; None for ever.
        sealing: What is personal is sealed with it; None to keep it as it is.
        sweep: How often is looked although nobody gave the word. A safety net on one machine, and what finds the work of a
            dead one where there are several.
        strangers: How long messages wait for a case that carries what they tell of.
        historians: Whom to ask for what was told and not heard, by the system whose ids they tell.
        gaps: How often they are asked.
        watchdogs: What should not last; `machines.DEFAULT_WATCHDOGS` are some. None of them costs nothing.
        patience: How long another process that holds the database is waited for.
        listeners: Are told of everything that is done, beside the log; `metrics.Metrics` is one.
        at_once: Whether what is accepted is decided in the same transaction where nobody else decides; None for whenever the
            engine is at work. One that only accepts leaves it to those that are at work, unless this is True.
        tracing: Keeps traces; None for OpenTelemetry where it is installed.
    """

    manners: Manners = field(default_factory=Manners)
    looks: Looks = field(default_factory=Looks)
    driver: Driver | None = None
    keep: timedelta | None = None
    sealing: Sealing | None = None
    sweep: timedelta = SWEEP
    strangers: timedelta = timedelta(days=14)
    watchdogs: tuple[Watchdog, ...] = ()
    historians: Mapping[str, Historian] = field(default_factory=dict[str, Historian])
    gaps: timedelta = timedelta(minutes=5)
    patience: timedelta = PATIENCE
    listeners: Sequence[Listener] = ()
    at_once: bool | None = None
    tracing: Tracing | None = None

    def watch(self) -> Watch:
        """Whoever is told."""
        return Watch(self.listeners, self.tracing or _installed())


def _installed() -> Tracing | None:
    """OpenTelemetry, where it is installed (`pip install parcelflow[traces]`)."""
    try:
        from .telemetry import Telemetry  # noqa: PLC0415 - an optional package, that nobody needs who keeps no traces
    except ModuleNotFoundError:
        return None
    return Telemetry()
