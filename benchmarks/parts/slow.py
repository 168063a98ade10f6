"""A disk that takes as long to sync as the one for which the bars were set: whoever commits waits for the rest of the time.

May not touch what is committed, nor wait where nothing was written. Non-obvious choice: the disk at hand is measured too. One
that syncs twenty times as fast turns a ratio to a floor that waits for it into one of Python to C; which of the two somebody has
is theirs to see.
"""

import sqlite3
import threading
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from sqlite3 import dbapi2
from typing import Any, Self, cast

SYNC = 0.004
"""Seconds that a sync takes on that disk."""


class _Cursor(sqlite3.Cursor):
    def execute(self, sql: str, *given: Any) -> Self:  # noqa: ANN401 - as it is called
        """Whoever commits does so by a statement."""
        super().execute(sql, *given)
        if sql == "COMMIT":
            cast("_Slow", self.connection).synced()
        return self


class _Slow(sqlite3.Connection):
    _seen = 0
    _pause = threading.Event()

    def commit(self) -> None:
        """As SQLAlchemy does where the tables are made."""
        super().commit()
        self.synced()

    def cursor(self, factory: Any = None) -> _Cursor:  # noqa: ANN401 - as it is called
        """A cursor that knows."""
        del factory
        return super().cursor(_Cursor)

    def execute(self, sql: str, *given: Any) -> _Cursor:  # noqa: ANN401 - as it is called
        """By a cursor."""
        return self.cursor().execute(sql, *given)

    def synced(self) -> None:
        """Wait for the sync, if there was anything to be synced."""
        if self.total_changes != self._seen:
            self._seen = self.total_changes
            self._pause.wait(SYNC)


@contextmanager
def slow_disk() -> Generator[None]:
    """Every SQLite file that is opened meanwhile is on such a disk."""
    places, honest = (sqlite3, dbapi2), sqlite3.connect
    for place in places:
        setattr(place, "connect", partial(honest, factory=_Slow))  # noqa: B010 - a module's names are not to be assigned
    try:
        yield
    finally:
        for place in places:
            setattr(place, "connect", honest)  # noqa: B010
