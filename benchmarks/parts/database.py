"""A file as bare sqlite3 sees it: opened as durably as the engine opens it, its tables, and what is in them.

May not know what a table is for. Non-obvious choice: names and primary keys are read off the file and not off the engine's
classes, so that a changed schema changes every contender at once.
"""

import os
import shutil
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

Row: TypeAlias = dict[str, Any]
Snapshot: TypeAlias = dict[str, dict[tuple[object, ...], Row]]
"""Rows by table and primary key."""

DURABLE = ("journal_mode = WAL", "synchronous = FULL", "busy_timeout = 10000")
QUICK = ("journal_mode = OFF", "synchronous = OFF", "cache_size = -400000", "temp_store = MEMORY")
"""For filling a file that nobody needs if the power fails meanwhile."""


@dataclass(frozen=True, slots=True)
class TableShape:
    """A table: its name, columns, primary key, and the column that SQLite numbers by itself, if there is one."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    numbered: str | None


@contextmanager
def bare(file: Path, pragmas: tuple[str, ...] = DURABLE) -> Generator[sqlite3.Connection]:
    """A connection that begins and ends no transaction by itself."""
    connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    try:
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")
        yield connection
    finally:
        connection.close()


def shapes(connection: sqlite3.Connection) -> dict[str, TableShape]:
    """Every table with a primary key, by name."""
    query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
    found: dict[str, TableShape] = {}
    for (name,) in connection.execute(query).fetchall():
        columns = connection.execute(f"PRAGMA table_info({quoted(name)})").fetchall()
        place = {str(column[1]): int(column[5]) for column in columns if column[5]}
        key = tuple(sorted(place, key=lambda column: place[column]))
        numbered = key[0] if len(key) == 1 and any(c[1] == key[0] and c[2].upper() == "INTEGER" for c in columns) else None
        if key:
            found[name] = TableShape(name, tuple(str(column[1]) for column in columns), key, numbered)
    return found


def snapshot(connection: sqlite3.Connection) -> Snapshot:
    """Everything that is in it, in one consistent read."""
    connection.execute("BEGIN")
    try:
        found: Snapshot = {}
        for table in shapes(connection).values():
            rows = connection.execute(f"SELECT {listed(table.columns)} FROM {quoted(table.name)}")  # noqa: S608 - quoted
            here = [dict(zip(table.columns, row, strict=True)) for row in rows]
            found[table.name] = {tuple(row[name] for name in table.key): row for row in here}
        return found
    finally:
        connection.execute("COMMIT")


def counts(file: Path) -> dict[str, int]:
    """How many rows each table has."""
    with bare(file) as connection:
        query = "SELECT count(*) FROM {}"
        return {name: int(connection.execute(query.format(quoted(name))).fetchone()[0]) for name in shapes(connection)}


def copied(file: Path, to: Path) -> Path:
    """A copy of a file that nobody has open, its log taken in first."""
    with bare(file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copyfile(file, to)
    return to


def forgotten(file: Path) -> None:
    """Have the system drop a file from its cache, so that it is read as after a reboot (where the system can be asked to)."""
    with file.open("rb") as opened:
        os.fsync(opened.fileno())  # what is not written yet cannot be dropped
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def quoted(name: str) -> str:
    """A name as SQL takes it whatever it is (`case` is a word of the language)."""
    return '"' + name.replace('"', '""') + '"'


def listed(names: tuple[str, ...]) -> str:
    """Names with commas between them."""
    return ", ".join(quoted(name) for name in names)
