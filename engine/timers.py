"""Timers: rows that become messages at their instant.

May not decide what a deadline means. Non-obvious choice: which timers run is a function of the case (`machines.timers`), so they
are not set and cancelled one by one but made equal to what the case wants now; a forgotten cancellation cannot exist.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Text, bindparam, delete, select

from ..machines import Arrival, Cause, Event, Watchdog
from .cases import Followed
from .inbox import PUT, row_of
from .notices import TimerFired
from .statements import Statement, Values, insertion
from .store import TIMER
from .tx import Tx

SET = insertion(TIMER)
CANCEL = Statement(
    delete(TIMER).where(
        TIMER.c.kind == bindparam("kind", type_=Text),
        TIMER.c.key == bindparam("key", type_=Text),
        TIMER.c.trigger == bindparam("trigger", type_=Text),
    )
)
DUE = Statement(
    select(TIMER.c.kind, TIMER.c.key, TIMER.c.trigger, TIMER.c.due_at)
    .where(TIMER.c.due_at <= bindparam("now"))
    .order_by(TIMER.c.due_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)  # of two processes on PostgreSQL only one fires a timer; SQLite's compiler leaves it out
)


def changes(
    kind: str, key: str, before: Mapping[str, datetime], after: Mapping[str, datetime]
) -> tuple[Sequence[Values], Sequence[Values]]:
    """What makes a case's timers those of `after` where they are those of `before`: rows to cancel, and rows to set."""
    if before == after:
        return (), ()
    gone = [{"kind": kind, "key": key, "trigger": trigger} for trigger in before]
    new = [{"kind": kind, "key": key, "trigger": trigger, "due_at": due} for trigger, due in after.items()]
    return gone, new


def watched(dog: Watchdog, followed: Followed, now: datetime) -> tuple[Sequence[Values], Sequence[Values]]:
    """What makes a watchdog's timer right for a case that something was decided of: rows to cancel, and rows to set.

    It cannot be a function of the case as deadlines are, for a case does not know since when it is in its state. So it begins
    when the state is entered, and what may be left of an earlier one is cancelled first: habits change from start to start.
    """
    had, wants = followed.was in dog.states, followed.case.state in dog.states
    anew = not had or not followed.passed <= dog.states or (dog.restarts and followed.told)
    named = {"kind": followed.case.kind, "key": followed.case.key, "trigger": dog.name}
    if wants and anew:
        return [named], [{**named, "due_at": now + dog.after}]
    return ([named], ()) if had and not wants else ((), ())


def fire_due(tx: Tx, now: datetime, *, most: int) -> int:
    """Turn timers that are due into messages, oldest first; how many were. A thousand due at midnight do not hold the writer."""
    due = tx.all(DUE, {"now": now, "most": most})
    tx.many(PUT, [row_of(_message(kind, key, trigger, due_at=at), now) for kind, key, trigger, at in due])
    tx.many(CANCEL, [{"kind": kind, "key": key, "trigger": trigger} for kind, key, trigger, _ in due])
    tx.watch.later(tx.afterwards, TimerFired, (TimerFired(*row, late=(now - row[3]).total_seconds()) for row in due))
    return len(due)


def _message(kind: str, key: str, trigger: str, *, due_at: datetime) -> Arrival:
    # Named by its instant: a timer that was set again before its firing was decided cannot fire for the same limit twice.
    name = f"{kind}/{key}/{trigger}/{due_at.isoformat()}"
    event = Event(name=trigger, at=due_at, by=Cause.TIMER, evidence=f"timer due {due_at.isoformat()}")
    return Arrival(source="timer", external_id=name, system="", event=event, raw=b"", kind=kind, key=key)
