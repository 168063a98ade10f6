"""What a client can make the pretend Bloq.it do: one small function for each endpoint that changes something.

May not decide anything about a rent: `deliveries` and `rentals` do. Non-obvious choice: creations answer 201, everything else
200; the document's list of answers is lost, and a client that insists on one of them is wrong.
"""

from collections.abc import Callable
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from . import deliveries, rentals
from .bloqit import Bloqit, close_door
from .forms import RentForm, read_form
from .hooks import PARTNER, Hook, Subject
from .network import Locker
from .record import Thing
from .rent import Rent
from .web import Answer, Call, Handler
from .words import Cause
from .world import World


class HookForm(BaseModel):
    """Body of Create a Webhook (B:3540-3550). The URL is any text: the document's own sample is a path (B:3561)."""

    model_config = ConfigDict(frozen=True)

    url: str = Field(min_length=1)
    enabled_events: list[str] = Field(alias="enabledEvents")
    description: str = ""
    secret: str | None = None


class HookChanges(BaseModel):
    """Body of Update a Webhook (B:3735-3743)."""

    model_config = ConfigDict(frozen=True)

    url: str | None = Field(default=None, min_length=1)
    enabled_events: list[str] | None = Field(default=None, alias="enabledEvents")
    description: str | None = None
    secret: str | None = None


class Availability(BaseModel):
    """Body of Change a locker availability (B:601)."""

    active: StrictBool


def asked_by_api(call: Call) -> Cause:
    """The partner, over the public API (B:3496)."""
    return Cause(call.operation, "public_api", "partner", PARTNER)


def at_the_locker(call: Call) -> Cause:
    """Somebody at the machine (B:3495)."""
    return Cause(call.operation, "locker", "user")


def create_delivery(world: World, call: Call) -> Answer:
    """Create Delivery Operation (B:2397)."""
    rent = deliveries.create(
        world.bloqit,
        read_form(RentForm, call.body),
        cause=asked_by_api(call),
        locker_id=call.query.get("lockerID", ""),
        bloq_id=call.query.get("bloqID", ""),
        customer_id=call.query.get("customerID", ""),
    )
    return Answer(world.bloqit.view(rent), 201)


@dataclass(frozen=True, slots=True)
class OnRent:
    """A request about one rent, and who makes it."""

    side: Bloqit
    rent: Rent
    call: Call

    @property
    def cause(self) -> Cause:
        """The partner."""
        return asked_by_api(self.call)


@dataclass(frozen=True, slots=True)
class OnLocker:
    """A request about one locker, and who makes it."""

    side: Bloqit
    locker: Locker
    call: Call

    @property
    def cause(self) -> Cause:
        """The partner."""
        return asked_by_api(self.call)


def on_rent(act: Callable[[OnRent], None]) -> Handler:
    """A handler that acts on the rent of the path and answers it, with ids (B:1946, 1951)."""

    def handler(world: World, call: Call) -> Answer:
        rent = world.bloqit.rent(call.path["rent"])
        act(OnRent(world.bloqit, rent, call))
        return Answer(world.bloqit.view(rent))

    return handler


def on_locker(act: Callable[[OnLocker], None]) -> Handler:
    """A handler that acts on the locker of the path and answers it (B:495)."""

    def handler(world: World, call: Call) -> Answer:
        locker = world.bloqit.locker(call.path["locker"], bloq=call.path["bloq"])
        act(OnLocker(world.bloqit, locker, call))
        return Answer(locker.view())

    return handler


def make(on: OnRent) -> None:
    """Make Delivery (B:2549)."""
    deliveries.make(on.side, on.rent, cause=on.cause, locker_id=on.call.query.get("lockerID", ""))


def select_locker(on: OnRent) -> None:
    """Select Locker (B:2760)."""
    asked = {name: on.call.query.get(name, "") for name in ("bloqID", "lockerID", "lockerType")}
    deliveries.select_locker(
        on.side, on.rent, cause=on.cause, bloq_id=asked["bloqID"], locker_id=asked["lockerID"], size=asked["lockerType"]
    )


def turn_into_return(on: OnRent) -> None:
    """Return a delivery (B:2832)."""
    deliveries.turn_into_return(on.side, on.rent, form=read_form(RentForm, on.call.body), cause=on.cause)


def update_rent(on: OnRent) -> None:
    """Update Rent (B:1739). It answers the rent: the document's list envelope (B:1846) cannot be meant."""
    rentals.update(on.side, on.rent, form=read_form(RentForm, on.call.body), cause=on.cause)


def extend_rent(on: OnRent) -> None:
    """Extends a rent expiry date (B:1854)."""
    rentals.extend(on.side, on.rent, form=read_form(RentForm, on.call.body), cause=on.cause)


def close_virtually(on: OnLocker) -> None:
    """Close a Locker (virtual) (B:547): "simulate closing door behavior", so the rent inside feels it too."""
    close_door(on.side, on.locker, cause=at_the_locker(on.call))


def set_availability(on: OnLocker) -> None:
    """Change a locker availability (B:601); an existing rent is kept."""
    active, side, locker = read_form(Availability, on.call.body).active, on.side, on.locker
    if active == locker.active:
        return
    locker.active = active
    at, word, before = side.ground.clock.now(), *(("active", "inactive") if active else ("inactive", "active"))
    side.ground.record.add(Thing(locker.id, locker.title), on.cause, at=at, before=before, after=word)
    side.hooks.tell(f"locker.locker_{word}", Subject(locker.rent, locker.bloq, locker.id), cause=on.cause, at=at)


def create_hook(world: World, call: Call) -> Answer:
    """Create a Webhook (B:3534)."""
    form = read_form(HookForm, call.body)
    ground = world.ground
    hook = Hook(
        ground.ids.hex("23d4bcebd23c54bb"), form.url, form.enabled_events, form.description, form.secret or "", ground.clock.now()
    )
    world.bloqit.hooks.registered[hook.id] = hook
    ground.record.add(Thing(hook.id), asked_by_api(call), at=hook.updated, before="-", after="registered")
    return Answer(hook.view(), 201)


def update_hook(world: World, call: Call) -> Answer:
    """Update a Webhook (B:3722)."""
    hook = world.bloqit.hooks.get(call.path["hook"])
    form = read_form(HookChanges, call.body)
    hook.url = form.url or hook.url
    hook.events = hook.events if form.enabled_events is None else form.enabled_events
    hook.description = hook.description if form.description is None else form.description
    hook.secret = hook.secret if form.secret is None else form.secret
    hook.updated = world.clock.now()
    world.record.add(Thing(hook.id), asked_by_api(call), at=hook.updated, before="registered", after="registered")
    return Answer(hook.view())


def delete_hook(world: World, call: Call) -> Answer:
    """Delete a Webhook (B:3772): answers what was deleted."""
    hook = world.bloqit.hooks.get(call.path["hook"])
    del world.bloqit.hooks.registered[hook.id]
    world.record.add(Thing(hook.id), asked_by_api(call), at=world.clock.now(), before="registered", after="-")
    return Answer(hook.view())
