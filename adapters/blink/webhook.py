"""Blink's webhooks: an order, or the status of one.

May not accept or store anything. Non-obvious choice: which of the two it is follows from its content, not from the URL it came
to (C28): both URLs are typed into a portal by hand. There is nothing to verify; Blink signs nothing, so the door is a secret path
(C19, `receiver`).
"""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, tzinfo

from pydantic import ValidationError

from ...machines import Arrival, BadBodyError, Event, Json
from ..remarks import remark
from ..tolerant import load_object
from .branches import Branches, branch_of
from .translate import order_event, status_event
from .wire import Order, Status

SOURCE = SYSTEM = "blink"
KIND = "order"


def parse(
    raw: bytes, *, now: datetime, fresh_id: Callable[[], str], zone: tzinfo | None = None, branches: Branches | None = None
) -> Arrival:
    """What a body tells.

    Args:
        raw: The body's bytes as they came.
        now: The aware present: Blink says of nothing when it happened.
        fresh_id: Makes an id that was never there. Blink's statuses have none, and their content may legally repeat (3.13), so
            each delivery counts as its own; an order's content does not repeat, so it names itself.
        zone: Where an order's due time is meant; None for `translate.ZONE`, with a remark (C13).
        branches: What you call each branch (`branches.branch_map`). An order of any other branch names no case, so that the
            inbox parks it (C7); parsed again with a better map it is another message. None believes what the order says.

    Raises:
        BadBodyError: It is not a JSON object, has no blink_order_id, or is neither an order nor a status.
    """
    body = load_object(raw)
    try:
        if "products" in body:
            return _order(Order.model_validate(body), raw, now=now, zone=zone, branches=branches)
        if "status" in body or "statusText" in body:
            return _status(body, raw, now=now, fresh_id=fresh_id)
    except ValidationError:
        raise BadBodyError("the body has no blink_order_id that could be used") from None
    raise BadBodyError("the body is neither an order (no products) nor a status (no status)")


def _order(order: Order, raw: bytes, *, now: datetime, zone: tzinfo | None, branches: Branches | None) -> Arrival:
    name = f"order/{order.blink_order_id}/{hashlib.sha256(raw).hexdigest()}"
    event = order_event(order, now=now, zone=zone, branches=branches)
    if branches is None or branch_of(order, branches) is not None:
        return _arrival(order.blink_order_id, name, event, raw=raw)
    remark("C7", f"order {order.blink_order_id} waits: its branch {order.branch_id or order.blink_branch_id!r} is in no map")
    parked = _arrival(order.blink_order_id, f"unmapped/{name}", event, raw=raw)
    return replace(parked, kind=None, key=None)


def _status(body: dict[str, Json], raw: bytes, *, now: datetime, fresh_id: Callable[[], str]) -> Arrival:
    status = Status.model_validate(body)
    name = f"status/{status.blink_order_id}/{fresh_id()}"
    return _arrival(status.blink_order_id, name, status_event(status, now), raw=raw)


def _arrival(order_id: str, name: str, event: Event, *, raw: bytes) -> Arrival:
    return Arrival(
        source=SOURCE, external_id=name, system=SYSTEM, event=event, raw=raw, kind=KIND, key=order_id, remote_id=order_id
    )
