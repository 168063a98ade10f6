"""From status and failure to one of the four answers, for every idempotency class."""

from datetime import timedelta

import pytest

from parcelflow.adapters.answers import answer
from parcelflow.adapters.blink.operations import OPERATIONS as BLINK
from parcelflow.adapters.bloqit.operations import OPERATIONS
from parcelflow.adapters.operation import Idempotency, Operation, Reply
from parcelflow.adapters.reading import LONGEST_WAIT, retry_after
from parcelflow.adapters.sender import Exchange, Lost, NotSent
from parcelflow.machines import Answer, Done, Refused, TryLater, Unknown

from .fakes import NOW

BY_CLASS = {
    Idempotency.SAFE: OPERATIONS["bloqit.rents.get"],
    Idempotency.REPEATABLE: OPERATIONS["bloqit.rents.extend"],
    Idempotency.LOOK_UP_FIRST: OPERATIONS["bloqit.deliveries.create"],
    Idempotency.DOOR: OPERATIONS["bloqit.deliveries.make"],
}
RENT = b'{"_id": "1", "state": "created"}'
CLASSES = list(BY_CLASS)


def _answer(operation: Operation, exchange: Exchange) -> Answer:
    return answer(operation, exchange, now=NOW)


def _status(status: int, body: bytes = b"", **headers: str) -> Reply:
    return Reply(status, {name.replace("_", "-"): value for name, value in headers.items()}, body)


@pytest.mark.parametrize("idempotency", CLASSES)
def test_success_is_done_and_teaches_no_state(idempotency: Idempotency) -> None:
    for status in (200, 201, 204):
        assert _answer(BY_CLASS[idempotency], _status(status, RENT)) == Done()


@pytest.mark.parametrize("idempotency", CLASSES)
@pytest.mark.parametrize("status", [300, 302, 400, 401, 403, 404, 405, 409, 422, 418])
def test_a_refusal_is_final_for_every_class(idempotency: Idempotency, status: int) -> None:
    found = _answer(BY_CLASS[idempotency], _status(status, b'{"code": "why", "message": "because"}'))
    assert isinstance(found, Refused)
    assert "why because" in found.reason


@pytest.mark.parametrize("idempotency", CLASSES)
@pytest.mark.parametrize("exchange", [_status(500), _status(502), _status(503), _status(504), _status(408), Lost("lost")])
def test_an_unknown_outcome_is_only_repeated_where_that_is_harmless(idempotency: Idempotency, exchange: Exchange) -> None:
    harmless = idempotency in {Idempotency.SAFE, Idempotency.REPEATABLE}
    assert isinstance(_answer(BY_CLASS[idempotency], exchange), TryLater if harmless else Unknown)


@pytest.mark.parametrize("idempotency", CLASSES)
def test_what_was_not_sent_may_be_sent(idempotency: Idempotency) -> None:
    assert _answer(BY_CLASS[idempotency], NotSent("no")) == TryLater("no")


@pytest.mark.parametrize("idempotency", CLASSES)
def test_too_many_requests_wait_as_long_as_the_remote_says(idempotency: Idempotency) -> None:
    found = _answer(BY_CLASS[idempotency], _status(429, retry_after="7"))
    assert isinstance(found, TryLater)
    assert found.after == timedelta(seconds=7)


def test_accepted_is_not_done_where_a_look_up_can_tell() -> None:
    for idempotency in (Idempotency.REPEATABLE, Idempotency.LOOK_UP_FIRST, Idempotency.DOOR):
        assert isinstance(_answer(BY_CLASS[idempotency], _status(202, RENT)), Unknown)
    # No look-up could tell, and doubting it would repeat the notice for ever.
    assert _answer(OPERATIONS["bloqit.deliveries.notify"], _status(202, RENT)) == Done()
    assert _answer(BLINK["blink.orders.sync_status"], _status(202)) == Done()


def test_an_unreadable_success() -> None:
    expected = {
        Idempotency.SAFE: TryLater,
        Idempotency.REPEATABLE: Done,
        Idempotency.LOOK_UP_FIRST: Unknown,
        Idempotency.DOOR: Unknown,
    }
    for idempotency, kind in expected.items():
        assert isinstance(_answer(BY_CLASS[idempotency], _status(200, b"<html>")), kind)


def test_success_false_is_refused() -> None:
    assert isinstance(_answer(BLINK["blink.orders.sync_status"], _status(200, b'{"success": false, "msg": "no"}')), Refused)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("0", 0),
        (" 120 ", 120),
        ("9" * 5000, LONGEST_WAIT),
        ("Tue, 26 Mar 2024 13:31:00 GMT", 60),
        ("Tue, 26 Mar 2024 13:31:00 -0000", 60),
        ("Tue, 26 Mar 2024 13:00:00 GMT", 0),
        ("Tue, 26 Mar 2044 13:00:00 GMT", LONGEST_WAIT),
        ("soon", None),
        ("-1", None),
        ("", None),
    ],
)
def test_retry_after(said: str, seconds: int | None) -> None:
    expected = None if seconds is None else timedelta(seconds=seconds)
    assert retry_after(_status(429, retry_after=said), NOW) == expected


def test_a_server_that_says_when_is_asked_then() -> None:
    found = _answer(BY_CLASS[Idempotency.SAFE], _status(503, retry_after="30"))
    assert isinstance(found, TryLater)
    assert found.after == timedelta(seconds=30)


@pytest.mark.parametrize(("status", "answered"), [(502, True), (504, True), (500, False), (503, False), (408, False)])
def test_a_locker_that_is_silent_is_not_taken_for_its_remote(status: int, *, answered: bool) -> None:
    outcome = _answer(OPERATIONS["bloqit.deliveries.make"], _status(status))
    assert isinstance(outcome, Unknown)
    assert outcome.answered is answered
    assert outcome == Unknown(outcome.reason)  # it is the same answer whoever gave it
