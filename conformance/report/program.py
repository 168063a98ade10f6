"""A reproduction as a program in no language yet: requests in order, with variables where a value is the server's or the clock's.

May not write shell or Python (`shell` and `testfile` do). Non-obvious choice: it is made from the requests that were recorded
and not from the word. What a check did that no word describes (a list, a wrong parameter, two requests at once) is reproduced
like everything else.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias, cast
from urllib.parse import quote, unquote

from ...adapters.operation import Reply, Request
from ..bench import Record
from ..findings import Finding
from ..inputs import ALPHABET
from .leaves import Path, instant_of, json_of, leaves, parts

CREATES = frozenset(given.operation for given in ALPHABET if given.creates)
LOCKERS = ("LOCKER", "SPARE", "THIRD", "FOURTH")
TELLING = re.compile(r"(?i)(^|_|[a-z])(id|code|codes|reference)$")
"""Names of members by which one answer gives what a later request needs; a state or a type is never taken out of one."""

CHOSEN: Mapping[str, str] = {"dropOffCode": "DROP_OFF_CODE", "externalID": "EXTERNAL"}
"""Members whose value has to be another one each time, for a server may refuse one that it has seen."""

DATE = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d")
DIGIT = re.compile(r"\d")
"""What tells an id in a path from a verb, as in `lockers/open`."""

SHORTEST = 4
"""Characters; a shorter value that appears in an answer too is there by chance."""

DAY = 86_400
Part: TypeAlias = "str | Variable | After"


@dataclass(frozen=True, slots=True)
class Variable:
    """A value that is only known while it runs."""

    name: str


@dataclass(frozen=True, slots=True)
class After:
    """An instant, so many seconds after the present of the server."""

    seconds: int


@dataclass(frozen=True, slots=True)
class Sent:
    """One request with what is read out of its answer.

    Attributes:
        method: HTTP method.
        path: Its path in parts, literal ones percent-encoded.
        root: Whether it begins at the server's root instead of the API's base.
        query: Names, each with its value.
        body: A JSON value whose texts may be variables; None with `has_body` false for none.
        has_body: Whether there is one.
        raw: The body where it is no JSON.
        captures: Variables out of the answer, each with where.
        status: What was answered, 0 for nothing.
        said: The answer's body.
        keyed: Whether the key goes with it.
        at_once: Number of the group with which it was sent at the same instant; 0 for alone.
    """

    method: str
    path: tuple[Part, ...]
    root: bool = False
    query: tuple[tuple[str, Part], ...] = ()
    body: object = None
    has_body: bool = False
    raw: str = ""
    captures: dict[str, Path] = field(default_factory=dict[str, Path])
    status: int = 0
    said: bytes = b""
    at_once: int = 0
    keyed: bool = True


@dataclass(frozen=True, slots=True)
class Program:
    """A reproduction.

    Attributes:
        sent: Its requests in order.
        lockers: Names of the lockers that it needs, all of one bloq.
        chosen: Variables whose value is drawn anew each time.
        now: Where the server's clock stood, if not where ours did.
        dated: Whether it uses the present at all.
        names: Variables by the values that they had when it was recorded.
    """

    sent: tuple[Sent, ...]
    lockers: tuple[str, ...] = ()
    chosen: tuple[str, ...] = ()
    now: datetime | None = None
    dated: bool = False
    names: Mapping[str, str] = field(default_factory=dict[str, str])


def program(finding: Finding, *, today: datetime) -> Program:
    """The program of a finding; one that has no requests has none.

    Args:
        finding: The finding with its records.
        today: The present by our clock, with a zone, to tell whether the server's is elsewhere.
    """
    if finding.check == "key":
        keyless = Sent("GET", ("/", "bloqs"), keyed=False)  # sent beside the bench, by a driver of its own, and not recorded
        return Program((keyless,))
    return _Writer(_concerned(finding), today).program()


def _concerned(finding: Finding) -> Sequence[Record]:
    """Its requests; those after a race and the look that judged it only tidy up."""
    beside = [number for number, record in enumerate(finding.records) if _is_beside(record)]
    return finding.records[: beside[-1] + 2] if beside and finding.check == "race" else finding.records


class _Writer:
    """Writes one program."""

    def __init__(self, records: Sequence[Record], today: datetime) -> None:
        self._records = records
        self._known: dict[str, Variable] = {}
        self._lockers: dict[str, str] = {}
        self._chosen: list[str] = []
        self._externals: list[str] = []
        self._sent: list[Sent] = []
        self._dated = False
        self._now = next(_started(records), today)
        self._today = today

    def program(self) -> Program:
        for record in self._records:
            if record.word and record.word not in self._known:
                self._externals.append(f"EXTERNAL{len(self._externals) + 1 if self._externals else ''}")
                self._known[record.word] = Variable(self._externals[-1])
        group = 0
        for number, record in enumerate(self._records):
            beside = _is_beside(record)
            group += beside and not (number and _is_beside(self._records[number - 1]))
            self._sent.append(self._one(record, group if beside else 0))
        used = {name for sent in self._sent for name in _names(sent)}
        away = abs((self._now - self._today).total_seconds()) > DAY
        held = used | {name for sent in self._sent for name in sent.captures}
        names = {value: variable.name for value, variable in self._known.items() if variable.name in held}
        chosen = tuple(name for name in dict.fromkeys((*self._chosen, *self._externals)) if name in used)
        lockers = tuple(name for name in self._lockers.values() if name in used)
        return Program(tuple(self._sent), lockers or (("LOCKER",) if "BLOQ" in used else ()), chosen,
                       now=self._now if away else None, dated=self._dated, names=names)  # fmt: skip

    def _one(self, record: Record, at_once: int) -> Sent:
        request = record.request
        body, raw = _body(request)
        root = request.path.startswith("//")
        filled = self._filled(body, "") if not raw else None
        path = tuple(self._parts(request.path[1:] if root else request.path))
        query = tuple((name, self._text(value, name)) for name, value in request.query)
        answer = record.exchange if isinstance(record.exchange, Reply) else None
        sent = Sent(request.method, path, root=root, query=query, body=filled, has_body=request.body is not None, raw=raw,
                    status=answer.status if answer else 0, said=answer.body if answer else b"", at_once=at_once)  # fmt: skip
        if record.operation in CREATES and answer is not None:
            self._created(sent)
        return sent

    def _parts(self, path: str) -> Iterator[Part]:
        pieces = path.split("/")
        for number, piece in enumerate(pieces):
            before = pieces[number - 1] if number else ""
            named = {"lockers": "lockerID", "bloqs": "bloqID"}.get(before, "") if DIGIT.search(piece) else ""
            found = self._text(unquote(piece), named)
            if number:
                yield "/"
            yield quote(found, safe="") if isinstance(found, str) else found

    def _filled(self, value: object, name: str) -> object:
        if isinstance(value, dict):
            return {key: self._filled(item, key) for key, item in cast("dict[str, object]", value).items()}
        if isinstance(value, list):
            return [self._filled(item, name) for item in cast("list[object]", value)]
        return self._text(value, name) if isinstance(value, str) else value

    def _text(self, value: str, name: str) -> Part:
        if value in self._known:
            return self._known[value]
        found = self._new(value, name)
        if isinstance(found, Variable):
            self._known[value] = found
        return found

    def _new(self, value: str, name: str) -> Part:
        if name == "bloqID" and value:
            return Variable("BLOQ")
        if name == "lockerID" and value and len(self._lockers) < len(LOCKERS):
            return Variable(self._lockers.setdefault(value, LOCKERS[len(self._lockers)]))
        if name in CHOSEN and value:
            return self._chosen_one(CHOSEN[name])
        if DATE.match(value) and (instant := instant_of(value)) is not None:
            self._dated = True
            return After(round((instant - self._now).total_seconds()))
        return self._heard(value)

    def _chosen_one(self, name: str) -> Variable:
        known = {variable.name for variable in self._known.values()}
        fresh = next(f"{name}{number or ''}" for number in range(99) if f"{name}{number or ''}" not in known)
        self._chosen.append(fresh)
        return Variable(fresh)

    def _heard(self, value: str) -> Part:
        """A value that an earlier answer gave is taken out of that answer."""
        if len(value) >= SHORTEST:
            for sent in self._sent:
                for path, leaf in leaves(json_of(sent.said)):
                    if (
                        leaf == value
                        and path
                        and TELLING.search(str(next((p for p in reversed(path) if isinstance(p, str)), "")))
                    ):
                        return self._captured(sent, path)
        return value

    def _captured(self, sent: Sent, path: Path) -> Variable:
        word = next((part for part in reversed(path) if isinstance(part, str)), "value")
        name = re.sub(r"(?<=[a-z])(?=[A-Z])|[^A-Za-z0-9]+", "_", word).strip("_").upper()
        return self._named(sent, path, name)

    def _created(self, sent: Sent) -> None:
        """The id of a rent that was created is captured whether or not it is used: it is what a person looks for."""
        told = json_of(sent.said)
        for path, leaf in leaves(told):
            if path[-1] in ("_id", "id", "rentID") and len(path) <= 3 and leaf not in self._known:  # noqa: PLR2004 - docs, 0, _id
                self._known[leaf] = self._named(sent, path, "RENT")
                return

    def _named(self, sent: Sent, path: Path, name: str) -> Variable:
        taken = {variable.name for variable in self._known.values()}
        fresh = next(f"{name}{number or ''}" for number in (0, *range(2, 99)) if f"{name}{number or ''}" not in taken)
        sent.captures[fresh] = path
        return Variable(fresh)


def _is_beside(record: Record) -> bool:
    """Requests that were sent together have no operation of their own and took no time that could be told."""
    return not record.operation and not record.seconds


def _started(records: Sequence[Record]) -> Iterator[datetime]:
    """When rents began, by the server's clock."""
    for record in records:
        if isinstance(record.exchange, Reply) and record.operation in CREATES:
            for path, leaf in leaves(json_of(record.exchange.body)):
                if path and path[-1] in ("startDate", "createdAt") and (instant := instant_of(leaf)) is not None:
                    yield instant


def _body(request: Request) -> tuple[object, str]:
    """The body as JSON, or as text where it is none."""
    if request.body is None:
        return None, ""
    try:
        return json.loads(request.body), ""
    except ValueError:
        return None, request.body.decode("utf-8", "replace")


def _names(sent: Sent) -> Iterator[str]:
    """Names of the variables that a request uses."""
    yield from (part.name for part in (*sent.path, *(value for _, value in sent.query)) if isinstance(part, Variable))
    yield from (part.name for part in parts(sent.body) if isinstance(part, Variable))
