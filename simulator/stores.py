"""What the endpoints for stores and sends do (B:2219-2389): start, and end a store.

May not know HTTP. Non-obvious choice: `created` is passed inside the call (B:3454, and the answer says `starting`, B:2263); the
step out of it is the machine's, so that one start leaves one effect of its operation.
"""

from dataclasses import replace
from typing import Literal

from .bloqit import Bloqit, allocate, enter, open_door, require_available, require_openable, settle
from .forms import RentForm, StartForm
from .rent import Rent
from .reserving import new_rent, require_support
from .words import Cause, RefusedError


def start(
    side: Bloqit, kind: Literal["store", "send"], *, form: StartForm, locker_id: str, customer_id: str, cause: Cause
) -> Rent:
    """Start a store (B:2223) or a send (B:2332): a new rent whose locker opens at once.

    Args:
        side: The pretend Bloq.it.
        kind: Which of the two.
        form: The validated body.
        locker_id: Required (B:2228, 2337).
        customer_id: Customer; any id is taken.
        cause: Who asks.

    Raises:
        RefusedError: 400, 404, 409, 502 or 504.
    """
    if not locker_id:
        raise RefusedError(400, "lockerIDInvalid", message="lockerID is required.", fields=("lockerID",))
    locker = side.locker(locker_id)
    require_support(side, locker.bloq, kind=kind)
    require_available(side, locker)
    require_openable(side, locker, cause=cause)
    rent = new_rent(side, RentForm(pickUpCodes=form.pick_up_codes), kind=kind, customer=customer_id, cause=cause)
    allocate(side, rent, locker=locker)
    enter(side, rent, state="created", cause=cause)
    open_door(side, locker, cause=cause)
    target = side.target(rent, "door_opened")
    enter(side, rent, state=target, cause=replace(cause, operation="bloqit.automatic.started"))
    return rent


def end(side: Bloqit, rent: Rent, *, open_locker: bool, cause: Cause) -> None:
    """End a store (B:2278): open the locker for the last time, or not at all (B:2289-2294).

    Raises:
        RefusedError: 409, or 502 or 504 for a door that cannot be reached.
    """
    target = side.target(rent, "end_open" if open_locker else "end_closed")
    if not open_locker:
        enter(side, rent, state=target, cause=cause)
        settle(side, rent)
        return
    locker = side.locker_of(rent)
    require_openable(side, locker, cause=cause)
    open_door(side, locker, cause=cause)
    enter(side, rent, state=target, cause=cause)
