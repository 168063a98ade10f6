"""Races: two requests at the same instant, in every state, of which one is allowed; they must end as in one of the two orders.

May not say which order is right. Non-obvious choice: only pairs that change something are tried, and only where the two orders,
by the machine, are all that can have happened; a pair whose orders agree proves nothing when it ends well.
"""

from collections.abc import Iterator
from itertools import combinations_with_replacement

from ..adapters.bloqit.wire import Rent
from ..adapters.operation import Reply
from ..adapters.sender import Exchange
from .judge import Fault
from .mealy import Word
from .meeting import met, request_of
from .oracle import Spot, Step
from .runner import ALONE, Outcome, Runner
from .tested import Tested, said, shown

REPEATS = 2
"""Times that a pair is tried: over a network the two seldom meet at once."""


def races(runner: Runner, *, repeats: int = REPEATS) -> Iterator[Outcome]:
    """Every pair in every state."""
    machine = runner.oracle.mealy
    for text, access in machine.access.items():
        spot = runner.oracle.spots[text]
        names = [name for name in machine.offered(text) if _can_race(runner, spot, name)]
        if ALONE & set(access):
            continue
        for pair in combinations_with_replacement(names, 2):
            if any(_moves(runner, spot, name) for name in pair):
                yield from (_raced(runner, access, pair) for _ in range(repeats))


def _can_race(runner: Runner, spot: Spot, name: str) -> bool:
    given = runner.oracle.input(spot, name)
    return (
        given is not None and not given.hook and not given.creates and not given.chooses and name not in ("update", "change_code")
    )


def _moves(runner: Runner, spot: Spot, name: str) -> bool:
    step = runner.oracle.step(spot, name)
    return step is not None and bool(step.path)


def _raced(runner: Runner, access: Word, pair: tuple[str, str]) -> Outcome:
    return met(runner, access, "+".join(pair), lambda tested: _judged(runner, tested, pair), sent=len(pair))


def _judged(runner: Runner, tested: Tested, pair: tuple[str, str]) -> Fault | None:
    if any(_in_order(runner, tested.spot, order) is None for order in (pair, pair[::-1])):
        return None  # one of the orders leads where nothing is said
    replies = runner.bench.together([request_of(runner, tested, name) for name in pair], word=tested.name)
    rent = runner.bench.rent(tested.rent, word=tested.name)
    seen = shown(rent, locker=runner.sight.locker) if isinstance(rent, Rent) else said(rent)
    allowed = [_in_order(runner, tested.spot, order) for order in (pair, pair[::-1])]
    for order, answers in zip((replies, replies[::-1]), allowed, strict=True):
        if answers is not None and _fits(runner, order, seen, answers):
            return None
    wanted = " or ".join(_told(one) for one in allowed if one is not None)
    return Fault("race", wanted, f"{' and '.join(map(said, replies))}; then {seen}")


def _in_order(runner: Runner, spot: Spot, order: tuple[str, ...]) -> tuple[Step, ...] | None:
    steps: list[Step] = []
    for name in order:
        step = runner.oracle.step(spot, name)
        if step is None or step.open is not None:
            return None
        steps.append(step)
        spot = step.target
    return tuple(steps)


def _fits(runner: Runner, replies: list[Exchange], seen: str, steps: tuple[Step, ...]) -> bool:
    for reply, step in zip(replies, steps, strict=True):
        done = isinstance(reply, Reply) and reply.status < 400  # noqa: PLR2004 - a success
        if step.accepted is not None and done != step.accepted:
            return False
    spot = steps[-1].target
    return seen == (spot.shows if runner.sight.locker else f"{spot.kind} {spot.state}")


def _told(steps: tuple[Step, ...]) -> str:
    return f"{' and '.join('accepted' if step.accepted else 'refused' for step in steps)}; then {steps[-1].target.shows}"
