"""Races: two requests at the same instant, in every state, of which one is allowed; they must end as in one of the two orders.

May not say which order is right. Non-obvious choice: only pairs that change something are tried, and only where the two orders,
by the machine, are all that can have happened; a pair whose orders agree proves nothing when it ends well.
"""

from collections.abc import Iterator
from itertools import combinations_with_replacement

from ..adapters.bloqit.wire import Rent
from ..adapters.operation import Reply, Request
from ..adapters.sender import Exchange
from .bench import InfrastructureError
from .findings import Finding
from .judge import Fault
from .mealy import Word
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
    word = (*access, "+".join(pair))
    tested = runner.ready(word)
    if tested is None:
        return Outcome(word, (), inconclusive="no free locker is left")
    try:
        fault = _met(runner, tested, access, pair)
    except InfrastructureError as error:
        return Outcome(word, (), inconclusive=str(error))
    finally:
        runner.cleaned(tested)
    return Outcome(word, ("",) * (len(access) + 2), _finding(runner, tested, word, fault))


def _finding(runner: Runner, tested: Tested, word: Word, fault: Fault | None) -> tuple[Finding, ...]:
    if fault is None:
        return ()
    records = tuple(record for record in runner.bench.recent if record.word == tested.name)
    return (
        Finding(check=fault.check, kind=runner.kind, word=word, spot=str(tested.spot), expected=fault.expected, got=fault.got,
                evidence="B:54", records=records, story="check race"),
    )  # fmt: skip


def _met(runner: Runner, tested: Tested, access: Word, pair: tuple[str, str]) -> Fault | None:
    for name in access:
        given, step = runner.oracle.input(tested.spot, name), runner.oracle.step(tested.spot, name)
        if given is None or step is None:
            return None
        tested.follow(given, step, tested.give(given))
        if not tested.rent:
            return None
    tested.ajar = True  # for all that anybody knows of a door, afterwards
    if any(_in_order(runner, tested.spot, order) is None for order in (pair, pair[::-1])):
        return None  # one of the orders leads where nothing is said
    replies = runner.bench.together([_request(runner, tested, name) for name in pair], word=tested.name)
    rent = runner.bench.rent(tested.rent, word=tested.name)
    seen = shown(rent, locker=runner.sight.locker) if isinstance(rent, Rent) else said(rent)
    allowed = [_in_order(runner, tested.spot, order) for order in (pair, pair[::-1])]
    for order, answers in zip((replies, replies[::-1]), allowed, strict=True):
        if answers is not None and _fits(runner, order, seen, answers):
            return None
    wanted = " or ".join(_told(one) for one in allowed if one is not None)
    return Fault("race", wanted, f"{' and '.join(map(said, replies))}; then {seen}")


def _request(runner: Runner, tested: Tested, name: str) -> Request:
    given = runner.oracle.input(tested.spot, name)
    assert given is not None  # noqa: S101 - it was offered
    return runner.bench.request(given.operation, tested.filled(given.sends))


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
