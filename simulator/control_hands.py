"""Control routes for hands and feet: customers, couriers, restaurants, riders, and Bloq.it's own people.

May not put the world into a state of one's choice. Non-obvious choice: hands obey the same rules as the APIs; whoever wants a
rent in a state has to walk there.
"""

from typing import Annotated, Literal

from pydantic import Field, JsonValue, StrictBool

from . import dropoffs, rentals
from .bloqit import maintain, spring_open
from .riders import PROFILES
from .strict import StrictForm, read_strict
from .web import Answer, Call, Operation
from .words import Cause, Json, iso
from .world import World


class Urls(StrictForm):
    """Where Blink posts orders and their statuses; an empty one is not called."""

    order_url: str = ""
    status_url: str = ""


class Url(StrictForm):
    """Where Blink Logistics posts task events; empty for nowhere."""

    url: str


class StatusForm(StrictForm):
    """A status that somebody sets in the Blink app."""

    status: Annotated[int, Field(ge=0, le=4)]
    comment: str = ""


class EventForm(StrictForm):
    """Something that a rider or a dispatcher does."""

    eventId: Annotated[int, Field(ge=22, le=29)]  # noqa: N815 - the vendor's name
    agent: dict[str, JsonValue] | None = None
    reason: str = ""


class Until(StrictForm):
    """The event to walk to."""

    until: Annotated[int, Field(ge=23, le=27)] = 27


class CodeForm(StrictForm):
    """A code typed at a bloq; `bloqID` says which bloq, for a rent that has none yet."""

    code: str
    bloqID: str = ""  # noqa: N815 - the vendor's name


class MessageForm(StrictForm):
    """Why somebody gives up."""

    message: str = ""


class RideForm(StrictForm):
    """A rider's rounds: one of the profiles, or steps of virtual seconds and event."""

    profile: Literal["normal", "return", "unassign", "reassign", "cancel"] = "normal"
    steps: list[tuple[Annotated[float, Field(ge=0, le=1e8)], Annotated[int, Field(ge=22, le=29)]]] | None = None


class RidersForm(StrictForm):
    """Who meets new tasks; empty for nobody."""

    profile: Literal["", "normal", "return", "unassign", "reassign", "cancel"]


class MaintenanceForm(StrictForm):
    """A word of Bloq.it's people."""

    status: str


class PaymentForm(StrictForm):
    """How an attempt to pay ends."""

    succeeds: StrictBool


def _blink_urls(world: World, call: Call) -> Answer:
    form = read_strict(Urls, call.body)
    world.blink.order_url, world.blink.status_url = form.order_url, form.status_url
    return Answer({"order_url": form.order_url, "status_url": form.status_url})


def _place_order(world: World, call: Call) -> Answer:
    return Answer(world.blink.place(call.body, cause=Cause(call.operation, "blink_app", "customer")).view(), 201)


def _move_order(world: World, call: Call) -> Answer:
    order, form = world.blink.order(call.path["order"]), read_strict(StatusForm, call.body)
    world.blink.move(order, form.status, comment=form.comment, cause=Cause(call.operation, "blink_app", "restaurant"))
    return Answer(order.view())


def _logistics_url(world: World, call: Call) -> Answer:
    world.logistics.url = read_strict(Url, call.body).url
    return Answer({"url": world.logistics.url})


def _task_event(world: World, call: Call) -> Answer:
    task, form = world.logistics.task(call.path["task"]), read_strict(EventForm, call.body)
    cause = Cause(call.operation, "rider")
    world.logistics.happen(task, form.eventId, cause=cause, agent=form.agent, reason=form.reason)
    return Answer(task.view())


def _walk(world: World, call: Call) -> Answer:
    task = world.logistics.task(call.path["task"])
    events: list[Json] = [*world.logistics.walk(task, read_strict(Until, call.body).until, cause=Cause(call.operation, "rider"))]
    return Answer({"events": events, "task": task.view()})


def _ride(world: World, call: Call) -> Answer:
    task, form = world.logistics.task(call.path["task"]), read_strict(RideForm, call.body)
    planned = world.riders.ride(task, PROFILES[form.profile] if form.steps is None else form.steps)
    return Answer([{"at": iso(at), "eventId": event} for at, event in planned])


def _riders(world: World, call: Call) -> Answer:
    world.riders.profile = read_strict(RidersForm, call.body).profile
    return Answer({"profile": world.riders.profile})


def _drop_off(world: World, call: Call) -> Answer:
    rent, form = world.bloqit.rent(call.path["rent"]), read_strict(CodeForm, call.body)
    cause = Cause(call.operation, "locker", "courier")
    dropoffs.drop_off(world.bloqit, rent, code=form.code, cause=cause, bloq_id=form.bloqID)
    return Answer(world.bloqit.view(rent))


def _drop_off_at(world: World, call: Call) -> Answer:
    bloq, form = world.bloqit.bloq(call.path["bloq"]), read_strict(CodeForm, call.body)
    rent = dropoffs.at_keypad(world.bloqit, bloq, code=form.code, cause=Cause(call.operation, "locker", "courier"))
    return Answer({} if rent is None else world.bloqit.view(rent))


def _confirm(world: World, call: Call) -> Answer:
    rent = world.bloqit.rent(call.path["rent"])
    dropoffs.confirm(world.bloqit, rent, cause=Cause(call.operation, "locker", "customer"))
    return Answer(world.bloqit.view(rent))


def _give_up(world: World, call: Call) -> Answer:
    rent, form = world.bloqit.rent(call.path["rent"]), read_strict(MessageForm, call.body)
    dropoffs.give_up(world.bloqit, rent, message=form.message, cause=Cause(call.operation, "locker", "customer"))
    return Answer(world.bloqit.view(rent))


def _disconnect(world: World, call: Call) -> Answer:
    bloq = world.bloqit.bloq(call.path["bloq"])
    dropoffs.disconnect(world.bloqit, bloq, cause=Cause(call.operation, "locker"))
    return Answer(bloq.view())


def _reconnect(world: World, call: Call) -> Answer:
    bloq = world.bloqit.bloq(call.path["bloq"])
    dropoffs.reconnect(world.bloqit, bloq, cause=Cause(call.operation, "locker"))
    return Answer(bloq.view())


def _spring_open(world: World, call: Call) -> Answer:
    locker = world.bloqit.locker(call.path["locker"])
    spring_open(world.bloqit, locker, cause=Cause(call.operation, "locker"))
    return Answer(locker.view())


def _maintain(world: World, call: Call) -> Answer:
    locker = world.bloqit.locker(call.path["locker"])
    cause = Cause(call.operation, "bloq_it_admin")
    maintain(world.bloqit, locker, status=read_strict(MaintenanceForm, call.body).status, cause=cause)
    return Answer(locker.view())


def _pick_up(world: World, call: Call) -> Answer:
    rent, form = world.bloqit.rent(call.path["rent"]), read_strict(CodeForm, call.body)
    rentals.pick_up(world.bloqit, rent, cause=Cause(call.operation, "locker", "customer"), code=form.code)
    return Answer(world.bloqit.view(rent))


def _pay(world: World, call: Call) -> Answer:
    rent, form = world.bloqit.rent(call.path["rent"]), read_strict(PaymentForm, call.body)
    rentals.pay(world.bloqit, rent, succeeds=form.succeeds, cause=Cause(call.operation, "locker", "customer"))
    return Answer(world.bloqit.view(rent))


HANDS = (
    Operation("sim.blink.webhooks", "POST", ("/blink/webhooks",), _blink_urls),
    Operation("sim.blink.orders", "POST", ("/blink/orders",), _place_order),
    Operation("sim.blink.status", "POST", ("/blink/orders/{order:path}/status",), _move_order),
    Operation("sim.logistics.webhook", "POST", ("/logistics/webhook",), _logistics_url),
    Operation("sim.logistics.event", "POST", ("/logistics/tasks/{task:path}/event",), _task_event),
    Operation("sim.logistics.walk", "POST", ("/logistics/tasks/{task:path}/walk",), _walk),
    Operation("sim.logistics.ride", "POST", ("/logistics/tasks/{task:path}/ride",), _ride),
    Operation("sim.logistics.riders", "POST", ("/logistics/riders",), _riders),
    Operation("sim.bloqs.offline", "POST", ("/bloqs/{bloq}/offline",), _disconnect),
    Operation("sim.bloqs.online", "POST", ("/bloqs/{bloq}/online",), _reconnect),
    Operation("sim.bloqs.dropoff", "POST", ("/bloqs/{bloq}/dropoff",), _drop_off_at),
    Operation("sim.lockers.spring_open", "POST", ("/lockers/{locker}/open",), _spring_open),
    Operation("sim.lockers.maintenance", "POST", ("/lockers/{locker}/maintenance",), _maintain),
    Operation("sim.rents.confirm", "POST", ("/rents/{rent}/dropoff/confirm",), _confirm),
    Operation("sim.rents.give_up", "POST", ("/rents/{rent}/dropoff/cancel",), _give_up),
    Operation("sim.rents.dropoff", "POST", ("/rents/{rent}/dropoff",), _drop_off),
    Operation("sim.rents.pickup", "POST", ("/rents/{rent}/pickup",), _pick_up),
    Operation("sim.rents.payment", "POST", ("/rents/{rent}/payment",), _pay),
)
"""All of them."""
