"""Between Blink Logistics' words and ours, both ways: facts to a task, answers to facts, webhooks to events.

May not call anything nor read a clock. Non-obvious choice: TASK_UPDATED (21) says nothing about where a task is (E8), so a status
that says 21 teaches the driver and the link, but no state.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from ...machines import BadParametersError, Cause, Done, Effect, Event, Json
from ...machines.vendor import TASK_EVENT, TASK_STATES, TASK_TYPE
from ..tolerant import present
from .wire import TaskNews

UNNAMED = "task_unnamed"
RETURN = TASK_TYPE.read(2)
RETURN_MARK = re.compile(r"-R[0-9]+$")
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
    """Parameters of Create Task. mappingKey and mappingCode are the same (E1): they are how a lost answer is found again.

    Raises:
        BadParametersError: The case is no task.
    """
    if not TASK_TYPE.knows(effect.kind):
        raise BadParametersError(f"{effect.operation}: a task is of kind {' or '.join(TASK_TYPE.ours)}, got {effect.kind!r}")
    parameters: dict[str, object] = {name: effect.data.get(fact) for name, fact in FACTS.items()}
    key = mapping_key(effect)
    return {**parameters, "mappingKey": key, "mappingCode": key, "type": TASK_TYPE.write(effect.kind)}


def changes(effect: Effect) -> dict[str, object]:
    """Parameters of Update Task: what the wish brings, for a task that keeps its type (E3)."""
    wished: dict[str, object] = {name: effect.wish[fact] for name, fact in FACTS.items() if fact in effect.wish}
    return {**wished, "taskId": effect.remote_id, "type": TASK_TYPE.write(effect.kind)}


def by_key(effect: Effect) -> dict[str, object]:
    """Parameters of the status."""
    return {"mappingKey": mapping_key(effect)}


def mapping_key(effect: Effect) -> str:
    """What Logistics knows the case by: its key, for a return with `-R<n>` behind it.

    A return often has its order's key, as the task that brought the goods has; one mappingKey for both would find either of
    them (E2). The fact `return_number` counts the returns of one order, from 1.
    """
    return f"{effect.case_key}-R{effect.data.get('return_number') or 1}" if effect.kind == RETURN else effect.case_key


def case_key(kind: str | None, mapping: str | None) -> str | None:
    """The case that a mappingKey names; the way back of `mapping_key`."""
    return RETURN_MARK.sub("", mapping) if kind == RETURN and mapping is not None else mapping


def task_event(news: TaskNews) -> str:
    """The event's name in our words: a known eventId wins, else the name, however it is spelled (E7)."""
    if news.event_id in TASK_EVENT.theirs:
        return TASK_EVENT.read(news.event_id)
    if news.event is None:
        return UNNAMED if news.event_id is None else f"task_event_{news.event_id}"
    return str(news.event)


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
