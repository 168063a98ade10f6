"""The engine's tables: inbox, case, journal, outbox, timer, and mark.

May not validate: `table=True` classes accept anything, so what is written here was checked as vocabulary before. Non-obvious
choice: what is finished is in no index but its name's. Every index that the way of one event looks into holds only what is
unfinished (partial indexes, which SQLite and PostgreSQL both have), so a step costs the same after a million cases.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Column, Index, Integer, LargeBinary, String, UniqueConstraint, text
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
    DEAD = "dead"
    """Tried in vain as often as an effect may be; `answer` says what came last. A dead letter: retry or skip it."""


ANSWER = "answer"
"""Source of the messages that calls answer with; their external id is the effect's key. Of an effect that was taken back from the
dead it is `answer/1`, `answer/2`, ..., since its case has been told of its death under the first name."""


def is_answer(source: str) -> bool:
    """Whether a message is what a call answered."""
    return source == ANSWER or source.startswith(f"{ANSWER}/")


UNSETTLED = (OutboxStatus.OPEN, OutboxStatus.CLAIMED, OutboxStatus.UNSURE)
"""Where an effect still has no answer."""


LEFT_BEHIND = "state IN ('cancelled', 'expired')"
"""Says the states of `machines.LEFT_BEHIND` as an index does, in which nothing may be computed."""
ODD = "outcome IN ('contradiction', 'reconciled') OR name = 'call_refused'"
"""Says which journal lines tell of an anomaly: facts that did not fit, states that were read, calls that came to nothing."""


ONLY = "only"
"""Where an index says of which kind of database it is, if it is not of all."""


class PersonalFacts(JSON):
    """Facts, some of which may be personal: those are sealed where there is a key."""


class PersonalText(String):
    """A sentence that may repeat what somebody wrote: sealed where there is a key."""


class PersonalBytes(LargeBinary):
    """A message as it came: sealed where there is a key."""


def _json() -> Column[Any]:
    return Column(PersonalFacts, nullable=False)


def _text() -> Column[Any]:
    return Column(PersonalText, nullable=False)


def _message() -> Column[Any]:
    """The id of a message, or 0."""
    return Column(Integer, nullable=False, server_default="0")


def _only(name: str, *columns: str, where: str) -> Index:
    """An index over the rows for which `where` holds, and no others."""
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


class InboxRow(SQLModel, table=True):
    """One message: a fact or a wish that is to be decided, with its raw bytes when it came from outside."""

    __tablename__ = "inbox"  # pyright: ignore[reportAssignmentType] - SQLModel declares it for mixins
    __table_args__ = (
        UniqueConstraint("source", "external_id", name="inbox_once"),
        _only("inbox_new", "id", where="status = 'new'"),
        _only("inbox_held", "kind", "key", where="status = 'held'"),
        _only("inbox_held_due", "due_at", where="status = 'held' AND due_at IS NOT NULL"),
        _only("inbox_parked", "system", "remote_id", where="status = 'parked'"),
        _only("inbox_dead", "id", where="status = 'dead'"),
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
    raw: bytes | None = Field(default=None, sa_column=Column(PersonalBytes, nullable=True))
    received_at: datetime
    status: str
    due_at: datetime | None = None
    note: str = Field(default="", sa_column=_text())
    trace: str | None = None
    """Its place in a trace, so that the trace goes on after a restart, and in another process."""


class CaseRow(SQLModel, table=True):
    """One rent, order or task as it stands."""

    __tablename__ = "case"  # pyright: ignore[reportAssignmentType] - SQLModel declares it for mixins
    __table_args__ = (
        UniqueConstraint("system", "remote_id", name="case_remote"),
        _only("case_look", "look_at", where="look_at IS NOT NULL"),
        _only("case_forget", "forget_at", where="forget_at IS NOT NULL"),
        _only("case_left_behind", "kind", "key", where=LEFT_BEHIND),
    )

    kind: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    system: str
    remote_id: str | None = None
    state: str
    facts: dict[str, Any] = Field(sa_column=_json())
    version: int
    opened_at: datetime
    changed_at: datetime
    since: datetime
    """When it entered its state; `changed_at` is when anything was last heard of it."""
    look_at: datetime | None = None
    """When the remote's state is read although nothing was heard; None when it is not: finished, or not readable."""
    looks: int = 0
    """How often that was done since the case last changed; the distance grows with it."""
    forget_at: datetime | None = None
    """From when on what is personal of it is forgotten, provided that it has ended."""
    opened_by: int = Field(default=0, sa_column=_message())
    """Id of the message that opened it; 0 where code of 0002 did."""


class JournalRow(SQLModel, table=True):
    """One line of a case's history: a step travelled, or an event that moved nothing."""

    __tablename__ = "journal"  # pyright: ignore[reportAssignmentType] - SQLModel declares it for mixins
    __table_args__ = (
        # On SQLite the lines of cases that began together stand together, and not on a page of a million others each: half of
        # what is written. On PostgreSQL code of 0002 may still be at work, which looks for a case's lines by its key alone.
        UniqueConstraint("kind", "key", "seq", name="journal_order").ddl_if(dialect="postgresql"),
        Index("journal_of_case", "opened_by", "kind", "key", "seq", unique=True, info={ONLY: "sqlite"}),
        _only("journal_odd", "recorded_at", where=ODD),
    )

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
    reason: str = Field(sa_column=_text())
    inbox_id: int
    opened_by: int = Field(default=0, sa_column=_message())
    """Its case's, or 0 where code of 0002 wrote it, whoever opened the case."""


class OutboxRow(SQLModel, table=True):
    """One effect on its way out; `effect_key` names it for good, whatever is tried."""

    __tablename__ = "outbox"  # pyright: ignore[reportAssignmentType] - SQLModel declares it for mixins
    __table_args__ = (
        UniqueConstraint("effect_key", name="outbox_once"),
        _only("outbox_waiting", "system", "due_at", "id", where="status IN ('open', 'unsure')"),
        _only("outbox_under_way", "kind", "key", where="NOT over"),
        _only("outbox_claimed", "leased_until", where="status = 'claimed'"),
        _only("outbox_dead", "id", where="status = 'dead'"),
    )

    id: int | None = Field(default=None, primary_key=True)
    effect_key: str
    kind: str
    key: str
    remote_id: str | None = None
    system: str
    operation: str
    trigger: str
    data: dict[str, Any] = Field(sa_column=_json())
    wish: dict[str, Any] = Field(sa_column=_json())
    status: str
    attempts: int = 0
    lives: int = 0
    """How often it was taken back from the dead."""
    due_at: datetime
    leased_until: datetime | None = None
    """Until when whoever claimed it is believed to be at work, by the database's clock where it has one."""
    over: bool = False
    """Whether its case has taken in what became of it. Until then the call is under way, even if the answer has come."""
    answer: str = Field(default="", sa_column=_text())
    trace: str | None = None
    """The place of the decision for it in a trace."""


class TimerRow(SQLModel, table=True):
    """An event that will happen at an instant unless its case moves on."""

    __tablename__ = "timer"  # pyright: ignore[reportAssignmentType] - SQLModel declares it for mixins
    __table_args__ = (Index("timer_due", "due_at"),)

    kind: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    trigger: str = Field(primary_key=True)
    due_at: datetime


class MarkRow(SQLModel, table=True):
    """Something that is true of the whole database."""

    __tablename__ = "mark"  # pyright: ignore[reportAssignmentType] - SQLModel declares it for mixins

    name: str = Field(primary_key=True)
    value: bytes
