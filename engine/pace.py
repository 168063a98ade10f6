"""How fast one remote may be called: a token bucket, and spans during which it may not be called at all.

May not read a clock or keep anything: every function takes the instant and gives a new value. Non-obvious choice: an instant that
lies before the last one is taken for one of two things. By less than `STEP`, two threads read the clock in one order and came in
the other; time then stands still, for each such pair would otherwise mint a little time. By more, the clock was put back; time
goes on from there, for waiting until it has caught up could take hours.
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..machines import BadSettingsError

STEP = timedelta(seconds=5)
"""By how much instants may come out of order; more is a clock that was put back."""

SLOWEST = 1 / 86_400
"""Calls per second: one a day. With much less, the instant of the next call is none that can be written down."""

_NEARLY = 1e-9
"""What may be missing from a whole token: elapsed seconds times a rate is not exact, and a wait for nothing would not end."""


@dataclass(frozen=True, slots=True)
class Span:
    """A while during which nothing may leave: from `since`, both aware, to just before `until`."""

    since: datetime
    until: datetime

    def holds(self, now: datetime) -> bool:
        """Whether it is on. A clock that was put back before it ends it."""
        return self.since - STEP <= now < self.until


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast one remote may be called.

    Attributes:
        rate: Calls per second in the long run; None for no limit.
        burst: Calls that may be begun at once after a rest. Means nothing without a rate.
        concurrency: Calls that may be under way at once.

    Raises:
        BadSettingsError: The rate is less than one call a day or no number; there is no burst or no concurrency.
    """

    rate: float | None = None
    burst: int = 1
    concurrency: int = 8

    def __post_init__(self) -> None:
        if self.rate is not None and not SLOWEST <= self.rate < math.inf:
            raise BadSettingsError(f"a rate is in calls per second, and at least one a day ({SLOWEST:.2g}), got {self.rate!r}")
        if self.burst < 1:
            raise BadSettingsError(f"a burst is of at least one call, got {self.burst!r}")
        if self.concurrency < 1:
            raise BadSettingsError(f"at least one call has to be under way at a time, got a concurrency of {self.concurrency!r}")


@dataclass(frozen=True, slots=True)
class Bucket:
    """Calls that may be begun: `tokens` of them `at` an instant (aware). Less than none after more was taken than there was."""

    tokens: float
    at: datetime


def refilled(bucket: Bucket, pace: Pace, now: datetime) -> Bucket:
    """The bucket as it is now; keep it, or a clock that was put back stays unnoticed."""
    passed = now - bucket.at
    if -STEP <= passed < timedelta():
        return bucket
    gained = max(passed.total_seconds(), 0.0) * (pace.rate or 0.0)
    return Bucket(min(bucket.tokens + gained, float(pace.burst)), now)


def taken(bucket: Bucket, pace: Pace, now: datetime, *, count: int = 1) -> Bucket:
    """The bucket after `count` calls have begun, whether there was enough or not: what is missing has to come in first."""
    full = refilled(bucket, pace, now)
    return full if pace.rate is None else Bucket(full.tokens - count, full.at)


def available(bucket: Bucket, pace: Pace, now: datetime) -> int:
    """How many calls may be begun now; without a rate, as many as may be under way."""
    if pace.rate is None:
        return pace.concurrency
    return max(math.floor(refilled(bucket, pace, now).tokens + _NEARLY), 0)


def ready_at(bucket: Bucket, pace: Pace, now: datetime) -> datetime | None:
    """When the next call may be begun; None where one may be now."""
    if pace.rate is None or available(bucket, pace, now) > 0:
        return None
    full = refilled(bucket, pace, now)
    # Up to a whole microsecond: whoever came a fraction of one too early would find nothing, ask again, and find nothing.
    return full.at + timedelta(microseconds=math.ceil((1 - full.tokens) / pace.rate * 1e6))
