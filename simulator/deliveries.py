"""What the delivery endpoints do (B:2391-2881): create, make, notify, the two transit steps, select a locker, return.

May not know HTTP. Non-obvious choice: a delivery that names a locker enters `reserved` at once, without passing `created`,
because `rent.created` belongs to that state (B:3454) and the document's sample starts as reserved (B:2534).
"""

from typing import Literal

from .bloqit import Bloqit, allocate, enter, note, require_available
from .forms import RentForm, check_limit, check_pairs
from .network import Locker
from .rent import Rent
from .reserving import begin, check_size, free_locker, new_rent, require_support, require_unknown, vacant
from .settings import Feature
from .words import Cause, RefusedError, iso


def create(side: Bloqit, form: RentForm, *, cause: Cause, locker_id: str = "", bloq_id: str = "", customer_id: str = "") -> Rent:
    """Create a delivery (B:2397).

    Args:
        side: The pretend Bloq.it.
        form: The validated body.
        cause: Who asks.
        locker_id: Locker to reserve; empty to create without one (B:2409).
        bloq_id: Bloq to remember; empty to leave it open (B:2414).
        customer_id: Customer; any id is taken (B:2419).

    Raises:
        RefusedError: 400, 404 or 409.
    """
    check_pairs(form)
    locker = side.locker(locker_id, bloq=bloq_id) if locker_id else _early(side, bloq_id, form=form)
    bloq = locker.bloq if locker else side.bloq(bloq_id).id if bloq_id else ""
    check_limit(form, bloq=bloq)
    require_support(side, bloq, kind="delivery")
    if locker:
        require_available(side, locker)
    require_unknown(side, form.external_id)
    rent = new_rent(side, form, kind="delivery", customer=customer_id, cause=cause)
    rent.bloq = bloq
    if locker:
        allocate(side, rent, locker=locker)
    enter(side, rent, state="reserved" if locker else "created", cause=cause)
    return rent


def _early(side: Bloqit, bloq_id: str, *, form: RentForm) -> Locker | None:
    """A locker for a delivery that names a bloq and a size only; the document does not say whether it gets one (B:2409-2414)."""
    size = form.desired_locker_type
    wanted = side.ground.settings.create_with_bloq == "reserved" and bloq_id and size and side.bloq(bloq_id).active
    return vacant(side, bloq_id, size=size) if wanted else None


def make(side: Bloqit, rent: Rent, *, cause: Cause, locker_id: str = "") -> None:
    """Open the locker for the item (B:2551).

    Args:
        side: The pretend Bloq.it.
        rent: The rent.
        cause: Who asks.
        locker_id: Replaces the locker that was selected; required if none was (B:2566).

    Raises:
        RefusedError: 400 without any locker, 404, or 409.
    """
    target = side.target(rent, "make")
    if not locker_id and not rent.locker:
        raise RefusedError(400, "lockerIDInvalid", message="No locker was selected: lockerID is required.")
    begin(side, rent, locker=side.locker(locker_id or rent.locker), target=target, cause=cause)


def step(side: Bloqit, rent: Rent, *, trigger: Literal["ready_for_pickup", "in_transit"], cause: Cause) -> None:
    """`ready_for_pickup` (B:2660) or `in_transit` (B:2711).

    Raises:
        RefusedError: 403 when the plan lacks it, 409.
    """
    require_feature(side, trigger)
    enter(side, rent, state=side.target(rent, trigger), cause=cause)


def require_feature(side: Bloqit, feature: Feature) -> None:
    """Refuse what the plan lacks.

    Raises:
        RefusedError: 403.
    """
    if feature not in side.ground.settings.features:
        raise RefusedError(403, "featureNotAvailable", message=f"Your plan does not include {feature}.")


def notify(side: Bloqit, rent: Rent, *, cause: Cause) -> None:
    """Tell the customer that the item waits (B:2609).

    Raises:
        RefusedError: 409 unless the rent is in progress.
    """
    side.target(rent, "notify")
    note(side, rent, event="rent.automatic_notification_sent", cause=cause)


def select_locker(side: Bloqit, rent: Rent, *, cause: Cause, bloq_id: str = "", locker_id: str = "", size: str = "") -> None:
    """Select a locker after the creation (B:2762).

    Args:
        side: The pretend Bloq.it.
        rent: The rent.
        cause: Who asks.
        bloq_id: Mandatory if the rent has no bloq yet (B:2777).
        locker_id: The locker; wins over the size (B:2782).
        size: A size to choose a free locker of (B:2787).

    Raises:
        RefusedError: 400 without bloq or without locker and size, 404, 409.
    """
    target = side.target(rent, "select_locker")
    if not bloq_id and not rent.bloq:
        raise RefusedError(400, "bloqIDInvalid", message="The rent has no bloq: bloqID is required.")
    if not locker_id and not size:
        raise RefusedError(400, "lockerIDInvalid", message="Either lockerID or lockerType is required.")
    bloq = side.bloq(bloq_id or rent.bloq)
    locker = side.locker(locker_id, bloq=bloq.id) if locker_id else free_locker(side, bloq.id, size=check_size(size))
    require_support(side, bloq.id, kind=rent.type)
    require_available(side, locker, rent)
    allocate(side, rent, locker=locker)
    if target == rent.state:
        note(side, rent, event="", cause=cause)
    else:
        enter(side, rent, state=target, cause=cause)


def turn_into_return(side: Bloqit, rent: Rent, *, form: RentForm, cause: Cause) -> None:
    """Turn an expired delivery into a return (B:2834): the item is still in the locker, so it is in progress again.

    Raises:
        RefusedError: 400 without a new expiryDate in the future, 409 unless expired with the item inside.
    """
    target = side.target(rent, "return")
    if not rent.item_inside:
        raise RefusedError(409, "stateInvalid", message="Only an expired delivery with its item inside can be returned.")
    now = side.ground.clock.now()
    if form.expiry_date is None or form.expiry_date <= now:
        raise RefusedError(400, "expiryDateInvalid", message=f"expiryDate must be later than {iso(now)}.")
    rent.form = rent.form.model_copy(update={"expiry_date": form.expiry_date})
    rent.type, rent.updated = "return", now
    enter(side, rent, state=target, cause=cause)
