"""The machines' rows as events tell them: which event may tell of which row, and which rows nobody tells.

May not know a history. Non-obvious choice: an event that a row names is one arrow, a row that names none is two. It may pass in
silence, or be told by the event of the state that it enters; the document promises neither.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import NamedTuple

from ..machines import ABSENT, API_LEVELS, Arm, Table
from ..machines.vendor import BLOQIT_EVENT
from .readings import Readings, contested
from .runner import EVENTS

EXTENDED, DROPPED_OFFLINE, IN_PROGRESS = "rent.extended", "rent.offline_dropoff", "rent.in_progress"
UPDATES = frozenset({"update_pickup_fields", "update_dropoff_fields"})
"""Triggers that may be told by `rent.extended`: a new expiry date is one of the things that an update brings (B:1745)."""

KNOWN = frozenset(str(name) for name in BLOQIT_EVENT.theirs)


class Place(NamedTuple):
    """Where a rent may be: its type, its state, and the second of two events that tell of one row (B:3473), while it is owed."""

    kind: str
    state: str
    owed: str = ""


class Arrow(NamedTuple):
    """What may happen in a state: the event that tells of it (empty: nobody does), its row, where it leads, its open reading."""

    event: str
    row: str
    target: Place
    reading: str


@cache
def tells(kind: str, api_level: str = API_LEVELS[0]) -> frozenset[str]:
    """The events that tell of a row of a rent type."""
    return frozenset(arrow.event for arrows in arrows_of(kind, api_level).values() for arrow in arrows) - {""}


@cache
def rows_of(kind: str, api_level: str = API_LEVELS[0]) -> frozenset[str]:
    """The rows of a rent type that some event may tell of: what a history can cover."""
    places = arrows_of(kind, api_level).items()
    return frozenset(arrow.row for place, arrows in places if place.kind == kind for arrow in arrows) - {""}


@cache
def arrows_of(kind: str, api_level: str = API_LEVELS[0]) -> Mapping[Place, tuple[Arrow, ...]]:
    """What may happen at each place, under every reading; a delivery may go on as a return."""
    found: dict[Place, dict[Arrow, None]] = {}
    for one in (kind, "return") if kind == "delivery" else (kind,):
        table = Readings(api_level=api_level).table(one)
        for arm in _arms(table):
            for place, arrow in _arrows(one, arm):
                found.setdefault(place, {})[arrow] = None
    return {place: tuple(arrows) for place, arrows in found.items()}


def _arms(table: Table) -> Iterator[Arm]:
    """Every arm once. A return that comes out of a delivery begins nowhere: it is the delivery's own history that goes on."""
    arms = (arm for (_, name), arms in table.arms.items() for arm in arms if name == arm.row.trigger)
    return (arm for arm in arms if arm.source != ABSENT or arm.row.signals)


def _arrows(kind: str, arm: Arm) -> Iterator[tuple[Place, Arrow]]:
    """A row's arrows: one for each event that may tell of it, a silent one where none has to."""
    row, source = arm.row, Place(kind, arm.source)
    target = Place("return" if row.trigger == "return_requested" else kind, arm.target)
    told = tuple(name for name in row.signals if name in EVENTS)
    reading = contested(row, arm.source)
    if DROPPED_OFFLINE in row.signals:
        for first, second in ((DROPPED_OFFLINE, IN_PROGRESS), (IN_PROGRESS, DROPPED_OFFLINE)):
            owing = target._replace(owed=second)
            yield source, Arrow(first, row.id, owing, reading)
            yield owing, Arrow(second, "", target, "")
            yield owing, Arrow("", "", target, "")
    elif told:
        yield from ((source, Arrow(name, row.id, target, reading)) for name in told)
    elif row.trigger in UPDATES:
        yield source, Arrow(EXTENDED, row.id, target, reading)
    elif arm.source != arm.target:
        yield source, Arrow("", row.id, target, reading)
        yield source, Arrow(f"rent.{arm.target}", row.id, target, reading)
