"""What tasks and orders have in common: a law as a finite machine, and words on fresh subjects.

May not know a request of either. Non-obvious choice: a place is a state with what is shown or decides besides it, so that a
server that forgets where a task was, because an update came in between, is found by what it allows afterwards.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from threading import Lock
from typing import Protocol

from ..adapters.operation import Reply, Request
from ..adapters.sender import Exchange
from ..machines import ABSENT
from ..machines.row import Row
from .bench import Bench, InfrastructureError
from .findings import Finding
from .judge import Fault
from .mealy import Mealy, Word, machine_of, places_of
from .readings import Reading, Readings
from .runner import AGAIN, FATAL, Outcome

REFUSED, SERVER_ERROR = 400, 500
ROUNDS = 12
"""Rounds of finding out how a server reads what is open."""

ENDS = FATAL | {"one-task"}
"""Checks after whose failure a word ends."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a subject is: its state, a mark (a task's last event, or an order's type), and whether it was updated since."""

    state: str = ABSENT
    mark: str = ""
    updated: bool = False

    def __str__(self) -> str:
        return f"{self.state}{f' ({self.mark})' if self.mark else ''}{' updated' if self.updated else ''}"


@dataclass(frozen=True, slots=True)
class Move:
    """What must follow: whether it is accepted (None: any answer will do), where it leads, by which rows, and what decides it."""

    accepted: bool | None
    target: Place
    rows: tuple[Row, ...] = ()
    open: Reading | None = None

    @property
    def output(self) -> str:
        """As the finite machine has it; states are no output, since an update or a server without reads hides them."""
        word = {True: "accepted", False: "refused", None: "whatever"}[self.accepted]
        return f"{word}, {'updated' if self.target.updated else self.target.mark}"


Rule = Callable[[Readings, Place, str], Move | None]
"""What must follow from an input in a place; None where it cannot be given."""


@dataclass(frozen=True)
class Law:
    """A kind's machine as one server reads it."""

    kind: str
    readings: Readings
    inputs: tuple[str, ...]
    rule: Rule

    def step(self, place: Place, name: str) -> Move | None:
        """What must follow; None where the input cannot be given."""
        return self.rule(self.readings, place, name)

    @cached_property
    def places(self) -> Mapping[str, Place]:
        """Every place that can be reached by what is known, by its text."""
        return places_of(Place(), self.inputs, self.step)

    @cached_property
    def mealy(self) -> Mealy:
        """As a finite machine: what depends on an open reading is left out."""
        return machine_of(Place(), self.inputs, self.step, self.places)

    def open_cells(self) -> Iterator[tuple[Reading, Word]]:
        """Each reading that nobody knows yet, and a word whose last input shows it."""
        for text, place in self.places.items():
            for name in self.inputs:
                move = self.step(place, name)
                if move is not None and move.open is not None:
                    yield move.open, (*self.mealy.access[text], name)


@dataclass
class Thing:
    """A subject under test.

    Attributes:
        name: Its key or id of ours, and the name of its word in the record.
        place: Where it must be.
        id: The server's id.
        done: What was done.
        rows: Rows that it took.
        seen: How it was read last, as text; empty where nothing was.
        driven: Whether it has shown its driver.
    """

    name: str
    place: Place = field(default_factory=Place)
    id: str = ""
    done: Word = ()
    rows: list[Row] = field(default_factory=list[Row])
    seen: str = ""
    driven: bool = False


class System(Protocol):
    """How one API is asked and judged."""

    def request(self, thing: Thing, name: str) -> Request:
        """The request of an input."""
        ...

    def accepted(self, exchange: Exchange) -> bool:
        """Whether an answer accepts."""
        ...

    def after(self, thing: Thing, name: str, move: Move, exchange: Exchange, *, fresh: bool) -> Iterator[Fault]:
        """What is wrong with an answer beyond being no acceptance or refusal, and, if `fresh`, with what can be read now.

        `thing.place` already is where it must be.
        """
        ...

    def marks(self, thing: Thing) -> str:
        """The mark that the server shows; empty where it shows none, or hides it."""
        ...


@dataclass
class Runs:
    """Runs words; has what `shrink` asks of a runner."""

    bench: Bench
    oracle: Law
    system: System
    prefix: str = "conform"
    cells: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    rows: set[str] = field(default_factory=set[str])
    count: int = 0
    _known: set[Word] = field(default_factory=set[Word])
    _lock: Lock = field(default_factory=Lock)

    def ready(self) -> Thing:
        """A subject that does not exist yet."""
        with self._lock:
            self.count += 1
            return Thing(f"{self.prefix}-{self.oracle.kind}-{self.count}")

    def run(self, word: Word) -> Outcome:
        """Run a word, again while something else is in the way.

        Raises:
            SpentError: The budget of requests is spent.
        """
        why = ""
        for _ in range(AGAIN):
            thing, seen, findings = self.ready(), list[str](), list[Finding]()
            try:
                for name in word:
                    faults = list(self.did(thing, name, seen))
                    findings += (self.finding(thing, fault) for fault in faults)
                    if any(fault.check in ENDS for fault in faults):
                        break
                return Outcome(word, tuple(seen), tuple(findings))
            except InfrastructureError as error:
                why = str(error)
        return Outcome(word, (), inconclusive=why)

    def sent(self, thing: Thing, name: str) -> Exchange:
        """Give an input."""
        return self.bench.send(self.system.request(thing, name), operation=name, word=thing.name)

    def did(self, thing: Thing, name: str, seen: list[str]) -> Iterator[Fault]:
        """Give an input, and judge it."""
        move = self.oracle.step(thing.place, name)
        if move is None or move.open is not None:
            raise ValueError(f"{name} is not possible for a {thing.place} {self.oracle.kind}")
        fresh, cell = (*thing.done, name) not in self._known, (str(thing.place), name)
        exchange = self.sent(thing, name)
        thing.done, thing.place = (*thing.done, name), move.target
        thing.rows += move.rows
        faults = list(self._answer(move, exchange))
        faults += [] if faults else self.system.after(thing, name, move, exchange, fresh=fresh)
        seen.append(str(getattr(exchange, "status", "")))
        self._note(thing, move, cell, failed=bool(faults))
        yield from faults

    def _answer(self, move: Move, exchange: Exchange) -> Iterator[Fault]:
        status = exchange.status if isinstance(exchange, Reply) else 0
        accepted = self.system.accepted(exchange)
        if status >= SERVER_ERROR:
            yield Fault("server-error", "any answer but an error of the server's", str(status))
        elif move.accepted is True and not accepted:
            yield Fault("accepted", f"accepted, and {move.target}", f"refused ({status})")
        elif move.accepted is False and accepted:
            yield Fault("refused", "refused", f"accepted ({status})")

    def _note(self, thing: Thing, move: Move, cell: tuple[str, str], *, failed: bool) -> None:
        with self._lock:
            self.rows.update(row.id for row in move.rows)
            if failed or self.cells.get(cell) != "fail":
                self.cells[cell] = "fail" if failed else "pass"
            if not failed:
                self._known.add(thing.done)

    def finding(self, thing: Thing, fault: Fault, *, story: str = "") -> Finding:
        """A fault with where it was met."""
        before = Place()
        for name in thing.done[:-1]:
            move = self.oracle.step(before, name)
            before = before if move is None else move.target
        row = thing.rows[-1] if thing.rows else None
        records = tuple(record for record in self.bench.recent if record.word == thing.name)
        return Finding(
            check=fault.check, kind=self.oracle.kind, word=thing.done, spot=str(before), expected=fault.expected, got=fault.got,
            rows=(row.id,) if row else (), evidence=row.evidence if row else "", records=records, story=story,
        )  # fmt: skip

    def learn(self) -> Iterator[Finding]:
        """Find out how the server reads what is open; what is wrong on the way is found."""
        for _ in range(ROUNDS):  # what is found out opens the way to more
            cells = {str(reading): (reading, word) for reading, word in self.oracle.open_cells()}
            for reading, word in cells.values():
                with suppress(InfrastructureError):
                    yield from self._read(reading, word)
            if not cells:
                return

    def _read(self, reading: Reading, word: Word) -> Iterator[Finding]:
        thing = self.ready()
        for name in word[:-1]:
            yield from [self.finding(thing, fault) for fault in self.did(thing, name, [])]
        holds = self.system.accepted(self.sent(thing, word[-1]))
        self.oracle = replace(self.oracle, readings=self.oracle.readings.learnt(reading, holds=holds))
