"""What the three pretend vendors stand on: settings, clock, record, mail, ids, and the one lock.

May not know a vendor. Non-obvious choice: there is a single lock for the whole world; it is held for microseconds, and two
locks would let a webhook overtake the state that it tells of.
"""

from collections import Counter
from dataclasses import dataclass, field
from threading import RLock

from .clock import Clock
from .mail import Mail
from .record import Record
from .settings import Settings

HEX_DIGITS = 24
"""Length of the document's ids (B:176); they are opaque to a client."""


class Ids:
    """Deterministic ids: the same calls give the same ids in every run."""

    def __init__(self) -> None:
        self._last: Counter[str] = Counter()

    def count(self, kind: str) -> int:
        """The next number of a kind, from 0."""
        self._last[kind] += 1
        return self._last[kind] - 1

    def hex(self, prefix: str) -> str:
        """The next 24-digit id that starts with a prefix."""
        return f"{prefix}{self.count(prefix):0{HEX_DIGITS - len(prefix)}x}"


@dataclass(slots=True)
class Ground:
    """The common ground. Hold `lock` around anything that reads or changes the world; the HTTP layer does."""

    settings: Settings
    clock: Clock
    lock: RLock
    mail: Mail
    record: Record = field(default_factory=Record)
    ids: Ids = field(default_factory=Ids)
