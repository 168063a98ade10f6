"""From an HTTP request to an operation on the world, and back: sizes, JSON, admission, faults, errors.

May not know any route. Non-obvious choice: a request is admitted before its body is read, and nothing of the world is touched
outside `World.lock`, so that two clients see each other's requests as before or after, never as during.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, QueryParams
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .contract import LIMIT, PAGE, Contract, Query, Schema
from .faults import Fault
from .faulty import restated
from .settings import Settings
from .words import Json, JsonObject, RefusedError
from .world import World

LARGEST_BODY = 1_048_576
"""Bytes of a request's body; no document names a limit."""

NO_QUERY = QueryParams()

DROP = "simulator.drop"
"""Extension of an ASGI scope by which whoever serves the application lets it drop the connection: a function."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request, taken apart."""

    operation: str
    path: Mapping[str, str]
    query: QueryParams
    body: JsonObject
    settings: Settings = field(default_factory=Settings)

    def text(self, asked: Query) -> str:
        """A text from the query; empty without one."""
        return self.query.get(asked.name, "")

    def number(self, asked: Query) -> int:
        """An integer from the query.

        Raises:
            RefusedError: 400 when it is none, or smaller or larger than allowed.
        """
        name, least, most, default = asked.name, asked.least, asked.most, asked.default
        if asked == LIMIT:
            default = self.settings.default_limit
        text = self.query.get(name, "" if default is None else str(default))
        if asked == PAGE and text == "0" and self.settings.page_zero == "first":
            text = "1"
        if not (text.isascii() and text.isdigit() and len(text) <= len(str(most)) and least <= int(text) <= most):
            raise RefusedError(
                400, f"{name}Invalid", message=f"{name} must be an integer from {least} to {most}.", fields=(name,)
            )
        return int(text)


@dataclass(frozen=True, slots=True)
class Answer:
    """What an operation answers: JSON, or the text of another media type."""

    body: Json
    status: int = 200
    media: str = ""


Handler = Callable[[World, Call], Answer]


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing a client can ask for: its name in records and faults, its method, its path and alternates.

    Attributes:
        waits: Whether it waits for others, so that it must run without the lock and off the event loop.
        public: Whether it is open to everybody: how else would one log in.
        contract: What it says of itself; the control routes say nothing.
    """

    name: str
    method: str
    paths: tuple[str, ...]
    handler: Handler
    waits: bool = False
    public: bool = False
    contract: Contract | None = None


@dataclass(frozen=True, slots=True)
class Door:
    """How one API admits a request and words a refusal; what it calls its shapes, of which `Error` is a refusal's.

    Attributes:
        key: What it asks for, as an OpenAPI security scheme.
        style: Writes an answer as the settings want it written.
        status: The status of a refusal, as the settings want it.
    """

    admit: Callable[[World, Headers], None]
    word: Callable[[RefusedError], JsonObject]
    operations: tuple[Operation, ...] = field(default=())
    shapes: Mapping[str, Schema] = field(default_factory=dict[str, Schema])
    key: Schema = field(default_factory=dict[str, Json])
    style: Callable[[Settings, Call, Answer], Answer] = lambda _settings, _call, answer: answer
    status: Callable[[Settings, RefusedError], int] = lambda _settings, refused: refused.status

    def refuse(self, refused: RefusedError, settings: Settings) -> Response:
        """The refusal as this API words it."""
        headers = None if refused.retry_after is None else {"retry-after": str(refused.retry_after)}
        return JSONResponse(self.word(refused), self.status(settings, refused), headers)


def admit_all(_world: World, _headers: Headers) -> None:
    """Admit everybody: the control routes belong to no vendor."""


def word_plain(refused: RefusedError) -> JsonObject:
    """Bloq.it's error body (B:1296-1299); the control routes use it too."""
    return {"code": refused.code, "message": refused.message}


def bearer(headers: Headers) -> str:
    """The bearer token of a request; empty without one."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def page_of(call: Call, docs: Iterable[Json], *, limit: Query = LIMIT) -> Answer:
    """One page, in the document's envelope (B:1402-1408).

    Raises:
        RefusedError: 400 for a bad `page` or `limit`.
    """
    page, size = call.number(PAGE), min(call.number(limit), call.settings.largest_limit)
    every = list(docs)
    return Answer({"docs": every[(page - 1) * size : page * size], "totalDocs": len(every), "limit": size, "page": page})


def routes(world: World, door: Door) -> list[Route]:
    """The routes of one API, in the order of its operations (fixed paths must come before those with parameters)."""
    return [
        Route(path, _endpoint(world, operation, door=door, path=path), methods=[operation.method])
        for operation in door.operations
        for path in operation.paths
    ]


def _endpoint(world: World, operation: Operation, *, door: Door, path: str) -> Callable[[Request], object]:
    verbs = tuple(dict.fromkeys(other.method for other in door.operations if other.name == operation.name))

    styled = _styled(operation, door)

    async def endpoint(request: Request) -> Response:
        try:
            _require_served(operation, path, verbs, settings=world.settings)
            if not operation.public:
                with world.lock:
                    door.admit(world, request.headers)
            body = await _read(request)
            query = request.query_params if request.scope["query_string"] else NO_QUERY
            call = Call(operation.name, request.path_params, query, body, world.settings)
            drop = request.scope.get("extensions", {}).get(DROP, _no_drop)
            return await _perform(world, styled, call=call, drop=drop)
        except RefusedError as refused:
            return door.refuse(refused, world.settings)
        except ClientDisconnect:  # it died while it told us what it wants: nothing was done, and nobody hears the answer
            return Response(status_code=400)

    return endpoint


def _require_served(operation: Operation, path: str, verbs: tuple[str, ...], *, settings: Settings) -> None:
    """Refuse a path or a method that the settings do not want, as a server does that never had it."""
    for status, choice, every, one in (
        (404, settings.paths, operation.paths, path),
        (405, settings.verbs, verbs, operation.method),
    ):
        if choice != "every" and one != every[0 if choice == "first" else -1]:
            raise RefusedError(status, "routeUnknown", message="There is no such route or method.")


def _styled(operation: Operation, door: Door) -> Operation:
    def handler(world: World, call: Call) -> Answer:
        return door.style(world.settings, call, operation.handler(world, call))

    return replace(operation, handler=handler)


async def _perform(world: World, operation: Operation, *, call: Call, drop: Callable[[], object]) -> Response:
    if operation.waits:
        return _response(await run_in_threadpool(operation.handler, world, call))
    with world.lock:
        gate = world.faults.gate
        fault = world.faults.take(operation.name)
    kind = fault.kind if fault else ""
    if fault is None or kind == "wrong_state":
        return _response(_echo(_do(world, operation, call=call), fault, operation=operation.name))
    if kind in ("refuse", "error_before_effect"):
        raise fault.refusal()
    if kind == "latency":
        await run_in_threadpool(gate.wait, fault.seconds)
    if kind == "drop_connection":
        return _dropped(world, operation, call=call, drop=drop, effect=fault.effect)
    answer = _do(world, operation, call=call)
    if kind == "error_after_effect":
        raise fault.refusal()
    if kind == "hold_answer":
        await run_in_threadpool(gate.wait, fault.seconds)
    return _response(answer)


def _dropped(world: World, operation: Operation, *, call: Call, drop: Callable[[], object], effect: str) -> Response:
    with suppress(RefusedError):  # a refusal is lost like any other answer
        if effect == "after":
            _do(world, operation, call=call)
    drop()
    return Response()  # nobody is there any more to read it


def _no_drop() -> None:
    raise ConnectionResetError("a fault drops this connection, and whoever serves the application here cannot")


def _do(world: World, operation: Operation, *, call: Call) -> Answer:
    with world.lock:
        world.tick()  # whatever has become due on the way comes first
        try:
            return operation.handler(world, call)
        finally:
            world.tick()  # a new rent is a new limit, and a closing door may uncover an old one: the worker must hear of it


def _echo(answer: Answer, fault: Fault | None, *, operation: str) -> Answer:
    """The answer, with another state if a fault says so: the effect is as it was."""
    if fault is None or fault.kind != "wrong_state":
        return answer
    return Answer(restated(operation, answer.body, fault.state), answer.status)


def _response(answer: Answer) -> Response:
    if answer.media:
        return Response(str(answer.body), answer.status, media_type=answer.media)
    return JSONResponse(answer.body, answer.status)


async def _read(request: Request) -> JsonObject:
    """The body as an object; an empty body is an empty object, because PUTs without one are documented (B:2576).

    Raises:
        RefusedError: 400 for anything else.
    """
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > LARGEST_BODY:
            raise RefusedError(400, "bodyInvalid", message=f"The body is larger than {LARGEST_BODY} bytes.")
    if not raw:
        return {}
    try:
        body: Json = json.loads(raw, parse_constant=_no_constant)
        if rb"\u" in raw:
            json.dumps(body, ensure_ascii=False).encode()  # a lone surrogate can be read, spelled so, but never be answered
    except (ValueError, RecursionError) as error:
        raise RefusedError(400, "bodyInvalid", message="The body is not JSON.") from error
    if not isinstance(body, dict):
        raise RefusedError(400, "bodyInvalid", message="The body is not an object.")
    return body


def _no_constant(name: str) -> Json:
    raise ValueError(f"{name} is not JSON")
