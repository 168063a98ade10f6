"""The levels: which words are tried, in which order, and what a clean run of them proves.

May not run a word. Non-obvious choice: a level is the one below it and more, and words that another one begins with are dropped
over all of them, so that nothing is paid for twice.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from .mealy import Mealy, Word, pumped, remembering, tour, without_beginnings, wp
from .oracle import Oracle
from .stories import STORIES


class Level(StrEnum):
    """How much is tried."""

    SMOKE = "smoke"
    STANDARD = "standard"
    DEEP = "deep"
    NIGHTLY = "nightly"


@dataclass(frozen=True, slots=True)
class Suite:
    """The words of a level for one rent type.

    Attributes:
        stories: The document's stories that can be told here, as (title, word).
        words: The rest, longest tours first.
        proves: What holds when all of them agree.
    """

    stories: tuple[tuple[str, Word], ...]
    words: tuple[Word, ...]
    proves: str


ROUNDS = {Level.SMOKE: 0, Level.STANDARD: 3, Level.DEEP: 4, Level.NIGHTLY: 6}
EXTRA = {Level.SMOKE: -1, Level.STANDARD: 0, Level.DEEP: 1, Level.NIGHTLY: 2}


def suite(oracle: Oracle, level: Level) -> Suite:
    """The suite of a level."""
    machine = oracle.mealy
    told = tuple((story.title, story.word) for story in STORIES[oracle.kind] if machine.run(story.word) is not None)
    first = tour(machine)
    rest = set(without_beginnings({*first, *_more(machine, level)})) - set(first)
    words = (*first, *sorted(rest, key=lambda word: (len(word), word)))
    return Suite(told, words, _proves(machine, level))


def _more(machine: Mealy, level: Level) -> Iterator[Word]:
    if EXTRA[level] >= 0:
        yield from wp(machine, extra=EXTRA[level])
        yield from pumped(machine, rounds=ROUNDS[level])
        yield from remembering(machine)


def _proves(machine: Mealy, level: Level) -> str:
    cells = len(list(machine.cells()))
    known = f"each of {cells} cells ({len(machine.states)} states, every input that can be given there) answers as it must"
    if level is Level.SMOKE:
        return f"{known}, once, by one way to each"
    reach = "a specified way" if EXTRA[level] == 0 else f"a specified way and at most {EXTRA[level]} arbitrary request(s) more"
    return (
        f"{known}; and every deterministic server whose states are reached by {reach} is equivalent to the machine as far as"
        f" answers and rents show it (Vaandrager and Melse, CONCUR 2025); no simple cycle behaves otherwise within"
        f" {ROUNDS[level]} rounds, and no step is another one after a state that a rent was in before. Assumed: a fresh rent"
        f" is independent of those before it, and the server is deterministic"
    )
