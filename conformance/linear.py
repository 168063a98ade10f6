"""Linearizability: whether what several clients were answered at the same time can have happened one after the other.

May not send anything. Non-obvious choice: a request whose outcome is unknown may have happened at any time after it was sent, or
never. To leave it out of the history would accuse a server that did it, to demand it one that did not.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

State = TypeVar("State", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Call:
    """One request of a history.

    Attributes:
        name: What was asked.
        sent: When, on one clock for all clients.
        answered: When its answer came; None where none did.
        accepted: What the answer was; None where nobody knows.
    """

    name: str
    sent: float
    answered: float | None = None
    accepted: bool | None = None

    @property
    def known(self) -> bool:
        """Whether its outcome is known, so that it must have happened in between."""
        return self.answered is not None and self.accepted is not None


Follow: TypeAlias = Callable[[State, Call], Iterable[State]]
"""States that a call can lead to, by what it was answered; none where the answer is impossible there."""


@dataclass(frozen=True, slots=True)
class Order(Generic[State]):
    """Calls in an order that explains all answers, and the state at its end."""

    calls: tuple[Call, ...]
    state: State


def linearized(calls: Sequence[Call], start: State, follow: Follow[State], ends: Callable[[State], bool]) -> Order[State] | None:
    """An order that explains a history; None where there is none.

    The search of Wing and Gong, with Lowe's memory of what was tried: a set of calls that have happened and the state after them
    is looked at once.

    Args:
        calls: Everything that was asked, in any order.
        start: The state before.
        follow: What a call leads to.
        ends: Whether a state is what was seen when all was over.
    """
    every = tuple(calls)
    must = sum(1 << place for place, call in enumerate(every) if call.known)
    before = [_before(every, call) for call in every]
    waiting: list[tuple[int, State, tuple[Call, ...]]] = [(0, start, ())]
    been = {(0, start)}
    while waiting:
        done, state, order = waiting.pop()
        if done & must == must and ends(state):
            return Order(order, state)
        for place, call in enumerate(every):
            if done >> place & 1 or before[place] & ~done:
                continue
            for after in follow(state, call):
                further = (done | 1 << place, after)
                if further not in been:
                    been.add(further)
                    waiting.append((*further, (*order, call)))
    return None


def _before(every: Sequence[Call], call: Call) -> int:
    """The calls that were answered before a call was sent, as bits: they have happened before it."""
    return sum(
        1 << place
        for place, other in enumerate(every)
        if other.known and other.answered is not None and other.answered < call.sent
    )
