"""Errands: one call made in the thread that asks for it, and what came of it told.

May not write: what has come back is settled by whoever does the next transaction. Non-obvious choice: whatever is thrown at us is
an answer. A caller is a user's code, and what it raises or ends must neither stop other cases nor leave an effect claimed.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeAlias

from ..machines import Answer, Caller, Done, TryLater, Unknown
from .answers import usable
from .blame import where
from .gates import Gates
from .outbox import Work
from .outgoing import CallFailed
from .points import Crash
from .ports import Clock
from .telling import Since, answered, made, said_of, word_of
from .watch import Watch

Back: TypeAlias = tuple[Work, Answer]
"""A call that has come back."""


class Errands:
    """Makes calls.

    Args:
        callers: The adapters by the first word of the operations they know.
        gates: Learn of each answer.
        clock: Tells how long a call was out.
        watch: Is told.
        lost: Takes what became of a call whose thread was ended.
    """

    def __init__(
        self, callers: Mapping[str, Caller], gates: Gates, clock: Clock, watch: Watch, *, lost: Callable[[Back], None]
    ) -> None:
        self._callers = callers
        self._gates = gates
        self._clock = clock
        self._watch = watch
        self._lost = lost

    def run(self, work: Work) -> Back:
        """Make a call; the effect, with its place in a trace, and the answer.

        Raises:
            BaseException: What ended the thread. What became of the call is with `lost` then.
        """
        watch, out = self._watch, Since(self._clock)
        watch.tell(made(work))
        with watch.calling(work.trace, f"call {work.effect.operation}", said_of(work)) as span:
            answer = self._alive(work)
            took = out.seconds()
            span.answered(word_of(answer), well=isinstance(answer, Done))
        self._gates.end(work.system, answer, self._clock.now(), looked_up=work.unsure, took=took)
        watch.tell(answered(work, answer, took))
        return work if span.trace == work.trace else replace(work, trace=span.trace), answer

    def left(self, work: Work) -> Back | None:
        """A call that is left alone after all, for its remote was found to be down, or asked for it, after it was claimed."""
        wait = self._gates.shut_for(work.system, now := self._clock.now())
        if wait is None:
            return None
        self._gates.put_back(work.system, now)
        why = "its remote was to be left alone by then"
        # It has not been tried, so it is not given up for this try: one more life lets it be tried once more.
        return replace(work, lives=work.lives + 1), Unknown(why) if work.unsure else TryLater(why, wait)

    def _alive(self, work: Work) -> Answer:
        """The answer; where the thread is ended instead, what can be told of it comes back in its place."""
        try:
            return self._answered(work)
        except Crash:
            raise
        except BaseException as error:
            # What ends a thread (`sys.exit` in a caller, an interrupt) ends no process: the effect would stay claimed until
            # the next start, and its gate's room taken.
            lost = Unknown(f"its thread was ended by {type(error).__name__}")
            self._watch.tell(CallFailed(work.effect.operation, work.key, type(error).__name__, where(error)))
            self._gates.end(work.system, lost, self._clock.now(), looked_up=work.unsure)
            self._lost((work, lost))
            raise

    def _answered(self, work: Work) -> Answer:
        caller = self._callers[work.system]
        try:
            return usable(caller.look_up(work.effect, work.key) if work.unsure else caller.call(work.effect, work.key))
        except Exception as error:  # noqa: BLE001 - said below
            # The one place where anything may be thrown at us (a caller is a user's code too). It may have been thrown after
            # the door had opened, so the outcome is unknown; letting it out would stop every other case as well.
            self._watch.tell(CallFailed(work.effect.operation, work.key, type(error).__name__, where(error)))
            return Unknown(f"the caller raised {type(error).__name__}: {error}")
