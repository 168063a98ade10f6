"""Dues: when something is next to be done that nobody brings: a deadline, a hold that ends, a look, something to be forgotten.

May not do it. Non-obvious choice: one statement asks for all of them. Most transactions find that nothing is due, and four
answers of `no` cost more than the decision that they stand beside.
"""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Column, Select, exists, literal_column, select

from .statements import Statement, said
from .store import CASE, INBOX, OUTBOX, TIMER
from .tx import Later, Tx


class Dues(NamedTuple):
    """The first instant of each; None where there is none. And whether any effect waits to be called, be it due or not."""

    timer: datetime | None
    held: datetime | None
    look: datetime | None
    forget: datetime | None
    calls: bool


def _first(column: Column[Any], where: str | None = None) -> Select[*tuple[Any, ...]]:
    # In the order of an index and one row of it: SQLite finds a minimum as fast only where no condition stands beside it.
    query = select(column) if where is None else select(column).where(said(where))
    return query.order_by(column).limit(literal_column("1"))


ASK = Statement(
    select(
        _first(TIMER.c.due_at).scalar_subquery(),
        _first(INBOX.c.due_at, "status = 'held' AND due_at IS NOT NULL").scalar_subquery(),
        _first(CASE.c.look_at, "look_at IS NOT NULL").scalar_subquery(),
        _first(CASE.c.forget_at, "forget_at IS NOT NULL").scalar_subquery(),
        exists().where(said("outbox.status IN ('open', 'unsure')")).select_from(OUTBOX),
    )
)


def dues(tx: Tx) -> Later[Dues]:
    """When what is next."""
    found = tx.all_later(ASK)
    return lambda: Dues(*found()[0])


def reached(due: datetime | None, now: datetime) -> bool:
    """Whether an instant has come."""
    return due is not None and due <= now
