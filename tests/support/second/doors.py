"""Doors and who may have one: free lockers, a locker for a rent, and a door that opens.

May not move a rent to another state (`lives`). Non-obvious choice: a locker is free if it is active and without a rent, whatever
its door does (B:201 says no more); of several free ones a closed one is chosen first.
"""

from .things import About, Bloq, Locker, Rent
from .words import conflict, missing
from .world import World


def is_free(locker: Locker) -> bool:
    """Whether a locker is active and without a rent (B:201)."""
    return locker.active and locker.rent is None


def usable(bloq: Bloq, kind: str) -> None:
    """Refuse a type of rent where it cannot be.

    Raises:
        RefusedError: 409; the bloq is not active, or does not support it.
    """
    if not bloq.active:
        raise conflict("bloqInactive", "The bloq is not active.")
    if kind not in bloq.supports:
        raise conflict("rentTypeNotSupported", "The bloq does not support this type of rent.")


def check_free(world: World, locker: Locker, kind: str, rent: Rent | None = None) -> None:
    """Refuse a locker that a rent cannot have; its own it can.

    Raises:
        RefusedError: 409; somebody has it, or it is disabled (B:603).
    """
    usable(world.bloqs[locker.bloq], kind)
    if rent is not None and locker.rent == rent.id:
        return
    if locker.rent is not None:
        raise conflict("lockerNotAvailable", "The locker is allocated to another rent.")
    if not locker.active:
        raise conflict("lockerInactive", "The locker is not active.")


def pick(world: World, bloq: Bloq, kind: str, size: str | None, rent: Rent | None = None) -> Locker:
    """A locker of a bloq, of a size if one is asked for; a rent keeps its own where that fits (B:2784).

    Raises:
        RefusedError: 409; there is none.
    """
    usable(bloq, kind)
    fitting = [locker for locker in world.doors(bloq) if size is None or locker.size == size]
    mine = [locker for locker in fitting if rent is not None and locker.rent == rent.id]
    free = sorted(filter(is_free, fitting), key=lambda locker: locker.is_open)
    for locker in (*mine, *free):
        return locker
    raise conflict("noLockerAvailable", "There is no free locker of that type in the bloq.")


def allocate(world: World, rent: Rent, locker: Locker) -> None:
    """Give a rent a locker, and back the one that it had."""
    old = world.of(rent)
    if old is not None and old.rent == rent.id:
        old.rent = None
    locker.rent = rent.id
    rent.locker, rent.bloq = locker.id, locker.bloq


def check_openable(locker: Locker) -> None:
    """Refuse to open a door that is somebody's (B:456), or open already: B:510 says so of several, and one is no other case.

    Raises:
        RefusedError: 409.
    """
    if locker.rent is not None:
        raise conflict("lockerAllocated", "The locker is allocated to a rent.")
    if locker.is_open:
        raise conflict("lockerAlreadyOpen", "The locker is already open.")


def opened(world: World, locker: Locker, by: dict[str, str], rent: Rent | None = None) -> None:
    """A door opens, unless it stands open."""
    if not locker.is_open:
        _swing(world, locker)
        world.emit("locker.locker_opened", by, About(rent=rent, locker=locker))


def opened_by_itself(world: World, locker: Locker, by: dict[str, str]) -> None:
    """A door opens without anybody's asking: that is told and nothing else happens (B:3452).

    Raises:
        RefusedError: 409; it is open.
    """
    if locker.is_open:
        raise conflict("lockerAlreadyOpen", "The locker is already open.")
    _swing(world, locker)
    world.emit("locker.spontaneous_locker_opening", by, About(rent=world.inside(locker), locker=locker))


def _swing(world: World, locker: Locker) -> None:
    locker.is_open, locker.opened, locker.warned = True, world.now(), False


def in_bloq(world: World, bloq: object, locker: object) -> Locker:
    """The locker of a path; one of another bloq is not there.

    Raises:
        RefusedError: 400 or 404.
    """
    place, found = world.find(world.bloqs, bloq, "bloq"), world.find(world.lockers, locker, "locker")
    if found.bloq != place.id:
        raise missing("locker")
    return found
