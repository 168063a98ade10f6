"""What a query string says: words, lists and dates.

May not know any endpoint. Non-obvious choice: three ways to write a list are taken, because the document shows none of them
("SOME_ARRAY<STRING>_VALUE", B:1383).
"""

from collections.abc import Callable
from datetime import datetime

from .contract import Query
from .web import Call
from .words import RefusedError, instant


def many(call: Call, asked: Query) -> frozenset[str]:
    """A list: repeated, with commas, or with brackets."""
    plain, bracketed = call.query.getlist(asked.name), call.query.getlist(f"{asked.name}[]")
    match call.settings.list_style:
        case "every":
            parts = [part for value in plain + bracketed for part in value.split(",")]
        case "repeated":
            parts = plain
        case "comma":
            parts = [part for value in plain[-1:] for part in value.split(",")]
        case "brackets":
            parts = bracketed
    return frozenset(part.strip() for part in parts if part.strip())


def word(call: Call, asked: Query, *, but: frozenset[str] = frozenset()) -> str:
    """One of some words, but for a few; empty if there is none.

    Raises:
        RefusedError: 400 for any other.
    """
    name, value, allowed = asked.name, call.text(asked), frozenset(asked.words) - but
    if value and value not in allowed:
        raise RefusedError(400, f"{name}Invalid", message=f"{name} must be one of {', '.join(sorted(allowed))}.", fields=(name,))
    return value


def date(call: Call, asked: Query) -> datetime | None:
    """An instant.

    Raises:
        RefusedError: 400 when it is none.
    """
    name, text = asked.name, call.text(asked)
    try:
        return instant(text) if text else None
    except ValueError as error:
        raise RefusedError(400, f"{name}Invalid", message=f"{name} is not a date.", fields=(name,)) from error


def span(call: Call, *, since: Query, until: Query | None = None) -> Callable[[datetime], bool]:
    """Whether an instant lies between two dates of the query, both included; one that is absent does not limit.

    Raises:
        RefusedError: 400 for a bad date.
    """
    first, last = date(call, since), date(call, until) if until else None
    return lambda at: (first is None or first <= at) and (last is None or at <= last)


def number(call: Call, asked: Query) -> float:
    """A number that is required.

    Raises:
        RefusedError: 400 when it is none, or out of range.
    """
    name, least, most = asked.name, asked.least, asked.most
    try:
        value = float(call.text(asked))
    except ValueError:
        value = float("nan")
    if not least <= value <= most:
        raise RefusedError(400, f"{name}Invalid", message=f"{name} must lie between {least} and {most}.", fields=(name,))
    return value


def required(call: Call, asked: Query) -> str:
    """A text that is required.

    Raises:
        RefusedError: 400 without it.
    """
    name, value = asked.name, call.text(asked)
    if not value:
        raise RefusedError(400, f"{name}Invalid", message=f"{name} is required.", fields=(name,))
    return value
