"""The caller for Blink: statuses of orders out, with a token that is fetched when it is first needed.

May not decide what a case does next. Non-obvious choice: nothing says how long a token lives (C17), so a 401 means "fetch a new
one and try once more"; when many threads hear it at once, the first one fetches and the others use what it got.
"""

from threading import Lock
from typing import cast

import httpx

from ...machines import Answer, BadParametersError, BadSettingsError, Done, Effect, Refused, TryLater
from ..line import Clock, Line
from ..operation import NO_ROUTES, Reply, Routes
from ..sender import DEFAULT_TIMEOUTS, Exchange, Sender
from ..tolerant import Tolerant
from .operations import LOGIN, OPERATIONS, SYNC_STATUS
from .translate import sync
from .wire import Token

BASE_URL = "https://api.blinkco.io"
UNAUTHORISED = 401


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
        self._line = Line(OPERATIONS, self._sender, clock=clock, routes=routes)
        self._credentials = credentials
        self._token: str | None = None
        self._fetching = Lock()

    def close(self) -> None:
        """Give the connections back."""
        self._sender.close()

    def call(self, effect: Effect, key: str) -> Answer:  # noqa: ARG002  Blink knows no idempotency key
        """Do `effect` once; see `machines.Caller`."""
        if effect.operation != SYNC_STATUS.id:
            return Refused(f"{effect.operation} is no operation of an order; there is: {SYNC_STATUS.id}")
        try:
            parameters = sync(effect)
            self._line.request(SYNC_STATUS.id, parameters)
        except BadParametersError as error:
            return Refused(str(error))
        return self._authorised(parameters)

    def look_up(self, effect: Effect, key: str) -> Answer:  # noqa: ARG002  as `call`
        """An order cannot be read, and the same status told twice is the same status; see `machines.Caller`."""
        return TryLater(f"repeating {effect.operation} is harmless")

    def _authorised(self, parameters: dict[str, object]) -> Answer:
        token = self._fetched(stale=None)
        if not isinstance(token, str):
            return token
        exchange = self._with(token, parameters)
        if isinstance(exchange, Reply) and exchange.status == UNAUTHORISED:
            token = self._fetched(stale=token)
            if not isinstance(token, str):
                return token
            exchange = self._with(token, parameters)
        return self._line.answer(SYNC_STATUS.id, exchange)

    def _with(self, token: str, parameters: dict[str, object]) -> Exchange:
        return self._line.exchange(SYNC_STATUS.id, parameters, headers={"Authorization": f"Bearer {token}"})

    def _fetched(self, *, stale: str | None) -> str | Answer:
        """A token other than `stale`, or why there is none."""
        with self._fetching:
            if self._token is None or self._token == stale:
                username, password = self._credentials
                answer = self._line.call(LOGIN.id, {"username": username, "password": password}, done=self._keep)
                if not isinstance(answer, Done):
                    return answer
            return cast("str", self._token)

    def _keep(self, answer: Tolerant) -> Done:
        self._token = cast("Token", answer).access_token.get_secret_value()
        return Done()
