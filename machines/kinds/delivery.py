"""Rent type *delivery*: everything that may happen to a parcel on its way into a locker and out of it is in this file.

May not call anything; rows 20-61 are the shared half in `rent`. Non-obvious choice: `ready_for_pickup` waits for a *courier*
(B:2711 puts it before the transport to the locker); what a customer calls ready is `in_progress`.
"""

from ..chart import StrictChart
from ..row import Declare
from .conditions import (
    CHOSEN,
    CREATABLE,
    CREATABLE_IN_LOCKER,
    DROP_OFF_FIELDS,
    FILLED,
    PICK_UP_FIELDS,
    SELECTS_LOCKER,
    brings_only,
    in_plan,
)
from .limits import collect_limit
from .rent import API, HIGH, LOCKER, LOW, MEDIUM, TIMER, Sources, pick_up_half, rent_machine, rent_states

WAITING = ("created", "reserved", "ready_for_pickup", "in_transit")
UPDATABLE = (*WAITING, "starting", "in_progress", "locker_opened", "expired", "cancelled")
SOURCES = Sources(expiry="B:2395, 2435, 3463, 3497", expiry_confidence=HIGH, cancel="B:1958, 3462, 2391", endings=", 2393, 2395")


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
        call="bloqit.deliveries.ready_for_pickup", signals="rent.ready_for_pickup", guard=in_plan("ready_for_pickup"),
        evidence="B:2660, 2696, 3466; sources inferred: the step before transit to the locker (B:2711)",
        confidence=MEDIUM)
    row("07", "ready_for_pickup", "in_transit_requested", "in_transit", API, call="bloqit.deliveries.in_transit",
        signals="rent.in_transit", guard=in_plan("in_transit"), evidence="B:2711, 2747, 3465", confidence=HIGH)
    row("08", ("created", "reserved"), "in_transit_requested", "in_transit", API, call="bloqit.deliveries.in_transit",
        signals="rent.in_transit", policy="in_transit_unannounced", guard=in_plan("in_transit"),
        evidence="inferred because the text only says it 'comes after' D06 (B:2711)", confidence=LOW)
    row("09", ("reserved", "ready_for_pickup", "in_transit"), "make_requested", "starting", API,
        call="bloqit.deliveries.make", signals="rent.started", guard=CHOSEN, confidence=HIGH,
        evidence="B:2551, 2594, 3455 (reserved stated; the two transit states lie between reserve and drop-off)")
    row("10", "created", "make_requested", "starting", API, call="bloqit.deliveries.make", signals="rent.started",
        guard=CHOSEN, evidence="B:2566, 2551", confidence=HIGH)
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
        guard=brings_only(DROP_OFF_FIELDS), evidence="B:1745, 1765, 1780, 1785", confidence=HIGH)
    row("17", UPDATABLE, "update_pickup_fields", None, API, call="bloqit.rents.update", guard=brings_only(PICK_UP_FIELDS),
        evidence="B:1745, 1760, 1770, 1775", confidence=HIGH)
    row("18", WAITING, "dropoff_deadline_reached", "expired", TIMER, signals="rent.expired", condition="now >= limit",
        evidence="inferred: a limit is demanded so that no delivery stays 'pending forever' (B:2425, 2430)",
        confidence=MEDIUM)
    row("19", "expired", "return_requested", "in_progress", API, call="bloqit.deliveries.return_",
        policy="return_expired_delivery", guard=FILLED, confidence=LOW,
        evidence="B:2834 'transform this delivery into a return'; target inferred: the item is in a closed locker; the sample "
        "says delivery and finished (B:2867-2868)")
    # fmt: on
    pick_up_half(row, WAITING, SOURCES)


DELIVERY = rent_machine(
    "delivery",
    Delivery,
    happy=("D02", "D09", "D12", "D22", "D26", "D27"),
    waiting=WAITING,
    expires=collect_limit,
    drops_off=True,
)
