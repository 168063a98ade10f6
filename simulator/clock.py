"""The virtual clock, and the only place in the room that reads the real one.

May not fire anything: who owns a deadline asks what time it is. Non-obvious choice: advancing a *running* clock is an offset
to the wall clock, so that a served simulator keeps moving afterwards and nothing has to wait for anything.
"""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from .words import LATEST_YEAR, RefusedError

LONGEST_ADVANCE = 10 * 366 * 24 * 3600.0
"""Seconds; about ten years in one step."""


class Clock:
    """Tells the virtual time.

    Args:
        frozen_at: Where the clock stands still; `None` for a clock that runs with the wall clock.
    """

    def __init__(self, *, frozen_at: datetime | None = None) -> None:
        self._frozen_at = frozen_at
        self._offset = timedelta(0)
        self._due_at: datetime | None = None

    @property
    def mode(self) -> str:
        """`running` or `frozen`."""
        return "running" if self._frozen_at is None else "frozen"

    def now(self) -> datetime:
        """The virtual instant, in UTC."""
        if self._due_at is not None:
            return self._due_at
        return self._wall() + self._offset if self._frozen_at is None else self._frozen_at

    @contextmanager
    def standing(self, at: datetime) -> Generator[None, None, None]:
        """Stand at an instant that has passed, for what was due then: it happens, and is recorded, at that instant.

        Hold the world's lock around it.
        """
        self._due_at = at
        try:
            yield
        finally:
            self._due_at = None

    def advance(self, seconds: float) -> None:
        """Move the clock forward.

        Args:
            seconds: Virtual seconds, from 0 to `LONGEST_ADVANCE`.

        Raises:
            RefusedError: 400 for a step backwards, beyond the limit or off the calendar.
        """
        if not 0 <= seconds <= LONGEST_ADVANCE:
            raise RefusedError(
                400, "secondsInvalid", message=f"seconds must lie between 0 and {LONGEST_ADVANCE:.0f}; got {seconds!r}"
            )
        step = timedelta(seconds=seconds)
        if self.now().year + step.days // 365 + 1 >= LATEST_YEAR:
            raise RefusedError(400, "secondsInvalid", message=f"the clock ends before the year {LATEST_YEAR}; got {seconds!r}")
        if self._frozen_at is None:
            self._offset += step
        else:
            self._frozen_at += step

    def freeze(self) -> None:
        """Stand still at the present virtual instant."""
        self._frozen_at = self.now()

    def run(self) -> None:
        """Run on from the present virtual instant; a clock that stood still does not catch up."""
        if self._frozen_at is not None:
            self._offset = self._frozen_at - self._wall()
            self._frozen_at = None

    @staticmethod
    def _wall() -> datetime:
        return datetime.now(UTC)
