"""Ahead: how many effects are claimed beyond those that may be out at once, so that quick calls are settled many at a time.

May not read a clock or keep anything. Non-obvious choice: what is claimed ahead is measured in time. A remote that answers in a
millisecond is done with fifty calls before a transaction is; for one that takes a tenth of a second nothing is claimed ahead, for
what waits in one process could go out from another, and is in doubt should its process end.
"""

HORIZON = 0.05
"""Seconds that what is claimed ahead waits for its turn, should calls go on taking as long as they did."""
MOST = 250
"""Effects that are claimed ahead at most."""
SHARE = 0.2
"""Of a quicker call in what is expected of the next. A slower one is believed at once: to have too little ahead costs less."""


def expected(before: float | None, took: float) -> float:
    """How long the next call is expected to take, in seconds, after one that took `took`; `before` is what was expected of it."""
    return took if before is None or took >= before else before + SHARE * (took - before)


def ahead(expects: float | None, concurrency: int) -> int:
    """How many may be claimed ahead of so many that may be out at once; none while nobody knows how long calls take."""
    if expects is None or expects >= HORIZON:
        return 0
    return min(int(concurrency * (HORIZON / max(expects, 1e-6) - 1)), MOST)
