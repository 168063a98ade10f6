"""Rent type *delivery*: everything that may happen to a parcel on its way into a locker and out of it is in this file.

May not call anything; rows 20-61 are the shared half in `rent`. Non-obvious choice: `ready_for_pickup` waits for a *courier*
(B:2711 puts it before the transport to the locker); what a customer calls ready is `in_progress`.
"""

from .chart import StrictChart
from .compile import Deadline, Machine
from .rent import (
    API,
    HIGH,
    LOCKER,
    LOW,
    MEDIUM,
    NEEDS_LOCKER,
    RENT_NOTES,
    TIMER,
    collect_limit,
    drop_off_limit,
    given,
    pick_up_half,
    rent_states,
)
from .row import Declare, Guard
from .words import Event, Facts

LONGEST_PICKUP_CODE = 14  # characters, B:2453
WAITING = ("created", "reserved", "ready_for_pickup", "in_transit")
UPDATABLE = (*WAITING, "starting", "in_progress", "locker_opened", "expired", "cancelled")


def creatable(facts: Facts, event: Event) -> bool:
    """The 400 rules of creation.

    One kind of pick-up code (B:2401), its length (B:2453), label and template together (B:2470, 2475), and without a bloq a
    date that ends the waiting (B:2425, 2430).
    """
    one_code = not (given(facts, event, "pickup_code") and given(facts, event, "pickup_codes"))
    short = len(str(given(facts, event, "pickup_code") or "")) <= LONGEST_PICKUP_CODE
    label = bool(given(facts, event, "label_content")) == bool(given(facts, event, "label_template_id"))
    places = ("bloq_id", "locker_id", "expiry_at", "dropoff_limit_at")
    return one_code and short and label and any(given(facts, event, name) for name in places)


def creatable_in_locker(facts: Facts, event: Event) -> bool:
    """As `creatable`, with the locker that is to be reserved (B:2409)."""
    return creatable(facts, event) and given(facts, event, "locker_id") is not None


def selects_locker(facts: Facts, event: Event) -> bool:
    """A bloq is known (B:2777) and the event brings the locker or its type (B:2782, 2787)."""
    brings = event.data.get("locker_id") or event.data.get("locker_type")
    return given(facts, event, "bloq_id") is not None and bool(brings)


CREATABLE = Guard(
    "one of pickup_code (at most 14 characters) and pickup_codes, label_content with label_template_id, and without a "
    "bloq_id or locker_id an expiry_at or dropoff_limit_at",
    creatable,
)
CREATABLE_IN_LOCKER = Guard(CREATABLE.says + ", and a locker_id", creatable_in_locker)
SELECTS_LOCKER = Guard("a bloq, and a locker_id or locker_type in the event", selects_locker)


class Delivery(StrictChart):
    """The chart of a delivery, rows D01-D61."""

    states_in_order = rent_states("reserved", "ready_for_pickup", "in_transit")
    row = Declare(states_in_order, "D")

    # A row reads like the table's row, in its columns' order; the formatter would stack its arguments one below the other.
    # fmt: off
    row("01", "absent", "create_without_locker", "created", API, call="bloqit.deliveries.create", signals="rent.created",
        guard=CREATABLE, evidence="B:2762, 3454; by analogy B:2998", confidence=MEDIUM, stamps="created_at")
    row("02", "absent", "create_with_locker", "reserved", API, call="bloqit.deliveries.create", signals="rent.reserved",
        guard=CREATABLE_IN_LOCKER, evidence="B:2409, 2534, 3461", confidence=HIGH, stamps="created_at")
    row("03", "created", "select_locker", "reserved", API, call="bloqit.deliveries.select_locker",
        signals="rent.reserved", guard=SELECTS_LOCKER, confidence=MEDIUM,
        evidence="B:2762, 3461, by analogy B:2998; the sample state in_transit (B:2819) contradicts")
    row("04", "reserved", "select_locker", None, API, call="bloqit.deliveries.select_locker", guard=SELECTS_LOCKER,
        policy="reselect_locker", evidence="inferred because make may also replace the locker (B:2566)", confidence=LOW)
    row("05", ("ready_for_pickup", "in_transit"), "select_locker", None, API, call="bloqit.deliveries.select_locker",
        guard=SELECTS_LOCKER, confidence=MEDIUM,
        evidence="B:2819 (sample in_transit) for in_transit; ready_for_pickup inferred")
    row("06", ("created", "reserved"), "ready_for_pickup_requested", "ready_for_pickup", API,
        call="bloqit.deliveries.ready_for_pickup", signals="rent.ready_for_pickup", condition="plan feature (B:2660)",
        evidence="B:2660, 2696, 3466; sources inferred: the step before transit to the locker (B:2711)",
        confidence=MEDIUM)
    row("07", "ready_for_pickup", "in_transit_requested", "in_transit", API, call="bloqit.deliveries.in_transit",
        signals="rent.in_transit", condition="plan feature (B:2711)", evidence="B:2711, 2747, 3465", confidence=HIGH)
    row("08", ("created", "reserved"), "in_transit_requested", "in_transit", API, call="bloqit.deliveries.in_transit",
        signals="rent.in_transit", policy="in_transit_unannounced", condition="never sent by default; accept inbound",
        evidence="inferred because the text only says it 'comes after' D06 (B:2711)", confidence=LOW)
    row("09", ("reserved", "ready_for_pickup", "in_transit"), "make_requested", "starting", API,
        call="bloqit.deliveries.make", signals="rent.started", guard=NEEDS_LOCKER, confidence=HIGH,
        evidence="B:2551, 2594, 3455 (reserved stated; the two transit states lie between reserve and drop-off)")
    row("10", "created", "make_requested", "starting", API, call="bloqit.deliveries.make", signals="rent.started",
        guard=NEEDS_LOCKER, evidence="B:2566, 2551", confidence=HIGH)
    row("11", WAITING, "dropoff_code_ok", "starting", LOCKER, signals="rent.started", confidence=MEDIUM,
        condition="code known; bloq online (else rent.drop_off_code_check_offline)",
        evidence="B:2457-2460, 3470, 3471, 3455, 29; the vendor's own QA protocol (validate_code, select_door)")
    row("12", "starting", "door_closed", "in_progress", LOCKER, signals="rent.in_progress", evidence="B:3456, 3468",
        confidence=HIGH, sets={"item_inside": True}, stamps="in_progress_at")
    row("13", ("starting", *WAITING), "dropoff_cancelled", None, LOCKER, signals="rent.drop_off_cancellation",
        policy="dropoff_cancelled_stays", condition="annotate; if in starting: reconcile",
        evidence="B:3469; fallback inferred because it is not rent.cancelled", confidence=LOW)
    row("14", WAITING, "offline_dropoff_synced", "in_progress", LOCKER, signals="rent.offline_dropoff",
        condition="bloq and code valid; otherwise locker.locker_inactive with metadata.reason (B:3501-3504)",
        evidence="B:3473; direct jump inferred because the door cycle happened earlier", confidence=MEDIUM,
        sets={"item_inside": True}, stamps="in_progress_at")
    row("15", "in_progress", "notify_requested", None, API, call="bloqit.deliveries.notify",
        signals="rent.automatic_notification_sent", condition="state in_progress only",
        evidence="B:2609, 2645, 3467", confidence=HIGH)
    row("16", ("created", "reserved"), "update_dropoff_fields", None, API, call="bloqit.rents.update",
        condition="CREATED or RESERVED (B:1745; but see A13)", evidence="B:1745, 1765, 1780, 1785", confidence=HIGH)
    row("17", UPDATABLE, "update_pickup_fields", None, API, call="bloqit.rents.update", condition="not collected",
        evidence="B:1745, 1760, 1770, 1775", confidence=HIGH)
    row("18", WAITING, "dropoff_deadline_reached", "expired", TIMER, signals="rent.expired", condition="now >= limit",
        evidence="inferred: a limit is demanded so that no delivery stays 'pending forever' (B:2425, 2430)",
        confidence=MEDIUM)
    row("19", "expired", "return_requested", "in_progress", API, call="bloqit.deliveries.return_",
        policy="return_expired_delivery", condition="state expired (item inside)", confidence=LOW,
        evidence="B:2834 'transform this delivery into a return'; target inferred: the item is in a closed locker")
    # fmt: on
    pick_up_half(row, WAITING)


DELIVERY = Machine(
    kind="delivery",
    title="Bloq.it rent of type delivery",
    system="bloqit",
    chart=Delivery,
    read="bloqit.rents.get",
    deadlines=(
        Deadline("dropoff_deadline_reached", frozenset(WAITING), drop_off_limit),
        Deadline("expiry_reached", frozenset({"in_progress"}), collect_limit),
    ),
    notes=RENT_NOTES,
    happy=("D02", "D09", "D12", "D22", "D26", "D27"),
    groups={
        "drop-off": (*WAITING, "starting"),
        "pick-up": ("in_progress", "locker_opened", "collect_item", "price_calculation", "payment_attempt"),
        "endings": ("expired", "cancelled", "finished"),
    },
    hold=3.0,
)
