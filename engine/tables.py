"""The engine's tables: inbox, case, journal, outbox, timer.

May not validate: `table=True` classes accept anything, so what is written here was checked as vocabulary before. Non-obvious
choice: statuses are words and not flags, one column per row and one writer per word, so that a row's place on the way of one
event can be read off it.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Column, Index, UniqueConstraint
from sqlmodel import Field, SQLModel


class InboxStatus(StrEnum):
    """Where a message is on its way to a decision."""

    NEW = "new"
    HELD = "held"
    """Decidable only later: an early fact (until `due_at` or a change of its case) or a wish behind a call under way."""
    PARKED = "parked"
    """It names a remote id that no case has yet; released when one gets it."""
    DONE = "done"
    DEAD = "dead"
    """It can never be decided; `note` says why."""


class OutboxStatus(StrEnum):
    """Where an effect is on its way to an answer."""

    OPEN = "open"
    CLAIMED = "claimed"
    UNSURE = "unsure"
    """Called, outcome unknown: to be looked up."""
    DONE = "done"
    REFUSED = "refused"


ANSWER = "answer"
"""Source of the messages that calls answer with; their external id is the effect's key."""

UNSETTLED = (OutboxStatus.OPEN, OutboxStatus.CLAIMED, OutboxStatus.UNSURE)
"""Where an effect still has no answer."""


def _json() -> Column[Any]:
    return Column(JSON, nullable=False)


class InboxRow(SQLModel, table=True):
    """One message: a fact or a wish that is to be decided, with its raw bytes when it came from outside."""

    __tablename__ = "inbox"  # pyright: ignore[reportAssignmentType] - SQLModel declares it for mixins
    __table_args__ = (
        UniqueConstraint("source", "external_id", name="inbox_once"),
        Index("inbox_waiting", "status", "id"),
        Index("inbox_of_case", "kind", "key", "status"),
        Index("inbox_of_remote", "system", "remote_id", "status"),
    )

    id: int | None = Field(default=None, primary_key=True)
    source: str
    external_id: str
    system: str
    kind: str | None = None
    key: str | None = None
    remote_id: str | None = None
    name: str
    at: datetime
    by: str
    asked: bool
    data: dict[str, Any] = Field(sa_column=_json())
    evidence: str
    raw: bytes | None = None
    received_at: datetime
    status: str
    due_at: datetime | None = None
    note: str = ""


class CaseRow(SQLModel, table=True):
    """One rent, order or task as it stands."""

    __tablename__ = "case"  # pyright: ignore[reportAssignmentType] - SQLModel declares it for mixins
    __table_args__ = (UniqueConstraint("system", "remote_id", name="case_remote"),)

    kind: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    system: str
    remote_id: str | None = None
    state: str
    facts: dict[str, Any] = Field(sa_column=_json())
    version: int
    opened_at: datetime
    changed_at: datetime


class JournalRow(SQLModel, table=True):
    """One line of a case's history: a step travelled, or an event that moved nothing."""

    __tablename__ = "journal"  # pyright: ignore[reportAssignmentType] - SQLModel declares it for mixins
    __table_args__ = (UniqueConstraint("kind", "key", "seq", name="journal_order"),)

    id: int | None = Field(default=None, primary_key=True)
    kind: str
    key: str
    seq: int
    at: datetime
    recorded_at: datetime
    name: str
    outcome: str
    row: str | None = None
    source: str
    target: str
    inferred: bool = False
    asked: bool
    by: str
    data: dict[str, Any] = Field(sa_column=_json())
    evidence: str
    reason: str
    inbox_id: int


class OutboxRow(SQLModel, table=True):
    """One effect on its way out; `effect_key` names it for good, whatever is tried."""

    __tablename__ = "outbox"  # pyright: ignore[reportAssignmentType] - SQLModel declares it for mixins
    __table_args__ = (
        UniqueConstraint("effect_key", name="outbox_once"),
        Index("outbox_waiting", "status", "due_at"),
        Index("outbox_of_case", "kind", "key", "status"),
    )

    id: int | None = Field(default=None, primary_key=True)
    effect_key: str
    kind: str
    key: str
    remote_id: str | None = None
    operation: str
    trigger: str
    data: dict[str, Any] = Field(sa_column=_json())
    wish: dict[str, Any] = Field(sa_column=_json())
    status: str
    attempts: int = 0
    due_at: datetime
    answer: str = ""


class TimerRow(SQLModel, table=True):
    """An event that will happen at an instant unless its case moves on."""

    __tablename__ = "timer"  # pyright: ignore[reportAssignmentType] - SQLModel declares it for mixins
    __table_args__ = (Index("timer_due", "due_at"),)

    kind: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    trigger: str = Field(primary_key=True)
    due_at: datetime
