"""Faults that a test arms: a request refused or late, an answer held, replaced or lost before or after the effect.

May not touch the world's state. Non-obvious choice: a request takes the gate that may hold its answer *before* its effect
happens, so that whoever saw the effect in the record can release the answer without a race.
"""

from dataclasses import dataclass
from threading import Event
from typing import Literal, TypeAlias

from .words import JsonObject, RefusedError

Kind: TypeAlias = Literal[
    "refuse", "hold_answer", "error_after_effect", "error_before_effect", "latency", "wrong_state", "drop_connection"
]

STATUS: dict[Kind, int] = {
    "refuse": 409,
    "error_before_effect": 504,
    "error_after_effect": 504,
    "hold_answer": 200,
    "latency": 200,
    "wrong_state": 200,
    "drop_connection": 0,
}
"""HTTP status of a fault that names none; 200 where the operation's own is answered, 0 for no answer."""


FAULT = "faultInjected"
"""The code of a refusal that a fault makes."""

TOO_MANY = 429
"""The status that says when to come again."""


@dataclass(slots=True)
class Fault:
    """One armed fault.

    Attributes:
        operation: Which operation it hits, e.g. `bloqit.deliveries.make`.
        kind: What it does.
        status: HTTP status it answers (not for `hold_answer`, `latency`, `wrong_state` and `drop_connection`).
        seconds: Real seconds for which an answer is held (`hold_answer`) or a request is on its way (`latency`), unless
            released earlier.
        left: How many requests it still hits.
        retry_after: Seconds in the Retry-After header of a 429.
        state: What `wrong_state` echoes.
        effect: Whether `drop_connection` comes `before` the effect or `after` it.
        fired: How many it has hit.
    """

    operation: str
    kind: Kind
    status: int
    seconds: float
    left: int
    retry_after: int = 1
    state: str = ""
    effect: Literal["before", "after"] = "after"
    fired: int = 0

    def refusal(self) -> RefusedError:
        """What the client is told."""
        wait = self.retry_after if self.status == TOO_MANY else None
        return RefusedError(self.status, FAULT, message=f"{self.kind} on {self.operation}", retry_after=wait)

    def view(self) -> JsonObject:
        """As `GET /sim/faults` shows it."""
        return {
            "operation": self.operation,
            "kind": self.kind,
            "status": self.status,
            "seconds": self.seconds,
            "left": self.left,
            "retryAfter": self.retry_after,
            "state": self.state or None,
            "effect": self.effect if self.kind == "drop_connection" else None,
            "fired": self.fired,
        }


class Faults:
    """The armed faults, in the order in which they were armed."""

    def __init__(self) -> None:
        self.armed: list[Fault] = []
        self.gate = Event()

    def take(self, operation: str) -> Fault | None:
        """The first fault that still hits this operation, used once."""
        for fault in self.armed:
            if fault.operation == operation and fault.left:
                fault.left -= 1
                fault.fired += 1
                return fault
        return None

    def disarm(self) -> None:
        """Take every fault back that has not hit yet. How often each did is still told."""
        for fault in self.armed:
            fault.left = 0

    def release(self) -> None:
        """Let every answer go that is held now; later ones are held by a gate of their own."""
        self.gate.set()
        self.gate = Event()
