"""Ports and habits: what an engine asks of the world, and how it goes about its work.

May not do anything. Non-obvious choice: what may be left out has what production uses, so that an engine needs a place,
machines and callers, and nothing else.
"""

from dataclasses import dataclass, field
from datetime import timedelta

from .driver import Driver
from .looks import Looks
from .manners import Manners
from .places import PATIENCE
from .points import Reach, unmarked
from .ports import Clock, Ids, RandomIds, SystemClock
from .vault import Sealing
from .wake import SWEEP


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
        patience: How long another process that holds the database is waited for.
    """

    manners: Manners = field(default_factory=Manners)
    looks: Looks = field(default_factory=Looks)
    driver: Driver | None = None
    keep: timedelta | None = None
    sealing: Sealing | None = None
    sweep: timedelta = SWEEP
    patience: timedelta = PATIENCE
