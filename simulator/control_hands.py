"""Control routes for hands and feet: customers, couriers, restaurants, riders, and Bloq.it's own people.

May not put the world into a state of one's choice. Non-obvious choice: hands obey the same rules as the APIs; whoever wants a
rent in a state has to walk there.
"""

from typing import Annotated

from pydantic import BaseModel, Field, JsonValue, StrictBool

from . import dropoffs, rentals
from .forms import read_form
from .web import Answer, Call, Operation
from .words import Cause, Json
from .world import World


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


HANDS = (
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
)
"""All of them."""
