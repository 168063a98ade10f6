"""Statements: SQLAlchemy Core compiled once for a database, then run on the bare driver.

May not know a table. Non-obvious choice: SQLAlchemy is the compiler here and not the executor. It knows both dialects and every
column's type, but executing through it costs several times what SQLite itself takes for a row; a compiled statement is a text,
a function for each value on its way in, and one for each on its way out.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias, cast

from sqlalchemy import (
    JSON,
    ClauseElement,
    Dialect,
    Executable,
    Select,
    SelectBase,
    String,
    Text,
    TextClause,
    bindparam,
    column,
    func,
    select,
    text,
)
from sqlalchemy import cast as as_type
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine
from sqlmodel import AutoString, UTCDateTime

Values: TypeAlias = Mapping[str, Any]
Found: TypeAlias = tuple[Any, ...]
Convert: TypeAlias = Callable[[Any], Any]
Encoded: TypeAlias = tuple[str, list[dict[str, Any]]]

NOTHING: Values = {}


@dataclass(frozen=True, slots=True)
class _Ready:
    """A statement compiled for one dialect."""

    sql: str
    plain: tuple[str, ...]
    converted: tuple[tuple[str, Convert], ...]
    fixed: Values
    results: tuple[tuple[int, Convert], ...]

    def encode(self, values: Values) -> dict[str, Any]:
        encoded = {name: values[name] for name in self.plain}
        for name, convert in self.converted:
            encoded[name] = convert(values[name])
        if self.fixed:
            encoded.update(self.fixed)
        return encoded

    def decode(self, rows: Sequence[Found]) -> list[Found]:
        if not self.results:
            return [tuple(row) for row in rows]
        decoded: list[Found] = []
        for row in rows:
            cells = list(row)
            for index, convert in self.results:
                cells[index] = convert(cells[index])
            decoded.append(tuple(cells))
        return decoded


class Statement:
    """A statement that can be run on any of our databases.

    Args:
        build: The statement; or, where the dialects differ, a function from the dialect's name to it. Values that it holds
            already are fixed; its named binds are given when it is run.
    """

    def __init__(self, build: Executable | Callable[[str], Executable]) -> None:
        self._build = build
        self._ready: dict[str, _Ready] = {}

    def on(self, dialect: Dialect) -> _Ready:
        """As it is for one database; compiled at the first call."""
        ready = self._ready.get(dialect.name)
        if ready is None:
            build = self._build
            ready = _compiled(build if isinstance(build, Executable) else build(dialect.name), dialect)
            self._ready[dialect.name] = ready
        return ready


def _compiled(statement: Executable, dialect: Dialect) -> _Ready:
    compiled = cast("SQLCompiler", cast("ClauseElement", statement).compile(dialect=dialect))
    plain: list[str] = []
    converted: list[tuple[str, Convert]] = []
    fixed: dict[str, Any] = {}
    for bind, name in compiled.bind_names.items():
        convert = _into(bind.type, dialect)
        if bind.required and convert is None:
            plain.append(name)
        elif bind.required and convert is not None:
            converted.append((name, convert))
        else:
            fixed[name] = bind.effective_value if convert is None else convert(bind.effective_value)
    return _Ready(compiled.string, tuple(plain), tuple(converted), fixed, tuple(_out_of(statement, dialect)))


def _into(kind: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    if isinstance(kind, UTCDateTime) and dialect.name == "sqlite":
        return _written
    if isinstance(kind, JSON):
        return _json
    if isinstance(kind, String | AutoString) and dialect.name != "sqlite":
        return _kept
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _written(instant: datetime | None) -> str | None:
    """An instant as SQLAlchemy writes it on SQLite, in a sixth of its time: several stand in every row."""
    if instant is None:
        return None
    if instant.tzinfo is not UTC:
        if instant.utcoffset() is None:
            raise ValueError(f"{instant.isoformat()} has no timezone")
        instant = instant.astimezone(UTC)
    return instant.isoformat(" ", "microseconds")[:-6]


def _json(value: object) -> str:
    """Here and now: psycopg would write it in the middle of the transaction, and find out there that it cannot be written."""
    return json.dumps(value, allow_nan=False)


def _kept(words: str | None) -> str | None:
    """As `_json`: PostgreSQL keeps no NUL, and what says so must not be a transaction that has failed with all its messages."""
    if words is not None and "\x00" in words:
        raise ValueError("a text with a NUL in it cannot be kept")
    return words


def _read(written: str | None) -> datetime | None:
    return None if written is None else datetime.fromisoformat(written).replace(tzinfo=UTC)


def _out_of(statement: Executable, dialect: Dialect) -> Iterable[tuple[int, Convert]]:
    if isinstance(statement, SelectBase):
        for index, column in enumerate(statement.selected_columns):
            fast = isinstance(column.type, UTCDateTime) and dialect.name == "sqlite"
            convert = _read if fast else column.type.dialect_impl(dialect).result_processor(dialect, None)
            if convert is not None:
                yield index, convert


LISTED = "listed"
"""The bind that `listed` reads: a JSON array of arrays of text."""


def said(condition: str) -> TextClause:
    """A condition that stands in the text as it is: a partial index serves only a query that says its condition."""
    return text(condition)


def listed(dialect: str, *names: str) -> Select[*tuple[Any, ...]]:
    """A list of keys as a subquery with the columns `names`, so that one compiled statement serves any number of them."""
    given = bindparam(LISTED, type_=Text)
    if dialect == "sqlite":
        each = func.json_each(given).table_valued(column("value", Text))
        cells = [func.json_extract(each.c.value, f"$[{index}]", type_=Text) for index, _ in enumerate(names)]
    else:
        each = func.json_array_elements(as_type(given, JSON)).table_valued(column("value", JSON))
        cells = [each.c.value[index].as_string() for index, _ in enumerate(names)]
    return select(*(cell.label(name) for cell, name in zip(cells, names, strict=True)))


class Tx:
    """One transaction: a cursor of the driver, and the dialect that statements are compiled for.

    Args:
        cursor: Of a connection in which a transaction is open.
        dialect: Of the database.
    """

    __slots__ = ("_cursor", "after", "dialect")

    def __init__(self, cursor: DBAPICursor, dialect: Dialect) -> None:
        self._cursor = cursor
        self.dialect = dialect
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
        self._cursor.execute(ready.sql, ready.encode(values))
        return ready.decode(self._cursor.fetchall())

    def one(self, query: Statement, values: Values = NOTHING) -> Found | None:
        """The first row, if there is one."""
        found = self.all(query, values)
        return found[0] if found else None

    def run(self, statement: Statement, values: Values = NOTHING) -> int:
        """Write; how many rows it concerned."""
        ready = statement.on(self.dialect)
        self._cursor.execute(ready.sql, ready.encode(values))
        return self._cursor.rowcount

    def many(self, statement: Statement, rows: Sequence[Values]) -> int:
        """Write once for each of `rows`; how many rows that concerned together."""
        return self.execute(self.encoded(statement, rows))

    def encoded(self, statement: Statement, rows: Sequence[Values]) -> Encoded:
        """What `many` would write, ready for the driver, so that a value that cannot be kept is found before anything is written.

        Raises:
            TypeError, ValueError, OverflowError: Such a value, as Python's writers of JSON and dates say it.
        """
        ready = statement.on(self.dialect)
        return ready.sql, [ready.encode(row) for row in rows]

    def execute(self, encoded: Encoded) -> int:
        """Write what was made ready; how many rows that concerned together."""
        sql, rows = encoded
        if not rows:
            return 0
        if len(rows) == 1:
            self._cursor.execute(sql, rows[0])
        else:
            self._cursor.executemany(sql, rows)
        return self._cursor.rowcount
