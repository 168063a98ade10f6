"""The server: its routes, its key, and what is answered to a request that is none.

May not know a rule. Non-obvious choice: time does its work before each request, under the lock that the request holds, so that
nobody ever sees a rent whose limit has passed. A route that the document does not show is where its title and body put it: what
creates is POST, whatever changes is PUT (B:9).
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from . import api_bloqs, api_lists, api_rents, api_returns, api_types, api_webhooks, hands, keypad, lives
from .call import Call, is_object
from .words import RefusedError
from .world import World

KEY = "second-key"
BASE = "/api/v1/public"
HANDS = "/hooks"

Work: TypeAlias = Callable[[Call], object]
Table: TypeAlias = tuple[tuple[str, str, Work], ...]

LOCKER = "/bloqs/{bloqID}/lockers/{lockerID}"
ROUTES: Table = (
    ("GET", "/bloqs", api_bloqs.list_bloqs),
    ("GET", "/bloqs/{bloqID}", api_bloqs.get_bloq),
    ("GET", "/bloqs/{bloqID}/free-lockers", api_bloqs.free_lockers),
    ("PUT", "/bloqs/{bloqID}/lockers/open", api_bloqs.open_lockers),
    ("PUT", LOCKER, api_bloqs.set_locker),
    ("PUT", f"{LOCKER}/open", api_bloqs.open_locker),
    ("PUT", f"{LOCKER}/close", api_bloqs.close_locker),
    ("PUT", f"{LOCKER}/open-or-collect", api_bloqs.open_or_collect),
    ("GET", "/rents", api_lists.list_rents),
    ("GET", "/rents/active", api_lists.list_active),
    ("GET", "/rents/reached-state", api_lists.reached_state),
    ("GET", "/rents/external/{externalID}", api_lists.get_external),
    ("GET", "/rents/{rentID}", api_lists.get_rent),
    ("GET", "/rents/{rentID}/history", api_lists.rent_history),
    ("PUT", "/rents/{rentID}", api_rents.update),
    ("PUT", "/rents/{rentID}/extend", api_rents.extend),
    ("PUT", "/rents/{rentID}/lockers/open", api_rents.open_locker),
    ("PUT", "/rents/{rentID}/cancel", api_rents.cancel),
    ("PUT", "/rents/{rentID}/collect", api_rents.collect),
    ("PUT", "/rents/{rentID}/finish", api_rents.finish),
    ("PUT", "/rent-sims/{rentID}/lockers/keypad", api_rents.keypad),
    ("PUT", "/rent-sims/{rentID}/lockers/close", api_rents.close),
    ("POST", "/stores", api_types.starting("store")),
    ("PUT", "/stores/{rentID}/finish", api_types.end_store),
    ("POST", "/sends", api_types.starting("send")),
    ("POST", "/deliveries", api_types.create_delivery),
    ("PUT", "/deliveries/{rentID}/make", api_types.make),
    ("PUT", "/deliveries/{rentID}/notify", api_types.notify),
    ("PUT", "/deliveries/{rentID}/ready-for-pickup", api_types.ready),
    ("PUT", "/deliveries/{rentID}/in-transit", api_types.in_transit),
    ("PUT", "/deliveries/{rentID}/select-locker", api_types.select_locker),
    ("PUT", "/deliveries/{rentID}/return", api_types.turn_back),
    ("POST", "/returns", api_returns.create),
    ("PUT", "/returns/{rentID}/reserve", api_returns.reserve),
    ("PUT", "/returns/{rentID}/finish", api_returns.finish),
    ("POST", "/customers", api_webhooks.create_customer),
    ("POST", "/webhooks", api_webhooks.create_hook),
    ("GET", "/webhooks/history", api_webhooks.event_history),
    ("DELETE", "/webhooks/{webhookID}", api_webhooks.delete_hook),
)
BY_HAND: Table = (
    ("POST", "/clock", hands.clock),
    ("POST", "/dropoff", hands.drop_off),
    ("POST", "/offline-dropoff", hands.drop_off_offline),
    ("POST", "/wrong-pin", hands.wrong_pin),
    ("POST", "/open", hands.open_by_itself),
)


def create_app(world: World | None = None) -> Starlette:
    """The server over a world, a fresh one unless one is given."""
    served = World() if world is None else world
    routes = [*_routes(served, BASE, ROUTES, keyed=True), *_routes(served, HANDS, BY_HAND, keyed=False)]
    app = Starlette(routes=routes, exception_handlers={HTTPException: _nowhere})
    app.router.redirect_slashes = False
    return app


def _routes(world: World, base: str, table: Table, *, keyed: bool) -> list[Route]:
    paths: dict[str, dict[str, Work]] = {}
    for method, path, work in table:
        paths.setdefault(path, {})[method] = work
    every = ["GET", "POST", "PUT", "DELETE", "PATCH"]
    return [Route(base + path, _endpoint(world, works, keyed=keyed), methods=every) for path, works in paths.items()]


def _endpoint(world: World, works: Mapping[str, Work], *, keyed: bool) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        try:
            if keyed:
                _check_key(request)
            work = _work(works, method)
            body = await _body(request) if method in {"POST", "PUT"} else {}
            done = _done(world, work, request, body)
        except RefusedError as refused:
            return _refusal(refused)
        return _answer(done, 201 if method == "POST" and keyed else 200)

    return answer


def _work(works: Mapping[str, Work], method: str) -> Work:
    if method not in works:
        raise RefusedError(405, "methodNotAllowed", "The method is not allowed for this resource.")
    return works[method]


def _done(world: World, work: Work, request: Request, body: dict[str, Any]) -> object:
    query = parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True)
    with world.lock:
        lives.pass_time(world)
        keypad.synchronise_waiting(world)
        return work(Call(world, request.path_params, query, body))


def _check_key(request: Request) -> None:
    """The key comes first (B:51): who has none learns not even what there is."""
    if request.headers.get("X-API-KEY") != KEY:
        raise RefusedError(401, "unauthorized", "Api Key is either non-existent or invalid.")


async def _body(request: Request) -> dict[str, Any]:
    raw = await request.body()
    if not raw.strip():
        return {}
    try:
        told: Any = json.loads(raw, parse_constant=_no_number)
        json.dumps(told, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise RefusedError(400, "bodyInvalid", "The body is not valid JSON.") from None
    if not is_object(told):
        raise RefusedError(400, "bodyInvalid", "The body is not a JSON object.")
    return told


def _no_number(name: str) -> object:
    """`NaN` and the like, which Python reads and JSON does not have."""
    raise ValueError(name)


async def _nowhere(request: Request, error: Exception) -> Response:
    try:
        if request.url.path.startswith(BASE):
            _check_key(request)
    except RefusedError as refused:
        return _refusal(refused)
    status = error.status_code if isinstance(error, HTTPException) else 500
    return _refusal(RefusedError(status, "notFound", str(error)))


def _refusal(refused: RefusedError) -> Response:
    return _answer({"code": refused.code, "message": refused.message}, refused.status)


def _answer(told: object, status: int) -> Response:
    return Response(json.dumps(told, ensure_ascii=False), status, media_type="application/json")
