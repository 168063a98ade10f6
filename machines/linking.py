"""The default links (table 3.12): how order, courier task and locker rent move each other. All of them may be replaced.

May not move anything: a link is data. Non-obvious choice: a driver's arrival dispatches nothing, though a production integration
does so; "dispatched" means that the goods have left, and at arrival they have not.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation

from .links import Link
from .words import Facts, Json

COURIER_LEAD = timedelta(minutes=20)
"""How long after acceptance a courier is asked to come (pickUpTime is required, K:193, and Blink's order has none)."""
COURIER_WAY = timedelta(minutes=40)
"""How long the way to the customer may take (deliveryTime, K:194)."""


def into_locker(facts: Facts) -> bool:
    """The order goes into a locker: acceptance named a bloq."""
    return facts.get("bloq_id") is not None


def _out_for_delivery(facts: Facts) -> bool:
    return facts.get("type") == "DELIVERY"


def _delivery_into_locker(facts: Facts) -> bool:
    return _out_for_delivery(facts) and into_locker(facts)


def _chosen_locker(facts: Facts) -> bool:
    return _delivery_into_locker(facts) and facts.get("locker_id") is not None


def _any_locker(facts: Facts) -> bool:
    return _delivery_into_locker(facts) and facts.get("locker_id") is None


def _to_the_door(facts: Facts) -> bool:
    return not into_locker(facts)


def _picked_up(facts: Facts) -> bool:
    """By the customer: a parcel that the courier retrieves after expiry or cancellation was not delivered (B:2395)."""
    return not facts.get("retrieved")


CARRIED_TO_TASK = (
    "branch_id",
    "customer_name",
    "customer_phone",
    "customer_email",
    "customer_address",
    "lat",
    "lng",
    "bloq_id",
)
CARRIED_TO_RENT = (
    "bloq_id",
    "locker_id",
    "expiry_at",
    "dropoff_limit_at",
    "collect_limit_hours",
    "pickup_code",
    "dropoff_code",
    "customer_name",
    "customer_phone",
)


def _carried(names: Iterable[str], facts: Facts) -> dict[str, Json]:
    return {name: facts[name] for name in names if facts.get(name) is not None}


NOTHING = Decimal(0)


def _amount(facts: Facts, name: str) -> Decimal | None:
    """An amount that the facts hold as decimal text; None where they hold none that can be reckoned with."""
    try:
        amount = Decimal(str(facts.get(name)))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None


def collectable(facts: Facts) -> Facts:
    """What a courier collects for an order, and the amounts that say so, as decimal text.

    Logistics has no field for it; subTotal + tax + deliveryCharges - discount is taken for it (E11, an assumption). Blink's total
    is what the customer owes (C12), and nothing where the order is paid (C10). Where the order's own amounts come to something
    else (a wallet, a charge of the till), the rest goes into subTotal or discount, so that the sum is the total.
    """
    sub, tax, way, less = (_amount(facts, name) for name in ("subtotal", "tax", "delivery_charges", "discount"))
    reckoned = (sub or NOTHING) + (tax or NOTHING) + (way or NOTHING) - (less or NOTHING)
    due = _amount(facts, "total_price")
    if due is None and sub is not None:
        due = reckoned
    rest = NOTHING if due is None else due - reckoned
    told = {
        "sub_total": (sub or NOTHING) + rest if rest > 0 else sub,
        "tax": tax,
        "delivery_charges": way,
        "discount": (less or NOTHING) - rest if rest < 0 else less,
        "to_collect": NOTHING if facts.get("paid") else due,
        "collect_difference": rest if sub is not None and rest else None,
    }
    return {name: f"{amount:f}" for name, amount in told.items() if amount is not None}


def courier_task(facts: Facts, at: datetime) -> Facts:
    """What a courier task takes from its order; unpaid orders are collected in cash (K:184: COD or ONLINE)."""
    pickup = at + COURIER_LEAD
    return {
        **_carried(CARRIED_TO_TASK, facts),
        "payment_type": "ONLINE" if facts.get("paid") else "COD",
        **collectable(facts),
        "pickup_at": pickup.isoformat(),
        "delivery_at": (pickup + COURIER_WAY).isoformat(),
    }


def locker_rent(facts: Facts, _at: datetime) -> Facts:
    """What a locker delivery takes from its order."""
    return _carried(CARRIED_TO_RENT, facts)


def _brought_back(_facts: Facts, _at: datetime) -> Facts:
    return {"comment": "could not be delivered; the goods are back at the branch"}


DROPPED_OFF_FROM = frozenset({"starting", "created", "reserved", "ready_for_pickup", "in_transit"})

DEFAULT_LINKS: tuple[Link, ...] = (
    Link(
        name="courier",
        source="order",
        state="accepted",
        target="task",
        trigger="task_created",
        when=_out_for_delivery,
        build=courier_task,
    ),
    Link(
        name="locker",
        source="order",
        state="accepted",
        target="delivery",
        trigger="create_with_locker",
        when=_chosen_locker,
        build=locker_rent,
    ),
    Link(
        name="any-locker",
        source="order",
        state="accepted",
        target="delivery",
        trigger="create_without_locker",
        when=_any_locker,
        build=locker_rent,
    ),
    Link(name="goods-left", source="task", state="started", target="order", trigger="dispatch"),
    Link(name="at-the-door", source="task", state="finished", target="order", trigger="deliver", when=_to_the_door),
    Link(name="brought-back", source="task-return", state="finished", target="order", trigger="reject", build=_brought_back),
    Link(
        name="in-the-locker",
        source="delivery",
        state="in_progress",
        target="order",
        trigger="dispatch",
        leaving=DROPPED_OFF_FROM,
    ),
    Link(
        name="picked-up",
        source="delivery",
        state="finished",
        target="order",
        trigger="deliver",
        leaving=frozenset({"price_calculation", "payment_attempt", "collect_item"}),
        when=_picked_up,
    ),
)
