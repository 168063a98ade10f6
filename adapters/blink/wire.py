"""Blink's words on the wire: tolerant models of what we read.

May not translate into our vocabulary. Non-obvious choice: the order's prices and coordinates are read as text, int or number,
because the table, the sample and the orders seen in the wild disagree on all of them (C11, C12); whichever it was, they are
decimals here, and text where they leave again.
"""

import re
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator

from ..page import Page
from ..tolerant import Amount, Flag, Id, Text, Tolerant, Whole, list_of, object_of
from ..words import OrderType

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


class OrderedOption(Tolerant):
    """An option that was chosen for a product (K:102-107)."""

    modifier_option_id: Text = None
    name: Text = None
    quantity: Whole = None
    unit_price: Amount = None
    total_price: Amount = None


def _objects(value: object) -> list[object]:
    """What can be read as one of them; a list's other members say nothing."""
    return [item for item in list_of(value) if isinstance(item, dict)]


class OrderedProduct(Tolerant):
    """A product of an order (K:96-107)."""

    product_id: Text = None
    name: Text = None
    quantity: Whole = None
    unit_price: Amount = None
    total_price: Amount = None
    options: Annotated[list[OrderedOption], BeforeValidator(_objects)] = Field(default_factory=list[OrderedOption])


class OrderingCustomer(Tolerant):
    """Who ordered, and where to (K:90-94): the order's fields `customer_...`, without that word."""

    name: Text = None
    phone: Text = None
    email: Text = None
    address: Text = None
    latitude: Amount = None
    longitude: Amount = None


class OrderingBranch(Tolerant):
    """Where it was ordered (K:79-82): the order's fields `branch_...`, without that word.

    Attributes:
        id: What the order calls it: the partner's id or Blink's (C25).
        blink_id: What Blink calls it; only seen in the wild.
    """

    id: Text = None
    blink_id: Text = None
    address: Text = None
    latitude: Amount = None
    longitude: Amount = None


class Order(Tolerant):
    """The order webhook (K:73-113), with what was seen in the wild besides."""

    blink_order_id: Id
    order_key: Text = None
    type: OrderType | None = None
    channel: Text = None
    brand_id: Text = None
    branch_id: Text = None
    blink_branch_id: Text = None
    branch_address: Text = None
    branch_latitude: Amount = None
    branch_longitude: Amount = None
    preparation_time_mins: Whole = None
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
    total_discount_amount: Amount = None
    discount_type: Text = None
    promo_code: Text = None
    promo_discount: Amount = None
    loyalty_amount: Amount = None
    wallet_amount: Amount = None
    fbr_pos_charge: Amount = None
    products: Annotated[list[OrderedProduct], BeforeValidator(_objects)] = Field(default_factory=list[OrderedProduct])

    @property
    def customer(self) -> OrderingCustomer:
        """Who ordered."""
        return OrderingCustomer(
            name=self.customer_name,
            phone=self.customer_phone,
            email=self.customer_email,
            address=self.customer_address_description,
            latitude=self.customer_address_latitude,
            longitude=self.customer_address_longitude,
        )

    @property
    def branch(self) -> OrderingBranch:
        """Where it was ordered."""
        return OrderingBranch(
            id=self.branch_id,
            blink_id=self.blink_branch_id,
            address=self.branch_address,
            latitude=self.branch_latitude,
            longitude=self.branch_longitude,
        )

    @property
    def reckoned(self) -> Decimal | None:
        """What the order's own amounts come to, None where it has no subtotal: what is added less what is taken off (C12)."""
        if self.subtotal is None:
            return None
        added = (self.subtotal, self.tax, self.delivery_charges, self.fbr_pos_charge)
        taken = (self.total_discount_amount, self.loyalty_amount, self.wallet_amount)
        return sum((one for one in added if one), Decimal(0)) - sum((one for one in taken if one), Decimal(0))


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
