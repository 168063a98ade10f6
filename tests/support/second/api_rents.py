"""What can be done to a rent of any type (B:1739-2215).

May not know a type's own operations. Non-obvious choice: of the two rules for updates the stricter one counts (B:1745 against
B:1790-1800), field by field; what B:1760 calls the pick-up phase is over with an expiry or a cancellation, for dates.
"""

from datetime import timedelta
from typing import Any

from . import lives
from .call import Call
from .things import About, Rent
from .views import Json, rent_view
from .words import API, CANCELLABLE, COLLECTED, EXTENDABLE, LOCKER, SIZES, conflict, invalid

DATES = frozenset({"expiryDate", "collectTimeLimit"})


def _rent(call: Call) -> Rent:
    return call.world.rent(call.path["rentID"])


def _known(told: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if value is not None}


def update(call: Call) -> Json:
    """Change what was said of a rent (B:1741); B:1842 shows a list, as the operation above it does, so the rent is answered."""
    rent = _rent(call)
    early = _known(
        {
            "deliveryDateLimit": call.moment("deliveryDateLimit"),
            "dropOffCode": call.text("dropOffCode"),
            "desiredLockerType": call.one_of("desiredLockerType", SIZES),
            "pickUpCodes": call.codes(),
            **call.label(),
        }
    )
    late = _known(
        {
            "expiryDate": call.moment("expiryDate"),
            "collectTimeLimit": call.hours(),
            "externalID": call.text("externalID"),
            "operationType": call.one_of("operationType", ("firstMile", "lastMile")),
            "prePickUpActions": call.listed("prePickUpActions", ("mfa",)),
            "carrier": call.text("carrier"),
        }
    )
    _check_updatable(rent, early, late)
    _updated(call, rent, early, late)
    return rent_view(call.world, rent)


def _check_updatable(rent: Rent, early: dict[str, Any], late: dict[str, Any]) -> None:
    if early and rent.state not in {"created", "reserved"}:
        raise conflict("rentStateInvalid", f"{', '.join(early)} can only be updated in the states created and reserved.")
    if late and rent.state in COLLECTED:
        raise conflict("rentStateInvalid", f"{', '.join(late)} can only be updated while the rent has not been collected.")
    if rent.state in {"expired", "cancelled"} and DATES & late.keys():
        raise conflict("rentStateInvalid", f"The dates of a rent in the state {rent.state} can not be updated.")


def _updated(call: Call, rent: Rent, early: dict[str, Any], late: dict[str, Any]) -> None:
    asked: Any = late.pop("expiryDate", None)
    rent.told |= early | late
    if "pickUpCodes" in early:
        rent.told["pickUpCode"] = None
    longer = asked is not None and (rent.expiry is None or asked > rent.expiry)
    if asked is not None:
        rent.expiry, rent.by_default = asked, False
    elif "collectTimeLimit" in late and rent.state in {"in_progress", "locker_opened"}:
        rent.expiry = rent.told["dropOffDate"] + timedelta(hours=late["collectTimeLimit"])
    if longer:
        call.world.emit("rent.extended", API, About(rent=rent))


def extend(call: Call) -> Json:
    """Give it a later limit (B:1856); one that is not later extends nothing and is 400."""
    rent, limit = _rent(call), call.moment("expiryDate", required=True)
    lives.need(rent, EXTENDABLE, "extended")
    if limit is None or (rent.expiry is not None and limit <= rent.expiry):
        raise invalid("expiryDate", "The new expiry date is not after the present one.")
    rent.expiry, rent.by_default = limit, False
    call.world.emit("rent.extended", API, About(rent=rent))
    return rent_view(call.world, rent, full=True)


def open_locker(call: Call) -> Json:
    """Open its door in mid-rent."""
    rent = _rent(call)
    lives.reopen(call.world, rent, API)
    return rent_view(call.world, rent)


def cancel(call: Call) -> Json:
    """Cancel it; it keeps its locker (B:1958-1960)."""
    rent = _rent(call)
    lives.need(rent, CANCELLABLE, "cancelled")
    lives.move(call.world, rent, "cancelled", API)
    return rent_view(call.world, rent)


def collect(call: Call) -> Json:
    """Open its door for the item to be taken."""
    rent = _rent(call)
    lives.collect(call.world, rent, API)
    return rent_view(call.world, rent)


def finish(call: Call) -> Json:
    """Finish it without opening its door, once it is cancelled or expired (B:2062); no price is calculated."""
    rent = _rent(call)
    lives.need(rent, ("cancelled", "expired"), "finished")
    lives.move(call.world, rent, "finished", API)
    return rent_view(call.world, rent)


def keypad(call: Call) -> Json:
    """Its pick-up code is typed (B:2117); an expired rent cannot be picked up (B:1760)."""
    rent = _rent(call)
    lives.collect(call.world, rent, LOCKER, ("in_progress",))
    return rent_view(call.world, rent)


def close(call: Call) -> Json:
    """Somebody shuts its door (B:2168)."""
    rent, world = _rent(call), call.world
    locker = world.of(rent)
    if locker is None or locker.rent != rent.id or not locker.is_open:
        raise conflict("lockerNotOpen", "The rent has no open locker.")
    lives.closed(world, locker, LOCKER)
    return rent_view(world, rent)
