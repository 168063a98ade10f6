"""What all rent types share: the thirteen states and the pick-up half (rows 20-61), declared once.

May not know any rent type; a type's own file declares its drop-off half (rows below 20) and calls `pick_up_half`. Non-obvious
choice: `expired` and `cancelled` are not final. The locker stays allocated to such a rent (B:1960, 2393, 2395) until somebody
collects the item or asserts that the box is empty, so only `finished` ends a rent.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from statemachine.states import States

from ..chart import StrictChart, states_of
from ..row import Declare
from ..table import Deadline, Due, Group, Machine
from ..words import Cause, Confidence
from .conditions import ALLOCATED, EMPTY, LATER_EXPIRY
from .limits import drop_off_limit

API, LOCKER, TIMER, AUTOMATIC = Cause.API, Cause.LOCKER, Cause.TIMER, Cause.AUTOMATIC
HIGH, MEDIUM, LOW = Confidence.HIGH, Confidence.MEDIUM, Confidence.LOW

RENT_NOTES = frozenset(
    # B:3444-3482: what happens around a rent and changes none of its states. A closed door is among them on purpose: it may
    # arrive before the rent event that it causes, and only the latter says what the rent became (see `coupling`).
    {
        "locker.locker_opened",
        "locker.locker_closed",
        "locker.locker_timeout",
        "locker.open_warning",
        "locker.open_locker_error",
        "locker.spontaneous_locker_opening",
        "rent.automatic_notification_sent",
        "rent.drop_off_confirmation",
        "rent.drop_off_code_check",
        "rent.drop_off_code_check_offline",
        "rent.waiting_offline_dropoff_sync",
        "rent.drop_off_misalignment",
        "bloq.label_printed",
        "bloq.print_label_error",
    }
)

AFTER_DROP_OFF = ("in_progress", "locker_opened")
BEFORE_COLLECTION = ("starting", *AFTER_DROP_OFF)
OVERDUE = ("expired", "cancelled")

COARSE: Mapping[str, str] = MappingProxyType(
    # The four steps that Bloq.it itself teaches newcomers with, as a quotient of the thirteen states.
    {
        "created": "created",
        **dict.fromkeys(("reserved", "ready_for_pickup", "in_transit", "starting"), "waiting_dropoff"),
        **dict.fromkeys(("in_progress", "locker_opened", "expired", "cancelled", "collect_item"), "waiting_pickup"),
        **dict.fromkeys(("price_calculation", "payment_attempt", "finished"), "delivered"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """How well the documents tell the shared half of one rent type; arrows are the same for all, their evidence is not.

    Attributes:
        expiry: Evidence of row 40.
        expiry_confidence: Its confidence.
        cancel: Evidence of row 50.
        endings: Lines on leaving `expired` and `cancelled`, put to rows 25 and 27.
        closing: Evidence of row 26.
        ending_confidence: Confidence of rows 26 and 27.
    """

    expiry: str
    expiry_confidence: Confidence = MEDIUM
    cancel: str = "B:1958, 3462"
    endings: str = ""
    closing: str = "B:3459"
    ending_confidence: Confidence = HIGH


def rent_states(*drop_off: str) -> States:
    """The states of a rent type: its own drop-off states first, then those that all types share."""
    return states_of(
        "created",
        *drop_off,
        "starting",
        "in_progress",
        "locker_opened",
        "collect_item",
        "price_calculation",
        "payment_attempt",
        "expired",
        "cancelled",
        "finished",
        final=("finished",),
    )


def rent_machine(
    kind: str, chart: type[StrictChart], *, happy: tuple[str, ...], waiting: tuple[str, ...], expires: Due, drops_off: bool
) -> Machine:
    """A rent type's machine.

    Args:
        kind: Its name.
        chart: Its chart.
        happy: Row ids of its everyday way.
        waiting: States in which it waits for its item, door closed.
        expires: When it expires once the item is inside.
        drops_off: Whether it expires while waiting, too (deliveries and returns, B:2425, 2928).
    """
    drop_off = (Deadline("dropoff_deadline_reached", frozenset(waiting), drop_off_limit),)
    return Machine(
        kind=kind,
        title=f"Bloq.it rent of type {kind}",
        system="bloqit",
        chart=chart,
        read="bloqit.rents.get",
        happy=happy,
        groups=(
            Group("drop-off", (waiting[0] if len(waiting) == 1 else Group("waiting", waiting), "starting")),
            Group("pick-up", (Group("item inside", AFTER_DROP_OFF), "collect_item", "price_calculation", "payment_attempt")),
            Group("endings", (Group("locker still allocated", OVERDUE), "finished")),
        ),
        hold=3.0,
        deadlines=(*(drop_off if drops_off else ()), Deadline("expiry_reached", frozenset({"in_progress"}), expires)),
        notes=RENT_NOTES,
        coarse=COARSE,
    )


# A row reads like the table's row, in its columns' order; the formatter would stack its arguments one below the other.
# fmt: off
def pick_up_half(row: Declare, before_drop_off: tuple[str, ...], sources: Sources) -> None:
    """Declare rows 20-61 of a rent type whose rents wait for their item in `before_drop_off`."""
    unfinished = (*before_drop_off, *BEFORE_COLLECTION)
    _door(row, sources)
    _payment(row, sources)
    row("40", "in_progress", "expiry_reached", "expired", TIMER, signals="rent.expired", condition="now >= limit",
        evidence=sources.expiry, confidence=sources.expiry_confidence)
    row("41", "locker_opened", "expiry_reached", "expired", TIMER, signals="rent.expired", policy="expire_while_open",
        condition="accept inbound; our simulator defers until the door is closed",
        evidence="inferred because the timer does not know doors; not stated", confidence=LOW)
    row("50", unfinished, "cancel_requested", "cancelled", API, call="bloqit.rents.cancel", signals="rent.cancelled",
        condition="not finished", evidence=f"{sources.cancel}; source set inferred: no state is excluded by the text",
        confidence=MEDIUM)
    row("51", "expired", "cancel_requested", "cancelled", API, call="bloqit.rents.cancel", signals="rent.cancelled",
        policy="cancel_expired", condition="do not send; accept inbound",
        evidence="inferred because both have the same exits (B:2395); not stated", confidence=LOW)
    row("52", OVERDUE, "finish_requested", "finished", API, call="bloqit.rents.finish", signals="rent.finished",
        guard=EMPTY, evidence=f"B:2062, 1960{sources.endings}", confidence=HIGH, sets={"item_inside": False})
    row("60", unfinished, "extend_requested", None, API, call="bloqit.rents.extend", signals="rent.extended",
        guard=LATER_EXPIRY, evidence="B:1856, 3464, 1745", confidence=MEDIUM)
    row("61", "expired", "extend_requested", "in_progress", API, call="bloqit.rents.extend", signals="rent.extended",
        guard=LATER_EXPIRY, policy="extend_revives_expired",
        evidence="inferred because extending a passed date has no other purpose; not stated", confidence=LOW)


def _door(row: Declare, sources: Sources) -> None:
    row("20", "in_progress", "open_requested", "locker_opened", API, call="bloqit.rents.open_locker",
        signals="rent.locker_opened", condition="bloq online, else 502 or 504",
        evidence="B:1907, 1943, 3457; sample is a store, text is for all types", confidence=HIGH)
    row("20", "expired", "open_requested", "locker_opened", API, call="bloqit.rents.open_locker",
        signals="rent.locker_opened", since="1.64",
        evidence="the changelog of 1.64: a locker may now be opened for an expired rent, too", confidence=HIGH)
    row("21", "locker_opened", "door_closed", "in_progress", LOCKER, signals="rent.in_progress",
        evidence="inferred: locker_opened is a detour 'while the rent is in progress' (B:3457), closing yields in_progress "
        "(B:3456, 2204), and collect is only legal from in_progress (B:2011)", confidence=MEDIUM)
    row("22", "in_progress", "pickup_code_ok", "collect_item", LOCKER, signals="rent.collect_item",
        condition="code in pickUpCodes; prePickUpActions (mfa) done; not expired",
        evidence="B:2117, 2153, 3458, 2455, 2497", confidence=HIGH)
    row("23", "in_progress", "pickup_code_wrong", None, LOCKER, signals="rent.pin_attempt",
        evidence="B:3472", confidence=HIGH)
    row("24", "in_progress", "collect_requested", "collect_item", API, call="bloqit.rents.collect",
        signals="rent.collect_item", evidence="B:2011, 2047, 656", confidence=HIGH)
    row("25", OVERDUE, "collect_requested", "collect_item", API, call="bloqit.rents.collect",
        signals="rent.collect_item", guard=ALLOCATED, sets={"retrieved": True},
        evidence=f"B:2011, 1960, 656{sources.endings}", confidence=HIGH)


def _payment(row: Declare, sources: Sources) -> None:
    row("26", "collect_item", "door_closed", "price_calculation", LOCKER, signals="rent.price_calculation",
        evidence=sources.closing, confidence=sources.ending_confidence, sets={"item_inside": False})
    row("27", "price_calculation", "price_settled", "finished", AUTOMATIC, signals="rent.finished",
        condition="amount due = 0 or already covered", evidence=f"B:3460{sources.endings}",
        confidence=sources.ending_confidence)
    row("28", "price_calculation", "payment_required", "payment_attempt", AUTOMATIC, policy="payment_attempts",
        condition="amount due > 0", confidence=LOW,
        evidence="inferred: the state exists only in the enums, right after price_calculation (B:1344, 1449, 1533)")
    row("29", "payment_attempt", "payment_succeeded", "finished", AUTOMATIC, signals="rent.finished",
        policy="payment_attempts", confidence=LOW,
        evidence="inferred because nothing else can leave payment_attempt towards the only terminal state")
    row("30", "payment_attempt", "payment_failed", None, AUTOMATIC, policy="payment_attempts", confidence=LOW,
        evidence="inferred because 'attempt' implies repetition; self-loop, no event")
    row("31", "collect_item", "door_closed_no_pricing", "finished", LOCKER, signals="rent.finished",
        policy="finish_without_pricing", condition="accept inbound only", sets={"item_inside": False}, confidence=LOW,
        evidence="inferred because B:2393 says 'to the Collect Item state, and then to the Finished State'")
# fmt: on
