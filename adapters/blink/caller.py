"""The caller for Blink: statuses of orders out, with a token that is fetched when it is first needed.

May not decide what a case does next. Non-obvious choice: a login that failed is judged as the login that it was: nothing of the
order has happened, so the call may simply be made again.
"""

from threading import Lock

import httpx

from ...machines import Answer, BadParametersError, BadSettingsError, Effect, Refused, TryLater
from ..answers import answer
from ..line import Clock
from ..operation import NO_ROUTES, Routes, build, overridden
from ..plan import Ask, drive
from ..sender import DEFAULT_TIMEOUTS, Exchange, Sender
from .operations import LOGIN, OPERATIONS, SYNC_STATUS
from .tokens import Tokens
from .translate import sync


class BlinkCaller:
    """Implements `machines.Caller` for operations that begin with `blink.`.

    Args:
        base_url: Where the API is; paths are relative to it.
        credentials: User name and password (K:11-12). Secret.
        clock: Tells the present.
        transport: The seam for tests and the demo; None for the network.
        routes: Route overrides.
        timeouts: Seconds for each phase.

    Raises:
        BadSettingsError: The URL, the credentials or a route override cannot be used.
    """

    def __init__(
        self,
        base_url: str,
        *,
        credentials: tuple[str, str],
        clock: Clock,
        transport: httpx.BaseTransport | None = None,
        routes: Routes = NO_ROUTES,
        timeouts: httpx.Timeout = DEFAULT_TIMEOUTS,
    ) -> None:
        if not all(credentials):
            raise BadSettingsError("Blink's user name and password may not be empty")
        self._sender = Sender(base_url, secrets=credentials[1:], transport=transport, timeouts=timeouts)
        self._status = overridden(OPERATIONS[SYNC_STATUS], routes)
        self._tokens = Tokens(overridden(LOGIN, routes), credentials, Lock())
        self._clock = clock

    def close(self) -> None:
        """Give the connections back."""
        self._sender.close()

    def call(self, effect: Effect, key: str) -> Answer:  # noqa: ARG002  Blink knows no idempotency key
        """Do `effect` once; see `machines.Caller`."""
        if effect.operation != SYNC_STATUS:
            return Refused(f"{effect.operation} is no operation of an order; there is: {SYNC_STATUS}")
        try:
            request = build(self._status, sync(effect))
        except BadParametersError as error:
            return Refused(str(error))
        called, exchange = drive(self._tokens.way(Ask(self._status, request)), self._send)
        return answer(called, exchange, now=self._clock())

    def look_up(self, effect: Effect, key: str) -> Answer:  # noqa: ARG002  as `call`
        """An order cannot be read, and the same status told twice is the same status; see `machines.Caller`."""
        return TryLater(f"repeating {effect.operation} is harmless")

    def _send(self, ask: Ask) -> Exchange:
        return self._sender.send(ask.request, headers=ask.headers)
