"""What is written when a case takes a step: read off a file that an engine wrote, as a form for any other case.

May not know the engine or its tables. Non-obvious choice: the same life is recorded for two cases and compared. What holds the
case's token is named after it, a number that equals one that the case was given before refers to that, and everything else is
written as it is; so rows can be written by hand that no unique index, and no reader, could tell from the engine's.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Literal, TypeAlias

from .database import Row, Snapshot, TableShape

Scalar: TypeAlias = str | bytes | int | float | None
Act: TypeAlias = Literal["delete", "insert", "update"]
Numbers: TypeAlias = Mapping[str, Sequence[int]]
"""The numbers that a case's rows were given, by table and in order."""


@dataclass(frozen=True, slots=True)
class Named:
    """A text or bytes that holds the token of the case, which is `token` here."""

    value: str | bytes
    token: str

    def of(self, token: str) -> Scalar:
        """The same for another case."""
        if isinstance(self.value, bytes):
            return self.value.replace(self.token.encode(), token.encode())
        return self.value.replace(self.token, token)


@dataclass(frozen=True, slots=True)
class Numbered:
    """The number of the case's `nth` row (from 0) in `table`."""

    table: str
    nth: int


Value: TypeAlias = Named | Numbered | Scalar


@dataclass(frozen=True, slots=True)
class Write:
    """One row inserted, changed or deleted; `key` finds it, `values` are all of its columns or those that change."""

    table: str
    act: Act
    key: Mapping[str, Value]
    values: Mapping[str, Value]


Change: TypeAlias = tuple[str, Act, Row, Row]


def changes(before: Snapshot, after: Snapshot, tables: Mapping[str, TableShape], name: str) -> list[Change]:
    """What has become different, in an order that does not depend on how the case is called."""
    found: list[Change] = []
    for table in tables.values():
        found += _changes(table, before.get(table.name, {}), after[table.name])
    return sorted(found, key=lambda change: (change[:2], _order(change[2], name)))


def _changes(table: TableShape, old: Mapping[tuple[object, ...], Row], new: Mapping[tuple[object, ...], Row]) -> Iterator[Change]:
    for place, row in old.items():
        if place not in new:
            yield table.name, "delete", _key(table, row), {}
    for place, row in new.items():
        if place not in old:
            yield table.name, "insert", _key(table, row), row
        elif row != old[place]:
            different = {column: value for column, value in row.items() if value != old[place][column]}
            yield table.name, "update", _key(table, row), different


def _key(table: TableShape, row: Row) -> Row:
    return {column: row[column] for column in table.key}


def _order(key: Row, name: str) -> tuple[tuple[int, str], ...]:
    return tuple((value, "") if isinstance(value, int) else (0, str(value).replace(name, "")) for value in key.values())


class Comparison:
    """Turns the changes of two cases, made by the same acts, into forms.

    Args:
        tables: The tables' shapes.
        names: The tokens of the two cases.
    """

    def __init__(self, tables: Mapping[str, TableShape], names: tuple[str, str]) -> None:
        self._tables = tables
        self._names = names
        self._given: tuple[dict[str, list[int]], dict[str, list[int]]] = ({}, {})

    def step(self, first: Sequence[Change], second: Sequence[Change]) -> tuple[Write, ...]:
        """The forms of one act's changes; acts are to be compared in the order in which they were done."""
        assert [change[:2] for change in first] == [change[:2] for change in second], "the two cases did not do the same"
        self._note(0, first)
        self._note(1, second)
        return tuple(self._write(one, other) for one, other in zip(first, second, strict=True))

    def _note(self, which: int, found: Iterable[Change]) -> None:
        for name, act, key, _ in found:
            numbered = self._tables[name].numbered
            if act == "insert" and numbered is not None:
                self._given[which].setdefault(name, []).append(key[numbered])

    def _write(self, one: Change, other: Change) -> Write:
        table, act, key, values = one
        _, _, other_key, other_values = other
        return Write(table, act, self._forms(table, key, other_key), self._forms(table, values, other_values))

    def _forms(self, table: str, one: Row, other: Row) -> dict[str, Value]:
        assert one.keys() == other.keys(), "the two cases did not do the same"
        return {column: self._form(table, value, other[column]) for column, value in one.items()}

    def _form(self, table: str, one: Scalar, other: Scalar) -> Value:
        name = self._names[0]
        if (isinstance(one, str) and name in one) or (isinstance(one, bytes) and name.encode() in one):
            return Named(one, name)
        if isinstance(one, int) and isinstance(other, int) and one != other:
            return next(self._references(table, one, other), one)
        return one  # the same for both, or an instant, which any case may share

    def _references(self, table: str, one: int, other: int) -> Iterator[Numbered]:
        first, second = self._given
        for place in chain((table,), first):
            pairs = zip(first.get(place, ()), second.get(place, ()), strict=True)
            yield from (Numbered(place, nth) for nth, pair in enumerate(pairs) if pair == (one, other))


def filled(value: Value, name: str, numbers: Numbers) -> Scalar:
    """What a form is for one case."""
    if isinstance(value, Named):
        return value.of(name)
    if isinstance(value, Numbered):
        return numbers[value.table][value.nth]
    return value
