"""JSON values leaf by leaf, and what is written in one.

May not know a request. Non-obvious choice: whole numbers are leaves like texts, and are read as texts. An id is opaque, and a
server that counts its rents has every right to (A21).
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TypeAlias, cast

Path: TypeAlias = tuple[str | int, ...]
"""Where something stands in a JSON value."""


def instant_of(text: str) -> datetime | None:
    """The instant that a text says, UTC where it names no zone; None where it says none."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def json_of(raw: bytes) -> object:
    """A JSON text as a value; None where it is none."""
    try:
        return json.loads(raw)
    except ValueError:
        return None


def leaves(value: object, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Every text and whole number in a JSON value, as text, with where it stands."""
    if isinstance(value, dict):
        for name, item in cast("dict[str, object]", value).items():
            yield from leaves(item, (*path, name))
    elif isinstance(value, list):
        for number, item in enumerate(cast("list[object]", value)):
            yield from leaves(item, (*path, number))
    elif isinstance(value, str | int) and not isinstance(value, bool) and path:
        yield path, str(value)


def parts(value: object) -> Iterator[object]:
    """Every leaf of a value that is built like JSON, whatever it is."""
    if isinstance(value, dict):
        for item in cast("dict[str, object]", value).values():
            yield from parts(item)
    elif isinstance(value, list):
        for item in cast("list[object]", value):
            yield from parts(item)
    else:
        yield value
