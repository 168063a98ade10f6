"""Health: what waits, since when, and what stands still, measured in one consistent view.

May not write, and may not look at what is finished: each question is answered by an index that holds only what is unfinished, so
asking every few seconds costs the same after a million cases. Non-obvious choice: what is waiting on purpose (a call that is put
off, an early event that is held) is counted and is no trouble; only what is *due* and not done grows old here.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, func, select

from ..machines import LEFT_BEHIND, Case, Table, blocked
from .breaker import Circuit
from .gates import GateState
from .statements import LISTED, Found, Statement, listed, said
from .store import CASE, INBOX, OUTBOX, TIMER
from .tables import LEFT_BEHIND as LEFT_BEHIND_SAID
from .tx import Tx

PATIENCE = timedelta(minutes=1)
"""How late something due may be before it is trouble; a sweep of the workers takes half of it."""


@dataclass(frozen=True, slots=True)
class Queue:
    """Things that wait: how many, and how long the first of them has; zero where there are none or none is due yet."""

    count: int
    age: timedelta


@dataclass(frozen=True, slots=True)
class Blocked:
    """A locker that a rent was left behind in: which, by which case, in which state, and for how long."""

    locker_id: str
    kind: str
    key: str
    state: str
    age: timedelta


@dataclass(frozen=True, slots=True)
class Health:
    """How an engine is.

    Attributes:
        at: When it was measured.
        alive: Whether its threads are at work; None where it has none: not started, or another process's.
        inbox: Messages that nobody has decided.
        held: Messages that wait for their case.
        parked: Messages that wait for a case with their remote id.
        outbox: Calls that wait, by system; `age` says how long the first has been due.
        under_way: Calls that are out.
        dead_messages: Messages that cannot be decided.
        dead_calls: Calls that were given up.
        timers: Timers that are due and have not fired.
        looks: Looks at silent cases that are due and have not been wished for.
        blocked: Lockers that a rent was left behind in, longest first.
        circuits: Gates by system; empty where another process has them.
    """

    at: datetime
    alive: bool | None
    inbox: Queue
    held: Queue
    parked: Queue
    outbox: Mapping[str, Queue]
    under_way: int
    dead_messages: int
    dead_calls: int
    timers: Queue
    looks: Queue
    blocked: tuple[Blocked, ...]
    circuits: Mapping[str, GateState]

    @property
    def live(self) -> bool:
        """False once a thread has failed: only a new process helps then."""
        return self.alive is not False

    @property
    def ready(self) -> bool:
        """Whether what is accepted is also worked on. A long inbox does not make it unready: it is durable, and is caught up."""
        return self.alive is True

    @property
    def troubles(self) -> tuple[str, ...]:
        """What somebody should see to, one sentence each; empty when all is well."""
        return tuple(_troubles(self))


def _troubles(health: Health) -> Iterator[str]:
    if not health.live:
        yield "a thread of the engine has failed; start it again"
    late = {"messages to decide": health.inbox, "timers": health.timers, "looks at silent cases": health.looks}
    late |= {f"calls to {system}": queue for system, queue in health.outbox.items()}
    yield from (f"{queue.count} {what}, the first {queue.age} late" for what, queue in late.items() if queue.age > PATIENCE)
    if dead := health.dead_messages + health.dead_calls:
        yield f"{dead} dead letters: `parcelflow letters` lists them"
    yield from (f"{system} does not answer" for system, gate in health.circuits.items() if gate.word is not Circuit.CLOSED)


_NEW = said("status = 'new'")
NEW = Statement(select(func.count()).select_from(INBOX).where(_NEW))
FIRST_NEW = Statement(select(INBOX.c.received_at).where(_NEW).order_by(INBOX.c.id).limit(1))
HELD = Statement(select(func.count(), func.min(INBOX.c.received_at)).where(said("status = 'held'")))
PARKED = Statement(select(func.count(), func.min(INBOX.c.received_at)).where(said("status = 'parked'")))
WAITING = Statement(
    select(OUTBOX.c.system, func.count(), func.min(OUTBOX.c.due_at))
    .where(said("status IN ('open', 'unsure')"))
    .group_by(OUTBOX.c.system)
)
UNDER_WAY = Statement(select(func.count()).select_from(OUTBOX).where(said("status = 'claimed'")))
DEAD_MESSAGES = Statement(select(func.count()).select_from(INBOX).where(said("status = 'dead'")))
DEAD_CALLS = Statement(select(func.count()).select_from(OUTBOX).where(said("status = 'dead'")))
TIMERS = Statement(select(func.count(), func.min(TIMER.c.due_at)).where(TIMER.c.due_at <= bindparam("now")))
LOOKS = Statement(
    select(func.count(), func.min(CASE.c.look_at)).where(said("look_at IS NOT NULL"), CASE.c.look_at <= bindparam("now"))
)
LEFT = Statement(
    lambda dialect: (
        select(CASE.c.kind, CASE.c.key, CASE.c.state, CASE.c.facts, CASE.c.since)
        .where(said(LEFT_BEHIND_SAID), CASE.c.kind.in_(listed(dialect, "kind")))
        .order_by(CASE.c.since, CASE.c.kind, CASE.c.key)
    )
)


def kinds_with_lockers(tables: Mapping[str, Table]) -> tuple[str, ...]:
    """Kinds of rents: those that can be left behind in a locker. A task may be cancelled too, but nothing of it can expire."""
    return tuple(kind for kind, table in tables.items() if set(table.states) >= LEFT_BEHIND)


def measure(
    tx: Tx,
    tables: Mapping[str, Table],
    now: datetime,
    *,
    alive: bool | None = None,
    circuits: Mapping[str, GateState] | None = None,
) -> Health:
    """How an engine is.

    Args:
        tx: A reading transaction.
        tables: Machines by kind.
        now: When.
        alive: Whether its threads are at work, as far as the caller knows.
        circuits: Its gates, as far as the caller knows.
    """
    first = tx.one(FIRST_NEW)
    return Health(
        at=now,
        alive=alive,
        inbox=Queue(_count(tx, NEW), _age(now, first[0] if first else None)),
        held=_queue(tx, HELD, now),
        parked=_queue(tx, PARKED, now),
        outbox={system: Queue(count, _age(now, due)) for system, count, due in tx.all(WAITING)},
        under_way=_count(tx, UNDER_WAY),
        dead_messages=_count(tx, DEAD_MESSAGES),
        dead_calls=_count(tx, DEAD_CALLS),
        timers=_queue(tx, TIMERS, now),
        looks=_queue(tx, LOOKS, now),
        blocked=tuple(_blocked(tx, tables, now)),
        circuits=circuits or {},
    )


def _blocked(tx: Tx, tables: Mapping[str, Table], now: datetime) -> Iterator[Blocked]:
    kinds = json.dumps([[kind] for kind in kinds_with_lockers(tables)])
    for kind, key, state, facts, since in tx.all(LEFT, {LISTED: kinds}):
        locker = blocked(Case(kind=kind, key=key, state=state, facts=facts))
        if locker is not None:
            yield Blocked(locker, kind, key, state, _age(now, since))


def _count(tx: Tx, query: Statement) -> int:
    return _only(tx, query, now=None)[0]


def _queue(tx: Tx, query: Statement, now: datetime) -> Queue:
    count, first = _only(tx, query, now=now)
    return Queue(count, _age(now, first))


def _only(tx: Tx, query: Statement, *, now: datetime | None) -> Found:
    """The one row of a query that only counts."""
    (found,) = tx.all(query, {"now": now})
    return found


def _age(now: datetime, since: datetime | None) -> timedelta:
    return timedelta() if since is None else max(now - since, timedelta())
