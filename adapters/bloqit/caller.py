"""The caller for Bloq.it: effects of rents out, answers back, and look-ups of what became of a lost answer.

May not decide what a case does next. Non-obvious choice: the key of a case *is* the rent's externalID, so a creation whose
answer was lost is found by it; every other call is judged by the remote's own state (`look_ups`, `proofs`).
"""

from functools import partial

import httpx

from ...machines import Answer, BadParametersError, Effect, Refused, TryLater
from ..line import Clock, Line
from ..operation import NO_ROUTES, Routes
from ..sender import DEFAULT_TIMEOUTS, Sender
from .deeds import DEEDS
from .look_ups import LOOKS, proven
from .operations import OPERATIONS
from .proving import PROVINGS


class BloqitCaller:
    """Implements `machines.Caller` for operations that begin with `bloqit.`.

    Args:
        base_url: Where the API is; paths are relative to it.
        api_key: Sent as X-API-KEY (B:11). Secret.
        clock: Tells the present.
        transport: The seam for tests and the demo; None for the network.
        routes: Route overrides.
        timeouts: Seconds for each phase.

    Raises:
        BadSettingsError: The URL, the key or a route override cannot be used.
    """

    def __init__(
        self,
        base_url: str,
        *,
        api_key: str,
        clock: Clock,
        transport: httpx.BaseTransport | None = None,
        routes: Routes = NO_ROUTES,
        timeouts: httpx.Timeout = DEFAULT_TIMEOUTS,
    ) -> None:
        self._sender = Sender(base_url, headers={"X-API-KEY": api_key}, transport=transport, timeouts=timeouts)
        self._line = Line(OPERATIONS, self._sender, clock=clock, routes=routes)

    def close(self) -> None:
        """Give the connections back."""
        self._sender.close()

    def call(self, effect: Effect, key: str) -> Answer:  # noqa: ARG002  Bloq.it knows no idempotency key
        """Do `effect` once; see `machines.Caller`."""
        deed = DEEDS.get(effect.operation)
        if deed is None:
            return Refused(f"{effect.operation} concerns no case")
        try:
            return self._line.call(effect.operation, deed.parameters(effect), done=partial(deed.teaches, effect))
        except BadParametersError as error:
            return Refused(str(error))

    def look_up(self, effect: Effect, key: str) -> Answer:  # noqa: ARG002  as `call`
        """Find out what became of `effect`; see `machines.Caller`."""
        try:
            if effect.operation in LOOKS:
                return LOOKS[effect.operation](self._line, effect)
            if effect.operation in PROVINGS:
                return proven(self._line, effect)
        except BadParametersError as error:
            return Refused(f"it was never called: {error}")
        return TryLater(f"repeating {effect.operation} is harmless")
