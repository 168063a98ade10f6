"""The guards of rents: what must be known or brought before something may be asked of one.

May not read a clock, a database or a client, nor bind what a remote reports. Non-obvious choice: a plan's features are refused
only where we were told what the plan has; without that the remote is asked, and its 403 decides (A49).
"""

from collections.abc import Iterable

from ..row import Guard
from ..words import Event, Facts
from .limits import instant

LONGEST_PICKUP_CODE = 14  # characters, B:2453

LABEL = ("label_content", "label_template_id")
DROP_OFF_FIELDS = ("dropoff_limit_at", "dropoff_code", "locker_type", "pickup_codes", *LABEL)
PICK_UP_FIELDS = ("expiry_at", "external_id", "collect_limit_hours", "collect_limit_at", "pickup_codes", *LABEL)
"""B:1745 lets codes and labels be changed until drop-off, B:1790-1800 until pick-up: the wider one, and a 409 decides (A13)."""

STORED_FIELDS = ("expiry_at", "external_id", "collect_limit_hours", "pickup_codes")
"""B:1745, 1800: what may be changed of a rent that has no drop-off of its own."""


def given(facts: Facts, event: Event, name: str) -> object:
    """A fact as the event brings it, else as the case has it."""
    return event.data.get(name, facts.get(name))


def locker_known(facts: Facts, event: Event) -> bool:
    """A locker is chosen, or the event chooses one (B:2566)."""
    return given(facts, event, "locker_id") is not None


def locker_empty(facts: Facts, event: Event) -> bool:
    """We saw it emptied, never saw it filled, or the caller asserts it (B:2062)."""
    return event.data.get("locker_empty") is True or not facts.get("item_inside")


def item_inside(facts: Facts, _event: Event) -> bool:
    """We saw it filled, and not emptied since."""
    return bool(facts.get("item_inside"))


def later_expiry(_facts: Facts, event: Event) -> bool:
    """The event brings an expiry that lies ahead of it."""
    expiry = instant(event.data.get("expiry_at"))
    return expiry is not None and expiry > event.at


def one_code(facts: Facts, event: Event) -> bool:
    """One kind of pick-up code (B:2401), and not too long (B:2453)."""
    code, codes = given(facts, event, "pickup_code"), given(facts, event, "pickup_codes")
    return not (code and codes) and len(str(code or "")) <= LONGEST_PICKUP_CODE


def whole_label(facts: Facts, event: Event) -> bool:
    """Label and template together, or neither (B:2470, 2475)."""
    content, template = (given(facts, event, name) for name in LABEL)
    return bool(content) == bool(template)


def creatable(facts: Facts, event: Event) -> bool:
    """The 400 rules of creation: one code, a whole label, and without a bloq a date that ends the waiting (B:2425, 2430)."""
    places = ("bloq_id", "locker_id", "expiry_at", "dropoff_limit_at")
    ends = any(given(facts, event, name) for name in places)
    return one_code(facts, event) and whole_label(facts, event) and ends


def creatable_in_locker(facts: Facts, event: Event) -> bool:
    """As `creatable`, with the locker that is to be reserved (B:2409)."""
    return creatable(facts, event) and locker_known(facts, event)


def selects_locker(facts: Facts, event: Event) -> bool:
    """A bloq is known (B:2777, 3009) and the event brings the locker or its type (B:2782, 2787, 3023)."""
    brings = event.data.get("locker_id") or event.data.get("locker_type")
    return given(facts, event, "bloq_id") is not None and bool(brings)


def sends_to_somebody(facts: Facts, event: Event) -> bool:
    """A locker, and the phone of the one who may retrieve the item (B:2337-2339, 2349-2353)."""
    return locker_known(facts, event) and bool(given(facts, event, "phone_number"))


def places_return(facts: Facts, event: Event) -> bool:
    """The three ways of placing a return: a bloq with a locker, a locker's type or the rent that is returned (B:2889)."""
    by = ("locker_id", "locker_type", "previous_rent_id")
    return given(facts, event, "bloq_id") is not None and any(given(facts, event, name) for name in by)


def unplaced(facts: Facts, event: Event) -> bool:
    """The fourth way: neither a bloq nor a locker yet (B:2889, 2998)."""
    return given(facts, event, "bloq_id") is None and not locker_known(facts, event)


def in_plan(feature: str) -> Guard:
    """A feature that not every plan has (B:2660, 2711, 3070); the fact `plan_features` lists what this one has."""

    def check(facts: Facts, _event: Event) -> bool:
        features = facts.get("plan_features")
        return not isinstance(features, list) or feature in features

    return Guard(f"a plan with {feature} (plan_features lists what it has)", check)


def brings_only(fields: Iterable[str]) -> Guard:
    """The event brings something to change, and nothing that cannot be changed now."""
    allowed = tuple(fields)

    def check(facts: Facts, event: Event) -> bool:
        brought = set(event.data)
        return bool(brought) and brought <= set(allowed) and whole_label(facts, event)

    label = " (label_content with label_template_id)" if set(LABEL) <= set(allowed) else ""
    return Guard(f"something to change, and only of {', '.join(allowed)}{label}", check)


ALLOCATED = Guard("a locker allocated (a rent that ended before it got one can only be finished)", locker_known)
CHOSEN = Guard("a locker chosen or given", locker_known)
EMPTY = Guard("an empty locker, asserted with locker_empty", locker_empty)
LATER_EXPIRY = Guard("an expiry_at that lies ahead", later_expiry)
FILLED = Guard("an item inside", item_inside)
STARTABLE = Guard("a locker_id", locker_known)
SENDABLE = Guard("a locker_id and the phone_number of whoever may retrieve the item", sends_to_somebody)
CREATABLE = Guard(
    "one of pickup_code (at most 14 characters) and pickup_codes, label_content with label_template_id, and without a "
    "bloq_id or locker_id an expiry_at or dropoff_limit_at",
    creatable,
)
CREATABLE_IN_LOCKER = Guard(CREATABLE.says + ", and a locker_id", creatable_in_locker)
SELECTS_LOCKER = Guard("a bloq, and a locker_id or locker_type in the event", selects_locker)
PLACES_RETURN = Guard("a bloq_id, and a locker_id, a locker_type or the previous_rent_id", places_return)
UNPLACED = Guard("neither a bloq_id nor a locker_id", unplaced)
