"""What all types of rent begin with: a new rent with its codes and customer, a free locker, an open door.

May not know HTTP or any type's rules. Non-obvious choice: a locker that stands open is not chosen for anybody, although it may
be free, because whoever comes could not open it.
"""

from .bloqit import Bloqit, allocate, enter, open_door, require_available, require_openable
from .forms import RentForm
from .network import SIZES, Locker
from .rent import Rent
from .words import Cause, RefusedError


def new_rent(side: Bloqit, form: RentForm, *, kind: str, customer: str, cause: Cause) -> Rent:
    """A rent in no state yet, with all its codes.

    Args:
        side: The pretend Bloq.it.
        form: What the client sent.
        kind: Its type (B:100).
        customer: Who; any id is taken (B:2419). Empty for nobody, or for the one in the form.
        cause: Who asks.

    Raises:
        RefusedError: 400 for a collectTimeLimit of another type, where only its own is taken.
    """
    check_collect_limit(side, form, kind=kind)
    ids = side.ground.ids
    number = ids.count("rent codes")
    customer = customer or on_the_go(side, form, cause=cause)
    single = {"user": form.pick_up_code} if form.pick_up_code else {}
    # Four digits, as Bloq.it's machines make them. A client may send no code at all, and then somebody has to invent one.
    codes = dict(form.pick_up_codes or {}) or single or {"user": f"{(4711 + 7 * number) % 10_000:04d}"}
    drop_off = form.drop_off_code or f"{9_000_000_000_000_000 + number}"
    rent = Rent(ids.hex("5f85c02704d61b14"), form, codes, drop_off, customer=customer, type=kind)
    side.rents[rent.id] = rent
    return rent


def check_collect_limit(side: Bloqit, form: RentForm, *, kind: str) -> None:
    """Refuse a collectTimeLimit of another type of rent, where `Settings.collect_limits` says so (B:2435, 2933).

    Raises:
        RefusedError: 400.
    """
    limit = form.collect_time_limit
    if side.ground.settings.collect_limits == "by_type" and limit is not None and isinstance(limit, int) == (kind == "return"):
        message = "collectTimeLimit is either missing or has a wrong format"
        raise RefusedError(400, "collectTimeLimitInvalid", message=message, fields=("collectTimeLimit",))


def on_the_go(side: Bloqit, form: RentForm, *, cause: Cause) -> str:
    """Create "a customer on the go" (B:2450) if the form has one; answers the id."""
    return "" if form.customer is None else side.customers.create(form.customer, cause=cause).id


def require_unknown(side: Bloqit, external: str | None) -> None:
    """Refuse an externalID that an unfinished rent carries, where `Settings.strict_external_id` says so.

    Raises:
        RefusedError: 409.
    """
    if side.ground.settings.strict_external_id and external is not None:
        for rent in side.rents.values():
            if rent.external == external and rent.unfinished:
                raise RefusedError(409, "externalIDInvalid", message="An unfinished rent carries this externalID.")


def require_support(side: Bloqit, bloq_id: str, *, kind: str) -> None:
    """Refuse a type of rent that a bloq does not allow (B:296).

    Raises:
        RefusedError: 409.
    """
    if bloq_id and kind not in side.bloq(bloq_id).supports:
        raise RefusedError(409, "rentTypeInvalid", message=f"This bloq does not allow rents of type {kind}.")


def check_size(size: str) -> str | None:
    """A size in any case (B:2465); `None` for none.

    Raises:
        RefusedError: 400 for a size that no locker has.
    """
    if size and size.upper() not in SIZES:
        raise RefusedError(400, "lockerTypeInvalid", message=f"lockerType must be one of {', '.join(SIZES)}.")
    return size.upper() or None


def free_locker(side: Bloqit, bloq_id: str, *, size: str | None) -> Locker:
    """The first locker of a bloq that is free, shut and of a size; of any size without one.

    Raises:
        RefusedError: 409 without a bloq or without such a locker, 404 for an unknown bloq.
    """
    if not bloq_id:
        raise RefusedError(409, "bloqIDInvalid", message="The rent has no bloq yet.")
    locker = vacant(side, bloq_id, size=size)
    if locker is None:
        raise RefusedError(409, "lockerNotAvailable", message="No fitting locker is free.")
    return locker


def vacant(side: Bloqit, bloq_id: str, *, size: str | None) -> Locker | None:
    """As `free_locker`, but `None` if there is none."""
    shut = [locker for locker in side.bloq(bloq_id).lockers if locker.free and not locker.is_open]
    return next((locker for locker in shut if size in (None, locker.size)), None)


def begin(side: Bloqit, rent: Rent, *, locker: Locker, target: str, cause: Cause) -> None:
    """Open the locker for the item (B:3455).

    Raises:
        RefusedError: 409 when it is not available or stands open, 502 or 504 when its bloq is offline.
    """
    require_available(side, locker, rent)
    require_openable(side, locker, cause=cause)
    allocate(side, rent, locker=locker)
    open_door(side, locker, cause=cause)
    enter(side, rent, state=target, cause=cause)
