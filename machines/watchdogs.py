"""Watchdogs: what should not last, and what somebody is reminded of: declared data like links, all of it to be replaced.

May not read a clock; the engine has one run out. Non-obvious choice: a watchdog is no row of a machine and moves nothing. The
documents know no such arrow (a door that is left open is a warning, L08, whose threshold nobody tells, B:3447), so what runs out
is a fact that contradicts what was expected: it is an anomaly, and the remote is read.
"""

from dataclasses import dataclass
from datetime import timedelta

from .coupling import DOOR_OPEN
from .errors import BadSettingsError


@dataclass(frozen=True, slots=True, kw_only=True)
class Watchdog:
    """One of them: when a case of `kinds` has been in `states` for as long as `after`, somebody should know.

    Attributes:
        name: What its event is called in the journal.
        kinds: Kinds of the cases that it watches.
        states: States among which a case may go about; leaving them all ends it.
        after: For how long.
        says: What is told, one sentence.
        restarts: Whether whatever is heard of the case begins it anew: it watches for silence then.
        asks: Trigger that is asked for instead of telling: a reminder.

    Raises:
        BadSettingsError: It would run out at once.
    """

    name: str
    kinds: frozenset[str]
    states: frozenset[str]
    after: timedelta
    says: str
    restarts: bool = False
    asks: str | None = None

    def __post_init__(self) -> None:
        if self.after <= timedelta():
            raise BadSettingsError(f"the watchdog {self.name} needs a while to watch for, got {self.after}")


DEFAULT_WATCHDOGS: tuple[Watchdog, ...] = (
    Watchdog(
        name="door_left_open",
        kinds=frozenset({"store", "send", "delivery", "return"}),
        states=DOOR_OPEN,
        after=timedelta(minutes=10),
        says="its door has stood open for long, as far as was heard",
    ),
    Watchdog(
        name="rider_silent",
        kinds=frozenset({"task", "task-return"}),
        states=frozenset({"assigned", "accepted", "arrived", "started"}),
        after=timedelta(minutes=45),
        restarts=True,
        says="nothing was heard of its rider for long",
    ),
)
"""Thresholds are ours (L08: unknown)."""
