"""Bloqs and their lockers: listed, opened, closed, disabled (B:60-705).

May not decide what a door does to its rent (`lives`). Non-obvious choice: closing a door that is closed is no mistake here (B:549
only says what it is afterwards), while closing that of a rent which has none open is (B:2168 speaks of its door).
"""

from typing import Any

from . import doors, lives
from .call import Call, is_list
from .dates import is_id
from .things import About, Bloq, Locker
from .views import Json, bloq_view, locker_view
from .words import API, LOCKER, SIZES, TYPES, invalid


def list_bloqs(call: Call) -> Json:
    """Bloqs, with the filters of B:85-106."""
    active, size, kind = (
        call.choice("active", ("all", "active", "inactive")),
        call.choice("lockerType", SIZES),
        call.choice("rentType", TYPES),
    )
    found = [
        bloq
        for bloq in call.world.bloqs.values()
        if (active in {None, "all"} or bloq.active == (active == "active"))
        and (kind is None or kind in bloq.supports)
        and (size is None or any(locker.size == size for locker in call.world.doors(bloq)))
    ]
    return call.page(found, lambda bloq: bloq_view(call.world, bloq))


def get_bloq(call: Call) -> Json:
    """A bloq."""
    return bloq_view(call.world, _bloq(call))


def free_lockers(call: Call) -> list[Json]:
    """Its free lockers (B:201)."""
    return [locker_view(locker) for locker in call.world.doors(_bloq(call)) if doors.is_free(locker)]


def open_locker(call: Call) -> Json:
    """Open a door that is nobody's (B:456)."""
    locker = _locker(call)
    doors.check_openable(locker)
    doors.opened(call.world, locker, API)
    return locker_view(locker)


def open_lockers(call: Call) -> list[str]:
    """Open several, or none of them (B:510)."""
    bloq, world = _bloq(call), call.world
    asked: Any = call.value("lockers", lambda value: is_list(value) and bool(value) and all(map(is_id, value)), required=True)
    chosen = {locker.id: locker for locker in (world.find(world.lockers, name, "locker") for name in asked)}
    for locker in chosen.values():
        if locker.bloq != bloq.id:
            raise invalid("lockers", "A locker belongs to another bloq.")
    for locker in chosen.values():
        doors.check_openable(locker)
    for locker in chosen.values():
        doors.opened(world, locker, API)
    return list(chosen)


def close_locker(call: Call) -> Json:
    """Close a door; its rent goes on as if somebody had shut it (B:549)."""
    locker = _locker(call)
    if locker.is_open:
        lives.closed(call.world, locker, LOCKER)
    return locker_view(locker)


def set_locker(call: Call) -> Json:
    """Disable or enable it (B:603); a rent that it has goes on."""
    locker = _locker(call)
    active: Any = call.value("active", lambda value: isinstance(value, bool), required=True)
    if active != locker.active:
        locker.active = active
        call.world.emit("locker.locker_active" if active else "locker.locker_inactive", API, About(locker=locker))
    return locker_view(locker)


def open_or_collect(call: Call) -> Json:
    """Collect what is inside, or just open the door (B:656)."""
    locker, world = _locker(call), call.world
    rent = world.inside(locker)
    if rent is not None:
        lives.collect(world, rent, API)
    else:
        doors.check_openable(locker)
        doors.opened(world, locker, API)
    return locker_view(locker)


def _bloq(call: Call) -> Bloq:
    return call.world.find(call.world.bloqs, call.path["bloqID"], "bloq")


def _locker(call: Call) -> Locker:
    return doors.in_bloq(call.world, call.path["bloqID"], call.path["lockerID"])
