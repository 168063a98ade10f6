"""Words on a server: each on a rent of its own, every step judged, the whole of it at its end, and the rent brought to its end.

May not choose words. Non-obvious choice: a request that met a busy server is never sent again. Nobody knows whether it took
effect, so the whole word is run once more on a fresh rent, and the verdict is that one's.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from threading import Lock

from ..adapters.bloqit.wire import Rent
from ..adapters.operation import Reply
from ..machines import ABSENT
from .bench import Bench, InfrastructureError, docs_in
from .cleaning import bring_to_end, free_again
from .findings import Finding
from .inputs import CLOCK, Input
from .judge import (
    Fault,
    Sight,
    answer_fault,
    creation_fault,
    echo_fault,
    history_fault,
    locker_faults,
    rent_faults,
    states_fault,
    trace_fault,
)
from .mealy import Word
from .oracle import Oracle, Step
from .readings import Readings
from .tested import FAR, NEAR, Tested, needed

AGAIN = 3
"""Times that a word is run while the network or a busy server is in the way."""

PATIENCE = 5
"""Times that a rent is read again while it is on its way through a state that does not last."""

TRANSIENT = frozenset({"price_calculation", "payment_attempt"})
ALONE = frozenset({"expire", "drop_off", "drop_off_offline"})
"""Inputs of words that run alone: time passes for everybody, and a code opens whichever locker the server likes."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a word: what was seen after each input, the findings, and why there is no verdict, if there is none."""

    word: Word
    seen: tuple[str, ...]
    findings: tuple[Finding, ...] = ()
    inconclusive: str = ""


@dataclass
class Runner:
    """See the module.

    Attributes:
        bench: The system.
        kind: The rent type.
        readings: How the server reads.
        inputs: Inputs that can be given.
        sight: What can be seen.
        thorough: Whether lockers are looked at after every word.
        prefix: Begins the external ids, so that a run's rents can be told from others.
    """

    bench: Bench
    kind: str
    readings: Readings
    inputs: frozenset[str] | None = None
    sight: Sight = field(default_factory=Sight)
    thorough: bool = True
    prefix: str = "conform"
    cells: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    rows: set[str] = field(default_factory=set[str])
    _known: set[Word] = field(default_factory=set[Word])
    _count: int = 0
    _lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self.oracle = Oracle(self.kind, self.readings, self.inputs)
        self._events = _signals(self.oracle)

    def run(self, word: Word) -> Outcome:
        """Run a word, again while something else than the rent is in the way.

        Raises:
            SpentError: The budget of requests is spent.
        """
        why = ""
        for _ in range(AGAIN):
            try:
                return self._once(word)
            except InfrastructureError as error:
                why = str(error)
        return Outcome(word, (), inconclusive=why)

    def _once(self, word: Word) -> Outcome:
        tested = self.ready(word)
        if tested is None:
            return Outcome(word, (), inconclusive="no free locker is left")
        seen: list[str] = []
        findings: list[Finding] = []
        try:
            for name in word:
                faults = list(self.did(tested, name, seen))
                findings += (self.finding(tested, fault, name) for fault in faults)
                if any(fault.check in FATAL for fault in faults):
                    break
            if not findings and tested.rent:
                findings += (self.finding(tested, fault, word[-1]) for fault in self._closing(tested))
        finally:
            findings += self.cleaned(tested)
        return Outcome(word, tuple(seen), tuple(findings))

    def ready(self, word: Iterable[str], *, lockers: int | None = None) -> Tested | None:
        """A rent that is not created yet, with its lockers; None where there are too few."""
        names = tuple(word)
        count = needed(names) if lockers is None else lockers
        bloq, leased = self.bench.lease(self.kind, count)
        if len(leased) < count:
            return None
        with self._lock:
            self._count += 1
            name = f"{self.prefix}-{self.kind}-{self._count}"
        return Tested(self.bench, name, bloq, leased, self.oracle.start, span=NEAR if "expire" in names else FAR)

    def did(self, tested: Tested, name: str, seen: list[str]) -> Iterator[Fault]:
        """Give one input, and judge it."""
        given, step = self.oracle.input(tested.spot, name), self.oracle.step(tested.spot, name)
        if given is None or step is None or step.open is not None:
            raise ValueError(f"{name} is not possible for a {tested.spot}")
        fresh = (*tested.done, name) not in self._known
        before = self._before(tested, step) if fresh else None
        cell = (str(tested.spot), name)
        exchange = tested.give(given)
        tested.follow(given, step, exchange)
        fault = (
            answer_fault(given, step, exchange) or echo_fault(given, step, exchange) or creation_fault(tested, given, exchange)
        )
        # A locker that the server chose is known from its rent alone, and whoever closes the door at the end has to know it.
        unknown = tested.spot.locker and not tested.holds
        faults = ([fault] if fault else []) + list(self._read(tested, given, before) if fresh or fault or unknown else ())
        seen.append(f"{getattr(exchange, 'status', '')} {tested.seen.state if tested.seen else ''}".strip())
        self._note(tested, step, cell, failed=bool(faults))
        yield from faults

    def reread(self, tested: Tested) -> Iterator[Fault]:
        """Read a rent once more, whatever was done to others meanwhile, and judge it."""
        if tested.rent:
            yield from rent_faults(tested, self.bench.rent(tested.rent, word=tested.name), self.sight)

    def _before(self, tested: Tested, step: Step) -> Rent | None:
        if step.accepted is not False or not tested.rent:
            return None
        if tested.seen is None:
            found = self.bench.rent(tested.rent, word=tested.name)
            tested.seen = found if isinstance(found, Rent) else None
        return tested.seen

    def _read(self, tested: Tested, given: Input, before: Rent | None) -> Iterator[Fault]:
        if not tested.rent:
            yield from () if tested.spot.state == ABSENT else (Fault("unreadable", "a rent with an id", "an answer without one"),)
            return
        rent = self._settled(tested, given)
        tested.seen = rent if isinstance(rent, Rent) else None
        if isinstance(rent, Rent) and tested.spot.locker and not tested.holds:
            self._adopt(tested, rent)
        faults = list(rent_faults(tested, rent, self.sight))
        yield from faults
        if not faults and before is not None and tested.seen is not None and (fault := trace_fault(before, tested.seen)):
            yield fault

    def _settled(self, tested: Tested, given: Input) -> Rent | Reply:
        rent = self.bench.rent(tested.rent, word=tested.name)
        for _ in range(PATIENCE):
            passing = isinstance(rent, Rent) and rent.state in TRANSIENT and tested.spot.state not in TRANSIENT
            late = given.hook == CLOCK and isinstance(rent, Rent) and rent.state != tested.spot.state
            if not (passing or late):
                break
            self.bench.driver.wait(0.1)
            rent = self.bench.rent(tested.rent, word=tested.name)
        return rent

    def _adopt(self, tested: Tested, rent: Rent) -> None:
        """The server has chosen a locker itself; it is nobody else's until the rent is over."""
        chosen = rent.locker.id or ""
        tested.holds = chosen
        free = self.bench.free.get(tested.bloq)
        if chosen and free is not None and chosen in free:
            free.remove(chosen)
            tested.lockers = (*tested.lockers, chosen)

    def _closing(self, tested: Tested) -> Iterator[Fault]:
        """What can be judged only of a whole way."""
        rent = tested.seen or self.bench.rent(tested.rent, word=tested.name)
        tested.seen = rent if isinstance(rent, Rent) else None
        if isinstance(rent, Rent) and self.sight.states and (fault := states_fault(tested, rent)):
            yield fault
        if self.sight.history:
            exchange = self.bench.call("bloqit.rents.history", {"rentID": tested.rent}, word=tested.name)
            if fault := history_fault(tested, docs_in(exchange), self._events, strict=self.readings.strict):
                yield fault
        if self.thorough and (self.sight.rents or self.sight.doors) and (bloq := self.bench.bloq(tested.bloq, word=tested.name)):
            for locker in bloq.lockers:
                if locker.id in tested.lockers:
                    yield from locker_faults(tested, locker, self.sight)

    def cleaned(self, tested: Tested) -> list[Finding]:
        """Bring a rent to its end; what is found if that is impossible."""
        try:
            left = bring_to_end(tested)
            if not left:
                self.bench.give_back(tested.bloq, free_again(tested))
        except InfrastructureError:
            return []  # its lockers stay leased: nobody knows whether they are free
        return [self.finding(tested, Fault("leak", "finished", left), "finish")] if left else []

    def finding(self, tested: Tested, fault: Fault, name: str) -> Finding:
        """A fault with where it was met."""
        row = tested.told[-1] if tested.told and tested.done[-1:] == (name,) else None
        records = tuple(record for record in self.bench.recent if record.word == tested.name)
        before = self._spot_before(tested.done)
        return Finding(
            check=fault.check,
            kind=self.kind,
            word=tested.done,
            spot=before,
            expected=fault.expected,
            got=fault.got,
            rows=(row.id,) if row else (),
            evidence=row.evidence if row else "",
            records=records,
        )

    def _spot_before(self, word: Word) -> str:
        spot = self.oracle.start
        for name in word[:-1]:
            step = self.oracle.step(spot, name)
            spot = spot if step is None else step.target
        return str(spot)

    def _note(self, tested: Tested, step: Step, cell: tuple[str, str], *, failed: bool) -> None:
        with self._lock:
            self.rows.update(row.id for row in step.rows)
            if failed or self.cells.get(cell) != "fail":
                self.cells[cell] = "fail" if failed else "pass"
            if not failed:
                self._known.add(tested.done)


FATAL = frozenset({"accepted", "refused", "state", "unreadable", "server-error"})
"""Checks after whose failure nobody knows where the rent is, so that its word ends."""

Progress = Callable[[Outcome], None]


def _signals(oracle: Oracle) -> frozenset[str]:
    """The events that rows bring; notes and doors are not among them."""
    return frozenset(
        name for kind in oracle.kinds for row in oracle.readings.table(kind).rows for name in row.signals if name in EVENTS
    )


EVENTS = frozenset(
    f"rent.{name}"
    for name in (
        "created", "reserved", "ready_for_pickup", "in_transit", "started", "in_progress", "locker_opened", "collect_item",
        "price_calculation", "finished", "expired", "cancelled", "extended", "pin_attempt",
    )
)  # fmt: skip
"""Events by which a state is told, and those that a row brings without one (B:3454-3474)."""
