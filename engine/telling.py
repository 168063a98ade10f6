"""Telling: how what was decided, called and settled is told, in notices made of what was written.

May not decide or write. Non-obvious choice: nothing here runs before the commit but the beginning of a trace's span, whose id has
to be written into the rows. Where the transaction fails the span is never ended, and what is never ended is never reported.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

from ..machines import CALL_REFUSED, Answer, Done, Effect, Outcome, Refused, TryLater
from .blame import where
from .inbox import Message
from .notices import AnomalyFound, DecisionMade, MessageDead, MessageHeld, MessageParked, MessageUnclaimed, Notice
from .outgoing import AnswerStale, CallAnswered, CallDead, CallMade, RetryScheduled
from .ports import Clock
from .rows import Line
from .statements import Values
from .tables import OutboxStatus
from .tx import Tx
from .watch import Ending, Said, Watch

ODD = (Outcome.CONTRADICTION, Outcome.RECONCILED)
"""Outcomes that are anomalies, as `tables.ODD` has them."""


class Decided(NamedTuple):
    """A message that was decided: for which case, with which journal lines, and how long the case had been where it was."""

    message: Message
    kind: str
    key: str
    lines: Sequence[Line]
    opened: bool
    dwelt: float | None


class Work(Protocol):
    """A claimed effect, as `outbox.Work` is one."""

    @property
    def key(self) -> str: ...  # noqa: D102 - as `outbox.Work` has it, and so on
    @property
    def effect(self) -> Effect: ...  # noqa: D102
    @property
    def attempt(self) -> int: ...  # noqa: D102
    @property
    def unsure(self) -> bool: ...  # noqa: D102
    @property
    def trace(self) -> str | None: ...  # noqa: D102


# --- decisions ------------------------------------------------------------------------------------------------------------


def place_of(watch: Watch | None, decided: Decided, endings: list[Ending]) -> str | None:
    """The place of a decision in a trace, and in `endings` what ends its span; `watch` is None where nobody keeps traces."""
    if watch is None:
        return decided.message.trace
    return watch.deciding(decided.message.trace, f"decide {decided.kind} {decided.message.name}", _said(decided), endings.append)


def _said(decided: Decided) -> Said:
    first, last = decided.lines[0], decided.lines[-1]
    said = {"kind": decided.kind, "key": decided.key, "trigger": decided.message.name, "by": decided.message.by}
    return {**said, "outcome": str(first.outcome), "source": first.source, "target": last.target}


def tell_decided(tx: Tx, decided: Sequence[Decided], aside: Sequence[Notice], endings: Sequence[Ending]) -> None:
    """Have everything told that a batch has decided or put aside."""
    for ending in endings:
        tx.afterwards(ending)
    tx.watch.later(tx.afterwards, DecisionMade, (_decision(each) for each in decided))
    tx.watch.later(tx.afterwards, AnomalyFound, _anomalies(decided))
    if aside:
        tx.watch.later(tx.afterwards, MessageDead, aside)  # the loudest of them


def _decision(decided: Decided) -> DecisionMade:
    message, lines = decided.message, decided.lines
    return DecisionMade(
        kind=decided.kind,
        key=decided.key,
        trigger=message.name,
        by=message.by,
        outcome=str(lines[0].outcome),
        source=lines[0].source,
        target=lines[-1].target,
        row=lines[-1].row,
        steps=len(lines),
        opened=decided.opened,
        dwelt=decided.dwelt,
        external_id=message.external_id,
    )


def _anomalies(decided: Iterable[Decided]) -> Iterator[AnomalyFound]:
    for message, kind, key, lines, _, _ in decided:
        refused = message.name == CALL_REFUSED
        if refused or lines[0].outcome in ODD:
            sort = CALL_REFUSED if refused else str(lines[0].outcome)
            yield AnomalyFound(sort, kind, key, message.name, lines[0].source, lines[-1].target)


def held(message: Message) -> MessageHeld:
    """A message that waits for its case."""
    return MessageHeld(
        message.source, message.external_id, message.name, message.kind or "", message.key or "", due_at=message.due_at
    )


def parked(message: Message) -> MessageParked:
    """A message that waits for a remote id."""
    return MessageParked(message.source, message.external_id, message.name, message.system, message.remote_id or "")


def unclaimed(message: Message) -> MessageUnclaimed:
    """A message that concerns no case."""
    return MessageUnclaimed(message.source, message.external_id, message.name)


def dead(message: Message, error: Exception | None = None) -> MessageDead:
    """A message that cannot be decided: `error` is what it failed with, None where no machine has its kind."""
    name, place = ("UnknownMachineError", "") if error is None else (type(error).__name__, where(error))
    return MessageDead(message.source, message.external_id, message.name, message.kind, message.key, error=name, where=place)


# --- calls ----------------------------------------------------------------------------------------------------------------


def made(work: Work) -> CallMade:
    """A call that is being made."""
    return CallMade(*_named(work), looked_up=work.unsure)


def answered(work: Work, answer: Answer, seconds: float) -> CallAnswered:
    """A call that has come back."""
    return CallAnswered(*_named(work), looked_up=work.unsure, answer=word_of(answer), seconds=seconds)


def word_of(answer: Answer) -> str:
    """An answer in one word."""
    match answer:
        case Done():
            return "done"
        case Refused():
            return "refused"
        case TryLater():
            return "later"
        case _:
            return "unknown"


def said_of(work: Work) -> Said:
    """What a trace says of a call."""
    operation, kind, key, effect, attempt = _named(work)
    return {"operation": operation, "kind": kind, "key": key, "effect": effect, "attempt": attempt, "looked_up": work.unsure}


def tell_settled(tx: Tx, settled: Iterable[tuple[Work, Values]], stale: Sequence[Work]) -> None:
    """Have told what became of claimed effects, which are given with what is written of them."""
    rows = list(settled)
    tx.watch.later(tx.afterwards, RetryScheduled, _retries(rows))
    dying = (CallDead(*_named(work)) for work, row in rows if row["status"] == OutboxStatus.DEAD)
    tx.watch.later(tx.afterwards, CallDead, dying)
    fenced = (AnswerStale(work.effect.operation, work.key, work.attempt) for work in stale)
    tx.watch.later(tx.afterwards, AnswerStale, fenced)


def _retries(rows: Iterable[tuple[Work, Values]]) -> Iterator[RetryScheduled]:
    for work, row in rows:
        if row["status"] in (OutboxStatus.OPEN, OutboxStatus.UNSURE):
            yield RetryScheduled(*_named(work), due_at=row["due_at"], unsure=row["status"] == OutboxStatus.UNSURE)


def _named(work: Work) -> tuple[str, str, str, str, int]:
    effect = work.effect
    return effect.operation, effect.kind, effect.case_key, work.key, work.attempt


class Since:
    """Seconds since it was made, by a clock that may be moved."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._began = clock.now()

    def seconds(self) -> float:
        """How many; none where the clock was put back."""
        return max((self._clock.now() - self._began).total_seconds(), 0.0)
