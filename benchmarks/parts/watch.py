"""Tells when a case has reached a state, by reading the file beside the engine, as a console in another process could.

May not ask the engine. Non-obvious choice: it reads only after SQLite says that somebody has committed (`data_version`, some
microseconds), and one thread reads for all who wait; sixty-four that read for themselves would take the time that is measured.
"""

import sqlite3
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from .database import bare, quoted
from .workload import CASE_TABLE, KIND

TICK = 0.0005
"""Seconds between two looks."""
PATIENCE = 60.0
"""Seconds after which a state that has not come never will."""


class Watch:
    """A thread that looks at the cases of a file.

    Args:
        file: The engine's file.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._awaited: dict[str, tuple[str, threading.Event]] = {}
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def expect(self, key: str, state: str) -> threading.Event:
        """Set once the case is in the state. Expect it before it can come, or nobody may look again."""
        reached = threading.Event()
        with self._lock:
            self._awaited[key] = (state, reached)
        return reached

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        seen = -1
        with bare(self._file) as connection:
            while not self._stop.wait(TICK):
                version = int(connection.execute("PRAGMA data_version").fetchone()[0])
                with self._lock:
                    awaited = dict(self._awaited)
                if awaited and version != seen:
                    seen = version
                    self._look(connection, awaited)

    def _look(self, connection: sqlite3.Connection, awaited: dict[str, tuple[str, threading.Event]]) -> None:
        marks = ", ".join("?" * len(awaited))
        query = f"SELECT key, state FROM {quoted(CASE_TABLE)} WHERE kind = ? AND key IN ({marks})"  # noqa: S608 - no values
        for key, state in connection.execute(query, (KIND, *awaited)).fetchall():
            wanted, reached = awaited[key]
            if state == wanted:
                with self._lock:
                    del self._awaited[key]
                reached.set()


def wait(reached: threading.Event) -> None:
    """Wait for what is expected.

    Raises:
        AssertionError: It has not come within `PATIENCE`.
    """
    assert reached.wait(PATIENCE), "an event was not decided"
