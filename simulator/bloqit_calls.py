"""Who asks the pretend Bloq.it, and about which rent, locker or bloq.

May not decide anything. Non-obvious choice: creations answer 201, everything else 200; the document's list of answers is lost,
and a client that insists on one of them is wrong.
"""

from collections.abc import Callable
from dataclasses import dataclass

from .bloqit import Bloqit
from .contract import Contract, shape
from .hooks import PARTNER
from .network import Bloq, Locker
from .rent import Rent
from .web import Answer, Call, Handler, Operation
from .words import Cause
from .world import World

RENT, LOCKER, BLOQ, PLACE = (shape(name) for name in ("Rent", "Locker", "Bloq", "BloqLocation"))
"""What most operations answer."""

HARDWARE = (409, 502, 504)
"""What a request that wants something of a machine can meet (B:54-58)."""


def op(name: str, line: str, handler: Handler, contract: Contract, *more: str) -> Operation:
    """An operation from a line such as "PUT /rents/{rent}", and further paths that mean the same."""
    method, path = line.split(" ", 1)
    return Operation(f"bloqit.{name}", method, (path, *more), handler, contract=contract)


def asked_by_api(call: Call) -> Cause:
    """The partner, over the public API (B:3496)."""
    return Cause(call.operation, "public_api", "partner", PARTNER)


def at_the_locker(call: Call) -> Cause:
    """Somebody at the machine (B:3495)."""
    return Cause(call.operation, "locker", "user")


@dataclass(frozen=True, slots=True)
class OnRent:
    """A request about one rent, and who makes it."""

    side: Bloqit
    rent: Rent
    call: Call

    @property
    def cause(self) -> Cause:
        """The partner."""
        return asked_by_api(self.call)


@dataclass(frozen=True, slots=True)
class OnLocker:
    """A request about one locker, and who makes it."""

    side: Bloqit
    locker: Locker
    call: Call

    @property
    def cause(self) -> Cause:
        """The partner."""
        return asked_by_api(self.call)


def on_rent(act: Callable[[OnRent], None]) -> Handler:
    """A handler that acts on the rent of the path and answers it, with ids (B:1946, 1951)."""

    def handler(world: World, call: Call) -> Answer:
        rent = world.bloqit.rent(call.path["rent"])
        act(OnRent(world.bloqit, rent, call))
        return Answer(world.bloqit.view(rent))

    return handler


def on_locker(act: Callable[[OnLocker], None]) -> Handler:
    """A handler that acts on the locker of the path and answers it (B:495)."""

    def handler(world: World, call: Call) -> Answer:
        locker = world.bloqit.locker(call.path["locker"], bloq=call.path["bloq"])
        act(OnLocker(world.bloqit, locker, call))
        return Answer(locker.view())

    return handler


@dataclass(frozen=True, slots=True)
class OnBloq:
    """A request about one bloq, and who makes it."""

    side: Bloqit
    bloq: Bloq
    call: Call

    @property
    def cause(self) -> Cause:
        """The partner."""
        return asked_by_api(self.call)


def on_bloq(act: Callable[[OnBloq], Answer]) -> Handler:
    """A handler that acts on the bloq of the path; what it answers differs."""

    def handler(world: World, call: Call) -> Answer:
        return act(OnBloq(world.bloqit, world.bloqit.bloq(call.path["bloq"]), call))

    return handler
