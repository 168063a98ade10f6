"""What is done at the bloq itself: an item that is dropped off by its code, with a line or without, and a wrong code.

May not be reached by a partner's request: test hooks alone call it. Non-obvious choice: an offline drop-off goes straight to
`in_progress`, for the door was opened and shut before anybody heard of it (B:3473).
"""

from . import doors, lives
from .things import About, Bloq, Locker, Rent
from .words import LOCKER, PRE_DROP_OFF, RefusedError, conflict
from .world import World


def drop_off(world: World, rent: Rent, code: str, bloq: Bloq | None) -> None:
    """Somebody types a drop-off code: the door opens (B:3470).

    Raises:
        RefusedError: 409; not this type, not in this state, not this code, not in this bloq, or no locker is left.
    """
    if rent.kind not in lives.BY_DROP_OFF:
        raise conflict("rentTypeInvalid", "Only deliveries and returns have a drop off code.")
    lives.need(rent, PRE_DROP_OFF, "dropped off")
    if code != rent.told["dropOffCode"]:
        raise conflict("dropOffCodeInvalid", "The drop off code is wrong.")
    if bloq is not None and rent.bloq not in {None, bloq.id}:
        raise conflict("bloqInvalid", "The rent belongs to another bloq.")
    locker = world.of(rent) or _chosen(world, rent, bloq or world.bloqs.get(rent.bloq or ""))
    world.emit("rent.drop_off_code_check", LOCKER, About(rent=rent))
    doors.allocate(world, rent, locker)
    rent.at_keypad = True
    lives.start(world, rent, LOCKER)


def _chosen(world: World, rent: Rent, bloq: Bloq | None) -> Locker:
    if bloq is None:
        raise conflict("rentWithoutBloq", "The rent has no bloq and none was passed.")
    return doors.pick(world, bloq, rent.kind, rent.told.get("desiredLockerType"))


def drop_off_offline(world: World, rent: Rent, bloq: Bloq, code: str) -> None:
    """A bloq is online again and tells of a drop-off that it let happen meanwhile."""
    world.emit("bloq.reconnected", LOCKER, About(bloq=bloq))
    reason = _objection(rent, bloq, code)
    if reason:
        _disable_one(world, bloq, code, reason, rent)
        return
    world.emit("rent.drop_off_code_check_offline", LOCKER, About(rent=rent, bloq=bloq))
    _synchronise(world, rent, bloq, first=True)


def _objection(rent: Rent, bloq: Bloq, code: str) -> str:
    """B:3501-3504."""
    if rent.kind not in lives.BY_DROP_OFF or code != rent.told.get("dropOffCode") or rent.state not in PRE_DROP_OFF:
        return "invalid_offline_dropoff"
    if not bloq.active:
        return "offline_drop_off_on_inactive_bloq"
    return "" if rent.bloq in {None, bloq.id} else "offline_drop_off_on_wrong_bloq"


def _disable_one(world: World, bloq: Bloq, code: str, reason: str, rent: Rent) -> None:
    """A locker of which nobody knows what is inside: the first free one stands for it (B:3499)."""
    for locker in filter(doors.is_free, world.doors(bloq)):
        locker.active = False
        known = None if reason == "invalid_offline_dropoff" else rent
        metadata = {"code": code, "reason": reason}
        world.emit("locker.locker_inactive", LOCKER, About(rent=known, locker=locker), metadata=metadata)
        return


def synchronise_waiting(world: World) -> None:
    """Try those again for which there was no locker (B:3474)."""
    waiting, world.unsynced = world.unsynced, []
    for rent, bloq in waiting:
        if world.rents[rent].state in PRE_DROP_OFF:
            _synchronise(world, world.rents[rent], world.bloqs[bloq], first=False)


def _synchronise(world: World, rent: Rent, bloq: Bloq, *, first: bool) -> None:
    try:
        locker = world.of(rent) or _chosen(world, rent, bloq)
    except RefusedError:
        rent.told["synced"] = False
        world.unsynced.append((rent.id, bloq.id))
        if first:
            world.emit("rent.waiting_offline_dropoff_sync", LOCKER, About(rent=rent, bloq=bloq))
        return
    doors.allocate(world, rent, locker)
    rent.told["synced"] = True
    world.emit("rent.offline_dropoff", LOCKER, About(rent=rent))
    lives.dropped(world, rent, LOCKER)


def wrong_pin(world: World, rent: Rent, code: str) -> None:
    """Somebody types a wrong pick-up code: that is told and nothing else happens (B:3472).

    Raises:
        RefusedError: 409; it is a right one.
    """
    if code == rent.told.get("pickUpCode") or code in (rent.told.get("pickUpCodes") or {}).values():
        raise conflict("codeCorrect", "That is a correct pick up code of the rent.")
    world.emit("rent.pin_attempt", LOCKER, About(rent=rent), message="Wrong pin", metadata={"pin": code})
