"""What Bloq.it's answers give to remark on: a field that was changed late (A13), a search whose point lies the wrong way (A42).

May not send anything nor change an answer. Non-obvious choice: it stands in the way of a request (`plan`) and reads the answer a
second time, of the few operations that concern it. So neither the models nor the plans of all clients have to know of it.
"""

import json
from collections.abc import Mapping
from math import asin, cos, radians, sin, sqrt
from typing import TypeAlias, TypeVar, cast

from pydantic import ValidationError

from ...machines import BadBodyError, Json
from ..operation import Reply
from ..page import Page
from ..plan import Ask, Judged, Plan, plainly
from ..reading import FIRST_REDIRECT, FIRST_SUCCESS
from ..remarks import remark
from ..tolerant import Tolerant, load
from .wire import Bloq, UpdatedRent

M = TypeVar("M", bound=Tolerant)
Point: TypeAlias = tuple[float, float]
"""Latitude and longitude in degrees."""

UNTIL_DROP_OFF = ("labelContent", "labelTemplateID", "pickUpCodes")
"""What may be updated until drop-off by one sentence (B:1745), and until pick-up by others (B:1790-1800)."""
BEFORE_DROP_OFF = frozenset({"created", "reserved"})
EARTH = 6_371_000.0
"""Its radius in metres."""


def late_update(sent: Mapping[str, object], state: str | None) -> None:
    """Remark on an update of a label or of codes of a rent that is past its drop-off; the remote's 409 decides (A13)."""
    late = [name for name in UNTIL_DROP_OFF if sent.get(name) is not None]
    if late and state is not None and state not in BEFORE_DROP_OFF:
        remark("A13", f"{', '.join(late)} changed in {state}: B:1745 allows it until the drop-off, B:1790 until the pick-up")


class Notices:
    """What one client has seen of bloqs, and the remarks that follow from it."""

    def __init__(self) -> None:
        self._known: dict[str, Point] = {}

    def way(self, ask: Ask) -> Plan[Judged]:
        """Ask, and look at what came."""
        called, exchange = yield from plainly(ask)
        if isinstance(exchange, Reply) and called.id in {"bloqit.bloqs.list", "bloqit.bloqs.get", "bloqit.bloqs.search"}:
            for bloq in _bloqs(exchange, called.answer):
                if bloq.point is not None:
                    self._known[bloq.id] = bloq.point
        if called.id == "bloqit.bloqs.search":
            self._searched(dict(ask.request.query))
        if isinstance(exchange, Reply) and called.id == "bloqit.rents.update":
            rent = _read(exchange, UpdatedRent)
            if rent is not None:
                late_update(cast("dict[str, Json]", json.loads(ask.request.body or b"{}")), rent.state)
        return called, exchange

    def _searched(self, query: Mapping[str, str]) -> None:
        point = (float(query["latitude"]), float(query["longitude"]))
        within = float(query["maxDistance"])
        swapped = (point[1], point[0])
        near, far = (any(_metres(way, bloq) <= within for bloq in self._known.values()) for way in (point, swapped))
        if far and not near:
            remark("A42", f"no known bloq lies near latitude {point[0]}, longitude {point[1]}, but one does the other way round")


def _bloqs(reply: Reply, answer: type[Tolerant]) -> list[Bloq]:
    found = _read(reply, answer)
    if isinstance(found, Page):
        return cast("Page[Bloq]", found).docs
    return [found] if isinstance(found, Bloq) else []


def _read(reply: Reply, model: type[M]) -> M | None:
    """What was answered, None where it is a refusal or cannot be read: that is for those who asked to say."""
    try:
        return model.model_validate(load(reply.body)) if FIRST_SUCCESS <= reply.status < FIRST_REDIRECT else None
    except (BadBodyError, ValidationError):
        return None


def _metres(one: Point, other: Point) -> float:
    """Along a great circle; a point that is none, because a latitude became a longitude, is no trouble here."""
    (north, east), (up, right) = one, other
    half = sin(radians(up - north) / 2) ** 2 + cos(radians(north)) * cos(radians(up)) * sin(radians(right - east) / 2) ** 2
    return 2 * EARTH * asin(sqrt(min(max(half, 0.0), 1.0)))
