"""The pretend Bloq.it: its state, its doors, and the one place where a rent changes state.

May not know HTTP. Non-obvious choice: the record and the webhook are written after the change by `enter` alone, so no operation
can forget one of them or write them in another order.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from .customers import Customer, Customers
from .ground import Ground
from .hooks import NOTHING, Hooks, Subject
from .locations import Locations
from .moves import Moves, rules, target_of
from .network import Bloq, Locker, default_network
from .record import Thing
from .rent import Rent
from .words import Cause, JsonObject, RefusedError

EVENT_OF = {"starting": "started"}
"""Events are named after the state that is entered, but for this one (B:3455)."""

SILENT = frozenset({"payment_attempt"})
"""States that no event tells of (B:3444-3485)."""

NO_ANSWER = 504
"""B:58."""

PRICE_SETTLED = Cause("bloqit.automatic.price_settled", "locker")
NOTIFIED = Cause("bloqit.automatic.notified", "locker")


@dataclass(slots=True)
class Bloqit:
    """Everything that the pretend Bloq.it knows."""

    ground: Ground
    hooks: Hooks
    customers: Customers
    locations: Locations
    bloqs: dict[str, Bloq]
    rents: dict[str, Rent] = field(default_factory=dict)
    unfinished: dict[str, Rent] = field(default_factory=dict)

    @classmethod
    def default(cls, ground: Ground) -> "Bloqit":
        """With the default network."""
        hooks, network = Hooks(ground), default_network(ground.clock.now())
        return cls(ground, hooks, Customers(ground, hooks), Locations(ground), {bloq.id: bloq for bloq in network})

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

    def moves(self, rent: Rent) -> Moves:
        """The rules of a rent's type, as leniently read as the settings say."""
        return rules(rent.type, self.ground.settings.lenient)

    def target(self, rent: Rent, trigger: str) -> str:
        """Where a trigger leads a rent.

        Raises:
            RefusedError: 409 when its state does not allow it.
        """
        return target_of(self.moves(rent), trigger, state=rent.state)

    def view(self, rent: Rent, *, expanded: bool = False) -> JsonObject:
        """A rent as the document shows it: with objects in GET answers (B:1627, 1633), with ids in PUT answers (B:1951)."""
        bloq, settings = self.bloqs.get(rent.bloq), self.ground.settings
        earliest = settings.limits == "earliest"
        if not (expanded if settings.expansion == "samples" else settings.expansion == "always"):
            return rent.view(bloq=bloq, customer=rent.customer or None, earliest=earliest)
        locker = self.locker(rent.locker) if rent.locker else None
        return rent.view(bloq=bloq, customer=self._person(rent.customer), locker=locker, earliest=earliest)

    def _person(self, customer_id: str) -> JsonObject:
        customer: Customer | None = self.customers.known.get(customer_id)
        return customer.view() if customer else {"_id": customer_id} if customer_id else {}


def allocate(side: Bloqit, rent: Rent, *, locker: Locker) -> None:
    """Give a rent a locker, and back the one it had."""
    if rent.locker and side.locker(rent.locker).rent == rent.id:
        side.locker(rent.locker).rent = ""
    locker.rent, rent.locker, rent.bloq = rent.id, locker.id, locker.bloq


def require_available(side: Bloqit, locker: Locker, rent: Rent | None = None) -> None:
    """Refuse a locker that is inactive, another rent's (B:201, 603), or in a bloq that is inactive (B:3503).

    Raises:
        RefusedError: 409.
    """
    if rent is not None and locker.rent == rent.id:
        return
    if not (locker.free and side.bloq(locker.bloq).active):
        raise RefusedError(409, "lockerNotAvailable", message=f"Locker {locker.title} is allocated or inactive.")


def require_line(side: Bloqit, locker: Locker, *, cause: Cause) -> None:
    """Refuse what needs a machine that has no line; the cloud tells that it got no answer (B:3446), or a bad one (B:3451).

    Raises:
        RefusedError: 504 or 502 (B:57, 58), as `Settings.offline_status` says.
    """
    if side.bloq(locker.bloq).online:
        return
    status = side.ground.settings.offline_status
    event = "locker.locker_timeout" if status == NO_ANSWER else "locker.open_locker_error"
    tell_locker(side, locker, event=event, cause=cause)
    raise RefusedError(status, "bloqOffline", message="The bloq does not answer.")


def require_openable(side: Bloqit, locker: Locker, *, cause: Cause) -> None:
    """Refuse to open a door that stands open, or that nobody can reach.

    Raises:
        RefusedError: 409, 502 or 504.
    """
    if locker.is_open:
        raise RefusedError(409, "lockerOpen", message=f"Locker {locker.title} is open already.")
    require_line(side, locker, cause=cause)


def enter(side: Bloqit, rent: Rent, *, state: str, cause: Cause) -> None:
    """Change a rent's state, then record it, then tell it.

    Args:
        side: The pretend Bloq.it.
        rent: The rent; may be without any state yet.
        state: State to enter.
        cause: Who made it happen.
    """
    at = side.ground.clock.now()
    before = rent.state if rent.states else "-"
    rent.states.append((state, at))
    if rent.unfinished:
        side.unfinished[rent.id] = rent
    else:
        side.unfinished.pop(rent.id, None)
    if state == "finished" and rent.locker and side.locker(rent.locker).rent == rent.id:
        side.locker(rent.locker).rent = ""  # only the end frees a locker: cancelling and expiring do not (B:1960, 2395)
    side.ground.record.add(Thing(rent.id, rent.external), cause, at=at, before=before, after=state)
    if state not in SILENT:
        tell(side, rent, event=f"rent.{EVENT_OF.get(state, state)}", cause=cause)


def note(side: Bloqit, rent: Rent, *, event: str, cause: Cause, message: str = "") -> None:
    """Record and tell something that leaves the state as it is; an empty event is only recorded."""
    at = side.ground.clock.now()
    side.ground.record.add(Thing(rent.id, rent.external), cause, at=at, before=rent.state, after=rent.state)
    if event:
        tell(side, rent, event=event, cause=cause, message=message)


def tell(side: Bloqit, rent: Rent, *, event: str, cause: Cause, message: str = "") -> None:
    """Queue an event about a rent."""
    if rent.type == "return" and not side.ground.settings.return_events:
        return
    subject = Subject(rent.id, rent.bloq, rent.locker, rent.customer, message)
    side.hooks.tell(event, subject, cause=cause, at=side.ground.clock.now())


def open_door(side: Bloqit, locker: Locker, *, cause: Cause) -> None:
    """A closed door opens; the caller has checked that it may."""
    set_door(side, locker, is_open=True, event="locker.locker_opened", cause=cause)


def close_door(side: Bloqit, locker: Locker, *, cause: Cause) -> None:
    """An open door is closed, with all that it means for the rent inside (B:3456, 3459, 3460).

    Raises:
        RefusedError: 409 when it is closed already.
    """
    if not locker.is_open:
        raise RefusedError(409, "lockerClosed", message=f"Locker {locker.title} is closed already.")
    require_line(side, locker, cause=cause)
    set_door(side, locker, is_open=False, event="locker.locker_closed", cause=cause)
    rent = side.rents.get(locker.rent)
    target = side.moves(rent)["door_closed"].get(rent.state) if rent else None
    if rent is None or target is None:
        return
    first = rent.state == "starting"
    # An item went in with the first closing and out with the last one; in between only somebody looked.
    rent.item_inside = target == "in_progress"
    enter(side, rent, state=target, cause=cause)
    if target == "price_calculation":
        settle(side, rent)
    elif first and rent.type == "send":
        note(side, rent, event="rent.automatic_notification_sent", cause=NOTIFIED)  # to the phone number (B:2353, 3467)


def settle(side: Bloqit, rent: Rent) -> None:
    """What follows a price calculation at once: the end, or the wait for a payment."""
    trigger = "payment_required" if side.ground.settings.payment_due else "price_settled"
    enter(side, rent, state=side.target(rent, trigger), cause=PRICE_SETTLED)


def spring_open(side: Bloqit, locker: Locker, *, cause: Cause) -> None:
    """A door opens that nobody asked for (B:3452); the rent inside, if any, does not feel it.

    Raises:
        RefusedError: 409 when it is open already, or when its bloq has no line to tell it by.
    """
    if locker.is_open or not side.bloq(locker.bloq).online:
        raise RefusedError(409, "lockerInvalid", message="The door is open, or its bloq is offline.")
    set_door(side, locker, is_open=True, event="locker.spontaneous_locker_opening", cause=cause)


def maintain(side: Bloqit, locker: Locker, *, status: str, cause: Cause) -> None:
    """Bloq.it's people say what they do with a locker (B:3453); the event has "the previous and the new state".

    Raises:
        RefusedError: 409 for the status that it has.
    """
    before = locker.maintenance
    if status == before:
        raise RefusedError(409, "statusInvalid", message="This is its status already.")
    locker.maintenance = status
    at = side.ground.clock.now()
    side.ground.record.add(Thing(locker.id, locker.title), cause, at=at, before=before, after=status)
    told = {"previous": before, "new": status}
    tell_locker(side, locker, event="locker.maintenance_status_update", cause=cause, metadata=told)


def set_door(side: Bloqit, locker: Locker, *, is_open: bool, event: str, cause: Cause) -> None:
    """Move a door, then record it, then tell it."""
    at = side.ground.clock.now()
    locker.is_open, locker.warned = is_open, False
    locker.last_opened = at if is_open else locker.last_opened
    what, before, after = ("opened", "closed", "open") if is_open else ("closed", "open", "closed")
    done = replace(cause, operation=f"bloqit.door.{what}")
    side.ground.record.add(Thing(locker.id, locker.title), done, at=at, before=before, after=after)
    tell_locker(side, locker, event=event, cause=cause)


def tell_locker(side: Bloqit, locker: Locker, *, event: str, cause: Cause, metadata: Mapping[str, str] = NOTHING) -> None:
    """Queue an event about a locker, and the rent that has it."""
    rent = side.rents.get(locker.rent)
    subject = Subject(locker.rent, locker.bloq, locker.id, rent.customer if rent else "", metadata=metadata)
    side.hooks.tell(event, subject, cause=cause, at=side.ground.clock.now())
