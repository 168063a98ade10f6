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
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

from .bulk import Bulk, Given, Many, compiled_for, in_bulk
from .cells import Convert, into, opened, out_of, personal, sealed
from .vault import Sealing

Values: TypeAlias = Mapping[str, Any]
Found: TypeAlias = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Ready:
    """A statement compiled for one dialect: its text, and what becomes of each value on the way in and out."""

    sql: str
    fixed: Values
    pick: Callable[[Values], Sequence[Any]]
    into: tuple[tuple[int, Convert], ...]
    out_of: tuple[tuple[int, Convert], ...]
    personal_in: tuple[tuple[int, TypeEngine[Any]], ...]
    personal_out: tuple[tuple[int, TypeEngine[Any]], ...]

    def encode(self, values: Values, sealing: Sealing | None) -> Sequence[Any]:
        """Values by name as the driver takes them, in the order of the text; personal ones sealed."""
        cells = list(self.pick({**values, **self.fixed} if self.fixed else values))
        if sealing is not None:
            for index, kind in self.personal_in:
                cells[index] = sealed(sealing, kind, cells[index])
        for index, convert in self.into:
            cells[index] = convert(cells[index])
        return cells

    def decode(self, rows: Sequence[Found], sealing: Sealing | None) -> list[Found]:
        """Rows as the driver gives them, with values as they were when they were written."""
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
        self._ready: dict[str, Ready] = {}
        self._bulk: dict[str, Bulk | None] = {}

    def on(self, dialect: Dialect) -> Ready:
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


def _ready(statement: Executable, compiled: SQLCompiler) -> Ready:
    dialect = compiled.dialect
    binds = {name: bind for bind, name in compiled.bind_names.items()}
    names = compiled.positiontup or []
    converts = ((index, into(binds[name].type, dialect)) for index, name in enumerate(names))
    return Ready(
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
