"""Wires: how the statements of a transaction travel to the database.

May not know a statement but the end of one that fails. Non-obvious choice: to PostgreSQL they go through a pipeline. Most of
them are writes, of which nobody needs to know anything but that the last of them, the commit, was done; so nobody waits but where
an answer decides what is sent next.
"""

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from functools import partial
from select import select
from typing import NamedTuple, Protocol, cast

from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.pool import PoolProxiedConnection


class Wire(NamedTuple):
    """How the statements of one transaction travel.

    Attributes:
        cursor: Gives the cursor for one statement: another each time where it is waited for later.
        wait: Returns when everything that was sent is done, and raises the first error; None where a statement is done when it
            returns.
    """

    cursor: Callable[[], DBAPICursor]
    wait: Callable[[], None] | None = None


class Socket(Protocol):
    """What we need of psycopg's own connection of libpq."""

    socket: int

    def flush(self) -> int:
        """Send what can be sent now; 0 when nothing is left of it."""
        ...


class Pipeline(Protocol):
    """What we need of a pipeline of psycopg's."""

    def sync(self) -> None:
        """Wait for everything that was sent."""
        ...


class Pipelined(Protocol):
    """What we need of a connection of psycopg's."""

    autocommit: bool
    pgconn: Socket

    def pipeline(self) -> AbstractContextManager[Pipeline]:
        """Statements are sent without waiting for those before; the end waits for all, and raises the first error."""
        ...

    def cursor(self) -> DBAPICursor:
        """A cursor. Of a pipeline each holds the result of one statement."""
        ...


@contextmanager
def plain(connection: PoolProxiedConnection, failure: type[Exception]) -> Generator[Wire]:
    """Around a transaction: one cursor, whose statements are done when they return.

    Args:
        connection: On which nothing is begun by itself.
        failure: The driver's errors.
    """
    with closing(connection.cursor()) as cursor:
        try:
            yield Wire(lambda: cursor)
        except BaseException:
            with suppress(failure):  # what ended the connection is what there is to tell, and not that it has ended
                connection.rollback()
            raise


@contextmanager
def piped(connection: PoolProxiedConnection, failure: type[Exception]) -> Generator[Wire]:
    """Around a transaction: a cursor for each statement; all of them are done at the end, or one of them has failed.

    Args:
        connection: Of psycopg's, on which nothing is begun by itself.
        failure: The driver's errors.
    """
    driver = cast("Pipelined", connection.driver_connection)
    try:
        with driver.pipeline() as pipeline:
            wait = partial(_answered, driver.pgconn, pipeline)
            try:
                yield Wire(driver.cursor, wait)
            except BaseException:
                with suppress(failure):  # of what came after the failure each says only that it was not done
                    wait()
                raise
    except BaseException:
        with suppress(failure):
            connection.rollback()
        raise


def _answered(connection: Socket, pipeline: Pipeline) -> None:
    """Wait for everything that was sent, and have the server wait for us: a session that does nothing is thrown out then."""
    # `sync` of psycopg 3.3 sends no more than fits of what is not sent yet, and waits for an answer to all of it: for a body of a
    # megabyte for ever.
    while connection.flush():  # which takes in what has come, too: the server may have to get rid of answers before it takes more
        select([connection.socket], [connection.socket], [])
    pipeline.sync()
