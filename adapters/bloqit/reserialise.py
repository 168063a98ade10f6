"""JSON.stringify(JSON.parse(raw)) in Python: the body as the vendor's own example would sign it (B:3525-3532, A36).

May not verify anything. Non-obvious choice: written out by hand, because `json.dumps` disagrees with JavaScript on the order of
integer-like keys, on numbers (`1.0`, `1e21`) and on what a string escapes.
"""

import json
import re
from decimal import Decimal

from ...machines import Json

ARRAY_INDEX = re.compile(r"0|[1-9][0-9]{0,9}")
LARGEST_INDEX = 2**32 - 2  # ECMA-262: keys up to here come first, in numeric order
MOST_DIGITS, FEWEST_PLACES = 21, -6  # ECMA-262, Number::toString: beyond these it takes an exponent


def reserialised(raw: bytes) -> bytes | None:
    """The body as JavaScript would write it again; None if it is not JSON."""
    try:
        return _written(json.loads(raw)).encode()
    except (ValueError, RecursionError):
        return None


def _written(value: Json) -> str:
    match value:
        case dict():
            return "{" + ",".join(f"{_string(name)}:{_written(value[name])}" for name in _ordered(value)) + "}"
        case list():
            return "[" + ",".join(map(_written, value)) + "]"
        case str():
            return _string(value)
        case bool() | None:
            return json.dumps(value)
        case _:
            return _number(value)


def _ordered(members: dict[str, Json]) -> list[str]:
    indices = [name for name in members if ARRAY_INDEX.fullmatch(name) and int(name) <= LARGEST_INDEX]
    return [*sorted(indices, key=int), *(name for name in members if name not in set(indices))]


def _string(text: str) -> str:
    # Python escapes the same characters in the same way, but leaves lone surrogates as they are.
    return re.sub("[\ud800-\udfff]", lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False))


def _number(value: float) -> str:
    try:
        shortest = Decimal(repr(float(value))).normalize()
    except OverflowError:
        return "null"
    if not shortest.is_finite():
        return "null"
    sign, digits, _ = shortest.as_tuple()
    text = "".join(map(str, digits))
    point = shortest.adjusted() + 1  # where the decimal point stands, counted from the first digit
    return ("-" if sign and shortest else "") + _placed(text, point)


def _placed(digits: str, point: int) -> str:
    if len(digits) <= point <= MOST_DIGITS:
        return digits + "0" * (point - len(digits))
    if 0 < point <= MOST_DIGITS:
        return f"{digits[:point]}.{digits[point:]}"
    if FEWEST_PLACES < point <= 0:
        return "0." + "0" * -point + digits
    fraction = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{digits[0]}{fraction}e{point - 1:+d}"
