"""What the return endpoints do (B:2883-3119): create in four ways, reserve a locker, finish.

May not know HTTP. Non-obvious choice: a previous rent (B:2913) gives the size of its locker and nothing else, because nothing
else of it is of use to a machine.
"""

from dataclasses import dataclass

from .bloqit import Bloqit, allocate, enter, note, require_available
from .deliveries import require_feature
from .forms import RentForm, check_pairs
from .network import Locker
from .rent import Rent
from .reserving import check_size, free_locker, new_rent, on_the_go, require_support, require_unknown
from .words import Cause, RefusedError


@dataclass(frozen=True, slots=True)
class Wish:
    """Where a return is to be (B:2889): what the query of its two requests says; empty for what it does not."""

    bloq: str = ""
    locker: str = ""
    size: str = ""
    previous: str = ""
    customer: str = ""


def create(side: Bloqit, form: RentForm, *, wish: Wish, cause: Cause) -> Rent:
    """Create a return (B:2889): with a locker it is reserved, with neither bloq nor locker it stays created (B:2998).

    Raises:
        RefusedError: 400 for a bloq without locker, size or previous rent; 404, 409.
    """
    check_pairs(form)
    require_unknown(side, form.external_id)
    size = _size(side, wish)
    locker = _choose(side, wish, size=size) if wish.bloq or wish.locker else None
    form = form.model_copy(update={"desired_locker_type": size})
    rent = new_rent(side, form, kind="return", customer=wish.customer, cause=cause)
    if locker:
        allocate(side, rent, locker=locker)
    enter(side, rent, state="reserved" if locker else "created", cause=cause)
    return rent


def reserve(side: Bloqit, rent: Rent, *, wish: Wish, form: RentForm, cause: Cause) -> None:
    """Give a return its locker afterwards (B:2998).

    Raises:
        RefusedError: 400 without bloq (B:3009), or without locker and size (B:3023); 404, 409.
    """
    target = side.target(rent, "reserve_locker")
    if not wish.bloq:
        raise RefusedError(400, "bloqIDInvalid", message="bloqID is required.", fields=("bloqID",))
    locker = _choose(side, wish, size=_size(side, wish), rent=rent)
    rent.customer = wish.customer or on_the_go(side, form, cause=cause) or rent.customer
    allocate(side, rent, locker=locker)
    if target == rent.state:
        note(side, rent, event="", cause=cause)
    else:
        enter(side, rent, state=target, cause=cause)


def finish(side: Bloqit, rent: Rent, *, cause: Cause) -> None:
    """End a return and free its locker (B:3070).

    Raises:
        RefusedError: 403 when the plan lacks it, 409.
    """
    require_feature(side, "finish_return")
    enter(side, rent, state=side.target(rent, "finish_return"), cause=cause)


def _size(side: Bloqit, wish: Wish) -> str | None:
    if wish.size or not wish.previous:
        return check_size(wish.size)
    before = side.rent(wish.previous)
    return side.locker(before.locker).size if before.locker else before.form.desired_locker_type


def _choose(side: Bloqit, wish: Wish, *, size: str | None, rent: Rent | None = None) -> Locker:
    if not wish.locker and size is None:
        raise RefusedError(
            400, "lockerTypeInvalid", message="lockerID, lockerType or rentID is required.", fields=("lockerType",)
        )
    bloq = wish.bloq and side.bloq(wish.bloq).id
    locker = side.locker(wish.locker, bloq=bloq) if wish.locker else free_locker(side, bloq, size=size)
    require_support(side, locker.bloq, kind="return")
    require_available(side, locker, rent)
    return locker
