"""What no log, repr or error may show."""

import logging
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any
from urllib.parse import unquote_plus

import httpx
import pytest

from parcelflow.adapters.bloqit.client import Bloqit
from parcelflow.adapters.bloqit.operations import OPERATIONS
from parcelflow.adapters.bloqit.wire import CourierToken, Customer, Rent
from parcelflow.adapters.catalogue import EVERY
from parcelflow.adapters.doors import BlinkDoor, BloqitDoor, CourierDoor, LogisticsDoor
from parcelflow.adapters.operation import Operation, Parameters, Reply, Request, build
from parcelflow.adapters.plan import Ask
from parcelflow.adapters.private import KEPT, cleaned, is_private, redacted
from parcelflow.adapters.reading import LONGEST_REASON
from parcelflow.adapters.tolerant import Tolerant
from parcelflow.machines import BadParametersError, NetworksError, ParcelflowError, RemotesError

from .fakes import KEY, Remote, Scripted, reply
from .ways import Waits, Way, both_ways

CODE, PHONE, MAIL = "471100", "+351911222333", "ana@b.example"
SAID = f"the code {CODE} of {PHONE} ({MAIL}) is wrong; the key was {KEY}"
"""What a remote may say of a request that told it all of this."""
EVERYTHING: dict[str, object] = {
    "externalID": "E",
    "bloqID": "B",
    "pickUpCode": CODE,
    "customer": {"email": MAIL, "phoneNumber": PHONE},
}
PRIVATE = (CODE, PHONE, "911222333", MAIL, KEY)


def _tells(text: str) -> list[str]:
    return [secret for secret in PRIVATE if secret in text]


def test_answers_hide_codes_and_phones_wherever_they_stand() -> None:
    rent = Rent.model_validate(
        {
            "_id": "R",
            "pickUpCodes": {"user": CODE},
            "dropOffCode": CODE,
            "details": {"contact": PHONE, "list": [{"pick_up_code": CODE}]},
            "customer": {"_id": "C", "phoneNumber": PHONE, "email": "a@b.example"},
        }
    )
    for text in (repr(rent), str(rent), repr(rent.customer), f"{Customer.model_validate({'_id': 1, 'phoneNumber': PHONE})}"):
        assert CODE not in text
        assert PHONE not in text
        assert "a@b" not in text
    assert rent.pick_up_codes == {"user": CODE}
    assert "secret-token" not in repr(CourierToken.model_validate({"token": "secret-token"}))


def test_what_is_not_known_hides_nothing() -> None:
    assert "phone=None" in repr(Customer.model_validate({"_id": "C"}))


def test_parameters_hide_them_too() -> None:
    operation = OPERATIONS["bloqit.deliveries.create"]
    model = operation.parameters.model_validate({"externalID": "E", "bloqID": "B", "pickUpCode": CODE})
    assert CODE not in repr(model)
    request = build(operation, {"externalID": "E", "bloqID": "B", "pickUpCode": CODE})
    assert CODE not in repr(request)
    assert CODE.encode() in (request.body or b"")


@pytest.mark.parametrize(
    "parameters",
    [{"customer": {"phoneNumber": [PHONE]}}, {"customer": [{"phoneNumber": PHONE}]}, {"carrier": {"dropOffCode": CODE}}],
)
def test_messages_hide_them_in_whatever_was_given_instead(parameters: dict[str, object]) -> None:
    with pytest.raises(BadParametersError) as caught:
        build(OPERATIONS["bloqit.deliveries.create"], {"externalID": "E", "bloqID": "B", **parameters})
    assert CODE not in str(caught.value)
    assert PHONE not in str(caught.value)


@pytest.mark.parametrize("name", ["pickUpCode", "pick_up_codes", "DropOffCode", "API-Key", "access_token", "customer_phone"])
def test_a_name_is_private_however_it_is_spelled(name: str) -> None:
    assert is_private(name)
    assert redacted({name: 1, "other": (1, {name: 2})}) == {name: KEPT, "other": [1, {name: KEPT}]}


@pytest.mark.parametrize("name", ["code", "codeName", "postalCode", "rentID", "discount_code"])
def test_not_every_code_is_a_secret(name: str) -> None:
    assert not is_private(name)


def test_no_log_shows_a_customer_or_a_key(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with Bloqit(KEY, transport=Remote(reply(200, {"docs": []})).transport) as client:
        assert list(client.rents.list(customer_query=PHONE, bloq_id="B")) == []
    assert "customerQuery=kept-secret" in caplog.text
    assert "bloqID=B" in caplog.text
    assert "222333" not in caplog.text
    assert KEY not in caplog.text


def test_no_log_shows_what_an_object_in_a_query_says_of_somebody(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    metadata: Any = {"phone": PHONE, "shift": {"list": [{"email": MAIL}]}, "note": f"call {PHONE}"}
    with Bloqit(KEY, transport=Remote(*[reply(200, {"token": "t"})] * 2).transport) as client:
        client.couriers.create_token("C", metadata=metadata)
        client.couriers.create_token("C", metadata={"shift": "early"})
    shown = unquote_plus(caplog.text)
    assert '"shift":"early"' in shown
    assert f'"phone":"{KEPT}"' in shown
    assert "222333" not in shown
    assert MAIL not in shown


def test_other_records_pass_as_they_are(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "httpx")
    log = logging.getLogger("httpx")
    log.info("%s and %s", "what?phone=1", 7)
    log.info("nothing")
    log.info("%(phone)s", {"phone": 1})
    assert [record.getMessage() for record in caplog.records] == ["what?phone=1 and 7", "nothing", "1"]


# --- all that can be enumerated -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"the pickUpCode {CODE} is taken", f"the pickUpCode {KEPT} is taken"),
        ("pick_up_code: 'x'", f"pick_up_code: '{KEPT}'"),
        ("phone=0300 123-4567, sorry", f"phone={KEPT}, sorry"),
        ('{"phoneNumber":"12","n":1}', f'{{"phoneNumber":"{KEPT}","n":1}}'),
        ("the password is 'hunter2'", f"the password is '{KEPT}'"),
        (f"call {PHONE} or +351 911 222 333 or 00351911222333.", f"call {KEPT} or {KEPT} or {KEPT}."),
        (f"nobody has <{MAIL}>", f"nobody has <{KEPT}>"),
        ("Invalid bloqID. bloqID is either missing or has a wrong format.", None),
        ("the token was refused; the code 409 says why", None),
        ("the rent 5d5a6e83d1682b7194fc5f9c began at 2024-06-06T03:29:12.000Z", None),
        ("XYZAB-12345 is 1717644540000ms old", None),
        (f"email {KEPT} is taken", None),
    ],
)
def test_free_text_shows_nobody_and_stays_readable(text: str, shown: str | None) -> None:
    assert cleaned(text) == (text if shown is None else shown)


def test_what_is_known_is_hidden_the_longest_first_and_a_short_one_only_where_it_stands_alone() -> None:
    assert cleaned("12 of 123, 1234567890abc in x1234567890abcy", ["12", "1234567890abc"]) == f"{KEPT} of 123, {KEPT} in x{KEPT}y"
    assert cleaned("a+b and a+b+c", ["a+b", "a+b+c"]) == f"{KEPT} and {KEPT}"


STATUSES = [301, *range(400, 432), 500, 502, 504, 599]


@both_ways
@pytest.mark.parametrize("word", ["code", "message", "msg", "error"])
def test_no_refusal_repeats_what_was_told(way: Way, word: str) -> None:
    for status in STATUSES:
        remote = Remote(reply(status, {word: SAID}), *[reply(status)] * 8)
        with pytest.raises(ParcelflowError) as caught:
            way.bloqit(remote, lambda client: client.ask("bloqit.deliveries.create", EVERYTHING))
        assert _tells(f"{caught.value} {caught.value!r} {getattr(caught.value, 'code', '')}") == [], status


@both_ways
def test_no_refusal_says_how_to_reach_somebody_of_whom_nobody_told_the_remote(way: Way) -> None:
    for status in STATUSES:
        with pytest.raises(RemotesError) as caught:
            way.bloqit(Remote(*[reply(status, {"message": SAID})] * 4), lambda client: client.rents.get("R"))
        assert _tells(str(caught.value)) == [CODE], "a number alone could be anything"


@both_ways
def test_no_failure_says_more_than_its_class(way: Way) -> None:
    failures: list[Scripted] = [
        httpx.ConnectError(SAID),
        httpx.ReadTimeout(SAID),
        httpx.ProxyError(SAID),
        httpx.DecodingError(SAID),
    ]
    for failure in failures:
        with pytest.raises(NetworksError) as caught:
            way.bloqit(Remote(failure), lambda client: client.rents.collect("R"), Waits(), patience=Waits().patience(attempts=1))
        assert _tells(str(caught.value)) == []


@both_ways
@pytest.mark.parametrize("status", [200, 202])
@pytest.mark.parametrize("body", [SAID.encode(), b"{}", b'{"_id": {"phone": "+351911222333"}}', b'["a@b.example"]'])
def test_nothing_that_cannot_be_read_or_was_only_accepted_is_repeated(way: Way, status: int, body: bytes) -> None:
    with pytest.raises(RemotesError) as caught:
        way.bloqit(Remote(reply(status, body)), lambda client: client.rents.collect("R"))
    assert _tells(f"{caught.value} {caught.value!r}") == []


@both_ways
def test_a_success_that_is_none_repeats_no_token(way: Way) -> None:
    token = reply(200, {"access_token": "tok-abc-1234567"})
    remote = Remote(token, reply(200, {"success": False, "error": f"token tok-abc-1234567 of {MAIL} is bad, says {KEY}"}))
    with pytest.raises(RemotesError, match="is bad") as caught:
        way.blink(remote, lambda client: client.branches.list())
    assert "tok-abc" not in str(caught.value)
    assert _tells(str(caught.value)) == []


@both_ways
def test_a_secret_that_lies_across_the_end_of_what_is_quoted_is_not_cut_in_two(way: Way) -> None:
    said = "x" * (LONGEST_REASON - 5) + " " + KEY
    with pytest.raises(RemotesError) as caught:
        way.bloqit(Remote(reply(400, {"message": said})), lambda client: client.rents.get("R"))
    assert "kept-" not in str(caught.value)


@pytest.mark.parametrize("name", EVERY)
def test_no_wrong_parameter_of_any_operation_shows_a_person(name: str) -> None:
    operation = EVERY[name]
    for parameter in operation.parameters.model_fields:
        alias = operation.parameters.model_fields[parameter].alias or parameter
        for wrong in (PHONE, [PHONE], {"phone": PHONE, "x": MAIL}, [[MAIL]], 351911222333 if is_private(alias) else MAIL):
            assert _tells(_told(operation, {alias: wrong})) == [], alias


def _told(operation: Operation, parameters: dict[str, object]) -> str:
    """What is shown of a call: its error, else its request."""
    try:
        return repr(build(operation, parameters))
    except BadParametersError as error:
        return str(error)


TOLD = {
    "phone": PHONE,
    "message": SAID.replace(CODE, "x").replace(KEY, "y"),
    "list": [{"token": KEY, "text": MAIL}],
    "pickUpCodes": {"a": CODE},
}


def _models(kind: type[Any]) -> Iterator[type[Any]]:
    for one in kind.__subclasses__():
        yield one
        yield from _models(one)


def _name(kind: type[Any]) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


MODELS: list[type[Any]] = sorted({*_models(Tolerant), *_models(Parameters)}, key=_name)


@pytest.mark.parametrize("model", MODELS, ids=_name)
def test_no_model_shows_in_its_repr_what_is_private(model: type[Any]) -> None:
    one = model.model_construct(**TOLD)
    assert _tells(f"{one!r} {one}") == []


def test_no_part_of_a_conversation_shows_what_is_private_in_it() -> None:
    request = build(EVERY["bloqit.deliveries.create"], EVERYTHING)
    listed = Request(
        method="GET", path="/rents", query=(("customerQuery", MAIL), ("note", PHONE), ("metadata", f'{{"email":"{MAIL}"}}'))
    )
    parts: list[object] = [
        request,
        listed,
        Reply(200, {"x": KEY}, SAID.encode(), (KEY,)),
        Ask(EVERY["bloqit.deliveries.create"], request, {"Authorization": f"Bearer {KEY}"}),
        BloqitDoor(secrets=[KEY]),
        BlinkDoor(tokens=[KEY]),
        LogisticsDoor(tokens=[KEY]),
        CourierDoor(tokens=[KEY], authenticate=bool),
    ]
    assert all(is_dataclass(part) and fields(part) for part in parts)
    assert [part for part in parts if _tells(repr(part))] == []
    shown = unquote_plus(repr(listed))
    assert shown == f'Request(GET /rents?customerQuery=kept-secret&note={KEPT}&metadata={{"email":"{KEPT}"}})'
