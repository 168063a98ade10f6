"""Migrations: how a database of an older version becomes one of the present version, forward only, step by step.

May not look at the live tables: each revision spells out the tables as they were and as it leaves them, and goes on meaning the
same whatever becomes of `tables.py`. Non-obvious choice: Alembic is the workman here (its operations, its batch mode, its version
table) and not the manager. There is no `alembic.ini` and no folder that is scanned, so a wheel or a zip migrates like a checkout,
and each revision is handed its operations, so that two threads can migrate two databases.

Within one major version of parcelflow a revision only adds: tables, indexes that are not unique, and columns that are nullable or
have a server default. Then code of the revision before goes on working on what the revision leaves, and engines that share a
database are replaced one after another. A revision says in `ROLLS` on which databases it keeps to that: on SQLite it need not,
for a file has one engine at a time.
"""

from collections.abc import Iterator
from types import ModuleType
from typing import cast

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext, RevisionStep
from alembic.script import Script
from alembic.script.revision import RevisionMap
from sqlalchemy import Connection

from . import r0001, r0002, r0003

REVISIONS: tuple[ModuleType, ...] = (r0001, r0002, r0003)
"""Oldest first."""


def upgrade(tx: Connection, table: str) -> None:
    """Run every revision that a database has not had yet.

    Args:
        tx: A connection in a transaction that nobody else can migrate in; nothing is committed here.
        table: Name of the table in which Alembic keeps the version. Where it is not there, the database is taken for empty.
    """
    chain = RevisionMap(lambda: [Script(module, module.revision, str(module.__file__)) for module in REVISIONS])

    def steps(heads: tuple[str, ...], _context: MigrationContext) -> Iterator[RevisionStep]:
        ahead = tuple(chain.iterate_revisions("heads", heads or "base"))  # newest first
        return (RevisionStep(chain, cast("Script", revision), is_upgrade=True) for revision in reversed(ahead))

    context = MigrationContext.configure(tx, opts={"version_table": table, "fn": steps})
    context.run_migrations(op=Operations(context))
