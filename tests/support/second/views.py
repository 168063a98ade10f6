"""What is answered: bloqs, lockers, rents, customers, webhooks and events as JSON.

May not change anything. Non-obvious choice: a rent's own keys are those of the samples (B:1622-1636); whatever else there is to
say of it stands in `details`, which the document leaves empty.
"""

from datetime import datetime
from typing import Any, TypeAlias

from .dates import iso
from .things import Bloq, Customer, Event, Hook, Locker, Rent
from .words import PARTNER
from .world import World

Json: TypeAlias = dict[str, Any]

DETAILS = (
    "externalID", "pickUpCode", "pickUpCodes", "dropOffCode", "deliveryDateLimit", "collectTimeLimit", "desiredLockerType",
    "operationType", "carrier", "prePickUpActions", "labelTemplateID", "labelContent", "phoneNumber", "previousRent",
    "dropOffDate", "synced",
)  # fmt: skip
HEIGHTS = {"XS": 8, "S": 12, "M": 20, "L": 40, "XL": 60}
"""Of lockers, in centimetres."""


def locker_view(locker: Locker) -> Json:
    """A locker (B:496-507); the sample's text "null" is taken for a null."""
    return {
        "_id": locker.id,
        "rent": locker.rent,
        "charger": False,
        "objectDetection": False,
        "isOpen": locker.is_open,
        "lastDoorOpeningTimestamp": iso(locker.opened) if locker.opened else None,
        "lockerTitle": locker.title,
        "bloq": locker.bloq,
        "type": locker.size,
        "active": locker.active,
    }


def bloq_view(world: World, bloq: Bloq) -> Json:
    """A bloq with its lockers (B:195)."""
    doors = world.doors(bloq)
    free = sum(1 for locker in doors if locker.active and not locker.rent)
    return {
        "_id": bloq.id,
        "active": bloq.active,
        "details": {"title": bloq.title, "address": bloq.address, "city": bloq.city, "postalCode": bloq.postal_code},
        "code": bloq.code,
        "externalID": bloq.external_id,
        "createdAt": iso(bloq.born),
        "updatedAt": iso(bloq.born),
        "maxRentTimeHour": bloq.rent_hours,
        "maxRentDeliveryTimeHour": bloq.delivery_hours,
        "maxRentCollectTimeHour": bloq.collect_hours,
        "metadata": {},
        "supports": bloq.supports,
        "location": {"type": "Point", "coordinates": list(bloq.place)},
        "price": {"currency": "EUR", "perHour": 0},
        "lockersMeasures": {size: {"height": high, "width": 35, "depth": 45, "unit": "cm"} for size, high in HEIGHTS.items()},
        "status": {"online": True, "free": free, "total": len(doors)},
        "lockers": [locker_view(locker) for locker in doors],
    }


def customer_view(customer: Customer) -> Json:
    """A customer (B:3156-3165)."""
    born = iso(customer.born)
    return {"_id": customer.id, "partner": PARTNER, **customer.told, "createdAt": born, "updatedAt": born}


def rent_view(world: World, rent: Rent, *, full: bool = False) -> Json:
    """A rent.

    Args:
        world: Where.
        rent: The rent.
        full: Whether customer and locker are objects, as in B:1627 and 1633, or ids, as in B:1946 and 1951.
    """
    told: Json = {
        "_id": rent.id,
        "type": rent.kind,
        "state": rent.state,
        "states": [{"state": state, "date": iso(at)} for state, at in rent.states],
        "customer": _customer(world, rent) if full else rent.customer,
        "startDate": iso(rent.start),
    }
    told |= {name: iso(at) for name, at in (("expiryDate", rent.expiry), ("endDate", rent.end)) if at}
    told["details"] = {"bloq": rent.bloq} | {name: _told(rent, name) for name in DETAILS if rent.told.get(name) is not None}
    if rent.kind in {"delivery", "return"}:
        told["notificationOptions"] = rent.notify
    locker = world.of(rent)
    told["locker"] = locker_view(locker) if full and locker else rent.locker
    return {**told, "pricing": {"currency": "EUR", "amount": 0}}


def _customer(world: World, rent: Rent) -> Json | None:
    if rent.customer is None:
        return None
    known = world.customers.get(rent.customer)
    return customer_view(known) if known else {"_id": rent.customer}


def _told(rent: Rent, name: str) -> object:
    value = rent.told[name]
    return iso(value) if isinstance(value, datetime) else value


def hook_view(hook: Hook) -> Json:
    """A webhook (B:3573-3579); its secret is shown to nobody."""
    told: Json = {"_id": hook.id} | ({} if hook.description is None else {"description": hook.description})
    return told | {"url": hook.url, "updatedAt": iso(hook.born), "enabledEvents": hook.events}


def event_view(event: Event) -> Json:
    """An event of a history: what a webhook tells (B:3588-3602), and when it was."""
    return event.body | {"createdAt": iso(event.at)}
