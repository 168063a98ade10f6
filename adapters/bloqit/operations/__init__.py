"""Bloq.it's 59 operations, as data, by id.

May not call anything. Non-obvious choice: the table is collected from the groups that declare the clients' methods, so that there
is no operation without a method, and no method that is not in the reference, the route overrides and `doctor`.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from ...declare import Group
from ...operation import Operation
from .bloqs import Bloqs, Labels, Lockers
from .hooks import Webhooks
from .kinds import Deliveries, Returns, Sends, Stores
from .locations import Locations
from .people import Couriers, Customers
from .rents import Rents, RentSims

GROUPS: tuple[type[Group[Any]], ...] = (
    Bloqs,
    Lockers,
    Locations,
    Labels,
    Rents,
    RentSims,
    Stores,
    Sends,
    Deliveries,
    Returns,
    Customers,
    Couriers,
    Webhooks,
)
"""In the document's order."""

OPERATIONS: Mapping[str, Operation] = MappingProxyType({name: one for group in GROUPS for name, one in group.operations.items()})

__all__ = [
    "GROUPS",
    "OPERATIONS",
    "Bloqs",
    "Couriers",
    "Customers",
    "Deliveries",
    "Labels",
    "Locations",
    "Lockers",
    "RentSims",
    "Rents",
    "Returns",
    "Sends",
    "Stores",
    "Webhooks",
]
