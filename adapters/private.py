"""What no log, repr or error may show: codes that open doors, secrets, and how to reach a person.

May not know any API. Non-obvious choice: what is private is told by a field's *name*, however it is spelled, so that a field
which only the wild knows (it is kept as an extra) is hidden like the documented ones. Free text has no fields: there it is told
by the values that we sent under such names, and by the looks of an e-mail address or a phone number (`cleaned`).
"""

import json
import logging
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import cast
from urllib.parse import parse_qsl, unquote, urlencode

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
LONG = 8
"""Characters; a shorter value may be a part of some word by chance, and is hidden only where it stands alone."""

EMAIL = re.compile(r"[^\s@\"'<>(),;:=]+@[\w-]+(?:\.[\w-]+)+")
PHONE = re.compile(r"\+\d(?:[ ().-]{0,2}\d){5,14}(?!\w)|(?<![\w.+-])\d{9,15}(?!\w|[.-]\w)")
"""With its plus, or as many digits as a phone number has with none; an instant or a hexadecimal id has neither."""
NAMED = re.compile(
    r"([A-Za-z][\w-]*)"
    r"([\"']?\s{0,3}[:=]\s{0,3}[\"']?(?=[^\s(])|\s{1,3}(?:is\s{1,3})?[\"']?(?=[^\s\"',;]*\d))"
    r"[^\s\"',;&})]+(?:[ -]\d[\d-]*)*"
)
"""A name and what follows it: whatever stands after a colon or an equals sign, else only what has a digit in it."""


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
    return cleaned(value) if isinstance(value, str) else value


def cleaned(text: str, known: Sequence[str] = ()) -> str:
    """`text`, which somebody else wrote, without anything private in it.

    Args:
        text: What was said.
        known: Values that may not be shown (our keys, and what we sent under a private name), wherever they stand.
    """
    for value in sorted(known, key=len, reverse=True):  # a short one may be part of a long one, whose rest would stay
        whole = r"{}" if len(value) >= LONG else r"(?<!\w){}(?!\w)"
        text = re.sub(whole.format(re.escape(value)), KEPT, text)
    return PHONE.sub(KEPT, NAMED.sub(_unnamed, EMAIL.sub(KEPT, text)))


def _unnamed(found: re.Match[str]) -> str:
    return f"{found[1]}{found[2]}{KEPT}" if is_private(found[1]) else found[0]


def kept(value: object, *, private: bool = False) -> Iterator[str]:
    """Every text and number in `value` that stands under a private name, however deep."""
    if isinstance(value, Mapping):
        for name, member in cast("Mapping[object, object]", value).items():
            yield from kept(member, private=private or is_private(str(name)))
    elif isinstance(value, list | tuple):
        for item in cast("Iterable[object]", value):
            yield from kept(item, private=private)
    elif private and value is not None and str(value):
        yield str(value)


def shown(fields: Iterable[tuple[str | None, object]]) -> Iterator[tuple[str | None, object]]:
    """Fields of a repr, with the private ones hidden; what is not known hides nothing and is shown."""
    for name, value in fields:
        hide = name is not None and is_private(name) and value is not None
        yield name, KEPT if hide else redacted(value)


def quiet_path(path: str, known: Sequence[str] = ()) -> str:
    """A path that may be shown: an id in it may be somebody's phone number."""
    plain = unquote(path)
    shown = cleaned(plain, known)
    return path if shown == plain else shown


def quiet_query(pairs: Iterable[tuple[str, str]]) -> str:
    """A query that may be shown."""
    return urlencode([(name, "kept-secret" if is_private(name) else _quiet_value(value)) for name, value in pairs])


def _quiet_value(value: str) -> str:
    """An object travels as JSON text (A8), and its members have names too."""
    try:
        told: object = json.loads(value)
    except ValueError:
        return cleaned(value)
    return json.dumps(redacted(told), separators=(",", ":")) if value[:1] in {"{", "["} else cleaned(value)


class QuietUrls(logging.Filter):
    """Hides private values in the query of a URL that somebody else logs; lets every record pass."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the URLs among the record's arguments."""
        if isinstance(record.args, tuple):
            record.args = tuple(_quiet(argument) for argument in record.args)
        return True


def _quiet(argument: object) -> object:
    text = str(argument)
    if not text.startswith(("http://", "https://")):
        return argument
    place, mark, query = text.partition("?")
    return quiet_path(place) + mark + quiet_query(parse_qsl(query, keep_blank_values=True))
