"""Every operation of the three APIs, and which rows of which machine it makes happen.

May not call anything. Non-obvious choice: the link from a row to its operation stands in the row (`call`); here are only the
operations that no row names, each with what it stands for or why no machine follows it. A test holds both ways to be total.
"""

from collections.abc import Mapping
from types import MappingProxyType

from ..machines import Table
from .blink.operations import OPERATIONS as BLINK
from .bloqit.operations import OPERATIONS as BLOQIT
from .logistics.operations import OPERATIONS as LOGISTICS
from .operation import Operation

EVERY: Mapping[str, Operation] = MappingProxyType({**BLOQIT, **BLINK, **LOGISTICS})
"""By id; in the documents' order."""

HARDWARE: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "bloqit.rent_sims.keypad": frozenset({"pickup_code_ok"}),
        "bloqit.rent_sims.close": frozenset({"door_closed", "door_closed_no_pricing"}),
        "bloqit.lockers.close": frozenset({"close"}),
    }
)
"""Pretend hardware: the triggers that it pulls in place of a locker."""

SAME_AS: Mapping[str, str] = MappingProxyType({"bloqit.locations.update": "bloqit.locations.update_by_external_id"})
"""The same change by another route."""

UNFOLLOWED: Mapping[str, str] = MappingProxyType(
    {
        "bloqit.bloqs.update": "a bloq's master data; that it became inactive is told by a webhook and concerns its lockers",
        "bloqit.labels.print": "a label changes no rent; whether it was printed is told by a webhook",
        "bloqit.labels.notify_replacement": "a printer's roll has no states",
        "bloqit.customers.create": "a customer is created, changed and deleted, and nothing is ever refused because of it",
        "bloqit.customers.update": "as its creation",
        "bloqit.customers.delete": "as its creation",
        "bloqit.couriers.create_token": "a token is made and forgotten",
        "bloqit.webhooks.create": "a subscription exists or does not",
        "bloqit.webhooks.update": "as its creation",
        "bloqit.webhooks.delete": "as its creation",
        "blink.menu.sync": "a menu is replaced as a whole",
        "blink.stock.sync": "a stock is a number",
    }
)
"""Operations that change something and whose thing has no states that anybody could confuse."""


def links(tables: Mapping[str, Table]) -> Mapping[str, tuple[str, ...]]:
    """The rows that each operation makes happen, as `delivery D09`, in the order of the machines; none for a read."""
    found: dict[str, tuple[str, ...]] = {}
    for name in EVERY:
        named, pulls = SAME_AS.get(name, name), HARDWARE.get(name, frozenset[str]())
        rows = (
            f"{kind} {row.id}"
            for kind, table in tables.items()
            for row in table.rows
            if row.call == named or (row.trigger in pulls and row.call is None)
        )
        found[name] = tuple(dict.fromkeys(rows))
    return MappingProxyType(found)
