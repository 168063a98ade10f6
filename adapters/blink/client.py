"""Clients for Blink, blocking and awaiting: `Blink(username, password).menu.sync(products)`.

May not contain an operation: they are declared in `operations`. Non-obvious choice: nobody has to log in. The token is fetched
with the first request and renewed when it is stale (`tokens`).
"""

from contextlib import AbstractContextManager, nullcontext
from threading import Lock
from typing import Any, Generic, Unpack

import httpx

from ...machines import BadSettingsError
from ..client import AwaitingClient, BlockingClient, Options, Talk, talk_of, wire_of
from ..declare import Awaiting, Blocking, Runner, W
from ..operation import NO_ROUTES, overridden
from ..sender import AsyncSender, Sender
from .operations import LOGIN, REJECTION, Auth, Branches, Customers, Menu, Orders, Stock, rejecting_with
from .tokens import Tokens

BASE_URL = "https://api.blinkco.io"
SANDBOX_URL = "https://stg-api.blinkco.io"
"""K:6."""


class BlinkGroups(Generic[W]):
    """All of Blink's operations, by what they are about."""

    auth: Auth[W]
    menu: Menu[W]
    stock: Stock[W]
    branches: Branches[W]
    customers: Customers[W]
    orders: Orders[W]

    def gather(self, runner: Runner) -> None:
        """Make the groups; `runner` does what their methods ask for."""
        self.auth = Auth(runner)
        self.menu = Menu(runner)
        self.stock = Stock(runner)
        self.branches = Branches(runner)
        self.customers = Customers(runner)
        self.orders = Orders(runner)


class Blink(BlockingClient, BlinkGroups[Blocking]):
    """A client that waits.

    Args:
        username: K:11.
        password: K:12. Secret.
        transport: The seam for tests; None for the network.
        rejection: The comment of a rejection that is given none (C3).
        options: See `client.Options`.

    Raises:
        BadSettingsError: The URL, the credentials, the comment or a route override cannot be used.
    """

    def __init__(
        self,
        username: str,
        password: str,
        *,
        transport: httpx.BaseTransport | None = None,
        rejection: str = REJECTION,
        **options: Unpack[Options],
    ) -> None:
        url = options.get("base_url", BASE_URL)
        sender = Sender(url, transport=transport, **wire_of(options, secrets=[password]))
        super().__init__(_talk((username, password), options, Lock(), rejection=rejection), sender, options)
        self.gather(self.runner)


class AsyncBlink(AwaitingClient, BlinkGroups[Awaiting]):
    """A client that is awaited; it takes and raises what `Blink` does."""

    def __init__(
        self,
        username: str,
        password: str,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        rejection: str = REJECTION,
        **options: Unpack[Options],
    ) -> None:
        url = options.get("base_url", BASE_URL)
        sender = AsyncSender(url, transport=transport, **wire_of(options, secrets=[password]))
        super().__init__(_talk((username, password), options, nullcontext(), rejection=rejection), sender, options)
        self.gather(self.runner)


def _talk(credentials: tuple[str, str], options: Options, turn: AbstractContextManager[Any], *, rejection: str) -> Talk:
    if not all(credentials):
        raise BadSettingsError("Blink's user name and password may not be empty")
    tokens = Tokens(overridden(LOGIN, options.get("routes", NO_ROUTES)), credentials, turn)
    return talk_of(rejecting_with(rejection), options, way=tokens.way)
