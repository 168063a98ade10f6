"""What no log, repr or error may show: codes that open doors, secrets, and how to reach a person.

May not know any API. Non-obvious choice: what is private is told by a field's *name*, however it is spelled, so that a field
which only the wild knows (it is kept as an extra) is hidden like the documented ones.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping
from typing import cast
from urllib.parse import parse_qsl, urlencode

NAMES = frozenset(
    {
        "accesstoken",
        "apikey",
        "authorization",
        "contact",
        "customeremail",
        "customerphone",
        "customerquery",  # an e-mail address or a phone number (B:1347)
        "dropoffcode",
        "email",
        "password",
        "phone",
        "phonenumber",
        "pickupcode",
        "pickupcodes",
        "secret",
        "token",
    }
)
KEPT = "(kept secret)"


def is_private(name: str) -> bool:
    """Whether a field of this name may not be shown."""
    return name.replace("_", "").replace("-", "").lower() in NAMES


def redacted(value: object) -> object:
    """`value` without anything private in it, however deep."""
    if isinstance(value, Mapping):
        members = cast("Mapping[object, object]", value)
        return {name: KEPT if is_private(str(name)) else redacted(member) for name, member in members.items()}
    if isinstance(value, list | tuple):
        return [redacted(item) for item in cast("Iterable[object]", value)]
    return value


def shown(fields: Iterable[tuple[str | None, object]]) -> Iterator[tuple[str | None, object]]:
    """Fields of a repr, with the private ones hidden; what is not known hides nothing and is shown."""
    for name, value in fields:
        hide = name is not None and is_private(name) and value is not None
        yield name, KEPT if hide else redacted(value)


class QuietUrls(logging.Filter):
    """Hides private values in the query of a URL that somebody else logs; lets every record pass."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the URLs among the record's arguments."""
        if isinstance(record.args, tuple):
            record.args = tuple(_quiet(argument) for argument in record.args)
        return True


def _quiet(argument: object) -> object:
    text = str(argument)
    place, mark, query = text.partition("?")
    if not mark or not place.startswith(("http://", "https://")):
        return argument
    pairs = [(name, "kept-secret" if is_private(name) else value) for name, value in parse_qsl(query, keep_blank_values=True)]
    return f"{place}?{urlencode(pairs)}"
