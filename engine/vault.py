"""Encryption at rest: what is personal among facts, and raw messages as a whole, sealed with a key that is not in the database.

May not know where things are kept, nor read a clock. Non-obvious choices: every token is sealed at the instant 0, for nobody
needs to know when; so they all begin alike (`HEAD`), which tells what is sealed from what was kept before there was a key. And
looking like a token is not being one: whether something is sealed already is for a key to say, or else a remote could have its
own text taken for ours.
"""

import json
from collections.abc import Sequence
from typing import Protocol

from ..machines import BadSettingsError, Facts, Json, MalformedEventError
from .personal import personal_in

HEAD = "gAAAAAAAAAAA"
"""How every token of the instant 0 begins: Fernet's version and eight zero bytes, in base64."""

SEALED = "sealed"
"""The one name in the object that stands for a sealed fact."""


class Sealing(Protocol):
    """How what is personal is kept."""

    def seal(self, raw: bytes) -> bytes:
        """Bytes as they may be kept; what is sealed stays as it is."""
        ...

    def open(self, sealed: bytes, *, where: str = "a message") -> bytes:
        """The bytes again; what was kept unsealed comes back as it is."""
        ...

    def rotate(self, sealed: bytes, *, where: str = "a message") -> bytes:
        """The same bytes, sealed anew."""
        ...

    def seal_facts(self, facts: Facts) -> dict[str, Json]:
        """Facts as they may be kept: personal ones sealed at any depth, the others readable."""
        ...

    def open_facts(self, facts: Facts) -> dict[str, Json]:
        """The facts again."""
        ...


class Plain:
    """For whoever has no key: everything is kept as it is."""

    def seal(self, raw: bytes) -> bytes:
        """The bytes."""
        return raw

    def open(self, sealed: bytes, *, where: str = "a message") -> bytes:  # noqa: ARG002 - see `Sealing`
        """The bytes."""
        return sealed

    def rotate(self, sealed: bytes, *, where: str = "a message") -> bytes:  # noqa: ARG002 - see `Sealing`
        """The bytes."""
        return sealed

    def seal_facts(self, facts: Facts) -> dict[str, Json]:
        """The facts."""
        return dict(facts)

    def open_facts(self, facts: Facts) -> dict[str, Json]:
        """The facts."""
        return dict(facts)


class Vault:
    """Seals with the first key and opens with all of them; see `Sealing`.

    Args:
        keys: Fernet keys (32 bytes in URL-safe base64). To change the key, put the new one first and keep the old one until
            everything was rotated. Secret.

    Raises:
        BadSettingsError: There is no key or one that cannot be used, or the extra `parcelflow[privacy]` is not installed.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        self._fernets, self._unfit = _fernets(keys)

    def seal(self, raw: bytes) -> bytes:
        """Bytes that only a key opens; what one of our keys opens is sealed already and stays as it is."""
        return self._anew(raw) if self._opened(raw) is None else raw

    def open(self, sealed: bytes, *, where: str = "a message") -> bytes:
        """The bytes again; what was kept before there was a key comes back as it is.

        Args:
            sealed: What `seal` gave.
            where: What it is, for the error.

        Raises:
            BadSettingsError: It was sealed with a key that is missing.
        """
        if not sealed.startswith(HEAD.encode()):
            return sealed
        opened = self._opened(sealed)
        if opened is None:
            raise BadSettingsError(f"{where} cannot be opened: the key that it was sealed with is missing")
        return opened

    def rotate(self, sealed: bytes, *, where: str = "a message") -> bytes:
        """The same bytes under the first key; what was kept before there was a key is sealed.

        Raises:
            BadSettingsError: It was sealed with a key that is missing.
        """
        return self._anew(self.open(sealed, where=where))

    def seal_facts(self, facts: Facts) -> dict[str, Json]:
        """Facts whose personal values, at any depth, are `{"sealed": "<token>"}`; sealed ones stay as they are.

        Raises:
            MalformedEventError: They are not JSON.
        """
        copy = _own(facts)
        for _, holder, name in personal_in(copy):
            holder[name] = self._sealed(holder[name])
        return copy

    def open_facts(self, facts: Facts) -> dict[str, Json]:
        """The facts again; values that were kept before there was a key come back as they are.

        Raises:
            BadSettingsError: A value was sealed with a key that is missing; it names the value's place and not the value.
        """
        copy = dict(facts)
        for where, holder, name in personal_in(copy):
            token = _token(holder[name])
            if token is not None:
                holder[name] = json.loads(self.open(token, where=f"the fact {where}"))
        return copy

    def _sealed(self, value: Json) -> Json:
        token = _token(value)
        if token is not None and self._opened(token) is not None:
            return value
        return {SEALED: self._anew(json.dumps(value).encode()).decode()}

    def _anew(self, raw: bytes) -> bytes:
        return self._fernets.encrypt_at_time(raw, 0)

    def _opened(self, token: bytes) -> bytes | None:
        """What a token of one of our keys holds; None for anything else."""
        try:
            return self._fernets.decrypt(token) if token.startswith(HEAD.encode()) else None
        except self._unfit:
            return None


def sealing(keys: Sequence[str]) -> Sealing:
    """A vault with these keys, or none where there are none.

    Raises:
        BadSettingsError: See `Vault`.
    """
    return Vault(keys) if keys else Plain()


def _own(facts: Facts) -> dict[str, Json]:
    """A copy of facts that may be anybody's."""
    try:
        # Data that contains itself would be walked through for ever, so it is for JSON to refuse it first.
        copy: dict[str, Json] = json.loads(json.dumps(dict(facts)))
    except (TypeError, ValueError, RecursionError) as error:
        raise MalformedEventError(f"facts cannot be kept: {error}") from None
    return copy


def _token(value: Json) -> bytes | None:
    """The token in a value that looks sealed."""
    token = value.get(SEALED) if isinstance(value, dict) and len(value) == 1 else None
    return token.encode(errors="replace") if isinstance(token, str) and token.startswith(HEAD) else None


class _Fernets(Protocol):
    """What is used of cryptography's MultiFernet."""

    def encrypt_at_time(self, msg: bytes, current_time: int) -> bytes: ...

    def decrypt(self, msg: bytes) -> bytes: ...


def _fernets(keys: Sequence[str]) -> tuple[_Fernets, type[Exception]]:
    """The keys together, and the error by which they say that none of them fits."""
    try:
        from cryptography.fernet import Fernet, InvalidToken, MultiFernet  # noqa: PLC0415 - the package is optional
    except ImportError:
        raise BadSettingsError("a key for what is personal needs the extra: pip install 'parcelflow[privacy]'") from None
    if not keys:
        raise BadSettingsError("a vault needs at least one key")
    fernets: list[Fernet] = []
    for number, key in enumerate(keys, 1):
        try:
            fernets.append(Fernet(key))
        except ValueError:
            said = "a key is 32 bytes in URL-safe base64, as Fernet.generate_key() makes them"
            raise BadSettingsError(f"key {number} of {len(keys)} cannot be used: {said}") from None
    return MultiFernet(fernets), InvalidToken
