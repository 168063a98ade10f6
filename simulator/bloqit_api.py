"""The routes of the pretend Bloq.it, as a table.

May not hold any behaviour. Non-obvious choice: where the document gives no path (20 of its 59 endpoints) every plausible one is
served, so that a client fails for what it does and not for a name that nobody knows; fixed paths come before parameters.
"""

from hmac import compare_digest

from starlette.datastructures import Headers

from . import bloqit_actions as actions
from . import bloqit_hooks as hooks
from . import bloqit_lookups as lookups
from . import bloqit_people as people
from . import bloqit_places as places
from . import deliveries, rentals, returns
from .bloqit_calls import at_the_locker, on_bloq, on_locker, on_rent
from .forms import SendForm, StartForm
from .web import Door, Handler, Operation, word_plain
from .words import RefusedError
from .world import World

_LOCKER = "/bloqs/{bloq}/lockers/{locker}"
_EXTERNAL = "/bloq-locations/external-id/{external:path}"


def _op(name: str, line: str, handler: Handler, *more: str) -> Operation:
    """An operation from a line such as "PUT /rents/{rent}", and further paths that mean the same."""
    method, path = line.split(" ", 1)
    return Operation(f"bloqit.{name}", method, (path, *more), handler)


_BLOQS = (
    _op("bloqs.list", "GET /bloqs", places.list_bloqs),
    _op("bloqs.search", "GET /bloqs/geoSearch", places.search_bloqs),
    _op("labels.list", "GET /bloqs/labels-amount-available", places.list_labels),
    _op("labels.get", "GET /bloqs/{bloq}/labels-amount-available", on_bloq(places.get_labels)),
    _op("labels.print", "PUT /bloqs/{bloq}/print-label", on_bloq(places.print_label)),
    _op("labels.print", "POST /bloqs/{bloq}/print-label", on_bloq(places.print_label)),
    _op("labels.notify_replacement", "PUT /bloqs/{bloq}/notify-label-replacement", on_bloq(places.replace_roll)),
    _op("bloqs.get", "GET /bloqs/{bloq}", on_bloq(places.get_bloq)),
    _op("bloqs.update", "PUT /bloqs/{bloq}", on_bloq(places.update_bloq), "/bloqs/{bloq}/"),
    _op("bloqs.free_lockers", "GET /bloqs/{bloq}/free-lockers", on_bloq(places.free_lockers)),
    _op("lockers.open_bulk", "PUT /bloqs/{bloq}/lockers/open", on_bloq(places.open_several)),
    _op("lockers.open", f"PUT {_LOCKER}/open", on_locker(lambda on: rentals.open_free(on.side, on.locker, cause=on.cause))),
    _op("lockers.close", f"PUT {_LOCKER}/close", on_locker(places.close_virtually)),
    _op(
        "lockers.open_or_collect",
        f"PUT {_LOCKER}/open-or-collect",
        on_locker(lambda on: rentals.open_or_collect(on.side, on.locker, cause=on.cause)),
    ),
    _op(
        "lockers.set_availability",
        f"PUT {_LOCKER}/availability",
        on_locker(places.set_availability),
        *(f"{_LOCKER}/{last}" for last in ("active", "status", "change-availability")),
    ),
)

_LOCATIONS = (
    _op("locations.create", "POST /bloq-locations", places.create_location),
    _op("locations.list", "GET /bloq-locations", places.list_locations),
    _op("locations.get_by_external_id", f"GET {_EXTERNAL}", places.get_location),
    _op("locations.update_by_external_id", f"PUT {_EXTERNAL}", places.update_location),
    _op("locations.get", "GET /bloq-locations/{location}", places.get_location),
    _op("locations.update", "PUT /bloq-locations/{location}", places.update_location),
)

_STARTS = (
    *(_op("stores.start", f"{method} /stores", actions.start("store", StartForm), "/stores/start") for method in ("POST", "PUT")),
    _op("stores.end", "PUT /stores/{rent}/end", on_rent(actions.end_store), "/stores/{rent}/finish"),
    _op("sends.start", "POST /sends", actions.start("send", SendForm), "/sends/start"),
    _op("returns.create", "POST /returns", actions.create_return, "/returns/reserveLocker"),
    _op(
        "returns.reserve_locker",
        "PUT /returns/{rent}/reserve",
        on_rent(actions.reserve_return),
        "/returns/{rent}/reserve-locker",
        "/returns/{rent}/reserveLocker",
    ),
    _op(
        "returns.finish",
        "PUT /returns/{rent}/finish",
        on_rent(lambda on: returns.finish(on.side, on.rent, cause=on.cause)),
    ),
)

_DELIVERIES = (
    _op("deliveries.create", "POST /deliveries/reserveLocker", actions.create_delivery, "/deliveries"),
    _op("deliveries.make", "PUT /deliveries/{rent}/make", on_rent(actions.make)),
    _op(
        "deliveries.notify",
        "PUT /deliveries/{rent}/notify",
        on_rent(lambda on: deliveries.notify(on.side, on.rent, cause=on.cause)),
    ),
    _op(
        "deliveries.ready_for_pickup",
        "PUT /deliveries/{rent}/ready-for-pickup",
        on_rent(lambda on: deliveries.step(on.side, on.rent, trigger="ready_for_pickup", cause=on.cause)),
    ),
    _op(
        "deliveries.in_transit",
        "PUT /deliveries/{rent}/in-transit",
        on_rent(lambda on: deliveries.step(on.side, on.rent, trigger="in_transit", cause=on.cause)),
    ),
    _op("deliveries.select_locker", "PUT /deliveries/{rent}/select-locker", on_rent(actions.select_locker)),
    _op("deliveries.return_", "PUT /deliveries/{rent}/return", on_rent(actions.turn_into_return)),
)

_RENTS = (
    _op("rents.list", "GET /rents", lookups.list_rents),
    _op("rents.list_active", "GET /rents/active", lookups.active_rents),
    _op("rents.list_reached", "GET /rents/reached-state", lookups.reached_rents),
    _op("rents.history", "GET /rents/history", lookups.rent_history, "/rents/{rent}/history"),
    _op("rents.get_by_external_id", "GET /rents/external/{external:path}", lookups.rent_by_external),
    _op("rents.get", "GET /rents/{rent}", lookups.get_rent),
    _op("rents.update", "PUT /rents/{rent}", actions.update_rent),
    _op(
        "rents.extend",
        "PUT /rents/{rent}/extend",
        on_rent(actions.extend_rent),
        "/rents/{rent}/extend-expiry-date",
        "/rents/{rent}/expiry-date",
    ),
    _op(
        "rents.open_locker",
        "PUT /rents/{rent}/lockers/open",
        on_rent(lambda on: rentals.open_locker(on.side, on.rent, cause=on.cause)),
    ),
    _op("rents.cancel", "PUT /rents/{rent}/cancel", on_rent(lambda on: rentals.cancel(on.side, on.rent, cause=on.cause))),
    _op("rents.collect", "PUT /rents/{rent}/collect", on_rent(lambda on: rentals.collect(on.side, on.rent, cause=on.cause))),
    _op("rents.finish", "PUT /rents/{rent}/finish", on_rent(lambda on: rentals.finish(on.side, on.rent, cause=on.cause))),
    _op(
        "rent_sims.keypad",
        "PUT /rent-sims/{rent}/lockers/keypad",
        on_rent(lambda on: rentals.pick_up(on.side, on.rent, cause=at_the_locker(on.call))),
    ),
    _op(
        "rent_sims.close",
        "PUT /rent-sims/{rent}/lockers/close",
        on_rent(lambda on: rentals.close(on.side, on.rent, cause=at_the_locker(on.call))),
    ),
)

_PEOPLE = (
    _op("customers.create", "POST /customers", people.create_customer),
    _op("customers.list", "GET /customers", people.list_customers),
    _op("customers.get", "GET /customers/{customer}", people.get_customer),
    _op("customers.update", "PUT /customers/{customer}", people.update_customer),
    _op("customers.delete", "DELETE /customers/{customer}", people.delete_customer),
    _op("couriers.create_token", "GET /couriers/courier-auth/create-token", people.create_token),
)

_HOOKS = (
    _op("webhooks.create", "POST /webhooks", hooks.create_hook),
    _op("webhooks.list", "GET /webhooks", hooks.list_hooks),
    _op("webhooks.history", "GET /webhooks/history", hooks.event_history),
    _op("webhooks.get", "GET /webhooks/{hook}", hooks.get_hook),
    _op("webhooks.update", "PUT /webhooks/{hook}", hooks.update_hook),
    _op("webhooks.delete", "DELETE /webhooks/{hook}", hooks.delete_hook),
)


def _admit(world: World, headers: Headers) -> None:
    """Ask for the API key (B:11, 51). Compared as bytes: `compare_digest` raises on text above ASCII."""
    if not compare_digest(headers.get("x-api-key", "").encode(), world.settings.bloqit_api_key.encode()):
        raise RefusedError(401, "unauthorized", message="Api Key is either non-existent or invalid.")


BLOQIT = Door(_admit, word_plain, _BLOQS + _LOCATIONS + _STARTS + _DELIVERIES + _RENTS + _PEOPLE + _HOOKS)
"""The whole API: the 59 operations of the document."""
