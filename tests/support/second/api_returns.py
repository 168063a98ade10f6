"""Returns (B:2883-3120).

May not decide what follows from a state (`lives`). Non-obvious choice: of the four ways to create one (B:2889) each needs a bloq
but the last, which needs nothing; what names a locker or its size without a bloq is none of the four and is refused.
"""

from . import doors, lives
from .call import Call
from .things import Bloq, Locker, Rent
from .views import Json, rent_view
from .words import API, COLLECTABLE, PRE_DROP_OFF, SIZES, conflict, invalid


def create(call: Call) -> Json:
    """Create one; its time for the collection is a date here (B:2931), and hours everywhere else."""
    world, expiry = call.world, call.moment("expiryDate")
    told = {
        "deliveryDateLimit": call.moment("deliveryDateLimit"),
        "collectTimeLimit": call.moment("collectTimeLimit"),
        "externalID": call.text("externalID"),
        "pickUpCodes": call.codes(),
    }
    notify = call.listed("notificationOptions", ("sms", "email")) or []
    bloq = call.bloq()
    locker = call.locker(bloq)
    if bloq is None and (locker is not None or call.query("lockerType") is not None):
        raise invalid("bloqID")
    before = _before(call)
    size, whose = _size(call, before), call.whose()
    locker = _chosen(call, bloq, locker, size)
    customer = whose() or (before.customer if before else None)
    told["previousRent"] = before.id if before else None
    rent = Rent(world.new_id(), "return", world.now(), customer, expiry=expiry, told=told, notify=notify)
    lives.begin(world, rent, locker, bloq)
    if locker is not None:
        lives.move(world, rent, "reserved", API)
    return rent_view(world, rent)


def _before(call: Call) -> Rent | None:
    """The delivery whose item comes back (B:2917): somebody must have picked it up."""
    asked = call.query("rentID")
    if asked is None:
        return None
    rent = call.world.rent(asked)
    if rent.kind != "delivery" or rent.state != "finished":
        raise conflict("rentStateInvalid", "Only a delivery that was picked up can be returned.")
    return rent


def _size(call: Call, before: Rent | None) -> str | None:
    """The size that is asked for, or that of the locker in which the item was before."""
    size = call.choice("lockerType", SIZES) if call.query("lockerID") is None else None
    was = call.world.of(before) if before is not None else None
    return size or (was.size if was else None)


def _chosen(call: Call, bloq: Bloq | None, locker: Locker | None, size: str | None) -> Locker | None:
    if locker is not None:
        doors.check_free(call.world, locker, "return")
        return locker
    if bloq is not None and size is not None:
        return doors.pick(call.world, bloq, "return", size)
    if bloq is not None:
        doors.usable(bloq, "return")
    return None


def reserve(call: Call) -> Json:
    """Give one a locker that was created without (B:2998)."""
    rent, world = call.world.rent(call.path["rentID"], "return"), call.world
    bloq = call.bloq()
    if bloq is None:
        raise invalid("bloqID")
    locker = call.locker(bloq)
    size = _size(call, world.rents.get(rent.told.get("previousRent") or ""))
    if locker is None and size is None:
        raise invalid("lockerID", "Either lockerID or lockerType must be sent.")
    whose = call.whose()
    lives.need(rent, ("created",), "reserved")
    locker = _chosen(call, bloq, locker, size)
    rent.customer = whose() or rent.customer
    if locker is not None:
        doors.allocate(world, rent, locker)
    lives.limit_by_bloq(world, rent)
    lives.move(world, rent, "reserved", API)
    return rent_view(world, rent)


def finish(call: Call) -> Json:
    """End one and free its locker (B:3070, where the sample's state is another's), unless somebody stands at its open door."""
    rent = call.world.rent(call.path["rentID"], "return")
    lives.need(rent, (*PRE_DROP_OFF, *COLLECTABLE), "ended")
    lives.move(call.world, rent, "finished", API)
    return rent_view(call.world, rent)
