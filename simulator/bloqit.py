"""The pretend Bloq.it: its state, its doors, and the one place where a rent changes state.

May not know HTTP. Non-obvious choice: the record and the webhook are written after the change by `enter` alone, so no operation
can forget one of them or write them in another order.
"""

from dataclasses import dataclass, field
from datetime import datetime

from .ground import Ground
from .hooks import Hooks, Subject
from .moves import DELIVERY, target_of
from .network import Bloq, Locker, default_network
from .record import Thing
from .rent import Rent
from .words import Cause, JsonObject, RefusedError

EVENT_OF = {"starting": "started"}
"""Events are named after the state that is entered, but for this one (B:3455)."""

PRICE_SETTLED = Cause("bloqit.automatic.price_settled", "locker")


@dataclass(slots=True)
class Bloqit:
    """Everything that the pretend Bloq.it knows."""

    ground: Ground
    hooks: Hooks
    bloqs: dict[str, Bloq]
    rents: dict[str, Rent] = field(default_factory=dict)
    customers: dict[str, JsonObject] = field(default_factory=dict)

    @classmethod
    def default(cls, ground: Ground) -> "Bloqit":
        """With the default network."""
        return cls(ground, Hooks(ground), {bloq.id: bloq for bloq in default_network(ground.clock.now())})

    def bloq(self, bloq_id: str) -> Bloq:
        """A bloq by id.

        Raises:
            RefusedError: 404 when there is none.
        """
        if bloq_id not in self.bloqs:
            raise RefusedError(404, "bloqNotFound", message=f"There is no bloq {bloq_id}.")
        return self.bloqs[bloq_id]

    def locker(self, locker_id: str, *, bloq: str = "") -> Locker:
        """A locker by id, of the given bloq if one is given.

        Raises:
            RefusedError: 404 when there is none.
        """
        places = [self.bloq(bloq)] if bloq else self.bloqs.values()
        for place in places:
            for locker in place.lockers:
                if locker.id == locker_id:
                    return locker
        raise RefusedError(404, "lockerNotFound", message=f"There is no locker {locker_id} here.")

    def rent(self, rent_id: str) -> Rent:
        """A rent by id.

        Raises:
            RefusedError: 404 when there is none.
        """
        if rent_id not in self.rents:
            raise RefusedError(404, "rentNotFound", message=f"There is no rent {rent_id}.")
        return self.rents[rent_id]

    def locker_of(self, rent: Rent) -> Locker:
        """The locker that is allocated to a rent.

        Raises:
            RefusedError: 409 when none is.
        """
        locker = self.locker(rent.locker) if rent.locker else None
        if locker is None or locker.rent != rent.id:
            raise RefusedError(409, "lockerInvalid", message="No locker is allocated to this rent.")
        return locker

    def view(self, rent: Rent, *, expanded: bool = False) -> JsonObject:
        """A rent as the document shows it: with objects in GET answers (B:1627, 1633), with ids in PUT answers (B:1951)."""
        bloq = self.bloqs.get(rent.bloq)
        if not expanded:
            return rent.view(bloq=bloq, customer=rent.customer or None)
        locker = self.locker(rent.locker) if rent.locker else None
        customer = self.customers.get(rent.customer, {"_id": rent.customer} if rent.customer else {})
        return rent.view(bloq=bloq, customer=customer, locker=locker)


def allocate(side: Bloqit, rent: Rent, *, locker: Locker) -> None:
    """Give a rent a locker, and back the one it had."""
    if rent.locker and side.locker(rent.locker).rent == rent.id:
        side.locker(rent.locker).rent = ""
    locker.rent, rent.locker, rent.bloq = rent.id, locker.id, locker.bloq


def require_available(locker: Locker, rent: Rent | None = None) -> None:
    """Refuse a locker that is inactive or another rent's (B:201, 603).

    Raises:
        RefusedError: 409.
    """
    if locker.free or (rent is not None and locker.rent == rent.id):
        return
    raise RefusedError(409, "lockerNotAvailable", message=f"Locker {locker.title} is allocated or inactive.")


def require_closed(locker: Locker) -> None:
    """Refuse to open a door that stands open.

    Raises:
        RefusedError: 409.
    """
    if locker.is_open:
        raise RefusedError(409, "lockerOpen", message=f"Locker {locker.title} is open already.")


def enter(side: Bloqit, rent: Rent, *, state: str, cause: Cause, at: datetime | None = None) -> None:
    """Change a rent's state, then record it, then tell it.

    Args:
        side: The pretend Bloq.it.
        rent: The rent; may be without any state yet.
        state: State to enter.
        cause: Who made it happen.
        at: Virtual instant; now, unless an expiry was due earlier.
    """
    at = at or side.ground.clock.now()
    before = rent.state if rent.states else "-"
    rent.states.append((state, at))
    if state == "finished" and rent.locker and side.locker(rent.locker).rent == rent.id:
        side.locker(rent.locker).rent = ""  # only the end frees a locker: cancelling and expiring do not (B:1960, 2395)
    side.ground.record.add(Thing(rent.id, rent.external), cause, at=at, before=before, after=state)
    tell(side, rent, event=f"rent.{EVENT_OF.get(state, state)}", cause=cause, at=at)


def note(side: Bloqit, rent: Rent, *, event: str, cause: Cause) -> None:
    """Record and tell something that leaves the state as it is; an empty event is only recorded."""
    at = side.ground.clock.now()
    side.ground.record.add(Thing(rent.id, rent.external), cause, at=at, before=rent.state, after=rent.state)
    if event:
        tell(side, rent, event=event, cause=cause, at=at)


def tell(side: Bloqit, rent: Rent, *, event: str, cause: Cause, at: datetime) -> None:
    """Queue an event about a rent."""
    side.hooks.tell(event, Subject(rent.id, rent.bloq, rent.locker, rent.customer), cause=cause, at=at)


def open_door(side: Bloqit, locker: Locker, *, cause: Cause) -> None:
    """A closed door opens; the caller has checked that it may."""
    locker.is_open, locker.last_opened = True, side.ground.clock.now()
    _tell_door(side, locker, what="opened", cause=cause)


def close_door(side: Bloqit, locker: Locker, *, cause: Cause) -> None:
    """An open door is closed, with all that it means for the rent inside (B:3456, 3459, 3460).

    Raises:
        RefusedError: 409 when it is closed already.
    """
    if not locker.is_open:
        raise RefusedError(409, "lockerClosed", message=f"Locker {locker.title} is closed already.")
    locker.is_open = False
    _tell_door(side, locker, what="closed", cause=cause)
    rent = side.rents.get(locker.rent)
    target = DELIVERY["door_closed"].get(rent.state) if rent else None
    if rent is None or target is None:
        return
    # An item went in with the first closing and out with the last one; in between only somebody looked.
    rent.item_inside = target == "in_progress"
    enter(side, rent, state=target, cause=cause)
    if target == "price_calculation":  # nothing is ever due here, so payment_attempt is not reached
        enter(side, rent, state=target_of(DELIVERY, "price_settled", state=rent.state), cause=PRICE_SETTLED)


def _tell_door(side: Bloqit, locker: Locker, *, what: str, cause: Cause) -> None:
    at = side.ground.clock.now()
    before = "closed" if what == "opened" else "open"
    done = Cause(f"bloqit.door.{what}", cause.source, cause.role, cause.id)
    side.ground.record.add(
        Thing(locker.id, locker.title), done, at=at, before=before, after="open" if what == "opened" else "closed"
    )
    rent = side.rents.get(locker.rent)
    subject = Subject(locker.rent, locker.bloq, locker.id, rent.customer if rent else "")
    side.hooks.tell(f"locker.locker_{what}", subject, cause=cause, at=at)
