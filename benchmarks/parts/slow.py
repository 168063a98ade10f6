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
from typing import Any

SYNC = 0.004
"""Seconds that a sync takes on that disk."""


class _Slow(sqlite3.Connection):
    _seen = 0
    _pause = threading.Event()

    def commit(self) -> None:
        """Commit, and wait if there was anything to be synced."""
        super().commit()
        self._wait()

    def execute(self, sql: str, *given: Any) -> sqlite3.Cursor:  # noqa: ANN401 - as it is called
        """The floor commits by a statement."""
        cursor = super().execute(sql, *given)
        if sql == "COMMIT":
            self._wait()
        return cursor

    def _wait(self) -> None:
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
