"""Fills a file with copies of a recorded history, by SQL alone: a million cases in the time that the disk takes.

May not know the engine's tables. Non-obvious choice: the copies' tokens ascend evenly through all that a token can be, so every
index is written from left to right, and yet a case that comes later lands anywhere between them, as it would in a file that
has grown. Indexes that can be dropped are, and are made again at the end.
"""

import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from .database import QUICK, bare, listed, quoted
from .histories import History
from .recording import Named, Numbered, Value, Write

SPREAD = 2**32


def copied_name(number: int, count: int) -> str:
    """The token of the copy `number` of `count`."""
    return f"{number * (SPREAD // count):08x}0"


def fill(file: Path, parts: Sequence[tuple[History, int]]) -> None:
    """Add copies of histories to a file that an engine has made and nobody has open.

    Args:
        file: The file.
        parts: Histories, and how many copies of each.
    """
    total = sum(count for _, count in parts)
    with bare(file, QUICK) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        indexes = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL").fetchall()
        connection.execute("BEGIN EXCLUSIVE")
        for name, _ in indexes:
            connection.execute(f"DROP INDEX {quoted(name)}")
        first = 0
        for history, count in parts:
            _copy(connection, history, range(first, first + count), step=SPREAD // total)
            first += count
        for _, sql in indexes:
            connection.execute(sql)
        connection.execute("COMMIT")
        connection.execute("PRAGMA journal_mode = WAL")
    with file.open("rb") as written:
        os.fsync(written.fileno())  # or what is still on its way to the disk would be paid for by whoever is timed next


def _copy(connection: sqlite3.Connection, history: History, numbers: range, *, step: int) -> None:
    tables: dict[str, list[Write]] = {}
    for write in history.writes:
        tables.setdefault(write.table, []).append(write)
    starts = {name: _last(connection, name, writes) + 1 for name, writes in tables.items()}
    for name, writes in tables.items():
        columns = tuple(writes[0].values)
        connection.execute(f"CREATE TEMP TABLE form ({listed(columns)})")
        for write in writes:
            values = [_stored(write.values[column], tables, starts) for column in columns]
            connection.execute(f"INSERT INTO form VALUES ({', '.join('?' * len(columns))})", values)  # noqa: S608 - no values
        made = ", ".join(_expression(column, [write.values[column] for write in writes], tables) for column in columns)
        connection.execute(
            f"WITH RECURSIVE n(i) AS (SELECT {numbers.start} UNION ALL SELECT i + 1 FROM n WHERE i < {numbers.stop - 1}) "  # noqa: S608 - names are quoted, and numbers are numbers
            f"INSERT INTO {quoted(name)} ({listed(columns)}) "
            f"SELECT {made} FROM n CROSS JOIN form",  # in this order without a sort: CROSS JOIN leaves n the outer loop
            {"step": step, "from": numbers.start},
        )
        connection.execute("DROP TABLE form")


def _last(connection: sqlite3.Connection, table: str, writes: Sequence[Write]) -> int:
    column = next((c for c in writes[0].key if isinstance(writes[0].key[c], Numbered)), None)
    if column is None:
        return 0
    return int(connection.execute(f"SELECT coalesce(max({quoted(column)}), 0) FROM {quoted(table)}").fetchone()[0])  # noqa: S608 - quoted


def _stored(value: Value, tables: dict[str, list[Write]], starts: dict[str, int]) -> object:
    """What stands in the form: of a number, the one that the first copy gets."""
    if isinstance(value, Numbered):
        assert value.nth < len(tables[value.table])
        return starts[value.table] + value.nth
    return value.value if isinstance(value, Named) else value


def _expression(column: str, values: Sequence[Value], tables: dict[str, list[Write]]) -> str:
    """What makes a column of a copy out of the form's."""
    here = f"form.{quoted(column)}"
    named = next((value for value in values if isinstance(value, Named)), None)
    if named is not None:
        replaced = f"replace({here}, '{named.token}', printf('%08x0', i * :step))"
        return f"CAST({replaced} AS BLOB)" if isinstance(named.value, bytes) else replaced
    numbered = next((value for value in values if isinstance(value, Numbered)), None)
    if numbered is not None:
        assert all(value is None or isinstance(value, Numbered) for value in values)
        return f"{here} + (i - :from) * {len(tables[numbered.table])}"
    return here
