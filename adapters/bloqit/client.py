"""Clients for Bloq.it, blocking and awaiting: `Bloqit(api_key).deliveries.make(rent_id)`.

May not contain an operation: they are declared in `operations`. Non-obvious choice: both clients are the same groups of methods
and differ in their runner alone.
"""

from typing import Generic, Unpack

import httpx

from ..client import AwaitingClient, BlockingClient, Options, talk_of, wire_of
from ..declare import Awaiting, Blocking, Runner, W
from ..sender import AsyncSender, Sender
from .notices import Notices
from .operations import (
    OPERATIONS,
    Bloqs,
    Couriers,
    Customers,
    Deliveries,
    Labels,
    Locations,
    Lockers,
    Rents,
    RentSims,
    Returns,
    Sends,
    Stores,
    Webhooks,
)
from .proving import PROVINGS

BASE_URL = "https://api.bloq.it/api/v1/public"
DEMO_URL = "https://api.demo.bloq.it/api/v1/public"
"""The demo server's host (B:41) with the path of the other one (A50)."""


class BloqitGroups(Generic[W]):
    """All of Bloq.it's operations, by what they are about."""

    bloqs: Bloqs[W]
    lockers: Lockers[W]
    locations: Locations[W]
    labels: Labels[W]
    rents: Rents[W]
    rent_sims: RentSims[W]
    stores: Stores[W]
    sends: Sends[W]
    deliveries: Deliveries[W]
    returns: Returns[W]
    customers: Customers[W]
    couriers: Couriers[W]
    webhooks: Webhooks[W]

    def gather(self, runner: Runner) -> None:
        """Make the groups; `runner` does what their methods ask for."""
        self.bloqs = Bloqs(runner)
        self.lockers = Lockers(runner)
        self.locations = Locations(runner)
        self.labels = Labels(runner)
        self.rents = Rents(runner)
        self.rent_sims = RentSims(runner)
        self.stores = Stores(runner)
        self.sends = Sends(runner)
        self.deliveries = Deliveries(runner)
        self.returns = Returns(runner)
        self.customers = Customers(runner)
        self.couriers = Couriers(runner)
        self.webhooks = Webhooks(runner)


class Bloqit(BlockingClient, BloqitGroups[Blocking]):
    """A client that waits.

    Args:
        api_key: Sent as X-API-KEY (B:11). Secret.
        transport: The seam for tests; None for the network.
        options: See `client.Options`.

    Raises:
        BadSettingsError: The URL, the key or a route override cannot be used.
    """

    def __init__(self, api_key: str, *, transport: httpx.BaseTransport | None = None, **options: Unpack[Options]) -> None:
        url = options.get("base_url", BASE_URL)
        sender = Sender(url, transport=transport, **wire_of(options, headers={"X-API-KEY": api_key}))
        super().__init__(talk_of(OPERATIONS, options, way=Notices().way, proofs=PROVINGS), sender, options)
        self.gather(self.runner)


class AsyncBloqit(AwaitingClient, BloqitGroups[Awaiting]):
    """A client that is awaited; it takes and raises what `Bloqit` does."""

    def __init__(self, api_key: str, *, transport: httpx.AsyncBaseTransport | None = None, **options: Unpack[Options]) -> None:
        url = options.get("base_url", BASE_URL)
        sender = AsyncSender(url, transport=transport, **wire_of(options, headers={"X-API-KEY": api_key}))
        super().__init__(talk_of(OPERATIONS, options, way=Notices().way, proofs=PROVINGS), sender, options)
        self.gather(self.runner)
