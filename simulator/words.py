"""Words that every part of the pretend world shares: JSON, instants, who did something, and how a request is refused.

May not know any vendor's rules. Non-obvious choice: a refusal is an exception that carries its HTTP status, because each
operation checks everything before it changes anything, so that raising is the whole of "leave no trace".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias

from pydantic import JsonValue

Json: TypeAlias = JsonValue
JsonObject: TypeAlias = dict[str, JsonValue]

EARLIEST_YEAR = 1970
LATEST_YEAR = 9000
"""Years that an instant may lie in: with room to add any limit without leaving what `datetime` can hold."""


class RefusedError(Exception):
    """A request that the pretend vendor refuses; nothing has been changed.

    Args:
        status: HTTP status to answer.
        code: Machine-readable word, shaped like the document's only sample `bloqIDInvalid` (B:1297); invented otherwise.
        message: Sentence for people.
        fields: Names of the fields at fault, if any.
        retry_after: Seconds after which to come again, if it is known.
    """

    def __init__(
        self, status: int, code: str, *, message: str = "", fields: tuple[str, ...] = (), retry_after: int | None = None
    ) -> None:
        super().__init__(message or code)
        self.status = status
        self.code = code
        self.message = message or code
        self.fields = fields
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Cause:
    """Who made something happen.

    Attributes:
        operation: Name in the record, e.g. `bloqit.deliveries.make`; its first word is the API.
        source: One of `bloq_it_admin`, `locker`, `public_api`, `expiration` (B:3493); `blink_app` and `rider` elsewhere.
        role: Free text (B:3491); empty when nobody is known.
        id: Document of whoever it was; empty when unknown (B:3492).
    """

    operation: str
    source: str
    role: str = ""
    id: str = ""

    def initiator(self) -> JsonObject:
        """As `actionInitiatedBy`, which may have *up to* three parts (B:3489): unknown ones are left out, not null."""
        parts: Mapping[str, str] = {"role": self.role, "id": self.id, "source": self.source}
        return {name: value for name, value in parts.items() if value}


def iso(at: datetime) -> str:
    """Write an instant as the documents do: UTC, milliseconds, `Z` (B:1728)."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def instant(text: str) -> datetime:
    """Read an RFC 3339 instant; one without an offset is taken as UTC.

    Raises:
        ValueError: When it is no instant, or lies outside the years that can be calculated with.
    """
    at = datetime.fromisoformat(text)
    if not EARLIEST_YEAR < at.year < LATEST_YEAR:
        # astimezone and timedelta overflow at the ends of the calendar, which would turn bad input into a 500.
        raise ValueError(f"year {at.year} is out of range")
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
