"""Test hooks: the clock, and what people do at a bloq. They are no part of the API, so they need no key.

May not answer what the API would not. Non-obvious choice: they are requests all the same, so that a kit can describe them.
"""

from datetime import timedelta
from typing import Any

from . import doors, keypad, lives
from .call import Call
from .dates import iso
from .things import Rent
from .views import Json, locker_view, rent_view
from .words import LOCKER

LONGEST = 1e9
"""Seconds."""


def clock(call: Call) -> Json:
    """Let time pass; what is due by then happens with the next request at the latest."""
    seconds: Any = call.value("seconds", lambda value: type(value) in {int, float} and 0 <= value <= LONGEST, required=True)
    call.world.passed += timedelta(seconds=seconds)
    lives.pass_time(call.world)
    keypad.synchronise_waiting(call.world)
    return {"now": iso(call.world.now())}


def drop_off(call: Call) -> Json:
    """Somebody types a drop-off code."""
    rent, world = _rent(call), call.world
    bloq = world.find(world.bloqs, call.text("bloq"), "bloq") if call.body.get("bloq") else None
    keypad.drop_off(world, rent, _code(call), bloq)
    return rent_view(world, rent)


def drop_off_offline(call: Call) -> Json:
    """The same while the bloq has no line, which it has again afterwards."""
    rent, world = _rent(call), call.world
    keypad.drop_off_offline(world, rent, world.find(world.bloqs, call.text("bloq", required=True), "bloq"), _code(call))
    return rent_view(world, rent)


def wrong_pin(call: Call) -> Json:
    """Somebody types a wrong pick-up code."""
    rent = _rent(call)
    keypad.wrong_pin(call.world, rent, _code(call))
    return rent_view(call.world, rent)


def open_by_itself(call: Call) -> Json:
    """A door opens without anybody's asking."""
    locker = call.world.find(call.world.lockers, call.text("locker", required=True), "locker")
    doors.opened_by_itself(call.world, locker, LOCKER)
    return locker_view(locker)


def _rent(call: Call) -> Rent:
    return call.world.rent(call.text("rent", required=True))


def _code(call: Call) -> str:
    return str(call.value("code", lambda value: isinstance(value, str | int), required=True))
