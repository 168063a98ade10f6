"""Between Blink's words and ours, both ways: triggers to status numbers, order payloads to facts, statuses to signals.

May not call anything nor read a clock. Non-obvious choice: money and coordinates are facts as decimal *text*. Facts are JSON, and
JSON numbers come back as floats.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from types import MappingProxyType
from typing import cast
from zoneinfo import ZoneInfo

from ...machines import BadParametersError, Cause, Effect, Event, Json
from ...machines.vendor import ORDER_STATUS, order_signal
from ..remarks import remark
from ..tolerant import present, text_of
from .branches import Branches, branch_of
from .wire import REJECTED, Order, Status

TRIGGER_STATES: Mapping[str, str] = MappingProxyType(
    {"accept": "accepted", "dispatch": "dispatched", "deliver": "delivered", "reject": "rejected"}
)

UNKNOWN_STATUS = "order.status_unknown"
ZONE: tzinfo = ZoneInfo("Asia/Karachi")
"""Where Blink's restaurants are, unless you say otherwise (C13)."""


def sync(effect: Effect) -> dict[str, object]:
    """Parameters of the status call.

    Raises:
        BadParametersError: The effect's trigger leads to no status.
    """
    if effect.trigger not in TRIGGER_STATES:
        wanted = ", ".join(TRIGGER_STATES)
        raise BadParametersError(f"{effect.operation}: no status follows from {effect.trigger!r}; one of: {wanted}")
    code = ORDER_STATUS.write(TRIGGER_STATES[effect.trigger])
    comment = text_of(effect.data.get("comment")) if code == REJECTED else None
    return {"blink_order_id": effect.case_key, "status": code, "comment": comment}


def order_event(order: Order, *, now: datetime, zone: tzinfo | None = None, branches: Branches | None = None) -> Event:
    """The arrival of an order."""
    return Event(
        name="order_webhook",
        at=now,
        by=Cause.WEBHOOK,
        data=order_facts(order, zone, branches),
        evidence=f"blink order webhook {order.blink_order_id}",
    )


def order_facts(order: Order, zone: tzinfo | None, branches: Branches | None = None) -> dict[str, Json]:
    """What an order says, as facts; what it leaves empty is left out. `paid` is the payment flag alone (C10)."""
    lat, lng = _place(order)
    facts: dict[str, Json] = {
        "type": None if order.type is None else str(order.type).upper(),
        "order_key": order.order_key,
        "channel": order.channel,
        "branch_id": branch_of(order, branches),
        "blink_branch_id": order.blink_branch_id,
        "brand_id": order.brand_id,
        "customer_name": order.customer_name,
        "customer_phone": order.customer_phone,
        "customer_email": order.customer_email,
        "customer_address": order.customer_address_description,
        "lat": _decimal(lat),
        "lng": _decimal(lng),
        "paid": order.payment,
        "payment_type": order.payment_type or order.payment_method,  # C9
        **_money(order),
        "due_at": due_at(order.due_at, zone),
        "is_pre_order": order.is_pre_order,
        "kitchen_notes": order.kitchen_notes,
        "products": [_plain(product.model_dump(exclude_unset=True)) for product in order.products],
    }
    return present(facts)


def _money(order: Order) -> dict[str, Json]:
    return {
        "total_price": _decimal(order.total_price),
        "subtotal": _decimal(order.subtotal),
        "delivery_charges": _decimal(order.delivery_charges),
        "tax": _decimal(order.tax),
        "discount": _decimal(order.total_discount_amount),
        "price_difference": _difference(order),
    }


def _difference(order: Order) -> str | None:
    """By how much Blink's total, which counts, exceeds what the order's amounts come to; None where they agree (C12)."""
    if order.total_price is None or order.reckoned is None or order.total_price == order.reckoned:
        return None
    difference = order.total_price - order.reckoned
    remark("C12", f"order {order.blink_order_id}: the total is {order.total_price:f}, its amounts come to {order.reckoned:f}")
    return f"{difference:f}"


def _plain(value: object) -> Json:
    """As facts have it: amounts as text."""
    if isinstance(value, dict):
        return {name: _plain(member) for name, member in cast("dict[str, object]", value).items()}
    if isinstance(value, list):
        return [_plain(item) for item in cast("list[object]", value)]
    return f"{value:f}" if isinstance(value, Decimal) else cast("Json", value)


def _decimal(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:f}"


def _place(order: Order) -> tuple[Decimal | None, Decimal | None]:
    """Where the customer is; (0, 0) lies in the Gulf of Guinea and means that nobody knows (C11)."""
    lat, lng = order.customer_address_latitude, order.customer_address_longitude
    return (None, None) if lat is None or lng is None or (lat == 0 and lng == 0) else (lat, lng)


def due_at(text: str | None, zone: tzinfo | None = None) -> str | None:
    """When an order is due, in UTC; Blink writes local time without a zone (C13).

    Args:
        text: What Blink wrote.
        zone: Where the branch is; None for `ZONE`, which is a guess and remarked on.
    """
    try:
        moment = datetime.fromisoformat(text or "")
        if moment.tzinfo is None and zone is None:
            remark("C13", f"due_at has no zone, and none is configured: it was taken for {ZONE}")
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone or ZONE)).astimezone(UTC).isoformat()
    except (ValueError, OverflowError):
        return None


def status_event(status: Status, now: datetime) -> Event:
    """A status, as the signal of its number. The number wins; a name is asked only where there is none (C4)."""
    number = status_number(status)
    data = present({"status": number, "comment": status.comment, "blink_branch_id": status.branch_id})
    if number is None:
        data["status_text"] = status.status or status.status_text
    return Event(
        name=UNKNOWN_STATUS if number is None else order_signal(number),
        at=now,
        by=Cause.WEBHOOK,
        data=data,
        evidence=f"blink status webhook of {status.blink_order_id}",
    )


def status_number(status: Status) -> int | None:
    """The status as a number: int, numeric text, or a name in either field (C4, C5)."""
    words = (ORDER_STATUS.write(ORDER_STATUS.read(word)) for word in (status.status, status.status_text) if word)
    return next((word for word in words if isinstance(word, int)), None)
