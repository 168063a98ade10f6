"""Between Bloq.it's words and ours, both ways: facts to parameters, rents to facts, states to states, webhooks to events.

May not call anything nor read a clock. Non-obvious choice: an answer to a *command* teaches facts but never a state (A26); only
a read does.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import cast

from ...machines import Cause, Done, Effect, Event, Facts, Json
from ...machines.vendor import EVENT_SOURCE, RENT_STATE
from ..tolerant import Tolerant, object_of, present, text_of, whole_of
from .wire import History, Rent, WebhookEvent

BODY_FACTS: Mapping[str, str] = MappingProxyType(
    {
        "lockerID": "locker_id",
        "bloqID": "bloq_id",
        "customerID": "customer_id",
        "expiryDate": "expiry_at",
        "deliveryDateLimit": "dropoff_limit_at",
        "collectTimeLimit": "collect_limit_hours",
        "notificationOptions": "notification_options",
        "pickUpCode": "pickup_code",
        "dropOffCode": "dropoff_code",
        "labelContent": "label_content",
        "labelTemplateID": "label_template_id",
        "pickUpCodes": "pickup_codes",
        "operationType": "operation_type",
        "carrier": "carrier",
        "prePickUpActions": "pre_pickup_actions",
    }
)
"""Parameter of Create Delivery -> our fact."""

NAME_FIELDS = ("codeName", "type", "eventType", "event", "title")
NAME_SHAPE = re.compile(r"[a-z]+\.[a-z_]+")
UNNAMED = "bloqit.unnamed"


def state_word(raw: str) -> str:
    """One of the thirteen states, however it is spelled (A16); an unknown word stays as it came."""
    return RENT_STATE.read(raw)


def states_been(rent: Rent) -> frozenset[str]:
    """The states of a rent's `states[]`, whose entries are words or objects with a `state`."""
    words = (text_of(entry) or text_of(object_of(entry).get("state")) for entry in rent.states)
    return frozenset(state_word(word) for word in words if word is not None)


def states_told(history: History) -> frozenset[str]:
    """The states that a rent's history says it entered; the event of `starting` is called `rent.started` (B:3455)."""
    names = (event_name(event.model_extra or {}).removeprefix("rent.") for event in history.docs)
    return frozenset("starting" if name == "started" else name for name in names).intersection(RENT_STATE.ours)


def rent_facts(rent: Rent) -> dict[str, Json]:
    """What a rent teaches, under the names of a case's facts."""
    return present(
        {
            "locker_id": rent.locker.id,
            "bloq_id": rent.bloq.id or rent.locker.bloq or text_of(rent.details.get("bloq")),
            "customer_id": rent.customer.id,
            "expiry_at": _iso(rent.expiry_date),
            "dropoff_limit_at": _iso(rent.delivery_date_limit),
            "collect_limit_hours": whole_of(rent.collect_time_limit),
        }
    )


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def learnt(answer: Tolerant) -> Done:
    """What the answer to a creation, or the rent that a look-up found, teaches."""
    rent = cast("Rent", answer)  # the answer model of every operation that this is given to
    return Done(rent_facts(rent), remote_id=rent.id)


def creation(effect: Effect) -> dict[str, object]:
    """Parameters of Create Delivery. The case's key always goes along as externalID: it is how a lost answer is found again."""
    facts = effect.data
    parameters: dict[str, object] = {name: facts.get(fact) for name, fact in BODY_FACTS.items()}
    kind = text_of(facts.get("locker_type"))
    parameters["desiredLockerType"] = None if kind is None else kind.upper()
    parameters["customer"] = None if facts.get("customer_id") else _person(facts)
    return {**parameters, "externalID": effect.case_key}


def _person(facts: Facts) -> dict[str, Json] | None:
    """The customer fact, or what an order says of its customer (B:2448: instead of customerID)."""
    told = object_of(facts.get("customer"))
    names = {"name": "name", "email": "email", "phoneNumber": "phone"}
    person = {name: told.get(part) or facts.get(f"customer_{part}") for name, part in names.items()}
    return present(person) or None


def making(effect: Effect) -> dict[str, object]:
    """Parameters of Make Delivery; a locker only if the wish brought one, since it replaces the reserved one (B:2566)."""
    return {"rentID": effect.remote_id, "lockerID": effect.wish.get("locker_id")}


def event_name(body: Mapping[str, Json]) -> str:
    """The event's type: `codeName`, else the first field that is shaped like one (A34), else whatever stands there."""
    words = [word for word in (text_of(body.get(name)) for name in NAME_FIELDS) if word is not None]
    shaped = (word for word in words if NAME_SHAPE.fullmatch(word))
    return next(shaped, words[0] if words else UNNAMED)


def event_of(body: Mapping[str, Json], at: datetime) -> Event:
    """What a webhook tells, as an event. Unknown names and sources are kept as they are."""
    told = WebhookEvent.model_validate(body)
    actor = present({"role": told.initiated_by.role, "id": told.initiated_by.id, "source": told.initiated_by.source})
    data = {
        "locker_id": told.locker,
        "bloq_id": told.bloq,
        "customer_id": told.customer,
        "price": told.price,
        "message": told.message,
        "metadata": told.metadata or None,
        "initiated_by": actor or None,
    }
    return Event(
        name=event_name(body),
        at=at,
        by=_cause(told.initiated_by.source),
        data=present(data),
        evidence=f"bloqit webhook {told.id or 'without id'}",
    )


def _cause(source: str | None) -> Cause:
    """Where the action started (B:3493-3497); of an unknown source we know only that a webhook tells of it."""
    word = EVENT_SOURCE.read(source or "")
    return Cause(word) if EVENT_SOURCE.knows(word) else Cause.WEBHOOK
