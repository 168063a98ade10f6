"""Drop-offs by code at a bloq (B:29-31, 3468-3474), and those that a machine without a line took by itself.

May not know HTTP. Non-obvious choice: a machine that is offline takes any code, because it cannot ask; what it took is judged
when the line is back, and a locker that took what nobody can explain is disabled (B:3501-3504).
"""

from dataclasses import replace
from datetime import datetime, timedelta

from .bloqit import Bloqit, allocate, enter, note, require_available, require_openable, tell, tell_locker
from .network import Bloq, Locker, OfflineDropOff
from .record import Thing
from .rent import Rent
from .reserving import begin, free_locker
from .words import Cause, RefusedError

SYNCED = Cause("bloqit.automatic.offline_dropoff", "locker")


def drop_off(side: Bloqit, rent: Rent, *, code: str, cause: Cause, bloq_id: str = "") -> None:
    """A courier or a customer types the drop-off code at a bloq (B:2460, 3470).

    Args:
        side: The pretend Bloq.it.
        rent: The rent whose item is dropped off.
        code: What was typed.
        cause: Who, at the locker.
        bloq_id: Where they stand, for a rent without a bloq.

    Raises:
        RefusedError: 409 for a wrong code, a wrong state, or no free locker.
    """
    target = side.target(rent, "drop_off_code")
    if code != rent.drop_off_code:
        raise RefusedError(409, "dropOffCodeInvalid", message="The bloq does not know this code.")
    size = rent.form.desired_locker_type
    locker = side.locker(rent.locker) if rent.locker else free_locker(side, rent.bloq or bloq_id, size=size)
    require_available(side, locker, rent)
    require_openable(side, locker, cause=cause)
    allocate(side, rent, locker=locker)
    note(side, rent, event="rent.drop_off_code_check", cause=replace(cause, operation=f"{cause.operation}.code_check"))
    begin(side, rent, locker=locker, target=target, cause=cause)


def at_keypad(side: Bloqit, bloq: Bloq, *, code: str, cause: Cause) -> Rent | None:
    """Somebody types a drop-off code at a bloq, and the machine finds the rent; `None` while it has no line and cannot.

    Raises:
        RefusedError: 409 for a code that no rent waits for here, or when no locker is free.
    """
    if not bloq.online:
        _take_offline(side, bloq, code=code)
        return None
    rent = _awaited(side, code)
    if rent is None or rent.bloq not in ("", bloq.id):
        raise RefusedError(409, "dropOffCodeInvalid", message="The bloq does not know this code.")
    drop_off(side, rent, code=code, cause=cause, bloq_id=bloq.id)
    return rent


def confirm(side: Bloqit, rent: Rent, *, cause: Cause) -> None:
    """Whoever dropped the item off reaches the "thank you page" (B:3468).

    Raises:
        RefusedError: 409 unless the item is inside.
    """
    if rent.state != "in_progress":
        raise RefusedError(409, "stateInvalid", message=f"Nobody is thanked in state {rent.state}.")
    note(side, rent, event="rent.drop_off_confirmation", cause=cause)


def give_up(side: Bloqit, rent: Rent, *, message: str, cause: Cause) -> None:
    """Whoever came to drop the item off thinks better of it (B:3469): the state stays, the justification is told.

    Raises:
        RefusedError: 409 when there is no drop-off to give up.
    """
    if not (rent.state == "starting" or (rent.before_drop_off and "drop_off_code" in side.moves(rent))):
        raise RefusedError(409, "stateInvalid", message=f"There is no drop-off in state {rent.state}.")
    note(side, rent, event="rent.drop_off_cancellation", cause=cause, message=message)


def disconnect(side: Bloqit, bloq: Bloq, *, cause: Cause) -> None:
    """The machine loses its line. No event tells of it: who should?

    Raises:
        RefusedError: 409 when it has none.
    """
    _switch(side, bloq, online=False, cause=cause)


def reconnect(side: Bloqit, bloq: Bloq, *, cause: Cause) -> None:
    """The line is back (B:3477): the machine tells what it took meanwhile.

    Raises:
        RefusedError: 409 when it was never away.
    """
    _switch(side, bloq, online=True, cause=cause)
    side.hooks.tell_bloq("bloq.reconnected", bloq.id, cause=cause)
    bloq.tries = 0
    synchronise(side, bloq)


def synchronise(side: Bloqit, bloq: Bloq) -> None:
    """Enter every drop-off that the cloud does not know yet; what cannot be entered now is tried again later (B:3474)."""
    waiting, bloq.unsynced = bloq.unsynced, []
    bloq.tried, bloq.tries = side.ground.clock.now(), bloq.tries + 1
    for taken in waiting:
        if not _enter(side, bloq, taken=taken):
            bloq.unsynced.append(taken)


def retry_at(side: Bloqit, bloq: Bloq) -> datetime | None:
    """When the next attempt to synchronise is due: each waits twice as long as the one before. `None` without a need for one."""
    if not (bloq.online and bloq.unsynced and bloq.tried):
        return None
    return bloq.tried + timedelta(seconds=side.ground.settings.offline_retry_seconds) * 2 ** (bloq.tries - 1)


def _take_offline(side: Bloqit, bloq: Bloq, *, code: str) -> None:
    # Nobody can be asked which locker: the reserved one if the machine has heard of the rent, else one that it thinks free.
    rent, taken = _awaited(side, code), {drop.locker for drop in bloq.unsynced}
    own = next((locker for locker in bloq.lockers if rent and locker.rent == rent.id), None)
    spare = (one for one in bloq.lockers if one.free and not one.is_open and one.id not in taken)
    locker = own or next(spare, None)
    if locker is None or locker.id in taken:
        raise RefusedError(409, "lockerNotAvailable", message="The machine has no locker to offer.")
    bloq.unsynced.append(OfflineDropOff(code, locker.id, side.ground.clock.now()))


def _enter(side: Bloqit, bloq: Bloq, *, taken: OfflineDropOff) -> bool:
    rent, locker = _awaited(side, taken.code), side.locker(taken.locker)
    reason = _reason(bloq, rent)
    if rent is None or reason:
        _disable(side, locker, code=taken.code, reason=reason)
        return True
    if locker.rent not in ("", rent.id) or not locker.active:
        note(side, rent, event="rent.waiting_offline_dropoff_sync", cause=SYNCED)
        return False
    target = side.target(rent, "drop_off_synced")
    note(side, rent, event="rent.drop_off_code_check_offline", cause=replace(SYNCED, operation=f"{SYNCED.operation}.code_check"))
    allocate(side, rent, locker=locker)
    rent.item_inside = True
    tell(side, rent, event="rent.offline_dropoff", cause=SYNCED)
    enter(side, rent, state=target, cause=SYNCED)
    return True


def _reason(bloq: Bloq, rent: Rent | None) -> str:
    """Why a drop-off cannot be right (B:3502-3504); empty when it can."""
    if rent is None:
        return "invalid_offline_dropoff"
    if not bloq.active:
        return "offline_drop_off_on_inactive_bloq"
    return "" if rent.bloq in ("", bloq.id) else "offline_drop_off_on_wrong_bloq"


def _disable(side: Bloqit, locker: Locker, *, code: str, reason: str) -> None:
    before, locker.active = "active" if locker.active else "inactive", False
    at, cause = side.ground.clock.now(), Cause("bloqit.automatic.locker_disabled", "locker")
    side.ground.record.add(Thing(locker.id, locker.title), cause, at=at, before=before, after="inactive")
    tell_locker(side, locker, event="locker.locker_inactive", cause=cause, metadata={"code": code, "reason": reason})


def _awaited(side: Bloqit, code: str) -> Rent | None:
    """The rent that waits for a drop-off with this code; of several the newest."""
    found = [
        rent
        for rent in side.unfinished.values()
        if rent.drop_off_code == code and rent.state in side.moves(rent).get("drop_off_synced", {})
    ]
    return found[-1] if found else None


def _switch(side: Bloqit, bloq: Bloq, *, online: bool, cause: Cause) -> None:
    before, after = ("offline", "online") if online else ("online", "offline")
    if bloq.online == online:
        raise RefusedError(409, "bloqInvalid", message=f"The bloq is {after} already.")
    bloq.online = online
    side.ground.record.add(Thing(bloq.id, bloq.code), cause, at=side.ground.clock.now(), before=before, after=after)
