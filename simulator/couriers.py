"""Tokens for couriers (B:3368-3437).

May not be used to prove anything: the token has the document's shape and a signature that nobody can verify. Non-obvious choice:
its header says ES512, as the document's does, although the standard library has no such signature; a client only carries it.
"""

import base64
import hashlib
import hmac
import json
import re
from datetime import datetime

from .words import Json, JsonObject, RefusedError

SIGNATURE = 132
"""Bytes of an ES512 signature, as in the document's sample (B:3436)."""

LONGEST = 100 * 366 * 86_400_000.0
"""Milliseconds of a token's life; beyond it dates leave the calendar."""

UNITS = {"ms": 1.0, "s": 1e3, "m": 6e4, "h": 3.6e6, "d": 8.64e7, "w": 6.048e8, "y": 3.15576e10}
"""Milliseconds, by the JavaScript world's names; the document's "1day", "2 days", "10h" and "7d" (B:3395) are among them."""

_SPAN = re.compile(r"(\d{1,12}(?:\.\d{1,6})?) ?([a-z]*)", re.IGNORECASE)
_NAMES = {
    "": "ms",
    **dict.fromkeys(("ms", "msec", "msecs", "millisecond", "milliseconds"), "ms"),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), "s"),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), "m"),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), "h"),
    **dict.fromkeys(("d", "day", "days"), "d"),
    **dict.fromkeys(("w", "week", "weeks"), "w"),
    **dict.fromkeys(("y", "yr", "yrs", "year", "years"), "y"),
}


def lifetime(text: str) -> float:
    """Seconds that "1day", "2 days", "10h" or "60" mean; a bare number counts milliseconds (B:3395).

    Raises:
        RefusedError: 400 for anything else, or for nothing at all.
    """
    found = _SPAN.fullmatch(text.strip())
    unit = _NAMES.get(found[2].lower()) if found else None
    milliseconds = float(found[1]) * UNITS[unit] if found and unit else 0.0
    if not 0 < milliseconds <= LONGEST:
        raise RefusedError(400, "expirationDateInvalid", message="expirationDate is no span of time.", fields=("expirationDate",))
    return milliseconds / 1000


def token(payload: JsonObject, *, seconds: float, at: datetime) -> str:
    """A token with the claims of the document's sample: what is given, `iat` and `exp`.

    Args:
        payload: Starts with `courier_id`.
        seconds: Its lifetime.
        at: Virtual instant of its making.
    """
    issued = int(at.timestamp())
    claims: JsonObject = payload | {"iat": issued, "exp": int(issued + seconds)}
    return _signed(claims)


def read(text: str, *, at: datetime, bloq: str) -> JsonObject | None:
    """The claims of a token that this world made, that has not expired, and that is valid at a bloq; `None` for any other."""
    parts = text.split(".")
    try:
        claims: Json = json.loads(base64.urlsafe_b64decode(parts[1] + "==")) if len(parts) == len("hcs") else None
    except (ValueError, RecursionError):
        return None
    if not isinstance(claims, dict) or text != _signed(claims):
        return None
    bloqs, end = claims.get("bloq_ids"), claims.get("exp")
    here = not isinstance(bloqs, list) or bloq in bloqs
    return claims if here and isinstance(end, int) and at.timestamp() < end else None


def _signed(claims: JsonObject) -> str:
    message = f"{_segment(_json({'alg': 'ES512', 'typ': 'JWT'}))}.{_segment(_json(claims))}"
    noise = b"".join(hmac.digest(bytes([part]), message.encode(), hashlib.sha512) for part in range(3))
    return f"{message}.{_segment(noise[:SIGNATURE])}"


def _json(value: JsonObject) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _segment(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
