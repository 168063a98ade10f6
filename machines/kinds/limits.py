"""When a rent expires: the dates, spans and a bloq's hours that the documents give, and which of them counts.

May not read a clock: a limit is an instant computed from the case's facts, and firing it is the engine's. Non-obvious choice:
where several limits are known the explicit date wins, then the rent's own span, then the bloq's default (A52); no document says
so, but any other order would expire a parcel before the date that its customer was told.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from ..words import Facts


def instant(value: object) -> datetime | None:
    """An aware instant out of a fact (ISO 8601 text); None for anything else, for facts come from outside."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def rent_limit(facts: Facts) -> datetime | None:
    """When a store or a send expires: expiryDate, else the bloq's hours after the start (B:184, 2268-2269, 2381-2382)."""
    return _first_date(facts, ("expiry_at",)) or _hours_after(facts, "created_at", ("bloq_rent_hours",))


def collect_limit(facts: Facts) -> datetime | None:
    """When a delivery in its locker expires: expiryDate, else the hours after drop-off that it or its bloq gives (B:2435)."""
    given = _first_date(facts, ("expiry_at",))
    return given or _hours_after(facts, "in_progress_at", ("collect_limit_hours", "bloq_collect_hours"))


def collect_date(facts: Facts) -> datetime | None:
    """When a return in its locker expires: expiryDate, else collectTimeLimit, which is a date for returns (B:2923, 2933, A9)."""
    return _first_date(facts, ("expiry_at", "collect_limit_at"))


def drop_off_limit(facts: Facts) -> datetime | None:
    """When a rent that nothing was put into expires: its own limit, else expiryDate, else the bloq's hours (B:2425, 2430)."""
    given = _first_date(facts, ("dropoff_limit_at", "expiry_at"))
    return given or _hours_after(facts, "created_at", ("bloq_delivery_hours",))


def _first_date(facts: Facts, names: Iterable[str]) -> datetime | None:
    return next((moment for name in names if (moment := instant(facts.get(name))) is not None), None)


def _hours_after(facts: Facts, start: str, limits: Iterable[str]) -> datetime | None:
    began = instant(facts.get(start))
    hours = next((facts[name] for name in limits if isinstance(facts.get(name), int)), None)
    if began is None or not isinstance(hours, int):
        return None
    return began + timedelta(hours=hours)
