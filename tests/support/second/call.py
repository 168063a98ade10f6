"""One request: what its path, its query and its body say, each read with its check.

May not change anything. Non-obvious choice: what is wrong is refused where it is read, and everything is read before anything is
done. A field that is not known is ignored; a null, an empty text or a wrong type in one that is known is 400 (B:50).
"""

import json
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeGuard, TypeVar

from .dates import is_id, read_date
from .things import About, Bloq, Customer, Locker
from .words import API, invalid
from .world import World

Doc = TypeVar("Doc")

LONGEST_HOURS = 87_600
"""Ten years."""


@dataclass
class Call:
    """See the module.

    Attributes:
        world: Where it is made.
        path: Parameters of the path.
        pairs: Parameters of the query, in order.
        body: Its JSON object.
    """

    world: World
    path: dict[str, Any]
    pairs: Sequence[tuple[str, str]] = ()
    body: dict[str, Any] = field(default_factory=dict[str, Any])

    def query(self, name: str) -> str | None:
        """A parameter of the query; an empty one is none."""
        values = [value for key, value in self.pairs if key == name]
        return values[-1] or None if values else None

    def queries(self, name: str, allowed: Collection[str]) -> list[str]:
        """Several values in whichever way they are written: repeated, `name[]`, with commas, or as JSON (B:1343)."""
        values: list[Any] = []
        for key, value in self.pairs:
            if re.fullmatch(re.escape(name) + r"(\[\d*\])?", key):
                values += _split(value, name)
        if any(not isinstance(value, str) or value not in allowed for value in values):
            raise invalid(name)
        return values

    def choice(self, name: str, allowed: Collection[str]) -> str | None:
        """A parameter of the query out of a few."""
        value = self.query(name)
        if value is not None and value not in allowed:
            raise invalid(name)
        return value

    def integer(self, name: str, default: int) -> int:
        """A number of the query, from 1 on."""
        value = self.query(name)
        if value is None:
            return default
        if not re.fullmatch(r"\d{1,9}", value) or int(value) < 1:
            raise invalid(name)
        return int(value)

    def date(self, name: str) -> datetime | None:
        """A date of the query."""
        value = self.query(name)
        if value is None:
            return None
        moment = read_date(value)
        if moment is None:
            raise invalid(name)
        return moment

    def id_of(self, name: str) -> str | None:
        """An id of the query, whether or not anything has it."""
        value = self.query(name)
        if value is not None and not is_id(value):
            raise invalid(name)
        return value and value.lower()

    def page(self, docs: Sequence[Doc], view: Callable[[Doc], object]) -> dict[str, object]:
        """A page of a list (B:72-83)."""
        page, limit = self.integer("page", 1), self.integer("limit", 10)
        shown = [view(doc) for doc in docs[(page - 1) * limit : page * limit]]
        return {"totalDocs": len(docs), "page": page, "limit": limit, "docs": shown}

    def value(self, name: str, check: Callable[[Any], bool], *, required: bool = False) -> Any:
        """A field of the body; None where it is not there."""
        if name not in self.body and not required:
            return None
        value = self.body.get(name)
        if value is None or not check(value):
            raise invalid(name)
        return value

    def text(self, name: str, *, required: bool = False, longest: int | None = None) -> str | None:
        """A text with something in it."""
        return self.value(name, lambda value: is_text(value) and (longest is None or len(value) <= longest), required=required)

    def moment(self, name: str, *, required: bool = False) -> datetime | None:
        """A date that is still to come."""
        if name not in self.body and not required:
            return None
        moment = read_date(self.body.get(name))
        if moment is None:
            raise invalid(name)
        if moment <= self.world.now():
            raise invalid(name, f"{name} is in the past.")
        return moment

    def codes(self) -> dict[str, str] | None:
        """Several pick-up codes by their names (B:2480)."""
        return self.value("pickUpCodes", lambda value: is_object(value) and all(map(_is_full, value.values())))

    def hours(self) -> int | None:
        """Hours for the collection, from 1 on (B:2435; the 0 of the sample B:2508 would leave nobody any time)."""
        return self.value("collectTimeLimit", lambda value: type(value) is int and 1 <= value <= LONGEST_HOURS)

    def listed(self, name: str, allowed: Collection[str]) -> list[str] | None:
        """A list of words out of a few."""
        return self.value(name, lambda value: is_list(value) and all(map(_among(allowed), value)))

    def one_of(self, name: str, allowed: Collection[str]) -> str | None:
        """A word out of a few."""
        return self.value(name, _among(allowed))

    def label(self) -> dict[str, Any]:
        """What is printed, and on which template: both or neither (B:2472-2475); a template may be null (B:2518)."""
        template = None if self.body.get("labelTemplateID") is None else self.value("labelTemplateID", _is_full)
        content: Any = self.value("labelContent", is_object)
        if (template is None) != (content is None):
            lacks = "labelContent" if content is None else "labelTemplateID"
            raise invalid(lacks, "labelContent and labelTemplateID go together.")
        return {"labelTemplateID": template, "labelContent": content}

    def bloq(self) -> Bloq | None:
        """The bloq that the query names."""
        asked = self.query("bloqID")
        return None if asked is None else self.world.find(self.world.bloqs, asked, "bloq")

    def locker(self, bloq: Bloq | None = None) -> Locker | None:
        """The locker that the query names; it has to be in a bloq that is named."""
        asked = self.query("lockerID")
        if asked is None:
            return None
        locker = self.world.find(self.world.lockers, asked, "locker")
        if bloq is not None and locker.bloq != bloq.id:
            raise invalid("lockerID", "The locker does not belong to the bloq.")
        return locker

    def whose(self) -> Callable[[], str | None]:
        """Whose the rent is, by `customerID` or by a `customer` that is made (B:2450), once nothing can be refused any more."""
        asked = self.query("customerID")
        if asked is not None and self.body.get("customer") is not None:
            raise invalid("customer", "Use either customerID or customer.")
        if asked is not None:
            known = self.world.find(self.world.customers, asked, "customer").id
            return lambda: known
        made: Any = self.value("customer", is_object)
        if made is None:
            return lambda: None
        told = Call(self.world, {}, (), made).person()
        return lambda: self.customer(told).id

    def person(self) -> dict[str, str]:
        """What the body says of a customer (B:3132-3163)."""
        told = {name: self.text(name) for name in ("name", "email", "phoneNumber", "externalID")}
        self.value("email", lambda value: re.fullmatch(r"[^@\s]+@[^@\s]+", value) is not None)
        return {name: value for name, value in told.items() if value is not None}

    def customer(self, told: dict[str, str]) -> Customer:
        """A new customer."""
        customer = Customer(self.world.new_id(), self.world.now(), told)
        self.world.customers[customer.id] = customer
        self.world.emit("customer.customer_created", API, About(customer=customer.id))
        return customer


def is_object(value: object) -> TypeGuard[dict[str, Any]]:
    """Whether it is a JSON object."""
    return isinstance(value, dict)


def is_list(value: object) -> TypeGuard[list[Any]]:
    """Whether it is a list."""
    return isinstance(value, list)


def is_text(value: object) -> bool:
    """Whether it is a text with something in it."""
    return isinstance(value, str) and value.strip() != ""


def _is_full(value: object) -> bool:
    return isinstance(value, str) and value != ""


def _among(allowed: Collection[str]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str) and value in allowed


def _split(value: str, name: str) -> list[Any]:
    if not value.startswith("["):
        return [part.strip() for part in value.split(",") if part]
    try:
        parts = json.loads(value)
    except ValueError:
        raise invalid(name) from None
    return [part.strip() if isinstance(part, str) else part for part in parts if part != ""]
