"""The schema's life: what version a database is of, and bringing it to the one that this code works with.

May not know what the rows mean, nor where a database is; `store` opens it. Non-obvious choice: an empty database gets the present
tables at once and no history of revisions, since that is what a test, a demo and every new installation want; that both ways end
in the same tables is what tests compare. A database of 0001 carries no version, and is known by the columns of its outbox.
"""

from collections.abc import Sequence
from typing import cast

from sqlalchemy import Column, Connection, Dialect, MetaData, PrimaryKeyConstraint, String, Table, inspect, select
from sqlalchemy import Engine as Database
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.schema import CreateIndex, CreateTable

from ..machines import BadSettingsError
from .tables import ONLY, CaseRow, InboxRow, JournalRow, MarkRow, OutboxRow, TimerRow

VERSIONS = ("0001", "0002", "0003")
"""Every version that this code can migrate from, and last the one that it works with."""
FIRST = VERSIONS[0]

TABLES = tuple(
    cast("Table", inspect(model).local_table) for model in (InboxRow, CaseRow, JournalRow, OutboxRow, TimerRow, MarkRow)
)
"""The Core tables that the SQLModel classes declared."""

# Not Alembic's usual name: on PostgreSQL the database may be one that a program of the user's migrates with Alembic too.
VERSION = Table(
    "parcelflow_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="parcelflow_version_pkc"),
)
"""Where a database keeps its version; Alembic prescribes what it looks like."""
_KEPT = select(VERSION.c.version_num)

LOCK = 0x7061_7264
"""Number of the advisory lock that whoever makes or migrates tables holds on PostgreSQL."""
_ALONE = {"sqlite": "BEGIN IMMEDIATE", "postgresql": f"SELECT pg_advisory_xact_lock({LOCK})"}


def prepare(database: Database, *, migrate: bool) -> str | None:
    """Have a database be of the present version: make the tables of an empty one, and migrate an older one or refuse it.

    Whoever does it is alone, in one transaction: it is done wholly or not at all, and of two at once one finds it done.

    Args:
        database: SQLite or PostgreSQL.
        migrate: Whether an older one is migrated.

    Returns:
        The version that it was of; None for one that was empty.

    Raises:
        BadSettingsError: It is older and not to be migrated, or newer than this code, or its tables are somebody else's.
        DatabaseError: As SQLAlchemy raises it.
    """
    with database.connect() as connection:
        if _is_present(connection):
            return VERSIONS[-1]
    with database.begin() as tx:
        # Whoever is alone before us may be doing it: then we wait here, and find it done.
        tx.exec_driver_sql(_ALONE[tx.dialect.name])
        found = _usable(tx, migrate=migrate)
        if found is None:
            for statement in _making(tx.dialect):
                tx.exec_driver_sql(statement)
            _stamp(tx, VERSIONS[-1])
        elif found != VERSIONS[-1]:
            _upgrade(tx)
    return found


def _is_present(tx: Connection) -> bool:
    """Whether a database is of the present version. One query, since nearly every database is, and each is asked when opened."""
    try:
        return tx.scalar(_KEPT) == VERSIONS[-1]
    except (OperationalError, ProgrammingError):  # as SQLite and PostgreSQL say that there is no such table
        return False


def _usable(tx: Connection, *, migrate: bool) -> str | None:
    """The version of a database that can be worked with, perhaps after migrating it; None for an empty one."""
    found = _version(tx)
    if found is None or found == VERSIONS[-1]:
        return found
    if found not in VERSIONS:
        raise BadSettingsError(
            f"{_shown(tx)} is of version {found}, and this parcelflow knows versions up to {VERSIONS[-1]}: it takes a newer one"
        )
    if not migrate:
        raise BadSettingsError(
            f"{_shown(tx)} is of version {found}, and this parcelflow works with {VERSIONS[-1]}; "
            f"run `parcelflow migrate --database {_shown(tx)}`"
        )
    return found


def _version(tx: Connection) -> str | None:
    names = set(inspect(tx).get_table_names())
    if VERSION.name in names:
        return tx.scalar(_KEPT) or "(none)"
    ours = names & {table.name for table in TABLES}
    if not ours:
        return None
    columns = {column["name"] for column in inspect(tx).get_columns("outbox")} if "outbox" in ours else set[str]()
    if {"effect_key", "operation", "wish", "answer"} <= columns and "system" not in columns:
        return FIRST
    raise BadSettingsError(f"{_shown(tx)} has tables called {', '.join(sorted(ours))} that are not of any parcelflow")


def _making(dialect: Dialect) -> Sequence[str]:
    """What makes the tables; written once for each kind of database, because writing it takes longer than doing it."""
    if dialect.name not in _MADE:
        tables = [CreateTable(table) for table in TABLES]
        # In the order of their names: a table holds its indexes in a set.
        indexes = [
            CreateIndex(index)
            for table in TABLES
            for index in sorted(table.indexes, key=lambda index: str(index.name))
            if index.info.get(ONLY, dialect.name) == dialect.name
        ]
        _MADE[dialect.name] = [str(element.compile(dialect=dialect)) for element in (*tables, *indexes)]
    return _MADE[dialect.name]


_MADE: dict[str, Sequence[str]] = {}


def _stamp(tx: Connection, version: str) -> None:
    tx.exec_driver_sql(str(CreateTable(VERSION)))
    tx.exec_driver_sql(f"INSERT INTO {VERSION.name} (version_num) VALUES ('{version}')")  # noqa: S608 - words of ours


def _upgrade(tx: Connection) -> None:
    # Alembic takes a quarter of a second to import, and a database is migrated once in its life.
    from . import migrations  # noqa: PLC0415

    if VERSION.name not in inspect(tx).get_table_names():
        _stamp(tx, FIRST)
    migrations.upgrade(tx, VERSION.name)


def _shown(tx: Connection) -> str:
    """A database as a person names it, without its password."""
    url = tx.engine.url
    return str(url.database) if url.get_backend_name() == "sqlite" else str(url.set(drivername="postgresql"))
