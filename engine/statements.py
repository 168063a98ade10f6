"""Statements: SQLAlchemy Core compiled once for a database, then run on the bare driver.

May not know a table, only which kinds of columns are personal. Non-obvious choice: SQLAlchemy is the compiler here and not the
executor. It knows both dialects and every column's type, but executing through it costs several times what SQLite itself takes
for a row; a compiled statement is a text, a function for each value on its way in, and one for each on its way out.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, TypeAlias

from sqlalchemy import (
    JSON,
    Dialect,
    Executable,
    Select,
    SelectBase,
    Table,
    Text,
    TextClause,
    bindparam,
    column,
    func,
    select,
    text,
)
from sqlalchemy import cast as as_type
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

from .bulk import Bulk, Given, Many, compiled_for, in_bulk
from .cells import Convert, into, opened, out_of, personal, sealed
from .vault import Sealing
from .watch import Watch

Values: TypeAlias = Mapping[str, Any]
Found: TypeAlias = tuple[Any, ...]
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
                cells[index] = sealed(sealing, kind, cells[index])
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
                    cells[index] = opened(sealing, kind, cells[index])
            decoded.append(tuple(cells))
        return decoded


class Statement:
    """A statement that can be run on any of our databases.

    Args:
        build: The statement; or, where the dialects differ, a function from the dialect's name to it. Values that it holds
            already are fixed; its named binds are given when it is run.
        many: Makes the statement for many rows (`bulk.in_bulk`); an insertion needs it.
    """

    def __init__(self, build: Executable | Callable[[str], Executable], many: Many | None = None) -> None:
        self._build = build
        self._many = many
        self._ready: dict[str, _Ready] = {}
        self._bulk: dict[str, Bulk | None] = {}

    def on(self, dialect: Dialect) -> _Ready:
        """As it is for one database; compiled at the first call."""
        ready = self._ready.get(dialect.name)
        if ready is None:
            statement = self._built(dialect)
            ready = self._ready[dialect.name] = _ready(statement, compiled_for(dialect, statement))
        return ready

    def in_bulk(self, dialect: Dialect) -> Bulk | None:
        """As it is for many rows at once; None where the driver writes row by row."""
        if dialect.name not in self._bulk:
            self._bulk[dialect.name] = in_bulk(self._built(dialect), dialect, self._many)
        return self._bulk[dialect.name]

    def _built(self, dialect: Dialect) -> Executable:
        return self._build if isinstance(self._build, Executable) else self._build(dialect.name)


def _ready(statement: Executable, compiled: SQLCompiler) -> _Ready:
    dialect = compiled.dialect
    binds = {name: bind for bind, name in compiled.bind_names.items()}
    names = compiled.positiontup or []
    converts = ((index, into(binds[name].type, dialect)) for index, name in enumerate(names))
    return _Ready(
        sql=compiled.string,
        fixed={name: bind.effective_value for name, bind in binds.items() if not bind.required},
        pick=_picker(names),
        into=tuple((index, convert) for index, convert in converts if convert is not None),
        out_of=tuple(out_of(statement, dialect)),
        personal_in=personal(binds[name].type for name in names),
        personal_out=personal(column.type for column in statement.selected_columns) if isinstance(statement, SelectBase) else (),
    )


def _picker(names: Sequence[str]) -> Callable[[Values], Sequence[Any]]:
    """A function from values by name to the values in the order of the text."""
    if len(names) > 1:
        return itemgetter(*names)  # the whole row in one step of C
    return lambda values: [values[name] for name in names]


def insertion(table: Table, *, once: bool = False) -> Statement:
    """A row into a table, all columns but a generated `id` named as they are. `once`: unless a constraint holds its like."""
    values: dict[str, Any] = {column.name: bindparam(column.name) for column in table.c if column.name != "id"}

    def build(dialect: str) -> postgresql.Insert | sqlite.Insert:
        insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
        statement = insert(table).values(values).inline()
        return statement.on_conflict_do_nothing() if once else statement

    def many(rows: Given) -> postgresql.Insert:
        statement = postgresql.insert(table).from_select([*rows], select(*rows.values())).inline()
        return statement.on_conflict_do_nothing() if once else statement

    return Statement(build, many)


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
        cells = [ready.encode(row, self._sealing) for row in rows]
        bulk = statement.in_bulk(self.dialect) if len(cells) > 1 else None
        return (ready.sql, cells) if bulk is None else (bulk.sql, [bulk.encode(cells)])

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
