"""The tolerant reader: strict JSON on the outside, forgiving fields on the inside.

May not know any API. Non-obvious choice: only an *id* may make a body unreadable. A date, an amount or a flag that nobody can
read becomes None (not known) instead of costing us the whole message, whose raw bytes are kept anyway.
"""

import json
import math
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict

from ..machines import BadBodyError, Json
from .private import shown
from .remarks import remark

NOTHING = ("", "null")
"""What the documents' samples write where nothing is known (A20, E14), besides null itself."""

AMOUNT = re.compile(r"[-+]?\d[\d,]*(?:\.\d+)?")
UNSTORABLE = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
"""Escapes that may stand for a NUL or a lone surrogate: legal JSON that no database text can hold."""


def load(raw: bytes) -> Json:
    """Parse JSON as the standard has it: UTF-8, no NaN, no infinity, nothing missing at the end.

    Raises:
        BadBodyError: It is not JSON. The body itself is not repeated in the message; it may hold personal data.
    """
    try:
        text = raw.decode()
        parsed: Json = json.loads(text, parse_constant=_no_constant, parse_float=_finite)
    except RecursionError:
        raise BadBodyError(f"a body of {len(raw)} bytes is nested too deeply to be read") from None
    except ValueError as error:
        where = f" at character {error.pos}" if isinstance(error, json.JSONDecodeError) else ""
        raise BadBodyError(f"a body of {len(raw)} bytes is not JSON{where}") from None
    return _storable(parsed) if UNSTORABLE.search(text) else parsed


def load_object(raw: bytes) -> dict[str, Json]:
    """As `load`, and it has to be an object.

    Raises:
        BadBodyError: It is not JSON, or JSON that is not an object.
    """
    parsed = load(raw)
    if not isinstance(parsed, dict):
        raise BadBodyError(f"a body has to be a JSON object, got {type(parsed).__name__}")
    return parsed


def _no_constant(word: str) -> Json:
    raise ValueError(word)


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(digits)
    return number


def _storable(value: Json) -> Json:
    if isinstance(value, str):
        return value.replace("\0", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_storable(item) for item in value]
    if isinstance(value, dict):
        return {str(_storable(name)): _storable(item) for name, item in value.items()}
    return value


def text_of(value: object) -> str | None:
    """A non-empty text; numbers become texts, everything else is not known."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = str(value).strip()
    return None if text in NOTHING else text


def id_of(value: object) -> str:
    """An opaque id (A21, C7): a non-empty text, or a number as text.

    Raises:
        ValueError: It is neither, so nothing can be found by it.
    """
    text = text_of(value)
    if text is None:
        raise ValueError("an id has to be a non-empty text or a number")
    return text


def moment_of(value: object) -> datetime | None:
    """An aware instant out of RFC 3339 text; without a zone it is UTC, and remarked on (A18)."""
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    if moment.tzinfo is None:
        remark("A18", f"the instant {moment.isoformat()} has no zone, and was taken for UTC")
        return moment.replace(tzinfo=UTC)
    return moment


def amount_of(value: object) -> Decimal | None:
    """Money as it is written: from an int, a number's literal or a text with separators or currency ("Rs 343,127.00", C12).

    A float is taken by its shortest spelling, which is the literal that it was read from; nothing is calculated with it.
    """
    if isinstance(value, Decimal):
        return value
    text = text_of(value)
    found = None if text is None else AMOUNT.search(text)
    if found is None:
        return None
    return Decimal(text) if isinstance(value, float) and text else Decimal(found.group().replace(",", ""))


def flag_of(value: object) -> bool | None:
    """A boolean, 0/1, or either as text."""
    words = {"true": True, "1": True, "false": False, "0": False}
    return words.get(str(value).strip().lower())


def whole_of(value: object) -> int | None:
    """A whole number, or one as text (A20)."""
    text = text_of(value)
    return int(text) if text is not None and re.fullmatch(r"-?[0-9]{1,18}", text) else None


def object_of(value: object) -> dict[str, Json]:
    """An object; anything else is an empty one."""
    return cast("dict[str, Json]", value) if isinstance(value, dict) else {}


def list_of(value: object) -> list[Json]:
    """A list; anything else is an empty one."""
    return cast("list[Json]", value) if isinstance(value, list) else []


Id = Annotated[str, BeforeValidator(id_of)]
Text = Annotated[str | None, BeforeValidator(text_of)]
Moment = Annotated[datetime | None, BeforeValidator(moment_of)]
Amount = Annotated[Decimal | None, BeforeValidator(amount_of)]
Flag = Annotated[bool | None, BeforeValidator(flag_of)]
Whole = Annotated[int | None, BeforeValidator(whole_of)]
# `Any` and not `Json`, because pydantic cannot resolve a recursive alias; `load` has seen to it that it is JSON.
Object = Annotated[dict[str, Any], BeforeValidator(object_of)]
Objects = Annotated[list[Any], BeforeValidator(list_of)]


class Tolerant(BaseModel):
    """Base of everything we read: unknown fields are kept, unknown words stay the words they are."""

    model_config = ConfigDict(extra="allow", frozen=True, hide_input_in_errors=True)

    def __repr_args__(self) -> Iterator[tuple[str | None, object]]:
        yield from shown(super().__repr_args__())

    def is_blank(self) -> bool:
        """Whether the remote answered an empty form instead of what was asked for (A12)."""
        return False

    def failure(self) -> str | None:
        """Why a 2xx answer is a refusal nevertheless (C23); None when it is none."""
        return None


def present(facts: Mapping[str, Json]) -> dict[str, Json]:
    """Only the facts that are there."""
    return {name: value for name, value in facts.items() if value is not None}
