"""Revision 0003: cases and their journal lines carry the number of the message that opened the case; SQLite finds lines by it.

May not change once it is released. Non-obvious choice: nothing that is there is numbered. A case of 0002 keeps 0 for good, and so
do its lines, which the new index finds as the old one did. On PostgreSQL engines of 0002 go on writing 0 while they are replaced,
and the index that they look into stays.
"""

from alembic.operations import Operations
from sqlalchemy import JSON, Boolean, Column, DateTime, Integer, MetaData, PrimaryKeyConstraint, String, Table, text

revision = "0003"
down_revision = "0002"
ROLLS = frozenset({"postgresql"})
"""On SQLite a unique constraint goes, and another comes as an index."""

INSTANT = DateTime(timezone=True)
JOURNAL = Table(
    "journal",
    MetaData(),
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
    Column("opened_by", Integer, nullable=False, server_default="0"),
    PrimaryKeyConstraint("id"),
)
"""On SQLite: without a constraint of its own."""
ORDER = ("journal_of_case", "journal", ["opened_by", "kind", "key", "seq"])
ODD = "outcome IN ('contradiction', 'reconciled') OR name = 'call_refused'"


def upgrade(op: Operations) -> None:
    """Bring the tables of 0002 here, with what they hold."""
    for table in ("case", "journal"):
        op.add_column(table, Column("opened_by", Integer, nullable=False, server_default="0"))
    if op.get_bind().dialect.name == "sqlite":
        # A constraint goes only with its table: the lines are copied. What is in order already is made of them afterwards.
        op.drop_index("journal_odd", table_name="journal")
        with op.batch_alter_table("journal", copy_from=JOURNAL, recreate="always"):
            pass
        op.create_index("journal_odd", "journal", ["recorded_at"], sqlite_where=text(ODD))
        op.create_index(*ORDER, unique=True)
