"""What time does to rents, doors and machines: expiries (B:2395, 3463, 3497), warnings (B:3447), new attempts (B:3474).

May not read any clock but the world's. Non-obvious choice: an expiry is recorded at the instant at which it was due, not at
which it was noticed, so that one long step of the clock and many short ones leave the same world behind.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from .agenda import Due
from .bloqit import Bloqit, enter, tell_locker
from .dropoffs import retry_at, synchronise
from .network import Locker
from .rent import Rent
from .words import Cause

EXPIRATION = Cause("bloqit.automatic.expired", "expiration")
WARNING = Cause("bloqit.automatic.open_warning", "locker")


def dues(side: Bloqit) -> Iterator[Due]:
    """Everything that is going to happen by itself as things stand."""
    # Only what is unfinished: each request asks what is due, and a world that has seen many rents would stand still.
    for rent in side.unfinished.values():
        if (at := expires_at(side, rent)) is not None:
            yield Due(at, 0, rent.id, partial(_expire, side, rent))
    for bloq in side.bloqs.values():
        for locker in bloq.lockers:
            if (at := _warned_at(side, locker)) is not None:
                yield Due(at, 1, locker.id, partial(_warn, side, locker))
        if (at := retry_at(side, bloq)) is not None:
            yield Due(at, 2, bloq.id, partial(synchronise, side, bloq))


def expires_at(side: Bloqit, rent: Rent) -> datetime | None:
    """When a rent expires as things stand; `None` when it does not.

    A limit that passed while the door stood open counts from the closing, because it cannot expire before (an open door means
    that somebody is using it; the document does not say, and this is the reading that loses no item).
    """
    if rent.state not in side.moves(rent)["expire"]:
        return None
    limit = rent.limit(side.bloqs.get(rent.bloq), earliest=side.ground.settings.limits == "earliest")
    return None if limit is None else max(limit, rent.states[-1][1], rent.updated or limit)


def _expire(side: Bloqit, rent: Rent) -> None:
    # The locker stays allocated (B:2395).
    enter(side, rent, state=side.moves(rent)["expire"][rent.state], cause=EXPIRATION)


def _warned_at(side: Bloqit, locker: Locker) -> datetime | None:
    if not locker.is_open or locker.warned or locker.last_opened is None:
        return None
    return locker.last_opened + timedelta(seconds=side.ground.settings.open_warning_seconds)


def _warn(side: Bloqit, locker: Locker) -> None:
    # Nothing has changed but the patience of the machine, so nothing is recorded.
    locker.warned = True
    tell_locker(side, locker, event="locker.open_warning", cause=WARNING)
