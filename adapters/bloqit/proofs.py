"""What a rent's state proves about a call whose answer was lost.

May not call anything. Non-obvious choice: `history` is read before the current state. A rent that is `cancelled` now may have
been `starting` before, and then the door did open; only a history that is given and lacks the state proves the opposite.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ..proof import Verdict

WAITING = frozenset({"created", "reserved", "ready_for_pickup", "in_transit"})
DROPPED_OFF = frozenset({"in_progress", "locker_opened"})
COLLECTED = frozenset({"collect_item", "price_calculation", "payment_attempt"})
OVERDUE = frozenset({"expired", "cancelled"})
FINISHED = frozenset({"finished"})
NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """How to tell by a rent whether an operation took effect.

    Attributes:
        now: Current states that prove it.
        been: States that prove it wherever they stand in the rent's history.
        still: Current states in which it did not happen yet and is allowed.
        over: Current states in which it is no longer allowed; it did not happen if the history is given and lacks `been`.
        evidence: Lines of the document.
    """

    now: frozenset[str]
    been: frozenset[str] = NONE
    still: frozenset[str]
    over: frozenset[str]
    evidence: str


_COLLECTS = Proof(
    now=COLLECTED,
    been=COLLECTED,
    still=DROPPED_OFF - {"locker_opened"} | OVERDUE,
    over=FINISHED,
    evidence="B:2011 allowed in in_progress, expired, cancelled; B:2047 leads to collect_item",
)

PROOFS: Mapping[str, Proof] = MappingProxyType(
    {
        "bloqit.deliveries.make": Proof(
            now=DROPPED_OFF | COLLECTED | {"starting"},
            been=DROPPED_OFF | COLLECTED | {"starting"},
            still=WAITING,
            over=OVERDUE | FINISHED,
            evidence="B:2551 leads to starting; B:2393, 2395 an overdue rent is only collected or finished",
        ),
        "bloqit.rents.collect": _COLLECTS,
        "bloqit.rent_sims.keypad": Proof(
            now=COLLECTED,
            been=COLLECTED,
            still=frozenset({"in_progress"}),
            over=OVERDUE | FINISHED,
            evidence="B:2117, 2153 the pick-up code leads to collect_item",
        ),
        # Doors close more than once (B:3456, 3457), so a history proves nothing here: an open door has not been closed.
        "bloqit.rent_sims.close": Proof(
            now=frozenset({"in_progress", "price_calculation", "payment_attempt", "finished"}),
            still=frozenset({"starting", "locker_opened", "collect_item"}),
            over=OVERDUE | WAITING,
            evidence="B:2168, 2204, 3456, 3459",
        ),
        # A door opens more than once in mid-rent, and closes again: only an open one proves anything.
        "bloqit.rents.open_locker": Proof(
            now=frozenset({"locker_opened"}),
            still=NONE,
            over=WAITING | COLLECTED | FINISHED | {"starting"},
            evidence="B:1907, 3457 leads to locker_opened",
        ),
        "bloqit.stores.end": Proof(
            now=COLLECTED | FINISHED,
            been=COLLECTED | FINISHED,
            still=DROPPED_OFF,
            over=OVERDUE,
            evidence="B:2280, 2289 ends the rent, with its door or without",
        ),
        "bloqit.deliveries.ready_for_pickup": Proof(
            now=frozenset({"ready_for_pickup"}),
            been=frozenset({"ready_for_pickup"}),
            still=frozenset({"created", "reserved"}),
            over=OVERDUE | FINISHED | DROPPED_OFF | COLLECTED | {"starting", "in_transit"},
            evidence="B:2660 leads to ready_for_pickup",
        ),
        "bloqit.deliveries.in_transit": Proof(
            now=frozenset({"in_transit"}),
            been=frozenset({"in_transit"}),
            still=frozenset({"created", "reserved", "ready_for_pickup"}),
            over=OVERDUE | FINISHED | DROPPED_OFF | COLLECTED | {"starting"},
            evidence="B:2711 leads to in_transit",
        ),
        "bloqit.returns.finish": Proof(
            now=FINISHED,
            still=WAITING | DROPPED_OFF | OVERDUE | COLLECTED | {"starting"},
            over=NONE,
            evidence="B:3070 leads to finished",
        ),
        "bloqit.rents.cancel": Proof(
            now=frozenset({"cancelled"}),
            been=frozenset({"cancelled"}),
            still=WAITING | DROPPED_OFF | {"starting"},
            over=COLLECTED | FINISHED | {"expired"},
            evidence="B:1958, 1960; row D51: not sent to an expired rent",
        ),
        # Finished is for good, so any other state proves that it did not happen.
        "bloqit.rents.finish": Proof(
            now=FINISHED,
            still=OVERDUE,
            over=WAITING | DROPPED_OFF | COLLECTED | {"starting"},
            evidence="B:2062 allowed in expired and cancelled only",
        ),
    }
)


def verdict(proof: Proof, state: str, *, been: frozenset[str]) -> Verdict:
    """What a rent in `state`, with the states of its history `been` (empty if it gave none), proves."""
    if state in proof.now or proof.been & been:
        return Verdict.HAPPENED
    if state in proof.still:
        return Verdict.NOT_YET
    if state in proof.over and (been or not proof.been):
        return Verdict.NEVER
    return Verdict.OPEN
