"""Customers of the pretend Bloq.it, and the three events about them (B:3123-3367, 3483-3485).

May not know rents. Non-obvious choice: no field is required (B:3127) and nothing is unique, because the document asks for
neither; a client that creates a customer twice has two.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime

from .ground import Ground
from .hooks import PARTNER, Hooks, Subject
from .record import Thing
from .words import Cause, JsonObject, RefusedError, iso


@dataclass(slots=True)
class Customer:
    """A person (B:3157-3166). `known` holds name, email and phoneNumber as far as they were sent."""

    id: str
    known: JsonObject
    created: datetime
    updated: datetime

    def view(self) -> JsonObject:
        """As the document shows it."""
        times: JsonObject = {"createdAt": iso(self.created), "updatedAt": iso(self.updated)}
        return {"_id": self.id, "partner": PARTNER} | self.known | times

    def answers_to(self, query: str) -> bool:
        """Whether a search by "email or phone" (B:1349) finds this customer."""
        texts = [str(self.known.get(name) or "").lower() for name in ("email", "phoneNumber")]
        return any(query.lower() in text for text in texts)


@dataclass(slots=True)
class Customers:
    """Everybody who is known."""

    ground: Ground
    hooks: Hooks
    known: dict[str, Customer] = field(default_factory=dict)

    def get(self, customer_id: str) -> Customer:
        """A customer by id.

        Raises:
            RefusedError: 404 when there is none.
        """
        if customer_id not in self.known:
            raise RefusedError(404, "customerNotFound", message=f"There is no customer {customer_id}.")
        return self.known[customer_id]

    def create(self, known: JsonObject, *, cause: Cause) -> Customer:
        """Create a customer, by the endpoint (B:3127) or "on the go" (B:2450)."""
        now = self.ground.clock.now()
        customer = Customer(self.ground.ids.hex("5f7dc9fc04d61b14"), known, now, now)
        self.known[customer.id] = customer
        self._tell(customer, "created", cause=cause, before="-")
        return customer

    def update(self, customer: Customer, changes: JsonObject, *, cause: Cause) -> None:
        """Change what is named (B:3275)."""
        customer.known, customer.updated = customer.known | changes, self.ground.clock.now()
        self._tell(customer, "updated", cause=cause, before="known")

    def delete(self, customer: Customer, *, cause: Cause) -> None:
        """Forget a customer (B:3323); rents keep the id."""
        del self.known[customer.id]
        self._tell(customer, "deleted", cause=cause, before="known")

    def _tell(self, customer: Customer, what: str, *, cause: Cause, before: str) -> None:
        at = self.ground.clock.now()
        after = "-" if what == "deleted" else "known"
        done = cause if cause.operation.startswith("bloqit.customers.") else replace(cause, operation="bloqit.automatic.customer")
        self.ground.record.add(Thing(customer.id), done, at=at, before=before, after=after)
        self.hooks.tell(f"customer.customer_{what}", Subject(customer=customer.id), cause=done, at=at)
