"""Bulk: on PostgreSQL, one statement for many rows, made of the statement for one.

May not write, nor know a table. Non-obvious choice: the rows travel as one JSON document that the server makes a table of. Sent
one by one, even in a pipeline, each of them costs the server a statement and us more than the row itself; a call that is settled
and decided among a hundred others then costs a tenth of what it costs alone.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias, cast

from sqlalchemy import (
    JSON,
    BindParameter,
    ClauseElement,
    ColumnElement,
    Dialect,
    Executable,
    Text,
    bindparam,
    column,
    func,
)
from sqlalchemy import cast as as_type
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.visitors import replacement_traverse

ROWS = "rows"
"""The bind that takes the rows."""
Given: TypeAlias = Mapping[str, ColumnElement[Any]]
"""What each row has a value for, as columns of the rows."""
Many: TypeAlias = Callable[[Given], Executable]


@dataclass(frozen=True, slots=True)
class Bulk:
    """A statement for many rows, compiled.

    Attributes:
        sql: Its text.
        names: What a row's values are called, in the order in which a row has them.
        cells: Its binds; what stands where the rows belong is None.
        place: Where they belong.
    """

    sql: str
    names: Sequence[str]
    cells: Sequence[Any]
    place: int

    def encode(self, rows: Iterable[Sequence[Any]]) -> list[Any]:
        """Its binds for rows whose values are ready for the driver.

        Raises:
            TypeError, ValueError: A value that has no place in a row.
        """
        cells = list(self.cells)
        cells[self.place] = _PACK([dict(zip(self.names, row, strict=True)) for row in rows])
        return cells


def compiled_for(dialect: Dialect, statement: Executable) -> SQLCompiler:
    """A statement's text for a database, with its binds."""
    return cast("SQLCompiler", cast("ClauseElement", statement).compile(dialect=dialect))


def in_bulk(statement: Executable, dialect: Dialect, many: Many | None) -> Bulk | None:
    """The statement that does for many rows what a statement does for one.

    Of an update, at most one row may concern one row of the table: which of two would count is not said.

    Args:
        statement: The statement for one row.
        dialect: Of the database.
        many: Makes the other; None for an update or a deletion, of which it is made by itself.

    Returns:
        None on SQLite, which takes row after row without a way between.
    """
    if dialect.name != "postgresql":
        return None
    one = compiled_for(dialect, statement)
    kinds = {name: bind.type for bind, name in one.bind_names.items() if bind.required}
    # A document within the document would be taken for a part of it, so it travels as text.
    columns = [column(name, Text() if isinstance(kind, JSON) else kind) for name, kind in kinds.items()]
    rows = func.json_to_recordset(as_type(bindparam(ROWS, type_=Text), JSON)).table_valued(*columns)
    source = rows.render_derived("given", with_types=True)
    given = {name: as_type(source.c[name], kind) if isinstance(kind, JSON) else source.c[name] for name, kind in kinds.items()}
    made = _of_columns(statement, given) if many is None else many(given)
    compiled = compiled_for(dialect, made)
    values = {name: bind.effective_value for bind, name in compiled.bind_names.items()}
    order = compiled.positiontup or []
    return Bulk(compiled.string, one.positiontup or [], [values[name] for name in order], order.index(ROWS))


def _of_columns(statement: Executable, given: Given) -> Executable:
    """A statement that has columns where it had binds."""

    def instead(element: object, **_: object) -> ColumnElement[Any] | None:
        return given.get(element.key) if isinstance(element, BindParameter) else None

    return cast("Executable", replacement_traverse(cast("ClauseElement", statement), {}, cast("Any", instead)))


def _plain(value: object) -> str:
    match value:
        case datetime():
            return value.isoformat()
        case timedelta():
            return f"{value.total_seconds()} seconds"
        case bytes():
            return f"\\x{value.hex()}"
        case _:
            raise TypeError(f"{type(value).__name__} has no place in a row")


_PACK = json.JSONEncoder(allow_nan=False, default=_plain, check_circular=False).encode
