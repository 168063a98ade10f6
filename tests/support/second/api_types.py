"""What one type of rent has alone: stores, sends and deliveries (B:2215-2880); returns are in `api_returns`.

May not decide what follows from a state (`lives`). Non-obvious choice: a path of one type does not know a rent of another (404).
"""

from collections.abc import Callable
from typing import Any

from . import doors, lives
from .call import Call
from .things import About, Rent
from .views import Json, rent_view
from .words import API, COLLECTABLE, PRE_DROP_OFF, SIZES, conflict, invalid

LONGEST_CODE = 14
"""B:2453."""


def starting(kind: str) -> Callable[[Call], Json]:
    """What starts a store (B:2223), or a send, which wants a telephone number; the type that B:2332 has is a misprint."""

    def start(call: Call) -> Json:
        world = call.world
        locker = call.locker()
        if locker is None:
            raise invalid("lockerID")
        told = {"pickUpCodes": call.codes()} | (
            {"phoneNumber": call.text("phoneNumber", required=True)} if kind == "send" else {}
        )
        whose = call.whose()
        doors.check_free(world, locker, kind)
        customer = whose()
        rent = Rent(world.new_id(), kind, world.now(), customer, told=told)
        lives.begin(world, rent, locker)
        lives.start(world, rent, API)
        return rent_view(world, rent)

    return start


def end_store(call: Call) -> Json:
    """End a store, with its door opened or not (B:2276-2294)."""
    rent = call.world.rent(call.path["rentID"], "store")
    if call.value("openLocker", lambda value: isinstance(value, bool)):
        lives.collect(call.world, rent, API)
    else:
        lives.need(rent, COLLECTABLE, "ended")
        lives.settle(call.world, rent, API)
    return rent_view(call.world, rent)


def create_delivery(call: Call) -> Json:
    """Create a delivery (B:2397): with a locker it is reserved, without one it waits; it needs a bloq or a date (B:2425)."""
    world, expiry, told = call.world, call.moment("expiryDate"), _of_delivery(call)
    notify = call.listed("notificationOptions", ("sms", "email")) or []
    bloq = call.bloq()
    locker, whose = call.locker(bloq), call.whose()
    if bloq is None and locker is None and expiry is None and told["deliveryDateLimit"] is None:
        raise invalid("expiryDate", "A delivery without a bloq needs an expiryDate or a deliveryDateLimit.")
    if locker is not None:
        doors.check_free(world, locker, "delivery")
    elif bloq is not None:
        doors.usable(bloq, "delivery")
    customer = whose()
    rent = Rent(world.new_id(), "delivery", world.now(), customer, expiry=expiry, told=told, notify=notify)
    lives.begin(world, rent, locker, bloq)
    if locker is not None:
        lives.move(world, rent, "reserved", API)
    return rent_view(world, rent)


def _of_delivery(call: Call) -> dict[str, Any]:
    told = {
        "deliveryDateLimit": call.moment("deliveryDateLimit"),
        "collectTimeLimit": call.hours(),
        "externalID": call.text("externalID"),
        "pickUpCode": call.text("pickUpCode", longest=LONGEST_CODE),
        "dropOffCode": call.text("dropOffCode"),
        "desiredLockerType": call.one_of("desiredLockerType", SIZES),
        "pickUpCodes": call.codes(),
        "operationType": call.one_of("operationType", ("firstMile", "lastMile")),
        "carrier": call.text("carrier"),
        "prePickUpActions": call.listed("prePickUpActions", ("mfa",)),
        **call.label(),
    }
    if told["pickUpCode"] is not None and told["pickUpCodes"] is not None:  # B:2401
        raise invalid("pickUpCode", "Use either pickUpCode or pickUpCodes.")
    return told


def _delivery(call: Call) -> Rent:
    return call.world.rent(call.path["rentID"], "delivery")


def make(call: Call) -> Json:
    """Open its door for the item; a locker that is named replaces the one that it has (B:2551-2566)."""
    rent, world = _delivery(call), call.world
    locker = call.locker()
    lives.need(rent, PRE_DROP_OFF, "started")
    if locker is None and rent.locker is None:
        raise invalid("lockerID")
    if locker is not None:
        doors.check_free(world, locker, "delivery", rent)
        doors.allocate(world, rent, locker)
        lives.limit_by_bloq(world, rent)
    lives.start(world, rent, API)
    return rent_view(world, rent)


def notify(call: Call) -> Json:
    """Tell its customer that it can be fetched (B:2609)."""
    rent = _delivery(call)
    lives.need(rent, ("in_progress",), "notified")
    call.world.emit("rent.automatic_notification_sent", API, About(rent=rent))
    return rent_view(call.world, rent)


def ready(call: Call) -> Json:
    """It can be fetched by whoever brings it (B:2660)."""
    rent = _delivery(call)
    lives.need(rent, ("created", "reserved"), "ready for pickup")
    lives.move(call.world, rent, "ready_for_pickup", API)
    return rent_view(call.world, rent)


def in_transit(call: Call) -> Json:
    """It is on its way (B:2711)."""
    rent = _delivery(call)
    lives.need(rent, ("ready_for_pickup",), "in transit")
    lives.move(call.world, rent, "in_transit", API)
    return rent_view(call.world, rent)


def select_locker(call: Call) -> Json:
    """Give it a locker (B:2762-2790); a state that says more than that it is created stays."""
    rent, world = _delivery(call), call.world
    size = call.choice("lockerType", SIZES) if call.query("lockerID") is None else None
    if size is None and call.query("lockerID") is None:
        raise invalid("lockerID", "Either lockerID or lockerType must be sent.")
    bloq = call.bloq() or world.bloqs.get(rent.bloq or "")
    if bloq is None:
        raise invalid("bloqID")
    locker = call.locker(bloq)
    lives.need(rent, PRE_DROP_OFF, "given a locker")
    if locker is not None:
        doors.check_free(world, locker, "delivery", rent)
    doors.allocate(world, rent, locker or doors.pick(world, bloq, "delivery", size, rent))
    lives.limit_by_bloq(world, rent)
    if rent.state == "created":
        lives.move(world, rent, "reserved", API)
    return rent_view(world, rent)


def turn_back(call: Call) -> Json:
    """Make a return of an expired delivery: the same rent, of another type and in progress, for B:2834 says "transform"."""
    rent, limit = _delivery(call), call.moment("expiryDate", required=True)
    lives.need(rent, ("expired",), "returned")
    if rent.told.get("dropOffDate") is None:
        raise conflict("rentWithoutItem", "No item was placed for this delivery.")
    rent.kind, rent.expiry, rent.by_default = "return", limit, False
    rent.told["collectTimeLimit"] = None
    lives.move(call.world, rent, "in_progress", API)
    return rent_view(call.world, rent, full=True)
