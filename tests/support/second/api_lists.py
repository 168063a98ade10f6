"""Lists of rents, a rent by its id or its name, and its history (B:1305-1737).

May not change anything. Non-obvious choice: a rent is active until it is finished (B:1412), so those that were cancelled or have
expired are.
"""

import re
from collections.abc import Sequence

from .call import Call
from .things import Rent
from .views import Json, event_view, rent_view
from .words import STATES, TYPES, invalid, missing

UNFINISHED = tuple(state for state in STATES if state != "finished")


def list_rents(call: Call) -> Json:
    """Rents, with the filters of B:1325-1365."""
    until, found = call.date("endDate"), _filtered(call, STATES)
    return _page(call, [rent for rent in found if until is None or rent.start <= until])


def list_active(call: Call) -> Json:
    """Those that have not finished; it has no `endDate` (B:1412-1470)."""
    return _page(call, [rent for rent in _filtered(call, UNFINISHED) if rent.state != "finished"])


def _page(call: Call, rents: Sequence[Rent]) -> Json:
    return call.page(rents, lambda rent: rent_view(call.world, rent, full=True))


def _filtered(call: Call, states: Sequence[str]) -> list[Rent]:
    customer, bloq, kind = call.id_of("customerID"), call.id_of("bloqID"), call.choice("rentType", TYPES)
    wanted, since, name = call.queries("rentStates", states), call.date("startDate"), call.query("externalID")
    who = (call.query("customerQuery") or "").strip().lower()
    return [
        rent
        for rent in call.world.rents.values()
        if (customer is None or rent.customer == customer)
        and (bloq is None or rent.bloq == bloq)
        and (kind is None or rent.kind == kind)
        and (not wanted or rent.state in wanted)
        and (since is None or rent.start >= since)
        and (name is None or rent.told.get("externalID") == name)
        and (not who or _is_of(call, rent, who))
    ]


def _is_of(call: Call, rent: Rent, who: str) -> bool:
    """Whether a rent's customer, or whoever a send is for, is reached by that (B:1349)."""
    known = call.world.customers.get(rent.customer or "")
    asked = who.replace(" ", "") if re.fullmatch(r"[\d ]+", who) else who
    ways = (*(() if known is None else (known.told.get("email"), known.told.get("phoneNumber"))), rent.told.get("phoneNumber"))
    return any(asked in (way or "").lower() for way in ways)


def reached_state(call: Call) -> Json:
    """Rents that came into a state in a while (B:1530-1545)."""
    state, since, until = call.choice("state", STATES), call.date("from"), call.date("until")
    for name, value in (("state", state), ("from", since), ("until", until)):
        if value is None:
            raise invalid(name)
    if since is None or until is None or since > until:
        raise invalid("until", "until is before from.")
    rents = call.world.rents.values()
    return _page(call, [rent for rent in rents if any(been == state and since <= at <= until for been, at in rent.states)])


def get_external(call: Call) -> Json:
    """The newest rent of a partner's own name: nothing says that it is unique (B:1586)."""
    for rent in reversed(call.world.rents.values()):
        if rent.told.get("externalID") == call.path["externalID"]:
            return rent_view(call.world, rent, full=True)
    raise missing("rent")


def get_rent(call: Call) -> Json:
    """A rent."""
    return rent_view(call.world, call.world.rent(call.path["rentID"]), full=True)


def rent_history(call: Call) -> list[Json]:
    """Everything that happened to a rent, oldest first (B:1643); its id stands in the path, whatever B:1647 says of the query."""
    rent, asked = call.world.rent(call.path["rentID"]), call.query("rentID")
    if asked is not None and asked.lower() != rent.id:
        raise invalid("rentID")
    return [event_view(event) for event in call.world.events if event.body.get("rent") == rent.id]
