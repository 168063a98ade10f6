"""What no log, repr or error may show."""

import logging

import pytest

from parcelflow.adapters.bloqit.client import Bloqit
from parcelflow.adapters.bloqit.operations import OPERATIONS
from parcelflow.adapters.bloqit.wire import CourierToken, Customer, Rent
from parcelflow.adapters.operation import build
from parcelflow.adapters.private import KEPT, is_private, redacted
from parcelflow.machines import BadParametersError

from .fakes import KEY, Remote, reply

CODE, PHONE = "471100", "+351911222333"


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


def test_other_records_pass_as_they_are(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "httpx")
    log = logging.getLogger("httpx")
    log.info("%s and %s", "what?phone=1", 7)
    log.info("nothing")
    log.info("%(phone)s", {"phone": 1})
    assert [record.getMessage() for record in caplog.records] == ["what?phone=1 and 7", "nothing", "1"]
