"""Revision 0003: cases and their journal lines carry the number of the message that opened the case; SQLite finds lines by it.

May not change once it is released. Non-obvious choice: nothing that is there is numbered. A case of 0002 keeps 0 for good, and so
do its lines, which the new index finds as the old one did. On PostgreSQL engines of 0002 go on writing 0 while they are replaced,
and the index that they look into stays.
"""

from alembic.operations import Operations
from sqlalchemy import Column, Integer

revision = "0003"
down_revision = "0002"
ROLLS = frozenset({"postgresql"})
"""On SQLite a unique constraint goes, and another comes as an index."""

ORDER = ("journal_of_case", "journal", ["opened_by", "kind", "key", "seq"])


def upgrade(op: Operations) -> None:
    """Bring the tables of 0002 here, with what they hold."""
    for table in ("case", "journal"):
        op.add_column(table, Column("opened_by", Integer, nullable=False, server_default="0"))
    if op.get_bind().dialect.name == "sqlite":
        # A constraint goes only with its table: the lines are copied, and the index is made of them afterwards, in its order.
        with op.batch_alter_table("journal") as journal:
            journal.drop_constraint("journal_order", type_="unique")
        op.create_index(*ORDER, unique=True)
