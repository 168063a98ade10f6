"""Blink's words on the wire: tolerant models of what we read, strict ones of what we send.

May not translate into our vocabulary. Non-obvious choice: the order's prices and coordinates are read as text, int or number,
because the table, the sample and the orders seen in the wild disagree on all of them (C11, C12).
"""

import re
from typing import Annotated, ClassVar, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator

from ..operation import Parameters, Secret
from ..tolerant import Amount, Flag, Id, Objects, Text, Tolerant

REJECTED = 4


def _fits_a_header(token: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[!-~]+", token.get_secret_value()):
        raise ValueError("a token has to be printable ASCII without spaces")
    return token


class Token(Tolerant):
    """Answer to the login (K:13)."""

    access_token: Annotated[SecretStr, AfterValidator(_fits_a_header)]


class Envelope(Tolerant):
    """What Blink wraps its answers in (K:131); the answer to a status is not documented at all."""

    success: Flag = None
    msg: Text = None
    error: Text = None

    def failure(self) -> str | None:
        """`success: false` is a refusal whatever the status says (C23)."""
        if self.success is not False:
            return None
        return f"it says success=false: {self.error or self.msg or 'without a reason'}"


class Order(Tolerant):
    """The order webhook (K:73-113), with what was seen in the wild besides."""

    blink_order_id: Id
    order_key: Text = None
    type: Text = None
    channel: Text = None
    brand_id: Text = None
    branch_id: Text = None
    blink_branch_id: Text = None
    kitchen_notes: Text = None
    due_at: Text = None
    is_pre_order: Flag = None
    customer_name: Text = None
    customer_phone: Text = None
    customer_email: Text = None
    customer_address_description: Text = None
    customer_address_latitude: Amount = None
    customer_address_longitude: Amount = None
    payment: Flag = None
    payment_type: Text = None
    payment_method: Text = None
    total_price: Amount = None
    subtotal: Amount = None
    delivery_charges: Amount = None
    tax: Amount = None
    products: Objects = Field(default_factory=list)


class Status(Tolerant):
    """The status webhook (K:118-126)."""

    blink_order_id: Id
    branch_id: Text = None
    status: Text = None
    status_text: Text = Field(default=None, alias="statusText")
    comment: Text = None


class Login(Parameters):
    """K:11-12."""

    hidden: ClassVar[frozenset[str]] = frozenset({"password"})

    username: str = Field(min_length=1)
    password: Secret


class SyncStatus(Parameters):
    """K:159-164. The comment is text (C3: the table says int), and goes along with a rejection only."""

    blink_order_id: str = Field(min_length=1)
    status: int = Field(ge=0, le=4)
    comment: str | None = Field(default=None, min_length=1)

    @model_validator(mode="after")
    def _reasoned(self) -> Self:
        if (self.comment is not None) != (self.status == REJECTED):
            raise ValueError("a comment goes along with status 4 and with no other (K:162)")
        return self
