"""What a client can make rents do at the pretend Bloq.it: one small function for each endpoint with more than a path.

May not decide anything about a rent: `deliveries`, `stores`, `returns` and `rentals` do. Non-obvious choice: a rent of another
type is a 409 and not a 404 at the endpoints of one type, because it is there; only its rules do not know the trigger.
"""

from typing import Literal

from pydantic import BaseModel, Field, StrictBool

from . import bloqit_asked as asked
from . import deliveries, rentals, returns, stores
from .bloqit_calls import OnRent, asked_by_api
from .forms import RentForm, SendForm, StartForm, read_form
from .web import Answer, Call, Handler
from .world import World


class EndForm(BaseModel):
    """Body of Ends a Store (B:2289-2294)."""

    open_locker: StrictBool = Field(default=False, alias="openLocker")


def create_delivery(world: World, call: Call) -> Answer:
    """Create Delivery Operation (B:2397)."""
    rent = deliveries.create(
        world.bloqit,
        read_form(RentForm, call.body),
        cause=asked_by_api(call),
        locker_id=call.text(asked.LOCKER),
        bloq_id=call.text(asked.BLOQ),
        customer_id=call.text(asked.CUSTOMER),
    )
    return Answer(world.bloqit.view(rent), 201)


def start(kind: Literal["store", "send"], form: type[StartForm]) -> Handler:
    """Start a Store operation (B:2221), or a Send (B:2330)."""

    def handler(world: World, call: Call) -> Answer:
        sent = read_form(form, call.body)
        rent = stores.start(
            world.bloqit,
            kind,
            form=sent,
            locker_id=call.text(asked.LOCKER),
            customer_id=call.text(asked.CUSTOMER),
            cause=asked_by_api(call),
        )
        rent.phone = sent.phone_number if isinstance(sent, SendForm) else ""
        return Answer(world.bloqit.view(rent), 201)

    return handler


def end_store(on: OnRent) -> None:
    """Ends a Store operation (B:2276)."""
    stores.end(on.side, on.rent, open_locker=read_form(EndForm, on.call.body).open_locker, cause=on.cause)


def create_return(world: World, call: Call) -> Answer:
    """Create a Return (B:2887)."""
    rent = returns.create(world.bloqit, read_form(RentForm, call.body), wish=_wish(call), cause=asked_by_api(call))
    return Answer(world.bloqit.view(rent), 201)


def reserve_return(on: OnRent) -> None:
    """Reserve Locker (B:2996)."""
    returns.reserve(on.side, on.rent, wish=_wish(on.call), form=read_form(RentForm, on.call.body), cause=on.cause)


def _wish(call: Call) -> returns.Wish:
    return returns.Wish(*(call.text(one) for one in asked.WISH))


def make(on: OnRent) -> None:
    """Make Delivery (B:2549)."""
    deliveries.make(on.side, on.rent, cause=on.cause, locker_id=on.call.text(asked.LOCKER))


def select_locker(on: OnRent) -> None:
    """Select Locker (B:2760)."""
    bloq, locker, size = (on.call.text(one) for one in asked.SELECT)
    deliveries.select_locker(on.side, on.rent, cause=on.cause, bloq_id=bloq, locker_id=locker, size=size)


def turn_into_return(on: OnRent) -> None:
    """Return a delivery (B:2832)."""
    deliveries.turn_into_return(on.side, on.rent, form=read_form(RentForm, on.call.body), cause=on.cause)


def update_rent(world: World, call: Call) -> Answer:
    """Update Rent (B:1739). It answers the rent; or the document's list envelope (B:1846), or nothing, as the settings say."""
    rent = world.bloqit.rent(call.path["rent"])
    rentals.update(world.bloqit, rent, form=read_form(RentForm, call.body), cause=asked_by_api(call))
    told = world.bloqit.view(rent)
    match world.settings.update_answer:
        case "rent":
            return Answer(told)
        case "envelope":
            return Answer({"totalDocs": 1, "page": 1, "limit": 10, "docs": [told]})
        case "empty":
            return Answer({})


def extend_rent(on: OnRent) -> None:
    """Extends a rent expiry date (B:1854)."""
    rentals.extend(on.side, on.rent, form=read_form(RentForm, on.call.body), cause=on.cause)
