"""Lines of a recording: webhook logs, rent histories and journals, whatever wrote them, one JSON value a line.

May not judge what it reads. Non-obvious choice: a log is written by somebody's own logger, so an event is looked for and not
demanded: bare or in an envelope, its time in its own fields or in the logger's. What holds no event is counted, never dropped.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, NamedTuple, TypeAlias, cast

from ..adapters.bloqit.wire import NAME_SHAPE, event_name
from ..adapters.tolerant import NOTHING, text_of
from ..machines import MACHINES, BadSettingsError, Json
from .history import Travelled
from .inputs import RENTS
from .telling import KNOWN

TIMES = ("createdAt", "created_at", "timestamp", "time", "at", "date", "receivedAt", "received_at", "ts")
BODIES = ("body", "event", "payload", "data")
"""Fields in which a logger may have put the event."""

LISTS = ("docs", "history", "events")
"""Fields in which an answer to `GET /rents/{rentID}/history` may have its events (B:1643)."""

MILLISECONDS = 1e11
"""A number from which on an instant is in milliseconds: in seconds it would be in the year 5138."""

WHOLE = 64 * 1024 * 1024
"""Bytes up to which a file that is no JSON lines is tried as one JSON value."""

Object: TypeAlias = Mapping[str, Json]


class Told(NamedTuple):
    """An event of a rent: line, name, own id, when it was (seconds; None where nothing says), and the rent's type if it says."""

    line: int
    rent: str
    name: str
    id: str
    at: float | None
    kind: str


class Travels(NamedTuple):
    """A step of a journal: its line, whose it is, and the arrow."""

    line: int
    kind: str
    case: str
    step: Travelled


class Aside(NamedTuple):
    """A line that is about no rent: an event of a locker, a bloq or a customer, or a request; `what` names it."""

    line: int
    what: str


class Unreadable(NamedTuple):
    """A line that cannot be used, and why."""

    line: int
    why: str


Entry: TypeAlias = Told | Travels | Aside | Unreadable


def entries(file: Path) -> Iterator[Entry]:
    """Everything in a file, in its order; the file is never in memory as a whole unless it is one JSON value.

    Raises:
        BadSettingsError: It cannot be opened.
    """
    try:
        with file.open("rb") as stream:
            yield from _whole(file) if _is_one_value(stream) else entries_of(stream)
    except OSError as error:
        raise BadSettingsError(f"{file} cannot be read: {error.strerror}") from error


def entries_of(lines: Iterable[bytes]) -> Iterator[Entry]:
    """Everything in the lines of a recording, in its order."""
    for number, line in enumerate(lines, 1):
        if line.isspace():
            continue
        try:
            value = cast("Json", json.loads(line.decode()))
        except (ValueError, RecursionError) as error:
            where = f": {error.msg} at character {error.pos}" if isinstance(error, json.JSONDecodeError) else ""
            yield Unreadable(number, f"it is not JSON{where}")
            continue
        plain = _plain(number, value)
        if plain is None:
            yield from _entries_of(number, value)
        else:
            yield plain


def _plain(number: int, value: Json) -> Told | None:
    """An event as the document has it, as nearly every line of nearly every log is: what `_event` says of it, in less time."""
    if not isinstance(value, dict):
        return None
    name, rent, own = value.get("codeName"), value.get("rent"), value.get("_id")
    if not isinstance(name, str) or name not in KNOWN or not isinstance(rent, str) or not isinstance(own, str) or rent in NOTHING:
        return None
    return Told(number, rent, name, own, _instant(value), "")


def _is_one_value(stream: BinaryIO) -> bool:
    """Whether a file is no JSON lines: a value that is printed over many lines has a first one that is no value itself."""
    first = stream.readline()
    small = len(first) + len(stream.read(WHOLE)) < WHOLE
    stream.seek(0)
    return small and bool(first.strip()) and _loaded(first) is None


def _whole(file: Path) -> Iterator[Entry]:
    raw = file.read_bytes()
    value = _loaded(raw)
    yield from entries_of(raw.splitlines()) if value is None else _entries_of(1, value)


def _loaded(raw: bytes) -> Json:
    try:
        return cast("Json", json.loads(raw))
    except (ValueError, RecursionError):
        return None


def _entries_of(number: int, value: Json) -> Iterator[Entry]:
    if isinstance(value, dict):
        yield from _of_object(number, value)
    elif isinstance(value, list):
        yield from _of_list(number, value, "")
    else:
        yield Unreadable(number, f"a JSON object is wanted, and this is {json.dumps(value)[:40]}")


def _of_object(number: int, value: Object) -> Iterator[Entry]:
    if "histories" in value:
        yield from _journals(number, value)
    elif "source" in value and "target" in value:
        yield _journal_line(number, value)
    elif (inside := _inside(value)) is not None:
        yield from ([_event(number, inside, value, "")] if "docs" not in inside else _of_object(number, inside))
    elif _is_event(value):
        yield _event(number, value, value, "")
    elif (told := next((value[name] for name in LISTS if isinstance(value.get(name), list)), None)) is not None:
        yield from _of_list(number, cast("list[Json]", told), text_of(value.get("rentID")) or text_of(value.get("_id")) or "")
    elif "method" in value or "path" in value:
        yield Aside(number, "requests")
    else:
        yield Unreadable(number, f"there is no event in it; its fields are {', '.join(value)[:120] or 'none'}")


def _of_list(number: int, values: list[Json], rent: str) -> Iterator[Entry]:
    for value in values:
        yield _event(number, value, value, rent) if isinstance(value, dict) else Unreadable(number, "a list of something else")


def _inside(value: Object) -> Object | None:
    """The event that a logger wrapped up, as an object or as the text of one."""
    for name in BODIES:
        body = value.get(name)
        if isinstance(body, str):
            body = _loaded(body.encode())
        if isinstance(body, dict) and ("docs" in body or _is_event(body)):
            return body
    return None


def _is_event(value: Object) -> bool:
    return "rent" in value or any(name in value for name in ("codeName", "eventType", "actionInitiatedBy"))


def _event(number: int, event: Object, around: Object, rent: str) -> Entry:
    code = event.get("codeName")
    name = code if isinstance(code, str) and NAME_SHAPE.fullmatch(code) else event_name(event)
    whose = event.get("rent")
    kind = ""
    if isinstance(whose, dict):
        kind = text_of(whose.get("type")) or ""
        whose = whose.get("_id")
    whose = whose if isinstance(whose, str) and whose not in NOTHING else (text_of(whose) or rent)
    if not whose:
        is_rents = name.startswith("rent.")
        return Unreadable(number, f"{name} names no rent") if is_rents else Aside(number, f"{name.partition('.')[0]} events")
    own = event.get("_id")
    at = _instant(event)
    return Told(
        line=number,
        rent=whose,
        name=name,
        id=own if isinstance(own, str) else "",
        at=_instant(around) if at is None else at,
        kind=kind if kind in RENTS else "",
    )


def _instant(value: Object) -> float | None:
    for name in TIMES:
        if name in value:
            told = value[name]
            if isinstance(told, str):
                try:
                    moment = datetime.fromisoformat(told)
                except ValueError:
                    continue
                return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
            if isinstance(told, int | float) and not isinstance(told, bool):
                return told / 1000 if told > MILLISECONDS else float(told)
    return None


def _journals(number: int, value: Object) -> Iterator[Entry]:
    """The histories of one machine, as the engine's tests keep them."""
    histories = value["histories"]
    for count, history in enumerate(histories if isinstance(histories, list) else (), 1):
        for line in history if isinstance(history, list) else ():
            if isinstance(line, dict):
                yield _journal_line(number, {"kind": value.get("kind"), "case": str(count), **line})


def _journal_line(number: int, value: Object) -> Entry:
    kind, case = text_of(value.get("kind")), text_of(value.get("case")) or text_of(value.get("key"))
    row, source, target = (text_of(value.get(name)) for name in ("row", "source", "target"))
    if kind is None or kind not in MACHINES:
        return Unreadable(number, f"no machine is called {kind!r}; there are {', '.join(MACHINES)}")
    if case is None or source is None or target is None:
        return Unreadable(number, "a step of a journal needs a case, a source and a target")
    if row is None or value.get("outcome", "moved") not in ("moved", "reconciled"):
        return Aside(number, "lines of a journal that moved nothing")
    return Travels(number, kind, case, Travelled(row, source, target))
