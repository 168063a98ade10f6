"""Test suites for a finite machine with outputs (a Mealy machine): tours, identification, Wp, and pumped cycles. Pure.

May not know what its inputs mean nor send anything. Non-obvious choice: a machine may be partial. An input that cannot be applied
in a state is no gap there: it belongs to no word, and two states are told apart by words that both of them can take.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, product
from types import MappingProxyType
from typing import Protocol, TypeAlias, TypeVar

P = TypeVar("P")
Q_co = TypeVar("Q_co", covariant=True)
Word: TypeAlias = tuple[str, ...]
"""Inputs in a row, from the machine's start."""


@dataclass(frozen=True)
class Mealy:
    """A deterministic machine.

    Attributes:
        start: Its first state.
        inputs: Every input, in the order in which suites try them.
        steps: (state, input) -> (output, next state); what is not in it cannot be applied.
    """

    start: str
    inputs: tuple[str, ...]
    steps: Mapping[tuple[str, str], tuple[str, str]]

    @cached_property
    def access(self) -> Mapping[str, Word]:
        """A shortest word to each state that can be reached, in breadth-first order."""
        return _reached(self, self.start)

    @cached_property
    def states(self) -> tuple[str, ...]:
        """Every state that can be reached, nearest first."""
        return tuple(self.access)

    def offered(self, state: str) -> tuple[str, ...]:
        """The inputs that can be applied in a state."""
        return tuple(name for name in self.inputs if (state, name) in self.steps)

    def run(self, word: Iterable[str], state: str | None = None) -> tuple[tuple[str, ...], str] | None:
        """Outputs of a word and the state that it ends in; None where some input of it cannot be applied."""
        here = self.start if state is None else state
        outputs: list[str] = []
        for name in word:
            found = self.steps.get((here, name))
            if found is None:
                return None
            outputs.append(found[0])
            here = found[1]
        return tuple(outputs), here

    def cells(self) -> Iterator[tuple[str, str]]:
        """Every (state, input) that can be tried."""
        return ((state, name) for state in self.states for name in self.offered(state))

    @cached_property
    def tellers(self) -> Mapping[frozenset[str], Word]:
        """A shortest word that tells two states apart, for each pair of which one exists."""
        return _tellers(self)

    def identifying(self, state: str) -> tuple[Word, ...]:
        """Words whose outputs together tell a state from every other one; longer ones first, none a beginning of another."""
        words = {self.tellers[pair] for pair in self.tellers if state in pair}
        return without_beginnings(words)

    @cached_property
    def ends(self) -> frozenset[str]:
        """States that nothing leads out of."""
        return frozenset(
            state for state in self.states if all(self.steps[state, name][1] == state for name in self.offered(state))
        )

    def way_out(self, state: str) -> Word:
        """A shortest word from a state to an end; empty where none is reached."""
        return self._ways_out.get(state, ())

    @cached_property
    def _ways_out(self) -> Mapping[str, Word]:
        ways = {state: _reached(self, state) for state in self.states}
        nothing: Word = ()
        out = {state: [way for end, way in found.items() if end in self.ends] for state, found in ways.items()}
        return MappingProxyType({state: min(found, key=len, default=nothing) for state, found in out.items()})


class Following(Protocol[Q_co]):
    """What follows from an input."""

    @property
    def target(self) -> Q_co:
        """Where it leads."""
        ...

    @property
    def output(self) -> str:
        """What is seen of it."""
        ...

    @property
    def open(self) -> object | None:
        """What decides on it, while nobody knows; None where all is known."""
        ...


def places_of(start: P, inputs: Word, step: Callable[[P, str], Following[P] | None]) -> Mapping[str, P]:
    """Every place that is reached by what is known, by its text, nearest first."""
    found = {str(start): start}
    waiting = deque([start])
    while waiting:
        here = waiting.popleft()
        for name in inputs:
            known = _known(step, here, name)
            if known is not None and str(known.target) not in found:
                found[str(known.target)] = known.target
                waiting.append(known.target)
    return found


def machine_of(start: P, inputs: Word, step: Callable[[P, str], Following[P] | None], places: Mapping[str, P]) -> Mealy:
    """As a finite machine: what nobody knows yet is left out."""
    cells = {(text, name): _known(step, place, name) for text, place in places.items() for name in inputs}
    steps = {cell: (known.output, str(known.target)) for cell, known in cells.items() if known is not None}
    return Mealy(str(start), inputs, steps)


def _known(step: Callable[[P, str], Following[P] | None], place: P, name: str) -> Following[P] | None:
    follows = step(place, name)
    return None if follows is None or follows.open is not None else follows


def _reached(machine: Mealy, source: str) -> dict[str, Word]:
    found: dict[str, Word] = {source: ()}
    waiting = deque([source])
    while waiting:
        here = waiting.popleft()
        for name in machine.offered(here):
            target = machine.steps[here, name][1]
            if target not in found:
                found[target] = (*found[here], name)
                waiting.append(target)
    return found


def _tellers(machine: Mealy) -> dict[frozenset[str], Word]:
    found: dict[frozenset[str], Word] = {}
    pairs = [frozenset(pair) for pair in combinations(machine.states, 2)]
    while fresh := dict(_told_now(machine, [pair for pair in pairs if pair not in found], found)):
        found.update(fresh)
    return found


def _told_now(
    machine: Mealy, pairs: Iterable[frozenset[str]], found: Mapping[frozenset[str], Word]
) -> Iterator[tuple[frozenset[str], Word]]:
    """Pairs that one input tells apart, or leads to a pair that is told apart already."""
    for pair in pairs:
        one, other = sorted(pair)
        words: list[Word] = []
        for name in machine.inputs:
            left, right = machine.steps.get((one, name)), machine.steps.get((other, name))
            if left is None or right is None:
                continue
            if left[0] != right[0]:
                words.append((name,))
            elif (after := frozenset((left[1], right[1]))) in found:
                words.append((name, *found[after]))
        if words:
            yield pair, min(words, key=len)


def without_beginnings(words: Iterable[Word]) -> tuple[Word, ...]:
    """Without words that others begin with: every step of a word is observed, so the longer one tests both."""
    wanted = set(words)
    beginnings = {word[:length] for word in wanted for length in range(len(word))}
    return tuple(sorted(wanted - beginnings, key=lambda word: (-len(word), word)))


def tour(machine: Mealy, *, longest: int = 40) -> tuple[Word, ...]:
    """Words that apply every input in every state at least once, each word going on to the nearest thing not yet tried.

    Args:
        machine: The machine.
        longest: Inputs after which a word ends where it is.
    """
    left = set(machine.cells())
    words: list[Word] = []
    while left:
        word, state = (), machine.start
        while len(word) < longest and (way := _nearest(machine, state, left)):
            for name in way:
                left.discard((state, name))
                state = machine.steps[state, name][1]
            word = (*word, *way)
        if not word:
            break
        words.append(word)
    return tuple(words)


def _nearest(machine: Mealy, state: str, left: set[tuple[str, str]]) -> Word:
    """The way to the nearest cell that is left, and through it. What changes nothing is done before what does."""
    for target, way in _reached(machine, state).items():
        open_here = [name for name in machine.offered(target) if (target, name) in left]
        if open_here:
            stays = [name for name in open_here if machine.steps[target, name][1] == target]
            return (*way, (stays or open_here)[0])
    return ()


def remembering(machine: Mealy, *, longest: int = 40) -> Iterator[Word]:
    """From every state on, words through every step to another state that can still come: what was, must not matter any more.

    A server that treats a rent otherwise because of where it once was is found by no word that begins with the shortest way.
    """
    moves = {(state, name) for state, name in machine.cells() if machine.steps[state, name][1] != state}
    for state, access in machine.access.items():
        yield from _after(machine, access, state, moves=moves, longest=longest)


def _after(machine: Mealy, word: Word, state: str, *, moves: set[tuple[str, str]], longest: int) -> Iterator[Word]:
    left = {cell for cell in moves if cell[0] in _reached(machine, state)}
    while left:
        begun, here = word, state
        while len(begun) < longest and (way := _nearest(machine, here, left)):
            for name in way:
                left.discard((here, name))
                here = machine.steps[here, name][1]
            begun = (*begun, *way)
        if begun == word:
            return
        yield begun


def wp(machine: Mealy, *, extra: int = 0) -> Iterator[Word]:
    """The Wp suite with `extra` more states than the machine has.

    Every state's shortest word, continued by up to `extra` + 1 inputs, and each of these ends told from every other state. With
    k extra it is complete for all machines whose states are a shortest word and k inputs away from the start, however many they
    have (Vaandrager and Melse, CONCUR 2025).
    """
    for word, middle in product(machine.access.values(), _upto(machine.inputs, extra + 1)):
        found = machine.run((*word, *middle))
        if found is not None:
            yield (*word, *middle)
            yield from ((*word, *middle, *tail) for tail in machine.identifying(found[1]) if machine.run(tail, found[1]))


def _upto(inputs: Word, length: int) -> Iterator[Word]:
    return (word for size in range(length + 1) for word in product(inputs, repeat=size))


def pumped(machine: Mealy, *, rounds: int, longest: int = 4) -> Iterator[Word]:
    """Every simple cycle, from each of its states, `rounds` times, and then what else can be tried there.

    What goes wrong the third time only, or after a state was left and entered again, is found by nothing shorter.

    Args:
        machine: The machine.
        rounds: How often a cycle is gone round.
        longest: States of a cycle at most; those that stay where they are have one.
    """
    for state, access in machine.access.items():
        for cycle in _cycles(machine, state, longest):
            if _is_refused(machine, state, cycle):
                # A refusal that is repeated has to leave everything as it was: once more, and then the state is identified.
                yield (*access, *(cycle * (rounds + 1)), *next(iter(machine.identifying(state)), ()))
            else:
                spun = (*access, *(cycle * rounds))
                yield spun
                yield from ((*spun, name, *machine.way_out(machine.steps[state, name][1])) for name in machine.offered(state))


def _is_refused(machine: Mealy, state: str, cycle: Word) -> bool:
    output, target = machine.steps[state, cycle[0]]
    return target == state and len(cycle) == 1 and not output.startswith("accepted")


def _cycles(machine: Mealy, home: str, longest: int) -> Iterator[Word]:
    """Simple cycles through a state, without those whose every step could be left out."""
    ways: list[tuple[Word, tuple[str, ...]]] = [((), (home,))]
    while ways:
        word, been = ways.pop()
        for name in machine.offered(been[-1]):
            target = machine.steps[been[-1], name][1]
            if target == home:
                yield (*word, name)
            elif target not in been and len(been) < longest:
                ways.append(((*word, name), (*been, target)))
