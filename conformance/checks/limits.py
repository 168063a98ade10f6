"""Limits to the second: a rent is what it was until its limit, and expired from it on.

May not assume a clock that stands still. Non-obvious choice: where the server's clock stands between two requests, the last
second before a limit and the instant itself are tried; where it runs, two seconds around it are left out.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from ..inputs import CLOCK
from ..judge import Fault
from ..tested import Tested
from .scene import REFUSED, Scene, UnreachedError

HOUR = timedelta(hours=1)


def passing(scene: Scene, tested: Tested, until: datetime) -> None:
    """Let time pass until an instant of the server's clock."""
    seconds = int((until - scene.bench.heard).total_seconds())
    if seconds > 0:
        scene.bench.hook(CLOCK, word=tested.name, seconds=seconds)


def slack(scene: Scene) -> timedelta:
    """How close to a limit one may ask."""
    return timedelta() if scene.bench.stands else timedelta(seconds=2)


def around(scene: Scene, tested: Tested, limit: datetime, *, what: str) -> Iterator[Fault]:
    """Not expired a moment before the limit, expired at it."""
    before = scene.read(tested).state
    passing(scene, tested, limit - timedelta(seconds=1) - slack(scene))
    if (early := scene.read(tested).state) != before:
        yield Fault("boundary", f"{before} one second before {what} ({limit.isoformat()})", str(early))
        return
    passing(scene, tested, limit + slack(scene))
    if (late := scene.read(tested).state) != "expired":
        yield Fault("boundary", f"expired at {what} ({limit.isoformat()})", str(late))


def _at(scene: Scene, words: str, **sends: object) -> tuple[Tested, datetime]:
    """A rent and the instant at which it began, which is the present where the clock stands."""
    tested = scene.at(words, sends=sends)
    return tested, scene.read(tested).start_date or scene.bench.heard


def _soon(scene: Scene, hours: float) -> datetime:
    return (scene.bench.heard + hours * HOUR).replace(microsecond=0)


def expiry_of_item(scene: Scene) -> Iterator[Fault]:
    """A delivery's or return's expiryDate, item inside (B:2395, 3463)."""
    limit = _soon(scene, 5)
    tested, _ = _at(scene, FILLED[scene.kind], expiryDate=limit)
    yield from around(scene, tested, limit, what="its expiryDate")


def expiry_of_waiting(scene: Scene) -> Iterator[Fault]:
    """A deliveryDateLimit while nobody has dropped anything off (B:2425, 2430)."""
    limit = _soon(scene, 5)
    tested, _ = _at(scene, "reserve", expiryDate=None, deliveryDateLimit=limit)
    yield from around(scene, tested, limit, what="its deliveryDateLimit")


def drop_off_limit_is_over(scene: Scene) -> Iterator[Fault]:
    """A deliveryDateLimit concerns the drop-off alone: an item that is inside does not expire by it (B:2425)."""
    limit = _soon(scene, 5)
    tested, _ = _at(scene, FILLED[scene.kind], expiryDate=_soon(scene, 24), deliveryDateLimit=limit)
    passing(scene, tested, limit + HOUR)
    if (state := scene.read(tested).state) != "in_progress":
        yield Fault("boundary", "in_progress after its deliveryDateLimit, the item being inside", str(state))


def collect_limit(scene: Scene) -> Iterator[Fault]:
    """collectTimeLimit: hours since the item came in (B:2435), or a date for a return (B:2930)."""
    asked = 3 if scene.kind == "delivery" else _soon(scene, 3)
    words = FILLED[scene.kind]
    scene.bench.hook(CLOCK, word=scene.word, seconds=1)
    begin, *rest = words.split()
    tested, _ = _at(scene, begin, expiryDate=None, deliveryDateLimit=_soon(scene, 30), collectTimeLimit=asked)
    passing(scene, tested, scene.bench.heard + HOUR)  # the item comes later than the rent
    for name in rest:
        scene.give(tested, name)
    placed = scene.bench.heard if scene.bench.stands else scene.bench.now
    limit = placed + 3 * HOUR if isinstance(asked, int) else asked
    yield from around(scene, tested, limit, what="its collectTimeLimit")


def bloqs_limit(scene: Scene) -> Iterator[Fault]:
    """A store or a send lasts as long as its bloq allows (B:184, 2268): its expiryDate says so, and it holds."""
    tested, began = _at(scene, FILLED[scene.kind])
    hours = scene.bench.bloqs[tested.bloq].rent_hours
    shown = scene.read(tested).expiry_date
    limit = shown or (began + hours * HOUR if hours else None)
    if limit is None:
        raise UnreachedError("neither the rent nor its bloq shows a limit")
    if shown and hours and abs(shown - began - hours * HOUR) > timedelta(seconds=1):
        yield Fault("limit", f"{hours} h after {began.isoformat()}", shown.isoformat())
    yield from around(scene, tested, limit, what="the end of its time")


def extended(scene: Scene) -> Iterator[Fault]:
    """An extended rent does not expire at its old limit, and does at the new one (B:1856)."""
    tested, _ = _at(
        scene, f"{FILLED[scene.kind]} extend", **({} if scene.kind in ("store", "send") else {"expiryDate": _soon(scene, 5)})
    )
    limit = tested.limit
    if limit is None:
        raise UnreachedError("it has no limit")
    yield from around(scene, tested, limit, what="the limit to which it was extended")


def extended_twice(scene: Scene) -> Iterator[Fault]:
    """Each extension counts, not the first alone (B:1856)."""
    tested, _ = _at(scene, f"{FILLED[scene.kind]} extend extend")
    if tested.limit is None:
        raise UnreachedError("it has no limit")
    yield from around(scene, tested, tested.limit, what="the limit to which it was extended last")


def looked_at(scene: Scene) -> Iterator[Fault]:
    """A look in mid-rent does not start the time anew (B:2435, 184)."""
    if scene.kind in ("store", "send"):
        tested, _ = _at(scene, FILLED[scene.kind])
        limit = scene.read(tested).expiry_date
    else:
        asked = 3 if scene.kind == "delivery" else _soon(scene, 3)
        tested, _ = _at(scene, FILLED[scene.kind], expiryDate=None, deliveryDateLimit=_soon(scene, 30), collectTimeLimit=asked)
        limit = (scene.bench.heard if scene.bench.stands else scene.bench.now) + 3 * HOUR if isinstance(asked, int) else asked
    if limit is None:
        raise UnreachedError("it shows no limit")
    passing(scene, tested, limit - HOUR)
    for name in ("open", "close"):
        scene.give(tested, name)
    yield from around(scene, tested, limit, what="its limit, after a look in between")


def at_the_open_door(scene: Scene) -> Iterator[Fault]:
    """Nobody's rent expires while he stands at the open door to put its item in (inferred: no line has it expire there)."""
    if not scene.runner.readings.strict:
        raise UnreachedError("asked of a strict server only")
    tested = scene.at(FILLED[scene.kind].removesuffix(" close"))
    rent = scene.read(tested)
    until = tested.limit or rent.expiry_date or scene.bench.heard
    passing(scene, tested, max(until, scene.bench.heard) + HOUR)
    if (state := scene.read(tested).state) != rent.state:
        yield Fault("boundary", f"{rent.state} while its door is open", str(state))


def begins_once(scene: Scene) -> Iterator[Fault]:
    """When a rent began, and when it ended, is told once and for all (B:1621-1637)."""
    tested, _ = _at(scene, FILLED[scene.kind])
    before = scene.read(tested)
    if before.end_date is not None:
        yield Fault("created", "no endDate before the end", before.end_date.isoformat())
    passing(scene, tested, scene.bench.heard + timedelta(minutes=10))
    for name in ("open", "close", "collect", "close"):
        scene.give(tested, name)
        after = scene.read(tested)
        if after.start_date != before.start_date:
            yield Fault("created", f"startDate {before.start_date} as at the beginning", str(after.start_date))
            return
    if after.end_date is not None and before.start_date is not None and after.end_date < before.start_date:
        yield Fault("created", f"an endDate from {before.start_date} on", str(after.end_date))


def door_seen(scene: Scene) -> Iterator[Fault]:
    """A locker remembers when its door was opened last, not when it was closed (B:502)."""
    tested, _ = _at(scene, FILLED[scene.kind].removesuffix(" close"))
    opened = scene.locker(tested).last_opened
    passing(scene, tested, scene.bench.heard + timedelta(minutes=10))
    scene.give(tested, "close")
    closed = scene.locker(tested).last_opened
    if opened is not None and closed is not None and abs(closed - opened) > timedelta(seconds=5):
        yield Fault("door", f"last opened at {opened.isoformat()}", closed.isoformat())


def moved(scene: Scene) -> Iterator[Fault]:
    """An expiryDate that was updated is the one that holds (B:1745)."""
    tested, _ = _at(scene, FILLED[scene.kind])
    limit = _soon(scene, 7)
    if scene.ask("bloqit.rents.update", rentID=tested.rent, expiryDate=limit).status >= REFUSED:
        raise UnreachedError("the update was not accepted")
    yield from around(scene, tested, limit, what="the expiryDate that it was given")


FILLED = {
    "store": "start close",
    "send": "start close",
    "delivery": "reserve make close",
    "return": "reserve drop_off close",
}
"""How an item comes into a locker."""
