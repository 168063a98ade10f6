"""Bloqs and lockers that come into the world after its beginning, and the events that tell of them (B:3450, 3478).

May not know HTTP. Non-obvious choice: a locker's title is unique in the whole world and not only in its bloq, because scenarios
and people call lockers by their titles.
"""

from collections.abc import Iterable, Iterator
from itertools import count
from typing import Annotated, Literal, TypeAlias

from pydantic import BeforeValidator, Field, JsonValue

from .bloqit import Bloqit
from .hooks import Subject
from .locations import Location
from .network import Address, Bloq, Locker
from .record import Thing
from .strict import StrictForm
from .words import Cause, RefusedError

LONGEST = 100_000
"""Hours of a limit."""

Name: TypeAlias = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^/?#\s][^/?#]*$")]
"""Text that can stand in a path."""

Kind: TypeAlias = Literal["store", "send", "delivery", "return"]
Hours: TypeAlias = Annotated[int, Field(ge=1, le=LONGEST)]


class LockerPlan(StrictForm):
    """A locker; a size alone will do."""

    size: Literal["XS", "S", "M", "L", "XL"]
    id: Name | None = Field(default=None, alias="_id")
    title: Name | None = None
    active: bool = True


def _sized(plan: object) -> object:
    return {"size": plan} if isinstance(plan, str) else plan


Plan: TypeAlias = Annotated[LockerPlan, BeforeValidator(_sized)]


class DeployPlan(StrictForm):
    """A bloq at a place that is known already."""

    lockers: Annotated[tuple[Plan, ...], Field(min_length=1, max_length=1000)] = (
        LockerPlan(size="S"),
        LockerPlan(size="M"),
        LockerPlan(size="L"),
    )
    id: Name | None = Field(default=None, alias="_id")
    code: Name | None = None
    supports: Annotated[tuple[Kind, ...], Field(min_length=1)] = ("store", "send", "delivery", "return")
    active: bool = True
    labels: Annotated[int, Field(ge=0, le=1_000_000)] | None = None
    templates: tuple[str, ...] = ()
    metadata: dict[str, JsonValue] = Field(default_factory=dict)
    maxRentTimeHour: Hours = 2  # noqa: N815 - here and below: the vendor's names
    maxRentDeliveryTimeHour: Hours = 72  # noqa: N815
    maxRentCollectTimeHour: Hours = 48  # noqa: N815


class BloqPlan(DeployPlan):
    """A bloq; `labels` gives it a printer with so many on its roll."""

    title: str = ""
    city: str = "Lisboa"
    address: str = ""
    postalCode: str = ""  # noqa: N815 - as above
    latitude: Annotated[float, Field(ge=-90, le=90)] = 38.707163
    longitude: Annotated[float, Field(ge=-180, le=180)] = -9.135517


class Names:
    """The ids, codes and titles that are taken, and those that are going to be."""

    def __init__(self, side: Bloqit) -> None:
        self.ids = {bloq.id for bloq in side.bloqs.values()} | {locker.id for locker in _lockers(side)}
        self.codes = {bloq.code for bloq in side.bloqs.values()}
        self.titles = {locker.title for locker in _lockers(side)}

    def reserve(self, plan: DeployPlan) -> None:
        """Take the names that a plan asks for.

        Raises:
            RefusedError: 409 for one that is taken.
        """
        self._take(self.ids, "_id", plan.id)
        self._take(self.codes, "code", plan.code)
        for locker in plan.lockers:
            self.reserve_locker(locker)

    def reserve_locker(self, plan: LockerPlan) -> None:
        """As `reserve`, for one locker."""
        self._take(self.ids, "_id", plan.id)
        self._take(self.titles, "title", plan.title)

    @staticmethod
    def _take(taken: set[str], field: str, name: str | None) -> None:
        if name is None:
            return
        if name in taken:
            message = f"{field} has to be new; taken are {', '.join(sorted(taken))}; got {name!r}"
            raise RefusedError(409, f"{field}Invalid", message=message, fields=(field,))
        taken.add(name)

    @staticmethod
    def new(taken: set[str], wanted: Iterable[str]) -> str:
        """The first of some names that is not taken, and is now."""
        found = next(name for name in wanted if name not in taken)
        taken.add(found)
        return found


def build(side: Bloqit, plan: DeployPlan, *, names: Names, cause: Cause, address: Address | None = None) -> Bloq:
    """Put a bloq into the world.

    Args:
        side: The pretend Bloq.it.
        plan: What it is like; `names` has reserved what it asks for.
        names: The names that are taken.
        cause: Who puts it there.
        address: Where; as the plan says without one.
    """
    at = side.ground.clock.now()
    code = plan.code or names.new(names.codes, (f"T{number}" for number in count(1)))
    place = address or (_address(plan, code) if isinstance(plan, BloqPlan) else Address(code, "", (0.0, 0.0)))
    bloq = Bloq(plan.id or side.ground.ids.hex("b10c"), code, at, place)
    bloq.supports, bloq.active, bloq.labels, bloq.templates = (
        plan.supports,
        plan.active,
        plan.labels,
        plan.templates,
    )
    bloq.rent_hours, bloq.delivery_hours = plan.maxRentTimeHour, plan.maxRentDeliveryTimeHour
    bloq.collect_hours, bloq.metadata = plan.maxRentCollectTimeHour, dict(plan.metadata)
    side.bloqs[bloq.id] = bloq
    side.ground.record.add(Thing(bloq.id, code), cause, at=at, before="-", after=_word(active=bloq.active))
    side.hooks.tell_bloq("bloq.created", bloq.id, cause=cause)
    for one in plan.lockers:
        add_locker(side, bloq, one, names=names, cause=cause)
    return bloq


def add_locker(side: Bloqit, bloq: Bloq, plan: LockerPlan, *, names: Names, cause: Cause) -> Locker:
    """Put one more locker into a bloq (B:3450); arguments as `build`."""
    letter = _letters([*side.bloqs].index(bloq.id))
    title = plan.title or names.new(names.titles, (f"{letter}{number}" for number in count(1)))
    locker = Locker(plan.id or side.ground.ids.hex("10cce4"), bloq.id, title, plan.size, active=plan.active)
    bloq.lockers.append(locker)
    at = side.ground.clock.now()
    side.ground.record.add(Thing(locker.id, title), cause, at=at, before="-", after=_word(active=locker.active))
    side.hooks.tell("locker.created", Subject(bloq=bloq.id, locker=locker.id), cause=cause, at=at)
    return locker


def deploy(side: Bloqit, location: Location, plan: DeployPlan, *, cause: Cause) -> Bloq:
    """Bloq.it puts a bloq where a location is (B:714); no endpoint does.

    Raises:
        RefusedError: 409 for a location that has or had one, or for a name that is taken.
    """
    names, form = Names(side), location.form
    names.reserve(plan)
    side.locations.deploy(location, cause=cause)
    where = Address(form.name or str(form.address), "", (form.longitude or 0.0, form.latitude or 0.0), str(form.address))
    return build(side, plan, names=names, cause=cause, address=where)


def _address(plan: BloqPlan, code: str) -> Address:
    point = (plan.longitude, plan.latitude)
    return Address(plan.title or f"Pretend bloq {code}", plan.city, point, plan.address, plan.postalCode)


def _lockers(side: Bloqit) -> Iterator[Locker]:
    for bloq in side.bloqs.values():
        yield from bloq.lockers


def _word(*, active: bool) -> str:
    return "active" if active else "inactive"


def _letters(number: int) -> str:
    """A, B ... Z, AA, AB ..., as on the default network's lockers."""
    head, last = divmod(number, 26)
    return (_letters(head - 1) if head else "") + chr(ord("A") + last)
