"""Values on their way into the database and out: ours do what SQLAlchemy's own functions do, only faster."""

# pyright: reportPrivateUsage=false
# What is compared is inside; a statement shows no more of it than its rows.

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from killing import SEARCH, Mutant, dies
from sqlalchemy import JSON
from sqlalchemy.dialects import sqlite
from sqlalchemy.types import TypeEngine
from sqlmodel import UTCDateTime

from parcelflow.engine import cells

DIALECT = sqlite.dialect()
ZONES = st.sampled_from((UTC, UTC, timezone(timedelta(hours=5)), timezone(-timedelta(hours=3, minutes=30))))
INSTANTS = st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30), timezones=ZONES)  # noqa: DTZ001 - zones come
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text())
# Small ones: a document of hundreds of values takes a tenth of a second to draw and is written by the same four lines of code.
NESTED = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3), max_leaves=8
)
DOCUMENTS = st.dictionaries(st.text(), NESTED, max_size=4)


def theirs(kind: TypeEngine[Any]) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    """What SQLAlchemy writes and reads a column's values with."""
    plain = kind.dialect_impl(DIALECT)
    into, out_of = plain.bind_processor(DIALECT), plain.result_processor(DIALECT, None)
    assert into is not None
    assert out_of is not None
    return into, out_of


@SEARCH
@given(INSTANTS)
def instants_are_written_and_read_alike(instant: datetime) -> None:
    into, out_of = theirs(UTCDateTime())
    assert cells._written(instant) == into(instant)
    assert cells._read(into(instant)) == out_of(into(instant)) == instant


@SEARCH
@given(DOCUMENTS)
def documents_are_written_and_read_alike(document: dict[str, Any]) -> None:
    into, out_of = theirs(JSON())
    assert cells._packed(document) == into(document)
    assert cells._unpacked(into(document)) == out_of(into(document)) == document


def test_instants_are_written_and_read_alike() -> None:
    instants_are_written_and_read_alike()
    into, out_of = theirs(UTCDateTime())
    assert (cells._written(None), cells._read(None)) == (into(None), out_of(None)) == (None, None)
    for write in (cells._written, into):
        with pytest.raises(ValueError, match=r"has no timezone|must have timezone information"):
            write(datetime(2026, 1, 1))  # noqa: DTZ001 - what is refused


def test_documents_are_written_and_read_alike() -> None:
    documents_are_written_and_read_alike()


@pytest.mark.parametrize("document", [{"at": float("nan")}, {"at": float("inf")}, {"at": object()}])
def test_what_is_no_json_is_found_before_it_is_written(document: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        cells._packed(document)


def by_the_wall(instant: datetime) -> str:
    """As its own zone has it."""
    return instant.replace(tzinfo=None).isoformat(" ", "microseconds")


def to_the_second(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(" ", "seconds")[:-6]


def nothing(_packed: str) -> object:
    return {}


@pytest.mark.parametrize(
    "mutant",
    [
        Mutant(cells, "_written", by_the_wall, instants_are_written_and_read_alike),
        Mutant(cells, "_written", to_the_second, instants_are_written_and_read_alike),
        Mutant(cells, "_unpacked", nothing, documents_are_written_and_read_alike),
    ],
    ids=lambda mutant: mutant.wrong.__name__,
)
def test_a_mutant_dies(mutant: Mutant) -> None:
    assert dies(mutant)
