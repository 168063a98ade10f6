"""What a remote's answer says: its model, or the error that it amounts to. Pure.

May not send anything nor know any API. Non-obvious choice: an error comes back as a value. The callers turn it into one of the
four answers of a case, and the clients raise it; neither should have to catch what the other throws.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from types import MappingProxyType

from pydantic import ValidationError

from ..machines import (
    AcceptedOnlyError,
    BadBodyError,
    FeatureNotInPlanError,
    ForbiddenError,
    InvalidRequestError,
    LostAnswerError,
    NotAuthorisedError,
    NotFoundError,
    NotSentError,
    ParcelflowError,
    RemoteFailedError,
    RemoteRefusedError,
    RemotesError,
    RouteUnverifiedError,
    StateConflictError,
    TooManyRequestsError,
)
from .operation import Operation, Reply, RouteConfidence
from .private import cleaned
from .sender import Exchange, NotSent
from .tolerant import Tolerant, list_of, load, object_of, text_of

ACCEPTED = 202
FIRST_SUCCESS, FIRST_REDIRECT, FIRST_SERVER_ERROR = 200, 300, 500
FORBIDDEN, NOT_FOUND, WRONG_METHOD = 403, 404, 405

MEANINGS: Mapping[int, type[RemoteRefusedError]] = MappingProxyType(
    {
        400: InvalidRequestError,
        401: NotAuthorisedError,
        403: ForbiddenError,
        404: NotFoundError,
        408: RemoteFailedError,  # it gave up waiting for a request of which it may have read enough
        409: StateConflictError,
        413: InvalidRequestError,
        422: InvalidRequestError,
        429: TooManyRequestsError,
    }
)
"""What the caller can do about a status: B:49-58, and 408, 413 and 422 of HTTP itself. From 500 on the remote failed."""

LONGEST_REASON = 300
"""Characters of a remote's own words that go into a journal."""
LONGEST_READ = 10 * LONGEST_REASON
"""Characters of them that are looked through for what may not be shown."""
LONGEST_WAIT = 86_400
"""Seconds; a remote that asks for more is asked again after a day."""


def read(operation: Operation, reply: Reply, *, now: datetime | None = None) -> Tolerant | RemotesError:
    """What a remote answered: the answer's model, or the error that it amounts to (as a value, not raised).

    Args:
        operation: What was called.
        reply: What came back.
        now: The aware present, where a `Retry-After` may be a date.
    """
    if not FIRST_SUCCESS <= reply.status < FIRST_REDIRECT:
        return _refusal(operation, reply, now)
    model = _model(operation, reply)
    failure = model.failure() if isinstance(model, Tolerant) else None
    if failure is not None:
        words = cleaned(failure[:LONGEST_READ], reply.kept)[:LONGEST_REASON]
        return RemoteRefusedError(f"{answered(operation, reply)}, but {words}", status=reply.status)
    if reply.status == ACCEPTED and operation.accepted_is_unknown:
        told = model if isinstance(model, Tolerant) else None
        return AcceptedOnlyError(f"{answered(operation, reply)}: accepted, and perhaps not done yet", told=told)
    return model


def outcome(operation: Operation, exchange: Exchange, *, now: datetime | None = None) -> Tolerant | ParcelflowError:
    """As `read`, of what became of a request: without an answer it is the error that says whether it was sent."""
    if isinstance(exchange, Reply):
        return read(operation, exchange, now=now)
    kind = NotSentError if isinstance(exchange, NotSent) else LostAnswerError
    return kind(f"{operation.id}: {exchange.reason}")


def _model(operation: Operation, reply: Reply) -> Tolerant | BadBodyError:
    try:
        return operation.answer.model_validate(load(reply.body))
    except (BadBodyError, ValidationError) as error:
        return operation.answer() if operation.mute else BadBodyError(f"{answered(operation, reply)}, but {_unreadable(error)}")


def answered(operation: Operation, reply: Reply) -> str:
    """`PUT /rents/{rentID} answered 409`."""
    return f"{operation.method} {operation.path} answered {reply.status}"


def _unreadable(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return str(error)
    return "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors(include_input=False))


def _refusal(operation: Operation, reply: Reply, now: datetime | None) -> RemoteRefusedError:
    said = _object(reply.body)
    words = [
        answered(operation, reply),
        cleaned(_remote_words(said), reply.kept)[:LONGEST_REASON],
        operation.refusals.get(reply.status, ""),
    ]
    kind = _meaning(operation, reply.status)
    if kind is RouteUnverifiedError:
        words.append(f"the route is {operation.confidence.value}; a route override for {operation.id!r} can correct it")
    if kind is FeatureNotInPlanError:
        words.append(operation.plan)
    message = "; ".join(word for word in words if word)
    return kind(
        message, status=reply.status, code=cleaned(text_of(said.get("code")) or "", reply.kept), after=retry_after(reply, now)
    )


def _meaning(operation: Operation, status: int) -> type[RemoteRefusedError]:
    if status in {NOT_FOUND, WRONG_METHOD} and operation.confidence is not RouteConfidence.GIVEN:
        return RouteUnverifiedError
    if status == FORBIDDEN and operation.plan:
        return FeatureNotInPlanError
    return RemoteFailedError if status >= FIRST_SERVER_ERROR else MEANINGS.get(status, RemoteRefusedError)


def _object(body: bytes) -> Mapping[str, object]:
    try:
        return object_of(load(body))
    except BadBodyError:
        return {}


def _remote_words(said: Mapping[str, object]) -> str:
    """The remote's own code and message (B:1296-1299; Blink's envelope says msg and error), and which fields it means.

    A validator's message says that something is wrong, and only its `errors` say what (Laravel's shape; Logistics' too).
    """
    words = (text_of(said.get(name)) for name in ("code", "message", "msg", "error"))
    return " ".join(word for word in (*words, *_wrong_fields(said.get("errors"))) if word)[:LONGEST_READ]


def _wrong_fields(errors: object) -> Iterator[str]:
    """`products.0.sku: The field is required.` for each field; where it says no more than names, the names."""
    for name, reasons in object_of(errors).items():
        told = " ".join(word for word in map(text_of, [reasons, *list_of(reasons)]) if word)
        yield f"{name}: {told}" if told else name
    yield from (word for word in map(text_of, list_of(errors)) if word)


def retry_after(reply: Reply, now: datetime | None = None) -> timedelta | None:
    """How long the remote asks us to wait: seconds or an HTTP date (RFC 9110, 10.2.3); None when it says neither.

    A date is measured from the remote's own `Date`, whose clock it was made with; from `now` only where it sent none.
    """
    said = reply.headers.get("retry-after", "").strip()
    if said.isascii() and said.isdigit():
        return timedelta(seconds=min(int(said[:9]), LONGEST_WAIT))
    until, since = _http_date(said), told_at(reply) or now
    return None if until is None or since is None else min(max(until - since, timedelta()), timedelta(seconds=LONGEST_WAIT))


def told_at(reply: Reply) -> datetime | None:
    """When the remote answered, by its own clock; None if it does not say."""
    return _http_date(reply.headers.get("date", ""))


def _http_date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
