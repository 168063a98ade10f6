"""What the endpoints for rents of all types do (B:1301-2109), and the hardware that they can pretend (B:2111-2215).

May not know HTTP. Non-obvious choice: an update is judged by the state first and by its dates second, so that a client that
updates a finished rent always meets 409, whatever it sends.
"""

from collections.abc import Collection
from dataclasses import replace

from .bloqit import Bloqit, close_door, enter, note, open_door, require_openable, tell
from .forms import DROP_OFF_FIELDS, LABEL_FIELDS, RentForm, check_pairs
from .network import Locker
from .rent import Rent
from .reserving import check_collect_limit
from .words import Cause, RefusedError, iso


def open_locker(side: Bloqit, rent: Rent, *, cause: Cause) -> None:
    """Open the door in mid-rent (B:1907), in the states that `Settings.open_allowed_in` names.

    Raises:
        RefusedError: 409, or 502 or 504 for a door that cannot be reached.
    """
    allowed: Collection[str] = side.ground.settings.open_allowed_in
    looks_after_expiry = rent.state == "expired" and rent.item_inside
    if rent.state in ("in_progress", "expired") and rent.state not in allowed:
        raise RefusedError(409, "stateInvalid", message=f"open is not possible in state {rent.state}")
    _open(side, rent, trigger="open_expired" if looks_after_expiry else "open", cause=cause)


def collect(side: Bloqit, rent: Rent, *, cause: Cause) -> None:
    """Open the door for the last time (B:2011); a rent that never had a locker can only be finished.

    Raises:
        RefusedError: 409.
    """
    _open(side, rent, trigger="collect", cause=cause)


def pick_up(side: Bloqit, rent: Rent, *, cause: Cause, code: str | None = None) -> None:
    """The customer types a pick-up code at the keypad (B:2117).

    Args:
        side: The pretend Bloq.it.
        rent: The rent.
        cause: The customer, at the locker.
        code: What was typed; `None` for the test endpoint, which says that it was correct.

    Raises:
        RefusedError: 409 for a wrong state or a wrong code. A wrong code leaves the state as it is, but not without a
            trace: the machine reports it (`rent.pin_attempt`, B:3472).
    """
    side.target(rent, "pick_up_code")
    if code is not None and code not in rent.codes.values():
        note(side, rent, event="rent.pin_attempt", cause=replace(cause, operation=f"{cause.operation}.wrong_code"))
        raise RefusedError(409, "pickUpCodeInvalid", message="The locker does not know this code.")
    _open(side, rent, trigger="pick_up_code", cause=cause)


def close(side: Bloqit, rent: Rent, *, cause: Cause) -> None:
    """The door of a rent's locker is closed (B:2168).

    Raises:
        RefusedError: 409 without a locker, or when it is closed already.
    """
    close_door(side, side.locker_of(rent), cause=cause)


def cancel(side: Bloqit, rent: Rent, *, cause: Cause) -> None:
    """Cancel; the locker stays allocated (B:1960).

    Raises:
        RefusedError: 409.
    """
    enter(side, rent, state=side.target(rent, "cancel"), cause=cause)


def finish(side: Bloqit, rent: Rent, *, cause: Cause) -> None:
    """End without opening the locker, after a cancellation or an expiry (B:2062).

    Raises:
        RefusedError: 409.
    """
    enter(side, rent, state=side.target(rent, "finish"), cause=cause)


def update(side: Bloqit, rent: Rent, *, form: RentForm, cause: Cause) -> None:
    """Change fields, each as long as the state allows it (B:1745).

    Raises:
        RefusedError: 409 for a state that forbids one of the fields, 400 for half a label or a date in the past.
    """
    side.target(rent, "update")
    given = form.model_fields_set - {"customer", "notification_options", "pick_up_code"}  # not updatable (B:1756-1817)
    strict = side.ground.settings.label_update_phase == "drop_off"
    if given & (DROP_OFF_FIELDS | LABEL_FIELDS if strict else DROP_OFF_FIELDS):
        side.target(rent, "update_drop_off")
    check_collect_limit(side, form, kind=rent.type)
    check_pairs(form.model_copy(update={"pick_up_code": None}))
    extends = "expiry_date" in given and form.expiry_date is not None
    if extends:
        _require_future(side, form)
    rent.form = rent.form.model_copy(update={name: getattr(form, name) for name in given})
    rent.codes = dict(form.pick_up_codes) if form.pick_up_codes else rent.codes
    rent.drop_off_code = form.drop_off_code or rent.drop_off_code
    rent.updated = side.ground.clock.now()
    note(side, rent, event="", cause=cause)
    if extends:
        tell(side, rent, event="rent.extended", cause=cause)


def extend(side: Bloqit, rent: Rent, *, form: RentForm, cause: Cause) -> None:
    """Move the expiry date (B:1856). It revives an expired rent only where `Settings.lenient` says so: nothing else does.

    Raises:
        RefusedError: 409 for a wrong state, 400 without a date or for one in the past.
    """
    target = side.target(rent, "extend")
    revives = target != rent.state
    if revives and not rent.item_inside:
        raise RefusedError(409, "stateInvalid", message="There is no item inside that could wait longer.")
    _require_future(side, form)
    rent.form = rent.form.model_copy(update={"expiry_date": form.expiry_date})
    rent.updated = side.ground.clock.now()
    note(side, rent, event="rent.extended", cause=cause)
    if revives:
        enter(side, rent, state=target, cause=replace(cause, operation="bloqit.automatic.revived"))


def pay(side: Bloqit, rent: Rent, *, succeeds: bool, cause: Cause) -> None:
    """Somebody tries to pay for a rent that waits for it (B:1344); a failure may be followed by another try.

    Raises:
        RefusedError: 409.
    """
    target = side.target(rent, "payment_succeeded" if succeeds else "payment_failed")
    if succeeds:
        enter(side, rent, state=target, cause=cause)
    else:
        note(side, rent, event="", cause=cause)


def open_free(side: Bloqit, locker: Locker, *, cause: Cause) -> None:
    """Open a locker that no rent has (B:456).

    Raises:
        RefusedError: 409 when it is allocated, or open already.
    """
    if locker.rent:
        raise RefusedError(409, "lockerAllocated", message="The locker is allocated to a rent.")
    require_openable(side, locker, cause=cause)
    open_door(side, locker, cause=cause)


def open_or_collect(side: Bloqit, locker: Locker, *, cause: Cause) -> None:
    """Collect if the locker has a rent, on the same conditions; open it otherwise (B:656).

    Raises:
        RefusedError: 409.
    """
    if locker.rent:
        collect(side, side.rent(locker.rent), cause=cause)
    else:
        open_free(side, locker, cause=cause)


def _open(side: Bloqit, rent: Rent, *, trigger: str, cause: Cause) -> None:
    target = side.target(rent, trigger)
    locker = side.locker_of(rent)
    require_openable(side, locker, cause=cause)
    open_door(side, locker, cause=cause)
    enter(side, rent, state=target, cause=cause)


def _require_future(side: Bloqit, form: RentForm) -> None:
    now = side.ground.clock.now()
    if form.expiry_date is None or form.expiry_date <= now:
        raise RefusedError(400, "expiryDateInvalid", message=f"expiryDate must be later than {iso(now)}.")
