"""From the outcome of an exchange to one of the four answers: the one place where a status becomes a meaning.

May not send anything nor read a clock. Non-obvious choice: nothing here looks at an echoed `state` (A26). A 2xx says that the
call took effect; what state that led to is told by webhooks and reads.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from ..machines import Answer, BadBodyError, Done, Refused, RemotesError, TryLater, Unknown
from .operation import Idempotency, Operation, Reply, read
from .sender import Exchange, Lost, NotSent
from .tolerant import Tolerant

ACCEPTED = 202
TIMED_OUT = 408  # the remote gave up waiting for a request of which it may have read enough
TOO_MANY = 429
FIRST_SUCCESS, FIRST_REDIRECT, FIRST_SERVER_ERROR = 200, 300, 500

LONGEST_WAIT = 86_400
"""Seconds; a remote that asks for more is asked again after a day."""

REPEATABLE = frozenset({Idempotency.SAFE, Idempotency.REPEATABLE})
"""Classes for which "it may have happened" is no reason to look first."""


def nothing_learnt(_model: Tolerant) -> Done:
    """The call took effect, and its answer teaches nothing that we would rely on."""
    return Done()


def answer(
    operation: Operation,
    exchange: Exchange,
    *,
    now: datetime,
    done: Callable[[Tolerant], Done] = nothing_learnt,
) -> Answer:
    """What the outcome of calling `operation` means.

    Args:
        operation: What was called.
        exchange: What became of it.
        now: Aware; needed where `Retry-After` is a date.
        done: What a readable 2xx body teaches.
    """
    match exchange:
        case NotSent(reason):
            return TryLater(reason)
        case Lost(reason):
            return _unsure(operation, f"{operation.method} {operation.path}: {reason}")
        case _:
            return _replied(operation, exchange, now, done=done)


def _replied(operation: Operation, reply: Reply, now: datetime, *, done: Callable[[Tolerant], Done]) -> Answer:
    if reply.status == ACCEPTED and operation.accepted_is_unknown:
        return Unknown(f"{operation.method} {operation.path} answered 202: accepted, and perhaps not done yet")
    if FIRST_SUCCESS <= reply.status < FIRST_REDIRECT:
        return _succeeded(operation, read(operation, reply), done)
    reason = str(read(operation, reply))
    if reply.status == TOO_MANY:
        return TryLater(reason, retry_after(reply, now))
    if reply.status >= FIRST_SERVER_ERROR or reply.status == TIMED_OUT:
        return _unsure(operation, reason, retry_after(reply, now))
    return Refused(reason)


def _succeeded(operation: Operation, found: Tolerant | RemotesError, done: Callable[[Tolerant], Done]) -> Answer:
    if isinstance(found, Tolerant):
        return done(found)
    if not isinstance(found, BadBodyError):
        return Refused(str(found))
    # The status says yes and the body is no help. A read has failed without its body, a repeatable call has not; the others
    # are looked up, since what they made may have an id that we need.
    match operation.idempotency:
        case Idempotency.SAFE:
            return TryLater(str(found))
        case Idempotency.REPEATABLE:
            return Done()
        case _:
            return Unknown(str(found))


def _unsure(operation: Operation, reason: str, after: timedelta | None = None) -> Answer:
    return TryLater(reason, after) if operation.idempotency in REPEATABLE else Unknown(reason)


def certain(answer: Answer) -> Answer:
    """What a look-up may say: a read that was refused or has to wait proves nothing about the call."""
    return answer if isinstance(answer, Done | Unknown) else Unknown(f"could not be looked up: {answer.reason}")


def retry_after(reply: Reply, now: datetime) -> timedelta | None:
    """How long the remote asks us to wait: seconds or an HTTP date (RFC 9110, 10.2.3); None when it says neither."""
    said = reply.headers.get("retry-after", "").strip()
    if said.isascii() and said.isdigit():
        return timedelta(seconds=min(int(said[:9]), LONGEST_WAIT))
    try:
        until = parsedate_to_datetime(said)
    except ValueError:
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return min(max(until - now, timedelta()), timedelta(seconds=LONGEST_WAIT))
