"""The doors by which remotes reach us: who may come in, and what their bytes say.

May not accept or store anything, nor know HTTP answers. Non-obvious choice: a door turns (raw bytes, headers) into an arrival or
raises, synchronously and without input or output, so that it is tested without a server.
"""

import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from types import MappingProxyType
from typing import TypeAlias

from ..machines import Arrival, BadSettingsError, Json
from .blink.branches import Branches
from .blink.webhook import parse as parse_blink
from .bloqit.webhook import TOLERANCE, verify
from .bloqit.webhook import parse as parse_bloqit
from .logistics.webhook import parse as parse_logistics
from .tolerant import load_object

SHORTEST_TOKEN = 16
"""Characters; a path token is all that protects Blink's doors (C19), so it may not be guessable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BloqitDoor:
    """Bloq.it's door: opened by a signature.

    Attributes:
        secrets: The webhook's secret; more than one while it is being changed.
        tolerance: How far the signed timestamp may lie from the present.
        allow_unsigned: Let requests in that have no signature. Anybody may then say anything.

    Raises:
        BadSettingsError: A secret is empty, or there is none and unsigned requests are not allowed.
    """

    secrets: Sequence[str] = field(repr=False)
    tolerance: timedelta = TOLERANCE
    allow_unsigned: bool = False

    def __post_init__(self) -> None:
        if not all(self.secrets) or not (self.secrets or self.allow_unsigned):
            raise BadSettingsError("Bloq.it's door needs a secret that is not empty, or allow_unsigned")

    def take(self, raw: bytes, headers: Mapping[str, str], *, now: datetime) -> Arrival:
        """The arrival that `raw` is.

        Raises:
            BadSignatureError: Its signature does not confirm it.
            BadBodyError: It cannot be read.
        """
        origin = verify(raw, headers, now, secrets=self.secrets, tolerance=self.tolerance, allow_unsigned=self.allow_unsigned)
        return parse_bloqit(raw, origin, now=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class BlinkDoor:
    """Blink's doors for orders and statuses: opened by a secret in the path.

    Attributes:
        tokens: The path's secret; more than one while it is being changed.
        zone: Where an order's due time is meant (C13); None for Pakistan, with a remark.
        branches: What you call each branch (`blink.branches.branch_map`); None believes what an order says (C7).

    Raises:
        BadSettingsError: There is no token, or one is too short.
    """

    tokens: Sequence[str] = field(repr=False)
    zone: tzinfo | None = None
    branches: Branches | None = None

    def __post_init__(self) -> None:
        _long_enough(self.tokens)

    def take(self, raw: bytes, *, now: datetime, fresh_id: Callable[[], str]) -> Arrival:
        """The arrival that `raw` is.

        Raises:
            BadBodyError: It cannot be read.
        """
        return parse_blink(raw, now=now, fresh_id=fresh_id, zone=self.zone, branches=self.branches)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogisticsDoor:
    """Blink Logistics' door: opened by a secret in the path.

    Attributes:
        tokens: The path's secret; more than one while it is being changed.

    Raises:
        BadSettingsError: There is no token, or one is too short.
    """

    tokens: Sequence[str] = field(repr=False)

    def __post_init__(self) -> None:
        _long_enough(self.tokens)

    def take(self, raw: bytes, *, now: datetime, fresh_id: Callable[[], str]) -> Arrival:
        """The arrival that `raw` is.

        Raises:
            BadBodyError: It cannot be read.
        """
        return parse_logistics(raw, now=now, fresh_id=fresh_id)


Shape: TypeAlias = tuple[int, Mapping[str, Json]]
"""Status and body of an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CourierDoor:
    """Bloq.it's door for couriers that identify with the partner: opened by a secret in the path (A55, B:3376).

    The document says that credentials are forwarded and that the partner answers "valid or invalid"; it gives neither the
    question nor the answer a shape. So the question is any JSON object, and the answers' shapes are yours to set.

    Attributes:
        tokens: The path's secret; more than one while it is being changed.
        authenticate: Whether the credentials are a courier's; called in a worker thread, with the whole body.
        valid, invalid: What is answered.

    Raises:
        BadSettingsError: There is no token, or one is too short.
    """

    tokens: Sequence[str] = field(repr=False)
    authenticate: Callable[[Mapping[str, Json]], bool]
    valid: Shape = (200, MappingProxyType({"valid": True}))
    invalid: Shape = (401, MappingProxyType({"valid": False}))

    def __post_init__(self) -> None:
        _long_enough(self.tokens)

    def answer(self, raw: bytes) -> Shape:
        """What to answer to the credentials in `raw`. They are neither kept nor logged.

        Raises:
            BadBodyError: It is not a JSON object.
        """
        return self.valid if self.authenticate(load_object(raw)) else self.invalid


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """Which doors there are; one that is None does not exist."""

    bloqit: BloqitDoor | None = None
    couriers: CourierDoor | None = None
    blink: BlinkDoor | None = None
    logistics: LogisticsDoor | None = None


def _long_enough(tokens: Sequence[str]) -> None:
    if not tokens or any(len(token) < SHORTEST_TOKEN for token in tokens):
        raise BadSettingsError(f"a path token needs at least {SHORTEST_TOKEN} characters")


def opens(given: str, tokens: Sequence[str]) -> bool:
    """Whether `given` is one of `tokens`, in a time that does not tell how much of it was right."""
    matches = [hmac.compare_digest(given.encode(), token.encode()) for token in tokens]
    return any(matches)
