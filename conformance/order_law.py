"""Blink's orders under test: their law, their requests, and what can be told of them.

May not hold a named check (`order_checks` does). Non-obvious choice: there is no way to read an order, so where it is shows only
in what is accepted next. The words that tell two states apart do here what reading does elsewhere, and a webhook is never waited
for in a word.
"""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType

from pydantic import ValidationError

from ..adapters.blink.operations import OPERATIONS, SYNC_STATUS
from ..adapters.blink.wire import Envelope, Token
from ..adapters.operation import Reply, Request
from ..adapters.sender import Exchange
from ..adapters.tolerant import load
from ..machines import ABSENT, BadBodyError, BadSettingsError
from ..machines.row import Row
from ..machines.vendor import ORDER_STATUS
from .bearer import Bearing
from .bench import Bench, InfrastructureError
from .judge import Fault
from .readings import Reading, Readings
from .stories import Story
from .subjects import REFUSED, Move, Place, Thing

LOGIN = "blink.auth.login"
PLACES: Mapping[str, str] = MappingProxyType({"place": "DELIVERY", "place_pick_up": "PICK-UP"})
STATUSES: Mapping[str, int] = MappingProxyType({"pend": 0, "accept": 1, "dispatch": 2, "deliver": 3, "reject": 4})
MUTE = "reject_mute"
APP: Mapping[str, str] = MappingProxyType({f"app_{name}": name for name in STATUSES if name != "pend"})
"""Inputs by hand in Blink's application, and what they are otherwise."""

COMMENT = "Delivery area is too far"
"""The document's own (K:164)."""

STORIES = tuple(
    Story(title, lines, tuple(word.split()))
    for title, lines, word in (
        ("an order is accepted, dispatched and delivered", "K:142-153", "place accept dispatch deliver"),
        ("an order is accepted and picked up", "K:76, 152", "place_pick_up accept deliver"),
        ("an order is rejected", "K:155-164", "place reject"),
        ("an accepted order is rejected after all", "K:155-164", "place accept reject"),
        ("a status is told twice", "K:139-164", "place accept accept dispatch dispatch deliver deliver"),
    )
)


@cache
def rows() -> Mapping[tuple[str, str], tuple[Row, ...]]:
    """The rows that a client can ask for, by (state, trigger)."""
    table = Readings().table("order")
    return {
        place: found
        for place, arms in table.arms.items()
        if (found := tuple(arm.row for arm in arms if arm.sendable and arm.row.trigger == place[1]))
    }


def rule(readings: Readings, place: Place, name: str) -> Move | None:
    """What must follow from an input."""
    if (name in PLACES) != (place.state == ABSENT):
        return None
    if name in PLACES:
        return Move(accepted=True, target=Place("pending", PLACES[name]))
    if name == MUTE:
        # Whoever is told again what he knows may not ask for the reason again.
        return Move(None if place.state == "rejected" else False, place)
    trigger, by_hand = APP.get(name, name), name in APP
    target = ORDER_STATUS.read(STATUSES[trigger])
    if target == place.state:
        return Move(None if by_hand else True, place)
    return _moved(readings, place, trigger, target)


def _moved(readings: Readings, place: Place, trigger: str, target: str) -> Move:
    row = next((row for row in rows().get((place.state, trigger), ()) if _fits(row, place)), None)
    reading = _reading(place, trigger, target, row)
    holds = row is not None if reading is None else readings.of(reading)
    if holds is None:
        return Move(accepted=None, target=place, open=reading)
    if not holds:
        return Move(accepted=False, target=place)
    return Move(accepted=True, target=Place(target, place.mark), rows=() if row is None else (row,))


def _fits(row: Row, place: Place) -> bool:
    """Whether it is for orders of this type; the only other guard is the comment, which goes along."""
    kind = {"dispatch": "DELIVERY", "deliver": "PICK-UP"}.get(row.trigger, place.mark)
    return place.state != "accepted" or place.mark == kind


def _reading(place: Place, trigger: str, target: str, row: Row | None) -> Reading | None:
    where = f"{place.state}, to {target} ({place.mark})"
    if row is not None:
        return None if row.policy is None else Reading(row.policy, "order", where)
    forward = place.state in ("pending", "accepted") and trigger in ("dispatch", "deliver")
    return Reading("skip_order_steps", "order", where) if forward else None


def telling(order: object, status: object, **more: object) -> Request:
    """A request for a status as it is, however wrong."""
    one = OPERATIONS[SYNC_STATUS]
    body = {name: value for name, value in {"blink_order_id": order, "status": status, **more}.items() if value is not None}
    return Request(method=one.method, path=one.path, body=json.dumps(body).encode())


def logging_in(username: str, password: str) -> Request:
    """The login (K:7-13)."""
    one = OPERATIONS[LOGIN]
    return Request(method=one.method, path=one.path, body=json.dumps({"username": username, "password": password}).encode())


def token_of(driver: Bearing, username: str, password: str) -> str:
    """A token.

    Raises:
        BadSettingsError: The server lets nobody in by this name and password.
        InfrastructureError: It does not answer.
    """
    exchange = driver.with_key("", logging_in(username, password))
    if not isinstance(exchange, Reply):
        raise InfrastructureError(exchange.reason)
    try:
        return Token.model_validate(load(exchange.body)).access_token.get_secret_value()
    except (ValidationError, BadBodyError) as error:
        raise BadSettingsError(f"POST {OPERATIONS[LOGIN].path} answered {exchange.status} and no token") from error


def taken(exchange: Exchange) -> bool:
    """Whether an answer accepts: no error, and no `success: false` whatever its status is (C23)."""
    if not isinstance(exchange, Reply) or exchange.status >= REFUSED:
        return False
    try:
        return Envelope.model_validate(load(exchange.body)).failure() is None
    except (ValidationError, BadBodyError):
        return True  # an answer that is no envelope is not documented either (A45)


class Orders:
    """Blink, as a `System`."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench

    def request(self, thing: Thing, name: str) -> Request:
        """The request of an input."""
        if name in PLACES:
            (request,) = self.bench.hooks.requests("place_order", order=thing.name, type=PLACES[name])
        elif name in APP:
            status = STATUSES[APP[name]]
            comment = COMMENT if status == STATUSES["reject"] else ""
            (request,) = self.bench.hooks.requests("order_status", order=thing.name, status=status, comment=comment)
        elif name == MUTE:
            request = telling(thing.name, STATUSES["reject"])
        else:
            request = telling(thing.name, STATUSES[name], comment=COMMENT if name == "reject" else None)
        return request

    def accepted(self, exchange: Exchange) -> bool:
        """Whether it is."""
        return taken(exchange)

    def after(self, thing: Thing, name: str, move: Move, exchange: Exchange, *, fresh: bool) -> Iterator[Fault]:
        """Nothing: an answer to a status says nothing (A45), and an order cannot be read."""
        del name, move, exchange, fresh
        thing.id = thing.name
        yield from ()

    def marks(self, thing: Thing) -> str:
        """Nothing is shown."""
        del thing
        return ""
