"""Timers: rows that become messages at their instant.

May not decide what a deadline means. Non-obvious choice: which timers run is a function of the case (`machines.timers`), so they
are not set and cancelled one by one but made equal to what the case wants now; a forgotten cancellation cannot exist.
"""

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from ..machines import Arrival, Case, Cause, Event, Table, timers
from .inbox import put
from .store import TIMER
from .tables import TimerRow

AT_ONCE = 100
"""Timers fired in one transaction; the rest follow in the next, so that a thousand due at midnight do not hold the writer."""


def set_timers(tx: Connection, table: Table, case: Case) -> None:
    """Make the case's timers what its state and facts want, and nothing else."""
    tx.execute(delete(TIMER).where(TIMER.c.kind == case.kind, TIMER.c.key == case.key))
    wanted = timers(table, case.state, case.facts)
    if wanted:
        rows = [{"kind": case.kind, "key": case.key, "trigger": trigger, "due_at": due} for trigger, due in wanted.items()]
        tx.execute(insert(TIMER), rows)


def fire_due(tx: Connection, now: datetime) -> int:
    """Turn timers that are due into messages, oldest first; how many were."""
    query = select(TIMER).where(TIMER.c.due_at <= now).order_by(TIMER.c.due_at).limit(AT_ONCE)
    due = [TimerRow(**found) for found in tx.execute(query).mappings()]
    for timer in due:
        put(tx, _message(timer), now)
        mine = (TIMER.c.kind == timer.kind, TIMER.c.key == timer.key, TIMER.c.trigger == timer.trigger)
        tx.execute(delete(TIMER).where(*mine))
    return len(due)


def next_due(tx: Connection) -> datetime | None:
    """When the next timer is due."""
    return tx.execute(select(TIMER.c.due_at).order_by(TIMER.c.due_at).limit(1)).scalar()


def _message(timer: TimerRow) -> Arrival:
    # Named by its instant: a timer that was set again before its firing was decided cannot fire for the same limit twice.
    name = f"{timer.kind}/{timer.key}/{timer.trigger}/{timer.due_at.isoformat()}"
    event = Event(name=timer.trigger, at=timer.due_at, by=Cause.TIMER, evidence=f"timer due {timer.due_at.isoformat()}")
    return Arrival(source="timer", external_id=name, system="", event=event, raw=b"", kind=timer.kind, key=timer.key)
