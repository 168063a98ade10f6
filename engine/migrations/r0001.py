"""Revision 0001: the tables as they were released first, for one engine over one SQLite file.

May not change any more. Non-obvious choice: databases of this revision were made without a version table, so `schema` knows them
by their outbox, and this revision is run only where somebody wants to see the whole way.
"""

from alembic.operations import Operations
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    UniqueConstraint,
)

revision = "0001"
down_revision = None
ROLLS = frozenset[str]()
"""There is nothing before it."""

INSTANT = DateTime(timezone=True)
TABLES = MetaData()

Table(
    "inbox",
    TABLES,
    Column("id", Integer, nullable=False),
    Column("source", String, nullable=False),
    Column("external_id", String, nullable=False),
    Column("system", String, nullable=False),
    Column("kind", String),
    Column("key", String),
    Column("remote_id", String),
    Column("name", String, nullable=False),
    Column("at", INSTANT, nullable=False),
    Column("by", String, nullable=False),
    Column("asked", Boolean, nullable=False),
    Column("data", JSON, nullable=False),
    Column("evidence", String, nullable=False),
    Column("raw", LargeBinary),
    Column("received_at", INSTANT, nullable=False),
    Column("status", String, nullable=False),
    Column("due_at", INSTANT),
    Column("note", String, nullable=False),
    PrimaryKeyConstraint("id"),
    UniqueConstraint("source", "external_id", name="inbox_once"),
    Index("inbox_waiting", "status", "id"),
    Index("inbox_of_case", "kind", "key", "status"),
    Index("inbox_of_remote", "system", "remote_id", "status"),
)
Table(
    "case",
    TABLES,
    Column("kind", String, nullable=False),
    Column("key", String, nullable=False),
    Column("system", String, nullable=False),
    Column("remote_id", String),
    Column("state", String, nullable=False),
    Column("facts", JSON, nullable=False),
    Column("version", Integer, nullable=False),
    Column("opened_at", INSTANT, nullable=False),
    Column("changed_at", INSTANT, nullable=False),
    PrimaryKeyConstraint("kind", "key"),
    UniqueConstraint("system", "remote_id", name="case_remote"),
)
Table(
    "journal",
    TABLES,
    Column("id", Integer, nullable=False),
    Column("kind", String, nullable=False),
    Column("key", String, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("at", INSTANT, nullable=False),
    Column("recorded_at", INSTANT, nullable=False),
    Column("name", String, nullable=False),
    Column("outcome", String, nullable=False),
    Column("row", String),
    Column("source", String, nullable=False),
    Column("target", String, nullable=False),
    Column("inferred", Boolean, nullable=False),
    Column("asked", Boolean, nullable=False),
    Column("by", String, nullable=False),
    Column("data", JSON, nullable=False),
    Column("evidence", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("inbox_id", Integer, nullable=False),
    PrimaryKeyConstraint("id"),
    UniqueConstraint("kind", "key", "seq", name="journal_order"),
)
Table(
    "outbox",
    TABLES,
    Column("id", Integer, nullable=False),
    Column("effect_key", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("key", String, nullable=False),
    Column("remote_id", String),
    Column("operation", String, nullable=False),
    Column("trigger", String, nullable=False),
    Column("data", JSON, nullable=False),
    Column("wish", JSON, nullable=False),
    Column("status", String, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", INSTANT, nullable=False),
    Column("answer", String, nullable=False),
    PrimaryKeyConstraint("id"),
    UniqueConstraint("effect_key", name="outbox_once"),
    Index("outbox_waiting", "status", "due_at"),
    Index("outbox_of_case", "kind", "key", "status"),
)
Table(
    "timer",
    TABLES,
    Column("kind", String, nullable=False),
    Column("key", String, nullable=False),
    Column("trigger", String, nullable=False),
    Column("due_at", INSTANT, nullable=False),
    PrimaryKeyConstraint("kind", "key", "trigger"),
    Index("timer_due", "due_at"),
)


def upgrade(op: Operations) -> None:
    """Make the tables."""
    TABLES.create_all(op.get_bind(), checkfirst=False)
