"""Statements: SQLAlchemy Core compiled once for a database, then run on the bare driver.

May not know a table, only which kinds of columns are personal. Non-obvious choice: SQLAlchemy is the compiler here and not the
executor. It knows both dialects and every column's type, but executing through it costs several times what SQLite itself takes
for a row; a compiled statement is a text, a function for each value on its way in, and one for each on its way out.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import itemgetter
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

from .tables import PersonalBytes, PersonalFacts, PersonalText
from .vault import Sealing
from .watch import Watch

Values: TypeAlias = Mapping[str, Any]
Found: TypeAlias = tuple[Any, ...]
Convert: TypeAlias = Callable[[Any], Any]
Encoded: TypeAlias = tuple[str, list[Sequence[Any]]]

NOTHING: Values = {}


@dataclass(frozen=True, slots=True)
class _Ready:
    """A statement compiled for one dialect: its text, and what becomes of each value on the way in and out."""

    sql: str
    fixed: Values
    pick: Callable[[Values], Sequence[Any]]
    into: tuple[tuple[int, Convert], ...]
    out_of: tuple[tuple[int, Convert], ...]
    personal_in: tuple[tuple[int, TypeEngine[Any]], ...]
    personal_out: tuple[tuple[int, TypeEngine[Any]], ...]

    def encode(self, values: Values, sealing: Sealing | None) -> Sequence[Any]:
        cells = list(self.pick({**values, **self.fixed} if self.fixed else values))
        if sealing is not None:
            for index, kind in self.personal_in:
                cells[index] = _sealed(sealing, kind, cells[index])
        for index, convert in self.into:
            cells[index] = convert(cells[index])
        return cells

    def decode(self, rows: Sequence[Found], sealing: Sealing | None) -> list[Found]:
        if not self.out_of and sealing is None:
            return [tuple(row) for row in rows]
        decoded: list[Found] = []
        for row in rows:
            cells = list(row)
            for index, convert in self.out_of:
                cells[index] = convert(cells[index])
            if sealing is not None:
                for index, kind in self.personal_out:
                    cells[index] = _opened(sealing, kind, cells[index])
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
    binds = {name: bind for bind, name in compiled.bind_names.items()}
    names = compiled.positiontup or []
    into = ((index, _into(binds[name].type, dialect)) for index, name in enumerate(names))
    return _Ready(
        sql=compiled.string,
        fixed={name: bind.effective_value for name, bind in binds.items() if not bind.required},
        pick=_picker(names),
        into=tuple((index, convert) for index, convert in into if convert is not None),
        out_of=tuple(_out_of(statement, dialect)),
        personal_in=_personal(binds[name].type for name in names),
        personal_out=_personal(column.type for column in statement.selected_columns) if isinstance(statement, SelectBase) else (),
    )


def _personal(kinds: Iterable[TypeEngine[Any]]) -> tuple[tuple[int, TypeEngine[Any]], ...]:
    wanted = PersonalFacts | PersonalText | PersonalBytes
    return tuple((index, kind) for index, kind in enumerate(kinds) if isinstance(kind, wanted))


def _sealed(sealing: Sealing, kind: TypeEngine[Any], value: Any) -> Any:  # noqa: ANN401 - whatever the column holds
    if not value:
        return value
    if isinstance(kind, PersonalFacts):
        return sealing.seal_facts(value)
    return sealing.seal(value) if isinstance(kind, PersonalBytes) else sealing.seal(value.encode()).decode()


def _opened(sealing: Sealing, kind: TypeEngine[Any], value: Any) -> Any:  # noqa: ANN401 - whatever the column holds
    if not value:
        return value
    if isinstance(kind, PersonalFacts):
        return sealing.open_facts(value)
    return sealing.open(value) if isinstance(kind, PersonalBytes) else sealing.open(value.encode()).decode()


def _picker(names: Sequence[str]) -> Callable[[Values], Sequence[Any]]:
    """A function from values by name to the values in the order of the text."""
    if len(names) > 1:
        return itemgetter(*names)  # the whole row in one step of C
    return lambda values: [values[name] for name in names]


def _into(kind: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    if isinstance(kind, UTCDateTime) and dialect.name == "sqlite":
        return _written
    if isinstance(kind, JSON):
        return _packed
    if isinstance(kind, String | AutoString) and dialect.name != "sqlite":
        return _kept
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _out_of(statement: Executable, dialect: Dialect) -> Iterable[tuple[int, Convert]]:
    if isinstance(statement, SelectBase):
        for index, column in enumerate(statement.selected_columns):
            plain = column.type.dialect_impl(dialect)
            convert = _fast_out_of(column.type, dialect) or plain.result_processor(dialect, None)
            if convert is not None:
                yield index, convert


def _fast_out_of(kind: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    if dialect.name == "sqlite":
        return _read if isinstance(kind, UTCDateTime) else _unpacked if isinstance(kind, JSON) else None
    return None


# What follows does what SQLAlchemy's own functions do (a test compares them), in a fraction of their time: a row has four
# instants and two documents, and these are most of what a step costs beside SQLite itself.

_PACK = json.JSONEncoder(allow_nan=False).encode
_UNPACK = json.JSONDecoder().raw_decode


def _written(instant: datetime | None) -> str | None:
    if instant is None:
        return None
    if instant.tzinfo is not UTC:
        if instant.utcoffset() is None:
            raise ValueError(f"{instant.isoformat()} has no timezone")
        instant = instant.astimezone(UTC)
    return instant.isoformat(" ", "microseconds")[:-6]


def _kept(words: str | None) -> str | None:
    """As `_packed`: PostgreSQL keeps no NUL, and what says so must not be a transaction that has failed with all its messages."""
    if words is not None and "\x00" in words:
        raise ValueError("a text with a NUL in it cannot be kept")
    return words


def _read(written: str | None) -> datetime | None:
    return None if written is None else datetime.fromisoformat(written + "+00:00")


def _packed(document: object) -> str:
    """Here and now: psycopg would write it in the middle of the transaction, and find out there that it cannot be written."""
    return "{}" if document == {} else _PACK(document)


def _unpacked(packed: str) -> object:
    return {} if packed == "{}" else _UNPACK(packed)[0]


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
        sealing: What personal columns are sealed with on the way in and opened with on the way out; None where they are not.
        watch: Told what is done (`Watch.later`).
    """

    __slots__ = ("_cursor", "_sealing", "after", "dialect", "watch")

    def __init__(self, cursor: DBAPICursor, dialect: Dialect, *, sealing: Sealing | None, watch: Watch) -> None:
        self._cursor = cursor
        self._sealing = sealing
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
        self._cursor.execute(ready.sql, ready.encode(values, self._sealing))
        return ready.decode(self._cursor.fetchall(), self._sealing)

    def one(self, query: Statement, values: Values = NOTHING) -> Found | None:
        """The first row, if there is one."""
        found = self.all(query, values)
        return found[0] if found else None

    def run(self, statement: Statement, values: Values = NOTHING) -> int:
        """Write; how many rows it concerned."""
        ready = statement.on(self.dialect)
        self._cursor.execute(ready.sql, ready.encode(values, self._sealing))
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
        return ready.sql, [ready.encode(row, self._sealing) for row in rows]

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
