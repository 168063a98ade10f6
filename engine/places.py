"""Places: where a database is, and how its connections are made ready.

May not run a statement of the engine's. Non-obvious choice: what a connection needs is set when it is made, whoever draws it from
the pool later; a transaction that had to set it would pay for it each time.
"""

import math
import re
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TypeAlias

from sqlalchemy import Engine as Database
from sqlalchemy import create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry

from ..machines import BadSettingsError

PATIENCE = timedelta(seconds=10)
"""How long a writer waits for another before it gives up; on PostgreSQL also how long one may do nothing in a transaction."""
CONNECTIONS = 16
"""Connections to PostgreSQL that one process may hold: one for each thread that may want one, and some."""

Place: TypeAlias = Path | str
"""Where a database is: the path of a SQLite file, or a `postgresql://` URL."""


def database_at(place: Place, patience: timedelta = PATIENCE) -> Database:
    """The database at a place, not yet connected to.

    Raises:
        BadSettingsError: It is no place, or PostgreSQL's driver is not installed.
    """
    seconds = patience.total_seconds()
    if isinstance(place, Path):
        database = create_engine(f"sqlite:///{place}", paramstyle="qmark", pool_size=CONNECTIONS, pool_timeout=seconds)
        event.listen(database, "connect", partial(_prepare, round(seconds * 1000)))
        return database
    try:
        url = make_url(place)
        if url.get_backend_name() != "postgresql":
            raise BadSettingsError(f"a database is the path of a SQLite file or a postgresql:// URL, not {shown(place)!r}")
        url = url.set(drivername="postgresql+psycopg")
        database = create_engine(url, paramstyle="format", pool_size=CONNECTIONS, pool_timeout=seconds, pool_use_lifo=True)
        event.listen(database, "connect", partial(_limit, round(seconds * 1000)))
    except (ArgumentError, ValueError) as error:  # a port that is no number is a plain ValueError
        raise BadSettingsError(f"{shown(place)!r} is no URL of a database: {error}") from None
    except ModuleNotFoundError as error:
        raise BadSettingsError(f"PostgreSQL needs `pip install parcelflow[postgresql]`: {error}") from error
    return database


def shown(place: Place) -> str:
    """A place without the password that may be in it."""
    return re.sub(r"(?<=:)[^:@/]+(?=@)", "***", str(place))


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
    # What it sent without waiting for it is no idleness to the server; that it is no longer there, its TCP finds out.
    for limit, value in {"idle": math.ceil(patience / 1000), "interval": 1, "count": 3}.items():
        cursor.execute(f"SET tcp_keepalives_{limit} = {value}")
    cursor.close()
    connection.commit()
