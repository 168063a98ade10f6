"""Blink's words on the wire: tolerant models of what we read.

May not translate into our vocabulary. Non-obvious choice: the order's prices and coordinates are read as text, int or number,
because the table, the sample and the orders seen in the wild disagree on all of them (C11, C12).
"""

import re
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr, model_validator

from ..page import Page
from ..tolerant import Amount, Flag, Id, Objects, Text, Tolerant, Whole, object_of

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


class Branch(Tolerant):
    """A branch (K:131). Which of its ids an order names is not certain (C7, C25): keep all."""

    id: Id
    blink_id: Text = None
    name: Text = Field(default=None, alias="branch")
    address: Text = Field(default=None, alias="branch_address")
    is_live: Flag = None
    is_active: Flag = None


class Customer(Tolerant):
    """A customer (K:136), who has no id."""

    full_name: Text = None
    phone: Text = None
    email: Text = None
    total_orders: Whole = None
    signup_date: Text = None


class BranchPage(Page[Branch], Envelope):
    """Blink's envelope around all branches."""

    @model_validator(mode="before")
    @classmethod
    def _unwrapped(cls, value: object) -> object:
        told = object_of(value)
        return {**told, "docs": told.get("data"), "page": 1, "limit": None}

    def goes_on(self, number: int) -> bool:  # noqa: ARG002 - there are no pages
        """They all come at once."""
        return False


class CustomerPage(Page[Customer], Envelope):
    """Blink's envelope around a page of Laravel's paginator (K:136)."""

    last: Whole = Field(default=None, alias="last_page")
    next_url: Text = Field(default=None, alias="next_page_url")

    @model_validator(mode="before")
    @classmethod
    def _unwrapped(cls, value: object) -> object:
        told = object_of(value)
        inner = object_of(told.get("data"))
        return {**inner, **told, "docs": inner.get("data"), "page": inner.get("current_page"), "limit": inner.get("per_page")}

    def goes_on(self, number: int) -> bool:
        """Told by `next_page_url` and `last_page`, never by counting (C24), nor by the URL's placeholder host (C27)."""
        return bool(self.docs) and (self.next_url is not None or (self.last is not None and number < self.last))
