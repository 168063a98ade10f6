"""Pauses: how long, how far apart, and how often at all."""

from collections import Counter
from datetime import timedelta
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st
from killing import SEARCH, Mutant, dies

from parcelflow.engine import backoff
from parcelflow.engine.backoff import FIRST, LONGEST, Stamina
from parcelflow.machines import BadSettingsError

A_THOUSAND = [f"delivery/{number:04}/3" for number in range(1000)]


@SEARCH
@given(st.integers(-3, 10**6), st.text(st.characters(), min_size=1))
def test_a_pause_is_what_doubling_makes_it_and_up_to_half_as_long_again(attempt: int, name: str) -> None:
    doubled = backoff.pause(attempt)
    assert doubled <= backoff.pause(attempt, name) < doubled * 1.5
    assert backoff.pause(attempt, name) == backoff.pause(attempt, name)
    assert doubled <= LONGEST


def test_the_pause_of_a_named_effect_is_the_same_in_every_process() -> None:
    pauses = [backoff.pause(attempt, "delivery/1/2").total_seconds() for attempt in (1, 2, 3, 9, 40)]
    assert pauses == [2.919037, 5.533102, 11.613594, 418.680067, 430.832602]


def test_a_thousand_calls_that_failed_together_do_not_come_back_together() -> None:
    for attempt in (1, 5, 12):
        doubled = backoff.pause(attempt)
        hundredths = Counter((backoff.pause(attempt, name) - doubled) * 200 // doubled for name in A_THOUSAND)
        assert set(hundredths) == set(range(100))
        assert max(hundredths.values()) < 30


def test_whoever_comes_back_together_once_parts_at_the_next_try() -> None:
    doubled = backoff.pause(9)
    together = [name for name in A_THOUSAND if (backoff.pause(9, name) - doubled) * 20 // doubled == 3]
    assert len(together) > 60
    apart = {(backoff.pause(10, name) - doubled) * 20 // doubled for name in together}
    assert apart == set(range(10))


def test_the_attempts_of_an_effect_are_spent_after_the_last() -> None:
    assert [Stamina(3).spent(attempt) for attempt in (1, 2, 3, 4)] == [False, False, True, True]
    assert Stamina(1).spent(1)


def test_twenty_attempts_last_as_long_as_is_said() -> None:
    stamina, waited, attempt = Stamina(), timedelta(), 1
    while not stamina.spent(attempt):
        waited += backoff.pause(attempt)
        attempt += 1
    assert (attempt, waited) == (20, timedelta(minutes=63, seconds=30))
    assert waited * 1.5 < timedelta(minutes=96)


@pytest.mark.parametrize("attempts", [0, -1])
def test_an_effect_needs_an_attempt(attempts: int) -> None:
    with pytest.raises(BadSettingsError, match=f"at least one attempt, got {attempts}"):
        Stamina(attempts)


def _crc(text: str) -> int:
    return crc32(text.encode(errors="surrogatepass"))


def shorter(attempt: int, name: str = "") -> timedelta:
    """The usual full jitter: anything below."""
    doubled = min(FIRST * 2 ** min(max(attempt, 1) - 1, 16), LONGEST)
    return doubled - doubled * _crc(f"{name}/{attempt}") // 2**33 if name else doubled


def alike_for_everybody(attempt: int, _name: str) -> int:
    return _crc(str(attempt))


def alike_for_good(_attempt: int, name: str) -> int:
    return _crc(name)


def linear(attempt: int, name: str) -> int:
    return _crc(f"{name}/{attempt:03}")


def salted(attempt: int, name: str) -> int:
    return hash((attempt, name)) % 2**32


def tireless(_self: Stamina, _attempt: int) -> bool:
    return False


def one_too_many(self: Stamina, attempt: int) -> bool:
    return attempt > self.attempts


BOUNDS = test_a_pause_is_what_doubling_makes_it_and_up_to_half_as_long_again
SPREAD = test_a_thousand_calls_that_failed_together_do_not_come_back_together
PARTING = test_whoever_comes_back_together_once_parts_at_the_next_try
SAMENESS = test_the_pause_of_a_named_effect_is_the_same_in_every_process
ENOUGH = test_the_attempts_of_an_effect_are_spent_after_the_last
MUTANTS = {
    "a pause may be shorter than doubling has it": Mutant(backoff, "pause", shorter, BOUNDS),
    "everybody waits equally long": Mutant(backoff, "_share", alike_for_everybody, SPREAD),
    "whoever comes back together once always does": Mutant(backoff, "_share", alike_for_good, PARTING),
    "a CRC spreads": Mutant(backoff, "_share", linear, PARTING),
    "another process spreads differently": Mutant(backoff, "_share", salted, SAMENESS),
    "no effect gives up": Mutant(Stamina, "spent", tireless, ENOUGH),
    "an effect gets one attempt too many": Mutant(Stamina, "spent", one_too_many, ENOUGH),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_the_promises_kill_the_mutant(name: str) -> None:
    assert dies(MUTANTS[name])
