"""Between Bloq.it's words and ours, both ways: facts to parameters, rents to facts, states to states, webhooks to events.

May not call anything nor read a clock. Non-obvious choice: an answer to a *command* teaches facts but never a state (A26); only
a read does.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ...machines import Cause, Event, Json
from ...machines.vendor import EVENT_SOURCE, RENT_STATE
from ..page import Page
from ..tolerant import object_of, present, text_of, whole_of
from .wire import Rent, WebhookEvent


def state_word(raw: str) -> str:
    """One of the thirteen states, however it is spelled (A16); an unknown word stays as it came."""
    return RENT_STATE.read(raw)


def states_been(rent: Rent) -> frozenset[str]:
    """The states of a rent's `states[]`, whose entries are words or objects with a `state`."""
    words = (text_of(entry) or text_of(object_of(entry).get("state")) for entry in rent.states)
    return frozenset(state_word(word) for word in words if word is not None)


def states_told(history: Page[Any]) -> frozenset[str]:
    """The states that a rent's history says it entered; the event of `starting` is called `rent.started` (B:3455)."""
    names = (event.name.removeprefix("rent.") for event in history.docs)
    return frozenset("starting" if name == "started" else name for name in names).intersection(RENT_STATE.ours)


def rent_facts(rent: Rent) -> dict[str, Json]:
    """What a rent teaches, under the names of a case's facts."""
    return present(
        {
            "locker_id": rent.locker.id,
            "bloq_id": rent.bloq.id or _bloq_of_locker(rent) or text_of(rent.details.get("bloq")),
            "customer_id": rent.customer.id,
            "expiry_at": _iso(rent.expiry_date),
            "dropoff_limit_at": _iso(rent.delivery_date_limit),
            "collect_limit_hours": whole_of(rent.collect_time_limit),
        }
    )


def _bloq_of_locker(rent: Rent) -> str | None:
    return None if rent.locker.embedded is None else rent.locker.embedded.bloq


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def event_of(body: Mapping[str, Json], at: datetime) -> Event:
    """What a webhook tells, as an event. Unknown names and sources are kept as they are."""
    told = WebhookEvent.model_validate(body)
    return told_of(told, at, evidence=f"bloqit webhook {told.id or 'without id'}")


def told_of(told: WebhookEvent, at: datetime, *, evidence: str) -> Event:
    """What an event tells, wherever it was read."""
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
        name=str(told.name),
        at=at,
        by=_cause(told.initiated_by.source),
        data=present(data),
        evidence=evidence,
    )


def _cause(source: str | None) -> Cause:
    """Where the action started (B:3493-3497); of an unknown source we know only that a webhook tells of it."""
    word = EVENT_SOURCE.read(source or "")
    return Cause(word) if EVENT_SOURCE.knows(word) else Cause.WEBHOOK
