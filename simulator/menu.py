"""Blink's menu: what a menu sync and a stock sync may say (K:18-67), and what remains of it.

May not know HTTP. Non-obvious choice: the tables' spelling `stock_qunatity` (K:36, 66) wins over the sample's `stock_quantity`
(K:67) where both are sent, because a table is what a validator is written from.
"""

from dataclasses import dataclass, field
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from .ground import Ground
from .record import Thing
from .values import Boolean, Id, Money, Number, Text
from .words import Cause, Json, JsonObject, RefusedError

UNPROCESSABLE = 422
"""What Blink answers to a request that it understands and refuses; its paginator (K:136) is Laravel's, and so is this."""

MOST = 50
"""Products in one stock sync, since newer versions of Blink."""

Some = TypeVar("Some", bound=BaseModel)


class _Sent(BaseModel):
    """What only the sample has (K:52) is kept as it came."""

    model_config = ConfigDict(extra="allow")


class _Branch(_Sent):
    id: Id
    is_active: Boolean
    price: Money | None = None
    stock_qunatity: Number | None = None
    stock_quantity: Number | None = None


class _Category(_Sent):
    id: Id
    name: Text
    reference: str | None = None


class _OptionBranch(_Sent):
    id: Id


class _Option(_Sent):
    id: Id
    name: Text
    is_active: Boolean
    priority: Number
    branches: list[_OptionBranch] | None = None


class _Modifier(_Sent):
    id: Id
    name: Text
    maximum_options: Number
    priority: Number
    options: list[_Option]


class Product(_Sent):
    """One product of a menu sync (K:22-52)."""

    id: Id
    sku: Text
    name: Text
    description: str | None = None
    tags: str | None = None
    uom: str | None = None
    image: str | None = None
    is_active: Boolean
    price: Money
    branches: list[_Branch] | None = None
    category: _Category
    modifiers: list[_Modifier] | None = None


class MenuForm(BaseModel):
    """Body of the menu sync (K:22)."""

    products: Annotated[list[Product], Field(min_length=1)]


class _StockBranch(_Sent):
    id: Id
    price: Money | None = None
    discount_price: Money | None = None
    stock_qunatity: Number | None = None
    stock_quantity: Number | None = None


class _Stock(BaseModel):
    id: Id
    price: Money
    discount_price: Money
    branches: list[_StockBranch]


class StockForm(BaseModel):
    """Body of the stock sync (K:57-66)."""

    products: Annotated[list[_Stock], Field(min_length=1)]


@dataclass(slots=True)
class Menu:
    """Every product by its id, as it was last sent."""

    ground: Ground
    products: dict[str, JsonObject] = field(default_factory=dict)

    def sync(self, form: MenuForm, *, cause: Cause) -> None:
        """Update, add or remove (K:18): what carries a deleted_at (K:52) goes, the rest is as it is sent now."""
        for product in form.products:
            sent: JsonObject = product.model_dump(mode="json", exclude_unset=True)
            before = "listed" if product.id in self.products else "-"
            if sent.get("deleted_at"):
                self.products.pop(product.id, None)
            else:
                sent["branches"] = self._with_stock(product.branches or [])
                self.products[product.id] = sent
            self._record(product.id, before, cause=cause)

    def restock(self, form: StockForm, *, cause: Cause) -> None:
        """Change prices and stock of products that are on the menu, all or none.

        Raises:
            RefusedError: 422 for an unknown product, or more than `MOST` where `Settings.strict_stock` says so.
        """
        if self.ground.settings.strict_stock and len(form.products) > MOST:
            message = f"The products must not have more than {MOST} items."
            raise RefusedError(UNPROCESSABLE, "tooMany", message=message, fields=("products",))
        for index, stock in enumerate(form.products):
            if stock.id not in self.products:
                path = f"products.{index}.id"
                raise RefusedError(UNPROCESSABLE, "unknown", message=f"The selected {path} is invalid.", fields=(path,))
        for stock in form.products:
            product = self.products[stock.id]
            product.update(price=str(stock.price), discount_price=str(stock.discount_price))
            product["branches"] = _merged(product, self._with_stock(stock.branches))
            self._record(stock.id, "listed", cause=cause)

    def _with_stock(self, branches: "list[_Branch] | list[_StockBranch]") -> list[Json]:
        return [self._branch(branch) for branch in branches]

    def _branch(self, branch: "_Branch | _StockBranch") -> JsonObject:
        told: JsonObject = branch.model_dump(mode="json", exclude_unset=True, exclude={"stock_qunatity", "stock_quantity"})
        read = {"table": (branch.stock_qunatity,), "sample": (branch.stock_quantity,)}
        both = (branch.stock_qunatity, branch.stock_quantity)
        stock = next((one for one in read.get(self.ground.settings.stock_spelling, both) if one is not None), None)
        return told if stock is None else told | {"stock": stock}

    def _record(self, product: str, before: str, *, cause: Cause) -> None:
        after = "listed" if product in self.products else "-"
        self.ground.record.add(Thing(product), cause, at=self.ground.clock.now(), before=before, after=after)


def read(kind: type[Some], body: JsonObject) -> Some:
    """Validate a body as Laravel does.

    Raises:
        RefusedError: 422, with the path of each field at fault.
    """
    try:
        return kind.model_validate(body)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False, include_context=False)
        paths = dict.fromkeys(".".join(str(part) for part in problem["loc"]) for problem in found)
        raise RefusedError(UNPROCESSABLE, "invalid", message="The given data was invalid.", fields=tuple(paths)) from error


def _merged(product: JsonObject, changes: list[Json]) -> list[Json]:
    kept = product.get("branches")
    found = {str(one["id"]): one for one in kept if isinstance(one, dict)} if isinstance(kept, list) else {}
    for change in (one for one in changes if isinstance(one, dict)):
        name = str(change["id"])
        found[name] = found.get(name, {}) | change
    return [*found.values()]
