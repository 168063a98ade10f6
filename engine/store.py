"""The database: one SQLite file written by one process, or a PostgreSQL database shared by many.

May not know what the rows mean. Choices, all of them for the two promises: on SQLite WAL so that readers never wait for the
writer, `synchronous=FULL` because NORMAL may lose the last commits with the power, `BEGIN IMMEDIATE` so that a transaction that
will write never fails half-way for a lock it came too late to, and a busy timeout for the console that reads along. On
PostgreSQL READ COMMITTED, and one lock for all who decide (`deciding`): decisions take microseconds and are made a hundred to a
transaction, so a second decider at the same time would win little, and could decide two messages of one case in the wrong order.
Non-obvious choice: on SQLite threads of this process queue for the one writing connection in a lock of ours. SQLite's own busy
handler sleeps in growing steps, and whoever comes last may sleep past its turn.
"""

import re
from collections.abc import Generator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext, suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any, TypeAlias, cast

from sqlalchemy import Engine as Database
from sqlalchemy import Table, bindparam, create_engine, event, inspect, make_url
from sqlalchemy import text as sql
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPIModule
from sqlalchemy.exc import ArgumentError, DatabaseError
from sqlalchemy.exc import TimeoutError as NoneFreeError
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection
from sqlmodel import SQLModel

from ..machines import BadSettingsError, MalformedEventError, StoreFailedError
from .statements import Statement, Tx, Values
from .tables import CaseRow, InboxRow, JournalRow, OutboxRow, TimerRow

PATIENCE = timedelta(seconds=10)
"""How long a writer waits for another before it gives up; on PostgreSQL also how long one may do nothing in a transaction."""
CONNECTIONS = 16
"""Connections to PostgreSQL that one process may hold: one for each thread that may want one, and some."""
DECIDERS = 0x7061_7263
"""Number of the advisory lock that whoever decides holds on PostgreSQL."""

Place: TypeAlias = Path | str
"""Where a database is: the path of a SQLite file, or a `postgresql://` URL."""


INBOX, CASE, JOURNAL, OUTBOX, TIMER = TABLES = tuple(
    cast("Table", inspect(model).local_table) for model in (InboxRow, CaseRow, JournalRow, OutboxRow, TimerRow)
)
"""The Core tables that the SQLModel classes declared."""


def insertion(table: Table, *, once: bool = False) -> Statement:
    """A row into a table, all columns but a generated `id` named as they are. `once`: unless a constraint holds its like."""
    values: dict[str, Any] = {column.name: bindparam(column.name) for column in table.c if column.name != "id"}

    def build(dialect: str) -> postgresql.Insert | sqlite.Insert:
        insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
        statement = insert(table).values(values).inline()
        return statement.on_conflict_do_nothing() if once else statement

    return Statement(build)


DECIDE = Statement(sql(f"SELECT pg_advisory_xact_lock({DECIDERS})"))
ONE_VIEW = Statement(sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))


class Store:
    """The tables in one database.

    Args:
        place: A SQLite file, made when it is not there; or a PostgreSQL URL.
        patience: How long whoever holds what is wanted is waited for.

    Raises:
        BadSettingsError: It cannot be used as a database.
    """

    def __init__(self, place: Place, *, patience: timedelta = PATIENCE) -> None:
        self._database = _database(place, patience)
        self.shared = self._database.dialect.name != "sqlite"
        """Whether other processes may be at work on it too."""
        self._turn = nullcontext() if self.shared else Lock()
        self._writer: PoolProxiedConnection | None = None
        try:
            with self._database.begin() as tx:
                SQLModel.metadata.create_all(tx, tables=list(TABLES))
            self._writer = None if self.shared else self._database.raw_connection()
        except DatabaseError as error:
            self._database.dispose()
            raise BadSettingsError(f"{_shown(place)} cannot be used as parcelflow's database: {error.orig}") from error

    @contextmanager
    def writing(self) -> Generator[Tx]:
        """One transaction that may write: everything in it, or nothing.

        Raises:
            StoreFailedError: The database failed, and nothing was written.
            MalformedEventError: A value that no database keeps.
        """
        with self._turn, self._connection() as connection, self._transaction(connection, "BEGIN IMMEDIATE") as tx:
            yield tx
        for act in tx.after:
            act()

    @contextmanager
    def deciding(self) -> Generator[Tx]:
        """One transaction that may decide: nobody else decides meanwhile, in this process or in another.

        Raises:
            StoreFailedError: The database failed, and nothing was written.
        """
        with self.writing() as tx:
            if self.shared:
                tx.all(DECIDE)
            yield tx

    @contextmanager
    def reading(self) -> Generator[Tx]:
        """One consistent view that never waits for the writer.

        Raises:
            StoreFailedError: The database failed.
        """
        with self._drawn() as connection, self._transaction(connection, "BEGIN") as tx:
            if self.shared:
                tx.run(ONE_VIEW)
            yield tx

    def close(self) -> None:
        """Let go of the database."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        self._database.dispose()

    def _connection(self) -> AbstractContextManager[PoolProxiedConnection]:
        """SQLite's one connection to write on, or any."""
        return self._drawn() if self._writer is None else nullcontext(self._writer)

    @contextmanager
    def _drawn(self) -> Generator[PoolProxiedConnection]:
        """A connection from the pool. A server that is down fails here already, before there is a transaction to fail."""
        try:
            connection = self._database.raw_connection()
        except (self._database.dialect.loaded_dbapi.Error, NoneFreeError) as error:
            raise StoreFailedError(f"the database cannot be reached, and nothing was written: {str(error).strip()}") from error
        with closing(connection):
            yield connection

    @contextmanager
    def _transaction(self, connection: PoolProxiedConnection, begin: str) -> Generator[Tx]:
        failure = self._database.dialect.loaded_dbapi.Error
        try:
            cursor = connection.cursor()
            try:
                if not self.shared:  # psycopg begins by itself
                    cursor.execute(begin)
                yield Tx(cursor, self._database.dialect)
                connection.commit()
            except BaseException:
                with suppress(failure):  # what ended the connection is what there is to tell, and not that it has ended
                    connection.rollback()
                raise
            finally:
                cursor.close()
        except failure as error:
            raise self._fault(connection, error) from error

    def _fault(self, connection: PoolProxiedConnection, error: Exception) -> StoreFailedError | MalformedEventError:
        """Whose fault an error of the driver is; a connection that it ended is put away."""
        dialect = self._database.dialect
        if isinstance(error, dialect.loaded_dbapi.DataError):
            return MalformedEventError(f"cannot be kept: {error}")
        if self.shared and dialect.is_disconnect(cast("DBAPIModule.Error", error), connection, None):
            connection.invalidate(error)
        return StoreFailedError(f"the database failed, and nothing was written: {str(error).strip()}")


def _database(place: Place, patience: timedelta) -> Database:
    seconds = patience.total_seconds()
    if isinstance(place, Path):
        database = create_engine(f"sqlite:///{place}", paramstyle="named", pool_size=CONNECTIONS, pool_timeout=seconds)
        event.listen(database, "connect", partial(_prepare, round(seconds * 1000)))
        return database
    try:
        url = make_url(place)
        if url.get_backend_name() != "postgresql":
            raise BadSettingsError(f"a database is the path of a SQLite file or a postgresql:// URL, not {_shown(place)!r}")
        url = url.set(drivername="postgresql+psycopg")
        # After a restart of the server each idle connection would fail once, and whoever drew it with it.
        database = create_engine(url, pool_size=CONNECTIONS, pool_timeout=seconds, pool_pre_ping=True)
        event.listen(database, "connect", partial(_limit, round(seconds * 1000)))
    except ArgumentError as error:
        raise BadSettingsError(f"{_shown(place)!r} is no URL of a database: {error}") from None
    except ModuleNotFoundError as error:
        raise BadSettingsError(f"PostgreSQL needs `pip install parcelflow[postgresql]`: {error}") from error
    return database


def _shown(place: Place) -> str:
    """A place without the password that may be in it."""
    return re.sub(r"(?<=:)[^:@/]+(?=@)", "***", str(place))


def insert_once(tx: Tx, statement: Statement, values: Values) -> bool:
    """Insert a row unless a unique constraint already holds its like; whether it was inserted.

    Args:
        tx: A transaction.
        statement: Made by `insertion(..., once=True)`.
        values: By column.

    Raises:
        MalformedEventError: A value that cannot be kept, such as data that is not JSON.
    """
    try:
        return tx.run(statement, values) == 1
    except (TypeError, ValueError, OverflowError) as error:  # raised by Python while it wrote the value down
        raise MalformedEventError(f"{values.get('name')!r} cannot be kept: {error}") from None


def _prepare(patience: int, connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    # The driver would begin transactions by itself, and deferred ones; `_transaction` does it instead.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", f"busy_timeout={patience}"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _limit(patience: int, connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    # A machine that lost its power in the middle of a decision would hold the lock of all deciders until TCP gives it up.
    cursor = connection.cursor()
    for limit in ("lock_timeout", "idle_in_transaction_session_timeout"):
        cursor.execute(f"SET {limit} = {patience}")
    cursor.close()
    connection.commit()
