"""The caller for Bloq.it: effects of rents out, answers back, and look-ups of what became of a lost answer.

May not decide what a case does next. Non-obvious choice: the key of a case *is* the rent's externalID, so a creation whose
answer was lost is found by it; every other call is judged by the rent's own state (`proofs`).
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import httpx

from ...machines import REMOTE_STATE, Answer, BadParametersError, Done, Effect, Refused, TryLater, Unknown
from ..answers import certain
from ..line import Clock, Line
from ..operation import NO_ROUTES, Idempotency, Reply, Routes, read
from ..sender import DEFAULT_TIMEOUTS, Sender
from ..tolerant import Tolerant
from .operations import OPERATIONS
from .proofs import PROOFS, Verdict, verdict
from .translate import creation, learnt, making, rent_facts, state_word, states_been, states_told
from .wire import History, Rent

BASE_URL = "https://api.bloq.it/api/v1/public"
CREATE = "bloqit.deliveries.create"
READ = "bloqit.rents.get"
HISTORY = "bloqit.rents.history"
READ_EXTERNAL = "bloqit.rents.get_by_external_id"
NOT_FOUND = 404


def _of_rent(effect: Effect) -> dict[str, object]:
    return {"rentID": effect.remote_id}


def _external(effect: Effect) -> dict[str, object]:
    return {"externalID": effect.case_key}


PARAMETERS: Mapping[str, Callable[[Effect], dict[str, object]]] = MappingProxyType(
    {CREATE: creation, "bloqit.deliveries.make": making, READ_EXTERNAL: _external}
)
"""How an effect becomes parameters; every other operation needs only the rent."""

NOT_FOR_EFFECTS = frozenset({"bloqit.webhooks.create", HISTORY})


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
        if effect.operation in NOT_FOR_EFFECTS:
            return Refused(f"{effect.operation} concerns no case")
        parameters = PARAMETERS.get(effect.operation, _of_rent)(effect)
        return self._line.call(effect.operation, parameters, done=_done(effect))

    def look_up(self, effect: Effect, key: str) -> Answer:  # noqa: ARG002  as `call`
        """Find out what became of `effect`; see `machines.Caller`."""
        try:
            if effect.operation == CREATE:
                return self._created(effect)
            if effect.operation in PROOFS:
                return self._proven(effect)
        except BadParametersError as error:
            return Refused(f"it was never called: {error}")
        return TryLater(f"repeating {effect.operation} is harmless")

    def ask(self, operation: str, parameters: Mapping[str, object]) -> Tolerant:
        """Call an operation outside any case (set-up, doctor); see `Line.ask` for what it raises."""
        return self._line.ask(operation, parameters)

    def _created(self, effect: Effect) -> Answer:
        exchange = self._line.exchange(READ_EXTERNAL, _external(effect))
        if isinstance(exchange, Reply) and exchange.status == NOT_FOUND:
            return TryLater(f"no rent has the external id {effect.case_key!r}, so it was not created")
        return certain(self._line.answer(READ_EXTERNAL, exchange, done=learnt))

    def _proven(self, effect: Effect) -> Answer:
        if effect.remote_id is None:
            return Refused(f"{effect.operation} was never called: the case has no remote id")
        exchange = self._line.exchange(READ, _of_rent(effect))
        if not isinstance(exchange, Reply):
            return Unknown(f"the rent could not be read: {exchange.reason}")
        rent = read(self._line.operation(READ), exchange)
        if not isinstance(rent, Rent):
            return Unknown(f"the rent could not be read: {rent}")
        return self._judged(effect, rent)

    def _verdict(self, effect: Effect, rent: Rent, state: str) -> Verdict:
        proof, been = PROOFS[effect.operation], states_been(rent)
        found = verdict(proof, state, been=been)
        if found is not Verdict.OPEN or been:
            return found
        # The samples elide `states[]` (B:1624); the history says the same in events.
        exchange = self._line.exchange(HISTORY, _of_rent(effect))
        told = read(self._line.operation(HISTORY), exchange) if isinstance(exchange, Reply) else None
        return verdict(proof, state, been=states_told(told)) if isinstance(told, History) else found

    def _judged(self, effect: Effect, rent: Rent) -> Answer:
        state = state_word(rent.state or "")
        says = f"the rent {rent.id} is {state or 'in no state'}"
        match self._verdict(effect, rent, state):
            case Verdict.HAPPENED:
                return Done(rent_facts(rent))
            case Verdict.NOT_YET:
                return TryLater(f"{says}: {effect.operation} did not happen")
            case Verdict.NEVER:
                return Refused(f"{says}: {effect.operation} did not happen and no longer can")
            case _:
                return self._undecided(effect, says)

    def _undecided(self, effect: Effect, says: str) -> Answer:
        if self._line.operation(effect.operation).idempotency is Idempotency.REPEATABLE:
            return TryLater(f"{says}: that proves nothing, and repeating {effect.operation} is harmless")
        return Unknown(f"{says}: that does not prove what became of {effect.operation}")


def _done(effect: Effect) -> Callable[[Tolerant], Done]:
    if effect.operation == CREATE:
        return learnt
    if effect.trigger == REMOTE_STATE:
        return _read_state
    return lambda _answer: Done()


def _read_state(answer: Tolerant) -> Done:
    done = learnt(answer)
    word = answer.state if isinstance(answer, Rent) else None
    return done if word is None else Done({"state": state_word(word), **done.data}, remote_id=done.remote_id)
