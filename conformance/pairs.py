"""Races of tasks and orders: two requests at once end as one after the other would, in one of the two orders.

May not try what is wrong alone. Non-obvious choice: which of the two orders came about is not asked; any of them that explains
both answers, and what is shown afterwards, will do.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations

from ..machines import ABSENT
from .bench import InfrastructureError
from .judge import Fault
from .mealy import Word
from .runner import Outcome
from .subjects import Law, Place, Runs

End = tuple[dict[str, bool], Place]
"""Which of two inputs were accepted, and where that leads."""


def races(runs: Runs) -> Iterator[Outcome]:
    """Every pair of inputs of which one at least changes something, in every place."""
    machine = runs.oracle.mealy
    for text, place in runs.oracle.places.items():
        if place.state == ABSENT or place.updated:
            continue
        for pair in combinations(machine.offered(text), 2):
            ends = [end for order in (pair, pair[::-1]) if (end := _end(runs.oracle, place, order)) is not None]
            sound = all(runs.cells.get((text, name)) == "pass" for name in pair)
            if sound and len(ends) > 1 and _changes(runs.oracle, place, pair):
                yield _race(runs, machine.access[text], pair, ends)


def _changes(law: Law, place: Place, pair: tuple[str, str]) -> bool:
    return any((move := law.step(place, name)) is not None and move.target != place for name in pair)


def _end(law: Law, place: Place, order: tuple[str, ...]) -> End | None:
    answers: dict[str, bool] = {}
    for name in order:
        move = law.step(place, name)
        if move is None or move.open is not None or move.accepted is None:
            return None
        answers[name], place = move.accepted, move.target
    return answers, place


def _race(runs: Runs, access: Word, pair: tuple[str, str], ends: Sequence[End]) -> Outcome:
    thing = runs.ready()
    try:
        for name in access:
            if list(runs.did(thing, name, [])):
                return Outcome(access, ())  # which a word finds too
        exchanges = runs.bench.together([runs.system.request(thing, name) for name in pair], word=thing.name)
        told = {name: runs.system.accepted(exchange) for name, exchange in zip(pair, exchanges, strict=True)}
        mark = runs.system.marks(thing)
    except InfrastructureError as error:
        return Outcome((*access, *pair), (), inconclusive=str(error))
    thing.done = (*thing.done, *pair)
    if any(told == answers and mark in ("", end.mark) for answers, end in ends):
        return Outcome(thing.done, ("",) * len(thing.done))
    wanted = " or ".join(f"{_said(answers)}, then {end}" for answers, end in ends)
    fault = Fault("race", wanted, f"{_said(told)}{f', then {mark}' if mark else ''}")
    return Outcome(thing.done, (), (runs.finding(thing, fault, story=f"check race {' and '.join(pair)}"),))


def _said(answers: dict[str, bool]) -> str:
    return ", ".join(f"{name} {'accepted' if answer else 'refused'}" for name, answer in answers.items())
