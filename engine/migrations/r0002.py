"""Revision 0002: indexes over what is unfinished only, calls by system and under leases, looks, forgetting, marks.

May not change once it is released. Non-obvious choice: which cases are unfinished is frozen here too (`ENDS`), since a database
does not know its machines; a case of a kind that is not in it, such as a rent type of one's own, is looked at from the first
news of it on. A look at what has ended would be repeated for ever, because nothing that changes the case can follow from it.
"""

from collections.abc import Sequence

from alembic.operations import Operations
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    UniqueConstraint,
    bindparam,
    false,
    text,
)

revision = "0002"
down_revision = "0001"
ROLLS = frozenset[str]()
"""Databases of 0001 are SQLite files with one engine each, so no engine of the code before can be at work on it."""

INSTANT = DateTime(timezone=True)
TABLES = MetaData()
CASE = Table(
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
    Column("since", INSTANT, nullable=False),
    Column("look_at", INSTANT),
    Column("looks", Integer, nullable=False),
    Column("forget_at", INSTANT),
    PrimaryKeyConstraint("kind", "key"),
    UniqueConstraint("system", "remote_id", name="case_remote"),
)
OUTBOX = Table(
    "outbox",
    TABLES,
    Column("id", Integer, nullable=False),
    Column("effect_key", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("key", String, nullable=False),
    Column("remote_id", String),
    Column("system", String, nullable=False),
    Column("operation", String, nullable=False),
    Column("trigger", String, nullable=False),
    Column("data", JSON, nullable=False),
    Column("wish", JSON, nullable=False),
    Column("status", String, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("lives", Integer, nullable=False),
    Column("due_at", INSTANT, nullable=False),
    Column("leased_until", INSTANT),
    Column("over", Boolean, nullable=False),
    Column("answer", String, nullable=False),
    Column("trace", String),
    PrimaryKeyConstraint("id"),
    UniqueConstraint("effect_key", name="outbox_once"),
)
GONE = (
    ("inbox", "inbox_waiting"),
    ("inbox", "inbox_of_case"),
    ("inbox", "inbox_of_remote"),
    ("outbox", "outbox_waiting"),
    ("outbox", "outbox_of_case"),
)
PARTIAL: Sequence[tuple[str, str, list[str], str]] = (
    ("inbox", "inbox_new", ["id"], "status = 'new'"),
    ("inbox", "inbox_held", ["kind", "key"], "status = 'held'"),
    ("inbox", "inbox_held_due", ["due_at"], "status = 'held' AND due_at IS NOT NULL"),
    ("inbox", "inbox_parked", ["system", "remote_id"], "status = 'parked'"),
    ("inbox", "inbox_dead", ["id"], "status = 'dead'"),
    ("case", "case_look", ["look_at"], "look_at IS NOT NULL"),
    ("case", "case_forget", ["forget_at"], "forget_at IS NOT NULL"),
    ("case", "case_left_behind", ["kind", "key"], "state IN ('cancelled', 'expired')"),
    ("journal", "journal_odd", ["recorded_at"], "outcome IN ('contradiction', 'reconciled') OR name = 'call_refused'"),
    ("outbox", "outbox_waiting", ["system", "due_at", "id"], "status IN ('open', 'unsure')"),
    ("outbox", "outbox_under_way", ["kind", "key"], "NOT over"),
    ("outbox", "outbox_claimed", ["leased_until"], "status = 'claimed'"),
    ("outbox", "outbox_dead", ["id"], "status = 'dead'"),
)
ENDS: dict[str, tuple[str, ...]] = {
    # Kinds whose remote can be read, with the states that end them.
    "store": ("finished",),
    "send": ("finished",),
    "delivery": ("finished",),
    "return": ("finished",),
    "task": ("cancelled", "finished"),
    "task-return": ("cancelled", "finished"),
    "locker": (),
    "location": ("churned",),
}
FIRST_WORD = {
    "sqlite": "substr(operation, 1, instr(operation || '.', '.') - 1)",
    "postgresql": "split_part(operation, '.', 1)",
}
OVER = """
    UPDATE outbox SET over = true
    WHERE status IN ('done', 'refused') AND NOT EXISTS (
        SELECT 1 FROM inbox
        WHERE inbox.source = 'answer' AND inbox.external_id = outbox.effect_key AND inbox.status IN ('new', 'held')
    )
"""
# Without a lease that has run out, nobody on a shared database would ever doubt what was claimed before.
LEASED = "UPDATE outbox SET leased_until = due_at WHERE status = 'claimed'"
# A case is where it is since it last moved, and one that never did, since it was opened.
SINCE = """
    UPDATE "case" SET since = COALESCE(
        (
            SELECT max(recorded_at) FROM journal
            WHERE journal.kind = "case".kind AND journal.key = "case".key AND journal.source <> journal.target
        ),
        opened_at
    )
"""
# Everything that happened since the engine was stopped may have been missed; who is silent for longest comes first.
LOOK = """
    UPDATE "case" SET look_at = changed_at
    WHERE kind = :kind AND remote_id IS NOT NULL AND state <> 'absent' AND state NOT IN :ends
"""


def upgrade(op: Operations) -> None:
    """Bring the tables of 0001 here, with what they hold."""
    for table, name in GONE:
        op.drop_index(name, table_name=table)
    op.add_column("case", Column("look_at", INSTANT))
    op.add_column("case", Column("looks", Integer, nullable=False, server_default="0"))
    op.add_column("case", Column("forget_at", INSTANT))
    op.add_column("case", Column("since", INSTANT))
    op.add_column("inbox", Column("trace", String))
    op.create_table("mark", Column("name", String, primary_key=True), Column("value", LargeBinary, nullable=False))
    op.add_column("outbox", Column("system", String, nullable=False, server_default=""))
    op.add_column("outbox", Column("lives", Integer, nullable=False, server_default="0"))
    op.add_column("outbox", Column("leased_until", INSTANT))
    op.add_column("outbox", Column("over", Boolean, nullable=False, server_default=false()))
    op.add_column("outbox", Column("trace", String))
    _carry_over(op)
    # The defaults were for the rows that are there. SQLite copies the table for it, which also puts the columns in order.
    with op.batch_alter_table("case", copy_from=CASE) as case:
        case.alter_column("looks", server_default=None)
        case.alter_column("since", nullable=False)
    with op.batch_alter_table("outbox", copy_from=OUTBOX) as outbox:
        for name in ("system", "lives", "over"):
            outbox.alter_column(name, server_default=None)
    for table, name, columns, where in PARTIAL:
        op.create_index(name, table, columns, sqlite_where=text(where), postgresql_where=text(where))


def _carry_over(op: Operations) -> None:
    tx = op.get_bind()
    tx.execute(text(f"UPDATE outbox SET system = {FIRST_WORD[tx.dialect.name]}"))  # noqa: S608 - words of ours
    tx.execute(text(OVER))
    tx.execute(text(LEASED))
    tx.execute(text(SINCE))
    look = text(LOOK).bindparams(bindparam("ends", type_=String, expanding=True))
    for kind, ends in ENDS.items():
        tx.execute(look, {"kind": kind, "ends": list(ends)})
