"""The probe: what a server can do, what it shows, and how it reads what the document leaves open.

May not try what it does not need. Non-obvious choices: what it sees on its way is judged as everything is, because the first
rent that a server ever makes is made here, and some faults happen once; and an open reading is found out by the first cell that
depends on it, reached by a way that depends on none; what is found out opens the way to more, until nothing is open.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from ..adapters.bloqit.wire import Rent
from ..adapters.operation import Reply
from ..adapters.sender import Exchange
from .bench import NO_ROUTE, Bench, InfrastructureError, unique
from .cleaning import bring_to_end, free_again
from .findings import Finding
from .inputs import CLOCK, alphabet
from .judge import Fault, Sight, answer_fault, creation_fault, rent_faults
from .mealy import Word
from .oracle import Oracle, Spot, Step
from .readings import LATE_CLOSING, OPEN_STATES, PAYMENT, Reading, Readings
from .runner import TRANSIENT, Runner
from .tested import Tested

LENIENT_SIGHT = Sight(locker=False, expiry=False)
"""What may be judged before anybody knows what the server shows."""

BLIND = Sight(locker=False, states=False, history=False, rents=False, doors=False, expiry=False)
"""A first life is judged by answers and states alone."""

BEGINNINGS = ("start", "reserve")
LIVES = tuple(
    (*filled, *end)
    for filled in (("close",), ("make", "close"), ("drop_off", "close"))
    for end in (("expire", "finish"), ("collect", "close"))
)
"""What a first rent lives through, as far as it can be done here: filled, expired if time can pass, and ended. No more, for what
happens once cannot be shrunk."""

SUCCESS, MULTIPLE, FORBIDDEN = 200, 300, 403
TRIES = 3


@dataclass(frozen=True, slots=True)
class Probed:
    """What was found out of one rent type.

    Attributes:
        readings: How the server reads.
        inputs: What can be given to it.
        missing: Why the other inputs cannot.
        sight: What can be seen.
        findings: What was wrong on the way.
    """

    readings: Readings
    inputs: frozenset[str]
    missing: dict[str, str] = field(default_factory=dict[str, str])
    sight: Sight = field(default_factory=Sight)
    findings: tuple[Finding, ...] = ()


@dataclass
class Probe:
    """Finds out.

    Attributes:
        bench: The system.
        kind: The rent type.
        prefix: Begins the external ids.
    """

    bench: Bench
    kind: str
    prefix: str = "probe"
    _seen: list[Finding] = field(default_factory=list[Finding])
    _turn: int = 0

    def run(self, readings: Readings) -> Probed:
        """Find out everything.

        Raises:
            SpentError: The budget is spent.
        """
        hooked = {name: given for name, given in alphabet(self.kind).items() if not given.hook or self._has(given.hook)}
        missing = {given.name: f"no hook {given.hook}" for given in alphabet(self.kind).values() if given.name not in hooked}
        probed = Probed(readings, frozenset(hooked) | frozenset(alphabet("return") if self.kind == "delivery" else ()), missing)
        self._first_life(probed)
        tried: set[str] = set()
        while True:
            before = (probed.readings.known, len(tried))
            probed = self._inputs(probed, tried)
            probed = self._open(probed)
            if (probed.readings.known, len(tried)) == before:
                sight = self._sight(probed)
                return replace(probed, sight=sight, findings=tuple(self._judged(probed)))

    def _first_life(self, probed: Probed) -> None:
        """The first rent of all lives to its end and is judged at every step: some faults happen to it and to no other."""
        oracle = Oracle(self.kind, probed.readings, probed.inputs)
        known = (
            word for begin in BEGINNINGS for word in ((begin, *life) for life in LIVES) if oracle.mealy.run(word) is not None
        )
        word = max(known, key=len, default=())
        if word:
            runner = replace(self._runner(oracle), sight=BLIND, thorough=False)
            self._seen += runner.run(word).findings

    def _judged(self, probed: Probed) -> Iterator[Finding]:
        """What was wrong, without what the server simply does not have."""
        return (finding for finding in self._seen if not set(finding.word) & probed.missing.keys())

    def _has(self, hook: str) -> bool:
        return self.bench.hooks.has(hook) or (hook == CLOCK and self.kind in ("delivery", "return"))

    def _inputs(self, probed: Probed, tried: set[str]) -> Probed:
        """Try each input where it must be accepted: a server that has no route for it, or no plan, cannot be tested there."""
        oracle = Oracle(self.kind, probed.readings, probed.inputs)
        for name in sorted(probed.inputs - tried):
            spot = next((text for text in oracle.mealy.states if _accepts(oracle, oracle.spots[text], name)), None)
            if spot is None:
                continue
            tried.add(name)
            exchange, _ = self._after(oracle, (*oracle.mealy.access[spot], name))
            if isinstance(exchange, Reply) and exchange.status in {*NO_ROUTE, FORBIDDEN}:
                why = "not in the plan (403)" if exchange.status == FORBIDDEN else f"no route ({exchange.status})"
                probed = replace(probed, inputs=probed.inputs - {name}, missing={**probed.missing, name: why})
                oracle = Oracle(self.kind, probed.readings, probed.inputs)
        return probed

    def _open(self, probed: Probed) -> Probed:
        """Find out every reading that a known way leads to."""
        oracle = Oracle(self.kind, probed.readings, probed.inputs)
        asked: set[Reading] = set()
        for reading, word in _open_cells(oracle):
            if reading not in asked and probed.readings.of(reading) is None:
                asked.add(reading)
                probed = replace(probed, readings=probed.readings.learnt(reading, holds=self._read(oracle, reading, word)))
        return probed

    def _read(self, oracle: Oracle, reading: Reading, word: Word) -> bool:
        exchange, rent = self._after(oracle, word)
        state = str(rent.state) if isinstance(rent, Rent) else ""
        if reading.name == PAYMENT:
            return state == "payment_attempt"
        if reading.name in (LATE_CLOSING, "expire_while_open"):
            return state == "expired"
        return isinstance(exchange, Reply) and SUCCESS <= exchange.status < MULTIPLE

    def _after(self, oracle: Oracle, word: Word) -> tuple[Exchange | None, Rent | Reply | None]:
        """The answer to a word's last input, and the rent after it; None where it could not be asked."""
        for _ in range(TRIES):
            runner = self._runner(oracle)
            tested = runner.ready(word)
            if tested is None:
                return None, None
            try:
                return self._walked(runner, tested, word)
            except InfrastructureError:
                continue
            finally:
                self._released(runner, tested)
        return None, None

    def _runner(self, oracle: Oracle) -> Runner:
        self._turn += 1
        return Runner(self.bench, self.kind, oracle.readings, oracle.inputs, prefix=f"{self.prefix}{self._turn}")

    def _walked(self, runner: Runner, tested: Tested, word: Word) -> tuple[Exchange | None, Rent | Reply | None]:
        exchange: Exchange | None = None
        fault: Fault | None = None
        step: Step | None = None
        for name in word:
            given, step = runner.oracle.input(tested.spot, name), runner.oracle.step(tested.spot, name)
            if given is None or step is None:
                return None, None
            was_open = tested.spot.state in OPEN_STATES
            exchange = tested.give(given)
            tested.follow(given, step, exchange)
            tested.ajar = tested.ajar or (was_open and step.open is not None)
            fault = (answer_fault(given, step, exchange) if step.open is None else None) or creation_fault(
                tested, given, exchange
            )
            if fault or not tested.rent:
                self._seen += [runner.finding(tested, fault, name)] if fault else []
                break
        rent = self._rested(tested)
        if rent is not None and step is not None and step.open is None and fault is None:
            self._seen += (runner.finding(tested, wrong, word[-1]) for wrong in rent_faults(tested, rent, LENIENT_SIGHT))
        return exchange, rent

    def _rested(self, tested: Tested) -> Rent | Reply | None:
        if not tested.rent:
            return None
        rent = self.bench.rent(tested.rent, word=tested.name)
        for _ in range(TRIES):
            if not isinstance(rent, Rent) or rent.state not in TRANSIENT:
                break
            self.bench.driver.wait(0.1)
            rent = self.bench.rent(tested.rent, word=tested.name)
        return rent

    def _released(self, runner: Runner, tested: Tested) -> None:
        try:
            left = bring_to_end(tested)
            if left:
                self._seen.append(runner.finding(tested, Fault("leak", "finished", left), "finish"))
            else:
                self.bench.give_back(tested.bloq, free_again(tested))
        except InfrastructureError:
            pass  # its lockers stay leased: nobody knows whether they are free

    def _sight(self, probed: Probed) -> Sight:
        """What is shown: a strict run wants everything that the samples show."""
        oracle = Oracle(self.kind, probed.readings, probed.inputs)
        filled = (text for text, spot in oracle.spots.items() if spot.state == "in_progress" and spot.kind == self.kind)
        word = oracle.mealy.access.get(next(filled, ""))
        if word is None:
            return Sight(states=False, history=False)
        for _ in range(TRIES):
            runner = self._runner(oracle)
            tested = runner.ready(word)
            if tested is None:
                break
            try:
                return self._looked(runner, tested, word, strict=probed.readings.strict)
            except InfrastructureError:
                continue
            finally:
                self._released(runner, tested)
        return Sight(states=False, history=False)

    def _looked(self, runner: Runner, tested: Tested, word: Word, *, strict: bool) -> Sight:
        cycle = ("open", "close") if runner.oracle.mealy.run((*word, "open", "close")) else ()
        _, rent = self._walked(runner, tested, (*word, *cycle))
        if not tested.rent:
            return Sight(states=False, history=False)
        history = self.bench.call("bloqit.rents.history", {"rentID": tested.rent}, word=tested.name)
        told = isinstance(history, Reply) and history.status not in NO_ROUTE
        if strict or not isinstance(rent, Rent):
            return Sight(history=told)
        bloq = self.bench.bloq(tested.bloq, word=tested.name)
        lockers = [] if bloq is None else [locker for locker in bloq.lockers if locker.id in tested.lockers]
        return Sight(
            locker=rent.locker.id is not None,
            states=len(rent.states) >= len([state for state in tested.path if state not in ("created", "price_calculation")]),
            history=told,
            rents=any(locker.rent is not None for locker in lockers),
            doors=any(locker.is_open is not None for locker in lockers),
            expiry=rent.expiry_date is not None,
        )


def _accepts(oracle: Oracle, spot: Spot, name: str) -> bool:
    step: Step | None = oracle.step(spot, name)
    return step is not None and step.open is None and bool(step.rows)


def _open_cells(oracle: Oracle) -> Iterator[tuple[Reading, Word]]:
    for text, word in oracle.mealy.access.items():
        for name in oracle.mealy.inputs:
            step = oracle.step(oracle.spots[text], name)
            if step is not None and step.open is not None:
                yield step.open, (*word, name)


def acquainted(bench: Bench, kind: str, readings: Readings, *, prefix: str) -> tuple[Probed, Runner]:
    """What was found out of a rent type, and a runner that knows it; their rents have names that no other call gives.

    Args:
        bench: The system.
        kind: The rent type.
        readings: What is known of how it reads.
        prefix: Begins the external ids.

    Raises:
        SpentError: The budget is spent.
    """
    own = unique(prefix)
    probed = Probe(bench, kind, f"{own}-probe").run(readings)
    return probed, Runner(bench, kind, probed.readings, probed.inputs, probed.sight, prefix=own)
