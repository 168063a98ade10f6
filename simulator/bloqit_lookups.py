"""What the pretend Bloq.it answers to questions about rents: one, its history, and lists of them.

May not change anything. Non-obvious choice: of several rents with one externalID the newest is answered (B:1588 knows only
one), because a client that made a duplicate should meet it.
"""

from . import bloqit_asked as asked
from .queries import many, required, span, word
from .rent import Rent
from .web import Answer, Call, page_of
from .words import Json, RefusedError
from .world import World

NOT_LISTED = frozenset({"finished"})
"""What the lists of active rents (B:1449) and of reached states (B:1533) lack."""


def list_rents(world: World, call: Call) -> Answer:
    """List all rents (B:1305)."""
    return page_of(call, _rents(world, call))


def active_rents(world: World, call: Call) -> Answer:
    """List all active rents (B:1410): those that have not finished. It has no endDate (B:1451-1469)."""
    return page_of(call, _rents(world, call, active=True))


def reached_rents(world: World, call: Call) -> Answer:
    """List all rents that reached a state within a time frame (B:1509)."""
    lacks = NOT_LISTED if world.settings.strict_lists else frozenset[str]()
    required(call, asked.REACHED)
    state = word(call, asked.REACHED, but=lacks)
    required(call, asked.FROM)
    required(call, asked.TO)
    within = span(call, since=asked.FROM, until=asked.TO)
    found = [rent for rent in world.bloqit.rents.values() if any(name == state and within(at) for name, at in rent.states)]
    return page_of(call, [world.bloqit.view(rent) for rent in found])


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
    """Rent History (B:1639): a bare array of events, oldest first. The id is in the path, or in the query (B:1652, 1662)."""
    rent = world.bloqit.rent(call.path.get("rent") or required(call, *asked.HISTORY))
    return Answer([*world.bloqit.hooks.of_rent.get(rent.id, ())])


def _rents(world: World, call: Call, *, active: bool = False) -> list[Json]:
    strict = world.settings.strict_lists
    wanted = many(call, asked.RENT_STATES)
    kind = word(call, asked.RENT_TYPE, but=frozenset({"return"}) if strict else frozenset())
    unknown = wanted - (frozenset(asked.RENT_STATES.words) - (NOT_LISTED if strict and active else frozenset()))
    if unknown:
        raise RefusedError(400, "rentStatesInvalid", message=f"Unknown states: {', '.join(sorted(unknown))}.")
    within = span(call, since=asked.SINCE, until=None if active else asked.UNTIL)
    return [
        world.bloqit.view(rent)
        for rent in world.bloqit.rents.values()
        if (not active or rent.unfinished)
        and (not wanted or rent.state in wanted)
        and kind in ("", rent.type)
        and within(rent.states[0][1])
        and _matches(world, call, rent=rent)
    ]


def _matches(world: World, call: Call, *, rent: Rent) -> bool:
    equal = {asked.CUSTOMER: rent.customer, asked.BLOQ: rent.bloq, asked.EXTERNAL: rent.external}
    query, person = call.text(asked.PERSON), world.bloqit.customers.known.get(rent.customer)
    if query and not (query in rent.phone or (person and person.answers_to(query))):
        return False
    return all(call.text(one) in ("", value) for one, value in equal.items())
