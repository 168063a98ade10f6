"""How often and how long a client tries again; tenacity does it, this says what it may.

May not send anything. Non-obvious choice: what may be repeated follows from the operation alone. A read and whatever is the same
twice go again after any failure; a creation and a door only if the request certainly did nothing (not sent, or 429).
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, cast

import anyio
import tenacity

from ..machines import BadSettingsError
from .operation import Idempotency, Operation, Reply
from .reading import FIRST_SERVER_ERROR, retry_after
from .sender import Exchange, NotSent

TIMED_OUT, TOO_MANY = 408, 429
REPEATABLE = frozenset({Idempotency.SAFE, Idempotency.REPEATABLE})
"""Classes for which "it may have happened" is no reason to look first."""


def untouched(exchange: Exchange) -> bool:
    """Whether the request certainly did nothing."""
    return isinstance(exchange, NotSent) or (isinstance(exchange, Reply) and exchange.status == TOO_MANY)


def in_doubt(exchange: Exchange) -> bool:
    """Whether the request may have done what it asked for, although nothing says so."""
    if not isinstance(exchange, Reply):
        return not isinstance(exchange, NotSent)
    return exchange.status >= FIRST_SERVER_ERROR or exchange.status == TIMED_OUT


def may_repeat(operation: Operation, exchange: Exchange) -> bool:
    """Whether calling `operation` again can do no harm and may do some good."""
    return untouched(exchange) or (in_doubt(exchange) and operation.idempotency in REPEATABLE)


class Doubts:
    """What is known of the attempts at one request: an answer to a later one may be the consequence of an earlier one."""

    def __init__(self) -> None:
        self._any = False

    def noted(self, exchange: Exchange) -> Exchange:
        """The outcome of the next attempt, with whether an earlier one may have taken effect."""
        marked = replace(exchange, doubted=self._any) if isinstance(exchange, Reply) else exchange
        self._any = self._any or in_doubt(exchange)
        return marked


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How a client waits between attempts: exponentially longer, at random below that, or as long as the remote asks.

    Attributes:
        attempts: How often a request is sent at most; 1 for no repetition.
        first: Seconds that the first wait may last at most.
        longest: Seconds that any wait may last at most. A remote that asks for more is not asked again; its error says `after`.
        sleep: Waits, for a blocking client.
        asleep: Waits, for an awaiting one.

    Raises:
        BadSettingsError: There is no attempt, or a wait is negative.
    """

    attempts: int = 4
    first: float = 0.5
    longest: float = 30.0
    sleep: Callable[[float], None] = tenacity.nap.sleep
    asleep: Callable[[float], Awaitable[None]] = anyio.sleep

    def __post_init__(self) -> None:
        if self.attempts < 1 or self.first < 0 or self.longest < 0:
            raise BadSettingsError(f"patience needs at least one attempt and no negative seconds, got {self!r}")

    def retrying(self, operation: Operation) -> tenacity.Retrying:
        """The loop of a blocking client around one request."""
        return tenacity.Retrying(sleep=self.sleep, **self._terms(operation))

    def aretrying(self, operation: Operation) -> tenacity.AsyncRetrying:
        """The loop of an awaiting client around one request."""
        return tenacity.AsyncRetrying(sleep=self.asleep, **self._terms(operation))

    def _terms(self, operation: Operation) -> dict[str, Any]:
        return {
            "retry": tenacity.retry_if_result(partial(may_repeat, operation)),
            "stop": self._enough,
            "wait": self._wait,
            "retry_error_callback": _outcome,  # the last outcome is the outcome; tenacity would wrap it in an error of its own
        }

    def _enough(self, state: tenacity.RetryCallState) -> bool:
        asked = _asked(state)
        return state.attempt_number >= self.attempts or (asked is not None and asked > self.longest)

    def _wait(self, state: tenacity.RetryCallState) -> float:
        asked = _asked(state)
        jitter = tenacity.wait_random_exponential(multiplier=self.first, max=self.longest)
        return jitter(state) if asked is None else asked


def _asked(state: tenacity.RetryCallState) -> float | None:
    exchange = _outcome(state)
    after = retry_after(exchange, None) if isinstance(exchange, Reply) else None
    return None if after is None else after.total_seconds()


def _outcome(state: tenacity.RetryCallState) -> Exchange:
    outcome = state.outcome
    return cast("Exchange", None if outcome is None else outcome.result())
