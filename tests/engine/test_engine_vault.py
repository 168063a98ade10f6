"""Encryption at rest: everything comes back exactly, nothing personal can be read, and a missing key is told by place."""

# pyright: reportPrivateUsage=false
# A mutant is the code under test with one wrong line; it has to reach inside.

import copy
import json
import sys
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from typing import Any, cast

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st
from killing import SEARCH, Mutant, dies

from parcelflow.engine import vault
from parcelflow.engine.vault import HEAD, Plain, Sealing, Vault, sealing
from parcelflow.machines import BadSettingsError, Facts, Json, MalformedEventError

OLD, NEW, LOST = (urlsafe_b64encode(bytes([number]) * 32).decode() for number in (1, 2, 3))
PHONE = "+351911222333"
ORDER: dict[str, Json] = {
    "type": "DELIVERY",
    "customer_phone": PHONE,
    "lat": "38.7",
    "customer": {"name": "Ann", "phone": PHONE},
    "pickup_codes": {"user": "4711"},
    "comment": None,
    "products": [{"name": "Pizza", "quantity": 2, "comment": "for Ann"}, 7, [{"contact": PHONE}]],
    "price": 12.5,
}

NAMES: st.SearchStrategy[str] = st.sampled_from(("customer_phone", "pickUpCode", "sealed", "locker_id", "products"))
TOKENS = st.sampled_from((HEAD, f"{HEAD}x", f"{HEAD}\ud800", Vault([LOST]).seal(b"1").decode()))
LOOKALIKES = TOKENS.map(lambda token: {"sealed": token})
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(st.characters()), TOKENS, LOOKALIKES
)
JSON: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=3)),
    max_leaves=8,
)
FACTS: st.SearchStrategy[dict[str, Json]] = st.dictionaries(NAMES, JSON, max_size=4)
RAW = st.one_of(
    st.binary(), st.binary().map(lambda rest: HEAD.encode() + rest), TOKENS.map(lambda text: text.encode(errors="replace"))
)


SHUT = "(cannot be opened)"


def exactly(facts: Facts) -> str:
    """Facts as text, which tells 1 from True and 1.0."""
    return json.dumps(facts, sort_keys=True)


def opened(keys: Sequence[str], sealed: bytes) -> str:
    """What comes out, as text."""
    try:
        return Vault(keys).open(sealed).decode("latin-1")
    except BadSettingsError:
        return SHUT


def facts_opened(keys: Sequence[str], sealed: Facts) -> str:
    """What comes out, as text, or why nothing does."""
    try:
        return exactly(Vault(keys).open_facts(sealed))
    except BadSettingsError as error:
        return str(error)


@SEARCH
@given(FACTS)
def test_facts_come_back_exactly(facts: dict[str, Json]) -> None:
    """Whatever they are, and though they look sealed: a remote may write what it likes."""
    keys, before = Vault([NEW, OLD]), copy.deepcopy(facts)
    kept = keys.seal_facts(facts)
    assert facts_opened([NEW, OLD], kept) == exactly(before)
    assert exactly(keys.seal_facts(kept)) == exactly(kept)
    assert exactly(facts) == exactly(before)


@SEARCH
@given(RAW)
def test_bytes_come_back_exactly(raw: bytes) -> None:
    keys = Vault([NEW, OLD])
    kept = keys.seal(raw)
    assert kept != raw
    assert opened([NEW, OLD], kept) == raw.decode("latin-1")
    assert keys.seal(kept) == kept
    assert opened([NEW, OLD], keys.rotate(kept)) == raw.decode("latin-1")


def test_personal_facts_are_sealed_wherever_they_stand_and_the_others_readable() -> None:
    kept = Vault([NEW]).seal_facts(ORDER)
    text = json.dumps(kept)
    assert not [secret for secret in (PHONE, "Ann", "4711", "38.7") if secret in text]
    assert (kept["type"], kept["price"]) == ("DELIVERY", 12.5)
    assert '"name": "Pizza", "quantity": 2, "comment": {"sealed": "gAAAAAAAAAAA' in text
    assert text.count('"sealed"') == 7


def test_a_token_does_not_tell_when_it_was_sealed_and_no_two_are_alike() -> None:
    keys = Vault([NEW])
    assert keys.seal(b"x").startswith(HEAD.encode())
    assert keys.seal(b"x") != keys.seal(b"x")
    assert Fernet(NEW).extract_timestamp(keys.seal(b"x")) == 0


def test_the_first_key_seals_and_all_open() -> None:
    both, kept, raw = Vault([NEW, OLD]), Vault([OLD]).seal_facts(ORDER), Vault([OLD]).seal(b"raw")
    assert (both.open_facts(kept), both.open(raw)) == (ORDER, b"raw")
    assert both.seal(raw) == raw  # sealed it is, if with the old key
    assert opened([NEW], both.seal(b"raw")) == "raw"
    assert facts_opened([NEW], both.seal_facts(ORDER)) == exactly(ORDER)


def test_what_was_rotated_needs_the_old_key_no_more() -> None:
    both = Vault([NEW, OLD])
    for kept in (Vault([OLD]).seal(b"raw"), both.seal(b"raw"), b"raw"):
        assert opened([NEW], both.rotate(kept)) == "raw"


def test_what_was_kept_before_there_was_a_key_comes_back_as_it_is() -> None:
    keys = Vault([NEW])
    assert keys.open(b'{"a": 1}') == b'{"a": 1}'
    half = {**ORDER, "lat": keys.seal_facts(ORDER)["lat"]}
    assert keys.open_facts(half) == ORDER


def test_a_missing_key_is_told_by_the_place_and_never_by_the_value() -> None:
    assert opened([NEW, OLD], Vault([LOST]).seal(b"raw")) == SHUT
    kept = Vault([LOST]).seal_facts(ORDER)
    told = [facts_opened([NEW, OLD], {name: kept[name]}) for name in kept if name not in ("type", "price")]
    assert told == [
        f"the fact {place} cannot be opened: the key that it was sealed with is missing"
        for place in ("customer_phone", "lat", "customer", "pickup_codes", "comment", "products[2][0].contact")
    ]


def test_an_error_names_what_cannot_be_opened_and_shows_nothing_of_it() -> None:
    lost = Vault([LOST]).seal(b"raw")
    with pytest.raises(BadSettingsError) as caught:
        Vault([NEW]).open(lost)
    assert str(caught.value) == "a message cannot be opened: the key that it was sealed with is missing"
    assert caught.value.__cause__ is None
    with pytest.raises(BadSettingsError, match="message 7 cannot be opened"):
        Vault([NEW]).rotate(lost, where="message 7")


def test_data_that_is_no_json_is_refused_and_not_gone_through() -> None:
    itself: list[Any] = []
    itself.append(itself)
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    for wrong, why in ((itself, "Circular reference"), (object(), "Object of type object"), (deep, "maximum recursion depth")):
        for name in ("customer_phone", "products"):
            with pytest.raises(MalformedEventError, match=f"facts cannot be kept: {why}"):
                Vault([NEW]).seal_facts({name: cast("Json", wrong)})
    assert Vault([NEW]).seal_facts(cast("Facts", {7: 1})) == {"7": 1}


@pytest.mark.parametrize("key", ["", "secret-word", "é", NEW[:-4], NEW[4:]])
def test_a_key_that_cannot_be_used_is_told_by_its_number(key: str) -> None:
    with pytest.raises(BadSettingsError, match="key 2 of 2 cannot be used: a key is 32 bytes in URL-safe base64") as caught:
        Vault([NEW, key])
    assert not key or key not in str(caught.value)


def test_a_vault_needs_a_key_and_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadSettingsError, match="at least one key"):
        Vault([])
    monkeypatch.setitem(sys.modules, "cryptography.fernet", None)
    with pytest.raises(BadSettingsError, match=r"needs the extra: pip install 'parcelflow\[privacy\]'"):
        Vault([NEW])
    assert isinstance(sealing([]), Plain)


def test_without_a_key_everything_is_kept_as_it_is() -> None:
    plain: Sealing = sealing([])
    assert plain.seal_facts(ORDER) == plain.open_facts(ORDER) == ORDER
    assert plain.seal_facts(ORDER) is not ORDER
    assert {plain.seal(b"raw"), plain.open(b"raw"), plain.rotate(b"raw")} == {b"raw"}


def test_a_key_makes_a_vault() -> None:
    assert opened([NEW], sealing([NEW, OLD]).seal(b"raw")) == "raw"
    assert sealing([NEW, OLD]).seal(b"raw") != b"raw"


HONEST_TOKEN, HONEST_FERNETS, HONEST_SEALED = vault._token, vault._fernets, Vault._sealed
HONEST_SEAL = Vault.seal


def trusting(self: Vault, value: Json) -> Json:
    """What looks sealed is."""
    return value if HONEST_TOKEN(value) is not None else HONEST_SEALED(self, value)


def trusting_bytes(self: Vault, raw: bytes) -> bytes:
    """What looks sealed is."""
    return raw if raw.startswith(HEAD.encode()) else HONEST_SEAL(self, raw)


def twice(self: Vault, value: Json) -> Json:
    """What is sealed is sealed again."""
    return {"sealed": self._anew(json.dumps(value).encode()).decode()}


def as_text(self: Vault, value: Json) -> Json:
    """A value comes back as its text."""
    return {"sealed": self.seal(json.dumps(str(value)).encode()).decode()}


def silent(self: Vault, sealed: bytes, *, where: str = "") -> bytes:
    """What cannot be opened comes back as it is."""
    del where
    return self._opened(sealed) or sealed


def last_first(keys: Sequence[str]) -> Any:
    return HONEST_FERNETS(list(reversed(keys)))


def unrotated(self: Vault, sealed: bytes, *, where: str = "") -> bytes:
    del where
    return self.seal(sealed)


EXACT = test_facts_come_back_exactly
MISSING = test_a_missing_key_is_told_by_the_place_and_never_by_the_value
ROTATED = test_what_was_rotated_needs_the_old_key_no_more
MUTANTS = {
    "what looks sealed is": Mutant(Vault, "_sealed", trusting, EXACT),
    "a message that looks sealed is": Mutant(Vault, "seal", trusting_bytes, test_bytes_come_back_exactly),
    "what is sealed is sealed again": Mutant(Vault, "_sealed", twice, EXACT),
    "a value comes back as a text": Mutant(Vault, "_sealed", as_text, EXACT),
    "what cannot be opened comes back sealed": Mutant(Vault, "open", silent, MISSING),
    "the last key seals": Mutant(vault, "_fernets", last_first, test_the_first_key_seals_and_all_open),
    "what is sealed stays under the old key": Mutant(Vault, "rotate", unrotated, ROTATED),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_the_promises_kill_the_mutant(name: str) -> None:
    assert dies(MUTANTS[name])
