"""What time does to rents: the automatic expiry (B:2395, 3463, 3497).

May not read any clock but the world's. Non-obvious choice: an expiry is recorded at the instant at which it was due, not at
which it was noticed, so that one long step of the clock and many short ones leave the same world behind.
"""

from datetime import datetime

from .bloqit import Bloqit, enter
from .moves import DELIVERY
from .rent import Rent
from .words import Cause

EXPIRATION = Cause("bloqit.automatic.expired", "expiration")


def due(side: Bloqit, rent: Rent) -> datetime | None:
    """When a rent expires as things stand; `None` when it does not.

    A limit that passed while the door stood open counts from the closing, because it cannot expire before (an open door means
    that somebody is using it; the document does not say, and this is the reading that loses no item).
    """
    if rent.state not in DELIVERY["expire"]:
        return None
    limit = rent.limit(side.bloqs.get(rent.bloq))
    return None if limit is None else max(limit, rent.states[-1][1], rent.updated or limit)


def next_due(side: Bloqit) -> tuple[datetime, Rent] | None:
    """The expiry that comes first; of several at one instant that of the oldest rent."""
    found = [(at, rent.id, rent) for rent in side.rents.values() if (at := due(side, rent)) is not None]
    if not found:
        return None
    at, _, rent = min(found, key=lambda one: one[:2])
    return at, rent


def fire_due(side: Bloqit) -> None:
    """Let everything expire that is due (now >= limit), in order of the due instants. The locker stays allocated."""
    now = side.ground.clock.now()
    while (first := next_due(side)) is not None and first[0] <= now:
        at, rent = first
        enter(side, rent, state=DELIVERY["expire"][rent.state], cause=EXPIRATION, at=at)
