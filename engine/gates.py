"""Gates, one for each remote system: how many of its calls may be begun now, and what was learnt from those that came back.

May not read a clock, call anything, or outlive the process: after a start every gate stands open, and the first answers say how
things are. Non-obvious choice: a gate tells only what it was told. Each instant is its caller's, so that waiting for a gate is an
instant for the engine's alarm and never a sleep; and what it has to tell it tells after it has let go of its lock,
because a handler of a log may well ask for `states`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Lock

from ..machines import Answer, TryLater, Unknown
from .ahead import ahead, expected
from .breaker import Breaker, Circuit, heard, opens_at, room
from .outgoing import CircuitClosed, CircuitOpened
from .pace import Bucket, Pace, Span, available, ready_at, refilled, taken
from .watch import Watch

LONGEST_SHUT = timedelta(hours=1)
"""For how long a remote may ask a whole system to wait. One that wrote a date where seconds belong would stop it for good."""

_EVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class GateState:
    """One gate as a health page shows it.

    Attributes:
        word: The circuit's.
        failures: Calls in a row that were not answered.
        under_way: Calls that were claimed and have not come back.
        open_until: When a trial may next be made; None where the circuit is closed.
        asked_until: Until when the remote asked to be left alone (429); None where it does not.
    """

    word: Circuit
    failures: int
    under_way: int
    open_until: datetime | None
    asked_until: datetime | None


@dataclass(slots=True)
class _Gate:
    pace: Pace
    bucket: Bucket
    breaker: Breaker = field(default_factory=Breaker)
    asked: Span | None = None
    under_way: int = 0
    expects: float | None = None


class Gates:
    """The gates of all systems. Safe to use from several threads; whoever asks for room and then begins does both in one turn.

    Args:
        paces: How fast each system may be called, by the first word of its operations (`bloqit`, `blink`, `logistics`).
        default: The pace of a system that `paces` does not name.
        watch: Told when a circuit opens or closes.
    """

    def __init__(self, paces: Mapping[str, Pace], default: Pace, watch: Watch | None = None) -> None:
        self._default = default
        self._watch = watch or Watch()
        self._lock = Lock()
        self._gates = {system: _fresh(pace) for system, pace in paces.items()}

    def room(self, system: str, now: datetime) -> int:
        """How many more calls may be claimed now: what may be out at once, and what will have its turn before long (`ahead`)."""
        with self._lock:
            return _room(self._gate(system, now), now)

    def begin(self, system: str, now: datetime) -> None:
        """A call is claimed. It counts whether there was room for it or not, until its `end`, however it ends, or `put_back`."""
        with self._lock:
            gate = self._gate(system, now)
            gate.under_way += 1
            gate.bucket = taken(gate.bucket, gate.pace, now)

    def shut_for(self, system: str, now: datetime) -> timedelta | None:
        """For how long what was claimed ahead may not leave after all, because of what was heard meanwhile; None if it may."""
        with self._lock:
            gate = self._gate(system, now)
            opened = opens_at(gate.breaker) if gate.breaker.state(now) is Circuit.OPEN else None
            waits = [at for at in (_waits(gate.asked, now), opened) if at is not None]
        return max(waits) - now if waits else None

    def put_back(self, system: str, now: datetime) -> None:
        """A call that was claimed is not made."""
        with self._lock:
            gate = self._gate(system, now)
            gate.under_way = max(gate.under_way - 1, 0)

    def end(self, system: str, answer: Answer, now: datetime, *, looked_up: bool = False, took: float | None = None) -> None:
        """A call has come back.

        Args:
            system: Whose call.
            answer: What it came to. `Unknown`, and `TryLater` without `after`, count as not answered unless they say so;
                `TryLater` with `after` shuts the gate for so long, `LONGEST_SHUT` at most.
            now: When it came back.
            looked_up: It was a look-up, whose `TryLater` is what it found out, perhaps without asking the remote at all; it
                says nothing of how the remote is.
            took: How long it was out, in seconds.
        """
        with self._lock:
            gate = self._gate(system, now)
            gate.under_way = max(gate.under_way - 1, 0)
            before, gate.breaker = gate.breaker, _judged(gate.breaker, answer, now, looked_up=looked_up)
            after = gate.breaker
            gate.asked = _asked(gate.asked, answer, now)
            gate.expects = gate.expects if took is None else expected(gate.expects, took)
        _tell(self._watch, system, before, after)

    def shut(self, now: datetime) -> frozenset[str]:
        """Systems of which no call may be begun now, whatever else is due."""
        with self._lock:
            return frozenset(system for system in self._gates if not _room(self._gate(system, now), now))

    def opens_at(self, system: str, now: datetime) -> datetime | None:
        """When a call of a system may be begun: `now` where there is room; None where another has to end first."""
        with self._lock:
            gate = self._gate(system, now)
            return now if _room(gate, now) else _opens(gate, now)

    def next_at(self, now: datetime) -> datetime | None:
        """When the first of the gates that are shut may have room by time alone; None where a call has to end first."""
        with self._lock:
            gates = [self._gate(system, now) for system in self._gates]
            return min((at for gate in gates if (at := _opens(gate, now)) is not None), default=None)

    def states(self, now: datetime) -> Mapping[str, GateState]:
        """Every gate as it stands, by system."""
        with self._lock:
            return {system: _state(self._gate(system, now), now) for system in self._gates}

    def _gate(self, system: str, now: datetime) -> _Gate:
        if system not in self._gates:
            self._gates[system] = _fresh(self._default)
        gate = self._gates[system]
        gate.bucket = refilled(gate.bucket, gate.pace, now)
        return gate


def _fresh(pace: Pace) -> _Gate:
    return _Gate(pace, Bucket(float(pace.burst), _EVER))


def _room(gate: _Gate, now: datetime) -> int:
    if _waits(gate.asked, now) is not None:
        return 0
    trial = room(gate.breaker, now, under_way=gate.under_way)
    # What is limited in time, or has just failed, is not claimed before its turn.
    extra = 0 if gate.pace.rate is not None or gate.breaker.failures else ahead(gate.expects, gate.pace.concurrency)
    free = min(gate.pace.concurrency - gate.under_way, available(gate.bucket, gate.pace, now)) + extra
    return max(free if trial is None else min(free, trial), 0)


def _opens(gate: _Gate, now: datetime) -> datetime | None:
    """When a shut gate has room if nothing but time happens; None if it is not shut, or time does not help."""
    asked = _waits(gate.asked, now)
    tried = opens_at(gate.breaker) if gate.breaker.state(now) is Circuit.OPEN else None
    waits = [at for at in (asked, tried, ready_at(gate.bucket, gate.pace, now)) if at is not None]
    # The last of them, and only if nothing else is in the way by then: an alarm at any other instant would ring for nothing.
    return max(waits) if waits and _room(gate, max(waits)) else None


def _state(gate: _Gate, now: datetime) -> GateState:
    return GateState(
        word=gate.breaker.state(now),
        failures=gate.breaker.failures,
        under_way=gate.under_way,
        open_until=opens_at(gate.breaker),
        asked_until=_waits(gate.asked, now),
    )


def _judged(breaker: Breaker, answer: Answer, now: datetime, *, looked_up: bool) -> Breaker:
    if looked_up and isinstance(answer, TryLater):
        return breaker
    match answer:
        case Unknown(answered=answered) | TryLater(after=None, answered=answered):
            return heard(breaker, now, answered=answered)
        case _:
            return heard(breaker, now, answered=True)


def _waits(span: Span | None, now: datetime) -> datetime | None:
    return span.until if span is not None and span.holds(now) else None


def _asked(asked: Span | None, answer: Answer, now: datetime) -> Span | None:
    if not isinstance(answer, TryLater) or answer.after is None or answer.after <= timedelta():
        return asked
    wish = Span(now, now + min(answer.after, LONGEST_SHUT))
    longest = _waits(asked, now)
    return wish if longest is None or longest < wish.until else asked


def _tell(watch: Watch, system: str, before: Breaker, after: Breaker) -> None:
    """One notice of a circuit that has opened (again, for a failed trial) or closed; none of one that stays as it is."""
    if before.span == after.span:
        return
    until = opens_at(after)
    watch.tell(CircuitClosed(system) if until is None else CircuitOpened(system, after.failures, until))
