"""The Blink order: everything that may happen to a restaurant order (statuses 0-4) is in this file.

May not call anything. Non-obvious choice: Blink's webhooks carry a status number and no event (K:118-126), so each number is a
signal (`order.status_2`) whose meaning depends on the state it finds: a step, a jump, an echo or a stale repetition. Every
(state, number) pair has its row, so no status can contradict the table.
"""

from types import MappingProxyType

from ..chart import StrictChart, states_of
from ..row import Declare, Guard
from ..table import CALLED_OFF, Group, Machine
from ..vendor import ORDER_STATUS, order_signal
from ..words import Cause, Confidence, Event, Facts

API, WEBHOOK = Cause.API, Cause.WEBHOOK
SYNC = "blink.orders.sync_status"
STATUS = tuple(order_signal(code) for code in ORDER_STATUS.theirs)


def for_delivery(facts: Facts, _event: Event) -> bool:
    """The order's type is DELIVERY (K:76): only then is anything dispatched."""
    return facts.get("type") == "DELIVERY"


def not_for_delivery(facts: Facts, event: Event) -> bool:
    """PICK-UP, DINE-IN, or a type we do not know (K:76)."""
    return not for_delivery(facts, event)


def commented(_facts: Facts, event: Event) -> bool:
    """A reason comes along (K:162: required if status is 4)."""
    return bool(event.data.get("comment"))


def says(code: int, *, where: Guard | None = None) -> Guard:
    """The status webhook says `code`, and `where` holds; binding for told events too, since it tells two rows apart."""

    def check(facts: Facts, event: Event) -> bool:
        told = event.data.get("status") == code
        return told and (where is None or where.check(facts, event))

    return Guard(f"a status webhook that says {code}", check, asked_only=False)


DELIVERED_OUT = Guard("an order of type DELIVERY", for_delivery, asked_only=False)
HANDED_OVER = Guard("an order of type PICK-UP or DINE-IN", not_for_delivery, asked_only=False)
COMMENTED = Guard("a comment that says why", commented)


class Order(StrictChart):
    """The chart of an order, rows O01-O11."""

    states_in_order = states_of(*ORDER_STATUS.ours)
    row = Declare(states_in_order, "O")

    # A row reads like the table's row, in its columns' order; the formatter would stack its arguments one below the other.
    # fmt: off
    row("01", "absent", "order_webhook", "pending", WEBHOOK, condition="blink_order_id unseen", evidence="K:68-71, 144",
        confidence=Confidence.HIGH)
    row("02", "pending", "accept", "accepted", API, WEBHOOK, call=SYNC, signals=STATUS[1], evidence="K:146-147, 163, 122",
        confidence=Confidence.HIGH)
    row("03", "pending", "reject", "rejected", API, WEBHOOK, call=SYNC, signals=STATUS[4], guard=COMMENTED,
        evidence="K:155-156, 162, 164, 126", confidence=Confidence.HIGH)
    row("04", "accepted", "dispatch", "dispatched", API, WEBHOOK, call=SYNC, signals=STATUS[2], guard=DELIVERED_OUT,
        evidence="K:149-150", confidence=Confidence.HIGH)
    row("05", "dispatched", "deliver", "delivered", API, WEBHOOK, call=SYNC, signals=STATUS[3], evidence="K:152-153",
        confidence=Confidence.HIGH)
    row("06", "accepted", "deliver", "delivered", API, WEBHOOK, call=SYNC, signals=STATUS[3], guard=HANDED_OVER,
        evidence="inferred because nothing is dispatched for those types (K:76)", confidence=Confidence.MEDIUM)
    row("07", "accepted", "reject", "rejected", API, WEBHOOK, call=SYNC, signals=STATUS[4], guard=COMMENTED,
        evidence="inferred because the table has no Cancelled status (K:142-156)", confidence=Confidence.MEDIUM)
    row("08", "dispatched", "reject", "rejected", API, WEBHOOK, call=SYNC, signals=STATUS[4], guard=COMMENTED,
        policy="reject_dispatched", condition="policy; failed delivery", evidence="inferred as O07",
        confidence=Confidence.LOW)
    for sources, code, where in (
        # One row of the table, four jumps: which of them depends on the status told and, out of `accepted`, on whether
        # O04 or O06 already is the regular step.
        ("pending", 2, None),
        ("pending", 3, None),
        ("accepted", 2, HANDED_OVER),
        ("accepted", 3, DELIVERED_OUT),
    ):
        row("09", sources, "late_status_webhook", ORDER_STATUS.read(code), WEBHOOK, signals=STATUS[code],
            guard=says(code, where=where), condition="inbound only; synthesise the skipped steps",
            evidence="inferred because a webhook is dropped after 5 s and no retry is described (K:71, 117)",
            confidence=Confidence.MEDIUM)
    for code, state in enumerate(ORDER_STATUS.ours):
        row("10", state, "same_status", None, WEBHOOK, API, signals=STATUS[code], condition="duplicate or echo",
            elsewhere="for accept, dispatch, deliver or reject, whose echo it is", evidence="inferred; idempotent",
            confidence=Confidence.HIGH)
    for state, stale in (("accepted", (0,)), ("dispatched", (0, 1)), ("delivered", (0, 1, 2, 4)), ("rejected", (0, 1, 2, 3))):
        row("11", state, "lower_or_after_terminal", None, WEBHOOK, signals=[STATUS[code] for code in stale],
            condition="stale or contradictory webhook: recorded, not applied",
            evidence="inferred: 3 and 4 terminal because no row leaves them (K:152-156)", confidence=Confidence.MEDIUM)
    # fmt: on


ORDER = Machine(
    kind="order",
    title="Blink order",
    system="blink",
    chart=Order,
    read=None,  # 2.5: there is no endpoint to read an order
    happy=("O01", "O02", "O04", "O05"),
    groups=(
        Group("kitchen", ("pending", "accepted")),
        Group("on the way", ("dispatched",)),
        Group("endings", ("delivered", "rejected")),
    ),
    hold=0.0,
    coarse=MappingProxyType(
        {
            "pending": "created",
            "accepted": "in_preparation",
            "dispatched": "on_the_way",
            "delivered": "delivered",
            "rejected": CALLED_OFF,
        }
    ),
)
