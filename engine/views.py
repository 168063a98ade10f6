"""Reading what the engine knows: cases, journals, messages, effects and timers, as the rows they are.

May not write. Non-obvious choice: a view is one consistent read that never waits for the writer, so a console may look on while
the engine works, from another process too.
"""

from collections.abc import Sequence
from typing import TypeVar

from sqlalchemy import Select, select
from sqlmodel import SQLModel

from ..machines import UnknownCaseError
from .statements import Statement
from .store import CASE, INBOX, JOURNAL, OUTBOX, TIMER, Store
from .tables import CaseRow, InboxRow, JournalRow, OutboxRow, TimerRow

R = TypeVar("R", bound=SQLModel)


class Views:
    """Read-only access to a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def cases(self) -> Sequence[CaseRow]:
        """Every case, oldest first."""
        return self._rows(CaseRow, select(CASE).order_by(CASE.c.opened_at, CASE.c.kind, CASE.c.key))

    def case(self, kind: str, key: str) -> CaseRow:
        """One case.

        Raises:
            UnknownCaseError: There is none.
        """
        found = self._rows(CaseRow, select(CASE).where(CASE.c.kind == kind, CASE.c.key == key))
        if not found:
            raise UnknownCaseError(f"there is no {kind} with the key {key!r}")
        return found[0]

    def journal(self, kind: str, key: str) -> Sequence[JournalRow]:
        """A case's history, oldest first."""
        query = select(JOURNAL).where(JOURNAL.c.kind == kind, JOURNAL.c.key == key)
        return self._rows(JournalRow, query.order_by(JOURNAL.c.seq))

    def inbox(self) -> Sequence[InboxRow]:
        """Every message, oldest first."""
        return self._rows(InboxRow, select(INBOX).order_by(INBOX.c.id))

    def outbox(self) -> Sequence[OutboxRow]:
        """Every effect, oldest first."""
        return self._rows(OutboxRow, select(OUTBOX).order_by(OUTBOX.c.id))

    def timers(self) -> Sequence[TimerRow]:
        """Every running timer, next first."""
        return self._rows(TimerRow, select(TIMER).order_by(TIMER.c.due_at))

    def _rows(self, model: type[R], query: Select[tuple[object, ...]]) -> Sequence[R]:
        names = [column.name for column in query.selected_columns]
        with self._store.reading() as tx:
            return [model(**dict(zip(names, found, strict=True))) for found in tx.all(Statement(query))]
