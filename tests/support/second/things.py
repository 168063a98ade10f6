"""What there is: bloqs, lockers, rents, customers, events and webhooks, as plain records.

May not do anything. Non-obvious choice: what a partner said of a rent stays under the document's names (`Rent.told`), because
this server shows it as it was said.
"""

from dataclasses import dataclass, field
from datetime import datetime
from queue import SimpleQueue
from threading import Event as Flag
from typing import Any


@dataclass
class Bloq:
    """A group of lockers (B:19).

    Attributes:
        id: Its id.
        title, code, city, postal_code, address: Where it is, for people.
        place: Longitude and latitude.
        born: When it was made.
        supports: Rent types that it takes.
        lockers: Ids of its lockers.
        external_id: The partner's own name.
        active: Whether it takes new rents.
        rent_hours, delivery_hours, collect_hours: How long a rent, its drop-off and its collection may take (B:386-399).
    """

    id: str
    title: str
    code: str
    city: str
    postal_code: str
    address: str
    place: tuple[float, float]
    born: datetime
    supports: list[str]
    lockers: list[str]
    external_id: str
    active: bool = True
    rent_hours: int = 24
    delivery_hours: int = 72
    collect_hours: int = 72


@dataclass
class Locker:
    """A door.

    Attributes:
        id, bloq, title, size: What it is.
        rent: The rent that it is allocated to.
        active: Whether it takes new rents (B:603).
        is_open: Whether its door is open.
        opened: When it opened last.
        warned: Whether this opening was complained of (B:3447).
    """

    id: str
    bloq: str
    title: str
    size: str
    rent: str | None = None
    active: bool = True
    is_open: bool = False
    opened: datetime | None = None
    warned: bool = False


@dataclass
class Rent:
    """A rent of any of the four types (B:35).

    Attributes:
        id, kind, start: What it is, and since when.
        customer, bloq, locker: Ids of what belongs to it.
        state, states: The present state, and every one with its instant.
        expiry: When it expires.
        by_default: Whether that came from its bloq and not from a partner.
        end: When it finished.
        told: What the partner said of it, and what became of that, by the document's names.
        notify: How its customer wants to be told (B:2441).
        at_keypad: Whether somebody is just dropping its item off at the bloq.
    """

    id: str
    kind: str
    start: datetime
    customer: str | None = None
    bloq: str | None = None
    locker: str | None = None
    state: str = "created"
    states: list[tuple[str, datetime]] = field(default_factory=list[tuple[str, datetime]])
    expiry: datetime | None = None
    by_default: bool = False
    end: datetime | None = None
    told: dict[str, Any] = field(default_factory=dict[str, Any])
    notify: list[str] = field(default_factory=list[str])
    at_keypad: bool = False


@dataclass
class Customer:
    """Somebody with a rent; what is known of her by the document's names (B:3132-3163)."""

    id: str
    born: datetime
    told: dict[str, str]


@dataclass
class Event:
    """Something that happened (B:3586-3602).

    Attributes:
        at: When; webhooks do not say it, histories do.
        body: What is told.
    """

    at: datetime
    body: dict[str, Any]

    @property
    def name(self) -> str:
        """Which of the document's events it is."""
        return str(self.body["codeName"])


@dataclass
class Hook:
    """A webhook (B:3439).

    Attributes:
        id, url, events, description, secret, born: What it was made with.
        letters: What is to be posted, in order; None ends it.
        gone: Set once it is deleted.
    """

    id: str
    url: str
    events: list[str]
    description: str | None
    secret: str | None
    born: datetime
    letters: SimpleQueue[str | None] = field(default_factory=SimpleQueue[str | None])
    gone: Flag = field(default_factory=Flag)


@dataclass(frozen=True, kw_only=True)
class About:
    """What an event is about; each is a thing, but for the customer's id."""

    rent: Rent | None = None
    locker: Locker | None = None
    bloq: Bloq | None = None
    customer: str | None = None

    def ids(self) -> dict[str, str]:
        """The ids that it tells: a rent brings its own, a locker its bloq's, and what is named stands before what is brought."""
        rent = self.rent
        told = {
            "customer": self.customer or (rent.customer if rent else None),
            "rent": rent.id if rent else None,
            "bloq": rent.bloq if rent else None,
            "locker": rent.locker if rent else None,
        }
        if self.locker is not None:
            told |= {"locker": self.locker.id, "bloq": self.locker.bloq}
        if self.bloq is not None:
            told["bloq"] = self.bloq.id
        return {name: value for name, value in told.items() if value}
