"""Faults that a test arms: a request refused, an answer held, an answer replaced before or after the effect.

May not touch the world's state. Non-obvious choice: a request takes the gate that may hold its answer *before* its effect
happens, so that whoever saw the effect in the record can release the answer without a race.
"""

from dataclasses import dataclass
from threading import Event
from typing import Literal, TypeAlias

from .words import JsonObject, RefusedError

Kind: TypeAlias = Literal["refuse", "hold_answer", "error_after_effect", "error_before_effect"]


@dataclass(slots=True)
class Fault:
    """One armed fault.

    Attributes:
        operation: Which operation it hits, e.g. `bloqit.deliveries.make`.
        kind: What it does.
        status: HTTP status it answers (not for `hold_answer`).
        seconds: Real seconds for which an answer is held, unless released earlier.
        left: How many requests it still hits.
        fired: How many it has hit.
    """

    operation: str
    kind: Kind
    status: int
    seconds: float
    left: int
    fired: int = 0

    def refusal(self) -> RefusedError:
        """What the client is told."""
        return RefusedError(self.status, "faultInjected", message=f"{self.kind} on {self.operation}")

    def view(self) -> JsonObject:
        """As `GET /sim/faults` shows it."""
        return {
            "operation": self.operation,
            "kind": self.kind,
            "status": self.status,
            "seconds": self.seconds,
            "left": self.left,
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

    def release(self) -> None:
        """Let every answer go that is held now; later ones are held by a gate of their own."""
        self.gate.set()
        self.gate = Event()
