"""Blink Logistics' words on the wire: a tolerant model of what we read, a strict one of what we send.

May not translate into our vocabulary. Non-obvious choice: amounts leave as JSON numbers of at most 15 digits. So many survive the
way through a double unchanged, which is all that a JSON number promises.
"""

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import AwareDatetime, BeforeValidator, Field, PlainSerializer, model_validator

from ..operation import Parameters
from ..tolerant import Id, Text, Tolerant, Whole, object_of


class Agent(Tolerant):
    """The driver (K:246)."""

    name: Text = None
    contact: Text = None


class TaskData(Tolerant):
    """The `data` of every answer and webhook (K:202, 246, 261; E6)."""

    task_id: Id = Field(alias="taskId")
    type: Whole = None
    mapping_key: Text = Field(default=None, alias="mappingKey")
    mapping_code: Text = Field(default=None, alias="mappingCode")
    reason: Text = None
    agent: Annotated[Agent, BeforeValidator(object_of)] = Agent()
    tracking_link: Text = Field(default=None, alias="trackingLink")


class TaskNews(Tolerant):
    """The envelope of every answer and webhook (K:202, 246)."""

    event_id: Whole = Field(default=None, alias="eventId")
    event: Text = None
    data: TaskData


def _utc(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds and `Z`, as the samples have it (K:195, E13)."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _number(amount: Decimal) -> int | float:
    return int(amount) if amount == amount.to_integral_value() else float(amount)


def _digits(value: object) -> object:
    """A phone number as digits (E12); what has none stays as it is and is refused by its pattern."""
    return re.sub(r"[^0-9]", "", value) or value if isinstance(value, str) else value


Utc = Annotated[AwareDatetime, PlainSerializer(_utc)]
Amount: TypeAlias = Annotated[Decimal, Field(max_digits=15, ge=0), PlainSerializer(_number)]
Phone = Annotated[str, BeforeValidator(_digits), Field(pattern=r"^[0-9]{4,15}$")]
Degrees = Annotated[str, Field(pattern=r"^-?[0-9]{1,3}(\.[0-9]+)?$")]
Needed = Annotated[str, Field(min_length=1)]


class CreateTask(Parameters):
    """K:172-195; required and optional as the table has it."""

    mapping_key: Needed = Field(alias="mappingKey")
    mapping_code: Needed = Field(alias="mappingCode")
    branch_id: Needed = Field(alias="mappingBranchId")
    tax: Amount | None = None
    discount: Amount | None = None
    delivery_charges: Amount | None = Field(default=None, alias="deliveryCharges")
    sub_total: Amount | None = Field(default=None, alias="subTotal")
    payment_type: Literal["COD", "ONLINE"] = Field(alias="paymentType")
    description: str | None = None
    instruction: str | None = None
    customer_name: Needed = Field(alias="customerName")
    customer_email: str | None = Field(default=None, alias="customerEmail")
    customer_address: Needed = Field(alias="customerAddress")
    customer_phone: Phone = Field(alias="customerPhone")
    lat: Degrees
    lng: Degrees
    pick_up_time: Utc = Field(alias="pickUpTime")
    delivery_time: Utc = Field(alias="deliveryTime")
    type: Literal[1, 2]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.pick_up_time >= self.delivery_time:
            raise ValueError(f"pickUpTime {self.pick_up_time} has to lie before deliveryTime {self.delivery_time}")
        return self


class ByMappingKey(Parameters):
    """K:238-239."""

    mapping_key: Needed = Field(alias="mappingKey")
