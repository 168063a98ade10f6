"""The routes of the pretend Bloq.it that are about rents, as a table, with what each asks for and answers.

May not hold any behaviour. Non-obvious choice: all plausible paths are served where the document gives none, as in `bloqit_api`.
"""

from . import bloqit_actions as actions
from . import bloqit_asked as asked
from . import bloqit_lookups as lookups
from . import deliveries, rentals, returns
from .bloqit_calls import HARDWARE, RENT, at_the_locker, on_rent, op
from .contract import Contract, Schema, listed, paged, shape
from .forms import RentForm, SendForm, StartForm


def _start(about: str, form: type[StartForm]) -> Contract:
    """Of what opens a locker for a new rent."""
    return Contract(about, RENT, query=asked.START, body=form, status=201, errors=(404, *HARDWARE))


_STARTS = (
    *(
        op(
            "stores.start",
            f"{method} /stores",
            actions.start("store", StartForm),
            _start("Start a Store operation (B:2221)", StartForm),
            "/stores/start",
        )
        for method in ("POST", "PUT")
    ),
    op(
        "stores.end",
        "PUT /stores/{rent}/end",
        on_rent(actions.end_store),
        Contract("Ends a Store operation (B:2276)", RENT, body=actions.EndForm, errors=HARDWARE),
        "/stores/{rent}/finish",
    ),
    op(
        "sends.start",
        "POST /sends",
        actions.start("send", SendForm),
        _start("Start a Send operation (B:2330)", SendForm),
        "/sends/start",
    ),
    op(
        "returns.create",
        "POST /returns",
        actions.create_return,
        Contract("Create a Return (B:2887)", RENT, query=asked.WISH, body=RentForm, status=201, errors=(404, 409)),
        "/returns/reserveLocker",
    ),
    op(
        "returns.reserve_locker",
        "PUT /returns/{rent}/reserve",
        on_rent(actions.reserve_return),
        Contract("Reserve Locker (B:2996)", RENT, query=asked.RESERVE, body=RentForm, errors=(409,)),
        "/returns/{rent}/reserve-locker",
        "/returns/{rent}/reserveLocker",
    ),
    op(
        "returns.finish",
        "PUT /returns/{rent}/finish",
        on_rent(lambda on: returns.finish(on.side, on.rent, cause=on.cause)),
        Contract("Finish a Return (B:3068)", RENT, errors=(403, 409)),
    ),
)

_DELIVERIES = (
    op(
        "deliveries.create",
        "POST /deliveries/reserveLocker",
        actions.create_delivery,
        Contract("Create Delivery Operation (B:2397)", RENT, query=asked.CREATE, body=RentForm, status=201, errors=(404, 409)),
        "/deliveries",
    ),
    op(
        "deliveries.make",
        "PUT /deliveries/{rent}/make",
        on_rent(actions.make),
        Contract("Make Delivery (B:2549)", RENT, query=asked.MAKE, errors=HARDWARE),
    ),
    op(
        "deliveries.notify",
        "PUT /deliveries/{rent}/notify",
        on_rent(lambda on: deliveries.notify(on.side, on.rent, cause=on.cause)),
        Contract("Notify Client (B:2607)", RENT, errors=(409,)),
    ),
    op(
        "deliveries.ready_for_pickup",
        "PUT /deliveries/{rent}/ready-for-pickup",
        on_rent(lambda on: deliveries.step(on.side, on.rent, trigger="ready_for_pickup", cause=on.cause)),
        Contract("Ready For Pickup (B:2658)", RENT, errors=(403, 409)),
    ),
    op(
        "deliveries.in_transit",
        "PUT /deliveries/{rent}/in-transit",
        on_rent(lambda on: deliveries.step(on.side, on.rent, trigger="in_transit", cause=on.cause)),
        Contract("In Transit (B:2709)", RENT, errors=(403, 409)),
    ),
    op(
        "deliveries.select_locker",
        "PUT /deliveries/{rent}/select-locker",
        on_rent(actions.select_locker),
        Contract("Select Locker (B:2760)", RENT, query=asked.SELECT, errors=(409,)),
    ),
    op(
        "deliveries.return_",
        "PUT /deliveries/{rent}/return",
        on_rent(actions.turn_into_return),
        Contract("Return a delivery (B:2832)", RENT, body=RentForm, errors=(409,)),
    ),
)

_UPDATED: Schema = {"anyOf": [RENT, paged(RENT), {"type": "object", "maxProperties": 0}]}
"""What Update Rent answers is a policy: `Settings.update_answer`."""

_RENTS = (
    op("rents.list", "GET /rents", lookups.list_rents, Contract("List all rents (B:1305)", paged(RENT), asked.RENTS)),
    op(
        "rents.list_active",
        "GET /rents/active",
        lookups.active_rents,
        Contract("List all active rents (B:1410)", paged(RENT), asked.ACTIVE_RENTS),
    ),
    op(
        "rents.list_reached",
        "GET /rents/reached-state",
        lookups.reached_rents,
        Contract("List all rents with state (B:1509)", paged(RENT), asked.REACHED_RENTS),
    ),
    op(
        "rents.history",
        "GET /rents/{rent}/history",
        lookups.rent_history,
        Contract("Rent History (B:1639)", listed(shape("Event")), asked.HISTORY, errors=(404,)),
        "/rents/history",
    ),
    op(
        "rents.get_by_external_id",
        "GET /rents/external/{external:path}",
        lookups.rent_by_external,
        Contract("Retrieve a rent by its externalID (B:1586)", RENT),
    ),
    op("rents.get", "GET /rents/{rent}", lookups.get_rent, Contract("Retrieve a rent (B:1686)", RENT)),
    op(
        "rents.update",
        "PUT /rents/{rent}",
        actions.update_rent,
        Contract("Update Rent (B:1739)", _UPDATED, body=RentForm, errors=(409,)),
    ),
    op(
        "rents.extend",
        "PUT /rents/{rent}/extend",
        on_rent(actions.extend_rent),
        Contract("Extends a rent expiry date (B:1854)", RENT, body=RentForm, errors=(409,)),
        "/rents/{rent}/extend-expiry-date",
        "/rents/{rent}/expiry-date",
    ),
    op(
        "rents.open_locker",
        "PUT /rents/{rent}/lockers/open",
        on_rent(lambda on: rentals.open_locker(on.side, on.rent, cause=on.cause)),
        Contract("Open a Locker (B:1905)", RENT, errors=HARDWARE),
    ),
    op(
        "rents.cancel",
        "PUT /rents/{rent}/cancel",
        on_rent(lambda on: rentals.cancel(on.side, on.rent, cause=on.cause)),
        Contract("Cancels a Rent (B:1956)", RENT, errors=(409,)),
    ),
    op(
        "rents.collect",
        "PUT /rents/{rent}/collect",
        on_rent(lambda on: rentals.collect(on.side, on.rent, cause=on.cause)),
        Contract("Collect an Item (B:2009)", RENT, errors=HARDWARE),
    ),
    op(
        "rents.finish",
        "PUT /rents/{rent}/finish",
        on_rent(lambda on: rentals.finish(on.side, on.rent, cause=on.cause)),
        Contract("Finish a Rent (B:2060)", RENT, errors=(409,)),
    ),
    op(
        "rent_sims.keypad",
        "PUT /rent-sims/{rent}/lockers/keypad",
        on_rent(lambda on: rentals.pick_up(on.side, on.rent, cause=at_the_locker(on.call))),
        Contract("Simulates open w/ keypad (B:2115)", RENT, errors=HARDWARE),
    ),
    op(
        "rent_sims.close",
        "PUT /rent-sims/{rent}/lockers/close",
        on_rent(lambda on: rentals.close(on.side, on.rent, cause=at_the_locker(on.call))),
        Contract("Simulates closing a Locker (B:2166)", RENT, errors=HARDWARE),
    ),
)

RENTS = _STARTS + _DELIVERIES + _RENTS
"""B:1301-3121; fixed paths come before parameters."""
