"""Clients for Blink Logistics, blocking and awaiting: `Logistics(token).tasks.status(mapping_key)`.

May not contain an operation: they are declared in `operations`. Non-obvious choice: there is no `cancel`. Nothing cancels a task
over the API (E10), and a method that only raises would be worse than none.
"""

from typing import Generic, Unpack

import httpx

from ...machines import BadSettingsError
from ..client import AwaitingClient, BlockingClient, Options, talk_of, wire_of
from ..declare import Awaiting, Blocking, Runner, W
from ..sender import AsyncSender, Sender
from .operations import OPERATIONS, Tasks

BASE_URL = "https://api.delivery.blinkco.io"
STAGING_URL = "https://stg-delivery.blinkco.io"
"""K:167."""


def bearer(token: str) -> dict[str, str]:
    """The header that every request needs (K:165).

    Raises:
        BadSettingsError: There is no token.
    """
    if not token.strip():
        raise BadSettingsError("Logistics' token may not be empty")
    return {"Authorization": f"Bearer {token}"}


class LogisticsGroups(Generic[W]):
    """All of Logistics' operations."""

    tasks: Tasks[W]

    def gather(self, runner: Runner) -> None:
        """Make the groups; `runner` does what their methods ask for."""
        self.tasks = Tasks(runner)


class Logistics(BlockingClient, LogisticsGroups[Blocking]):
    """A client that waits.

    Args:
        token: The static bearer token from the portal (K:165). Secret.
        transport: The seam for tests; None for the network.
        options: See `client.Options`.

    Raises:
        BadSettingsError: The URL, the token or a route override cannot be used.
    """

    def __init__(self, token: str, *, transport: httpx.BaseTransport | None = None, **options: Unpack[Options]) -> None:
        url = options.get("base_url", BASE_URL)
        sender = Sender(url, transport=transport, **wire_of(options, headers=bearer(token)))
        super().__init__(talk_of(OPERATIONS, options), sender, options)
        self.gather(self.runner)


class AsyncLogistics(AwaitingClient, LogisticsGroups[Awaiting]):
    """A client that is awaited; it takes and raises what `Logistics` does."""

    def __init__(self, token: str, *, transport: httpx.AsyncBaseTransport | None = None, **options: Unpack[Options]) -> None:
        url = options.get("base_url", BASE_URL)
        sender = AsyncSender(url, transport=transport, **wire_of(options, headers=bearer(token)))
        super().__init__(talk_of(OPERATIONS, options), sender, options)
        self.gather(self.runner)
