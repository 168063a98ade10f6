"""Manners: how remotes are called, as an application says it.

May not do anything. Non-obvious choice: what is said of one remote is its pace alone; how long a call may last is its caller's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from .backoff import Stamina
from .outbox import LEASE
from .pace import Pace


@dataclass(frozen=True, slots=True)
class Manners:
    """How remotes are called.

    Attributes:
        paces: How fast and how many at a time, by system; `default` for one that is not named.
        default: The same for the others.
        stamina: How often an effect is tried before it is a dead letter.
        lease: How long a claimed effect is believed to be at work; longer than any call may take. Several processes only.
    """

    paces: Mapping[str, Pace] = field(default_factory=dict[str, Pace])
    default: Pace = field(default_factory=Pace)
    stamina: Stamina = field(default_factory=Stamina)
    lease: timedelta = LEASE

    def pace(self, system: str) -> Pace:
        """A system's own, or the default."""
        return self.paces.get(system, self.default)
