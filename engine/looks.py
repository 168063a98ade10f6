"""Looks: when the remote's state of a case is read of which nothing is heard.

May not read a clock or a database. Non-obvious choice: the distance between looks grows with the silence, so a parcel that lies a
month in its locker costs a few dozen reads, and one whose last webhook was lost is put right within minutes.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from ..machines import ABSENT, BadSettingsError, Case, Table

LOOK = "look"
"""Name of the wish that a silent case be looked at."""


@dataclass(frozen=True, slots=True)
class Looks:
    """When a case is looked at of which nothing is heard.

    Attributes:
        first: Silence after which it is looked at; zero for never.
        longest: What the distance between two looks doubles up to.
        at_start: Of how many cases the next look is brought forward when the engine starts, the most recently heard of first.

    Raises:
        BadSettingsError: A distance is negative, or the longest is shorter than the first.
    """

    first: timedelta = timedelta(minutes=10)
    longest: timedelta = timedelta(hours=12)
    at_start: int = 500

    def __post_init__(self) -> None:
        if not timedelta() <= self.first <= self.longest:
            raise BadSettingsError(f"looks begin after {self.first} and are at most {self.longest} apart; the first is too long")

    def distance(self, looks: int) -> timedelta:
        """From the last look (or, at 0, from what was heard last) to the next."""
        return min(self.first * 2 ** min(looks, 16), self.longest)

    def next(self, table: Table, case: Case, now: datetime) -> datetime | None:
        """When a case is looked at if nothing more is heard of it.

        Returns:
            None for one that has ended, that nobody can read, or whose remote id is not known.
        """
        blind = table.machine.read is None or case.remote_id is None or case.state == ABSENT
        return None if not self.first or blind or case.state in table.finals else now + self.first


NEVER = Looks(first=timedelta(), at_start=0)
