"""What a server was seen to do, word by word: enough of it is a machine.

May not send anything, nor believe a contradiction. Non-obvious choice: it is a tree and no list. Every beginning of a word that
was run is an answer too, and what a run has seen answers most of what a learner asks.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from .inputs import Input, alphabet
from .mealy import Mealy, Word
from .oracle import Oracle, Spot
from .runner import FATAL, Outcome

UNTRIED = "not tried"
"""What a machine that is learned says to an input that cannot be given where the specification is by then."""

SILENT = "done"
"""Instead of the answer to what nothing has to answer: a hand at a door, a hook, the clock."""


class ContradictionError(Exception):
    """The same word was seen to end in two ways: a server that is not deterministic has no machine."""


@dataclass
class Node:
    """What follows each input, after the word that leads here."""

    after: "dict[str, tuple[str, Node]]" = field(default_factory=dict[str, "tuple[str, Node]"])


def silent(given: Input | None) -> bool:
    """Whether an input's answer says nothing."""
    return given is None or bool(given.hook) or given.trigger == "door_closed"


def looks(spot: Spot, *, locker: bool) -> str:
    """A spot as a client sees it, if lockers are shown, and if not."""
    return spot.shows if locker else f"{spot.kind} {spot.state}"


def visible(oracle: Oracle, *, locker: bool = True) -> Mealy:
    """The specification in the words of a recording."""
    kinds = (oracle.kind, "return") if oracle.kind == "delivery" else (oracle.kind,)
    given: Mapping[str, Input] = {name: one for kind in reversed(kinds) for name, one in alphabet(kind).items()}
    steps = {
        (state, name): (f"{_answer(output, given.get(name))}, {looks(oracle.spots[target], locker=locker)}", target)
        for (state, name), (output, target) in oracle.mealy.steps.items()
    }
    return Mealy(oracle.mealy.start, oracle.mealy.inputs, steps)


def _answer(output: str, given: Input | None) -> str:
    return SILENT if silent(given) else output.partition(", ")[0]


@dataclass
class Recording:
    """See the module.

    Attributes:
        right: The specification, as `visible` has it.
        failed: Words that did not go as specified, and whose last output nobody noted.
    """

    right: Mealy
    failed: list[Word] = field(default_factory=list[Word])
    root: Node = field(default_factory=Node)

    def note(self, outcome: Outcome) -> None:
        """Keep what a word of a run showed: as far as nothing was found, it showed what is specified."""
        if outcome.inconclusive or not outcome.word or self.right.run(outcome.word) is None:
            return
        word = outcome.word[: len(outcome.seen)]
        if any(finding.check in FATAL for finding in outcome.findings):
            self.failed.append(word)
            word = word[:-1]
        found = self.right.run(word)
        assert found is not None  # noqa: S101 - it is the beginning of one that can be run
        self.add(word, found[0])

    def tried(self, word: Iterable[str]) -> tuple[bool, ...]:
        """Which inputs of a word can be given, by the specification; the others are not tried and change nothing."""
        state, tried = self.right.start, list[bool]()
        for name in word:
            step = self.right.steps.get((state, name))
            tried.append(step is not None)
            state = state if step is None else step[1]
        return tuple(tried)

    def add(self, word: Iterable[str], outputs: Iterable[str]) -> None:
        """Keep what a word that can be given showed, input by input.

        Raises:
            ContradictionError: It showed something else before.
        """
        here = self.root
        for place, (name, output) in enumerate(zip(word, outputs, strict=True)):
            known = here.after.get(name)
            if known is None:
                known = here.after[name] = (output, Node())
            elif known[0] != output:
                raise ContradictionError(f"input {place + 1} of a word, {name}, was answered {known[0]!r}, and now {output!r}")
            here = known[1]

    def get(self, word: Word) -> tuple[str, ...] | None:
        """What a word showed, `UNTRIED` where an input cannot be given; None where it was not run that far."""
        here, outputs = self.root, list[str]()
        for name, real in zip(word, self.tried(word), strict=True):
            if not real:
                outputs.append(UNTRIED)
                continue
            known = here.after.get(name)
            if known is None:
                return None
            outputs.append(known[0])
            here = known[1]
        return tuple(outputs)

    def odd(self, machine: Mealy) -> Word | None:
        """A shortest word that a machine answers otherwise than it was seen; None where there is none."""
        waiting: list[tuple[Word, Node, str]] = [((), self.root, machine.start)]
        for word, node, state in waiting:  # grows while it is gone through: breadth first
            for name, (output, after) in node.after.items():
                step = machine.steps.get((state, name))
                if step is None or step[0] != output:
                    return (*word, name)
                waiting.append(((*word, name), after, step[1]))
        return None

    def words(self) -> Iterator[Word]:
        """The longest words of it."""
        waiting: list[tuple[Word, Node]] = [((), self.root)]
        while waiting:
            word, node = waiting.pop()
            if not node.after:
                yield word
            waiting += (((*word, name), after) for name, (_, after) in node.after.items())
