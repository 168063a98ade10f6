"""Clients for Blink Logistics, blocking and awaiting: `Logistics(token).tasks.status(mapping_key)`.

May not contain an operation: they are declared in `operations`. Non-obvious choice: `cancel` sends nothing, since nothing cancels
a task over the API (E10). It hands the task to a function of yours, which tells somebody who can do it in the portal, and then
raises all the same: a caller that goes on as if the courier had been stopped would be wrong until that somebody has acted.
"""

from collections.abc import Callable
from typing import Generic, NoReturn, TypeAlias, Unpack

import httpx

from ...machines import BadSettingsError, NotSupportedRemotelyError
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


ByHand: TypeAlias = Callable[[str], object]
"""Called with a mappingKey."""


class LogisticsGroups(Generic[W]):
    """All of Logistics' operations."""

    tasks: Tasks[W]

    def gather(self, runner: Runner) -> None:
        """Make the groups; `runner` does what their methods ask for."""
        self.tasks = Tasks(runner)


class InPortal:
    """What only a person at the portal can do.

    Attributes:
        by_hand: Tells that person; None where nobody does.
    """

    by_hand: ByHand | None

    def cancel(self, mapping_key: str) -> NoReturn:
        """Have a task cancelled by hand: `by_hand` is called with its mappingKey. Nothing is sent, so there is nothing to await.

        Raises:
            NotSupportedRemotelyError: Always; only the portal cancels (E10), and TASK_CANCELLED will tell when it has.
        """
        if self.by_hand is not None:
            self.by_hand(mapping_key)
        asked = "whoever does it by hand was told" if self.by_hand else "nobody was told: give the client a `by_hand`"
        raise NotSupportedRemotelyError(f"no call cancels the task {mapping_key!r}, only the portal does (E10); {asked}")


class Logistics(BlockingClient, LogisticsGroups[Blocking], InPortal):
    """A client that waits.

    Args:
        token: The static bearer token from the portal (K:165). Secret.
        transport: The seam for tests; None for the network.
        by_hand: Called with the mappingKey of a task that has to be cancelled in the portal.
        options: See `client.Options`.

    Raises:
        BadSettingsError: The URL, the token or a route override cannot be used.
    """

    def __init__(
        self,
        token: str,
        *,
        transport: httpx.BaseTransport | None = None,
        by_hand: ByHand | None = None,
        **options: Unpack[Options],
    ) -> None:
        url = options.get("base_url", BASE_URL)
        sender = Sender(url, transport=transport, **wire_of(options, headers=bearer(token)))
        super().__init__(talk_of(OPERATIONS, options), sender, options)
        self.by_hand = by_hand
        self.gather(self.runner)


class AsyncLogistics(AwaitingClient, LogisticsGroups[Awaiting], InPortal):
    """A client that is awaited; it takes and raises what `Logistics` does."""

    def __init__(
        self,
        token: str,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        by_hand: ByHand | None = None,
        **options: Unpack[Options],
    ) -> None:
        url = options.get("base_url", BASE_URL)
        sender = AsyncSender(url, transport=transport, **wire_of(options, headers=bearer(token)))
        super().__init__(talk_of(OPERATIONS, options), sender, options)
        self.by_hand = by_hand
        self.gather(self.runner)
