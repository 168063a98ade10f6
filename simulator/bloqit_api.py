"""The routes of the pretend Bloq.it, as a table, with what each asks for and answers; those about rents are `bloqit_rents`'s.

May not hold any behaviour. Non-obvious choice: where the document gives no path (20 of its 59 endpoints) every plausible one is
served, so that a client fails for what it does and not for a name that nobody knows; fixed paths come before parameters.
"""

from hmac import compare_digest

from starlette.datastructures import Headers

from . import bloqit_asked as asked
from . import bloqit_hooks as hooks
from . import bloqit_people as people
from . import bloqit_places as places
from . import bloqs, rentals
from .bloqit_calls import BLOQ, HARDWARE, LOCKER, PLACE, on_bloq, on_locker, op
from .bloqit_rents import RENTS
from .bloqit_shapes import BLOQIT_SHAPES
from .bloqit_styles import style
from .contract import Contract, Schema, listed, paged, shape
from .locations import LocationForm, NewLocationForm
from .web import Door, word_plain
from .words import RefusedError
from .world import World

_LOCKER = "/bloqs/{bloq}/lockers/{locker}"
_EXTERNAL = "/bloq-locations/external-id/{external:path}"

_UPDATED = Contract("Update Bloq (B:338)", BLOQ, body=bloqs.BloqForm)
_PRINTED = Contract("Print a Label (B:1210)", LOCKER, query=(asked.TEMPLATE,), body=places.LabelForm, errors=HARDWARE)
_ROLL = Contract(
    "Notify Labels Roll Replacement (B:1261): nothing, or the body of an error (B:1296)", {"type": "object"}, errors=(409,)
)

_BLOQS = (
    op("bloqs.list", "GET /bloqs", places.list_bloqs, Contract("List all Bloqs (B:64)", paged(BLOQ), asked.BLOQS)),
    op(
        "bloqs.search",
        "GET /bloqs/geoSearch",
        places.search_bloqs,
        Contract("Get Bloqs by Locations (B:239), the nearest first", paged(BLOQ), asked.NEARBY),
    ),
    op(
        "labels.list",
        "GET /bloqs/labels-amount-available",
        places.list_labels,
        Contract("Get amount of labels available (Bulk) (B:1121)", paged(shape("Labels")), asked.LABELS),
    ),
    op(
        "labels.get",
        "GET /bloqs/{bloq}/labels-amount-available",
        on_bloq(places.get_labels),
        Contract("Get amount of labels available (B:1171)", shape("Labels"), errors=(409,)),
    ),
    op("labels.print", "PUT /bloqs/{bloq}/print-label", on_bloq(places.print_label), _PRINTED),
    op("labels.print", "POST /bloqs/{bloq}/print-label", on_bloq(places.print_label), _PRINTED),
    op("labels.notify_replacement", "PUT /bloqs/{bloq}/notify-label-replacement", on_bloq(places.replace_roll), _ROLL),
    op("bloqs.get", "GET /bloqs/{bloq}", on_bloq(places.get_bloq), Contract("Retrieve a Bloq (B:141)", BLOQ)),
    op("bloqs.update", "PUT /bloqs/{bloq}", on_bloq(places.update_bloq), _UPDATED, "/bloqs/{bloq}/"),
    op(
        "bloqs.free_lockers",
        "GET /bloqs/{bloq}/free-lockers",
        on_bloq(places.free_lockers),
        Contract("Get Free Lockers (B:199)", listed(LOCKER)),
    ),
    op(
        "lockers.open_bulk",
        "PUT /bloqs/{bloq}/lockers/open",
        on_bloq(places.open_several),
        Contract("Open several Lockers (B:508)", listed({"type": "string"}), body=places.Several, errors=HARDWARE),
    ),
    op(
        "lockers.open",
        f"PUT {_LOCKER}/open",
        on_locker(lambda on: rentals.open_free(on.side, on.locker, cause=on.cause)),
        Contract("Opens a Locker (B:454)", LOCKER, errors=HARDWARE),
    ),
    op(
        "lockers.close",
        f"PUT {_LOCKER}/close",
        on_locker(places.close_virtually),
        Contract("Close a Locker (virtual) (B:547)", LOCKER, errors=HARDWARE),
    ),
    op(
        "lockers.open_or_collect",
        f"PUT {_LOCKER}/open-or-collect",
        on_locker(lambda on: rentals.open_or_collect(on.side, on.locker, cause=on.cause)),
        Contract("Open or Collect (B:654)", LOCKER, errors=HARDWARE),
    ),
    op(
        "lockers.set_availability",
        f"PUT {_LOCKER}/availability",
        on_locker(places.set_availability),
        Contract("Change a locker availability (B:601)", LOCKER, body=places.Availability),
        *(f"{_LOCKER}/{last}" for last in ("active", "status", "change-availability")),
    ),
)

_MOVED = Contract("Update Bloq Location (B:907)", PLACE, body=LocationForm, errors=(409,))
_MOVED_EXTERNAL = Contract("Update Bloq Location by External ID (B:1035)", PLACE, body=LocationForm, errors=(409,))

_LOCATIONS = (
    op(
        "locations.create",
        "POST /bloq-locations",
        places.create_location,
        Contract("Create Bloq Location (B:712)", PLACE, body=NewLocationForm, status=201),
    ),
    op(
        "locations.list",
        "GET /bloq-locations",
        places.list_locations,
        Contract("List Bloq Locations (B:783)", paged(PLACE), asked.LOCATIONS),
    ),
    op(
        "locations.get_by_external_id",
        f"GET {_EXTERNAL}",
        places.get_location,
        Contract("Get Bloq Location by External ID (B:989)", PLACE),
    ),
    op("locations.update_by_external_id", f"PUT {_EXTERNAL}", places.update_location, _MOVED_EXTERNAL),
    op(
        "locations.get",
        "GET /bloq-locations/{location}",
        places.get_location,
        Contract("Get Bloq Location (B:861)", PLACE),
    ),
    op("locations.update", "PUT /bloq-locations/{location}", places.update_location, _MOVED),
)


_CUSTOMER, _WEBHOOK = shape("Customer"), shape("Webhook")

_PEOPLE = (
    op(
        "customers.create",
        "POST /customers",
        people.create_customer,
        Contract("Create a Customer (B:3127)", _CUSTOMER, body=people.CustomerForm, status=201),
    ),
    op(
        "customers.list",
        "GET /customers",
        people.list_customers,
        Contract("List all Customers (B:3168)", paged(_CUSTOMER), asked.CUSTOMERS),
    ),
    op("customers.get", "GET /customers/{customer}", people.get_customer, Contract("Retrieve a Customer (B:3229)", _CUSTOMER)),
    op(
        "customers.update",
        "PUT /customers/{customer}",
        people.update_customer,
        Contract("Update a Customer (B:3275)", _CUSTOMER, body=people.CustomerForm),
    ),
    op(
        "customers.delete",
        "DELETE /customers/{customer}",
        people.delete_customer,
        Contract("Delete a Customer (B:3323): answers who was deleted", _CUSTOMER),
    ),
    op(
        "couriers.create_token",
        "GET /couriers/courier-auth/create-token",
        people.create_token,
        Contract("Get Courier Auth Token (B:3378): a GET that has an effect", shape("Token"), asked.TOKEN, errors=(404,)),
    ),
)

_HOOKS = (
    op(
        "webhooks.create",
        "POST /webhooks",
        hooks.create_hook,
        Contract("Create a Webhook (B:3534)", _WEBHOOK, body=hooks.HookForm, status=201),
    ),
    op(
        "webhooks.list",
        "GET /webhooks",
        hooks.list_hooks,
        Contract("List all Webhooks (B:3605)", paged(_WEBHOOK), asked.HOOKS),
    ),
    op(
        "webhooks.history",
        "GET /webhooks/history",
        hooks.event_history,
        Contract("Retrieve the Event History (B:3816)", paged(shape("Event")), asked.EVENTS),
    ),
    op("webhooks.get", "GET /webhooks/{hook}", hooks.get_hook, Contract("Retrieve a Webhook (B:3678)", _WEBHOOK)),
    op(
        "webhooks.update",
        "PUT /webhooks/{hook}",
        hooks.update_hook,
        Contract("Update a Webhook (B:3722)", _WEBHOOK, body=hooks.HookChanges),
    ),
    op(
        "webhooks.delete",
        "DELETE /webhooks/{hook}",
        hooks.delete_hook,
        Contract("Delete a Webhook (B:3772): answers what was deleted", _WEBHOOK),
    ),
)


def _admit(world: World, headers: Headers) -> None:
    """Ask for the API key (B:11, 51). Compared as bytes: `compare_digest` raises on text above ASCII."""
    if not compare_digest(headers.get("x-api-key", "").encode(), world.settings.bloqit_api_key.encode()):
        raise RefusedError(401, "unauthorized", message="Api Key is either non-existent or invalid.")


_KEY: Schema = {"type": "apiKey", "in": "header", "name": "X-API-KEY", "description": "B:11, 51."}

BLOQIT = Door(_admit, word_plain, _BLOQS + _LOCATIONS + RENTS + _PEOPLE + _HOOKS, BLOQIT_SHAPES, _KEY, style)
"""The whole API: the 59 operations of the document."""
