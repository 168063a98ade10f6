"""What the pretend Bloq.it answers to questions: bloqs, rents, histories, and lists of them.

May not change anything. Non-obvious choice: of several rents with one externalID the newest is answered (B:1588 knows only
one), because a client that made a duplicate should meet it.
"""

from datetime import datetime

from .network import SIZES
from .rent import Rent
from .web import Answer, Call, page_of
from .words import Json, RefusedError, instant
from .world import World

STATES = frozenset(
    {
        "created",
        "reserved",
        "ready_for_pickup",
        "in_transit",
        "starting",
        "in_progress",
        "locker_opened",
        "collect_item",
        "price_calculation",
        "payment_attempt",
        "expired",
        "cancelled",
        "finished",
    }
)
"""B:1344."""

TYPES = frozenset({"store", "send", "delivery", "return"})
"""B:100; the filter of rents lacks the last one (B:1338), surely by mistake."""


def list_bloqs(world: World, call: Call) -> Answer:
    """List all Bloqs (B:64)."""
    active = _word(call, "active", allowed=frozenset({"", "all", "active", "inactive"}))
    size = _word(call, "lockerType", allowed=frozenset({"", *SIZES}))
    kind = _word(call, "rentType", allowed=frozenset({"", *TYPES}))
    found: list[Json] = [
        bloq.view()
        for bloq in world.bloqit.bloqs.values()
        if active in ("", "all", "active" if bloq.active else "inactive")
        and (not size or any(locker.size == size for locker in bloq.lockers))
        and kind in ("", "delivery", "return")
    ]
    return page_of(call, found)


def get_bloq(world: World, call: Call) -> Answer:
    """Retrieve a Bloq (B:141)."""
    return Answer(world.bloqit.bloq(call.path["bloq"]).view())


def free_lockers(world: World, call: Call) -> Answer:
    """Get Free Lockers (B:199): a bare array."""
    return Answer([locker.view() for locker in world.bloqit.bloq(call.path["bloq"]).lockers if locker.free])


def list_rents(world: World, call: Call) -> Answer:
    """List all rents (B:1305)."""
    return page_of(call, _rents(world, call))


def active_rents(world: World, call: Call) -> Answer:
    """List all active rents (B:1410): those that have not finished."""
    return page_of(call, _rents(world, call, finished=False))


def get_rent(world: World, call: Call) -> Answer:
    """Retrieve a rent (B:1686)."""
    return Answer(world.bloqit.view(world.bloqit.rent(call.path["rent"]), expanded=True))


def rent_by_external(world: World, call: Call) -> Answer:
    """Retrieve a rent by its externalID (B:1586)."""
    found = [rent for rent in world.bloqit.rents.values() if rent.external == call.path["external"]]
    if not found:
        raise RefusedError(404, "rentNotFound", message=f"There is no rent with externalID {call.path['external']}.")
    return Answer(world.bloqit.view(found[-1], expanded=True))


def rent_history(world: World, call: Call) -> Answer:
    """Rent History (B:1639): a bare array of events, oldest first."""
    rent = world.bloqit.rent(call.path["rent"])
    return Answer([event for _, event in world.bloqit.hooks.history if event["rent"] == rent.id])


def event_history(world: World, call: Call) -> Answer:
    """Retrieve the Event History (B:3816); its sample has a limit of 15."""
    wanted = _many(call, "eventTypes")
    since, until = _date(call, "startDate"), _date(call, "endDate")
    found: list[Json] = [
        event
        for at, event in world.bloqit.hooks.history
        if (not wanted or event["codeName"] in wanted) and _within(at, since=since, until=until)
    ]
    return page_of(call, found, limit=15)


def list_hooks(world: World, call: Call) -> Answer:
    """List all Webhooks (B:3605)."""
    kind = call.query.get("eventType", "")
    return page_of(call, [hook.view() for hook in world.bloqit.hooks.registered.values() if not kind or hook.listens(kind)])


def get_hook(world: World, call: Call) -> Answer:
    """Retrieve a Webhook (B:3678)."""
    return Answer(world.bloqit.hooks.get(call.path["hook"]).view())


def _rents(world: World, call: Call, *, finished: bool = True) -> list[Json]:
    wanted, kind = _many(call, "rentStates"), _word(call, "rentType", allowed=frozenset({"", *TYPES}))
    if wanted - STATES:
        raise RefusedError(400, "rentStatesInvalid", message=f"Unknown states: {', '.join(sorted(wanted - STATES))}.")
    since, until = _date(call, "startDate"), _date(call, "endDate")
    found = [rent for rent in world.bloqit.rents.values() if (finished or rent.unfinished) and _matches(call, rent)]
    return [
        world.bloqit.view(rent)
        for rent in found
        if (not wanted or rent.state in wanted)
        and kind in ("", rent.type)
        and _within(rent.states[0][1], since=since, until=until)
    ]


def _matches(call: Call, rent: Rent) -> bool:
    asked = {"customerID": rent.customer, "bloqID": rent.bloq, "externalID": rent.external}
    return all(call.query.get(name, "") in ("", value) for name, value in asked.items())


def _many(call: Call, name: str) -> frozenset[str]:
    # How an array travels is not documented ("SOME_ARRAY<STRING>_VALUE"): repeated, with commas and with brackets all count.
    values = call.query.getlist(name) + call.query.getlist(f"{name}[]")
    return frozenset(part.strip() for value in values for part in value.split(",") if part.strip())


def _word(call: Call, name: str, *, allowed: frozenset[str]) -> str:
    value = call.query.get(name, "")
    if value not in allowed:
        raise RefusedError(400, f"{name}Invalid", message=f"{name} must be one of {', '.join(sorted(allowed - {''}))}.")
    return value


def _date(call: Call, name: str) -> datetime | None:
    text = call.query.get(name, "")
    try:
        return instant(text) if text else None
    except ValueError as error:
        raise RefusedError(400, f"{name}Invalid", message=f"{name} is not a date.", fields=(name,)) from error


def _within(at: datetime, *, since: datetime | None, until: datetime | None) -> bool:
    return (since is None or since <= at) and (until is None or at <= until)
