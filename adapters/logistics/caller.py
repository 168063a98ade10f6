"""The caller for Blink Logistics: courier tasks out, and look-ups of what became of a lost answer.

May not decide what a case does next. Non-obvious choice: a creation that is refused with 409 is looked up at once. The key is
ours alone, so a task that has it is the one that we made when an earlier answer was lost (E15).
"""

from typing import cast

import httpx

from ...machines import Answer, BadParametersError, Done, Effect, Refused, TryLater
from ..answers import certain
from ..line import Clock, Line
from ..operation import NO_ROUTES, Reply, Routes
from ..sender import DEFAULT_TIMEOUTS, Sender
from ..tolerant import Tolerant
from .client import bearer
from .operations import CREATE, OPERATIONS, STATUS, UPDATE
from .translate import by_key, changes, created, creation, mapping_key, state_read
from .wire import TaskNews

NOT_FOUND, CONFLICT = 404, 409


class LogisticsCaller:
    """Implements `machines.Caller` for operations that begin with `logistics.`.

    Args:
        base_url: Where the API is; paths are relative to it.
        token: The static bearer token from the portal (K:165). Secret.
        clock: Tells the present.
        transport: The seam for tests and the demo; None for the network.
        routes: Route overrides.
        timeouts: Seconds for each phase.

    Raises:
        BadSettingsError: The URL, the token or a route override cannot be used.
    """

    def __init__(
        self,
        base_url: str,
        *,
        token: str,
        clock: Clock,
        transport: httpx.BaseTransport | None = None,
        routes: Routes = NO_ROUTES,
        timeouts: httpx.Timeout = DEFAULT_TIMEOUTS,
    ) -> None:
        self._sender = Sender(base_url, headers=bearer(token), transport=transport, timeouts=timeouts)
        self._line = Line(OPERATIONS, self._sender, clock=clock, routes=routes)

    def close(self) -> None:
        """Give the connections back."""
        self._sender.close()

    def call(self, effect: Effect, key: str) -> Answer:  # noqa: ARG002  Logistics knows no idempotency key but mappingKey
        """Do `effect` once; see `machines.Caller`."""
        if effect.operation == CREATE:
            return self._create(effect)
        if effect.operation == UPDATE:
            return self._line.call(UPDATE, changes(effect))
        return self._line.call(effect.operation, by_key(effect), done=_state_read)

    def look_up(self, effect: Effect, key: str) -> Answer:  # noqa: ARG002  as `call`
        """Find out what became of `effect`; see `machines.Caller`."""
        if effect.operation != CREATE:
            return TryLater(f"repeating {effect.operation} is harmless")
        try:
            exchange = self._line.exchange(STATUS, by_key(effect))
        except BadParametersError as error:
            return Refused(f"it was never called: {error}")
        if isinstance(exchange, Reply) and exchange.status == NOT_FOUND:
            return TryLater(f"no task has the mappingKey {mapping_key(effect)!r}, so it was not created")
        return certain(self._line.answer(STATUS, exchange, done=_created))

    def _create(self, effect: Effect) -> Answer:
        try:
            exchange = self._line.exchange(CREATE, creation(effect))
        except BadParametersError as error:
            return Refused(str(error))
        answer = self._line.answer(CREATE, exchange, done=_created)
        if isinstance(exchange, Reply) and exchange.status == CONFLICT:
            found = self.look_up(effect, "")
            return found if isinstance(found, Done) else answer
        return answer


def _created(answer: Tolerant) -> Done:
    return created(cast("TaskNews", answer))


def _state_read(answer: Tolerant) -> Done:
    return state_read(cast("TaskNews", answer))
