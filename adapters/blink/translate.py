"""Between Blink's words and ours, both ways: triggers to status numbers, order payloads to facts, statuses to signals.

May not call anything nor read a clock. Non-obvious choice: money and coordinates are facts as decimal *text*. Facts are JSON, and
JSON numbers come back as floats.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from types import MappingProxyType

from ...machines import BadParametersError, Cause, Effect, Event, Json
from ...machines.vendor import ORDER_STATUS, order_signal
from ..tolerant import present, text_of
from .wire import REJECTED, Order, Status

TRIGGER_STATES: Mapping[str, str] = MappingProxyType(
    {"accept": "accepted", "dispatch": "dispatched", "deliver": "delivered", "reject": "rejected"}
)

UNKNOWN_STATUS = "order.status_unknown"


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


def order_event(order: Order, *, now: datetime, zone: tzinfo) -> Event:
    """The arrival of an order."""
    return Event(
        name="order_webhook",
        at=now,
        by=Cause.WEBHOOK,
        data=order_facts(order, zone),
        evidence=f"blink order webhook {order.blink_order_id}",
    )


def order_facts(order: Order, zone: tzinfo) -> dict[str, Json]:
    """What an order says, as facts; what it leaves empty is left out. `paid` is the payment flag alone (C10)."""
    lat, lng = _place(order)
    kind = None if order.type is None else order.type.upper()
    facts: dict[str, Json] = {
        "type": kind,
        "order_key": order.order_key,
        "channel": order.channel,
        "branch_id": order.branch_id or order.blink_branch_id,  # C25: the partner's own id first
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
        "products": order.products,
    }
    return present(facts)


def _money(order: Order) -> dict[str, Json]:
    return {
        "total_price": _decimal(order.total_price),
        "subtotal": _decimal(order.subtotal),
        "delivery_charges": _decimal(order.delivery_charges),
        "tax": _decimal(order.tax),
    }


def _decimal(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:f}"


def _place(order: Order) -> tuple[Decimal | None, Decimal | None]:
    """Where the customer is; (0, 0) lies in the Gulf of Guinea and means that nobody knows (C11)."""
    lat, lng = order.customer_address_latitude, order.customer_address_longitude
    return (None, None) if lat is None or lng is None or (lat == 0 and lng == 0) else (lat, lng)


def due_at(text: str | None, zone: tzinfo) -> str | None:
    """When an order is due, in UTC; Blink writes local time without a zone (C13)."""
    try:
        moment = datetime.fromisoformat(text or "")
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC).isoformat()
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
