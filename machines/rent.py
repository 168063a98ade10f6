"""What all rent types share: the thirteen states and the pick-up half (rows 20-61), declared once.

May not know any rent type; a type's own file declares its drop-off half (rows below 20) and calls `pick_up_half`. Non-obvious
choice: `expired` and `cancelled` are not final. The locker stays allocated to such a rent (B:1960, 2393, 2395) until somebody
collects the item or asserts that the box is empty, so only `finished` ends a rent.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from statemachine.states import States

from .chart import states_of
from .row import Declare, Guard
from .words import Cause, Confidence, Event, Facts

API, LOCKER, TIMER, AUTOMATIC = Cause.API, Cause.LOCKER, Cause.TIMER, Cause.AUTOMATIC
HIGH, MEDIUM, LOW = Confidence.HIGH, Confidence.MEDIUM, Confidence.LOW

RENT_NOTES = frozenset(
    # B:3444-3482: what happens around a rent and changes none of its states. A closed door is among them on purpose: it may
    # arrive before the rent event that it causes, and only the latter says what the rent became.
    {
        "locker.locker_opened",
        "locker.locker_closed",
        "locker.locker_timeout",
        "locker.open_warning",
        "locker.open_locker_error",
        "locker.spontaneous_locker_opening",
        "rent.drop_off_confirmation",
        "rent.drop_off_code_check",
        "rent.drop_off_code_check_offline",
        "rent.waiting_offline_dropoff_sync",
        "bloq.label_printed",
        "bloq.print_label_error",
    }
)

AFTER_DROP_OFF = ("in_progress", "locker_opened")
BEFORE_COLLECTION = ("starting", *AFTER_DROP_OFF)
OVERDUE = ("expired", "cancelled")
STILL_ALLOCATED = "a locker allocated (a rent that ended before it got one can only be finished)"


def given(facts: Facts, event: Event, name: str) -> object:
    """A fact as the event brings it, else as the case has it."""
    return event.data.get(name, facts.get(name))


def locker_known(facts: Facts, event: Event) -> bool:
    """A locker is chosen, or the event chooses one (B:2566)."""
    return given(facts, event, "locker_id") is not None


def locker_empty(facts: Facts, event: Event) -> bool:
    """We saw it emptied, never saw it filled, or the caller asserts it (B:2062)."""
    return event.data.get("locker_empty") is True or not facts.get("item_inside")


def later_expiry(_facts: Facts, event: Event) -> bool:
    """The event brings an expiry that lies ahead of it."""
    expiry = instant(event.data.get("expiry_at"))
    return expiry is not None and expiry > event.at


NEEDS_LOCKER = Guard("a locker chosen or given", locker_known)
NEEDS_ALLOCATION = Guard(STILL_ALLOCATED, locker_known)
NEEDS_EMPTY = Guard("an empty locker, asserted with locker_empty", locker_empty)
NEEDS_LATER_EXPIRY = Guard("an expiry_at that lies ahead", later_expiry)


def instant(value: object) -> datetime | None:
    """An aware instant out of a fact (ISO 8601 text); None for anything else, for facts come from outside."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def collect_limit(facts: Facts) -> datetime | None:
    """When a parcel in a locker expires: expiryDate, else the collect hours after drop-off, else the bloq's (A52)."""
    if (fixed := instant(facts.get("expiry_at"))) is not None:
        return fixed
    return _hours_after(facts, "in_progress_at", ("collect_limit_hours", "bloq_collect_hours"))


def drop_off_limit(facts: Facts) -> datetime | None:
    """When a parcel that was never dropped off expires: its own limit, else expiryDate, else the bloq's hours (A52, D18)."""
    for name in ("dropoff_limit_at", "expiry_at"):
        if (fixed := instant(facts.get(name))) is not None:
            return fixed
    return _hours_after(facts, "created_at", ("bloq_delivery_hours",))


def _hours_after(facts: Facts, start: str, limits: Iterable[str]) -> datetime | None:
    began = instant(facts.get(start))
    hours = next((facts[name] for name in limits if isinstance(facts.get(name), int)), None)
    if began is None or not isinstance(hours, int):
        return None
    return began + timedelta(hours=hours)


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


# A row reads like the table's row, in its columns' order; the formatter would stack its arguments one below the other.
# fmt: off
def pick_up_half(row: Declare, before_drop_off: tuple[str, ...]) -> None:
    """Declare rows 20-61 of a rent type whose rents wait for their item in `before_drop_off`."""
    unfinished = (*before_drop_off, *BEFORE_COLLECTION)
    _door(row)
    _payment(row)
    row("40", "in_progress", "expiry_reached", "expired", TIMER, signals="rent.expired", condition="now >= limit",
        evidence="B:2395, 2435, 3463, 3497", confidence=HIGH)
    row("41", "locker_opened", "expiry_reached", "expired", TIMER, signals="rent.expired", policy="expire_while_open",
        condition="accept inbound; our simulator defers until the door is closed",
        evidence="inferred because the timer does not know doors; not stated", confidence=LOW)
    row("50", unfinished, "cancel_requested", "cancelled", API, call="bloqit.rents.cancel", signals="rent.cancelled",
        condition="not finished", evidence="B:1958, 3462, 2391; source set inferred: no state is excluded by the text",
        confidence=MEDIUM)
    row("51", "expired", "cancel_requested", "cancelled", API, call="bloqit.rents.cancel", signals="rent.cancelled",
        policy="cancel_expired", condition="do not send; accept inbound",
        evidence="inferred because both have the same exits (B:2395); not stated", confidence=LOW)
    row("52", OVERDUE, "finish_requested", "finished", API, call="bloqit.rents.finish", signals="rent.finished",
        guard=NEEDS_EMPTY, evidence="B:2062, 1960, 2393, 2395", confidence=HIGH, sets={"item_inside": False})
    row("60", unfinished, "extend_requested", None, API, call="bloqit.rents.extend", signals="rent.extended",
        guard=NEEDS_LATER_EXPIRY, evidence="B:1856, 3464, 1745", confidence=MEDIUM)
    row("61", "expired", "extend_requested", "in_progress", API, call="bloqit.rents.extend", signals="rent.extended",
        guard=NEEDS_LATER_EXPIRY, policy="extend_revives_expired",
        evidence="inferred because extending a passed date has no other purpose; not stated", confidence=LOW)


def _door(row: Declare) -> None:
    row("20", "in_progress", "open_requested", "locker_opened", API, call="bloqit.rents.open_locker",
        signals="rent.locker_opened", condition="rent in_progress (1.64 adds expired); bloq online else 502/504",
        evidence="B:1907, 1943, 3457; sample is a store, text is for all types", confidence=HIGH)
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
        signals="rent.collect_item", guard=NEEDS_ALLOCATION, sets={"retrieved": True},
        evidence="B:2011, 1960, 2393, 2395, 656", confidence=HIGH)


def _payment(row: Declare) -> None:
    row("26", "collect_item", "door_closed", "price_calculation", LOCKER, signals="rent.price_calculation",
        evidence="B:3459", confidence=HIGH, sets={"item_inside": False})
    row("27", "price_calculation", "price_settled", "finished", AUTOMATIC, signals="rent.finished",
        condition="amount due = 0 or already covered", evidence="B:3460, 2393", confidence=HIGH)
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
