"""An API operation as data, and the pure function over it that builds a request from parameters.

May not send anything nor know any API. Non-obvious choice: one strict pydantic model holds all parameters of an operation under
the document's own names; the path template says which of them go into the path, `query` which into the query, and what is left
is the body. So a parameter cannot be declared and then forgotten on the way out.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, TypeAlias
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, SecretStr, ValidationError
from pydantic_core import ErrorDetails

from ..machines import BadParametersError, BadSettingsError
from .private import is_private, kept, quiet_path, quiet_query, redacted, shown
from .tolerant import Tolerant

Routes: TypeAlias = Mapping[str, tuple[str, str]]
"""Route overrides: operation id -> (method, path template)."""

NO_ROUTES: Routes = {}
OBJECT_WANTED = frozenset({"dict_type", "model_type", "model_attributes_type"})
"""Pydantic's words for "this has to be an object": what came instead has no fields that could tell what of it is private."""
PLACEHOLDER = re.compile(r"{(\w+)}")


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


class Arrays(StrEnum):
    """How an array travels in a query; the document does not say (A7)."""

    REPEATED = "repeated"
    """`a=1&a=2`."""
    COMMAS = "commas"
    """`a=1,2`."""
    BRACKETS = "brackets"
    """`a[]=1&a[]=2`."""


Rule: TypeAlias = Callable[[Mapping[str, Any]], None]
"""Judges all parameters of a call together, by their Python names; raises ValueError with what would be right."""


class Parameters(BaseModel):
    """Base of everything we send: unknown names are refused, and what is private shows in no repr and in no message."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    def __repr_args__(self) -> Iterator[tuple[str | None, object]]:
        yield from shown(super().__repr_args__())

    def sent(self) -> dict[str, Any]:
        """What leaves, under the document's names; what is None stays at home."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


Secret = Annotated[SecretStr, Field(min_length=1), PlainSerializer(SecretStr.get_secret_value, return_type=str)]
"""A parameter that is spelled out nowhere but in the request's body."""


Unlike: TypeAlias = Callable[[Any, datetime | None], str | None]
"""Why the answer to a look-up, given at an instant of the remote's clock (None if it tells none), is older than the call."""


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
        title: What it does, in one sentence.
        refusals: What a status means here, where the document says more than the status itself.
        accepted_is_unknown: 202 leaves the outcome open (A22, A23). False where no look-up could ever tell: there "accepted" is
            all that the remote will say, and doubting it would repeat the call for ever.
        mute: The document shows no answer, or one that belongs elsewhere (A45, A46): a 2xx that cannot be read is a success.
        plan: Why a 403 may mean that the feature is not in the partner's plan; empty where nothing says so (A49).
        found_by: Operation that finds what a lost answer created, by the parameter that both have; empty for none.
        unlike: Why something that was found so cannot be what was just created; None where anything may be.
        read_back: Operation that tells what this one should have answered, for an answer without it (A12); empty for none.
        windows: Parameters of a list that say since when and until when; a remote that ignores `page` is asked by them (A40).
        refilter: A filter that the remote may refuse (parameter, value), and the attribute to filter the answer by instead (A5).
        alternates: Other paths and methods that may be meant, the likelier first (A1).
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
    title: str = ""
    refusals: Mapping[int, str] = field(default_factory=dict[int, str])
    accepted_is_unknown: bool = True
    mute: bool = False
    plan: str = ""
    found_by: str = ""
    unlike: Unlike | None = None
    read_back: str = ""
    windows: tuple[str, str] | None = None
    refilter: tuple[str, str, str] | None = None
    alternates: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Request:
    """A request as data. `path` is percent-encoded; `body` is JSON or None; `kept` are its values that nothing may show."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    kept: tuple[str, ...] = ()

    def __repr__(self) -> str:
        asked = f"?{quiet_query(self.query)}" if self.query else ""
        return f"Request({self.method} {quiet_path(self.path, self.kept)}{asked})"


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: status, headers (names in lower case) and body.

    Attributes:
        kept: What nobody may repeat of it: our keys, and what the request said of a person.
        doubted: The same request was sent before, and may have taken effect then.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    kept: tuple[str, ...] = field(default=(), repr=False)
    doubted: bool = False


def find(operations: Mapping[str, Operation], name: str) -> Operation:
    """The operation of this id.

    Raises:
        BadParametersError: There is none.
    """
    try:
        return operations[name]
    except KeyError:
        known = ", ".join(sorted(operations))
        raise BadParametersError(f"no operation is called {name!r}; there are: {known}") from None


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


def build(
    operation: Operation, parameters: Mapping[str, object], routes: Routes = NO_ROUTES, *, arrays: Arrays = Arrays.REPEATED
) -> Request:
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
        query=tuple(pair for name in operation.query if name in values for pair in _pairs(name, values[name], arrays)),
        body=json.dumps(body, separators=(",", ":")).encode() if has_body(operation) else None,
        kept=tuple(kept(values)),
    )


def has_body(operation: Operation) -> bool:
    """Whether any parameter is left for the body."""
    return bool(set(names_of(operation)) - set(PLACEHOLDER.findall(operation.path)) - set(operation.query))


def names_of(operation: Operation) -> tuple[str, ...]:
    """The document's names of all parameters."""
    return tuple(declared.alias or name for name, declared in operation.parameters.model_fields.items())


def _pairs(name: str, value: object, arrays: Arrays) -> Iterator[tuple[str, str]]:
    """A parameter as it travels in a query: objects as JSON text (A8), arrays as the user says (A7)."""
    if not isinstance(value, list):
        yield name, value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
        return
    items = [str(item) for item in value]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - JSON
    if arrays is Arrays.COMMAS:
        yield name, ",".join(items)
        return
    yield from ((f"{name}[]" if arrays is Arrays.BRACKETS else name, item) for item in items)


def _checked(operation: Operation, parameters: Mapping[str, object]) -> dict[str, object]:
    given = {name: value for name, value in parameters.items() if value is not None}
    try:
        model = operation.parameters.model_validate(given)
    except ValidationError as error:
        wrong = "; ".join(_wrong(operation, detail) for detail in error.errors(include_url=False))
        raise BadParametersError(f"{operation.id}: {wrong}") from None
    return model.sent()


def _wrong(operation: Operation, detail: ErrorDetails) -> str:
    place = ".".join(str(step) for step in detail["loc"])
    if detail["type"] == "extra_forbidden":
        there = ", ".join(_members(operation, detail["loc"][:-1]))
        return f"{place}: {detail['msg']}; there is: {there}"
    if not place or detail["type"] == "missing":
        return f"{place}: {detail['msg']}".removeprefix(": ")
    if any(is_private(str(step)) for step in detail["loc"]):
        return f"{place}: {detail['msg']}, got something else (kept secret)"
    if detail["type"] in OBJECT_WANTED:
        return f"{place}: {detail['msg']}, got a {type(detail['input']).__name__}"
    return f"{place}: {detail['msg']}, got {redacted(detail['input'])!r}"


def _members(operation: Operation, place: Iterable[int | str]) -> list[str]:
    """The names that a parameter, or something in it, can have."""
    whole = operation.parameters.model_json_schema()
    node = whole
    for step in place:
        node = _known(whole, node["items"] if isinstance(step, int) else node["properties"][step])
    return list(node["properties"])


def _known(whole: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    """A schema's node without its references and without the option of null."""
    options = [option for option in node.get("anyOf", [node]) if option.get("type") != "null"]
    name = options[0].get("$ref", "").rpartition("/")[2]
    return whole["$defs"][name] if name else options[0]
