"""From the outcome of an exchange to one of the four answers: the one place where a status becomes a meaning.

May not send anything nor read a clock. Non-obvious choice: nothing here looks at an echoed `state` (A26). A 2xx says that the
call took effect; what state that led to is told by webhooks and reads.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from ..machines import (
    AcceptedOnlyError,
    Answer,
    BadBodyError,
    Done,
    Refused,
    RemoteFailedError,
    RemotesError,
    TooManyRequestsError,
    TryLater,
    Unknown,
)
from .operation import Idempotency, Operation, Reply
from .patience import REPEATABLE
from .reading import read
from .sender import Exchange, Lost, NotSent
from .tolerant import Tolerant


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
    match read(operation, reply, now=now):
        case TooManyRequestsError() as error:
            return TryLater(str(error), error.after)
        case RemoteFailedError() as error:
            # What the operation's document explains (502 and 504 of a door, B:57, 58) tells of a bloq or a locker.
            return _unsure(operation, str(error), error.after, answered=error.status in operation.refusals)
        case AcceptedOnlyError() as error:
            return Unknown(str(error), answered=True)
        case BadBodyError() as error:
            return _unreadable(operation, str(error))
        case RemotesError() as error:
            return Refused(str(error))
        case model:
            return done(model)


def _unreadable(operation: Operation, reason: str) -> Answer:
    """The status says yes and the body is no help."""
    # A read has failed without its body, a repeatable call has not; the others are looked up, since what they made may have an
    # id that we need.
    match operation.idempotency:
        case Idempotency.SAFE:
            return TryLater(reason)
        case Idempotency.REPEATABLE:
            return Done()
        case _:
            return Unknown(reason)


def _unsure(operation: Operation, reason: str, after: timedelta | None = None, *, answered: bool = False) -> Answer:
    if operation.idempotency in REPEATABLE:
        return TryLater(reason, after, answered=answered)
    return Unknown(reason, answered=answered)


def certain(answer: Answer) -> Answer:
    """What a look-up may say: a read that was refused or has to wait proves nothing about the call."""
    return answer if isinstance(answer, Done | Unknown) else Unknown(f"could not be looked up: {answer.reason}")
