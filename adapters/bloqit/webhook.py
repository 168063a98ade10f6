"""Bloq.it's webhooks: `verify` that the raw bytes are theirs, then `parse` what they tell.

May not accept or store anything. Non-obvious choice: the document names neither the signature's header nor the timestamp's
(A35), and it need not: the signature is a JWS whose payload is `<timestamp>.<body>`, so every header that looks like one is
tried, and what it signs says the rest. JWS, not JWT: the payload is no claims object, and `jwt.decode` fails on it always.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeAlias

from jwt.api_jws import PyJWS
from jwt.exceptions import PyJWTError

from ...machines import Arrival, BadSettingsError, BadSignatureError
from ..tolerant import load_object, text_of
from .reserialise import reserialised
from .translate import event_of

SOURCE = SYSTEM = "bloqit"
ALGORITHMS = ("HS256", "HS384", "HS512")
"""A shared secret is all there is (B:3513), so nothing else can be meant; above all never `none`."""

COMPACT = re.compile(r"[\w-]+\.[\w-]+\.[\w-]*", re.ASCII)
PAYLOAD = re.compile(rb"([0-9]{1,17})\.(.*)", re.DOTALL)
MILLISECONDS_FROM = 10**11  # as seconds this is the year 5138
LONGEST_PAD = 64
TOLERANCE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature confirms the body.

    Attributes:
        at: The signed timestamp.
        header: Which header held it, in lower case; it may be pinned in a proxy.
        matched: Whether the raw bytes were signed, or only what JavaScript makes of them (A36).
    """

    at: datetime
    header: str
    matched: Literal["raw", "reserialised"]


@dataclass(frozen=True, slots=True)
class Unsigned:
    """Nothing confirms the body, and that was allowed."""


Origin: TypeAlias = Signed | Unsigned


def verify(
    raw: bytes,
    headers: Mapping[str, str],
    now: datetime,
    *,
    secrets: Sequence[str],
    tolerance: timedelta = TOLERANCE,
    allow_unsigned: bool = False,
) -> Origin:
    """Confirm that `raw` was sent by someone who knows one of `secrets`, and lately.

    Args:
        raw: The body's bytes as they came.
        headers: All of the request's headers.
        now: The aware present.
        secrets: The webhook's secret; more than one while it is being changed.
        tolerance: How far the signed timestamp may lie from `now`, either way.
        allow_unsigned: Accept a request that has no signature (B:3515: without a secret Bloq.it does not sign).

    Raises:
        BadSignatureError: No signature, none that a secret confirms, another body, too old, or too new.
        BadSettingsError: A secret is empty; everybody could sign with it.
    """
    if not all(secrets):
        raise BadSettingsError("a webhook secret may not be empty")
    tokens = {name.lower(): value.strip() for name, value in headers.items() if COMPACT.fullmatch(value.strip())}
    if not tokens or not secrets:
        if allow_unsigned:
            return Unsigned()
        raise BadSignatureError("the request is not signed" if secrets else "no secret is configured to verify it with")
    for name, token in tokens.items():
        payload = _signed_payload(token, secrets)
        if payload is not None:
            return _confirmed(raw, payload, name, now=now, tolerance=tolerance)
    raise BadSignatureError(f"no secret confirms the signature (tried the headers: {', '.join(sorted(tokens))})")


def _signed_payload(token: str, secrets: Sequence[str]) -> bytes | None:
    for secret in secrets:
        # HMAC pads a short key with zeros itself (RFC 2104, 2), so these change nothing but PyJWT's warning about length;
        # the vendor's own sample secret has ten characters (B:3565), and its length is not ours to choose.
        key = secret.encode().ljust(LONGEST_PAD, b"\0")
        try:
            payload: bytes = PyJWS().decode(token, key, algorithms=ALGORITHMS)  # pyright: ignore[reportUnknownMemberType]
        except PyJWTError:
            continue
        return payload
    return None


def _confirmed(raw: bytes, payload: bytes, header: str, *, now: datetime, tolerance: timedelta) -> Signed:
    parts = PAYLOAD.fullmatch(payload)
    if parts is None:
        raise BadSignatureError("what the signature signs is not <timestamp>.<body>")
    at = _instant(int(parts[1]))
    signed = parts[2]
    if signed != raw and signed != reserialised(raw):
        raise BadSignatureError("the signature is genuine, but for another body")
    if at < now - tolerance:
        raise BadSignatureError(f"signed at {at.isoformat()}, too old by more than {tolerance}")
    if at > now + tolerance:
        raise BadSignatureError(f"signed at {at.isoformat()}, too new by more than {tolerance}; compare the clocks")
    return Signed(at, header, "raw" if signed == raw else "reserialised")


def _instant(stamp: int) -> datetime:
    """Seconds or milliseconds, told apart by magnitude; the document does not say which (B:3519)."""
    milliseconds = stamp if stamp >= MILLISECONDS_FROM else stamp * 1000
    try:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
    except OverflowError:
        raise BadSignatureError(f"the signed timestamp {stamp} is no instant") from None


def parse(raw: bytes, origin: Origin, *, now: datetime) -> Arrival:
    """What a verified body tells. Unknown events are kept under the name that they have.

    Args:
        raw: The body's bytes as they came.
        origin: What `verify` found.
        now: The aware present; when it happened, unless a signed timestamp says so.

    Raises:
        BadBodyError: It is not a JSON object.
    """
    body = load_object(raw)
    at = origin.at if isinstance(origin, Signed) else now
    return Arrival(
        source=SOURCE,
        external_id=text_of(body.get("_id")) or _fingerprint(raw, origin),
        system=SYSTEM,
        event=event_of(body, at),
        raw=raw,
        remote_id=text_of(body.get("rent")),
    )


def _fingerprint(raw: bytes, origin: Origin) -> str:
    stamp = origin.at.isoformat() if isinstance(origin, Signed) else ""
    return hashlib.sha256(stamp.encode() + b"." + raw).hexdigest()
