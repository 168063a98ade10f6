"""Control routes for couriers at a bloq: they show a token (B:3374), or credentials that a partner judges (B:3376).

May not keep credentials, nor tell them in an event. Non-obvious choice: nobody says how a partner's service is asked and how it
answers (B:3376); it is asked by a POST, and `Settings.courier_verdict` says where its answer has the verdict.
"""

import json
from contextlib import ExitStack

from pydantic import JsonValue, model_validator

from . import couriers
from .mail import Delivery, HttpSender, UndeliverableError
from .strict import StrictForm, read_strict
from .web import Answer, Call, Operation
from .words import Cause, Json, JsonObject, RefusedError
from .world import World

CUT_OFF = 10.0
"""Real seconds that a partner's service has for its answer; not documented."""


class UrlForm(StrictForm):
    """Where the partner authenticates couriers; empty for nowhere."""

    url: str


class LoginForm(StrictForm):
    """What a courier shows at a bloq: a token, or credentials of whatever kind."""

    token: str | None = None
    credentials: dict[str, JsonValue] | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> "LoginForm":
        if (self.token is None) == (self.credentials is None):
            raise ValueError("a courier shows either a token or credentials")
        return self


def _register(world: World, call: Call) -> Answer:
    world.courier_url = read_strict(UrlForm, call.body).url
    return Answer({"url": world.courier_url})


def _log_in(world: World, call: Call) -> Answer:
    form = read_strict(LoginForm, call.body)
    with world.lock:
        bloq = world.bloqit.bloq(call.path["bloq"]).id
        at, url = world.clock.now(), world.courier_url
    if form.token is not None:
        claims = couriers.read(form.token, at=at, bloq=bloq)
        # B:3481: "the courier data", or "the authentication code rejected".
        valid, told = claims is not None, {"courierID": str(claims["courier_id"])} if claims else {"code": form.token}
    elif not url:
        message = "credentials need a partner's URL at POST /sim/couriers/authentication; got none"
        raise RefusedError(409, "urlInvalid", message=message, fields=("credentials",))
    else:
        valid, told = _judged(world, Delivery("couriers.authentication", url, _asked(bloq, form), _HEADERS, CUT_OFF))
    with world.lock:
        cause = Cause(call.operation, "locker", "courier")
        world.bloqit.hooks.tell_bloq("bloq.courier_authentication", bloq, cause=cause, metadata=told)
    return Answer({"valid": valid})


_HEADERS = {"content-type": "application/json"}


def _asked(bloq: str, form: LoginForm) -> bytes:
    return json.dumps({"bloqID": bloq, "credentials": form.credentials}).encode()


def _judged(world: World, delivery: Delivery) -> tuple[bool, dict[str, str]]:
    """The partner's verdict, and what an event may tell of it."""
    with ExitStack() as stack:
        ask = world.asker or stack.enter_context(HttpSender()).ask
        try:
            status, raw = ask(delivery)
        except UndeliverableError:
            return False, {"reason": "the partner does not answer"}
    body = _object(raw)
    accepted = status in range(200, 300)
    valid = accepted and (world.settings.courier_verdict == "status" or body.get("valid") is True)
    known = body.get("courierID")
    told = {"courierID": known} if isinstance(known, str) else {}
    return valid, told if valid else {"reason": f"the partner answered {status}"}


def _object(raw: bytes) -> JsonObject:
    try:
        found: Json = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _log_out(world: World, call: Call) -> Answer:
    bloq = world.bloqit.bloq(call.path["bloq"])
    world.bloqit.hooks.tell_bloq("bloq.courier_logout", bloq.id, cause=Cause(call.operation, "locker", "courier"))
    return Answer({})


COURIERS = (
    Operation("sim.couriers.authentication", "POST", ("/couriers/authentication",), _register),
    Operation("sim.couriers.log_in", "POST", ("/bloqs/{bloq}/couriers/login",), _log_in, waits=True),
    Operation("sim.couriers.log_out", "POST", ("/bloqs/{bloq}/couriers/logout",), _log_out),
)
"""All of them."""
