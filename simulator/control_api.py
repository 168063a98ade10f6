"""The control routes `/sim`: what no vendor offers and a test needs: the clock, the record, hands and feet, and faults.

May not be used by a client of the vendors' APIs. Non-obvious choice: hands and feet (a courier, a customer, a rider, the Blink
app) obey the same rules as the APIs; there is no route that puts the world into a state of one's choice.
"""

from typing import Annotated

from pydantic import BaseModel, Field, JsonValue, StrictBool

from . import dropoffs, rentals
from .blink_api import BLINK
from .bloqit_api import BLOQIT
from .faults import Fault, Kind
from .forms import read_form
from .logistics_api import LOGISTICS
from .web import Answer, Call, Door, Operation, admit_all, word_plain
from .words import Cause, Json, JsonObject, RefusedError, iso
from .world import World

FAULTY = frozenset(operation.name for door in (BLOQIT, BLINK, LOGISTICS) for operation in door.operations)
"""Operations that can have a fault: every one of the vendors' APIs."""

REFUSALS = {"refuse": 409, "error_before_effect": 504, "error_after_effect": 504, "hold_answer": 200}
"""HTTP status of a fault that names none."""


class Advance(BaseModel):
    """`seconds` of virtual time."""

    seconds: float


class FaultForm(BaseModel):
    """A fault to arm. `seconds` are real ones."""

    operation: str
    kind: Kind
    status: Annotated[int, Field(ge=400, le=599)] | None = None
    seconds: Annotated[float, Field(ge=0, le=3600)] = 60.0
    count: Annotated[int, Field(ge=1, le=1_000_000)] = 1


class Urls(BaseModel):
    """Where Blink posts orders and their statuses; an empty one is not called."""

    order_url: str = ""
    status_url: str = ""


class Url(BaseModel):
    """Where Blink Logistics posts task events; empty for nowhere."""

    url: str


class StatusForm(BaseModel):
    """A status that somebody sets in the Blink app."""

    status: Annotated[int, Field(ge=0, le=4)]
    comment: str = ""


class EventForm(BaseModel):
    """Something that a rider or a dispatcher does."""

    eventId: Annotated[int, Field(ge=22, le=29)]  # noqa: N815 - the vendor's name
    agent: dict[str, JsonValue] | None = None
    reason: str = ""


class Until(BaseModel):
    """The event to walk to."""

    until: Annotated[int, Field(ge=23, le=27)] = 27


class CodeForm(BaseModel):
    """A code typed at a bloq; `bloqID` says which bloq, for a rent that has none yet."""

    code: str
    bloqID: str = ""  # noqa: N815 - the vendor's name


class PaymentForm(BaseModel):
    """How an attempt to pay ends."""

    succeeds: StrictBool


class LabForm(BaseModel):
    """Mischief for the next webhooks, each a number of them."""

    drop: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    duplicate: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    reorder: Annotated[int, Field(ge=0, le=1_000_000)] = 0


def _clock(world: World, _call: Call | None = None) -> Answer:
    return Answer({"now": iso(world.clock.now()), "mode": world.clock.mode})


def _advance(world: World, call: Call) -> Answer:
    world.clock.advance(read_form(Advance, call.body).seconds)
    return _clock(world)


def _freeze(world: World, _call: Call) -> Answer:
    world.clock.freeze()
    return _clock(world)


def _run(world: World, _call: Call) -> Answer:
    world.clock.run()
    return _clock(world)


def _record(world: World, call: Call) -> Answer:
    found = world.record.find(thing=call.query.get("object", ""), operation=call.query.get("operation", ""))
    return Answer({"count": len(found), "effects": [effect.view() for effect in found]})


def _state(world: World, _call: Call) -> Answer:
    return Answer(world.state())


def _arm(world: World, call: Call) -> Answer:
    form = read_form(FaultForm, call.body)
    if form.operation not in FAULTY:
        raise RefusedError(400, "operationInvalid", message=f"operation must be one of {', '.join(sorted(FAULTY))}.")
    fault = Fault(form.operation, form.kind, form.status or REFUSALS[form.kind], form.seconds, form.count)
    world.faults.armed.append(fault)
    return Answer(fault.view(), 201)


def _faults(world: World, _call: Call) -> Answer:
    return Answer([fault.view() for fault in world.faults.armed])


def _release(world: World, _call: Call) -> Answer:
    world.faults.release()
    return Answer({})


def _blink_urls(world: World, call: Call) -> Answer:
    form = read_form(Urls, call.body)
    world.blink.order_url, world.blink.status_url = form.order_url, form.status_url
    return Answer({"order_url": form.order_url, "status_url": form.status_url})


def _place_order(world: World, call: Call) -> Answer:
    return Answer(world.blink.place(call.body, cause=Cause(call.operation, "blink_app", "customer")).view(), 201)


def _move_order(world: World, call: Call) -> Answer:
    order, form = world.blink.order(call.path["order"]), read_form(StatusForm, call.body)
    world.blink.move(order, form.status, comment=form.comment, cause=Cause(call.operation, "blink_app", "restaurant"))
    return Answer(order.view())


def _logistics_url(world: World, call: Call) -> Answer:
    world.logistics.url = read_form(Url, call.body).url
    return Answer({"url": world.logistics.url})


def _task_event(world: World, call: Call) -> Answer:
    task, form = world.logistics.task(call.path["task"]), read_form(EventForm, call.body)
    cause = Cause(call.operation, "rider")
    world.logistics.happen(task, form.eventId, cause=cause, agent=form.agent, reason=form.reason)
    return Answer(task.view())


def _walk(world: World, call: Call) -> Answer:
    task = world.logistics.task(call.path["task"])
    events: list[Json] = [*world.logistics.walk(task, read_form(Until, call.body).until, cause=Cause(call.operation, "rider"))]
    return Answer({"events": events, "task": task.view()})


def _drop_off(world: World, call: Call) -> Answer:
    rent, form = world.bloqit.rent(call.path["rent"]), read_form(CodeForm, call.body)
    cause = Cause(call.operation, "locker", "courier")
    dropoffs.drop_off(world.bloqit, rent, code=form.code, cause=cause, bloq_id=form.bloqID)
    return Answer(world.bloqit.view(rent))


def _pick_up(world: World, call: Call) -> Answer:
    rent, form = world.bloqit.rent(call.path["rent"]), read_form(CodeForm, call.body)
    rentals.pick_up(world.bloqit, rent, cause=Cause(call.operation, "locker", "customer"), code=form.code)
    return Answer(world.bloqit.view(rent))


def _pay(world: World, call: Call) -> Answer:
    rent, form = world.bloqit.rent(call.path["rent"]), read_form(PaymentForm, call.body)
    rentals.pay(world.bloqit, rent, succeeds=form.succeeds, cause=Cause(call.operation, "locker", "customer"))
    return Answer(world.bloqit.view(rent))


def _deploy(world: World, call: Call) -> Answer:
    location = world.bloqit.locations.get(call.path["location"])
    world.bloqit.locations.deploy(location, cause=Cause(call.operation, "bloq_it_admin"))
    return Answer({"_id": location.id} | location.view())


def _settle(world: World, _call: Call) -> Answer:
    return Answer(world.mail.settle())


def _log(world: World, _call: Call) -> Answer:
    return Answer([attempt.view() for attempt in world.mail.log])


def _lab(world: World, call: Call) -> Answer:
    form = read_form(LabForm, call.body)
    lab = world.mail.lab
    lab.drop, lab.duplicate, lab.reorder = form.drop, form.duplicate, form.reorder
    planned: JsonObject = {"drop": lab.drop, "duplicate": lab.duplicate, "reorder": lab.reorder}
    return Answer(planned)


CONTROL = Door(
    admit_all,
    word_plain,
    (
        Operation("sim.clock", "GET", ("/clock",), _clock),
        Operation("sim.clock.advance", "POST", ("/clock/advance",), _advance),
        Operation("sim.clock.freeze", "POST", ("/clock/freeze",), _freeze),
        Operation("sim.clock.run", "POST", ("/clock/run",), _run),
        Operation("sim.record", "GET", ("/record",), _record),
        Operation("sim.state", "GET", ("/state",), _state),
        Operation("sim.faults.arm", "POST", ("/faults",), _arm),
        Operation("sim.faults.list", "GET", ("/faults",), _faults),
        Operation("sim.faults.release", "POST", ("/faults/release",), _release),
        Operation("sim.blink.webhooks", "POST", ("/blink/webhooks",), _blink_urls),
        Operation("sim.blink.orders", "POST", ("/blink/orders",), _place_order),
        Operation("sim.blink.status", "POST", ("/blink/orders/{order:path}/status",), _move_order),
        Operation("sim.logistics.webhook", "POST", ("/logistics/webhook",), _logistics_url),
        Operation("sim.logistics.event", "POST", ("/logistics/tasks/{task:path}/event",), _task_event),
        Operation("sim.logistics.walk", "POST", ("/logistics/tasks/{task:path}/walk",), _walk),
        Operation("sim.rents.dropoff", "POST", ("/rents/{rent}/dropoff",), _drop_off),
        Operation("sim.rents.pickup", "POST", ("/rents/{rent}/pickup",), _pick_up),
        Operation("sim.rents.payment", "POST", ("/rents/{rent}/payment",), _pay),
        Operation("sim.locations.deploy", "POST", ("/locations/{location}/deploy",), _deploy),
        Operation("sim.webhooks.settle", "POST", ("/webhooks/settle",), _settle, waits=True),
        Operation("sim.webhooks.log", "GET", ("/webhooks/log",), _log),
        Operation("sim.webhooks.lab", "POST", ("/webhooks/lab",), _lab),
    ),
)
"""The whole control surface."""
