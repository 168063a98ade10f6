"""The database: one SQLite file written by one process, or a PostgreSQL database shared by many.

May not know what the rows mean. Choices, all of them for the two promises: on SQLite WAL so that readers never wait for the
writer, `synchronous=FULL` because NORMAL may lose the last commits with the power, `BEGIN IMMEDIATE` so that a transaction that
will write never fails half-way for a lock it came too late to, and a busy timeout for the console that reads along. On
PostgreSQL READ COMMITTED, and one lock for all who decide (`deciding`): decisions take microseconds and are made a hundred to a
transaction, so a second decider at the same time would win little, and could decide two messages of one case in the wrong order.
Non-obvious choice: on SQLite threads of this process queue for the one writing connection in a lock of ours. SQLite's own busy
handler sleeps in growing steps, and whoever comes last may sleep past its turn.
"""

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, nullcontext
from datetime import timedelta
from enum import Enum, auto
from pathlib import Path
from typing import cast

from sqlalchemy import Engine as Database
from sqlalchemy import select
from sqlalchemy import text as sql
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPIModule
from sqlalchemy.exc import DatabaseError
from sqlalchemy.exc import TimeoutError as NoneFreeError
from sqlalchemy.pool import PoolProxiedConnection

from ..machines import BadSettingsError, MalformedEventError, StoreFailedError
from .alone import Alone
from .places import PATIENCE, Place, database_at, shown
from .ports import Clock, SystemClock
from .schema import TABLES, VERSIONS, prepare
from .statements import Statement, Values, insertion
from .turn import Turn
from .tx import Later, Tx
from .vault import Plain, Sealing
from .watch import Watch
from .wires import Pipelined, piped, plain

DECIDERS = 0x7061_7263
"""Number of the advisory lock that whoever decides holds on PostgreSQL. The next is that of whoever migrates (`schema.LOCK`)."""
IDLE, USED = timedelta(seconds=1), "used"
"""For how long a connection to PostgreSQL is believed to be there still, and where it keeps when it was used last."""
WAITING = DECIDERS + 2
"""Number of the lock that the one who waits for the other holds: whoever comes then may leave it to them."""

INBOX, CASE, JOURNAL, OUTBOX, TIMER, MARK = TABLES


class Right(Enum):
    """How somebody has the right to decide."""

    AT_ONCE = auto()
    AFTER_WAITING = auto()
    """Whoever came meanwhile has gone again: what they had to have decided is looked for once more, after this transaction."""
    LEFT_TO_OTHERS = auto()
    """Not at all: somebody decides now, and another waits who will see what is there."""


BEGIN_ALONE = "BEGIN", "BEGIN IMMEDIATE"
BEGIN_SHARED = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", "BEGIN"
"""What begins a transaction that reads, and one that may write."""
SEAL, SEALED_TEXT = "seal", b"parcelflow"
MARKED = Statement(select(MARK.c.value).where(MARK.c.name == SEAL))
MARK_IT = insertion(MARK)
DECIDE = Statement(sql(f"SELECT pg_advisory_xact_lock({DECIDERS})"))
TRY_TO_DECIDE, TRY_TO_WAIT = (Statement(sql(f"SELECT pg_try_advisory_xact_lock({number})")) for number in (DECIDERS, WAITING))


class Store:
    """The tables in one database.

    Args:
        place: A SQLite file, made when it is not there; or a PostgreSQL URL.
        sealing: What personal columns are sealed with.
        migrate: Whether a database of an older version is migrated. None says: a SQLite file is, for its one engine holds its
            lock, and PostgreSQL is not, for others may be at work on it. Who only reads says False.
        patience: How long whoever holds what is wanted is waited for.
        watch: Is told what transactions did, once they are committed.

    Raises:
        BadSettingsError: It cannot be used as a database, is of another version, or was sealed with a key that is not given.
    """

    def __init__(
        self,
        place: Place,
        sealing: Sealing | None = None,
        *,
        migrate: bool | None = None,
        patience: timedelta = PATIENCE,
        watch: Watch | None = None,
    ) -> None:
        self._sealing = sealing
        self.watch = watch or Watch()
        migrating = isinstance(place, Path) if migrate is None else migrate
        self._database, _ = _opened(place, migrate=migrating, patience=patience)
        self.name = self._database.dialect.name
        """`sqlite` or `postgresql`."""
        self.shared = self.name != "sqlite"
        """Whether other processes may be at work on it too."""
        self._begin_reading, self._begin_writing = BEGIN_SHARED if self.shared else BEGIN_ALONE
        self._turn = None if self.shared else Turn()
        self._clock: Clock = SystemClock()
        self._doubted = self._clock.now()
        self._writer: PoolProxiedConnection | None = None if self.shared else self._database.raw_connection()
        try:
            self._check_key(place)
        except BadSettingsError:
            self.close()
            raise

    @property
    def waiting(self) -> int:
        """How many threads wait for whoever writes now. None where several may write."""
        return 0 if self._turn is None else self._turn.waiting

    def _check_key(self, place: Place) -> None:
        """See that what is sealed here can be opened: without its key an engine would send tokens out for what they hold."""
        with self.reading() as tx:
            found = tx.one(MARKED)
        if found is not None and (self._sealing or Plain()).open(found[0], where=shown(place)) != SEALED_TEXT:
            raise BadSettingsError(f"{shown(place)} was sealed with a key, and none is given")
        if found is None and self._sealing is not None:
            with self.writing() as tx:
                tx.run(MARK_IT, {"name": SEAL, "value": self._sealing.seal(SEALED_TEXT)})

    @contextmanager
    def writing(self) -> Generator[Tx]:
        """One transaction that may write: everything in it, or nothing.

        Raises:
            StoreFailedError: The database failed, and nothing was written.
            MalformedEventError: A value that no database keeps.
        """
        with (
            self._turn or nullcontext(),
            self._connection() as connection,
            self._transaction(connection, self._begin_writing) as tx,
        ):
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
            self.may_decide(tx, patient=True)
            yield tx

    def may_decide(self, tx: Tx, *, patient: bool, asking: Callable[[], None] | None = None) -> Right:
        """Have the right to decide in a transaction.

        Args:
            tx: The transaction.
            patient: Wait for it, even if others wait already.
            asking: Sends what whoever decides has to know, to wait once for that and the right; again after waiting for others.
        """
        may = self.may_decide_now(tx)
        if asking is not None:
            asking()
        if may():
            return Right.AT_ONCE
        waits = tx.all(TRY_TO_WAIT)[0][0]
        if not (waits or patient):
            return Right.LEFT_TO_OTHERS
        tx.all(DECIDE)
        if asking is not None:
            asking()
        return Right.AFTER_WAITING if waits else Right.AT_ONCE

    def may_decide_now(self, tx: Tx) -> Later[bool]:
        """Have the right to decide in a transaction, unless somebody else decides or waits for it."""
        if not self.shared:
            return lambda: True
        may = tx.all_later(TRY_TO_DECIDE)
        return lambda: bool(may()[0][0])

    @contextmanager
    def reading(self) -> Generator[Tx]:
        """One consistent view that never waits for the writer.

        Raises:
            StoreFailedError: The database failed.
        """
        with self._drawn() as connection, self._transaction(connection, self._begin_reading) as tx:
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
            while not self._is_there(connection):
                connection.close()
                connection = self._database.raw_connection()
        except (self._database.dialect.loaded_dbapi.Error, NoneFreeError) as error:
            raise StoreFailedError(f"the database cannot be reached, and nothing was written: {str(error).strip()}") from error
        with closing(connection):
            yield connection
            connection.info[USED] = self._clock.now()

    def _is_there(self, connection: PoolProxiedConnection) -> bool:
        """Whether a connection still has its server: asked of one that was idle, or that was there when another had none."""
        used = connection.info.get(USED)
        if self.shared and used is None:
            cast("Pipelined", connection.driver_connection).autocommit = True  # `_transaction` begins, and does not wait for it
        if not self.shared or used is None or (used > self._doubted and self._clock.now() - used < IDLE):
            return True
        dialect = self._database.dialect
        try:
            return dialect.do_ping(cast("DBAPIConnection", connection.dbapi_connection))
        except dialect.loaded_dbapi.Error as error:
            connection.invalidate(error)
            return False

    @contextmanager
    def _transaction(self, connection: PoolProxiedConnection, begin: str) -> Generator[Tx]:
        dialect = self._database.dialect
        try:
            with (piped if self.shared else plain)(connection, dialect.loaded_dbapi.Error) as wire:
                wire.cursor().execute(begin)
                tx = Tx(wire, dialect, sealing=self._sealing, watch=self.watch)
                yield tx
                tx.check()
                wire.cursor().execute("COMMIT")
        except dialect.loaded_dbapi.Error as error:
            raise self._fault(connection, error) from error

    def _fault(self, connection: PoolProxiedConnection, error: Exception) -> StoreFailedError | MalformedEventError:
        """Whose fault an error of the driver is; a connection that it ended is put away."""
        dialect = self._database.dialect
        if isinstance(error, dialect.loaded_dbapi.DataError):
            return MalformedEventError(f"cannot be kept: {error}")
        if self.shared and dialect.is_disconnect(cast("DBAPIModule.Error", error), connection, None):
            connection.invalidate(error)
            self._doubted = self._clock.now()
        return StoreFailedError(f"the database failed, and nothing was written: {str(error).strip()}")


def migrate(place: Place) -> tuple[str | None, str]:
    """Bring a database to the present version.

    Returns:
        The version that it was of (None where it was empty), and the one that it is of.

    Raises:
        BadSettingsError: It cannot be used as a database, an engine is at work on the file, or it is of a newer version.
    """
    with ExitStack() as stack:
        if isinstance(place, Path):
            stack.callback(Alone(place).release)
        database, before = _opened(place, migrate=True)
        database.dispose()
    return before, VERSIONS[-1]


def _opened(place: Place, *, migrate: bool, patience: timedelta = PATIENCE) -> tuple[Database, str | None]:
    """A database of the present version, and the version that it was of."""
    database = database_at(place, patience)
    try:
        return database, prepare(database, migrate=migrate)
    except DatabaseError as error:
        database.dispose()
        raise BadSettingsError(f"{shown(place)} cannot be used as parcelflow's database: {error.orig}") from error
    except BadSettingsError:
        database.dispose()
        raise


def insert_once(tx: Tx, statement: Statement, values: Values) -> Later[int]:
    """Insert a row unless a unique constraint already holds its like; how many were inserted, 1 or 0.

    Args:
        tx: A transaction.
        statement: Made by `insertion(..., once=True)`.
        values: By column.

    Raises:
        MalformedEventError: A value that cannot be kept, such as data that is not JSON.
    """
    try:
        return tx.run_later(statement, values)
    except (TypeError, ValueError, OverflowError) as error:  # raised by Python while it wrote the value down
        raise MalformedEventError(f"{values.get('name')!r} cannot be kept: {error}") from None
