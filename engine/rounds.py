"""Rounds: what whoever decides sees to now and then, and need not with every message.

May not decide. Non-obvious choices: a round is made by the clock of its own process and leaves no trace; where many processes
make rounds on one database, all but the first find nothing to do. And a clock that was put back is found by the clock alone, or
after a start by the last message that came: what waits for an instant that we chose ourselves (a retry, a look, the end of a
hold) was to wait for a span, and is drawn near; what waits for a date (an expiry) waits for that date.
"""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Text, bindparam, select, update

from . import strangers
from .backoff import FIRST, LONGEST
from .pace import STEP
from .rules import Rules
from .statements import Statement, said
from .store import CASE, INBOX, OUTBOX, TIMER
from .tx import Tx

EVERY = timedelta(hours=1)
FARTHEST = LONGEST * 1.5
"""The longest pause between two tries of a call, with what spreads it."""
_EVER = datetime.min.replace(tzinfo=UTC)

LAST = Statement(select(INBOX.c.received_at).order_by(INBOX.c.id.desc()).limit(1))
CALLS_NEAR = Statement(
    update(OUTBOX)
    .where(said("status IN ('open', 'unsure')"), OUTBOX.c.due_at > bindparam("farthest"))
    .values(due_at=bindparam("near"))
)
HELD_NEAR = Statement(
    update(INBOX)
    .where(said("status = 'held' AND due_at IS NOT NULL"), INBOX.c.due_at > bindparam("farthest"))
    .values(due_at=bindparam("near"))
)
DOGS_NEAR = Statement(
    update(TIMER)
    .where(TIMER.c.due_at > bindparam("farthest"), TIMER.c.trigger == bindparam("trigger", type_=Text))
    .values(due_at=bindparam("near"))
)
LOOKS_NEAR = Statement(
    update(CASE).where(said("look_at IS NOT NULL"), CASE.c.look_at > bindparam("farthest")).values(look_at=bindparam("near"))
)


class Made(NamedTuple):
    """A round: whether there is more of it to make, and whether what waits was drawn near."""

    more: bool
    drawn_near: bool


class Rounds:
    """Makes rounds.

    Args:
        rules: How long early events are held, and how far off looks are.
        wait: For how long messages wait for a case that carries what they tell of.
    """

    def __init__(self, rules: Rules, *, wait: timedelta) -> None:
        self._rules = rules
        self._wait = wait
        self._next = _EVER
        self._seen: datetime | None = None

    def make(self, tx: Tx, now: datetime) -> Made:
        """Make a round if one is due, and draw near what waits where the clock was put back.

        Args:
            tx: A deciding transaction. What it does not commit was not done, and is done with the next.
            now: When.
        """
        back = self._was_put_back(tx, now)
        if back:
            draw_near(tx, self._rules, now)
        due = back or now >= self._next
        more = due and strangers.give_up(tx, now - self._wait) == strangers.AT_ONCE
        tx.afterwards(lambda: self._made(now, back=back, done=due and not more))
        return Made(more, back)

    def _made(self, now: datetime, *, back: bool, done: bool) -> None:
        self._seen = now if back or self._seen is None else max(now, self._seen)
        if done:
            self._next = now + EVERY

    def _was_put_back(self, tx: Tx, now: datetime) -> bool:
        last = tx.one(LAST) if self._seen is None else (self._seen,)
        return last is not None and now < last[0] - STEP


def draw_near(tx: Tx, rules: Rules, now: datetime) -> None:
    """Have nothing wait longer than it would have had to, had it begun to wait now."""
    holds = timedelta(seconds=max((table.machine.hold for table in rules.tables.values()), default=0))
    tx.run(CALLS_NEAR, {"farthest": now + FARTHEST, "near": now + FIRST})
    tx.run(HELD_NEAR, {"farthest": now + holds, "near": now + holds})
    for dog in {dog for dogs in rules.dogs.values() for dog in dogs}:
        tx.run(DOGS_NEAR, {"trigger": dog.name, "farthest": now + dog.after, "near": now + dog.after})
    tx.run(LOOKS_NEAR, {"farthest": now + rules.looks.longest, "near": now + rules.looks.first})
