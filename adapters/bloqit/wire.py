"""Bloq.it's words on the wire as we read them: tolerant models of every answer and event.

May not translate into our vocabulary. Non-obvious choice: only `_id` is required of anything that we read; every other field of
the samples is missing, null, an id or an object somewhere in the document (A17, A18, A20).
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Generic, TypeVar, cast

from pydantic import AliasChoices, BeforeValidator, Field, SecretStr, model_validator

from ...machines import Json
from ..remarks import remark
from ..tolerant import (
    Flag,
    Id,
    Moment,
    Object,
    Objects,
    Text,
    Tolerant,
    Whole,
    amount_of,
    list_of,
    object_of,
    text_of,
)
from ..words import BloqitEvent, LocationState, LockerSize, RentState, RentType
from .pricing import Pricing

E = TypeVar("E", bound=Tolerant)

NOBODY = "-"
"""Id of a rent that an answer forgot to tell; it is read before anybody sees it."""

UnderId = AliasChoices("_id", "id")


class Ref(Tolerant, Generic[E]):
    """Something that is sometimes an id and sometimes the object itself (A17, B:1627 against B:1946).

    Attributes:
        id: Its id; None where the remote names nobody.
        embedded: The object, where the remote sent it whole.
    """

    id: Text = None
    embedded: E | None = None

    @model_validator(mode="before")
    @classmethod
    def _either(cls, value: object) -> object:
        if isinstance(value, str | int):
            return {"id": value}
        told = object_of(value)
        known = told.get("_id") or told.get("id")
        return {"id": known, "embedded": told if known else None}


class Locker(Tolerant):
    """A locker (B:495-506)."""

    id: Id = Field(validation_alias=UnderId)
    title: Text = Field(default=None, alias="lockerTitle")
    type: LockerSize | None = None
    bloq: Text = None
    rent: Text = None
    is_open: Flag = Field(default=None, alias="isOpen")
    active: Flag = None
    charger: Flag = None
    object_detection: Flag = Field(default=None, alias="objectDetection")
    last_opened: Moment = Field(default=None, alias="lastDoorOpeningTimestamp")


class Customer(Tolerant):
    """A customer (B:3157-3166)."""

    id: Id = Field(validation_alias=UnderId)
    partner: Text = None
    name: Text = None
    email: Text = None
    phone: Text = Field(default=None, alias="phoneNumber")
    external_id: Text = Field(default=None, alias="externalID")
    created: Moment = Field(default=None, alias="createdAt")
    updated: Moment = Field(default=None, alias="updatedAt")


def _lockers(value: object) -> list[object]:
    """Objects where they are whole, ids made into objects (A17)."""
    told = ({"_id": item} if isinstance(item, str | int) else object_of(item) for item in list_of(value))
    return [locker for locker in told if locker.get("_id") or locker.get("id")]


class Bloq(Tolerant):
    """A bloq (B:176-197)."""

    id: Id = Field(validation_alias=UnderId)
    active: Flag = None
    code: Text = None
    title: Text = None
    details: Object = Field(default_factory=dict)
    supports: Objects = Field(default_factory=list)
    location: Object = Field(default_factory=dict)
    price: Annotated[Pricing, BeforeValidator(object_of)] = Field(default_factory=Pricing)
    measures: Object = Field(default_factory=dict, alias="lockersMeasures")
    status: Object = Field(default_factory=dict)
    lockers: Annotated[list[Locker], BeforeValidator(_lockers)] = Field(default_factory=list[Locker])
    rent_hours: Whole = Field(default=None, alias="maxRentTimeHour")
    delivery_hours: Whole = Field(default=None, alias="maxRentDeliveryTimeHour")
    collect_hours: Whole = Field(default=None, alias="maxRentCollectTimeHour")
    created: Moment = Field(default=None, alias="createdAt")
    updated: Moment = Field(default=None, alias="updatedAt")

    @property
    def point(self) -> tuple[float, float] | None:
        """Latitude and longitude in degrees, out of GeoJSON, which has them the other way round (A42)."""
        told = [amount_of(part) for part in list_of(self.location.get("coordinates"))]
        match told:
            case [Decimal() as longitude, Decimal() as latitude, *_]:
                return float(latitude), float(longitude)
            case _:
                return None


class Location(Tolerant):
    """A bloq location (B:770-781): no `_id` in any sample, so its externalID is its name (A24)."""

    id: Text = Field(default=None, validation_alias=UnderId)
    external_id: Text = Field(default=None, alias="externalID")
    address: Text = None
    name: Text = None
    location: Object = Field(default_factory=dict)
    state: LocationState | None = None
    metadata: Object = Field(default_factory=dict)


class LabelsLeft(Tolerant):
    """How many labels a printer has left, written as text in the sample (A20, B:1206)."""

    remaining: Whole = Field(default=None, alias="remainingLabels")
    bloq: Text = Field(default=None, validation_alias=AliasChoices("bloq", "bloqID", "_id", "id"))


class Opened(Tolerant):
    """Which lockers a bulk opening opened: ids in the document (B:541-545), titles in later versions (A22)."""

    names: list[str] = Field(default_factory=list[str])

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, value: object) -> object:
        return {"names": [str(name) for name in list_of(cast("object", value))]} if isinstance(value, list) else value

    def among(self, lockers: list[Locker]) -> list[Locker]:
        """Those of `lockers` that were opened, whichever way they are named."""
        return [locker for locker in lockers if {locker.id, locker.title} & set(self.names)]


def _flat(value: object) -> list[str]:
    """The words of a list, or of the lists in it (A10)."""
    told = (word for item in list_of(value) for word in (list_of(item) if isinstance(item, list) else [item]))
    return [word for word in map(text_of, told) if word is not None]


class Rent(Tolerant):
    """A rent (B:1621-1637 expanded, B:1940-1954 with ids). Its `state` and `type` are ours, with the remote's word as `raw`."""

    id: Id = Field(validation_alias=UnderId)
    type: RentType | None = None
    state: RentState | None = None
    states: Objects = Field(default_factory=list)
    customer: Ref[Customer] = Field(default_factory=Ref[Customer])
    locker: Ref[Locker] = Field(default_factory=Ref[Locker])
    bloq: Ref[Bloq] = Field(default_factory=Ref[Bloq])
    external_id: Text = Field(default=None, alias="externalID")
    start_date: Moment = Field(default=None, alias="startDate")
    end_date: Moment = Field(default=None, alias="endDate")
    expiry_date: Moment = Field(default=None, alias="expiryDate")
    delivery_date_limit: Moment = Field(default=None, alias="deliveryDateLimit")
    collect_time_limit: Text = Field(default=None, alias="collectTimeLimit")
    notification_options: Annotated[list[str], BeforeValidator(_flat)] = Field(default_factory=list, alias="notificationOptions")
    pick_up_codes: Object = Field(default_factory=dict, alias="pickUpCodes")
    details: Object = Field(default_factory=dict)
    pricing: Annotated[Pricing, BeforeValidator(object_of)] = Field(default_factory=Pricing)


class UpdatedRent(Rent):
    """The answer to an update: a rent, or the list envelope that the document shows (A12, B:1846-1852), with one rent or none."""

    @model_validator(mode="before")
    @classmethod
    def _unwrapped(cls, value: object) -> object:
        told = object_of(value)
        docs = list_of(told.get("docs"))
        if docs:
            return docs[0]
        return {"_id": NOBODY} if "docs" in told else value

    def is_blank(self) -> bool:
        """Whether it is an envelope without a rent."""
        return self.id == NOBODY


class Actor(Tolerant):
    """Who made an event happen (B:3489-3497); each part may be missing."""

    role: Text = None
    id: Text = None
    source: Text = None


NAME_FIELDS = ("codeName", "type", "eventType", "event", "title")
NAME_SHAPE = re.compile(r"[a-z]+\.[a-z_]+")
UNNAMED = "bloqit.unnamed"


def event_name(body: Mapping[str, Json]) -> str:
    """The event's type: `codeName`, else the first field that is shaped like one (A34), else whatever stands there."""
    words = [word for word in (text_of(body.get(name)) for name in NAME_FIELDS) if word is not None]
    shaped = (word for word in words if NAME_SHAPE.fullmatch(word))
    return next(shaped, words[0] if words else UNNAMED)


class WebhookEvent(Tolerant):
    """What a webhook tells (B:3587-3603), and one entry of a history (B:1643). Nothing of it is certain to be there.

    Attributes:
        code_name: What the field `codeName` says, which is where the name is expected.
        price: As it came: the document's sample has a text here, and does not say whether it is an amount or an id.
    """

    id: Text = Field(default=None, alias="_id")
    code_name: Text = Field(default=None, alias="codeName")
    title: Text = None
    description: Text = None
    admin: Text = None
    rent: Text = None
    bloq: Text = None
    locker: Text = None
    customer: Text = None
    price: Text = None
    message: Text = None
    metadata: Object = Field(default_factory=dict)
    initiated_by: Annotated[Actor, BeforeValidator(object_of)] = Field(default=Actor(), alias="actionInitiatedBy")

    @property
    def name(self) -> BloqitEvent:
        """Which event it is, whatever field says so (A34); `bloqit.unnamed` where none does."""
        said = {**(self.model_extra or {}), "codeName": self.code_name, "title": self.title}
        return BloqitEvent(event_name(said))

    @property
    def amount(self) -> Decimal | None:
        """`price` as money, where it is some."""
        return amount_of(self.price)


class Webhook(Tolerant):
    """A subscription (B:3572-3579); the secret is not returned."""

    id: Id = Field(validation_alias=UnderId)
    url: Text = None
    description: Text = None
    events: Objects = Field(default_factory=list, alias="enabledEvents")
    updated: Moment = Field(default=None, alias="updatedAt")


class Notified(Tolerant):
    """The answer to a notice about a roll of labels: nothing that counts, or an error in spite of its 2xx (A46, B:1296)."""

    code: Text = None
    message: Text = None

    def failure(self) -> str | None:
        """The one code that the document knows is a refusal; any other is remarked on and passes."""
        if self.code in KNOWN_BAD:
            return f"it says {self.code}: {self.message or 'without a message'}"
        if self.code is not None:
            remark("A46", f"a 2xx came with the code {self.code!r}, and was taken for a success")
        return None


KNOWN_BAD = frozenset({"bloqIDInvalid"})
"""Codes that mean that nothing was done, whatever the status (B:1297)."""


class CourierToken(Tolerant):
    """What a courier identifies with at a bloq (B:3436): a JWT signed by Bloq.it."""

    token: SecretStr
