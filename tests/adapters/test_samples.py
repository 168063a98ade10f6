"""Every JSON sample of both documents: answers and webhooks are read and lose nothing, requests are built again as they are."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from pydantic import BaseModel

from parcelflow.adapters.blink.webhook import parse as parse_blink
from parcelflow.adapters.bloqit.webhook import Signed, parse, verify
from parcelflow.adapters.bloqit.wire import Opened
from parcelflow.adapters.catalogue import EVERY
from parcelflow.adapters.logistics.webhook import parse as parse_logistics
from parcelflow.adapters.operation import PLACEHOLDER, Reply, build, has_body
from parcelflow.adapters.page import Page
from parcelflow.adapters.reading import read
from parcelflow.adapters.tolerant import NOTHING, Tolerant
from parcelflow.machines import BadSignatureError, RemoteRefusedError

from .fakes import NOW

DATA = Path(__file__).parents[1] / "data"
SAMPLES: list[dict[str, Any]] = json.loads((DATA / "samples.json").read_text())
SIGNATURES: dict[str, Any] = json.loads((DATA / "signatures.json").read_text())


def _of(direction: str) -> list[Any]:
    return [pytest.param(one, id=f"{one['id']} {one['operation']}") for one in SAMPLES if one["direction"] == direction]


def test_there_is_a_sample_of_every_answer_that_the_documents_show() -> None:
    shown = {one["operation"] for one in SAMPLES if one["direction"] == "answer"}
    assert set(EVERY) - shown == {"blink.menu.sync", "blink.stock.sync", "blink.orders.sync_status"}
    asked = {one["operation"] for one in SAMPLES if one["direction"] == "request"}
    assert asked == {name for name, operation in EVERY.items() if has_body(operation)}


@pytest.mark.parametrize("one", _of("answer"))
def test_an_answer_is_read_and_loses_nothing(one: dict[str, Any]) -> None:
    operation = EVERY[one["operation"]]
    found = read(operation, Reply(one["status"] or 200, {}, json.dumps(one["body"]).encode()))
    if operation.id == "bloqit.labels.notify_replacement":
        assert isinstance(found, RemoteRefusedError)  # the sample is the body of an error (A46)
        return
    assert isinstance(found, Tolerant), found
    if operation.id == "bloqit.lockers.open_bulk":
        assert isinstance(found, Opened)
        assert found.names == one["body"]
    elif operation.id == "bloqit.rents.update":
        assert found.is_blank()  # an envelope without a rent (A12), which is read back
    elif isinstance(one["body"], dict):
        _kept(cast("dict[str, Any]", one["body"]), found)
    else:
        assert isinstance(found, Page)


def _kept(body: dict[str, Any], model: BaseModel) -> None:
    """Every member of `body` is a field of `model`, or was kept as an extra."""
    members = {**(model.model_extra or {}), **dict(_fields(model))}
    for name, value in body.items():
        assert name in members, name
        kept = members[name]
        if isinstance(value, dict) and isinstance(kept, BaseModel):
            _kept(cast("dict[str, Any]", value), kept)
        elif value is not None and value not in NOTHING and not isinstance(value, list):
            assert kept is not None, (name, value)


def _fields(model: BaseModel) -> Iterator[tuple[str, Any]]:
    for name, declared in type(model).model_fields.items():
        for choice in getattr(declared.validation_alias, "choices", [declared.alias or name]):
            yield str(choice), getattr(model, name)


REQUIRED = {
    "bloqit.stores.start": ("lockerID",),
    "bloqit.sends.start": ("lockerID",),
    "bloqit.returns.reserve_locker": ("bloqID", "lockerID"),
    "bloqit.labels.print": ("templateID",),
}
"""What the document asks for in the query besides the sample's body."""

CORRECTED: dict[tuple[str, str], Any] = {
    ("B:533-536", "lockers"): ["L"],  # folded away in the print
    ("B:1091-1100", "externalID"): None,  # in the path already, under the same name
    ("B:1825-1840", "labelContent"): None,  # without a template, against B:1790
    ("B:2505-2525", "labelContent"): None,  # without a template, against B:2470
    ("B:2505-2525", "pickUpCodes"): None,  # besides pickUpCode, against B:2401
    ("B:2505-2525", "notificationOptions"): ["sms"],  # folded away
    ("B:3560-3566", "url"): "https://partner.example/hook",  # a path in the sample (A37)
    ("B:3560-3566", "enabledEvents"): ["rent.created"],  # folded away
    ("B:3751-3757", "url"): "https://partner.example/hook",
    ("B:3751-3757", "enabledEvents"): ["rent.created"],
}
"""Members of samples that the document itself forbids, or that its print folded away; None for "not sent"."""


@pytest.mark.parametrize("one", _of("request"))
def test_a_request_is_built_again_as_the_sample_has_it(one: dict[str, Any]) -> None:
    operation = EVERY[one["operation"]]
    corrected = {name: value for (where, name), value in CORRECTED.items() if where == one["id"]}
    body = {name: value for name, value in {**one["body"], **corrected}.items() if value is not None or name not in corrected}
    needed = dict.fromkeys((*PLACEHOLDER.findall(operation.path), *REQUIRED.get(operation.id, ())), "X")
    spelled = {"spelling": "stock_quantity"} if operation.id.startswith(("blink.menu", "blink.stock")) else {}
    built = build(operation, {**needed, **body, **spelled})
    assert _alike(json.loads(built.body or b"{}")) == _alike(body)


def test_every_correction_is_of_a_sample() -> None:
    assert {where for where, _ in CORRECTED} <= {one["id"] for one in SAMPLES}


def _alike(value: Any, name: str = "") -> Any:
    """Without what means the same: null, another spelling of an instant, an id as a number (C7), the case of a size."""
    if isinstance(value, dict):
        members = {str(key): _alike(member, str(key)) for key, member in cast("dict[str, Any]", value).items()}
        return {key: member for key, member in members.items() if member is not None}
    if isinstance(value, list):
        return [_alike(item) for item in cast("list[Any]", value)]
    if name == "id":
        return str(value)
    if name == "desiredLockerType":
        return str(value).upper()
    return _instant(value) if isinstance(value, str) and value.endswith("Z") else value


def _instant(text: str) -> Any:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return text


@pytest.mark.parametrize("one", _of("webhook"))
def test_a_webhook_is_read(one: dict[str, Any]) -> None:
    raw, api = json.dumps(one["body"]).encode(), one["operation"].split(".")[0]
    if api == "bloqit":
        arrival = parse(raw, Signed(NOW, "signature", "raw"), now=NOW)
    else:
        reading = parse_blink if api == "blink" else parse_logistics
        arrival = reading(raw, now=NOW, fresh_id=lambda: "fresh")
    assert arrival.source == api
    assert arrival.raw == raw


# --- signatures, made with the vendor's own library -----------------------------------------------------------------------


def _check(vector: dict[str, Any], raw: bytes | None = None, *, later: timedelta | None = None) -> Signed:
    body = vector["raw"].encode("utf-8", "surrogatepass") if raw is None else raw
    at = _stamped(vector)
    found = verify(body, {"signature": vector["signature"]}, at + (later or timedelta()), secrets=[vector["secret"]])
    assert isinstance(found, Signed)
    return found


def _stamped(vector: dict[str, Any]) -> datetime:
    stamp = int(vector["timestamp"])
    return datetime.fromtimestamp(stamp / 1000 if stamp > 10**11 else stamp, UTC)


VECTORS = [pytest.param(vector, id=vector["name"]) for vector in SIGNATURES["vectors"]]


@pytest.mark.parametrize("vector", VECTORS)
def test_a_signature_of_the_vendors_library_is_confirmed(vector: dict[str, Any]) -> None:
    found = _check(vector)
    assert found.at == _stamped(vector)
    assert found.matched == ("raw" if vector["raw"] == vector["signed"] else "reserialised")


@pytest.mark.parametrize("vector", VECTORS)
def test_any_flipped_bit_is_refused(vector: dict[str, Any]) -> None:
    raw, token = vector["raw"].encode("utf-8", "surrogatepass"), vector["signature"]
    for place in {0, 1, len(raw) // 2, len(raw) - 1}:
        flipped = bytearray(raw)
        flipped[place] ^= 1
        with pytest.raises(BadSignatureError):
            _check(vector, bytes(flipped))
    for place in range(0, len(token) - 1, max(1, len(token) // 40)):
        if token[place] != ".":
            wrong = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
            with pytest.raises(BadSignatureError):
                _check({**vector, "signature": wrong})


@pytest.mark.parametrize("vector", VECTORS)
def test_a_stale_and_a_future_signature_are_refused(vector: dict[str, Any]) -> None:
    for later in (timedelta(minutes=5, seconds=1), -timedelta(minutes=5, seconds=1)):
        with pytest.raises(BadSignatureError, match=r"too (old|new)"):
            _check(vector, later=later)
    _check(vector, later=timedelta(minutes=5))


@pytest.mark.parametrize("vector", [pytest.param(one, id=one["name"]) for one in SIGNATURES["refused"]])
def test_what_nobody_may_sign_with_is_refused(vector: dict[str, Any]) -> None:
    with pytest.raises(BadSignatureError):
        _check(vector)


def test_the_recipe_is_kept_with_its_vectors() -> None:
    assert SIGNATURES["made_with"].startswith("jsonwebtoken ")
    assert "\n".join(SIGNATURES["recipe"]).strip() == (DATA / "signatures.js").read_text().strip()
