"""What a client can ask about customers and couriers of the pretend Bloq.it (B:3123-3437).

May not decide anything. Non-obvious choice: a token is made by a GET (B:3414), and yet recorded: it is an effect, and a client
that repeats it blindly should be seen.
"""

import json
import re

from pydantic import BaseModel, ConfigDict, Field

from . import bloqit_asked as asked
from .bloqit_calls import asked_by_api
from .couriers import lifetime, token
from .customers import Customer
from .forms import read_form
from .queries import many, required, word
from .record import Thing
from .web import Answer, Call, page_of
from .words import Json, JsonObject, RefusedError
from .world import World


class CustomerForm(BaseModel):
    """Body of Create a Customer (B:3133-3145) and of its update (B:3289-3301): nothing is required."""

    model_config = ConfigDict(frozen=True)

    name: str | None = None
    email: str | None = None
    phone_number: str | None = Field(default=None, alias="phoneNumber")


def create_customer(world: World, call: Call) -> Answer:
    """Create a Customer (B:3127)."""
    return Answer(world.bloqit.customers.create(_known(call), cause=asked_by_api(call)).view(), 201)


def list_customers(world: World, call: Call) -> Answer:
    """List all Customers (B:3168); active rents are those that have not finished (B:1412)."""
    wanted = word(call, asked.WITH_RENTS)
    busy = {rent.customer for rent in world.bloqit.rents.values() if rent.unfinished}
    found = world.bloqit.customers.known.values()
    return page_of(call, [one.view() for one in found if wanted in ("", "all", "with" if one.id in busy else "without")])


def get_customer(world: World, call: Call) -> Answer:
    """Retrieve a Customer (B:3229)."""
    return Answer(_customer(world, call).view())


def update_customer(world: World, call: Call) -> Answer:
    """Update a Customer (B:3275)."""
    customer = _customer(world, call)
    world.bloqit.customers.update(customer, _known(call), cause=asked_by_api(call))
    return Answer(customer.view())


def delete_customer(world: World, call: Call) -> Answer:
    """Delete a Customer (B:3323): answers who was deleted."""
    customer = _customer(world, call)
    world.bloqit.customers.delete(customer, cause=asked_by_api(call))
    return Answer(customer.view())


def create_token(world: World, call: Call) -> Answer:
    """Get Courier Auth Token (B:3378)."""
    courier, bloq_ids, metadata = required(call, asked.COURIER), sorted(many(call, asked.TOKEN_BLOQS)), _metadata(call)
    seconds = lifetime(call.query.get(asked.LIFETIME.name, "1day"))
    for bloq_id in bloq_ids:
        world.bloqit.bloq(bloq_id)
    # The sample shows courier_id alone; how the other two are named inside is a guess.
    payload: JsonObject = {"courier_id": courier}
    payload |= {"bloq_ids": [*bloq_ids]} if bloq_ids else {}
    payload |= {"metadata": metadata} if metadata else {}
    at = world.clock.now()
    world.record.add(Thing(courier), asked_by_api(call), at=at, before="-", after="token")
    return Answer({"token": token(payload, seconds=seconds, at=at)})


def _customer(world: World, call: Call) -> Customer:
    return world.bloqit.customers.get(call.path["customer"])


def _known(call: Call) -> JsonObject:
    return read_form(CustomerForm, call.body).model_dump(by_alias=True, exclude_unset=True)


def _metadata(call: Call) -> JsonObject:
    """An object in a query string (B:3402): as JSON, or as `metadata[name]=value`."""
    bracketed = (re.fullmatch(rf"{asked.METADATA.name}\[(.+)\]", name) for name in call.query)
    named: JsonObject = {found[1]: call.query[found[0]] for found in bracketed if found}
    text = call.text(asked.METADATA)
    try:
        sent: Json = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        sent = None
    if not isinstance(sent, dict):
        raise RefusedError(400, "metadataInvalid", message="metadata is not an object.", fields=("metadata",))
    return named | sent
