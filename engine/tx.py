"""A transaction: statements run in it, at once or without waiting for what becomes of them.

May not begin or end it; the store does. Non-obvious choice: whoever writes learns later, or never, how many rows that concerned.
On PostgreSQL the way there and back takes several times what a statement of ours does; so what is sent until an answer is needed
shares one way, and what nobody asks about shares that of the commit.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import Dialect
from sqlalchemy.engine.interfaces import DBAPICursor

from ..machines import StoreFailedError
from .statements import Found, Statement, Values
from .vault import Sealing
from .watch import Watch
from .wires import Wire

Encoded: TypeAlias = tuple[str, list[Sequence[Any]]]
"""A statement's text, and the values of each row ready for the driver."""
T = TypeVar("T")
Later: TypeAlias = Callable[[], T]
"""Waits for what is known later, and returns it."""

NOTHING: Values = {}


class Tx:
    """One transaction: cursors of the driver, and the dialect that statements are compiled for.

    What is asked or written `later` has been sent when the method returns, and is not waited for. On PostgreSQL everything that
    is sent until somebody waits shares one way to the server and back; an error comes with whatever is waited for next, the end
    of the transaction at the latest.

    Args:
        wire: Of a connection in which a transaction is open.
        dialect: Of the database.
        sealing: What personal columns are sealed with on the way in and opened with on the way out; None where they are not.
        watch: Told what is done (`Watch.later`).
    """

    __slots__ = ("_cursor", "_expected", "_sealing", "_wait", "after", "dialect", "watch")

    def __init__(self, wire: Wire, dialect: Dialect, *, sealing: Sealing | None, watch: Watch) -> None:
        self._cursor, self._wait = wire
        self._sealing = sealing
        self._expected: list[tuple[Later[int], int, str]] = []
        self.dialect = dialect
        self.watch = watch
        self.after: list[Callable[[], None]] = []

    def afterwards(self, act: Callable[[], None]) -> None:
        """Do something once the transaction is committed, and never if it is not."""
        self.after.append(act)

    def failed(self, error: Exception) -> bool:
        """Whether an error is the database's own."""
        return isinstance(error, self.dialect.loaded_dbapi.Error)

    def all(self, query: Statement, values: Values = NOTHING) -> list[Found]:
        """Every row."""
        ready = query.on(self.dialect)
        cursor = self._cursor()
        cursor.execute(ready.sql, ready.encode(values, self._sealing))
        if self._wait is not None:
            self._wait()
        return ready.decode(cursor.fetchall(), self._sealing)

    def all_later(self, query: Statement, values: Values = NOTHING) -> Later[list[Found]]:
        """Every row that there is now, for whoever calls what is returned: once, be it after the transaction."""
        wait = self._wait
        if wait is None:
            found = self.all(query, values)
            return lambda: found
        ready = query.on(self.dialect)
        cursor = self._cursor()
        cursor.execute(ready.sql, ready.encode(values, self._sealing))

        def found_then() -> list[Found]:
            _counted(cursor, wait)
            return ready.decode(cursor.fetchall(), self._sealing)

        return found_then

    def one(self, query: Statement, values: Values = NOTHING) -> Found | None:
        """The first row, if there is one."""
        found = self.all(query, values)
        return found[0] if found else None

    def run(self, statement: Statement, values: Values = NOTHING) -> int:
        """Write; how many rows it concerned."""
        return self.run_later(statement, values)()

    def run_later(self, statement: Statement, values: Values = NOTHING) -> Later[int]:
        """Write; how many rows it concerned is told by what is returned."""
        ready = statement.on(self.dialect)
        cursor = self._cursor()
        cursor.execute(ready.sql, ready.encode(values, self._sealing))
        return self._counted(cursor)

    def many(self, statement: Statement, rows: Sequence[Values]) -> Later[int]:
        """Write once for each of `rows`; how many rows that concerned together is told by what is returned."""
        return self.execute(self.encoded(statement, rows))

    def encoded(self, statement: Statement, rows: Sequence[Values]) -> Encoded:
        """What `many` would write, ready for the driver, so that a value that cannot be kept is found before anything is written.

        Raises:
            TypeError, ValueError, OverflowError: Such a value, as Python's writers of JSON and dates say it.
        """
        ready = statement.on(self.dialect)
        cells = [ready.encode(row, self._sealing) for row in rows]
        bulk = statement.in_bulk(self.dialect) if len(cells) > 1 else None
        return (ready.sql, cells) if bulk is None else (bulk.sql, [bulk.encode(cells)])

    def execute(self, encoded: Encoded) -> Later[int]:
        """Write what was made ready; how many rows that concerned together is told by what is returned."""
        sql, rows = encoded
        if not rows:
            return _none
        cursor = self._cursor()
        if len(rows) == 1:
            cursor.execute(sql, rows[0])
        else:
            cursor.executemany(sql, rows)
        return self._counted(cursor, several=len(rows) > 1)

    def expect(self, counted: Later[int], rows: int, otherwise: str) -> None:
        """Have nothing of the transaction stand unless a write concerned so many rows.

        Args:
            counted: What the write returned.
            rows: How many.
            otherwise: What is said if it did not.
        """
        self._expected.append((counted, rows, otherwise))

    def check(self) -> None:
        """See that everything is as it was expected to be.

        Raises:
            StoreFailedError: It is not.
        """
        for counted, rows, otherwise in self._expected:
            if counted() != rows:
                raise StoreFailedError(otherwise)

    def _counted(self, cursor: DBAPICursor, *, several: bool = False) -> Later[int]:
        if self._wait is None:
            count = cursor.rowcount
            return lambda: count
        return partial(_counted, cursor, self._wait, several=several)


def _counted(cursor: DBAPICursor, wait: Callable[[], None], *, several: bool = False) -> int:
    if several or cursor.rowcount < 0:  # as long as it is not known; of several it is the sum of those that are
        wait()
    return cursor.rowcount


def _none() -> int:
    return 0
