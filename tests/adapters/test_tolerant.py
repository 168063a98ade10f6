"""The tolerant reader: what counts as JSON, and what a field that nobody can read becomes."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parcelflow.adapters.tolerant import (
    Tolerant,
    amount_of,
    flag_of,
    id_of,
    list_of,
    load,
    load_object,
    moment_of,
    object_of,
    text_of,
    whole_of,
)
from parcelflow.machines import BadBodyError


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b'{"a": 1', b"\xff", b"NaN", b'{"a": Infinity}', b'{"a": 1e999}', b"hello", b"[" * 100_000, b"1" * 5000],
    ids=["empty", "open", "cut", "latin", "nan", "infinity", "overflow", "word", "deep", "long-number"],
)
def test_what_is_not_json_is_a_bad_body(raw: bytes) -> None:
    with pytest.raises(BadBodyError) as caught:
        load(raw)
    assert "hello" not in str(caught.value)


@pytest.mark.parametrize("raw", [b"[]", b"1", b"null", b'"text"'])
def test_an_object_is_asked_for(raw: bytes) -> None:
    with pytest.raises(BadBodyError, match="object"):
        load_object(raw)


def test_characters_that_no_database_holds_are_replaced_everywhere() -> None:
    raw = rb'{"a\u0000": ["\ud800x", {"b": "\udc00"}, "\ud83d\ude00", 1.5, null]}'
    assert load(raw) == {"a\ufffd": ["\ufffdx", {"b": "\ufffd"}, "\U0001f600", 1.5, None]}


@given(st.text())
def test_every_loaded_text_can_be_stored(text: str) -> None:
    raw = b'"' + "".join(f"\\u{unit:04x}" for unit in _units(text)).encode() + b'"'
    loaded = load(raw)
    assert isinstance(loaded, str)
    assert "\0" not in loaded
    loaded.encode()


def _units(text: str) -> list[int]:
    data = text.encode("utf-16-le", "surrogatepass")[1:]
    return [int.from_bytes(data[at : at + 2], "little") for at in range(0, len(data), 2)]


@pytest.mark.parametrize(("value", "text"), [(" a ", "a"), ("", None), ("null", None), (None, None), (5, "5"), (True, None)])
def test_texts(value: object, text: str | None) -> None:
    assert text_of(value) == text


def test_an_id_is_opaque_text_and_never_empty() -> None:
    assert (id_of(60001), id_of("5d5a6e83d1682b7194fc5f7g")) == ("60001", "5d5a6e83d1682b7194fc5f7g")
    nothing: list[object] = ["", None, True, [], {}]
    for value in nothing:
        with pytest.raises(ValueError, match="an id"):
            id_of(value)


@pytest.mark.parametrize(
    ("value", "amount"),
    [
        (66, "66"),
        (66.67, "66.67"),
        (0.1, "0.1"),
        (1e22, "1E+22"),
        ("66.67", "66.67"),
        ("39.000", "39.000"),
        ("343,127", "343127"),
        ("Rs 343,127.00", "343127.00"),
        ("-4", "-4"),
        ("", None),
        (None, None),
        ("free", None),
        (True, None),
        ([], None),
    ],
)
def test_money_is_taken_as_it_is_written(value: object, amount: str | None) -> None:
    assert amount_of(value) == (None if amount is None else Decimal(amount))


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**12), max_value=10**12))
def test_money_survives_text_and_number(amount: Decimal) -> None:
    assert amount_of(f"{amount:f}") == amount
    assert amount_of(float(amount)) == amount


def test_an_instant_without_zone_is_utc() -> None:
    noon = datetime(2024, 6, 6, 12, tzinfo=UTC)
    assert moment_of("2024-06-06T12:00:00Z") == noon
    assert moment_of("2024-06-06T12:00:00") == noon
    assert moment_of("2024-06-06T17:00:00+05:00") == noon.astimezone(timezone(timedelta(hours=5)))
    assert [moment_of(value) for value in ("null", "", None, "soon", 5)] == [None] * 5


def test_flags_and_numbers() -> None:
    assert [flag_of(value) for value in (True, 1, "true", "1", False, 0, "False", None, "maybe")] == [
        *[True] * 4,
        *[False] * 3,
        None,
        None,
    ]
    assert [whole_of(value) for value in (24, "24", "24.5", None, True, "9" * 30)] == [24, 24, None, None, None, None]


def test_what_is_no_container_is_an_empty_one() -> None:
    assert (object_of([1]), object_of({"a": 1}), list_of({}), list_of([1])) == ({}, {"a": 1}, [], [1])


def test_an_answer_is_a_form_that_is_filled_and_a_success_unless_it_knows_better() -> None:
    answer = Tolerant.model_validate({"anything": 1})
    assert not answer.is_blank()
    assert answer.failure() is None
