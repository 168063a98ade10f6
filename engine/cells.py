"""Cells: what becomes of a value on its way into a column and out of it.

May not know a statement, only kinds of columns. Non-obvious choice: what is written most often is not converted by SQLAlchemy.
Ours does the same (a test compares them) in a fraction of its time: a row has four instants and two documents, and these are most
of what a step costs beside SQLite itself.
"""

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TypeAlias

from sqlalchemy import JSON, Dialect, Executable, LargeBinary, SelectBase, String
from sqlalchemy.types import TypeEngine
from sqlmodel import AutoString, UTCDateTime

from .tables import PersonalBytes, PersonalFacts, PersonalText
from .vault import Sealing

Convert: TypeAlias = Callable[[Any], Any]


def personal(kinds: Iterable[TypeEngine[Any]]) -> tuple[tuple[int, TypeEngine[Any]], ...]:
    """Which of the columns are personal, each with its number."""
    wanted = PersonalFacts | PersonalText | PersonalBytes
    return tuple((index, kind) for index, kind in enumerate(kinds) if isinstance(kind, wanted))


def sealed(sealing: Sealing, kind: TypeEngine[Any], value: Any) -> Any:  # noqa: ANN401 - whatever the column holds
    """A personal value on its way in."""
    if not value:
        return value
    if isinstance(kind, PersonalFacts):
        return sealing.seal_facts(value)
    return sealing.seal(value) if isinstance(kind, PersonalBytes) else sealing.seal(value.encode()).decode()


def opened(sealing: Sealing, kind: TypeEngine[Any], value: Any) -> Any:  # noqa: ANN401 - whatever the column holds
    """A personal value on its way out."""
    if not value:
        return value
    if isinstance(kind, PersonalFacts):
        return sealing.open_facts(value)
    return sealing.open(value) if isinstance(kind, PersonalBytes) else sealing.open(value.encode()).decode()


def into(kind: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    """What becomes of a column's values before the driver has them; None where they stay as they are."""
    if isinstance(kind, UTCDateTime) and dialect.name == "sqlite":
        return _written
    if isinstance(kind, JSON):
        return _packed
    if isinstance(kind, LargeBinary):
        return None  # both drivers take bytes as they are; in a wrapper of psycopg's they could not travel with other rows
    if isinstance(kind, String | AutoString) and dialect.name != "sqlite":
        return _kept
    return kind.dialect_impl(dialect).bind_processor(dialect)


def out_of(statement: Executable, dialect: Dialect) -> Iterable[tuple[int, Convert]]:
    """What becomes of what a query finds, by the number of each column of which anything does."""
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


_PACK = json.JSONEncoder(allow_nan=False).encode
_UNPACK = json.JSONDecoder().raw_decode


@lru_cache(256)  # most instants of a transaction are the one at which it decides
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
