"""What the endpoints for bloqs and their printers do (B:338-452, 508-545, 1117-1299).

May not know HTTP. Non-obvious choice: a print that fails for want of labels is answered 502, because the machine answered, and
with an error (B:57); the event tells why (B:3476).
"""

from math import asin, cos, radians, sin, sqrt
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StrictBool

from .bloqit import Bloqit, open_door, require_openable
from .network import ROLL, Bloq, Locker
from .record import Thing
from .words import Cause, RefusedError

EARTH = 6_371_000.0
"""Metres."""

LONGEST_LIMIT = 100_000
"""Hours."""


class Point(BaseModel):
    """`location` of an update; the document shows it emptied (B:419), and GeoJSON is what a location elsewhere is."""

    coordinates: tuple[Annotated[float, Field(ge=-180, le=180)], Annotated[float, Field(ge=-90, le=90)]]


class BloqForm(BaseModel):
    """Body of Update Bloq (B:352-403): only what is sent changes (B:340)."""

    model_config = ConfigDict(frozen=True)

    active: StrictBool | None = None
    title: str | None = None
    city: str | None = None
    code: str | None = Field(default=None, min_length=1)
    address: str | None = None
    postal_code: str | None = Field(default=None, alias="postalCode")
    location: Point | None = None
    rent_hours: int | None = Field(default=None, alias="maxRentTimeHour", ge=1, le=LONGEST_LIMIT)
    delivery_hours: int | None = Field(default=None, alias="maxRentDeliveryTimeHour", ge=1, le=LONGEST_LIMIT)
    collect_hours: int | None = Field(default=None, alias="maxRentCollectTimeHour", ge=1, le=LONGEST_LIMIT)
    metadata: dict[str, JsonValue] | None = None


def update(side: Bloqit, bloq: Bloq, *, form: BloqForm, cause: Cause) -> None:
    """Change what is named; enabling and disabling are told (B:3479, 3480). Rents that are there already are kept."""
    sent = {name: value for name, value in form if value is not None}
    for name in ("code", "rent_hours", "delivery_hours", "collect_hours", "metadata", "active"):
        before = bloq.active
        setattr(bloq, name, sent.get(name, getattr(bloq, name)))
        if bloq.active != before:
            event = "bloq.active" if bloq.active else "bloq.inactive"
            side.hooks.tell_bloq(event, bloq.id, cause=cause)
    place = bloq.address
    place.title, place.city = sent.get("title", place.title), sent.get("city", place.city)
    place.street, place.postal_code = sent.get("address", place.street), sent.get("postal_code", place.postal_code)
    place.point = form.location.coordinates if form.location else place.point
    bloq.updated = side.ground.clock.now()
    word = "active" if bloq.active else "inactive"
    side.ground.record.add(Thing(bloq.id, bloq.code), cause, at=bloq.updated, before="bloq", after=word)


def metres(bloq: Bloq, latitude: float, longitude: float) -> float:
    """How far a bloq is from a point, along a great circle."""
    east, north = (radians(angle) for angle in bloq.address.point)
    here_north, here_east = radians(latitude), radians(longitude)
    half = sin((north - here_north) / 2) ** 2 + cos(north) * cos(here_north) * sin((east - here_east) / 2) ** 2
    return 2 * EARTH * asin(sqrt(min(1.0, half)))


def open_several(side: Bloqit, bloq: Bloq, *, lockers: list[str], cause: Cause) -> list[Locker]:
    """Open several lockers, all of them or none (B:510).

    Raises:
        RefusedError: 400 for none at all or one of another bloq, 409 for one that is allocated or open, 502, 504.
    """
    mine = {locker.id: locker for locker in bloq.lockers}
    if not lockers or not mine.keys() >= set(lockers):
        raise RefusedError(400, "lockersInvalid", message="lockers must be ids of lockers of this bloq.", fields=("lockers",))
    found = [mine[name] for name in dict.fromkeys(lockers)]
    if any(locker.rent for locker in found):
        raise RefusedError(409, "lockerAllocated", message="A locker is allocated to a rent.")
    for locker in sorted(found, key=lambda one: not one.is_open):
        require_openable(side, locker, cause=cause)
    for locker in found:
        open_door(side, locker, cause=cause)
    return found


def labels(bloq: Bloq) -> int:
    """How many labels are left.

    Raises:
        RefusedError: 409 without a printer (B:1212).
    """
    if bloq.labels is None:
        raise RefusedError(409, "printerNotFound", message="This bloq has no printer.")
    return bloq.labels


def print_label(side: Bloqit, bloq: Bloq, *, template: str, has_content: bool, cause: Cause) -> None:
    """Print a label (B:1212).

    Raises:
        RefusedError: 400 for content without a template (B:1233) or an unknown one (B:1227), 409 without a printer, 502 when
            the roll is empty or the bloq offline.
    """
    left = labels(bloq)
    if has_content and not template:
        raise RefusedError(400, "templateIDInvalid", message="content requires a templateID.", fields=("templateID",))
    if template and template not in bloq.templates:
        raise RefusedError(400, "templateIDInvalid", message="This bloq has no such template.", fields=("templateID",))
    if not bloq.online:
        raise RefusedError(side.ground.settings.offline_status, "bloqOffline", message="The bloq does not answer.")
    if not left:
        side.hooks.tell_bloq("bloq.print_label_error", bloq.id, cause=cause, message="There are no labels left.")
        raise RefusedError(502, "printerError", message="There are no labels left.")
    _set_labels(side, bloq, left=left - 1, cause=cause)
    side.hooks.tell_bloq("bloq.label_printed", bloq.id, cause=cause)


def replace_roll(side: Bloqit, bloq: Bloq, *, cause: Cause) -> None:
    """Somebody has put a new roll in (B:1263). No event tells of it.

    Raises:
        RefusedError: 409 without a printer.
    """
    labels(bloq)
    _set_labels(side, bloq, left=ROLL, cause=cause)


def _set_labels(side: Bloqit, bloq: Bloq, *, left: int, cause: Cause) -> None:
    at, before, bloq.labels = side.ground.clock.now(), f"{bloq.labels} labels", left
    side.ground.record.add(Thing(bloq.id, bloq.code), cause, at=at, before=before, after=f"{left} labels")
