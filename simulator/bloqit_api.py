"""The routes of the pretend Bloq.it, as a table.

May not hold any behaviour. Non-obvious choice: where the document gives no path (20 of its 59 endpoints) every plausible one is
served, so that a client fails for what it does and not for a name that nobody knows; fixed paths come before parameters.
"""

from hmac import compare_digest

from starlette.datastructures import Headers

from . import bloqit_actions as actions
from . import bloqit_lookups as lookups
from . import deliveries, rentals
from .bloqit_actions import at_the_locker, on_locker, on_rent
from .web import Door, Operation, word_plain
from .words import RefusedError
from .world import World

_LOCKER = "/bloqs/{bloq}/lockers/{locker}"

_BLOQS = (
    Operation("bloqit.bloqs.list", "GET", ("/bloqs",), lookups.list_bloqs),
    Operation("bloqit.bloqs.get", "GET", ("/bloqs/{bloq}",), lookups.get_bloq),
    Operation("bloqit.bloqs.free_lockers", "GET", ("/bloqs/{bloq}/free-lockers",), lookups.free_lockers),
    Operation(
        "bloqit.lockers.open",
        "PUT",
        (f"{_LOCKER}/open",),
        on_locker(lambda on: rentals.open_free(on.side, on.locker, cause=on.cause)),
    ),
    Operation("bloqit.lockers.close", "PUT", (f"{_LOCKER}/close",), on_locker(actions.close_virtually)),
    Operation(
        "bloqit.lockers.open_or_collect",
        "PUT",
        (f"{_LOCKER}/open-or-collect",),
        on_locker(lambda on: rentals.open_or_collect(on.side, on.locker, cause=on.cause)),
    ),
    Operation(
        "bloqit.lockers.availability",
        "PUT",
        tuple(f"{_LOCKER}/{last}" for last in ("availability", "active", "status", "change-availability")),
        on_locker(actions.set_availability),
    ),
)

_DELIVERIES = (
    Operation("bloqit.deliveries.create", "POST", ("/deliveries/reserveLocker", "/deliveries"), actions.create_delivery),
    Operation("bloqit.deliveries.make", "PUT", ("/deliveries/{rent}/make",), on_rent(actions.make)),
    Operation(
        "bloqit.deliveries.notify",
        "PUT",
        ("/deliveries/{rent}/notify",),
        on_rent(lambda on: deliveries.notify(on.side, on.rent, cause=on.cause)),
    ),
    Operation(
        "bloqit.deliveries.ready_for_pickup",
        "PUT",
        ("/deliveries/{rent}/ready-for-pickup",),
        on_rent(lambda on: deliveries.step(on.side, on.rent, trigger="ready_for_pickup", cause=on.cause)),
    ),
    Operation(
        "bloqit.deliveries.in_transit",
        "PUT",
        ("/deliveries/{rent}/in-transit",),
        on_rent(lambda on: deliveries.step(on.side, on.rent, trigger="in_transit", cause=on.cause)),
    ),
    Operation("bloqit.deliveries.select_locker", "PUT", ("/deliveries/{rent}/select-locker",), on_rent(actions.select_locker)),
    Operation("bloqit.deliveries.return", "PUT", ("/deliveries/{rent}/return",), on_rent(actions.turn_into_return)),
)

_RENTS = (
    Operation("bloqit.rents.list", "GET", ("/rents",), lookups.list_rents),
    Operation("bloqit.rents.active", "GET", ("/rents/active",), lookups.active_rents),
    Operation("bloqit.rents.by_external_id", "GET", ("/rents/external/{external:path}",), lookups.rent_by_external),
    Operation("bloqit.rents.get", "GET", ("/rents/{rent}",), lookups.get_rent),
    Operation("bloqit.rents.history", "GET", ("/rents/{rent}/history",), lookups.rent_history),
    Operation("bloqit.rents.update", "PUT", ("/rents/{rent}",), on_rent(actions.update_rent)),
    Operation(
        "bloqit.rents.extend",
        "PUT",
        tuple(f"/rents/{{rent}}/{last}" for last in ("extend", "extend-expiry-date", "expiry-date")),
        on_rent(actions.extend_rent),
    ),
    Operation(
        "bloqit.rents.open_locker",
        "PUT",
        ("/rents/{rent}/lockers/open",),
        on_rent(lambda on: rentals.open_locker(on.side, on.rent, cause=on.cause)),
    ),
    Operation(
        "bloqit.rents.cancel",
        "PUT",
        ("/rents/{rent}/cancel",),
        on_rent(lambda on: rentals.cancel(on.side, on.rent, cause=on.cause)),
    ),
    Operation(
        "bloqit.rents.collect",
        "PUT",
        ("/rents/{rent}/collect",),
        on_rent(lambda on: rentals.collect(on.side, on.rent, cause=on.cause)),
    ),
    Operation(
        "bloqit.rents.finish",
        "PUT",
        ("/rents/{rent}/finish",),
        on_rent(lambda on: rentals.finish(on.side, on.rent, cause=on.cause)),
    ),
    Operation(
        "bloqit.rent_sims.keypad",
        "PUT",
        ("/rent-sims/{rent}/lockers/keypad",),
        on_rent(lambda on: rentals.pick_up(on.side, on.rent, cause=at_the_locker(on.call))),
    ),
    Operation(
        "bloqit.rent_sims.close",
        "PUT",
        ("/rent-sims/{rent}/lockers/close",),
        on_rent(lambda on: rentals.close(on.side, on.rent, cause=at_the_locker(on.call))),
    ),
)

_HOOKS = (
    Operation("bloqit.webhooks.create", "POST", ("/webhooks",), actions.create_hook),
    Operation("bloqit.webhooks.list", "GET", ("/webhooks",), lookups.list_hooks),
    Operation("bloqit.webhooks.history", "GET", ("/webhooks/history",), lookups.event_history),
    Operation("bloqit.webhooks.get", "GET", ("/webhooks/{hook}",), lookups.get_hook),
    Operation("bloqit.webhooks.update", "PUT", ("/webhooks/{hook}",), actions.update_hook),
    Operation("bloqit.webhooks.delete", "DELETE", ("/webhooks/{hook}",), actions.delete_hook),
)


def _admit(world: World, headers: Headers) -> None:
    """Ask for the API key (B:11, 51). Compared as bytes: `compare_digest` raises on text above ASCII."""
    if not compare_digest(headers.get("x-api-key", "").encode(), world.settings.bloqit_api_key.encode()):
        raise RefusedError(401, "unauthorized", message="Api Key is either non-existent or invalid.")


BLOQIT = Door(_admit, word_plain, _BLOQS + _DELIVERIES + _RENTS + _HOOKS)
"""The whole API."""
