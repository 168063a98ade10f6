"""Between Blink Logistics' words and ours, both ways: facts to a task, answers to facts, webhooks to events.

May not call anything nor read a clock. Non-obvious choice: TASK_UPDATED (21) says nothing about where a task is (E8), so a status
that says 21 teaches the driver and the link, but no state.
"""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from ...machines import BadParametersError, Cause, Done, Effect, Event, Json
from ...machines.vendor import TASK_EVENT, TASK_STATES, TASK_TYPE
from ..tolerant import present
from .wire import TaskNews

UNNAMED = "task_unnamed"
UPDATED = TASK_EVENT.read(21)

FACTS: Mapping[str, str] = MappingProxyType(
    {
        "mappingBranchId": "branch_id",
        "discountCode": "discount_code",
        "tax": "tax",
        "taxPercent": "tax_percent",
        "discount": "discount",
        "deliveryCharges": "delivery_charges",
        "subTotal": "sub_total",
        "paymentType": "payment_type",
        "description": "description",
        "instruction": "instruction",
        "customerName": "customer_name",
        "customerEmail": "customer_email",
        "customerAddress": "customer_address",
        "customerPhone": "customer_phone",
        "lat": "lat",
        "lng": "lng",
        "pickUpTime": "pickup_at",
        "deliveryTime": "delivery_at",
    }
)
"""Parameter of Create Task -> our fact."""


def creation(effect: Effect) -> dict[str, object]:
    """Parameters of Create Task. The case's key is mappingKey and mappingCode (E1): it is how a lost answer is found again.

    Raises:
        BadParametersError: The case is no task.
    """
    if not TASK_TYPE.knows(effect.kind):
        raise BadParametersError(f"{effect.operation}: a task is of kind {' or '.join(TASK_TYPE.ours)}, got {effect.kind!r}")
    parameters: dict[str, object] = {name: effect.data.get(fact) for name, fact in FACTS.items()}
    keys = {"mappingKey": effect.case_key, "mappingCode": effect.case_key}
    return {**parameters, **keys, "type": TASK_TYPE.write(effect.kind)}


def changes(effect: Effect) -> dict[str, object]:
    """Parameters of Update Task: what the wish brings, for a task that keeps its type (E3)."""
    wished: dict[str, object] = {name: effect.wish[fact] for name, fact in FACTS.items() if fact in effect.wish}
    return {**wished, "taskId": effect.remote_id, "type": TASK_TYPE.write(effect.kind)}


def by_key(effect: Effect) -> dict[str, object]:
    """Parameters of the status."""
    return {"mappingKey": effect.case_key}


def task_event(news: TaskNews) -> str:
    """The event's name in our words: a known eventId wins, else the name, however it is spelled (E7)."""
    if news.event_id in TASK_EVENT.theirs:
        return TASK_EVENT.read(news.event_id)
    if news.event is None:
        return UNNAMED if news.event_id is None else f"task_event_{news.event_id}"
    return TASK_EVENT.read(news.event)


def driver_facts(news: TaskNews) -> dict[str, Json]:
    """Who drives, and where to watch; empty texts are not known (E14)."""
    data = news.data
    return present(
        {
            "agent_name": data.agent.name,
            "agent_contact": data.agent.contact,
            "tracking_link": data.tracking_link,
        }
    )


def created(news: TaskNews) -> Done:
    """What the answer to a creation, or the status that a look-up found, teaches."""
    return Done({"task_id": news.data.task_id, **driver_facts(news)}, remote_id=news.data.task_id)


def state_read(news: TaskNews) -> Done:
    """What a status teaches: the state that the last event left the task in, unless that was an update."""
    name = task_event(news)
    state = None if name == UPDATED else TASK_STATES.get(name, name)
    return Done({**present({"state": state}), **driver_facts(news)}, remote_id=news.data.task_id)


def event_of(news: TaskNews, now: datetime) -> Event:
    """What a webhook tells, as an event. Unknown names are kept."""
    name = task_event(news)
    data = {"task_event": name, "reason": news.data.reason}
    return Event(
        name=name,
        at=now,
        by=Cause.WEBHOOK,
        data={**present(data), **driver_facts(news)},
        evidence=f"logistics webhook of {news.data.task_id}",
    )
