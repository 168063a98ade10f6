"""Bloq.it in: signatures, the golden vector, and what events become."""

import hashlib
import json
import warnings
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jwt.api_jws import encode  # pyright: ignore[reportUnknownVariableType]
from jwt.utils import base64url_decode, base64url_encode

from parcelflow.adapters.bloqit.reserialise import reserialised
from parcelflow.adapters.bloqit.webhook import COMPACT, Signed, Unsigned, parse, verify
from parcelflow.machines import BadBodyError, BadSettingsError, BadSignatureError, Cause

from .fakes import NOW, sample

SECRET = "Y2No6tuPrX"
GOLDEN_BODY = (
    '{"_id":"65f0c0ffee","codeName":"rent.in_progress","rent":"5f85c02704d61b14f47c78a0","locker":"5d5a6e83d1682b7194fc5f9c",'
    '"metadata":{"2":"b","10":"a","n":1,"é":"ç"},"actionInitiatedBy":{"role":"customer","id":"x","source":"locker"}}'
).encode()
GOLDEN_STAMP = 1711463400000
GOLDEN_TOKEN = (
    "eyJhbGciOiJIUzI1NiJ9.MTcxMTQ2MzQwMDAwMC57Il9pZCI6IjY1ZjBjMGZmZWUiLCJjb2RlTmFtZSI6InJlbnQuaW5fcHJvZ3Jlc3MiLCJyZW50IjoiNWY4"
    "NWMwMjcwNGQ2MWIxNGY0N2M3OGEwIiwibG9ja2VyIjoiNWQ1YTZlODNkMTY4MmI3MTk0ZmM1ZjljIiwibWV0YWRhdGEiOnsiMiI6ImIiLCIxMCI6ImEiLCJu"
    "IjoxLCLDqSI6IsOnIn0sImFjdGlvbkluaXRpYXRlZEJ5Ijp7InJvbGUiOiJjdXN0b21lciIsImlkIjoieCIsInNvdXJjZSI6ImxvY2tlciJ9fQ.J6VZymo6KY"
    "PVe2SIFR07j3O3OgDRJlH9GlO_6_1dNoQ"
)
SIGNED_AT = datetime.fromtimestamp(GOLDEN_STAMP / 1000, UTC)
NEAR = timedelta(minutes=5)


def sign(body: bytes, stamp: int = GOLDEN_STAMP, *, secret: str = SECRET, algorithm: str = "HS256") -> str:
    """As the vendor's example: a JWS whose payload is `<timestamp>.<body>`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyJWT finds the vendor's own sample secret too short
        return encode(f"{stamp}.".encode() + body, secret, algorithm=algorithm)


def check(body: bytes, token: str, *secrets: str, now: datetime = SIGNED_AT) -> Signed | Unsigned:
    return verify(body, {"Any-Header": token}, now, secrets=secrets or (SECRET,), tolerance=NEAR)


def test_the_golden_vector() -> None:
    assert check(GOLDEN_BODY, GOLDEN_TOKEN) == Signed(SIGNED_AT, "any-header", "raw")
    arrival = parse(GOLDEN_BODY, check(GOLDEN_BODY, GOLDEN_TOKEN), now=NOW)
    assert (arrival.source, arrival.system, arrival.external_id) == ("bloqit", "bloqit", "65f0c0ffee")
    assert (arrival.kind, arrival.key, arrival.remote_id) == (None, None, "5f85c02704d61b14f47c78a0")
    assert (arrival.event.name, arrival.event.by, arrival.event.at) == ("rent.in_progress", Cause.LOCKER, SIGNED_AT)
    assert arrival.event.asked is False
    assert arrival.raw == GOLDEN_BODY
    assert arrival.event.data == {
        "locker_id": "5d5a6e83d1682b7194fc5f9c",
        "metadata": {"2": "b", "10": "a", "n": 1, "é": "ç"},
        "initiated_by": {"role": "customer", "id": "x", "source": "locker"},
    }


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
def test_every_hmac_is_understood_and_secrets_may_be_rotated(algorithm: str) -> None:
    for secret in (SECRET, "x" * 64, "y" * 200):
        token = sign(GOLDEN_BODY, secret=secret, algorithm=algorithm)
        assert check(GOLDEN_BODY, token, "old-one", secret) == Signed(SIGNED_AT, "any-header", "raw")


@given(st.binary(max_size=200), st.integers(min_value=10**11, max_value=4 * 10**12))
def test_what_is_signed_verifies(body: bytes, stamp: int) -> None:
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=stamp)
    assert check(body, sign(body, stamp), now=at) == Signed(at, "any-header", "raw")


@given(st.data())
def test_any_flipped_bit_of_the_body_is_refused(data: st.DataObject) -> None:
    flipped = _flip(GOLDEN_BODY, data.draw(st.integers(0, len(GOLDEN_BODY) * 8 - 1)))
    with pytest.raises(BadSignatureError):
        check(flipped, GOLDEN_TOKEN)


@given(st.data())
def test_any_flipped_bit_of_the_token_is_refused(data: st.DataObject) -> None:
    token = _flip(GOLDEN_TOKEN.encode(), data.draw(st.integers(0, len(GOLDEN_TOKEN) * 8 - 1)))
    with pytest.raises(BadSignatureError):
        check(GOLDEN_BODY, token.decode("latin-1"))


def _flip(raw: bytes, bit: int) -> bytes:
    flipped = bytearray(raw)
    flipped[bit // 8] ^= 1 << bit % 8
    return bytes(flipped)


def test_seconds_and_milliseconds_are_told_apart() -> None:
    assert check(GOLDEN_BODY, sign(GOLDEN_BODY, GOLDEN_STAMP // 1000)) == Signed(SIGNED_AT, "any-header", "raw")


def test_too_old_and_too_new_are_different_refusals() -> None:
    for late, word in ((NEAR, None), (-NEAR, None), (NEAR * 1.01, "too old"), (NEAR * -1.01, "too new")):
        if word is None:
            check(GOLDEN_BODY, GOLDEN_TOKEN, now=SIGNED_AT + late)
        else:
            with pytest.raises(BadSignatureError, match=word):
                check(GOLDEN_BODY, GOLDEN_TOKEN, now=SIGNED_AT + late)


def _none_token(body: bytes) -> str:
    head = base64url_encode(b'{"alg":"none"}').decode()
    return f"{head}.{base64url_encode(f'{GOLDEN_STAMP}.'.encode() + body).decode()}."


@pytest.mark.parametrize(
    ("token", "says"),
    [
        (_none_token(GOLDEN_BODY), "no secret confirms"),
        (sign(GOLDEN_BODY, secret="another"), "no secret confirms"),
        ("a.b.c", "no secret confirms"),
        ("aa.a.cc", "no secret confirms"),
        (sign(b"{}"), "another body"),
        (sign(GOLDEN_BODY, 10**16), "no instant"),
        ("not a token", "not signed"),
        ("a.b", "not signed"),
        ("", "not signed"),
    ],
)
def test_what_no_secret_confirms_is_refused_without_repeating_it(token: str, says: str) -> None:
    with pytest.raises(BadSignatureError, match=says) as caught:
        check(GOLDEN_BODY, token)
    assert SECRET not in str(caught.value)


def test_what_is_signed_has_to_be_a_timestamp_and_a_body() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        token = encode(b"hello", SECRET, algorithm="HS256")
    with pytest.raises(BadSignatureError, match="<timestamp>"):
        check(b"hello", token)


def test_a_signature_has_one_spelling() -> None:
    head, payload, signature = GOLDEN_TOKEN.split(".")
    last = signature[:-1] + "R"  # the same 32 bytes: two bits of the last character mean nothing
    assert base64url_decode(last) == base64url_decode(signature)
    with pytest.raises(BadSignatureError):
        check(GOLDEN_BODY, f"{head}.{payload}.{last}")


def test_other_tokens_among_the_headers_do_no_harm() -> None:
    headers = {"X-Other": "aaaa.bbbb.cccc", "x-signature": f" {GOLDEN_TOKEN} ", "Host": "a.example.org"}
    assert COMPACT.fullmatch(headers["Host"])
    assert verify(GOLDEN_BODY, headers, SIGNED_AT, secrets=[SECRET]) == Signed(SIGNED_AT, "x-signature", "raw")


def test_unsigned_is_only_for_those_who_allow_it() -> None:
    for secrets, allowed in product(([], [SECRET]), (False, True)):
        if allowed:
            assert verify(b"{}", {}, NOW, secrets=secrets, allow_unsigned=True) == Unsigned()
        else:
            with pytest.raises(BadSignatureError, match="not signed" if secrets else "no secret is configured"):
                verify(b"{}", {}, NOW, secrets=secrets)
    with pytest.raises(BadSignatureError):
        verify(b"{}", {"x": sign(b"[]")}, NOW, secrets=[SECRET], allow_unsigned=True)
    with pytest.raises(BadSettingsError):
        verify(b"{}", {}, NOW, secrets=[""])


def test_the_body_as_javascript_spells_it_is_accepted_and_reported() -> None:
    sent = b'{ "n": 1.0, "10": "a", "2": "b" }'
    token = sign(b'{"2":"b","10":"a","n":1}')
    assert check(sent, token) == Signed(SIGNED_AT, "any-header", "reserialised")


@pytest.mark.parametrize(
    ("raw", "written"),
    [
        ('{"b": 1, "10": 2, "2": 3, "01": 4, "4294967295": 5, "-1": 6}', '{"2":3,"10":2,"b":1,"01":4,"4294967295":5,"-1":6}'),
        ('{"a": 1, "b": 2, "a": 3}', '{"a":3,"b":2}'),
        ("[1.0, -0.0, 0, 100, 1e21, 1E20, 123e-20]", "[1,0,0,100,1e+21,100000000000000000000,1.23e-18]"),
        ("[0.1, 1e-7, 0.000001, 1.5e-7, -2.5, 12345678901234567890]", "[0.1,1e-7,0.000001,1.5e-7,-2.5,12345678901234567000]"),
        ("[1e999, null, true, false, []]", "[null,null,true,false,[]]"),
        (f"[1{'0' * 400}]", "[null]"),
        (r'"\u00e9\/\u2028\n\u001f\"\\\ud800"', '"é/\u2028\\n\\u001f\\"\\\\\\ud800"'),
    ],
)
def test_javascripts_spelling(raw: str, written: str) -> None:
    found = reserialised(raw.encode())
    assert found is not None
    assert found.decode() == written


def test_what_is_not_json_has_no_spelling() -> None:
    assert [reserialised(raw) for raw in (b"{", b"\xff", b"[" * 100_000)] == [None] * 3


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_spelling_again_changes_no_value_and_is_stable(value: object) -> None:
    once = reserialised(json.dumps(value).encode())
    assert once is not None
    assert json.loads(once, parse_int=float) == value  # JavaScript has no other numbers
    assert reserialised(once) == once


# --- parse ----------------------------------------------------------------------------------------------------------------


def arrive(body: object, origin: Signed | Unsigned | None = None) -> dict[str, object]:
    arrival = parse(json.dumps(body).encode(), origin or Unsigned(), now=NOW)
    event = arrival.event
    return {"name": event.name, "by": event.by, "at": event.at, "data": event.data, "id": arrival.external_id}


def test_the_documents_event_can_be_read() -> None:
    arrival = parse(sample("bloqit_event"), Unsigned(), now=NOW)
    assert (arrival.event.name, arrival.external_id, arrival.remote_id) == ("string", "string", "string")
    assert arrival.event.data["message"] == "string"
    assert arrival.event.at == NOW


@pytest.mark.parametrize(
    ("source", "cause"),
    [
        ("locker", Cause.LOCKER),
        ("public_api", Cause.API),
        ("bloq_it_admin", Cause.BACK_OFFICE),
        ("expiration", Cause.TIMER),
        ("the_future", Cause.WEBHOOK),
        (None, Cause.WEBHOOK),
    ],
)
def test_who_did_it(source: str | None, cause: Cause) -> None:
    body = {"codeName": "rent.finished", "actionInitiatedBy": {"source": source}}
    assert arrive(body)["by"] is cause


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ({"codeName": "rent.started", "title": "x"}, "rent.started"),
        ({"type": "rent.started"}, "rent.started"),
        ({"codeName": "Rent started", "event": "rent.started"}, "rent.started"),
        ({"eventType": "locker.door_sang"}, "locker.door_sang"),
        ({"codeName": "RENT_STARTED"}, "RENT_STARTED"),
        ({"codeName": 5}, "5"),
        ({}, "bloqit.unnamed"),
    ],
)
def test_the_events_name_is_found_and_never_invented(body: dict[str, object], name: str) -> None:
    assert arrive(body)["name"] == name


def test_an_event_without_id_is_named_by_its_content_and_time() -> None:
    raw = b'{"codeName": "rent.started"}'
    signed = Signed(SIGNED_AT, "x", "raw")
    assert parse(raw, signed, now=NOW).external_id == hashlib.sha256(SIGNED_AT.isoformat().encode() + b"." + raw).hexdigest()
    assert parse(raw, Unsigned(), now=NOW).external_id == hashlib.sha256(b"." + raw).hexdigest()


def test_odd_fields_cost_nothing_but_themselves() -> None:
    odd = {
        "_id": 7,
        "codeName": "rent.x",
        "rent": 5,
        "metadata": "text",
        "actionInitiatedBy": "me",
        "locker": {"_id": "L"},
        "bloq": "",
    }
    assert arrive(odd) == {"name": "rent.x", "by": Cause.WEBHOOK, "at": NOW, "data": {}, "id": "7"}


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b'"x"', b"hello", GOLDEN_BODY[:-1]])
def test_what_is_no_object_is_a_bad_body(raw: bytes) -> None:
    with pytest.raises(BadBodyError):
        parse(raw, Unsigned(), now=NOW)
