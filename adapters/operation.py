"""An API operation as data, and the pure functions over it: `build` a request from parameters, `read` an answer.

May not send anything nor know any API. Non-obvious choice: one strict pydantic model holds all parameters of an operation under
the document's own names; the path template says which of them go into the path, `query` which into the query, and what is left
is the body. So a parameter cannot be declared and then forgotten on the way out.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Annotated, ClassVar, TypeAlias
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, SecretStr, ValidationError
from pydantic_core import ErrorDetails

from ..machines import BadBodyError, BadParametersError, BadSettingsError, RemoteRefusedError, RemotesError
from .tolerant import Tolerant, load, object_of, text_of

Routes: TypeAlias = Mapping[str, tuple[str, str]]
"""Route overrides: operation id -> (method, path template)."""

NO_ROUTES: Routes = {}
PLACEHOLDER = re.compile(r"{(\w+)}")
NOT_FOUND, WRONG_METHOD = 404, 405
LONGEST_REASON = 300  # characters of a remote's own words that go into a journal


class Idempotency(StrEnum):
    """What may be done when nobody knows whether a call took effect."""

    SAFE = "safe"
    """It only reads."""
    REPEATABLE = "repeatable"
    """Twice is the same as once."""
    LOOK_UP_FIRST = "look-up-first"
    """Twice makes two; look it up before it is tried again."""
    DOOR = "door"
    """It opens a door; never again before the remote's state proves that it did not."""


class RouteConfidence(StrEnum):
    """How well we know method and path."""

    GIVEN = "given"
    """The document has them."""
    INFERRED = "inferred"
    """The document has only the title and the body (A1)."""
    CONFIRMED = "confirmed"
    """Inferred, and proven by public evidence or set by the user."""


class Parameters(BaseModel):
    """Base of everything we send: unknown names are refused. `hidden` names parameters that no message may repeat."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    hidden: ClassVar[frozenset[str]] = frozenset()


Secret = Annotated[SecretStr, Field(min_length=1), PlainSerializer(SecretStr.get_secret_value, return_type=str)]
"""A parameter that is spelled out nowhere but in the request's body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation of a remote API.

    Attributes:
        id: Ours, e.g. `bloqit.deliveries.make`.
        method: HTTP method.
        path: Template relative to the base URL, e.g. `/deliveries/{rentID}/make`.
        confidence: How well method and path are known.
        evidence: Lines of the document.
        idempotency: What may be done when the outcome is unknown.
        parameters: Strict model of all parameters.
        query: Names of the parameters that go into the query.
        answer: Tolerant model of a 2xx body.
        refusals: What a status means here, where the document says more than the status itself.
        accepted_is_unknown: 202 leaves the outcome open (A22, A23). False where no look-up could ever tell: there "accepted" is
            all that the remote will say, and doubting it would repeat the call for ever.
    """

    id: str
    method: str
    path: str
    confidence: RouteConfidence
    evidence: tuple[str, ...]
    idempotency: Idempotency
    parameters: type[Parameters]
    query: tuple[str, ...] = ()
    answer: type[Tolerant] = Tolerant
    refusals: Mapping[int, str] = field(default_factory=dict[int, str])
    accepted_is_unknown: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request as data. `path` is percent-encoded; `body` is JSON or None."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: status, headers (names in lower case) and body."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


def overridden(operation: Operation, routes: Routes) -> Operation:
    """The operation with the user's route, if there is one for it.

    Raises:
        BadSettingsError: The override's path does not have the same placeholders.
    """
    if operation.id not in routes:
        return operation
    method, path = routes[operation.id]
    needed, found = set(PLACEHOLDER.findall(operation.path)), set(PLACEHOLDER.findall(path))
    if needed != found:
        wanted = ", ".join(sorted(needed)) or "none"
        raise BadSettingsError(f"the route override {path!r} of {operation.id!r} needs exactly these placeholders: {wanted}")
    return replace(operation, method=method, path=path, confidence=RouteConfidence.CONFIRMED)


def build(operation: Operation, parameters: Mapping[str, object], routes: Routes = NO_ROUTES) -> Request:
    """The request for `operation` with `parameters`, which carry the document's names.

    Raises:
        BadParametersError: A parameter is missing, unknown or wrong; the message shows it and says what would be right.
        BadSettingsError: A route override does not fit.
    """
    operation = overridden(operation, routes)
    values = _checked(operation, parameters)
    in_path = PLACEHOLDER.findall(operation.path)
    body = {name: value for name, value in values.items() if name not in in_path and name not in operation.query}
    return Request(
        method=operation.method,
        path=PLACEHOLDER.sub(lambda found: quote(str(values[found[1]]), safe=""), operation.path),
        query=tuple((name, str(values[name])) for name in operation.query if name in values),
        body=json.dumps(body, separators=(",", ":")).encode() if has_body(operation) else None,
    )


def has_body(operation: Operation) -> bool:
    """Whether any parameter is left for the body."""
    names = {declared.alias or name for name, declared in operation.parameters.model_fields.items()}
    return bool(names - set(PLACEHOLDER.findall(operation.path)) - set(operation.query))


def _checked(operation: Operation, parameters: Mapping[str, object]) -> dict[str, object]:
    given = {name: value for name, value in parameters.items() if value is not None}
    try:
        model = operation.parameters.model_validate(given)
    except ValidationError as error:
        hidden = operation.parameters.hidden
        wrong = "; ".join(_wrong(detail, hidden) for detail in error.errors(include_url=False))
        raise BadParametersError(f"{operation.id}: {wrong}") from None
    return model.model_dump(mode="json", by_alias=True, exclude_none=True)


def _wrong(detail: ErrorDetails, hidden: frozenset[str]) -> str:
    place = ".".join(str(step) for step in detail["loc"])
    if not place or detail["type"] in {"missing", "extra_forbidden"}:
        return f"{place}: {detail['msg']}".removeprefix(": ")
    if detail["loc"][0] in hidden:
        return f"{place}: {detail['msg']}, got something else (kept secret)"
    return f"{place}: {detail['msg']}, got {detail['input']!r}"


def read(operation: Operation, reply: Reply) -> Tolerant | RemotesError:
    """What a remote answered: the answer's model, or the error that it amounts to (as a value, not raised)."""
    if not _is_success(reply.status):
        return RemoteRefusedError(_refusal(operation, reply))
    try:
        model = operation.answer.model_validate(load(reply.body))
    except BadBodyError as error:
        return BadBodyError(f"{_called(operation)} answered {reply.status}, but {error}")
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors(include_input=False))
        return BadBodyError(f"{_called(operation)} answered {reply.status}, but {wrong}")
    failure = model.failure()
    return model if failure is None else RemoteRefusedError(f"{_called(operation)} answered {reply.status}, but {failure}")


def _is_success(status: int) -> bool:
    return 200 <= status < 300  # noqa: PLR2004  the definition of 2xx


def _called(operation: Operation) -> str:
    return f"{operation.method} {operation.path}"


def _refusal(operation: Operation, reply: Reply) -> str:
    words = [f"{_called(operation)} answered {reply.status}", _remote_words(reply.body)]
    words.append(operation.refusals.get(reply.status, ""))
    if reply.status in {NOT_FOUND, WRONG_METHOD} and operation.confidence is not RouteConfidence.GIVEN:
        words.append(f"the route is {operation.confidence.value}; a route override for {operation.id!r} can correct it")
    return "; ".join(word for word in words if word)


def _remote_words(body: bytes) -> str:
    """The remote's own code and message (B:1296-1299; Blink's envelope says msg and error)."""
    try:
        said = object_of(load(body))
    except BadBodyError:
        return ""
    words = (text_of(said.get(name)) for name in ("code", "message", "msg", "error"))
    return " ".join(word for word in words if word)[:LONGEST_REASON]
