"""What a call comes to: a closed set of four answers, and the port through which calls leave.

May not know any remote. Non-obvious choice: there is no exception among the answers. A timeout is not an error to be handled
somewhere but one of the four things that a caller may have to say, and the one that matters most.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, TypeAlias

from .words import Arrival, Effect, Facts, no_facts


@dataclass(frozen=True, slots=True)
class Done:
    """The call took effect (or a look-up proved that it had). `data` becomes facts, `remote_id` binds the case."""

    data: Facts = field(default_factory=no_facts)
    remote_id: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """The remote said no, or we could not even ask; trying again changes nothing. Nothing happened."""

    reason: str


@dataclass(frozen=True, slots=True)
class TryLater:
    """It certainly did not happen and may be called (again) after `after`; None leaves the wait to the engine's backoff.

    `answered` as in `Unknown`.
    """

    reason: str
    after: timedelta | None = None
    answered: bool = field(default=False, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Unknown:
    """It may or may not have happened (timeout, 502, 504, 202, lost answer): look it up before it is tried again.

    `answered` says that the remote itself did answer, for instance that a locker does not: no sign that the remote is down.
    """

    reason: str
    answered: bool = field(default=False, compare=False, repr=False)


Answer: TypeAlias = Done | Refused | TryLater | Unknown


class Caller(Protocol):
    """The port through which effects leave. Adapters implement it; tests bring a world of their own."""

    def call(self, effect: Effect, key: str) -> Answer:
        """Do `effect` once. `key` names it for good: a second call with the same key is the same effect."""
        ...

    def look_up(self, effect: Effect, key: str) -> Answer:
        """Find out what became of an effect of unknown outcome.

        Returns:
            `Done` when the remote proves that it happened, `TryLater` when it proves that it did not, `Refused` when it
            did not and no longer can, `Unknown` while neither can be proven.
        """
        ...


class Historian(Protocol):
    """The port through which is asked what a remote has told, for whoever may not have heard it."""

    def told(self, since: datetime, until: datetime) -> Sequence[Arrival]:
        """What the remote told between two instants, named as its webhooks are, so that what was heard is known again.

        Raises:
            ParcelflowError: It cannot be asked now.
        """
        ...

    def reached(self, since: datetime, until: datetime) -> Iterable[tuple[str, str]]:
        """Remote ids of things that entered a state between two instants, with the state in the machines' words.

        Raises:
            ParcelflowError: It cannot be asked now.
        """
        ...
