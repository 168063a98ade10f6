"""The database: one SQLite file, opened so that what was committed survives a power cut, and written by one process.

May not know what the rows mean. Choices, all of them for the two promises: WAL so that readers never wait for the writer;
`synchronous=FULL` because NORMAL may lose the last commits with the power; `BEGIN IMMEDIATE` so that a transaction that will
write never fails half-way for a lock it came too late to; a busy timeout for the console that reads along. Non-obvious
choice: rows are read and written through SQLAlchemy Core on the tables that SQLModel declared, never through the ORM, which
costs more than the decision and the disk together on this path.
"""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Connection, Table, create_engine, event, inspect
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DatabaseError, StatementError
from sqlalchemy.pool import ConnectionPoolEntry
from sqlmodel import SQLModel

from ..machines import BadSettingsError, MalformedEventError
from .tables import CaseRow, InboxRow, JournalRow, OutboxRow, TimerRow

BUSY_TIMEOUT = 10_000
"""Milliseconds for which a writer waits for another before it gives up."""


INBOX, CASE, JOURNAL, OUTBOX, TIMER = TABLES = tuple(
    cast("Table", inspect(model).local_table) for model in (InboxRow, CaseRow, JournalRow, OutboxRow, TimerRow)
)
"""The Core tables that the SQLModel classes declared."""


ONCE = {table: insert(table).on_conflict_do_nothing() for table in TABLES}
"""Made once: building the statement anew for every row costs three times what executing it does."""


class Store:
    """The tables in one file.

    Args:
        path: The SQLite file; made when it is not there.

    Raises:
        BadSettingsError: The file or its folder cannot be used as a database.
    """

    def __init__(self, path: Path) -> None:
        self._engine = create_engine(f"sqlite:///{path}", pool_size=8, pool_timeout=BUSY_TIMEOUT / 1000)
        event.listen(self._engine, "connect", _prepare)
        event.listen(self._engine, "begin", _begin)
        try:
            with self._engine.begin() as tx:
                SQLModel.metadata.create_all(tx, tables=list(TABLES))
        except DatabaseError as error:
            self._engine.dispose()
            raise BadSettingsError(f"{path} cannot be used as parcelflow's database: {error.orig}") from error

    @contextmanager
    def writing(self) -> Generator[Connection]:
        """One transaction that may write: everything in it, or nothing."""
        with self._engine.begin() as tx:
            yield tx

    @contextmanager
    def reading(self) -> Generator[Connection]:
        """One consistent view that never waits for the writer."""
        with self._engine.connect() as connection, connection.execution_options(parcelflow_reading=True).begin():
            yield connection

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()


def insert_once(tx: Connection, table: Table, values: Mapping[str, Any]) -> bool:
    """Insert a row unless a unique constraint already holds its like; whether it was inserted.

    Raises:
        MalformedEventError: A value that cannot be kept, such as data that is not JSON.
    """
    try:
        return tx.execute(ONCE[table], dict(values)).rowcount == 1
    except StatementError as error:
        if isinstance(error.orig, TypeError | ValueError | OverflowError):  # raised by Python while it wrote the value down
            raise MalformedEventError(f"{values.get('name')!r} cannot be kept: {error.orig}") from None
        raise


def _prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    # The driver would begin transactions by itself, and deferred ones; `_begin` does it instead.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", f"busy_timeout={BUSY_TIMEOUT}"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    reading = connection.get_execution_options().get("parcelflow_reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
