"""Rules: what decisions are made by, given once when the engine is made.

May not decide. Non-obvious choice: a habit that changes what a decision writes (when to look, how long to keep) is a rule like a
machine is, so that a decision needs nothing but rules, a case and a message.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from ..machines import BadSettingsError, Link, Table, Watchdog
from .looks import Looks


@dataclass(frozen=True, slots=True)
class Rules:
    """What decisions are made by.

    Attributes:
        tables: Compiled machines by kind.
        links: Rules between cases.
        systems: Those that can be called.
        looks: When silent cases are looked at.
        keep: How long what is personal of a case is kept once it has ended; None for ever.
        dogs: Watchdogs by the kind that they watch.
    """

    tables: Mapping[str, Table]
    links: tuple[Link, ...]
    systems: frozenset[str]
    looks: Looks
    keep: timedelta | None = None
    dogs: Mapping[str, tuple[Watchdog, ...]] = field(default_factory=dict[str, tuple[Watchdog, ...]])

    def dog(self, kind: str, name: str) -> Watchdog | None:
        """The watchdog of a kind that is called so."""
        return next((dog for dog in self.dogs.get(kind, ()) if dog.name == name), None)


def by_kind(dogs: Iterable[Watchdog], tables: Mapping[str, Table]) -> Mapping[str, tuple[Watchdog, ...]]:
    """Watchdogs by the kind that they watch; those of machines that are not there watch nothing.

    Raises:
        BadSettingsError: One is called like another of its kind or like a word of its machine, or asks for what is none.
    """
    found: dict[str, tuple[Watchdog, ...]] = {}
    for dog in dogs:
        for kind in sorted(dog.kinds & tables.keys()):
            table, others = tables[kind], found.get(kind, ())
            if dog.name in table.named or dog.name in table.machine.notes or any(dog.name == other.name for other in others):
                raise BadSettingsError(f"a watchdog of {kind} cannot be called {dog.name!r}; that means something already")
            if dog.asks is not None and dog.asks not in table.triggers:
                raise BadSettingsError(f"the watchdog {dog.name} asks for {dog.asks!r}, which is no trigger of {kind}")
            found[kind] = (*others, dog)
    return found
