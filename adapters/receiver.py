"""The receiver of webhooks: a small Starlette application to mount wherever the host service listens.

May not decide anything: it verifies, parses, hands the arrival to `accept` and answers. Non-obvious choice: 2xx is answered only
after `accept` has returned, since nobody sends a webhook twice that was answered with 2xx; nothing else happens in the request
(Blink hangs up after five seconds, K:71).

    status  body                                    when                                               stored
    200     {"accepted": true}                      new, whatever it tells and whomever it concerns    yes
    200     {"accepted": true, "duplicate": true}   the same message came before                       it was
    400     {"error": ...}                          not JSON, cut off, no object, no id, not to be kept no
    401     {"error": ...}                          Bloq.it: unsigned, wrongly signed, stale            no
    404     {"error": ...}                          wrong path token, or no such door                  no
    405     {"error": ...}                          not a POST                                         no
    413     {"error": ...}                          longer than `LARGEST_BODY`                         no
    500     {"error": ...}                          `accept` failed in a way nobody foresaw            no
    503     {"error": ...}                          `accept` could not store it; please send it again  no

`/bloqit/{token}/couriers` is a question and no message: it is answered as its door says (A55), and nothing of it is stored.

A signed body that was cut off on its way is a 401, not a 400: what the signature does not confirm is not even read.

Bloq.it's signature holds the whole body in base64, so a *header* is a third longer than the body. Proxies that allow 8 KiB of
headers (nginx, gunicorn) refuse events above 6 KiB before we see them; raise their limit, and uvicorn's with
`h11_max_incomplete_event_size=LARGEST_HEAD`.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias, cast

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ..machines import Arrival, BadBodyError, BadSignatureError, MalformedEventError, NetworksError, OursError
from .doors import BlinkDoor, Doors, LogisticsDoor, opens
from .heard import WebhookRefused, WebhookUnstored, tell
from .intake import Accept, Intake
from .line import Clock
from .spans import Taking, taking

LARGEST_BODY = 1024 * 1024
"""Bytes; events have a few hundred, orders a few thousand."""
LARGEST_HEAD = 2 * LARGEST_BODY
"""Bytes of request line and headers that hold the signature of the largest body (4/3 of it) and the rest."""

INLINE = 64 * 1024
"""Bytes of a body that is verified and parsed in the event loop; a longer one, in a worker thread."""

Take: TypeAlias = Callable[[bytes, datetime], Arrival]


def receiver(*, accept: Accept, clock: Clock, fresh_id: Callable[[], str], doors: Doors) -> Starlette:
    """The application.

    Args:
        accept: Called in a worker thread with the messages that may come in, all that wait at once.
        clock: Tells the present.
        fresh_id: Makes an id that was never there.
        doors: Which doors there are.
    """
    app = _Receiver(accept, clock, fresh_id=fresh_id, doors=doors)
    routes = [
        Route("/bloqit", app.bloqit, methods=["POST"]),
        Route("/bloqit/{token}/couriers", app.couriers, methods=["POST"]),
        Route("/blink/{token}/orders", app.blink, methods=["POST"]),
        Route("/blink/{token}/statuses", app.blink, methods=["POST"]),
        Route("/logistics/{token}", app.logistics, methods=["POST"]),
    ]
    return Starlette(routes=routes, exception_handlers={HTTPException: _refusal, Exception: _defect})


class _Receiver:
    def __init__(self, accept: Accept, clock: Clock, *, fresh_id: Callable[[], str], doors: Doors) -> None:
        self._intake = Intake(accept)
        self._clock = clock
        self._fresh_id = fresh_id
        self._doors = doors

    async def bloqit(self, request: Request) -> Response:
        door = self._doors.bloqit
        if door is None:
            raise HTTPException(404)
        return await self._answer(request, lambda raw, now: door.take(raw, request.headers, now=now))

    async def blink(self, request: Request) -> Response:
        return await self._behind_token(request, self._doors.blink)

    async def logistics(self, request: Request) -> Response:
        return await self._behind_token(request, self._doors.logistics)

    async def couriers(self, request: Request) -> Response:
        door = self._doors.couriers
        if door is None or not opens(str(request.path_params["token"]), door.tokens):
            raise HTTPException(404)
        raw = await _body(request)
        try:
            status, body = await run_in_threadpool(door.answer, raw)
        except BadBodyError as error:
            return _refused(request, 400, error)
        return JSONResponse(dict(body), status)

    async def _behind_token(self, request: Request, door: BlinkDoor | LogisticsDoor | None) -> Response:
        if door is None or not opens(str(request.path_params["token"]), door.tokens):
            raise HTTPException(404)
        return await self._answer(request, lambda raw, now: door.take(raw, now=now, fresh_id=self._fresh_id))

    async def _answer(self, request: Request, take: Take) -> Response:
        with taking(request, _door(request)) as taken:
            taken.answer = await self._taken(request, take, taken)
        return taken.answer

    async def _taken(self, request: Request, take: Take, taken: Taking) -> Response:
        raw = await _body(request)
        try:
            now = self._clock()
            arrival = take(raw, now) if len(raw) <= INLINE else await run_in_threadpool(take, raw, now)
        except BadSignatureError as error:
            return _refused(request, 401, error)
        except BadBodyError as error:
            return _refused(request, 400, error)
        try:
            new = await self._intake.bring(arrival if taken.trace is None else replace(arrival, trace=taken.trace))
        except MalformedEventError as error:
            return _refused(request, 400, error)
        except (OursError, NetworksError) as error:
            tell(WebhookUnstored(_door(request), 503, type(error).__name__))
            return _error(503, "the message could not be stored; please send it again")
        return JSONResponse({"accepted": True} if new else {"accepted": True, "duplicate": True})


async def _body(request: Request) -> bytes:
    """The body, unless it is too long: then reading stops, and what was read is dropped."""
    announced = request.headers.get("content-length", "")
    if announced.isascii() and announced.isdigit() and int(announced[:12]) > LARGEST_BODY:
        raise HTTPException(413)
    raw = bytearray()
    try:
        async for chunk in request.stream():
            raw += chunk
            if len(raw) > LARGEST_BODY:
                raise HTTPException(413)
    except ClientDisconnect:
        # The sender hung up before the end; it hears no answer, and nothing of it is kept.
        raise HTTPException(400, "the body was cut off") from None
    return bytes(raw)


def _error(status: int, reason: str) -> Response:
    return JSONResponse({"error": reason}, status_code=status)


def _refused(request: Request, status: int, error: Exception, reason: str | None = None) -> Response:
    tell(WebhookRefused(_door(request), status, type(error).__name__))
    return _error(status, str(error) if reason is None else reason)


def _refusal(request: Request, error: Exception) -> Response:
    refusal = cast("HTTPException", error)  # it is registered for these alone
    return _refused(request, refusal.status_code, refusal, refusal.detail)


def _defect(request: Request, error: Exception) -> Response:
    """Starlette raises it again, for the server's own log; the sender learns only that it was not stored."""
    tell(WebhookUnstored(_door(request), 500, type(error).__name__))
    return _error(500, "the message could not be stored")


def _door(request: Request) -> str:
    """Which door was knocked at, by the name of what answers there: the path may hold a secret."""
    return str(getattr(request.scope.get("endpoint"), "__name__", "none"))
