"""A circuit breaker: a remote that does not answer is left alone for a while, and then tried with one call.

May not read a clock, know what an answer is, or count calls: whoever calls says whether the remote answered, and how many calls
are under way. Non-obvious choice: a failure that comes in while the circuit is open changes nothing. Its call began before the
circuit opened, and the eight that a dead remote leaves behind would otherwise count as eight failed trials.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from .pace import Span

THRESHOLD = 5
"""Failures in a row that open a circuit."""

FIRST_OPEN = timedelta(seconds=30)
LONGEST_OPEN = timedelta(minutes=10)


class Circuit(StrEnum):
    """Whether calls get through."""

    CLOSED = "closed"
    """They do."""
    OPEN = "open"
    """They do not."""
    HALF_OPEN = "half-open"
    """One at a time does, to find out."""


@dataclass(frozen=True, slots=True)
class Breaker:
    """What is known of one remote.

    Attributes:
        failures: Calls in a row that were not answered.
        trials: How many of them were trials of the half-open circuit.
        span: When the circuit is open; None while it is closed.
    """

    failures: int = 0
    trials: int = 0
    span: Span | None = None

    def state(self, now: datetime) -> Circuit:
        """The circuit's word."""
        if self.span is None:
            return Circuit.CLOSED
        return Circuit.OPEN if self.span.holds(now) else Circuit.HALF_OPEN


def heard(breaker: Breaker, now: datetime, *, answered: bool) -> Breaker:
    """The breaker after a call has come back: an answer closes the circuit, whatever it was."""
    if answered:
        return Breaker()
    state = breaker.state(now)
    failed = replace(breaker, failures=breaker.failures + 1)
    if state is Circuit.HALF_OPEN:
        return _opened(replace(failed, trials=failed.trials + 1), now)
    return _opened(failed, now) if state is Circuit.CLOSED and failed.failures >= THRESHOLD else failed


def _opened(breaker: Breaker, now: datetime) -> Breaker:
    pause = min(FIRST_OPEN * 2 ** min(breaker.trials, 16), LONGEST_OPEN)
    return replace(breaker, span=Span(now, now + pause))


def room(breaker: Breaker, now: datetime, *, under_way: int) -> int | None:
    """How many more calls may be begun beside `under_way` others; None for no limit."""
    state = breaker.state(now)
    if state is Circuit.HALF_OPEN:
        return max(1 - under_way, 0)
    return 0 if state is Circuit.OPEN else None


def opens_at(breaker: Breaker) -> datetime | None:
    """When a trial may next be made; None where the circuit is closed."""
    return None if breaker.span is None else breaker.span.until
