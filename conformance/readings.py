"""What the document leaves open: where a server may read it one way or the other, and which way one does.

May not ask a server itself (`probe` does). Non-obvious choice: a reading is of one row in one state, not of a policy as a
whole. A server that lets a rent be cancelled at an open door in one state and not in another contradicts nothing that is
written; one that does so today and not tomorrow contradicts itself, and that is what a run holds it to.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache

from ..machines import API_LEVELS, POLICIES, Policies, Row, Stance, Table, table_of

AT_OPEN_DOOR = "cancel_at_open_door"
LATE_CLOSING = "overdue_when_closed"
LATE_UPDATE = "update_after_the_end"
FINISH_OPEN = "finish_opened_return"
PAYMENT = "payment_attempts"
OPEN_STATES = ("starting", "locker_opened", "collect_item")
"""States of a rent whose door is open."""

CONTESTED: Mapping[str, str] = {
    AT_OPEN_DOOR: "whether a rent may be cancelled while its door is open (B:1958 excludes no state)",
    LATE_CLOSING: "whether a rent whose limit passed at an open door expires when the door is closed",
    LATE_UPDATE: "whether the expiry date of a cancelled or expired rent may be moved (B:1747 until it is collected, B:1760 not "
    "after the pick-up phase)",
    FINISH_OPEN: "whether a return may be said to be done while its door is open (B:3070 excludes no state)",
    "start_unarrived_task": "whether a rider may start without having said that he arrived (K1-08; arrival is a manual tap)",
    "reassign_unassigned_task": "whether a task that nobody has may be reassigned (K1-16; 22 may be folded into 29)",
    "accept_unassigned_task": "whether a task that nobody has may be accepted (K1-17; 23 may be implied)",
    "skip_order_steps": "whether a status may be told that leaves out steps (O09; nothing asks for each of them)",
}
"""What no policy of the machines governs, because an engine need not know it beforehand."""

UNSAID = frozenset({"dropoff_cancelled_stays", "finish_without_pricing"})
"""Policies that no input of the alphabet and no state that lasts can show."""

EITHER = frozenset({PAYMENT, "reselect_locker", AT_OPEN_DOOR, LATE_CLOSING, "skip_order_steps", "reject_dispatched"})
"""Readings that even a strict run leaves to the server: there is no line that would make one of them wrong."""

STRICT: Mapping[str, bool] = {"return_expired_delivery": True, LATE_UPDATE: True, FINISH_OPEN: True}
"""How a strict run reads the rest: not at all, unless an endpoint exists for nothing else (B:2834) or the text allows it."""

UNSTATED: Mapping[str, frozenset[str]] = {
    "end_requested_open": frozenset({"cancelled", "expired"}),
    "end_requested_closed": frozenset({"cancelled", "expired"}),
    "finish_return_requested": frozenset({"created", "starting", "collect_item"}),
    "dropoff_opened": frozenset({"created"}),
}
"""Requests (by trigger, in a state) of which the document says neither that they are accepted nor that they are refused (B:2278,
3070). A strict run wants them refused; another one does not try them, because no row says what would follow."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One thing that is read one way or the other.

    Attributes:
        name: A policy of the machines, or one of `CONTESTED`.
        kind: The rent type.
        state: The state in which it is read.
    """

    name: str
    kind: str
    state: str

    def __str__(self) -> str:
        return f"{self.name} of a {self.kind} in {self.state}"

    @property
    def decides(self) -> str:
        """What it decides, for a person."""
        return CONTESTED[self.name] if self.name in CONTESTED else POLICIES[self.name].decides


@dataclass(frozen=True, slots=True)
class Readings:
    """How one server reads.

    Attributes:
        strict: Whether the document's guesses are refused rather than left to the server.
        api_level: The version of the API.
        known: What was found out, or is not to be asked.
    """

    strict: bool = False
    api_level: str = API_LEVELS[0]
    known: Mapping[Reading, bool] = field(default_factory=dict[Reading, bool])

    def of(self, reading: Reading) -> bool | None:
        """Which way it is read; None when nobody knows yet."""
        if reading in self.known:
            return self.known[reading]
        if reading.name in UNSAID:
            return True
        if self.strict and reading.name not in EITHER:
            return STRICT.get(reading.name, False)
        return None

    def learnt(self, reading: Reading, *, holds: bool) -> "Readings":
        """With one more thing known."""
        return Readings(self.strict, self.api_level, {**self.known, reading: holds})

    def table(self, kind: str) -> Table:
        """The machine with every row that any reading could allow, and without those of a later version."""
        return _table(kind, self.api_level)


@cache
def _table(kind: str, api_level: str) -> Table:
    return table_of(kind, Policies(dict.fromkeys(POLICIES, Stance.SEND), api_level=api_level))


def contested(row: Row, state: str) -> str:
    """The name of the reading that decides on a row in a state, empty where the document does."""
    if row.policy is not None:
        return row.policy
    if row.trigger == "update_pickup_fields" and state in ("cancelled", "expired"):
        return LATE_UPDATE
    if row.trigger == "finish_return_requested" and state == "locker_opened":
        return FINISH_OPEN
    return AT_OPEN_DOOR if row.trigger == "cancel_requested" and state in OPEN_STATES else ""


def names(readings: Iterable[Reading]) -> tuple[str, ...]:
    """Each reading as text, sorted."""
    return tuple(sorted(map(str, readings)))
