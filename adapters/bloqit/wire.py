"""Bloq.it's words on the wire: tolerant models of what we read, strict ones of what we send.

May not translate into our vocabulary. Non-obvious choice: only `_id` is required of anything that we read; every other field of
the samples is missing, null, an id or an object somewhere in the document (A17, A18, A20).
"""

from datetime import UTC, datetime
from typing import Annotated, ClassVar, Literal, Self, TypeAlias, cast

from pydantic import (
    AfterValidator,
    AliasChoices,
    AwareDatetime,
    BeforeValidator,
    Field,
    JsonValue,
    PlainSerializer,
    model_validator,
)

from ..operation import Parameters, Secret
from ..tolerant import Id, Moment, Object, Objects, Text, Tolerant, list_of, object_of

# --- what we read ---------------------------------------------------------------------------------------------------------


def _embedded(value: object) -> object:
    return {"_id": value} if isinstance(value, str | int) else object_of(value)


class Ref(Tolerant):
    """A locker or customer, sometimes an id and sometimes the object itself (A17, B:1627 against B:1946)."""

    id: Text = Field(default=None, validation_alias=AliasChoices("_id", "id"))
    bloq: Text = None


Reference = Annotated[Ref, BeforeValidator(_embedded)]
NO_REF = Ref()


class Rent(Tolerant):
    """A rent (B:1621-1637 expanded, B:1940-1954 with ids). `state` is the remote's raw word."""

    id: Id = Field(validation_alias=AliasChoices("_id", "id"))
    type: Text = None
    state: Text = None
    states: Objects = Field(default_factory=list)
    customer: Reference = NO_REF
    locker: Reference = NO_REF
    bloq: Reference = NO_REF
    external_id: Text = Field(default=None, alias="externalID")
    expiry_date: Moment = Field(default=None, alias="expiryDate")
    delivery_date_limit: Moment = Field(default=None, alias="deliveryDateLimit")
    collect_time_limit: Text = Field(default=None, alias="collectTimeLimit")
    details: Object = Field(default_factory=dict)


class Actor(Tolerant):
    """Who made an event happen (B:3489-3497); each part may be missing."""

    role: Text = None
    id: Text = None
    source: Text = None


class WebhookEvent(Tolerant):
    """What a webhook tells (B:3587-3603), and one entry of a history (B:1643). Nothing of it is certain to be there."""

    id: Text = Field(default=None, alias="_id")
    rent: Text = None
    bloq: Text = None
    locker: Text = None
    customer: Text = None
    price: Text = None
    message: Text = None
    metadata: Object = Field(default_factory=dict)
    initiated_by: Annotated[Actor, BeforeValidator(object_of)] = Field(default=Actor(), alias="actionInitiatedBy")


class History(Tolerant):
    """What has happened to a rent: a bare array in the sample (B:1676-1684), or a list envelope (A12)."""

    docs: list[WebhookEvent] = Field(default_factory=list[WebhookEvent])

    @model_validator(mode="before")
    @classmethod
    def _enveloped(cls, value: object) -> object:
        return {"docs": list_of(cast("object", value))} if isinstance(value, list) else value


class Webhook(Tolerant):
    """A subscription (B:3572-3579); the secret is not returned."""

    id: Id = Field(validation_alias=AliasChoices("_id", "id"))
    url: Text = None


# --- what we send ---------------------------------------------------------------------------------------------------------


def _utc(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds and `Z` (A18)."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _no_detour(value: str) -> str:
    if value in {".", ".."}:
        raise ValueError("an id that would change the path cannot be sent")
    return value


Utc = Annotated[AwareDatetime, PlainSerializer(_utc)]
Key: TypeAlias = Annotated[str, Field(min_length=1), AfterValidator(_no_detour)]


class OfRent(Parameters):
    """Only the rent."""

    rent_id: Key = Field(alias="rentID")


class Make(OfRent):
    """B:2555-2566: with a locker only if it replaces the reserved one, or none was reserved."""

    locker_id: Key | None = Field(default=None, alias="lockerID")


class ByExternalId(Parameters):
    """B:1591-1597."""

    external_id: Key = Field(alias="externalID")


class Person(Parameters):
    """A customer made on the go (B:2448, 2512)."""

    name: str | None = None
    email: str | None = None
    phone: str | None = Field(default=None, alias="phoneNumber")


CODES = frozenset({"pickUpCode", "pickUpCodes", "dropOffCode", "secret"})


class CreateDelivery(Parameters):
    """B:2403-2497, with the rules that would be answered with 400."""

    hidden: ClassVar[frozenset[str]] = CODES

    locker_id: Key | None = Field(default=None, alias="lockerID")
    bloq_id: Key | None = Field(default=None, alias="bloqID")
    customer_id: Key | None = Field(default=None, alias="customerID")
    external_id: Key = Field(alias="externalID")
    expiry_date: Utc | None = Field(default=None, alias="expiryDate")
    delivery_date_limit: Utc | None = Field(default=None, alias="deliveryDateLimit")
    collect_time_limit: int | None = Field(default=None, alias="collectTimeLimit", ge=0, strict=True)
    notification_options: list[Literal["sms", "email"]] | None = Field(default=None, alias="notificationOptions")
    customer: Person | None = None
    pick_up_code: str | None = Field(default=None, alias="pickUpCode", min_length=1, max_length=14)
    drop_off_code: str | None = Field(default=None, alias="dropOffCode", min_length=1)
    desired_locker_type: str | None = Field(default=None, alias="desiredLockerType", min_length=1)
    label_content: dict[str, JsonValue] | None = Field(default=None, alias="labelContent")
    label_template_id: str | None = Field(default=None, alias="labelTemplateID")
    pick_up_codes: dict[str, str] | None = Field(default=None, alias="pickUpCodes")
    operation_type: Literal["firstMile", "lastMile"] | None = Field(default=None, alias="operationType")
    carrier: str | None = None
    pre_pick_up_actions: list[Literal["mfa"]] | None = Field(default=None, alias="prePickUpActions")

    @model_validator(mode="after")
    def _as_documented(self) -> Self:
        if self.pick_up_code is not None and self.pick_up_codes is not None:
            raise ValueError("give pickUpCode or pickUpCodes, not both (B:2401)")
        if (self.label_content is None) != (self.label_template_id is None):
            raise ValueError("labelContent and labelTemplateID go together: give both or none (B:2470, 2475)")
        if not (self.locker_id or self.bloq_id or self.expiry_date or self.delivery_date_limit):
            raise ValueError("without a bloqID or lockerID give an expiryDate or a deliveryDateLimit (B:2425, 2430)")
        return self


class CreateWebhook(Parameters):
    """B:3540-3550."""

    hidden: ClassVar[frozenset[str]] = CODES

    url: str = Field(pattern=r"^https?://")
    enabled_events: list[str] = Field(alias="enabledEvents", min_length=1)
    description: str | None = None
    secret: Secret | None = None
