"""Cleaning up: a rent of ours is brought to its end, and its locker is closed and free.

May not judge anything but whether that was possible. Non-obvious choice: it believes what it reads and not what must be,
because it is needed most where a server does what it must not.
"""

from collections.abc import Mapping
from types import MappingProxyType

from ..adapters.bloqit.wire import Rent
from ..adapters.operation import Reply
from ..adapters.sender import Exchange
from .bench import InfrastructureError, rent_in
from .tested import Tested

CLOSE, CANCEL, FINISH = "bloqit.rent_sims.close", "bloqit.rents.cancel", "bloqit.rents.finish"
COLLECT, CLOSE_LOCKER = "bloqit.rents.collect", "bloqit.lockers.close"
REFUSED = 400
WAYS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "starting": (CLOSE, CANCEL),
        "locker_opened": (CLOSE, CANCEL),
        "collect_item": (CLOSE,),
        "expired": (FINISH, COLLECT),
        "cancelled": (FINISH, COLLECT),
        "in_progress": (CANCEL, COLLECT),
        "finished": (),
    }
)
"""What leads on from a state; from every other one, cancelling does."""

ON_THEIR_WAY = frozenset({"price_calculation", "payment_attempt"})
AGAIN = 3
"""Times that it is tried once more while a busy server is in the way."""

DONE = frozenset({200, 201, 204})
MOST = 12
"""Requests that a rent may take to its end: the longest way has five."""


def bring_to_end(tested: Tested) -> str:
    """Bring a rent to its end.

    Returns:
        Where it stayed, empty if it is finished.

    Raises:
        InfrastructureError: It could not be asked.
    """
    for _ in range(AGAIN):
        try:
            return _brought(tested)
        except InfrastructureError:
            tested.seen = None  # nobody knows what the last request did; nothing is judged here, so it is asked for once more
    return _brought(tested)


def free_again(tested: Tested) -> tuple[str, ...]:
    """Its lockers that may be given to others: where its creation was not answered, those that show no rent."""
    if tested.rent or not tested.sent:
        return tested.lockers
    bloq = tested.bench.bloq(tested.bloq, word=tested.name)
    return tuple(locker.id for locker in bloq.lockers if locker.id in tested.lockers and locker.rent is None) if bloq else ()


def _brought(tested: Tested) -> str:
    if not tested.rent:
        return ""
    if not tested.ajar:
        return _ended(tested, tested.seen)
    _shut(tested)
    left = _ended(tested)
    _shut(tested)  # a rent may end with its door open, and nothing but the locker knows
    return left


def _ended(tested: Tested, seen: Rent | None = None) -> str:
    last, turn = "", 0
    rent = seen or tested.bench.rent(tested.rent, word=tested.name)
    for _ in range(MOST):
        if not isinstance(rent, Rent):
            return f"the rent {tested.rent} cannot be read: {rent.status}"
        state = str(rent.state)
        ways = WAYS.get(state, (CANCEL,))
        if not ways:
            return ""
        turn = turn + 1 if state == last else 0
        last = state
        if state in ON_THEIR_WAY:
            tested.bench.driver.wait(0.1)
        way = ways[turn % len(ways)]
        exchange = tested.bench.call(way, {"rentID": tested.rent}, word=tested.name)
        rent = rent_in(exchange) or tested.bench.rent(tested.rent, word=tested.name)
        if _was_idle(exchange, rent, state):
            tested.bench.driver.wait(0.1)
            rent = tested.bench.rent(tested.rent, word=tested.name)
            if _was_idle(exchange, rent, state):
                return f"{state}, after {way} was accepted"
    return f"{last}, whatever was tried: {', '.join(WAYS.get(last, (CANCEL,)))}"


def _was_idle(exchange: Exchange, rent: Rent | Reply, state: str) -> bool:
    """Whether a request was done, not for later (A23), and its rent is where it was: no way out of a state leads back to it."""
    done = isinstance(exchange, Reply) and exchange.status in DONE
    return done and state not in ON_THEIR_WAY and isinstance(rent, Rent) and str(rent.state) == state


def _shut(tested: Tested) -> None:
    """Close a door that its rent's state does not know of: as the rent's, else as the locker's own."""
    exchange = tested.bench.call(CLOSE, {"rentID": tested.rent}, word=tested.name)
    if tested.holds and (not isinstance(exchange, Reply) or exchange.status >= REFUSED):
        tested.bench.call(CLOSE_LOCKER, {"bloqID": tested.bloq, "lockerID": tested.holds}, word=tested.name)
