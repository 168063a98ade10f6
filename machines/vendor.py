"""The vendors' exact words and ours, mapped in one place, both ways, total over the documents.

May not import anything of ours. Non-obvious choice: a word that no document knows is read as itself and written as itself. It is
never an error, never one of our words by accident, and `knows` tells it apart (rule 2 of the register: unknown words survive).
"""

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TypeAlias

Raw: TypeAlias = int | str


class Vocabulary:
    """One list of a vendor's words, in the vendor's order.

    Args:
        words: Our word by the vendor's. A vendor's numbers are read from numeric text as well (C4).
        spellings: Further spellings of ours, compared like every spelling: without case, spaces and marks (A16, C5, E7).
    """

    def __init__(self, words: Mapping[Raw, str], spellings: Mapping[str, str] | None = None) -> None:
        self._ours = dict(words)
        self._theirs = {ours: raw for raw, ours in words.items()}
        known = {str(raw): ours for raw, ours in words.items()} | {ours: ours for ours in self._theirs}
        spelled = {**known, **(spellings or {})}
        self._spelled = {_bare(text): ours for text, ours in spelled.items() if _bare(text)}
        self._numbers = all(isinstance(raw, int) for raw in words)

    def read(self, raw: Raw) -> str:
        """Our word for the vendor's, however it is spelled; an unknown word as it came."""
        return self._ours.get(raw) or self._spelled.get(_bare(str(raw)), str(raw))

    def write(self, word: str) -> Raw:
        """The vendor's word for ours; an unknown word as it came, as a number where the vendor's words are numbers."""
        if word in self._theirs:
            return self._theirs[word]
        return int(word) if self._numbers and re.fullmatch(r"-?[0-9]{1,18}", word) else word

    def knows(self, word: str) -> bool:
        """Whether it is one of our words."""
        return word in self._theirs

    @property
    def ours(self) -> tuple[str, ...]:
        """Our words, in the vendor's order."""
        return tuple(self._theirs)

    @property
    def theirs(self) -> tuple[Raw, ...]:
        """The vendor's words, in its order."""
        return tuple(self._ours)


def _bare(text: str) -> str:
    """A number as it is, anything else by its letters alone: "2.0" must not become 20."""
    return text if re.fullmatch(r"-?[0-9]+", text) else re.sub(r"[^a-z]", "", text.lower())


def _same(words: Iterable[str], spellings: Mapping[str, str] | None = None) -> Vocabulary:
    return Vocabulary({word: word for word in words}, spellings)


RENT_STATE = _same(
    # B:1344. The prose says CANCELED (B:1958) and OPEN (B:1907).
    [
        "created",
        "starting",
        "in_progress",
        "locker_opened",
        "collect_item",
        "price_calculation",
        "payment_attempt",
        "expired",
        "finished",
        "reserved",
        "cancelled",
        "in_transit",
        "ready_for_pickup",
    ],
    {"canceled": "cancelled", "open": "locker_opened", "opened": "locker_opened"},
)
RENT_TYPE = _same(("store", "send", "delivery", "return"))  # B:100; also the names of our machines
LOCATION_STATE = _same(("created", "deployed", "churned"))  # B:819
LOCKER_SIZE = _same(("XS", "S", "M", "L", "XL"))  # B:94

BLOQIT_EVENT = _same(
    # B:3444-3485, in the document's order.
    [
        "locker.locker_opened",
        "locker.locker_closed",
        "locker.locker_timeout",
        "locker.open_warning",
        "locker.locker_active",
        "locker.locker_inactive",
        "locker.created",
        "locker.open_locker_error",
        "locker.spontaneous_locker_opening",
        "locker.maintenance_status_update",
        "rent.created",
        "rent.started",
        "rent.in_progress",
        "rent.locker_opened",
        "rent.collect_item",
        "rent.price_calculation",
        "rent.finished",
        "rent.reserved",
        "rent.cancelled",
        "rent.expired",
        "rent.extended",
        "rent.in_transit",
        "rent.ready_for_pickup",
        "rent.automatic_notification_sent",
        "rent.drop_off_confirmation",
        "rent.drop_off_cancellation",
        "rent.drop_off_code_check",
        "rent.drop_off_code_check_offline",
        "rent.pin_attempt",
        "rent.offline_dropoff",
        "rent.waiting_offline_dropoff_sync",
        "bloq.label_printed",
        "bloq.print_label_error",
        "bloq.reconnected",
        "bloq.created",
        "bloq.active",
        "bloq.inactive",
        "bloq.courier_authentication",
        "bloq.courier_logout",
        "customer.customer_created",
        "customer.customer_updated",
        "customer.customer_deleted",
    ]
)
EVENT_SOURCE = Vocabulary(
    # B:3493-3497, as the tables' causes.
    {
        "bloq_it_admin": "back office",
        "locker": "locker hardware",
        "public_api": "API call",
        "expiration": "timer",
    }
)

ORDER_STATUS = Vocabulary(
    # K:142-156, and the document's typo (K:150). 3 and 4 end an order.
    {0: "pending", 1: "accepted", 2: "dispatched", 3: "delivered", 4: "rejected"},
    {"dispactched": "dispatched"},
)
ORDER_TYPE = _same(("PICK-UP", "DINE-IN", "DELIVERY"))  # K:76

TASK_EVENT = Vocabulary(
    # K:247-258. Note TASK_UNASSIGN without -ED: it is the document's spelling, and ours therefore; the wild may spell it right,
    # or American (E7).
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
    },
    {"task_unassigned": "task_unassign", "task_canceled": "task_cancelled"},
)
TASK_TYPE = Vocabulary({1: "task", 2: "task-return"})  # K:195; also the names of our machines
PAYMENT_TYPE = _same(("COD", "ONLINE"))  # K:184

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


def order_signal(code: Raw) -> str:
    """Name of the told event for a Blink order status, e.g. `order.status_2`."""
    return f"order.status_{code}"
