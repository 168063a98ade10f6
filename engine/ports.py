"""Ports: what the engine asks of the world outside (the time, fresh ids), and the test clock that users share with us.

May not import anything of ours. Non-obvious choice: `SystemClock.now` is the one place in the whole tree that reads a clock;
everything else is given an instant, so that time in tests is moved and never waited for.
"""

import uuid
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Protocol


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """The instant, aware, in UTC."""
        ...


class Ids(Protocol):
    """Makes ids."""

    def fresh(self) -> str:
        """An id never given before."""
        ...


class SystemClock:
    """The machine's clock, optionally running ahead of it.

    Args:
        ahead: Added to every reading; for following a simulator whose clock was advanced.
    """

    def __init__(self, ahead: timedelta = timedelta()) -> None:
        self._ahead = ahead

    def now(self) -> datetime:
        """The instant, aware, in UTC."""
        return datetime.now(UTC) + self._ahead

    def advance(self, by: timedelta) -> None:
        """Run further ahead from now on."""
        self._ahead += by


class ManualClock:
    """A clock that stands still until it is moved. Part of the public interface: your tests want it too."""

    def __init__(self, start: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        self._now = start
        self._lock = Lock()

    def now(self) -> datetime:
        """Where the hands are."""
        with self._lock:
            return self._now

    def advance(self, by: timedelta) -> None:
        """Move the hands forward (or back, which a machine's clock does too)."""
        with self._lock:
            self._now += by


class RandomIds:
    """Random ids that need no coordination."""

    def fresh(self) -> str:
        """32 hexadecimal digits."""
        return uuid.uuid4().hex


class CountedIds:
    """Ids `id-1`, `id-2`, ... for tests whose output is compared."""

    def __init__(self) -> None:
        self._last = 0

    def fresh(self) -> str:
        """The next one."""
        self._last += 1
        return f"id-{self._last}"
