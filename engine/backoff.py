"""How long to wait before a call is tried, or looked up, again: a pure function.

May not read a clock or a random source. Non-obvious choice: the first pause is longer than the gateway timeouts behind a 504 are
likely to be, because a door may still move after its call was given up (`locker.locker_timeout`, B:3446).
"""

from datetime import timedelta

FIRST = timedelta(seconds=2)
LONGEST = timedelta(minutes=5)


def pause(attempt: int) -> timedelta:
    """The wait after the `attempt`-th try (from 1): doubling from `FIRST`, never above `LONGEST`."""
    doubled = FIRST * 2 ** min(max(attempt, 1) - 1, 16)
    return min(doubled, LONGEST)
