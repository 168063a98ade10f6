"""What the delivery endpoints do (B:2391-2881): create, make, notify, the two transit steps, select a locker, return.

May not know HTTP. Non-obvious choice: a delivery that names a locker enters `reserved` at once, without passing `created`,
because `rent.created` belongs to that state (B:3454) and the document's sample starts as reserved (B:2534).
"""

from .bloqit import Bloqit, allocate, enter, note, open_door, require_available, require_closed
from .forms import RentForm, check_limit, check_pairs
from .moves import DELIVERY, target_of
from .network import SIZES, Locker
from .rent import Rent
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
    locker = side.locker(locker_id, bloq=bloq_id) if locker_id else None
    bloq = locker.bloq if locker else side.bloq(bloq_id).id if bloq_id else ""
    check_limit(form, bloq=bloq)
    if locker:
        require_available(locker)
    if side.ground.settings.strict_external_id and _known(side, form.external_id):
        raise RefusedError(409, "externalIDInvalid", message="An unfinished rent carries this externalID.")
    rent = _new(side, form, customer=customer_id)
    rent.bloq = bloq
    side.rents[rent.id] = rent
    if locker:
        allocate(side, rent, locker=locker)
    enter(side, rent, state="reserved" if locker else "created", cause=cause)
    return rent


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
    target = target_of(DELIVERY, "make", state=rent.state)
    if not locker_id and not rent.locker:
        raise RefusedError(400, "lockerIDInvalid", message="No locker was selected: lockerID is required.")
    _start(side, rent, locker=side.locker(locker_id or rent.locker), target=target, cause=cause)


def drop_off(side: Bloqit, rent: Rent, *, code: str, cause: Cause, bloq_id: str = "") -> None:
    """A courier types the drop-off code at a bloq (B:2460, 3470).

    Args:
        side: The pretend Bloq.it.
        rent: The rent that the courier is to drop off.
        code: What was typed.
        cause: The courier, at the locker.
        bloq_id: Where the courier stands, for a rent without a bloq.

    Raises:
        RefusedError: 409 for a wrong code, a wrong state, or no free locker.
    """
    target = target_of(DELIVERY, "drop_off_code", state=rent.state)
    if code != rent.drop_off_code:
        raise RefusedError(409, "dropOffCodeInvalid", message="The bloq does not know this code.")
    locker = (
        side.locker(rent.locker) if rent.locker else _free_locker(side, rent.bloq or bloq_id, size=rent.form.desired_locker_type)
    )
    require_available(locker, rent)
    require_closed(locker)
    allocate(side, rent, locker=locker)
    note(side, rent, event="rent.drop_off_code_check", cause=Cause(f"{cause.operation}.code_check", cause.source, cause.role))
    _start(side, rent, locker=locker, target=target, cause=cause)


def step(side: Bloqit, rent: Rent, *, trigger: str, cause: Cause) -> None:
    """`ready_for_pickup` (B:2660) or `in_transit` (B:2711).

    Raises:
        RefusedError: 409.
    """
    enter(side, rent, state=target_of(DELIVERY, trigger, state=rent.state), cause=cause)


def notify(side: Bloqit, rent: Rent, *, cause: Cause) -> None:
    """Tell the customer that the item waits (B:2609).

    Raises:
        RefusedError: 409 unless the rent is in progress.
    """
    target_of(DELIVERY, "notify", state=rent.state)
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
    target = target_of(DELIVERY, "select_locker", state=rent.state)
    if not bloq_id and not rent.bloq:
        raise RefusedError(400, "bloqIDInvalid", message="The rent has no bloq: bloqID is required.")
    if not locker_id and not size:
        raise RefusedError(400, "lockerIDInvalid", message="Either lockerID or lockerType is required.")
    bloq = side.bloq(bloq_id or rent.bloq)
    locker = side.locker(locker_id, bloq=bloq.id) if locker_id else _free_locker(side, bloq.id, size=size.upper())
    require_available(locker, rent)
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
    target = target_of(DELIVERY, "return", state=rent.state)
    if rent.type != "delivery" or not rent.item_inside:
        raise RefusedError(409, "stateInvalid", message="Only an expired delivery with its item inside can be returned.")
    now = side.ground.clock.now()
    if form.expiry_date is None or form.expiry_date <= now:
        raise RefusedError(400, "expiryDateInvalid", message=f"expiryDate must be later than {iso(now)}.")
    rent.form = rent.form.model_copy(update={"expiry_date": form.expiry_date})
    rent.type, rent.updated = "return", now
    enter(side, rent, state=target, cause=cause)


def _start(side: Bloqit, rent: Rent, *, locker: Locker, target: str, cause: Cause) -> None:
    require_available(locker, rent)
    require_closed(locker)
    allocate(side, rent, locker=locker)
    open_door(side, locker, cause=cause)
    enter(side, rent, state=target, cause=cause)


def _new(side: Bloqit, form: RentForm, *, customer: str) -> Rent:
    ids = side.ground.ids
    number = ids.count("rent codes")
    if not customer and form.customer is not None:
        customer = ids.hex("5f7dc9fc04d61b14")
        side.customers[customer] = form.customer | {"_id": customer}  # "a customer on the go" (B:2450)
    single = {"user": form.pick_up_code} if form.pick_up_code else {}
    # Four digits, as Bloq.it's machines make them. A client may send no code at all, and then somebody has to invent one.
    codes = dict(form.pick_up_codes or {}) or single or {"user": f"{(4711 + 7 * number) % 10_000:04d}"}
    drop_off = form.drop_off_code or f"{9_000_000_000_000_000 + number}"
    return Rent(ids.hex("5f85c02704d61b14"), form, codes, drop_off, customer=customer)


def _known(side: Bloqit, external: str | None) -> bool:
    return external is not None and any(rent.external == external and rent.unfinished for rent in side.rents.values())


def _free_locker(side: Bloqit, bloq_id: str, *, size: str | None) -> Locker:
    if not bloq_id:
        raise RefusedError(409, "bloqIDInvalid", message="The rent has no bloq yet.")
    if size is not None and size not in SIZES:
        raise RefusedError(400, "lockerTypeInvalid", message=f"lockerType must be one of {', '.join(SIZES)}.")
    shut = [locker for locker in side.bloq(bloq_id).lockers if locker.free and not locker.is_open]
    fitting = [locker for locker in shut if size in (None, locker.size)]
    if not fitting:
        raise RefusedError(409, "lockerNotAvailable", message="No fitting locker is free.")
    return fitting[0]
