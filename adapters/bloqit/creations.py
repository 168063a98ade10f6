"""What was found under the key of a creation whose answer was lost, and cannot be what that creation made.

May not look anything up. Non-obvious choice: an age is measured between two instants of the *remote's* clock, when the rent began
and when the look-up was answered, so that it does not matter how wrong ours is.
"""

from datetime import datetime, timedelta

from .translate import state_word
from .wire import Location, Rent

FRESH = timedelta(minutes=10)
"""How long before it is looked up a rent may have begun. A call and its look-ups take minutes at most (`Patience`); the rest
is for a remote whose machines do not agree on the time."""
OVER = frozenset({"cancelled", "finished"})


def older_rent(rent: Rent, now: datetime | None) -> str | None:
    """Why a rent cannot have been created a moment before `now` (None: unknown); None where it can."""
    state = state_word(rent.state or "")
    if state in OVER:
        return f"the rent {rent.id} is {state}"
    began = rent.start_date
    if now is not None and began is not None and now - began > FRESH:
        return f"the rent {rent.id} began at {began.isoformat()}"
    return None


def churned(location: Location, _now: datetime | None) -> str | None:
    """Why a location cannot be new; no answer says since when there is one."""
    return "the location is churned" if location.state == "churned" else None
