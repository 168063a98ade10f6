"""The outbox: effects on their way out, as rows: claimed under a lease, settled, and the answer put into the inbox.

May not decide, and may not call; `calling` does. Non-obvious choice: an effect whose outcome is unknown (lost answer, timeout, a
crash or a lease that ran out between call and settlement) is *looked up* before it is called again, whatever it is; a caller for
whom repeating is harmless answers the look-up with `TryLater`, and a door answers it with what the remote's state proves.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Interval,
    Select,
    UpdateBase,
    and_,
    bindparam,
    exists,
    func,
    literal_column,
    select,
    tuple_,
    update,
)
from sqlalchemy import cast as as_type

from ..machines import (
    CALL_REFUSED,
    Answer,
    Arrival,
    Cause,
    Done,
    Effect,
    Event,
    Refused,
    TryLater,
    Unknown,
)
from . import inbox
from .backoff import FIRST, Stamina, pause
from .outgoing import CallsDoubted
from .statements import LISTED, Found, Statement, Values, listed, said
from .store import OUTBOX
from .tables import ANSWER, OutboxStatus
from .telling import tell_settled
from .tx import Later, Tx

LEASE = timedelta(minutes=3)
"""How long whoever claimed an effect is believed to be at work on it: longer than any call, its retries included, may take."""
LONGEST_AFTER = timedelta(days=1)
"""For how long a remote may put off a call. One that wrote a date where seconds belong would put it off for good."""

STALE = "an effect was claimed by another process meanwhile; nothing was written, and what became of the others is written again"
AGAIN = frozenset({OutboxStatus.OPEN, OutboxStatus.UNSURE})
"""Where an effect is tried again."""


@dataclass(frozen=True, slots=True)
class Work:
    """A claimed effect.

    Attributes:
        id: Its row's.
        key: Its name for good.
        effect: What is to be done.
        attempt: Which try this is, look-ups included.
        unsure: Whether it must be looked up first.
        lives: How often it was taken back from the dead.
        trace: Its place in a trace: that of its decision, and of its call once it is made.
    """

    id: int
    key: str
    effect: Effect
    attempt: int
    unsure: bool
    lives: int = 0
    trace: str | None = None

    @property
    def system(self) -> str:
        """Whose operation it is."""
        return self.effect.operation.partition(".")[0]


_WAITING = said("outbox.status IN ('open', 'unsure')")
_CLAIMED = said("status = 'claimed'")
_OLDER = OUTBOX.alias("older")
_COLUMNS = tuple(
    OUTBOX.c[name]
    for name in (
        "id",
        "effect_key",
        "kind",
        "key",
        "remote_id",
        "operation",
        "trigger",
        "data",
        "wish",
        "status",
        "attempts",
        "lives",
        "trace",
    )
)


def _first() -> ColumnElement[bool]:
    """No older effect of the same case is unsettled: per-case order."""
    same_case = and_(_OLDER.c.kind == OUTBOX.c.kind, _OLDER.c.key == OUTBOX.c.key, _OLDER.c.id < OUTBOX.c.id)
    unsettled = said("NOT older.over AND older.status IN ('open', 'claimed', 'unsure')")
    return ~exists().where(same_case, unsettled)


def _due() -> Select[*tuple[Any, ...]]:
    """Effects that are due and whose turn it is, oldest first."""
    mine = and_(_WAITING, OUTBOX.c.system == bindparam("system"), OUTBOX.c.due_at <= bindparam("now"), _first())
    ordered = select(*_COLUMNS).where(mine).order_by(OUTBOX.c.due_at, OUTBOX.c.id).limit(bindparam("most"))
    return ordered.with_for_update(skip_locked=True, of=OUTBOX)


def _claiming(dialect: str) -> UpdateBase:
    # On PostgreSQL several machines share the leases, and only one clock does not lie to any of them.
    until: ColumnElement[Any] = (
        bindparam("until") if dialect == "sqlite" else func.clock_timestamp() + bindparam("lease", type_=Interval)
    )
    claimed: dict[str, Any] = {"status": OutboxStatus.CLAIMED.value, "attempts": bindparam("attempt"), "leased_until": until}
    return update(OUTBOX).where(OUTBOX.c.id == bindparam("of")).values(claimed)


def _expiring(dialect: str) -> UpdateBase:
    now: ColumnElement[Any] = bindparam("now") if dialect == "sqlite" else func.clock_timestamp()
    doubted: dict[str, Any] = {"status": OutboxStatus.UNSURE.value, "due_at": bindparam("due_at"), "leased_until": None}
    return update(OUTBOX).where(_CLAIMED, OUTBOX.c.leased_until < now).values(doubted)


DUE = Statement(_due())
CLAIM = Statement(_claiming)
EXPIRE = Statement(_expiring)
DOUBT = Statement(
    update(OUTBOX).where(_CLAIMED).values(status=OutboxStatus.UNSURE.value, due_at=bindparam("due_at"), leased_until=None)
)
MINE = Statement(
    lambda dialect: select(OUTBOX.c.id).where(
        _CLAIMED,
        tuple_(OUTBOX.c.id, OUTBOX.c.attempts).in_(
            select(*(as_type(cell, Integer) for cell in listed(dialect, "id", "attempts").subquery().c))
        ),
    )
)
SETTLE = Statement(
    update(OUTBOX)
    .where(said("outbox.status = 'claimed'"), OUTBOX.c.id == bindparam("of"), OUTBOX.c.attempts == bindparam("attempt"))
    .values({**{name: bindparam(name) for name in ("status", "due_at", "answer")}, "leased_until": None})
)


def _next(dialect: str) -> Select[*tuple[Any, ...]]:
    """Of each system that is listed, when its next effect is due."""
    of = listed(dialect, "system").subquery()
    first = (
        select(OUTBOX.c.due_at)
        .where(_WAITING, OUTBOX.c.system == of.c.system)
        .order_by(OUTBOX.c.due_at)
        .limit(literal_column("1"))
    )
    return select(of.c.system, first.correlate(of).scalar_subquery())


NEXT = Statement(_next)


def claim(tx: Tx, system: str, most: int, now: datetime, *, lease: timedelta = LEASE) -> list[Work]:
    """Claim the oldest effects of one system that are due, at most one of each case and `most` in all."""
    found = [_work(cells) for cells in tx.all(DUE, {"system": system, "now": now, "most": most})]
    tx.many(CLAIM, [{"of": work.id, "attempt": work.attempt, "until": now + lease, "lease": lease} for work in found])
    return found


def _work(cells: Found) -> Work:
    number, name, kind, key, remote_id, operation, trigger, data, wish, status, attempts, lives, trace = cells
    effect = Effect(kind=kind, case_key=key, remote_id=remote_id, operation=operation, trigger=trigger, data=data, wish=wish)
    return Work(number, name, effect, attempts + 1, unsure=status == OutboxStatus.UNSURE, lives=lives, trace=trace)


def mine(tx: Tx, answered: Iterable[tuple[Work, Answer]]) -> Later[set[int]]:
    """Which effects are still claimed by whoever called: where another claimed one since, they know more, and we are stale."""
    found = tx.all_later(MINE, {LISTED: json.dumps([[str(work.id), str(work.attempt)] for work, _ in answered])})
    return lambda: {number for (number,) in found()}


def settle(
    tx: Tx, answered: Sequence[tuple[Work, Answer]], now: datetime, *, ours: Collection[int], stamina: Stamina
) -> datetime | None:
    """Write what became of claimed effects and, of each for which that is final, tell its case.

    Args:
        tx: A transaction.
        answered: Effects, and what became of each.
        now: When.
        ours: What `mine` said in the same transaction. If it is no longer so, nothing of the transaction stands.
        stamina: How often each is tried.

    Returns:
        When the first of those that are tried again is; None where none is.
    """
    settled = [(work, answer) for work, answer in answered if work.id in ours]
    rows = [_settled(work, answer, now, stamina=stamina) for work, answer in settled]
    tx.expect(tx.many(SETTLE, rows), len(rows), STALE)
    told = [_message(work, answer, now, stamina=stamina) for work, answer in settled]
    tx.many(inbox.PUT, [inbox.row_of(arrival, now) for arrival in told if arrival is not None])
    tell_settled(tx, zip((work for work, _ in settled), rows, strict=True), [work for work, _ in answered if work.id not in ours])
    return min((row["due_at"] for row in rows if row["status"] in AGAIN), default=None)


def _settled(work: Work, answer: Answer, now: datetime, *, stamina: Stamina) -> Values:
    status, due = _place(work, answer, now)
    if status in AGAIN and spent(work, stamina):
        status = OutboxStatus.DEAD
    return {"of": work.id, "attempt": work.attempt, "status": status.value, "due_at": due, "answer": str(answer)}


def spent(work: Work, stamina: Stamina) -> bool:
    """Whether an effect was tried as often as it may be; each time it is taken back from the dead it may be as often again."""
    return stamina.spent(work.attempt - work.lives * stamina.attempts)


def _place(work: Work, answer: Answer, now: datetime) -> tuple[OutboxStatus, datetime]:
    match answer:
        case Done():
            return OutboxStatus.DONE, now
        case Refused():
            return OutboxStatus.REFUSED, now
        case TryLater(after=after):
            wait = pause(work.attempt, work.key) if after is None else min(max(after, timedelta()), LONGEST_AFTER)
            return OutboxStatus.OPEN, now + wait
        case Unknown():
            return OutboxStatus.UNSURE, now + pause(work.attempt, work.key)


def _message(work: Work, answer: Answer, now: datetime, *, stamina: Stamina) -> Arrival | None:
    """What its case is told of a settled effect; nothing while it will be tried again."""
    event = _told(work, answer, now, stamina=stamina)
    if event is None:
        return None
    return Arrival(
        source=ANSWER if work.lives == 0 else f"{ANSWER}/{work.lives}",
        external_id=work.key,
        system=work.system,
        event=event,
        raw=b"",
        kind=work.effect.kind,
        key=work.effect.case_key,
        remote_id=answer.remote_id if isinstance(answer, Done) else None,
        trace=work.trace,
    )


def _told(work: Work, answer: Answer, now: datetime, *, stamina: Stamina) -> Event | None:
    evidence = f"answer to {work.effect.operation} ({work.key})"
    if isinstance(answer, Done):
        told = {**work.effect.wish, **answer.data}
        return Event(name=work.effect.trigger, at=now, by=Cause.API, data=told, evidence=evidence)
    if isinstance(answer, TryLater | Unknown) and not spent(work, stamina):
        return None
    tries = "" if isinstance(answer, Refused) else f"given up after {work.attempt} tries: "
    refused = {"trigger": work.effect.trigger, "reason": f"{tries}{answer.reason}"}
    return Event(name=CALL_REFUSED, at=now, by=Cause.API, data=refused, evidence=evidence)


def doubt_claimed(tx: Tx, now: datetime) -> int:
    """Where one engine is alone: what was claimed when the last one ended may have been called. How many there were.

    It may even be on its way still: a look-up at once could find nothing done, and what is called again then is done twice.
    """
    return _told_doubted(tx, tx.run(DOUBT, {"due_at": now + FIRST}))


def doubt_expired(tx: Tx, now: datetime) -> int:
    """What was claimed by somebody whose lease has run out may have been called, and is to be looked up; how many there were."""
    return _told_doubted(tx, tx.run(EXPIRE, {"now": now, "due_at": now}))


def _told_doubted(tx: Tx, calls: int) -> int:
    if calls:
        tx.watch.later(tx.afterwards, CallsDoubted, (CallsDoubted(calls),))
    return calls


def next_dues(tx: Tx, systems: Iterable[str]) -> Later[list[tuple[str, datetime]]]:
    """When the next effect of each system is due that is not out already; without those that have none."""
    found = tx.all_later(NEXT, {LISTED: json.dumps([[system] for system in systems])})
    return lambda: [(system, due) for system, due in found() if due is not None]
