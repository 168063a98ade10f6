"""What the pretend Bloq.it's answers look like, as schemas by name.

May not be asked by a handler: the objects themselves say what they show. Non-obvious choice: a rent expands its customer and
locker in some answers and names them in others (B:1627, 1946); one shape allows both, as nobody says where which.
"""

from collections.abc import Mapping

from .contract import Schema, listed, maybe, shape, thing
from .moves import TYPES
from .network import SIZES

STATES = (
    *("created", "reserved", "ready_for_pickup", "in_transit", "starting", "in_progress", "locker_opened", "collect_item"),
    *("price_calculation", "payment_attempt", "expired", "cancelled", "finished"),
)
"""Of rents (B:1344)."""

LOCATION_STATES = ("created", "deployed", "churned")
"""B:819."""

_TEXT: Schema = {"type": "string"}
_TRUTH: Schema = {"type": "boolean"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_DATE: Schema = {"type": "string", "format": "date-time"}
_OBJECT: Schema = {"type": "object"}
_POINT = thing(
    {"type": {"const": "Point"}, "coordinates": listed({"type": "number"}) | {"minItems": 2, "maxItems": 2}},
)

_LOCKER = thing(
    {
        "_id": _TEXT,
        "rent": maybe(_TEXT),
        "charger": _TRUTH,
        "objectDetection": _TRUTH,
        "isOpen": _TRUTH,
        "lastDoorOpeningTimestamp": {"anyOf": [_DATE, {"const": "null"}]},
        "lockerTitle": _TEXT,
        "bloq": _TEXT,
        "type": {"enum": [*SIZES]},
        "active": _TRUTH,
    }
) | {"description": 'B:495-506; a door that was never opened has the string "null" for its last opening.'}

_BLOQ = thing(
    {
        "_id": _TEXT,
        "active": _TRUTH,
        "details": _OBJECT,
        "code": _TEXT,
        "createdAt": _DATE,
        "updatedAt": _DATE,
        "maxRentTimeHour": maybe(_COUNT),
        "supports": listed({"enum": [*TYPES]}),
        "location": _POINT,
        "price": _OBJECT,
        "lockersMeasures": _OBJECT,
        "status": _OBJECT,
        "lockers": listed(shape("Locker")),
    },
    maxRentDeliveryTimeHour=maybe(_COUNT),
    maxRentCollectTimeHour=maybe(_COUNT),
    metadata=_OBJECT,
) | {"description": "B:176-197."}

_LOCATION = thing(
    {
        "address": _TEXT,
        "externalID": maybe(_TEXT),
        "name": maybe(_TEXT),
        "location": _POINT,
        "state": {"enum": [*LOCATION_STATES]},
        "metadata": _OBJECT,
    },
    _id=_TEXT,
) | {"description": "B:772-781; the document's has no id."}

_RENT = thing(
    {
        "_id": _TEXT,
        "type": {"enum": [*TYPES]},
        "state": {"enum": [*STATES]},
        "states": listed(thing({"state": {"enum": [*STATES]}, "date": _DATE})),
        "customer": {"anyOf": [_TEXT, _OBJECT, {"type": "null"}]},
        "startDate": _DATE,
        "details": _OBJECT,
        "notificationOptions": listed({"enum": ["sms", "email"]}),
        "locker": {"anyOf": [_TEXT, shape("Locker"), {"type": "null"}]},
        "pricing": _OBJECT,
    },
    expiryDate=_DATE,
    endDate=_DATE,
    deliveryDateLimit=_DATE,
    collectTimeLimit={"anyOf": [_COUNT, _DATE]},
    externalID=_TEXT,
    desiredLockerType={"enum": [*SIZES]},
    operationType={"enum": ["firstMile", "lastMile"]},
    carrier=_TEXT,
    pickUpCodes={"type": "object", "additionalProperties": _TEXT},
    dropOffCode=_TEXT,
) | {"description": "B:1621-1637, with the customer and the locker; B:1940-1954, with their ids."}

_CUSTOMER = thing(
    {"_id": _TEXT, "partner": _TEXT, "createdAt": _DATE, "updatedAt": _DATE},
    name=maybe(_TEXT),
    email=maybe(_TEXT),
    phoneNumber=maybe(_TEXT),
) | {"description": "B:3157-3166."}

_WEBHOOK = thing({"_id": _TEXT, "description": _TEXT, "url": _TEXT, "updatedAt": _DATE, "enabledEvents": listed(_TEXT)}) | {
    "description": "B:3572-3579: never with its secret."
}

_EVENT = thing(
    {
        "_id": _TEXT,
        **dict.fromkeys(("admin", "customer", "rent", "bloq", "locker"), maybe(_TEXT)),
        "price": {},
        **dict.fromkeys(("codeName", "description", "message", "title"), _TEXT),
        "metadata": _OBJECT,
        "actionInitiatedBy": thing({}, role=_TEXT, id=_TEXT, source=_TEXT),
    }
) | {"description": "B:3587-3603, and whoever did it (B:3489-3497)."}

ERROR = thing({"code": _TEXT, "message": _TEXT}) | {"description": "The only error body that is shown (B:1296-1299)."}

BLOQIT_SHAPES: Mapping[str, Schema] = {
    "Locker": _LOCKER,
    "Bloq": _BLOQ,
    "BloqLocation": _LOCATION,
    "Rent": _RENT,
    "Customer": _CUSTOMER,
    "Webhook": _WEBHOOK,
    "Event": _EVENT,
    "Labels": thing({"remainingLabels": _TEXT}, bloq=_TEXT) | {"description": "A number, as text (B:1206)."},
    "Token": thing({"token": _TEXT}) | {"description": "An ES512 JSON web token (B:3378-3437)."},
    "Error": ERROR,
}
"""Every shape that an operation of Bloq.it names."""
