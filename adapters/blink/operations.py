"""Blink's operations, as data, by id (K:5-164).

May not call anything. Non-obvious choice: telling a status is repeatable, because the same status told twice is the same
status; there is no way to read an order (K), so nothing else could be done about a lost answer.
"""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, cast

from pydantic import Field, create_model

from ...machines import BadSettingsError
from .. import verbs
from ..declare import Group, W, listing, operation
from ..operation import Operation, Parameters, Secret
from ..remarks import remark
from ..values import Needed, PageNumber
from ..verbs import REPEATABLE, SAFE
from .menu import MOST_PRODUCTS, Product, ProductStock, Spelled, Spelling
from .wire import REJECTED, BranchPage, CustomerPage, Envelope, Token

SYNC_STATUS = "blink.orders.sync_status"


REJECTION = "rejected by the restaurant"
"""The comment of a rejection that was given none (C3)."""


def _reasoned(given: Mapping[str, Any]) -> None:
    if given["comment"] is not None and given["status"] != REJECTED:
        raise ValueError("a comment goes along with status 4 and with no other (K:162)")


class Told(Parameters):
    """Base of the status: a rejection never leaves without its comment, which is a non-empty text (C3, K:162)."""

    rejection: ClassVar[str] = REJECTION

    def sent(self) -> dict[str, Any]:
        """The status, with the default comment where a rejection has none."""
        whole = super().sent()
        if whole["status"] != REJECTED or "comment" in whole:
            return whole
        remark("C3", f"order {whole['blink_order_id']} was rejected without a comment: {self.rejection!r} is sent")
        return {**whole, "comment": self.rejection}


class Auth(Group[W], prefix="blink.auth", base=Parameters):
    """The way in (K:7-16). The clients log in by themselves, when they first need to."""

    @operation(verbs.post("/interface/v1/login", SAFE, "K:7-16", refusals={401: "the credentials were refused"}))
    def login(self, username: Needed, password: Secret) -> Token:
        """A bearer token; how long it lives is not documented (C17)."""
        ...


class Menu(Group[W], prefix="blink.menu", base=Parameters):
    """The menu (K:18-52)."""

    @operation(verbs.post("/interface/v1/importMenu", REPEATABLE, "K:18-52", base=Spelled, mute=True, accepted_is_unknown=False))
    def sync(self, products: Annotated[list[Product], Field(min_length=1)], *, spelling: Spelling = Spelling.BOTH) -> Envelope:
        """Add or change products; `is_active=False` removes one (C26). `spelling` says under which name stocks are sent (C2)."""
        ...


class Stock(Group[W], prefix="blink.stock", base=Parameters):
    """Stocks and prices (K:53-67)."""

    @operation(
        verbs.post("/interface/v1/syncStockAndPrice", REPEATABLE, "K:53-67", base=Spelled, mute=True, accepted_is_unknown=False)
    )
    def sync(
        self,
        products: Annotated[list[ProductStock], Field(min_length=1, max_length=MOST_PRODUCTS)],
        *,
        spelling: Spelling = Spelling.BOTH,
    ) -> Envelope:
        """Change stocks and prices of at most 50 products (C22; `in_fifties` cuts longer lists)."""
        ...


class Branches(Group[W], prefix="blink.branches", base=Parameters):
    """The restaurant's branches (K:127-131)."""

    @listing(verbs.get("/interface/v1/branches", "K:127-131", alternates=(("POST", "/interface/v1/branches"),)))
    def list(self) -> BranchPage:
        """All branches. The heading says POST and the sample GET (C1): POST is tried where GET is not allowed."""
        ...


class Customers(Group[W], prefix="blink.customers", base=Parameters):
    """The restaurant's customers (K:132-136)."""

    @listing(verbs.get("/interface/v1/customers", "K:132-136", alternates=(("POST", "/interface/v1/customers"),)))
    def list(self, *, page: PageNumber = 1) -> CustomerPage:
        """All customers, a hundred to a page; the verb as for branches (C1)."""
        ...


class Orders(Group[W], prefix="blink.orders", base=Parameters):
    """Orders, of which only the status can be told (K:139-164)."""

    @operation(
        verbs.post(
            "/interface/v1/syncOrderStatus",
            REPEATABLE,
            "K:139-164",
            base=Told,
            rule=_reasoned,
            mute=True,
            accepted_is_unknown=False,
        )
    )
    def sync_status(
        self, blink_order_id: Needed, status: Annotated[int, Field(ge=0, le=4)], *, comment: Needed | None = None
    ) -> Envelope:
        """Tell a status, 0 to 4. The comment is text (C3: the table says int), and goes along with a rejection only."""
        ...


GROUPS: tuple[type[Group[Any]], ...] = (Auth, Menu, Stock, Branches, Customers, Orders)
OPERATIONS: Mapping[str, Operation] = MappingProxyType({name: one for group in GROUPS for name, one in group.operations.items()})
LOGIN = OPERATIONS["blink.auth.login"]


def in_fifties(products: list[ProductStock]) -> list[list[ProductStock]]:
    """The products in lists that one stock request may hold (C22)."""
    return [products[start : start + MOST_PRODUCTS] for start in range(0, len(products), MOST_PRODUCTS)]


def rejecting_with(comment: str) -> Mapping[str, Operation]:
    """The operations, with this comment for rejections that are given none (C3).

    Raises:
        BadSettingsError: The comment is empty.
    """
    if not comment.strip():
        raise BadSettingsError("the comment of a rejection may not be empty (K:162)")
    status = OPERATIONS[SYNC_STATUS]
    parameters = create_model(status.parameters.__name__, __base__=status.parameters)
    cast("type[Told]", parameters).rejection = comment
    return {**OPERATIONS, SYNC_STATUS: replace(status, parameters=parameters)}
