"""The vendors' exact words and ours, mapped in one place, both ways.

May not import anything of ours. Non-obvious choice: maps are plain dictionaries and unknown words are *not*
in them; whoever reads a wire keeps the raw word (rule 2 of the register of ambiguities) and says so in the journal.
"""

from collections.abc import Mapping
from types import MappingProxyType

ORDER_STATES: Mapping[int, str] = MappingProxyType(
    # K:142-156. The numbers are Blink's, the words are its status texts in lower case.
    {0: "pending", 1: "accepted", 2: "dispatched", 3: "delivered", 4: "rejected"}
)
ORDER_CODES: Mapping[str, int] = MappingProxyType({word: code for code, word in ORDER_STATES.items()})

TASK_EVENTS: Mapping[int, str] = MappingProxyType(
    # K:247-258. Note TASK_UNASSIGN without -ED: it is the document's spelling, and ours therefore.
    {
        20: "task_created",
        21: "task_updated",
        22: "task_unassign",
        23: "task_assigned",
        24: "task_accepted",
        25: "task_arrived",
        26: "task_started",
        27: "task_finished",
        28: "task_cancelled",
        29: "task_reassigned",
    }
)

TASK_EVENT_SPELLINGS: Mapping[str, str] = MappingProxyType(
    # E7: the wild may spell it right, or American.
    {"task_unassigned": "task_unassign", "task_canceled": "task_cancelled"}
)

TASK_STATES: Mapping[str, str] = MappingProxyType(
    # What GET status tells (K:246) is the last event; this is the state it leaves a task in. 21 is absent on purpose:
    # an update never changes the state (E8).
    {
        "task_created": "created",
        "task_unassign": "unassigned",
        "task_assigned": "assigned",
        "task_reassigned": "assigned",
        "task_accepted": "accepted",
        "task_arrived": "arrived",
        "task_started": "started",
        "task_finished": "finished",
        "task_cancelled": "cancelled",
    }
)

RENT_STATES: frozenset[str] = frozenset(
    # B:1344, the thirteen of the filter's enum; parcelflow uses the same words.
    {
        "created",
        "reserved",
        "ready_for_pickup",
        "in_transit",
        "starting",
        "in_progress",
        "locker_opened",
        "collect_item",
        "price_calculation",
        "payment_attempt",
        "expired",
        "cancelled",
        "finished",
    }
)


def order_signal(code: int) -> str:
    """Name of the told event for a Blink order status, e.g. `order.status_2`."""
    return f"order.status_{code}"
