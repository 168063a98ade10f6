"""The outbox: effects on their way out. Claim, call, settle, and the answer goes back into the inbox.

May not decide, and may not hold a transaction open while a call is out. Non-obvious choice: an effect whose outcome is unknown
(lost answer, timeout, a crash between call and settlement) is *looked up* before it is called again, whatever it is; a caller
for whom repeating is harmless answers the look-up with `TryLater`, and a door answers it with what the remote's state proves.
"""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, exists, select, update

from ..machines import (
    CALL_REFUSED,
    Answer,
    Arrival,
    Caller,
    Cause,
    Done,
    Effect,
    Event,
    Refused,
    TryLater,
    Unknown,
)
from .backoff import pause
from .inbox import put
from .points import Reach
from .ports import Clock
from .store import OUTBOX, Store
from .tables import ANSWER, UNSETTLED, OutboxRow, OutboxStatus

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Work:
    """A claimed effect: its row's id, its name for good, which attempt this is, and whether it must be looked up first."""

    id: int
    key: str
    effect: Effect
    attempt: int
    unsure: bool


class Outbox:
    """The way out.

    Args:
        store: Where effects are kept.
        callers: The adapters by the first word of the operations they know (`bloqit`, `blink`, `logistics`).
        clock: Tells what is due.
        reach: Crash points.
    """

    def __init__(self, store: Store, callers: Mapping[str, Caller], clock: Clock, *, reach: Reach) -> None:
        self._store = store
        self._callers = callers
        self._clock = clock
        self._reach = reach

    def work_one(self) -> bool:
        """Take one effect out and back; whether there was one."""
        work = self._claim()
        if work is None:
            return False
        self._reach("claimed")
        answer = self._call(work)
        self._reach("called")
        self._settle(work, answer)
        self._reach("settled")
        return True

    def _claim(self) -> Work | None:
        with self._store.writing() as tx:
            work = claim(tx, self._clock.now())
            self._reach("claiming")
        return work

    def _call(self, work: Work) -> Answer:
        system = work.effect.operation.partition(".")[0]
        caller = self._callers.get(system)
        if caller is None:
            return Refused(f"no caller knows {work.effect.operation!r}; there are callers for: {', '.join(self._callers)}")
        try:
            return usable(caller.look_up(work.effect, work.key) if work.unsure else caller.call(work.effect, work.key))
        except Exception as error:
            # The one place where anything may be thrown at us (a caller is a user's code too). It may have been thrown after
            # the door had opened, so the outcome is unknown; letting it out would stop every other case as well.
            log.exception("caller of %s failed", work.effect.operation)
            return Unknown(f"the caller raised {type(error).__name__}: {error}")

    def _settle(self, work: Work, answer: Answer) -> None:
        with self._store.writing() as tx:
            settle(tx, work, answer, self._clock.now())
            self._reach("settling")


def usable(answer: object) -> Answer:
    """The answer of a caller, whose author may use no type checker, if it is one that can be kept.

    Raises:
        TypeError: It is none of the four, or its data is not JSON.
        ValueError: Its data contains itself.
    """
    if not isinstance(answer, Done | Refused | TryLater | Unknown):
        raise TypeError(f"{answer!r} is no answer; that is one of Done, Refused, TryLater, Unknown")
    if isinstance(answer, Done):
        json.dumps(dict(answer.data))
    return answer


def claim(tx: Connection, now: datetime) -> Work | None:
    """Claim the oldest effect that is due and has no older unsettled one of the same case before it (per-case order)."""
    older = OUTBOX.alias("older")
    same_case = and_(older.c.kind == OUTBOX.c.kind, older.c.key == OUTBOX.c.key, older.c.id < OUTBOX.c.id)
    waiting = exists().where(same_case, older.c.status.in_(UNSETTLED))
    due = and_(OUTBOX.c.status.in_((OutboxStatus.OPEN, OutboxStatus.UNSURE)), OUTBOX.c.due_at <= now, ~waiting)
    found = tx.execute(select(OUTBOX).where(due).order_by(OUTBOX.c.due_at, OUTBOX.c.id).limit(1)).mappings().first()
    if found is None:
        return None
    row = OutboxRow(**found)
    attempt = row.attempts + 1
    changes = {"status": OutboxStatus.CLAIMED, "attempts": attempt}
    tx.execute(update(OUTBOX).where(OUTBOX.c.id == row.id).values(changes))
    return Work(row.id or 0, row.effect_key, effect_of(row), attempt, unsure=row.status == OutboxStatus.UNSURE)


def effect_of(row: OutboxRow) -> Effect:
    """The effect that a row carries."""
    return Effect(
        kind=row.kind,
        case_key=row.key,
        remote_id=row.remote_id,
        operation=row.operation,
        trigger=row.trigger,
        data=row.data,
        wish=row.wish,
    )


def settle(tx: Connection, work: Work, answer: Answer, now: datetime) -> None:
    """Write what became of a claimed effect and, once that is final, tell its case."""
    status, due = _place(work, answer, now)
    # Fenced by the attempt: whoever claimed it after us knows more than we do, and our answer is stale.
    mine = (OUTBOX.c.id == work.id, OUTBOX.c.status == OutboxStatus.CLAIMED, OUTBOX.c.attempts == work.attempt)
    written = tx.execute(update(OUTBOX).where(*mine).values(status=status, due_at=due, answer=str(answer)))
    if written.rowcount == 1 and (event := _told(work, answer, now)) is not None:
        remote_id = answer.remote_id if isinstance(answer, Done) else None
        put(tx, _message(work, event, remote_id), now)


def _place(work: Work, answer: Answer, now: datetime) -> tuple[OutboxStatus, datetime]:
    match answer:
        case Done():
            return OutboxStatus.DONE, now
        case Refused():
            return OutboxStatus.REFUSED, now
        case TryLater(after=after):
            return OutboxStatus.OPEN, now + (pause(work.attempt) if after is None else max(after, timedelta()))
        case Unknown():
            return OutboxStatus.UNSURE, now + pause(work.attempt)


def _told(work: Work, answer: Answer, now: datetime) -> Event | None:
    evidence = f"answer to {work.effect.operation} ({work.key})"
    match answer:
        case Done(data=data):
            told = {**work.effect.wish, **data}
            return Event(name=work.effect.trigger, at=now, by=Cause.API, data=told, evidence=evidence)
        case Refused(reason=reason):
            told = {"trigger": work.effect.trigger, "reason": reason}
            return Event(name=CALL_REFUSED, at=now, by=Cause.API, data=told, evidence=evidence)
        case TryLater() | Unknown():
            return None


def _message(work: Work, event: Event, remote_id: str | None) -> Arrival:
    effect = work.effect
    system = effect.operation.partition(".")[0]
    return Arrival(
        source=ANSWER,
        external_id=work.key,
        system=system,
        event=event,
        raw=b"",
        kind=effect.kind,
        key=effect.case_key,
        remote_id=remote_id,
    )


def doubt_claimed(tx: Connection, now: datetime) -> int:
    """At start: what was claimed when the process ended may have been called. It is to be looked up; how many there were."""
    claimed = OUTBOX.c.status == OutboxStatus.CLAIMED
    return tx.execute(update(OUTBOX).where(claimed).values(status=OutboxStatus.UNSURE, due_at=now)).rowcount


def next_due(tx: Connection) -> datetime | None:
    """When the next effect is due that is not out already."""
    waiting = OUTBOX.c.status.in_((OutboxStatus.OPEN, OutboxStatus.UNSURE))
    return tx.execute(select(OUTBOX.c.due_at).where(waiting).order_by(OUTBOX.c.due_at).limit(1)).scalar()
