"""The lives of rents: how one begins, what moves it, and what time does to it.

May not know HTTP. Non-obvious choice: every state goes through `move`, which writes it down, tells it, and gives a locker back
when the rent is finished and not before (B:1960: a cancelled rent keeps its locker).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from . import doors
from .things import About, Bloq, Locker, Rent
from .words import API, COLLECTABLE, EXPIRATION, LOCKER, PRE_DROP_OFF, conflict
from .world import World

OPEN_TOO_LONG = timedelta(minutes=10)
"""The document says "too long" (B:3447)."""

BY_DROP_OFF = ("delivery", "return")
TOLD_AS = {"starting": "rent.started"}
"""Events that are not called as the state is (B:3455)."""


def begin(world: World, rent: Rent, locker: Locker | None, bloq: Bloq | None = None) -> None:
    """A new rent: it gets its locker, its codes and its limit, and is told.

    Args:
        world: Where.
        rent: With what the partner said of it.
        locker: Its locker, which is free.
        bloq: Its bloq, where it has no locker yet.
    """
    rent.states.append(("created", rent.start))
    rent.bloq = bloq.id if bloq else None
    if not rent.told.get("pickUpCode") and not rent.told.get("pickUpCodes"):
        rent.told["pickUpCode"] = world.new_code()
    world.rents[rent.id] = rent
    if locker is not None:
        doors.allocate(world, rent, locker)
    if rent.kind in BY_DROP_OFF:
        if not rent.told.get("dropOffCode"):
            rent.told["dropOffCode"] = world.new_code()
        limit_by_bloq(world, rent)
    else:
        rent.expiry = rent.start + timedelta(hours=world.bloqs[rent.bloq or ""].rent_hours)
    world.emit("rent.created", API, About(rent=rent))


def limit_by_bloq(world: World, rent: Rent) -> None:
    """What came without dates gets the limits of its bloq (B:389-399), as soon as that is known."""
    if rent.bloq is None or rent.expiry is not None:
        return
    bloq = world.bloqs[rent.bloq]
    if rent.told.get("deliveryDateLimit") is None:
        rent.told["deliveryDateLimit"] = world.now() + timedelta(hours=bloq.delivery_hours)
    rent.expiry = rent.told["deliveryDateLimit"] + timedelta(hours=bloq.collect_hours)
    rent.by_default = True


def move(world: World, rent: Rent, state: str, by: dict[str, str], **more: object) -> None:
    """A rent comes into a state."""
    rent.state = state
    rent.states.append((state, world.now()))
    if state == "finished":
        rent.end = world.now()
        locker = world.of(rent)
        if locker is not None and locker.rent == rent.id:
            locker.rent = None
    world.emit(TOLD_AS.get(state, f"rent.{state}"), by, About(rent=rent), **more)


def need(rent: Rent, states: Sequence[str], what: str) -> None:
    """Refuse what a rent's state does not allow.

    Raises:
        RefusedError: 409 (B:54).
    """
    if rent.state not in states:
        raise conflict("rentStateInvalid", f"A rent in the state {rent.state} can not be {what}.")


def start(world: World, rent: Rent, by: dict[str, str]) -> None:
    """Its door opens for its item (B:3455)."""
    move(world, rent, "starting", by)
    _open_its_door(world, rent, by)


def collect(world: World, rent: Rent, by: dict[str, str], states: Sequence[str] = COLLECTABLE) -> None:
    """Its door opens for whoever takes its item (B:2011).

    Raises:
        RefusedError: 409; not in this state, or there is no locker.
    """
    need(rent, states, "collected")
    if rent.locker is None:
        raise conflict("rentWithoutLocker", "The rent has no locker.")
    move(world, rent, "collect_item", by)
    _open_its_door(world, rent, by)


def reopen(world: World, rent: Rent, by: dict[str, str]) -> None:
    """Its door opens in mid-rent (B:1907); B:3457 knows that of a rent in progress only.

    Raises:
        RefusedError: 409.
    """
    need(rent, ("in_progress",), "opened")
    move(world, rent, "locker_opened", by)
    _open_its_door(world, rent, by)


def settle(world: World, rent: Rent, by: dict[str, str]) -> None:
    """It ends with a price (B:3459-3460), which is nothing here: nobody ever pays, so `payment_attempt` is never entered."""
    move(world, rent, "price_calculation", by)
    move(world, rent, "finished", by, price="0")


def closed(world: World, locker: Locker, by: dict[str, str]) -> None:
    """A door is shut, and its rent goes on from there (B:3456-3459)."""
    locker.is_open = False
    rent = world.inside(locker)
    world.emit("locker.locker_closed", by, About(rent=rent, locker=locker))
    if rent is None:
        return
    if rent.state == "starting":
        dropped(world, rent, by)
    elif rent.state == "locker_opened":
        move(world, rent, "in_progress", by)
    elif rent.state == "collect_item":
        settle(world, rent, by)


def dropped(world: World, rent: Rent, by: dict[str, str]) -> None:
    """Its item is inside: from now on the time for its collection counts (B:2435)."""
    rent.told["dropOffDate"] = world.now()
    if rent.kind in BY_DROP_OFF:
        rent.expiry, rent.by_default = _limit_of_item(world, rent), False
    move(world, rent, "in_progress", by)
    if rent.at_keypad:
        rent.at_keypad = False
        world.emit("rent.drop_off_confirmation", by, About(rent=rent))
    if rent.customer and rent.notify:
        world.emit("rent.automatic_notification_sent", by, About(rent=rent))


def _limit_of_item(world: World, rent: Rent) -> datetime:
    """The earlier of what was said of its expiry and of its collection, or else what the bloq says."""
    collecting: Any = rent.told.get("collectTimeLimit")
    ends = [] if rent.expiry is None or rent.by_default else [rent.expiry]
    if isinstance(collecting, datetime):  # so in the creation of a return (B:2931)
        ends.append(collecting)
    elif collecting is not None:
        ends.append(world.now() + timedelta(hours=collecting))
    return min(ends) if ends else world.now() + timedelta(hours=world.bloqs[rent.bloq or ""].collect_hours)


def _open_its_door(world: World, rent: Rent, by: dict[str, str]) -> None:
    locker = world.of(rent)
    if locker is not None:
        doors.opened(world, locker, by, rent)


def pass_time(world: World) -> None:
    """What is due by now: limits, and doors that were left open."""
    now = world.now()
    due = sorted((limit, rent.id) for rent in world.rents.values() if (limit := limit_of(rent)) is not None and limit <= now)
    for _, rent in due:
        move(world, world.rents[rent], "expired", EXPIRATION)
    for locker in world.lockers.values():
        if locker.is_open and not locker.warned and locker.opened is not None and now - locker.opened >= OPEN_TOO_LONG:
            locker.warned = True
            world.emit("locker.open_warning", LOCKER, About(rent=world.inside(locker), locker=locker))


def limit_of(rent: Rent) -> datetime | None:
    """When a rent expires; never while somebody stands at its door."""
    if rent.state == "in_progress":
        return rent.expiry
    if rent.state not in PRE_DROP_OFF:
        return None
    return min((limit for limit in (rent.expiry, rent.told.get("deliveryDateLimit")) if limit is not None), default=None)
