"""Learns a server's machine, nearly without further requests: what a run has recorded answers most of what a learner asks.

May not judge. AALpy carries no types and is an extra (`parcelflow[learn]`); it is imported here alone. Non-obvious choice: what
the learner builds is compared with the recording and with nothing else. A run of the kit is a better search for differences than
a learner's own, and it is paid for already.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from time import monotonic
from typing import Any, cast

from ..machines import BadSettingsError
from .bench import InfrastructureError, SpentError
from .mealy import Mealy, Word
from .recording import UNTRIED, ContradictionError, Recording

SECONDS, STATES, WORDS = 60.0, 60, 4000
"""When a learner is stopped: a fault that counts, or that no input reaches, makes a machine without end."""

LSHARP = "aalpy.learning_algs.deterministic.LSharp"
"""It is not among AALpy's names at its top, where only older learners are."""

Ask = Callable[[Word], tuple[str, ...]]


class _EnoughError(Exception):
    """A limit is reached."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """When a learner is stopped: after seconds, at more states than these, or after words that it had to run."""

    seconds: float = SECONDS
    states: int = STATES
    words: int = WORDS


@dataclass(frozen=True, slots=True)
class Learned:
    """What was learned.

    Attributes:
        machine: The machine, None where there was none before a limit was reached.
        stopped: Why it is not all of it, empty where it agrees with everything that was recorded.
        asked: Words that had to be run for it.
        rounds: Machines that were built.
        seconds: What it took.
    """

    machine: Mealy | None
    stopped: str
    asked: int
    rounds: int
    seconds: float


def learned(recording: Recording, ask: Ask, limits: Limits = Limits()) -> Learned:
    """Learn a server's machine from what was recorded.

    Args:
        recording: What a run has seen; what is asked in addition is added to it.
        ask: Runs a word and answers what each of its inputs showed.
        limits: When to stop.

    Raises:
        BadSettingsError: AALpy is not installed.
    """
    lesson = _Lesson(recording, ask, limits, monotonic())
    stopped = lesson.run(_aalpy())
    return Learned(lesson.machine, stopped, lesson.asked, lesson.rounds, monotonic() - lesson.began)


@dataclass
class _Lesson:
    recording: Recording
    ask: Ask
    limits: Limits
    began: float
    machine: Mealy | None = None
    asked: int = 0
    rounds: int = 0

    def run(self, aalpy: Any) -> str:  # noqa: ANN401 - it carries no types
        """Learn; why it was stopped, empty where it was not."""
        try:
            for word in dict.fromkeys(self.recording.failed):
                self.answer(word)
            system, oracle = _system(aalpy, self), _oracle(aalpy, self)
            import_module(LSHARP).run_Lsharp(
                list(self.recording.right.inputs), system, oracle, automaton_type="mealy", separation_rule="SepSeq",
                cache_and_non_det_check=False, print_level=0,
            )  # fmt: skip
        except (_EnoughError, ContradictionError, SpentError, InfrastructureError) as error:
            return str(error)
        except SystemExit as error:  # what AALpy raises where two answers contradict each other
            return f"the server is not deterministic: {error}"
        return ""

    def answer(self, word: Word) -> tuple[str, ...]:
        """What a word shows: as recorded, or run."""
        known = self.recording.get(word)
        if known is not None:
            return known
        if monotonic() - self.began > self.limits.seconds:
            raise _EnoughError(f"stopped after {self.limits.seconds:g} s")
        if self.asked >= self.limits.words:
            raise _EnoughError(f"stopped after {self.limits.words} words")
        self.asked += 1
        tried = self.recording.tried(word)
        real = tuple(name for name, possible in zip(word, tried, strict=True) if possible)
        outputs = self.ask(real)
        self.recording.add(real, outputs)
        told = iter(outputs)
        return tuple(next(told) if possible else UNTRIED for possible in tried)

    def compare(self, setup: Mapping[str, Mapping[str, tuple[str, str]]], start: str) -> Word | None:
        """A word that the machine answers otherwise than it was seen."""
        self.rounds += 1
        steps = {(state, name): step for state, row in setup.items() for name, step in row.items()}
        self.machine = Mealy(start, self.recording.right.inputs, steps)
        if len(setup) > self.limits.states:
            raise _EnoughError(f"stopped at {len(setup)} states, of which more would follow")
        if monotonic() - self.began > self.limits.seconds:
            raise _EnoughError(f"stopped after {self.limits.seconds:g} s")
        return self.recording.odd(self.machine)


def _aalpy() -> Any:  # noqa: ANN401 - it carries no types
    try:
        found: Any = import_module("aalpy")
    except ImportError:
        raise BadSettingsError("learning needs AALpy: pip install 'parcelflow[learn]'") from None
    return found


def _system(aalpy: Any, lesson: _Lesson) -> Any:  # noqa: ANN401 - as above
    """The server as AALpy wants it, which asks for whole words only."""

    def query(self: Any, word: Any) -> list[str]:  # noqa: ANN401 - as above
        self.num_queries += 1
        return list(lesson.answer(tuple(cast("list[str]", word))))

    def nothing(self: Any, *_: object) -> None:  # noqa: ANN401 - as above
        del self

    return type("System", (aalpy.SUL,), {"query": query, "pre": nothing, "post": nothing, "step": nothing})()


def _oracle(aalpy: Any, lesson: _Lesson) -> Any:  # noqa: ANN401 - as above
    """The recording as AALpy wants it."""

    def find_cex(self: Any, hypothesis: Any) -> Word | None:  # noqa: ANN401 - as above
        del self
        return lesson.compare(hypothesis.to_state_setup(), hypothesis.initial_state.state_id)

    return type("Recorded", (aalpy.Oracle,), {"find_cex": find_cex})(list(lesson.recording.right.inputs), None)
