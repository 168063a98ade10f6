"""Bloqs and lockers: the things of steel, and the default network with its documented ids.

May not know rents beyond the id that a locker is allocated to. Non-obvious choice: allocation lives in `Locker.rent` alone; a
rent names the locker that it uses, or used (B:1633 shows one on a finished rent).
"""

from dataclasses import dataclass, field
from datetime import datetime

from .moves import TYPES
from .words import JsonObject, iso

SIZES = ("XS", "S", "M", "L", "XL")
"""Smallest first (B:21)."""

ROLL = 120
"""Labels on a new roll: as many as in the document's sample (B:1206)."""

TEMPLATE = "pretend-template"
"""The label template of bloq T1."""

FIRST_BLOQ = "5d5a6e83d1682b7194fc5f91"
"""Bloq T1 (the id is the document's, B:503): A1 S, A2 XS, A3 M, A4 L, A5 XL. It has a printer."""

SECOND_BLOQ = "5e5fbcebd1195468b647aa02"
"""Bloq T2 (B:177), for deliveries and returns only: B1 S, B2 M, B3 L; B3 is inactive."""

FIRST_LOCKER = "5d5a6e83d1682b7194fc5f9c"
"""Locker A1 of T1 (B:495). The others follow it in the last two digits: `…9d` A2 to `…a0` A5."""

SECOND_LOCKER = "5e5fbcebd1195468b647aab1"
"""Locker B1 of T2; `…b2` is B2, `…b3` is B3."""


@dataclass(slots=True)
class Locker:
    """One door.

    Attributes:
        rent: The rent that it is allocated to; empty when it is free.
        warned: Whether the present opening has been warned of (B:3447).
        maintenance: What Bloq.it's people do with it; a word of theirs (B:3453).
    """

    id: str
    bloq: str
    title: str
    size: str
    active: bool = True
    is_open: bool = False
    rent: str = ""
    last_opened: datetime | None = None
    warned: bool = False
    maintenance: str = ""

    @property
    def free(self) -> bool:
        """Active and without a rent (B:201)."""
        return self.active and not self.rent

    def view(self) -> JsonObject:
        """As the document shows it (B:495-506), with its string `"null"` for a door that was never opened."""
        return {
            "_id": self.id,
            "rent": self.rent or None,
            "charger": False,
            "objectDetection": False,
            "isOpen": self.is_open,
            "lastDoorOpeningTimestamp": "null" if self.last_opened is None else iso(self.last_opened),
            "lockerTitle": self.title,
            "bloq": self.bloq,
            "type": self.size,
            "active": self.active,
        }


@dataclass(slots=True)
class Address:
    """Where a bloq stands. `point` is longitude, latitude: the order of GeoJSON."""

    title: str
    city: str
    point: tuple[float, float]
    street: str = ""
    postal_code: str = ""
    country: str = "PT"

    def details(self) -> JsonObject:
        """As `details` of a bloq; the document's sample shows it emptied (B:180)."""
        told: JsonObject = {"title": self.title, "city": self.city, "country": self.country}
        return told | {"address": self.street, "postalCode": self.postal_code}


@dataclass(frozen=True, slots=True)
class OfflineDropOff:
    """A drop-off at a machine without a line (B:3473): the code that was typed, and the locker that took the item."""

    code: str
    locker: str
    at: datetime


@dataclass(slots=True)
class Bloq:
    """A group of lockers (B:21).

    Attributes:
        rent_hours: maxRentTimeHour, for stores and sends (B:184, 2268).
        delivery_hours: maxRentDeliveryTimeHour; as all three, it holds for rents that name no limit of their own (B:338-452).
        collect_hours: maxRentCollectTimeHour.
        labels: Labels left on the roll; `None` without a printer (B:1212).
        templates: Templates that are associated with it (B:1227).
        online: Whether the machine has a line to the cloud.
        unsynced: Drop-offs that the cloud does not know of, or could not enter yet (B:3474).
        tried: When it was last tried to enter them; `tries` times since the line came back.
    """

    id: str
    code: str
    created: datetime
    address: Address
    lockers: list[Locker] = field(default_factory=list)
    supports: tuple[str, ...] = TYPES
    active: bool = True
    rent_hours: int = 2
    delivery_hours: int = 72
    collect_hours: int = 48
    metadata: JsonObject = field(default_factory=dict)
    updated: datetime | None = None
    labels: int | None = None
    templates: tuple[str, ...] = ()
    online: bool = True
    unsynced: list[OfflineDropOff] = field(default_factory=list)
    tried: datetime | None = None
    tries: int = 0

    def view(self) -> JsonObject:
        """As the document shows it (B:176-197)."""
        return {
            "_id": self.id,
            "active": self.active,
            "details": self.address.details(),
            "code": self.code,
            "createdAt": iso(self.created),
            "updatedAt": iso(self.updated or self.created),
            "maxRentTimeHour": self.rent_hours,
            "maxRentDeliveryTimeHour": self.delivery_hours,
            "maxRentCollectTimeHour": self.collect_hours,
            "supports": list(self.supports),
            "location": {"type": "Point", "coordinates": list(self.address.point)},
            "price": {},
            "lockersMeasures": {},
            "status": {"online": self.online},
            "lockers": [locker.view() for locker in self.lockers],
            "metadata": self.metadata,
        }


def default_network(created: datetime) -> list[Bloq]:
    """Two bloqs with eight lockers, as the constants of this module say.

    Args:
        created: When they were built: the virtual start of the world.
    """
    lisbon = Address("Pretend bloq T1", "Lisboa", (-9.135517, 38.707163))  # the document's point (B:764, 765)
    porto = Address("Pretend bloq T2", "Porto", (-8.610983, 41.148508))
    first = Bloq(FIRST_BLOQ, "T1", created, lisbon, labels=ROLL, templates=(TEMPLATE,))
    first.lockers += _lockers(first.id, FIRST_LOCKER, letter="A", sizes=("S", "XS", "M", "L", "XL"))
    second = Bloq(SECOND_BLOQ, "T2", created, porto, supports=("delivery", "return"))
    second.lockers += _lockers(second.id, SECOND_LOCKER, letter="B", sizes=("S", "M", "L"))
    second.lockers[-1].active = False
    return [first, second]


def _lockers(bloq: str, first: str, *, letter: str, sizes: tuple[str, ...]) -> list[Locker]:
    start = int(first, 16)
    return [Locker(f"{start + n:024x}", bloq, f"{letter}{n + 1}", size) for n, size in enumerate(sizes)]
