"""What the three pretend vendors stand on: settings, clock, record, mail, ids, and the one lock.

May not know a vendor. Non-obvious choice: there is a single lock for the whole world; it is held for microseconds, and two
locks would let a webhook overtake the state that it tells of.
"""

from collections import Counter
from dataclasses import dataclass, field
from threading import RLock
from typing import Literal

from .clock import Clock
from .mail import Mail
from .record import Record

HEX_DIGITS = 24
"""Length of the document's ids (B:176); they are opaque to a client."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Who may enter, and what the documents leave open.

    Attributes:
        bloqit_api_key: Value of `X-API-KEY` (B:11).
        blink_username: Login name (K:11).
        blink_password: Login password (K:12).
        logistics_token: The static bearer token of the portal (K:165).
        blink_token_seconds: Virtual seconds for which a Blink access token lives; no lifetime is documented.
        strict_external_id: Answer 409 to a second unfinished rent with the same externalID; the document is silent, and
            accepting it makes a client's duplicate visible.
        duplicate_task: What a second task with a known mappingKey meets: `conflict` (409) or `accept`.
    """

    bloqit_api_key: str = "pretend-bloqit-key"
    blink_username: str = "pretend-restaurant"
    blink_password: str = "pretend-password"  # noqa: S105 - it opens nothing but this simulator
    logistics_token: str = "pretend-logistics-token"  # noqa: S105 - as above
    blink_token_seconds: float = 3600.0
    strict_external_id: bool = False
    duplicate_task: Literal["conflict", "accept"] = "conflict"


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
