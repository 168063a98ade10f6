"""Bloqs and lockers: the things of steel, and the default network with its documented ids.

May not know rents beyond the id that a locker is allocated to. Non-obvious choice: allocation lives in `Locker.rent` alone; a
rent names the locker that it uses, or used (B:1633 shows one on a finished rent).
"""

from dataclasses import dataclass, field
from datetime import datetime

from .words import JsonObject, iso

SIZES = ("XS", "S", "M", "L", "XL")
"""Smallest first (B:21)."""

FIRST_BLOQ = "5d5a6e83d1682b7194fc5f91"
"""Bloq T1 (the id is the document's, B:503): A1 S, A2 XS, A3 M, A4 L, A5 XL."""

SECOND_BLOQ = "5e5fbcebd1195468b647aa02"
"""Bloq T2 (B:177): B1 S, B2 M, B3 L; B3 is inactive."""

FIRST_LOCKER = "5d5a6e83d1682b7194fc5f9c"
"""Locker A1 of T1 (B:495). The others follow it in the last two digits: `…9d` A2 to `…a0` A5."""

SECOND_LOCKER = "5e5fbcebd1195468b647aab1"
"""Locker B1 of T2; `…b2` is B2, `…b3` is B3."""


@dataclass(slots=True)
class Locker:
    """One door. `rent` is the id of the rent that it is allocated to; empty when it is free."""

    id: str
    bloq: str
    title: str
    size: str
    active: bool = True
    is_open: bool = False
    rent: str = ""
    last_opened: datetime | None = None

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
class Bloq:
    """A group of lockers (B:21). The limits are hours and hold for rents that name none of their own (B:338-452)."""

    id: str
    code: str
    created: datetime
    lockers: list[Locker] = field(default_factory=list)
    active: bool = True
    delivery_hours: int = 72
    collect_hours: int = 48

    def view(self) -> JsonObject:
        """As the document shows it (B:176-197)."""
        return {
            "_id": self.id,
            "active": self.active,
            "details": {"title": f"Pretend bloq {self.code}", "city": "Lisboa", "country": "PT"},
            "code": self.code,
            "createdAt": iso(self.created),
            "updatedAt": iso(self.created),
            "maxRentTimeHour": 2,
            "maxRentDeliveryTimeHour": self.delivery_hours,
            "maxRentCollectTimeHour": self.collect_hours,
            "supports": ["delivery"],
            "location": {},
            "price": {},
            "lockersMeasures": {},
            "status": {"online": True},
            "lockers": [locker.view() for locker in self.lockers],
        }


def default_network(created: datetime) -> list[Bloq]:
    """Two bloqs with eight lockers, as the constants of this module say.

    Args:
        created: When they were built: the virtual start of the world.
    """
    first = Bloq(FIRST_BLOQ, "T1", created)
    first.lockers += _lockers(first.id, FIRST_LOCKER, letter="A", sizes=("S", "XS", "M", "L", "XL"))
    second = Bloq(SECOND_BLOQ, "T2", created)
    second.lockers += _lockers(second.id, SECOND_LOCKER, letter="B", sizes=("S", "M", "L"))
    second.lockers[-1].active = False
    return [first, second]


def _lockers(bloq: str, first: str, *, letter: str, sizes: tuple[str, ...]) -> list[Locker]:
    start = int(first, 16)
    return [Locker(f"{start + n:024x}", bloq, f"{letter}{n + 1}", size) for n, size in enumerate(sizes)]
