"""Several clients at once on one rent, a few requests each: what they were answered must be what some order explains.

May not say which order is right: `linear` looks at the whole. Non-obvious choice: clients are threads where the driver has any,
and rounds of simultaneous requests where it has none, so that an application in this process is tried, too.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from random import Random
from threading import Barrier

from ..adapters.bloqit.wire import Rent
from ..adapters.operation import Reply, Request
from ..adapters.sender import Exchange
from .bench import InfrastructureError
from .judge import Fault
from .linear import Call, linearized
from .mealy import Word
from .meeting import met, request_of
from .oracle import Spot
from .runner import ALONE, Outcome, Runner
from .tested import Tested, said, shown

HISTORIES = 40
CLIENTS, REQUESTS = (3, 4), (2, 3)
FAILURE = 400
EXTEND = "extend"
UNSUITED = frozenset({"update", "change_code"})
"""Two of the same at once end as one of them: nothing that a machine says could be violated."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a rent is after some of the calls, and whether one of them has extended it."""

    spot: Spot
    extended: bool = False


def concurrent(runner: Runner, seed: int, *, histories: int = HISTORIES) -> Iterator[Outcome]:
    """Histories of a few clients, in states that are drawn.

    Args:
        runner: The system.
        seed: Draws the states, the clients and their requests.
        histories: How many.

    Raises:
        SpentError: The budget of requests is spent.
    """
    chance = Random(f"crowds {seed}")  # noqa: S311 - a sample, not a secret
    places = [(text, names) for text in runner.oracle.mealy.access if len(names := _suited(runner, text)) > 1]
    for _ in range(histories if places else 0):
        text, names = chance.choice(places)
        clients = [tuple(chance.choices(names, k=chance.randint(*REQUESTS))) for _ in range(chance.randint(*CLIENTS))]
        yield _crowd(runner, runner.oracle.mealy.access[text], clients)


def _suited(runner: Runner, text: str) -> tuple[str, ...]:
    """Inputs that several clients can give, wherever these lead, and of which one at least changes something."""
    machine = runner.oracle.mealy
    if ALONE & set(machine.access[text]):
        return ()
    names = tuple(name for name in machine.inputs if _sendable(runner, runner.oracle.spots[text], name))
    reached, waiting = {text}, [text]
    while waiting:
        here = waiting.pop()
        names = tuple(name for name in names if (here, name) in machine.steps)
        fresh = {machine.steps[here, name][1] for name in names} - reached
        reached |= fresh
        waiting += fresh
    moves = any(machine.steps[text, name][1] != text for name in names)
    return names if moves else ()


def _sendable(runner: Runner, spot: Spot, name: str) -> bool:
    given = runner.oracle.input(spot, name)
    return given is not None and bool(given.operation) and not (given.creates or given.chooses or name in UNSUITED)


def _crowd(runner: Runner, access: Word, clients: Sequence[Word]) -> Outcome:
    last = "|".join("+".join(client) for client in clients)
    return met(runner, access, last, lambda tested: _judged(runner, tested, clients), sent=sum(map(len, clients)))


def _judged(runner: Runner, tested: Tested, clients: Sequence[Word]) -> Fault | None:
    calls = _asked(runner, tested, clients)
    rent = runner.bench.rent(tested.rent, word=tested.name)
    seen = shown(rent, locker=runner.sight.locker) if isinstance(rent, Rent) else said(rent)
    start = Standing(tested.spot)
    if linearized(calls, start, lambda at, call: _after(runner, at, call), lambda at: _looks(runner, at.spot) == seen):
        return None
    told = ", ".join(f"{call.name} {_answer(call)}" for call in sorted(calls, key=lambda call: call.sent))
    return Fault("race", "answers and an end that some order of the requests explains", f"{told}; then {seen}")


def _after(runner: Runner, at: Standing, call: Call) -> tuple[Standing, ...]:
    """What follows. All of a crowd extend to one date, and no line says what becomes of an extension that extends nothing."""
    step = runner.oracle.step(at.spot, call.name)
    if call.name == EXTEND and at.extended and call.accepted is False:
        return (at,)
    if step is None or (call.accepted is not None and step.accepted is not None and step.accepted != call.accepted):
        return ()
    return (Standing(step.target, at.extended or (call.name == EXTEND and bool(step.accepted))),)


def _looks(runner: Runner, spot: Spot) -> str:
    return spot.shows if runner.sight.locker else f"{spot.kind} {spot.state}"


def _answer(call: Call) -> str:
    return "without an answer" if call.accepted is None else "accepted" if call.accepted else "refused"


def _asked(runner: Runner, tested: Tested, clients: Sequence[Word]) -> list[Call]:
    requests = [[(name, request_of(runner, tested, name)) for name in client] for client in clients]
    return _in_threads(runner, tested, requests) if runner.bench.driver.workers > 1 else _in_rounds(runner, tested, requests)


def _in_rounds(runner: Runner, tested: Tested, clients: Sequence[Sequence[tuple[str, Request]]]) -> list[Call]:
    calls: list[Call] = []
    for turn in range(max(map(len, clients))):
        asked = [client[turn] for client in clients if turn < len(client)]
        exchanges = runner.bench.together([request for _, request in asked], word=tested.name)
        calls += (_call(name, turn, turn + 0.5, exchange) for (name, _), exchange in zip(asked, exchanges, strict=True))
    return calls


def _in_threads(runner: Runner, tested: Tested, clients: Sequence[Sequence[tuple[str, Request]]]) -> list[Call]:
    ticks, start = count(), Barrier(len(clients))

    def client(asked: Sequence[tuple[str, Request]]) -> list[Call]:
        start.wait()
        calls: list[Call] = []
        for name, request in asked:
            sent, exchange = next(ticks), _exchanged(runner, tested, request)
            calls.append(_call(name, sent, next(ticks), exchange))
        return calls

    with ThreadPoolExecutor(len(clients)) as pool:
        return [call for calls in pool.map(client, clients) for call in calls]


def _exchanged(runner: Runner, tested: Tested, request: Request) -> Exchange | None:
    try:
        return runner.bench.send(request, word=tested.name)
    except InfrastructureError:
        return None


def _call(name: str, sent: float, answered: float, exchange: Exchange | None) -> Call:
    if not isinstance(exchange, Reply):
        return Call(name, sent)
    return Call(name, sent, answered, exchange.status < FAILURE)
