"""One rent and how the document shows it.

May not change anything. Non-obvious choice: a rent remembers when it entered each state, and every limit is computed from that
and from what the client sent; no deadline is stored, so none can be stale.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from .forms import RentForm
from .moves import BEFORE_DROP_OFF
from .network import Bloq, Locker
from .words import Json, JsonObject, iso


@dataclass(slots=True)
class Rent:
    """A rent of any type.

    Attributes:
        type: One of the four (B:100); a delivery can become a return (B:2834).
        phone: Who is told that a send waits (B:2353).
        bloq: Where it is to happen; empty when not chosen yet.
        locker: The locker that it uses or last used; empty when none was selected.
        states: Each state it entered, with the virtual instant, oldest first.
        updated: When its limits last changed; a limit moved into the past is reached then, not earlier.
    """

    id: str
    form: RentForm
    codes: dict[str, str]
    drop_off_code: str
    customer: str = ""
    bloq: str = ""
    locker: str = ""
    type: str = "delivery"
    phone: str = ""
    item_inside: bool = False
    states: list[tuple[str, datetime]] = field(default_factory=list)
    updated: datetime | None = None

    @property
    def state(self) -> str:
        """The present state."""
        return self.states[-1][0]

    @property
    def external(self) -> str:
        """The partner's id; empty when none was given."""
        return self.form.external_id or ""

    @property
    def unfinished(self) -> bool:
        """Active in the document's sense: "has not finished" (B:1412), so cancelled and expired ones are."""
        return self.state != "finished"

    def entered(self, state: str) -> datetime | None:
        """When it first entered a state."""
        return next((at for name, at in self.states if name == state), None)

    @property
    def before_drop_off(self) -> bool:
        """Whether nobody has stood at the locker yet."""
        return self.state in BEFORE_DROP_OFF

    def limit(self, bloq: Bloq | None, *, earliest: bool = False) -> datetime | None:
        """The instant that ends the present phase, whether or not it can expire in the present state.

        A store or send: expiryDate, else the bloq's maxRentTimeHour since its start (B:184, 2268). Others, until the
        drop-off: deliveryDateLimit, else expiryDate, else the bloq's maxRentDeliveryTimeHour (B:2425, 2430); after it:
        expiryDate, else collectTimeLimit, as hours since the item was placed or as a date, else maxRentCollectTimeHour
        (B:2395, 2435, 2933). The order of precedence is not documented: the more explicit wins, or the `earliest`.
        """
        known = [at for at in self._limits(bloq) if at is not None]
        return (min(known) if earliest else known[0]) if known else None

    def _limits(self, bloq: Bloq | None) -> tuple[datetime | None, ...]:
        form, start = self.form, self.states[0][1]
        if self.type in ("store", "send"):
            return form.expiry_date, _after(start, bloq.rent_hours if bloq else None)
        if self.before_drop_off:
            return form.delivery_date_limit, form.expiry_date, _after(start, bloq.delivery_hours if bloq else None)
        placed, own = self.entered("in_progress"), form.collect_time_limit
        asked = own if isinstance(own, datetime) else _after(placed, own)
        return form.expiry_date, asked, _after(placed, bloq.collect_hours if bloq else None)

    def view(self, *, bloq: Bloq | None, customer: Json, locker: Locker | None = None, earliest: bool = False) -> JsonObject:
        """As the document shows it.

        Args:
            bloq: Its bloq, for the limits.
            customer: Its id (B:1946) or the expanded object (B:1627).
            locker: The locker to expand (B:1633); its id is shown otherwise (B:1951).
            earliest: Whether the earliest of several limits holds.
        """
        told: JsonObject = {
            "_id": self.id,
            "type": self.type,
            "state": self.state,
            "states": [{"state": name, "date": iso(at)} for name, at in self.states],
            "customer": customer,
            "startDate": iso(self.states[0][1]),
            "details": {"bloq": self.bloq or None},
            "notificationOptions": list(self.form.notification_options or []),
            "locker": locker.view() if locker else self.locker or None,
            "pricing": {},
            "pickUpCodes": dict(self.codes),
            "dropOffCode": self.drop_off_code,
        }
        return told | {name: value for name, value in self._optional(bloq, earliest=earliest).items() if value is not None}

    def _optional(self, bloq: Bloq | None, *, earliest: bool) -> JsonObject:
        form, limit = self.form, self.form.collect_time_limit
        return {
            "expiryDate": _date(form.expiry_date if self.before_drop_off else self.limit(bloq, earliest=earliest)),
            "endDate": _date(self.entered("finished")),
            "deliveryDateLimit": _date(form.delivery_date_limit),
            "collectTimeLimit": _date(limit) if isinstance(limit, datetime) else limit,
            "externalID": form.external_id,
            "desiredLockerType": form.desired_locker_type,
            "operationType": form.operation_type,
            "carrier": form.carrier,
        }


def _after(start: datetime | None, hours: int | None) -> datetime | None:
    return None if start is None or hours is None else start + timedelta(hours=hours)


def _date(at: datetime | None) -> str | None:
    return None if at is None else iso(at)
