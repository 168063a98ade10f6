"""What a client may send about a delivery, and which of it is a 400.

May not read the world: only what one request says about itself is judged here. Non-obvious choice: flat *and* nested lists are
taken where the document says "Array of arrays" (B:2438, 2494), because its own samples show neither.
"""

from datetime import datetime
from typing import Annotated, Literal, TypeAlias, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, Strict, ValidationError, WithJsonSchema

from .network import SIZES
from .words import JsonObject, RefusedError, instant

LONGEST_CODE = 14
"""Characters of a pickUpCode (B:2453)."""

LONGEST_LIMIT = 100_000
"""Hours of a collectTimeLimit; beyond it dates leave the calendar."""

Form = TypeVar("Form", bound=BaseModel)


def _instant(value: object) -> object:
    return instant(value) if isinstance(value, str) else _reject(value)


def _flat(value: object) -> object:
    if not isinstance(value, list):
        return value
    flat: list[object] = []
    for item in value:  # pyright: ignore[reportUnknownVariableType] - a JSON list; each item is validated after this
        flat.extend(item if isinstance(item, list) else [item])  # pyright: ignore[reportUnknownArgumentType] - as above
    return flat


def _collect_limit(value: object) -> object:
    # Hours for deliveries (B:2435), a date for returns (B:2933); which of them a client took for which is not its fault.
    if isinstance(value, bool):
        return _reject(value)
    return instant(value) if isinstance(value, str) and not value.strip().isdigit() else value


def _size(value: object) -> object:
    # "XS, S, ..., XL" is free text in the document (B:2465): any case, but a size that no locker has can never be served.
    if isinstance(value, str) and value.upper() in SIZES:
        return value.upper()
    return _reject(value)


def _reject(value: object) -> object:
    if value is None:
        return None
    raise ValueError("not a valid value")


Instant: TypeAlias = Annotated[datetime | None, BeforeValidator(_instant)]
Hours: TypeAlias = Annotated[int, Field(ge=0, le=LONGEST_LIMIT)]
CollectLimit: TypeAlias = Annotated[Hours | Annotated[datetime, Strict()] | None, BeforeValidator(_collect_limit)]
_SIZES: JsonObject = {"enum": [*SIZES, *(size.lower() for size in SIZES), None]}
Size: TypeAlias = Annotated[str | None, BeforeValidator(_size), WithJsonSchema(_SIZES)]
Notifications: TypeAlias = Annotated[list[Literal["sms", "email"]] | None, BeforeValidator(_flat)]
Actions: TypeAlias = Annotated[list[Literal["mfa"]] | None, BeforeValidator(_flat)]


class RentForm(BaseModel):
    """Body of Create Delivery (B:2421-2497), Create a Return (B:2917-2947) and Update Rent (B:1756-1817).

    Fields that nobody knows are ignored.
    """

    model_config = ConfigDict(frozen=True)

    expiry_date: Instant = Field(default=None, alias="expiryDate")
    delivery_date_limit: Instant = Field(default=None, alias="deliveryDateLimit")
    collect_time_limit: CollectLimit = Field(default=None, alias="collectTimeLimit")
    notification_options: Notifications = Field(default=None, alias="notificationOptions")
    external_id: str | None = Field(default=None, alias="externalID")
    customer: dict[str, JsonValue] | None = None
    pick_up_code: str | None = Field(default=None, alias="pickUpCode", min_length=1, max_length=LONGEST_CODE)
    pick_up_codes: dict[str, str] | None = Field(default=None, alias="pickUpCodes")
    drop_off_code: str | None = Field(default=None, alias="dropOffCode", min_length=1)
    desired_locker_type: Size = Field(default=None, alias="desiredLockerType")
    label_content: dict[str, JsonValue] | None = Field(default=None, alias="labelContent")
    label_template_id: str | None = Field(default=None, alias="labelTemplateID")
    operation_type: Literal["firstMile", "lastMile"] | None = Field(default=None, alias="operationType")
    carrier: str | None = None
    pre_pick_up_actions: Actions = Field(default=None, alias="prePickUpActions")


DROP_OFF_FIELDS = frozenset({"delivery_date_limit", "drop_off_code", "desired_locker_type"})
"""Fields that may change only while the rent is created or reserved (B:1745)."""

LABEL_FIELDS = frozenset({"label_template_id", "label_content", "pick_up_codes"})
"""Fields that may change until the drop-off (B:1745), or until the pick-up (B:1790-1800)."""


class StartForm(BaseModel):
    """Body of Start a Store (B:2238)."""

    model_config = ConfigDict(frozen=True)

    pick_up_codes: dict[str, str] | None = Field(default=None, alias="pickUpCodes")


class SendForm(StartForm):
    """Body of Start a Send (B:2349-2358)."""

    phone_number: str = Field(alias="phoneNumber", min_length=1)


def read_form(kind: type[Form], body: JsonObject) -> Form:
    """Validate a body.

    Raises:
        RefusedError: 400 with all wrong or missing fields; its code names the first one, as `bloqIDInvalid` does (B:1297).
    """
    try:
        return kind.model_validate(body)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False, include_context=False)
        fields = tuple(dict.fromkeys(str(problem["loc"][0]) if problem["loc"] else "body" for problem in found))
        message = "; ".join(f"{field} is either missing or has a wrong format" for field in fields)
        raise RefusedError(400, f"{fields[0]}Invalid", message=message, fields=fields) from error


def check_pairs(form: RentForm) -> None:
    """Refuse what only makes sense together, or only apart.

    Raises:
        RefusedError: 400 for both kinds of pick-up code (B:2401), or half a label (B:2470, 2475).
    """
    if form.pick_up_code is not None and form.pick_up_codes is not None:
        raise RefusedError(400, "pickUpCodesInvalid", message="Send either pickUpCode or pickUpCodes.")
    if (form.label_content is None) != (form.label_template_id is None):
        raise RefusedError(400, "labelContentInvalid", message="labelContent and labelTemplateID require each other.")


def check_limit(form: RentForm, *, bloq: str) -> None:
    """Refuse a delivery that could be pending forever.

    Raises:
        RefusedError: 400 without a bloq and without any date (B:2425, 2430).
    """
    if not bloq and form.expiry_date is None and form.delivery_date_limit is None:
        raise RefusedError(400, "expiryDateInvalid", message="Without a bloq, expiryDate or deliveryDateLimit is required.")
