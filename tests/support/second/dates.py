"""Dates and ids as text.

May not know the present. Non-obvious choice: a `+` that a client forgot to escape arrives as a space in a query, and is read as
what it was meant to be.
"""

import re
from datetime import UTC, datetime

DATE = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|z|[+-]\d\d:?\d\d)?)?")
FIRST, LAST = 1970, 9000
"""Years."""


def iso(moment: datetime) -> str:
    """An instant in milliseconds, as in B:1627."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def read_date(value: object) -> datetime | None:
    """The instant that a text says, in UTC where it names no zone; None where it is no date."""
    if not isinstance(value, str):
        return None
    text = value.strip()
    if "T" in text and re.search(r"\d \d\d:?\d\d$", text):
        text = text.replace(" ", "+")
    if not DATE.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text.replace("z", "Z"))
    except ValueError:
        return None
    if not FIRST <= moment.year <= LAST:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def is_id(value: object) -> bool:
    """Whether it looks like the ids of all samples: 24 hexadecimal digits."""
    return isinstance(value, str) and re.fullmatch(r"[0-9a-fA-F]{24}", value) is not None
