"""The world of this server: three bloqs with sixteen lockers each, everything that is in them, and one clock.

May not know HTTP, nor a rule of rents (`lives`). Non-obvious choice: the clock is an argument and stands still by default. Time
passes through a test hook alone, so that a run is the same twice; what shows on a clock that goes is tried with one that does.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from threading import RLock
from typing import TypeVar

from .dates import is_id
from .things import About, Bloq, Customer, Event, Hook, Locker, Rent
from .words import API, EVENTS, PARTNER, TYPES, invalid, missing

START = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
PLACES = (
    ("T1", "Rossio", "Lisbon", "1100-123", (-9.1394, 38.7139)),
    ("T2", "Oriente", "Lisbon", "1990-233", (-9.0990, 38.7678)),
    ("T3", "Bolhao", "Porto", "4000-124", (-8.6060, 41.1496)),
)
DOORS = ("XS", "XS", "S", "S", "S", "M", "M", "M", "M", "L", "L", "L", "XL", "XL", "S", "M")

Thing = TypeVar("Thing", Bloq, Locker, Rent, Customer, Hook)


def standing() -> datetime:
    """A clock that stands still."""
    return START


@dataclass
class World:
    """See the module.

    Attributes:
        clock: Tells the present, but for what a test hook has added.
        passed: That.
        chance: Draws ids and codes.
        bloqs, lockers, rents, customers, hooks: Everything there is, by id, oldest first.
        events: Everything that happened, oldest first.
        unsynced: Rent and bloq of offline drop-offs for which there was no locker (B:3474).
        lock: Held while anything changes.
    """

    clock: Callable[[], datetime] = standing
    passed: timedelta = timedelta()
    chance: Random = field(default_factory=lambda: Random(135))  # noqa: S311 - codes of a pretended server
    bloqs: dict[str, Bloq] = field(default_factory=dict[str, Bloq])
    lockers: dict[str, Locker] = field(default_factory=dict[str, Locker])
    rents: dict[str, Rent] = field(default_factory=dict[str, Rent])
    customers: dict[str, Customer] = field(default_factory=dict[str, Customer])
    hooks: dict[str, Hook] = field(default_factory=dict[str, Hook])
    events: list[Event] = field(default_factory=list[Event])
    unsynced: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    lock: RLock = field(default_factory=RLock)

    def __post_init__(self) -> None:
        self._numbers = count(self.chance.randrange(1 << 20))
        for number, place in enumerate(PLACES, 1):
            self._build(number, *place)

    def now(self) -> datetime:
        """The present."""
        return self.clock() + self.passed

    def new_id(self) -> str:
        """An id as in all samples: 24 hexadecimal digits that begin with the instant."""
        return f"{int(self.clock().timestamp()):08x}{self.chance.getrandbits(40):010x}{next(self._numbers) & 0xFFFFFF:06x}"

    def new_code(self) -> str:
        """Six digits, for a rent that came without a code."""
        return f"{self.chance.randrange(10**6):06d}"

    def emit(self, code: str, by: dict[str, str], about: About, **more: object) -> None:
        """Something happened: it goes into the history and to every webhook that asked for it.

        Args:
            code: Which event.
            by: Who did it (B:3489-3497).
            about: What it is about.
            more: `message`, `metadata` or `price`, where they are not the usual ones.
        """
        title = EVENTS[code]
        body = {"_id": self.new_id(), **({"admin": PARTNER} if by is API else {}), **about.ids()}
        body |= {"codeName": code, "description": f"{title}.", "message": title, "title": title, "metadata": {}}
        body |= {"actionInitiatedBy": dict(by), **more}
        self.events.append(Event(self.now(), body))
        text = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
        for hook in self.hooks.values():
            if code in hook.events:
                hook.letters.put(text)

    def find(self, table: dict[str, Thing], value: object, what: str) -> Thing:
        """What has an id.

        Raises:
            RefusedError: 400 for what is no id (B:50), 404 for one that nothing has (B:53).
        """
        if not isinstance(value, str) or not is_id(value):
            raise invalid(f"{what}ID")
        found = table.get(value.lower())
        if found is None:
            raise missing(what)
        return found

    def rent(self, value: object, kind: str = "") -> Rent:
        """The rent of an id; one of another type than the path says is not there.

        Raises:
            RefusedError: 400 or 404, as `find`.
        """
        rent = self.find(self.rents, value, "rent")
        if kind and rent.kind != kind:
            raise missing("rent")
        return rent

    def of(self, rent: Rent) -> Locker | None:
        """The locker of a rent, unless it has none."""
        return self.lockers.get(rent.locker or "")

    def inside(self, locker: Locker) -> Rent | None:
        """The rent that a locker is allocated to."""
        return self.rents.get(locker.rent or "")

    def doors(self, bloq: Bloq) -> list[Locker]:
        """The lockers of a bloq."""
        return [self.lockers[locker] for locker in bloq.lockers]

    def _build(self, number: int, code: str, title: str, city: str, postal: str, place: tuple[float, float]) -> None:
        bloq = f"5e5fbcebd1195468b647aa{number:02x}"
        lockers = [f"5d5a6e83d1682b7194{number:02x}{door:04x}" for door in range(1, len(DOORS) + 1)]
        self.bloqs[bloq] = Bloq(
            bloq, title, code, city, postal, f"Street {number}", place, self.now(), list(TYPES), lockers, f"site-{number}"
        )
        for door, (locker, size) in enumerate(zip(lockers, DOORS, strict=True)):
            self.lockers[locker] = Locker(locker, bloq, f"{'ABCD'[door // 4]}{door % 4 + 1}", size)
