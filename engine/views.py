"""Reading what the engine knows: cases, journals, messages, effects and timers, as the rows they are.

May not write. Non-obvious choice: a view is one consistent read that never waits for the writer, so a console may look on while
the engine works, from another process too.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from sqlalchemy import Select, exists, false, literal, or_, select
from sqlmodel import SQLModel

from ..machines import REMOTE_STATE, Outcome, UnknownCaseError
from .cases import lines_of
from .statements import Statement, said
from .store import CASE, INBOX, JOURNAL, OUTBOX, TIMER, Store
from .tables import ODD, CaseRow, InboxRow, JournalRow, OutboxRow, TimerRow

R = TypeVar("R", bound=SQLModel)

EVER = datetime.min.replace(tzinfo=UTC)
EXAMPLES = 3
"""Cases that a line of the drift report names."""
_ODD = said(f"({ODD})")


@dataclass(frozen=True, slots=True)
class Drift:
    """How often a kind of case was found elsewhere than we had it.

    Attributes:
        kind: The machine.
        ours: The state that we had.
        theirs: The state that the remote was read in.
        count: How often.
        last: When it was last found so.
        examples: Keys of the last cases of which it was, newest first.
    """

    kind: str
    ours: str
    theirs: str
    count: int
    last: datetime
    examples: tuple[str, ...]


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
        query = select(CASE).where(CASE.c.kind == kind, CASE.c.key == key)
        found = self._rows(CaseRow, query) if _may_be(kind, key) else ()
        if not found:
            raise UnknownCaseError(f"there is no {kind} with the key {key!r}")
        return found[0]

    def journal(self, kind: str, key: str) -> Sequence[JournalRow]:
        """A case's history, oldest first."""
        query = select(JOURNAL).where(lines_of(literal(kind), literal(key)))
        return self._rows(JournalRow, query.order_by(JOURNAL.c.seq)) if _may_be(kind, key) else ()

    def anomalies(self, since: datetime = EVER) -> Sequence[JournalRow]:
        """What did not go as it should, oldest first, each line with its evidence and reason.

        That is contradictions, states that a look-up read and that we were not in (`row` is `machines.JUMP` where no sure way
        leads there), and calls that were refused or given up.

        Args:
            since: From when on they were recorded.
        """
        query = select(JOURNAL).where(_ODD, JOURNAL.c.recorded_at >= since)
        return self._rows(JournalRow, query.order_by(JOURNAL.c.recorded_at, JOURNAL.c.id))

    def drift(self, since: datetime = EVER) -> Sequence[Drift]:
        """Where look-ups found cases elsewhere than we had them, most frequent first.

        Args:
            since: From when on they were looked at.
        """
        found: dict[int, list[JournalRow]] = {}
        for line in self.anomalies(since):
            if line.outcome == Outcome.RECONCILED and line.name == REMOTE_STATE:
                found.setdefault(line.inbox_id, []).append(line)  # one look-up may have taken several steps
        ways: dict[tuple[str, str, str], list[JournalRow]] = {}
        for lines in found.values():
            ways.setdefault((lines[0].kind, lines[0].source, lines[-1].target), []).append(lines[0])
        report = [
            Drift(*way, len(lines), lines[-1].recorded_at, tuple([line.key for line in reversed(lines)][:EXAMPLES]))
            for way, lines in ways.items()
        ]
        return sorted(report, key=lambda drift: (-drift.count, drift.kind, drift.ours, drift.theirs))

    def contradicted(self, kinds: Collection[str]) -> Sequence[JournalRow]:
        """The operator's queue: contradictions that no later step has resolved, oldest first.

        Args:
            kinds: Whose; those whose remote nobody can read (`machine.read` is None), for nothing but a person resolves them.
        """
        later = JOURNAL.alias("later")
        resolved = exists().where(
            lines_of(JOURNAL.c.kind, JOURNAL.c.key, journal=later),
            later.c.seq > JOURNAL.c.seq,
            or_(later.c.outcome == Outcome.MOVED.value, later.c.outcome == Outcome.RECONCILED.value),
        )
        open_ones = select(JOURNAL).where(
            _ODD,
            JOURNAL.c.outcome == Outcome.CONTRADICTION.value,
            or_(false(), *(JOURNAL.c.kind == kind for kind in sorted(kinds))),
            ~resolved,
        )
        return self._rows(JournalRow, open_ones.order_by(JOURNAL.c.recorded_at, JOURNAL.c.id))

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


def _may_be(kind: str, key: str) -> bool:
    """Whether a case can be called so: PostgreSQL keeps no NUL, and does not even let itself be asked for one."""
    return "\x00" not in kind + key
