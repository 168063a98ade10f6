"""Customers and couriers (B:3121-3437).

May not call anything. Non-obvious choice: a customer has an externalID that nobody can set (A47), so a lost creation cannot be
found again and is not repeated; look for the e-mail address before you do.
"""

from typing import Literal

from ... import verbs
from ...declare import Group, Terms, W, listing, operation
from ...page import Page
from ...values import Key, PageNumber
from ...verbs import LOOK_UP_FIRST, REPEATABLE, inferred
from ..sent import Content, Keys, Ours, Period, changes
from ..wire import CourierToken, Customer

OF_CUSTOMER = {404: "no customer has this id"}


class Customers(Group[W], prefix="bloqit.customers", base=Ours):
    """Customers (B:3121-3367)."""

    @operation(verbs.post("/customers", LOOK_UP_FIRST, "B:3127-3166", **inferred()))
    def create(self, *, name: str | None = None, email: str | None = None, phone_number: str | None = None) -> Customer:
        """Create a customer; nothing of one is required."""
        ...

    @listing(verbs.get("/customers", "B:3168-3227"))
    def list(
        self, *, with_active_rents: Literal["all", "with", "without"] = "all", page: PageNumber = 1, limit: PageNumber = 10
    ) -> Page[Customer]:
        """The customers of the account."""
        ...

    @operation(verbs.get("/customers/{customerID}", "B:3229-3273", refusals=OF_CUSTOMER))
    def get(self, customer_id: Key) -> Customer:
        """One customer."""
        ...

    @operation(
        verbs.put(
            "/customers/{customerID}", REPEATABLE, "B:3275-3321", **inferred(), rule=changes("customer_id"), refusals=OF_CUSTOMER
        )
    )
    def update(
        self, customer_id: Key, *, name: str | None = None, email: str | None = None, phone_number: str | None = None
    ) -> Customer:
        """Change the fields that are given."""
        ...

    @operation(verbs.delete("/customers/{customerID}", "B:3323-3367", refusals=OF_CUSTOMER))
    def delete(self, customer_id: Key) -> Customer:
        """Delete a customer; answers who it was."""
        ...


class Couriers(Group[W], prefix="bloqit.couriers", base=Ours):
    """Couriers (B:3369-3437)."""

    @operation(
        Terms(
            method="GET",
            path="/couriers/courier-auth/create-token",
            idempotency=LOOK_UP_FIRST,  # each call makes another token: no repetition after a lost answer, and no cache (A48)
            evidence=("B:3378-3437",),
        )
    )
    def create_token(
        self,
        courier_id: Key,
        *,
        expiration_date: Period = "1day",
        bloq_ids: Keys | None = None,
        metadata: Content | None = None,
    ) -> CourierToken:
        """A token with which a courier identifies at the given bloqs (at all of them if none is given), e.g. for "7d"."""
        ...
