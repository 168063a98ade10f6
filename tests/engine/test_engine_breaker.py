"""The circuit breaker: when it opens, for how long, and what a straggler, a trial and a clock that was put back do to it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from killing import SEARCH, Mutant, dies

from parcelflow.engine import breaker
from parcelflow.engine.breaker import FIRST_OPEN, LONGEST_OPEN, THRESHOLD, Breaker, Circuit
from parcelflow.engine.pace import Span

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


def failed(count: int, now: datetime = AT, begun: Breaker | None = None) -> Breaker:
    """After so many failures in one instant."""
    circuit = begun or Breaker()
    for _ in range(count):
        circuit = breaker.heard(circuit, now, answered=False)
    return circuit


def test_five_failures_in_a_row_open_it_for_half_a_minute() -> None:
    assert [failed(count).state(AT) for count in range(6)] == [*["closed"] * 5, "open"]
    assert breaker.opens_at(failed(4)) is None
    assert breaker.opens_at(failed(5)) == AT + seconds(30)
    assert [failed(5).state(AT + seconds(later)) for later in (0, 29.9, 30, 9999)] == ["open", "open", "half-open", "half-open"]


def test_failures_that_an_answer_comes_between_are_not_in_a_row() -> None:
    circuit = breaker.heard(failed(4), AT, answered=True)
    assert circuit == Breaker()
    assert failed(4, begun=circuit).state(AT) == "closed"


def test_a_closed_circuit_sets_no_limit_an_open_one_lets_nothing_and_a_half_open_one_a_single_call_through() -> None:
    for under_way in range(3):
        assert breaker.room(failed(4), AT, under_way=under_way) is None
        assert breaker.room(failed(5), AT, under_way=under_way) == 0
    assert [breaker.room(failed(5), AT + seconds(30), under_way=count) for count in range(3)] == [1, 0, 0]


def test_each_failed_trial_doubles_the_time_up_to_ten_minutes() -> None:
    circuit, now, spans = failed(5), AT, list[float]()
    for _ in range(40):
        until = breaker.opens_at(circuit) or now
        spans.append((until - now).total_seconds())
        now = until
        circuit = breaker.heard(circuit, now, answered=False)
    assert spans == [30, 60, 120, 240, 480, *[600] * 35]
    assert (circuit.failures, circuit.trials) == (45, 40)


def test_a_trial_that_is_answered_closes_it_and_what_was_is_forgotten() -> None:
    again = failed(1, AT + seconds(30), failed(5))
    assert breaker.opens_at(again) == AT + seconds(90)
    closed = breaker.heard(again, AT + seconds(90), answered=True)
    assert closed.state(AT + seconds(90)) == "closed"
    assert breaker.opens_at(failed(5, AT + seconds(100), closed)) == AT + seconds(130)


def test_what_began_before_it_opened_lengthens_nothing_when_it_fails_and_closes_it_when_it_comes_through() -> None:
    for late in (0, -0.5, 10, 29.9):
        assert breaker.opens_at(failed(3, AT + seconds(late), failed(5))) == AT + seconds(30)
        assert breaker.heard(failed(5), AT + seconds(late), answered=True) == Breaker()


def test_a_clock_that_was_put_back_lets_a_trial_through() -> None:
    put_back = AT - timedelta(hours=5)
    assert failed(5).state(put_back) == "half-open"
    assert breaker.room(failed(5), put_back, under_way=0) == 1
    assert breaker.opens_at(failed(1, put_back, failed(5))) == put_back + seconds(60)


@SEARCH
@given(st.lists(st.tuples(st.sampled_from((0.0, 1.0, 29.0, 30.0, 31.0, 700.0)), st.sampled_from((True, False, False, False)))))
def test_any_story_obeys(story: list[tuple[float, bool]]) -> None:
    """Told against what the story itself says: failures since the last answer, and failures that found the circuit half-open."""
    circuit, now, row, trials = Breaker(), AT, 0, 0
    until: datetime | None = None
    for later, answered in story:
        now += seconds(later)
        circuit = breaker.heard(circuit, now, answered=answered)
        row = 0 if answered else row + 1
        trial = until is not None and now >= until
        trials = 0 if answered else trials + trial
        if answered:
            until = None
        elif (until is None and row >= THRESHOLD) or trial:
            until = now + min(FIRST_OPEN * 2**trials, LONGEST_OPEN)
        assert breaker.opens_at(circuit) == until
        assert circuit.failures == row
        assert (circuit.state(now) == Circuit.OPEN) is (until is not None and now < until)
        assert breaker.room(circuit, now, under_way=0) == (0 if circuit.state(now) == Circuit.OPEN else None)
        if until is not None:
            assert breaker.room(circuit, until, under_way=0) == 1


HONEST_HEARD, HONEST_OPENED = breaker.heard, breaker._opened  # pyright: ignore[reportPrivateUsage] - a mutant reaches inside


def counting_all(circuit: Breaker, now: datetime, *, answered: bool) -> Breaker:
    """Failures need not be in a row."""
    if answered and circuit.span is None:
        return circuit
    return HONEST_HEARD(circuit, now, answered=answered)


def one_too_many(circuit: Breaker, now: datetime, *, answered: bool) -> Breaker:
    heard = HONEST_HEARD(circuit, now, answered=answered)
    return replace(heard, span=None) if heard.failures == THRESHOLD else heard


def lengthened(circuit: Breaker, now: datetime, *, answered: bool) -> Breaker:
    """Every failure of an open circuit is one of its trials."""
    if answered or circuit.span is None:
        return HONEST_HEARD(circuit, now, answered=answered)
    trials = circuit.trials + 1
    return HONEST_OPENED(replace(circuit, failures=circuit.failures + 1, trials=trials), now)


def remembering(circuit: Breaker, now: datetime, *, answered: bool) -> Breaker:
    """An answer closes it, and the next opening is as long as the last."""
    return replace(circuit, failures=0, span=None) if answered else HONEST_HEARD(circuit, now, answered=answered)


def without_end(circuit: Breaker, now: datetime) -> Breaker:
    return replace(circuit, span=Span(now, now + FIRST_OPEN * 2 ** min(circuit.trials, 16)))


def wide(circuit: Breaker, now: datetime, *, under_way: int) -> int | None:
    """Half-open is open for everybody."""
    del under_way
    return 0 if circuit.state(now) is Circuit.OPEN else None


def patient(self: Breaker, now: datetime) -> Circuit:
    """A clock that was put back is waited for."""
    if self.span is None:
        return Circuit.CLOSED
    return Circuit.OPEN if now < self.span.until else Circuit.HALF_OPEN


STRAGGLERS = test_what_began_before_it_opened_lengthens_nothing_when_it_fails_and_closes_it_when_it_comes_through
ROOM = test_a_closed_circuit_sets_no_limit_an_open_one_lets_nothing_and_a_half_open_one_a_single_call_through
MUTANTS = {
    "failures need not be in a row": Mutant(breaker, "heard", counting_all, test_any_story_obeys),
    "the fifth failure does not open it": Mutant(breaker, "heard", one_too_many, test_any_story_obeys),
    "a straggler counts as a trial": Mutant(breaker, "heard", lengthened, STRAGGLERS),
    "an answer does not forget the trials": Mutant(
        breaker, "heard", remembering, test_a_trial_that_is_answered_closes_it_and_what_was_is_forgotten
    ),
    "it stays open longer and longer": Mutant(
        breaker, "_opened", without_end, test_each_failed_trial_doubles_the_time_up_to_ten_minutes
    ),
    "half-open lets everybody through": Mutant(breaker, "room", wide, ROOM),
    "a clock that was put back is waited for": Mutant(
        Breaker, "state", patient, test_a_clock_that_was_put_back_lets_a_trial_through
    ),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_the_promises_kill_the_mutant(name: str) -> None:
    assert dies(MUTANTS[name])
