"""The floor: the rows that an engine writes for the same events, written by bare sqlite3 with statements made beforehand.

May not decide, look anything up, or import the engine. Non-obvious choice: all parameters are computed before the clock runs, and
an update sets only what differs; nothing that keeps the same rows as durably could do less.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TypeAlias, TypeVar

from .database import TableShape, bare, listed, quoted, shapes
from .histories import LifeForms
from .recording import Scalar, Write, filled
from .workload import Told, token

Statement: TypeAlias = tuple[str, tuple[Scalar, ...]]
Group: TypeAlias = tuple[Statement, ...]
"""What one event needs."""
T = TypeVar("T")


class Plan:
    """Makes the statements for events, and keeps the numbers that rows are given.

    Args:
        forms: What is written at each step.
        tables: The tables' shapes.
        last: The largest number that each numbered table has given.
    """

    def __init__(self, forms: LifeForms, tables: dict[str, TableShape], last: dict[str, int]) -> None:
        self._forms = forms
        self._tables = tables
        self._last = last
        self._numbers: dict[int, dict[str, list[int]]] = {}

    @classmethod
    def of(cls, forms: LifeForms, file: Path) -> "Plan":
        """The plan for a file as it is now."""
        with bare(file) as connection:
            tables = shapes(connection)
            return cls(forms, tables, {name: _largest(connection, table) for name, table in tables.items()})

    def accepted(self, events: Iterable[Told]) -> list[Group]:
        """What accepting each of them writes. They are to be written in this order, and before they are decided."""
        return [self._group(told, self._forms.accepted[told.step]) for told in events]

    def decided(self, events: Iterable[Told]) -> list[Group]:
        """What deciding each of them writes."""
        return [self._group(told, self._forms.decided[told.step]) for told in events]

    def at_once(self, events: Iterable[Told]) -> list[Group]:
        """What accepting and deciding each of them in one transaction writes."""
        return [self._group(told, self._forms.at_once[told.step]) for told in events]

    def forms(self, told: Told) -> tuple[tuple[Write, ...], dict[str, list[int]]]:
        """What is written when an event is decided, and the case's numbers, for who writes it in another way."""
        writes = self._forms.decided[told.step]
        numbers = self._numbers.setdefault(told.case, {})
        for write in writes:
            self._number(write, numbers)
        return writes, numbers

    def _group(self, told: Told, writes: Sequence[Write]) -> Group:
        numbers, name = self._numbers.setdefault(told.case, {}), token(told.case)
        for write in writes:
            self._number(write, numbers)
        return tuple(_statement(write, name, numbers) for write in writes)

    def _number(self, write: Write, numbers: dict[str, list[int]]) -> None:
        if write.act == "insert" and self._tables[write.table].numbered is not None:
            self._last[write.table] += 1
            numbers.setdefault(write.table, []).append(self._last[write.table])


def _largest(connection: sqlite3.Connection, table: TableShape) -> int:
    if table.numbered is None:
        return 0
    query = f"SELECT coalesce(max({quoted(table.numbered)}), 0) FROM {quoted(table.name)}"  # noqa: S608 - quoted
    return int(connection.execute(query).fetchone()[0])


def _statement(write: Write, name: str, numbers: dict[str, list[int]]) -> Statement:
    values = tuple(filled(value, name, numbers) for value in write.values.values())
    key = tuple(filled(value, name, numbers) for value in write.key.values())
    found = " AND ".join(f"{quoted(column)} = ?" for column in write.key)
    match write.act:
        case "insert":
            marks = ", ".join("?" * len(values))
            return f"INSERT INTO {quoted(write.table)} ({listed(tuple(write.values))}) VALUES ({marks})", values  # noqa: S608 - quoted
        case "update":
            changed = ", ".join(f"{quoted(column)} = ?" for column in write.values)
            return f"UPDATE {quoted(write.table)} SET {changed} WHERE {found}", values + key  # noqa: S608 - quoted
        case "delete":
            return f"DELETE FROM {quoted(write.table)} WHERE {found}", key  # noqa: S608 - quoted


def write_all(connection: sqlite3.Connection, groups: Iterable[Group], *, per_commit: int) -> None:
    """Write groups, so many in one transaction.

    Raises:
        AssertionError: A statement changed no row; then it is not what the engine wrote.
    """
    for batch in batches(groups, per_commit):
        connection.execute("BEGIN IMMEDIATE")
        for group in batch:
            for sql, values in group:
                assert connection.execute(sql, values).rowcount == 1, sql
        connection.execute("COMMIT")


def batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Items in lists of `size`, the last one shorter."""
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch
