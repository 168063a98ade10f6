"""The token bucket: never more than the pace has it, never later than it says, and no clock makes or freezes tokens."""

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from killing import SEARCH, Mutant, dies

from parcelflow.engine import pace
from parcelflow.engine.pace import SLOWEST, STEP, Bucket, Pace, Span
from parcelflow.machines import BadSettingsError

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MICRO = timedelta(microseconds=1)
PACES = st.builds(Pace, st.floats(SLOWEST, 1e4), st.integers(1, 50))


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


@SEARCH
@given(PACES, st.lists(st.tuples(st.one_of(st.floats(-4, 4), st.floats(0, 200)), st.integers(0, 60)), max_size=25))
def test_no_while_has_more_calls_than_a_burst_and_what_its_length_earns(fast: Pace, looks: list[tuple[float, int]]) -> None:
    """However often it is looked at, and though instants come out of order by less than STEP."""
    bucket, now, latest = Bucket(float(fast.burst), AT), AT, AT
    begun: list[tuple[datetime, int]] = []
    for later, wanted in looks:
        now = max(now + seconds(later), latest - seconds(4))
        latest = max(latest, now)
        bucket = pace.refilled(bucket, fast, now)
        count = min(wanted, pace.available(bucket, fast, now))
        bucket = pace.taken(bucket, fast, now, count=count)
        begun.append((latest, count))
        for first, (since, _) in enumerate(begun):
            earned = (latest - since).total_seconds() * (fast.rate or 0)
            assert sum(count for _, count in begun[first:]) <= fast.burst + earned + 1e-6


@SEARCH
@given(PACES, st.floats(-1000, 50), st.floats(0, 1e6))
def test_a_call_is_there_when_it_is_said_to_be_and_not_before(fast: Pace, tokens: float, later: float) -> None:
    bucket, now = Bucket(min(tokens, fast.burst), AT), AT + seconds(later)
    at = pace.ready_at(bucket, fast, now)
    if at is None:
        assert pace.available(bucket, fast, now) >= 1
        return
    assert pace.available(bucket, fast, now) == 0
    assert at > now
    assert pace.available(bucket, fast, at) >= 1
    assert pace.ready_at(bucket, fast, at) is None
    nearly = at - max(2 * MICRO, seconds(2e-9 / (fast.rate or 1)))
    assert nearly <= now or pace.available(bucket, fast, nearly) == 0


@SEARCH
@given(PACES, st.floats(6, 1e6), st.floats(0, 1))
def test_a_clock_that_was_put_back_gives_nothing_and_is_not_waited_for(fast: Pace, back: float, share: float) -> None:
    bucket = Bucket(0.0, AT)
    put_back = pace.refilled(bucket, fast, AT - seconds(back))
    assert put_back.tokens == 0
    wait = (pace.ready_at(bucket, fast, AT - seconds(back)) or AT) - (AT - seconds(back))
    assert wait <= seconds(1 / (fast.rate or 1)) + 2 * MICRO
    assert pace.available(put_back, fast, put_back.at + wait) >= 1
    assert pace.available(put_back, fast, put_back.at + wait * share * 0.99 - MICRO) == 0


def test_a_rest_earns_a_burst_and_no_more() -> None:
    two_a_second = Pace(2.0, burst=3)
    bucket = pace.taken(Bucket(3.0, AT), two_a_second, AT, count=3)
    assert [pace.available(bucket, two_a_second, AT + seconds(later)) for later in (0, 0.4, 0.5, 1, 1.5, 2, 9**9)] == [
        *(0, 0, 1, 2, 3, 3, 3)
    ]


def test_what_was_taken_beyond_what_there_was_has_to_come_in_first() -> None:
    one_a_second = Pace(1.0)
    bucket = pace.taken(Bucket(1.0, AT), one_a_second, AT, count=3)
    assert pace.ready_at(bucket, one_a_second, AT) == AT + seconds(3)
    assert pace.available(bucket, one_a_second, AT + seconds(2)) == 0


def test_without_a_rate_only_what_may_be_under_way_limits() -> None:
    free = Pace(concurrency=5)
    bucket = pace.taken(Bucket(1.0, AT), free, AT, count=1000)
    assert bucket == Bucket(1.0, AT)
    assert pace.available(bucket, free, AT) == 5
    assert pace.ready_at(bucket, free, AT) is None


@pytest.mark.parametrize("rate", [0.0, -1.0, SLOWEST / 2, math.nan, math.inf])
def test_a_rate_is_at_least_one_call_a_day(rate: float) -> None:
    with pytest.raises(BadSettingsError, match=rf"calls per second, and at least one a day \(1.2e-05\), got {rate}"):
        Pace(rate)


def test_the_slowest_pace_is_one() -> None:
    assert pace.ready_at(Bucket(0.0, AT), Pace(SLOWEST), AT) == AT + timedelta(days=1)


def test_a_pace_lets_something_through() -> None:
    with pytest.raises(BadSettingsError, match="a burst is of at least one call, got 0"):
        Pace(burst=0)
    with pytest.raises(BadSettingsError, match="at a time, got a concurrency of -2"):
        Pace(concurrency=-2)


def test_a_span_holds_from_its_beginning_to_just_before_its_end() -> None:
    span = Span(AT, AT + seconds(30))
    held = [span.holds(AT + seconds(later)) for later in (-5.1, -5, 0, 29.9, 30, 31)]
    assert held == [False, True, True, True, False, False]
    assert timedelta(seconds=5) == STEP


HONEST_REFILLED, HONEST_READY_AT = pace.refilled, pace.ready_at


def unbounded(bucket: Bucket, fast: Pace, now: datetime) -> Bucket:
    passed = (now - bucket.at).total_seconds()
    return Bucket(bucket.tokens + max(passed, 0.0) * (fast.rate or 0.0), now) if passed >= 0 else bucket


def frozen(bucket: Bucket, fast: Pace, now: datetime) -> Bucket:
    """Waits until the clock has caught up."""
    return bucket if now < bucket.at else HONEST_REFILLED(bucket, fast, now)


def minting(bucket: Bucket, fast: Pace, now: datetime) -> Bucket:
    """Every instant that comes out of order is a clock that was put back."""
    return Bucket(bucket.tokens, now) if now < bucket.at else HONEST_REFILLED(bucket, fast, now)


def both_ways(bucket: Bucket, fast: Pace, now: datetime) -> Bucket:
    """Time that passes backwards earns as well."""
    earned = abs((now - bucket.at).total_seconds()) * (fast.rate or 0.0)
    return Bucket(min(bucket.tokens + earned, float(fast.burst)), now)


def impatient(bucket: Bucket, fast: Pace, now: datetime) -> datetime | None:
    """Down to a whole microsecond."""
    at = HONEST_READY_AT(bucket, fast, now)
    return None if at is None else at - MICRO


def forgetful(bucket: Bucket, fast: Pace, now: datetime, *, count: int = 1) -> Bucket:
    """What time has earned is lost when something is taken, and the other way round."""
    del fast
    return Bucket(max(bucket.tokens - count, 0.0), now)


LIMIT = test_no_while_has_more_calls_than_a_burst_and_what_its_length_earns
PUNCTUAL = test_a_call_is_there_when_it_is_said_to_be_and_not_before
BACK = test_a_clock_that_was_put_back_gives_nothing_and_is_not_waited_for
MUTANTS = {
    "a rest earns without end": Mutant(pace, "refilled", unbounded, LIMIT),
    "a clock that was put back is waited for": Mutant(pace, "refilled", frozen, BACK),
    "two threads mint time": Mutant(pace, "refilled", minting, LIMIT),
    "a clock that was put back earns": Mutant(pace, "refilled", both_ways, BACK),
    "the alarm rings a microsecond early": Mutant(pace, "ready_at", impatient, PUNCTUAL),
    "a debt is forgiven": Mutant(pace, "taken", forgetful, test_what_was_taken_beyond_what_there_was_has_to_come_in_first),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_the_promises_kill_the_mutant(name: str) -> None:
    assert dies(MUTANTS[name])
