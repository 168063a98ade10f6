"""Rent type *return*: a customer brings something back by a locker; everything that may happen to it is in this file.

May not call anything; rows 20-61 are the shared half in `rent`. Non-obvious choice: nobody can ask for a drop-off. No document
gives a call for it; the customer identifies at the bloq, so `starting` is only ever heard of (T05).
"""

from ..chart import StrictChart
from ..row import Declare
from .conditions import DROP_OFF_FIELDS, PICK_UP_FIELDS, PLACES_RETURN, SELECTS_LOCKER, UNPLACED, brings_only, in_plan
from .limits import collect_date
from .rent import API, HIGH, LOCKER, LOW, MEDIUM, TIMER, Sources, pick_up_half, rent_machine, rent_states

WAITING = ("created", "reserved")
SOURCES = Sources(
    expiry="B:2923, 2933, 3463, 3497",
    cancel="B:1958, 3462, 2885",
    closing="B:3459 (text names store, send, delivery only)",
    ending_confidence=MEDIUM,
)


class Return(StrictChart):
    """The chart of a return, rows T01-T61."""

    states_in_order = rent_states("reserved")
    row = Declare(states_in_order, "T")

    # A row reads like the table's row, in its columns' order; the formatter would stack its arguments one below the other.
    # fmt: off
    row("01", "absent", "create_without_locker", "created", API, call="bloqit.returns.create", signals="rent.created",
        guard=UNPLACED, evidence="B:2889, 2998", confidence=HIGH, stamps="created_at")
    row("02", "absent", "create_with_locker", "reserved", API, call="bloqit.returns.create", signals="rent.reserved",
        guard=PLACES_RETURN, evidence="B:2889, 2897, 2981", confidence=HIGH, stamps="created_at")
    row("03", "created", "reserve_locker", "reserved", API, call="bloqit.returns.reserve_locker", signals="rent.reserved",
        guard=SELECTS_LOCKER, evidence="B:2998, 3009, 3023, 3053", confidence=HIGH)
    row("04", "reserved", "reserve_locker", None, API, call="bloqit.returns.reserve_locker", guard=SELECTS_LOCKER,
        policy="reselect_locker", evidence="inferred, not stated", confidence=LOW)
    row("05", "reserved", "dropoff_opened", "starting", LOCKER, signals="rent.started", confidence=MEDIUM,
        condition="the customer identifies at the bloq (code or QR)",
        evidence="B:3455; inferred: no make endpoint exists for returns, and 'return the item on that Locker' (B:31)")
    row("06", "starting", "door_closed", "in_progress", LOCKER, signals="rent.in_progress", evidence="B:3456, 3468",
        confidence=HIGH, sets={"item_inside": True}, stamps="in_progress_at")
    row("07", WAITING, "offline_dropoff_synced", "in_progress", LOCKER, signals="rent.offline_dropoff", confidence=MEDIUM,
        condition="bloq and code valid; otherwise locker.locker_inactive with metadata.reason (B:3501-3504)",
        evidence="B:3473", sets={"item_inside": True}, stamps="in_progress_at")
    row("08", ("starting", "reserved"), "dropoff_cancelled", None, LOCKER, signals="rent.drop_off_cancellation",
        policy="dropoff_cancelled_stays", condition="annotate; if in starting: reconcile",
        evidence="B:3469; fallback inferred because it is not rent.cancelled", confidence=LOW)
    row("09", ("in_progress", "locker_opened", "expired", "cancelled"), "finish_return_requested", "finished", API,
        call="bloqit.returns.finish", signals="rent.finished", guard=in_plan("finish_return"), confidence=MEDIUM,
        sets={"item_inside": False},
        evidence="B:3070, 2885 'signal that a return was collected or finished'; sources inferred: the item was removed")
    row("10", "reserved", "finish_return_requested", "finished", API, call="bloqit.returns.finish", signals="rent.finished",
        guard=in_plan("finish_return"), policy="finish_reserved_return", confidence=LOW,
        evidence="the sample's state reserved (B:3106) may hint that it can be called there")
    row("11", WAITING, "dropoff_deadline_reached", "expired", TIMER, signals="rent.expired", condition="now >= limit",
        evidence="inferred as D18; B:2923, 2928", confidence=MEDIUM)
    row("12", WAITING, "update_dropoff_fields", None, API, call="bloqit.rents.update", guard=brings_only(DROP_OFF_FIELDS),
        evidence="B:1745", confidence=HIGH)
    row("13", (*WAITING, "starting", "in_progress", "locker_opened", "expired", "cancelled"), "update_pickup_fields", None, API,
        call="bloqit.rents.update", guard=brings_only(PICK_UP_FIELDS), evidence="B:1745", confidence=HIGH)
    row("14", "absent", "converted_from_delivery", "in_progress", API, policy="return_expired_delivery",
        elsewhere="the delivery, for return_requested (D19)", evidence="B:2834", confidence=LOW, sets={"item_inside": True},
        stamps="in_progress_at")
    # fmt: on
    pick_up_half(row, WAITING, SOURCES)


RETURN = rent_machine(
    "return",
    Return,
    happy=("T02", "T05", "T06", "T24", "T26", "T27"),
    waiting=WAITING,
    expires=collect_date,
    drops_off=True,
)
