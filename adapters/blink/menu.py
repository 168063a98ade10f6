"""The menu as it is sent to Blink: products, categories, modifiers, and what a branch has of them (K:18-67).

May not send anything. Non-obvious choice: the stock of a branch leaves under two names, since the table writes `stock_qunatity`
and the sample `stock_quantity` (C2), and nobody says which of them is read.
"""

from decimal import Decimal
from enum import StrEnum
from typing import Any, cast

from pydantic import Field, model_validator

from ..operation import Parameters
from ..remarks import remark
from ..values import Amount, AnyId, Needed

MOST_PRODUCTS = 50
"""Products in one stock request; a limit of newer documents (C22)."""


class Spelling(StrEnum):
    """Under which name a branch's stock is sent (C2)."""

    BOTH = "both"
    TABLE = "stock_qunatity"
    SAMPLE = "stock_quantity"


class AtBranch(Parameters):
    """What one branch has of something. Without a price, that of the thing itself counts."""

    id: AnyId
    price: Amount | None = None
    discount_price: Amount | None = None
    stock_quantity: int | None = None
    is_in_stock: int | None = Field(default=None, ge=0, le=1)

    @model_validator(mode="before")
    @classmethod
    def _either_spelling(cls, given: object) -> object:
        """A stock may be given under the table's name too, and where the two disagree the table's counts (C2)."""
        if not isinstance(given, dict) or Spelling.TABLE not in given:
            return cast("object", given)
        told = dict(cast("dict[str, object]", given))
        table, sample = told.pop(Spelling.TABLE), told.get(Spelling.SAMPLE)
        if sample is not None and sample != table:
            remark("C2", f"stock_qunatity is {table!r} and stock_quantity {sample!r}: the table's spelling counts")
        return {**told, str(Spelling.SAMPLE): table}


class OptionAtBranch(AtBranch):
    """What one branch has of an option, of which the table asks for the branch's id alone (K:48)."""

    is_active: bool | None = None


class StockAtBranch(AtBranch):
    """What one branch has of a product whose stock is told (K:63-66, 67)."""

    is_active: bool | None = None


class ProductAtBranch(AtBranch):
    """What one branch has of a product of the menu: whether it sells it is required (K:34)."""

    is_active: bool


class Category(Parameters):
    """K:35-37."""

    id: AnyId
    name: Needed
    reference: str | None = None
    image: str | None = None
    deleted_at: str | None = None


class Option(Parameters):
    """K:43-49; a price is in the sample only (C15)."""

    id: AnyId
    name: Needed
    is_active: bool
    priority: int
    sku: str | None = None
    price: Amount | None = None
    deleted_at: str | None = None
    branches: list[OptionAtBranch] | None = None


class Modifier(Parameters):
    """K:38-42."""

    id: AnyId
    name: Needed
    maximum_options: int = Field(ge=0)
    priority: int
    options: list[Option]
    minimum_options: int | None = Field(default=None, ge=0)
    deleted_at: str | None = None


class Product(Parameters):
    """K:22-30. `is_active=False` takes a product from the menu (C26)."""

    id: AnyId
    sku: Needed
    name: Needed
    is_active: bool
    price: Amount
    category: Category
    description: str | None = None
    tags: str | None = None
    uom: str | None = None
    image: str | None = None
    is_stock_product: bool | None = None
    deleted_at: str | None = None
    branches: list[ProductAtBranch] | None = None
    modifiers: list[Modifier] | None = None


class ProductStock(Parameters):
    """K:58-66. `discount_price` is 0 where there is no discount (K:61)."""

    id: AnyId
    price: Amount
    branches: list[StockAtBranch]
    discount_price: Amount = Decimal(0)


class Spelled(Parameters):
    """Base of the requests that hold a stock."""

    spelling: Spelling = Spelling.BOTH

    def sent(self) -> dict[str, Any]:
        """The products alone, with every stock under the names that the spelling asks for."""
        whole = super().sent()
        spelling = Spelling(whole.pop("spelling"))
        return cast("dict[str, Any]", _spelled(whole, spelling))


def _spelled(value: object, spelling: Spelling) -> object:
    if isinstance(value, list):
        return [_spelled(item, spelling) for item in cast("list[object]", value)]
    if not isinstance(value, dict):
        return value
    members = {name: _spelled(member, spelling) for name, member in cast("dict[str, object]", value).items()}
    if Spelling.SAMPLE in members:
        stock = members.pop(Spelling.SAMPLE)
        names = (Spelling.TABLE, Spelling.SAMPLE) if spelling is Spelling.BOTH else (spelling,)
        members |= {str(name): stock for name in names}
    return members
