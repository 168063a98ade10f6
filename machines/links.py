"""Links: the rules by which one case's step becomes a wish of another case (order, task and rent; table 3.12).

May not know the engine; `linked` is pure. Non-obvious choice: a link only ever *asks*. The other case's own machine decides
whether the wish is allowed, already true or too early, so no link can force a state, and a chain of links cannot run away:
every hop needs a step, and a wish that has come true makes none.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias

from .decision import Step
from .words import Cause, Event, Facts, Json, no_facts

Condition: TypeAlias = Callable[[Facts], bool]
Build: TypeAlias = Callable[[Facts, datetime], Facts]

COURIER_LEAD = timedelta(minutes=20)
"""How long after acceptance a courier is asked to come (pickUpTime is required, K:193, and Blink's order has none)."""
COURIER_WAY = timedelta(minutes=40)
"""How long the way to the customer may take (deliveryTime, K:194)."""


def _always(_facts: Facts) -> bool:
    return True


def _nothing(_facts: Facts, _at: datetime) -> Facts:
    return no_facts()


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One rule: when a case of `source` enters `state`, ask a case of `target` for `trigger`.

    Attributes:
        name: What it is called in the journal and in settings.
        source: Kind of the case that moves.
        state: State that it enters.
        target: Kind of the case that is asked.
        trigger: What it is asked for.
        leaving: States that it must have left for `state`; empty for any.
        when: Condition on the moving case's facts.
        build: Facts that the wish brings.
    """

    name: str
    source: str
    state: str
    target: str
    trigger: str
    leaving: frozenset[str] = frozenset()
    when: Condition = field(default=_always)
    build: Build = field(default=_nothing)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a link asks for: of which case, and the event."""

    kind: str
    key: str
    event: Event


def linked(links: Iterable[Link], kind: str, key: str, step: Step, *, facts: Facts, at: datetime) -> Iterator[Wish]:
    """The wishes that follow from one step of the case (`kind`, `key`), whose `facts` already hold it.

    Linked cases share the order's key, which they carry as the fact `order`; a case without it stands alone.
    """
    order = key if kind == "order" else facts.get("order")
    if step.source == step.target or not isinstance(order, str):
        return
    for link in links:
        if link.source != kind or link.state != step.target or not link.when(facts):
            continue
        if link.leaving and step.source not in link.leaving:
            continue
        data = {**link.build(facts, at), "order": order}
        event = Event(name=link.trigger, at=at, by=Cause.API, asked=True, data=data, evidence=f"link {link.name}")
        yield Wish(link.target, order, event)


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


def courier_task(facts: Facts, at: datetime) -> Facts:
    """What a courier task takes from its order; unpaid orders are collected in cash (K:184: COD or ONLINE)."""
    pickup = at + COURIER_LEAD
    return {
        **_carried(CARRIED_TO_TASK, facts),
        "payment_type": "ONLINE" if facts.get("paid") else "COD",
        "sub_total": facts.get("subtotal"),
        "delivery_charges": facts.get("delivery_charges"),
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
