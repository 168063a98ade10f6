"""The promises of the adapters, and standing mutants that prove that each promise is really watched.

May not patch anything but the mutant under test. Non-obvious choice: a promise is a plain function that is run twice, once on
the code as it is (it must hold) and once for each wrong version of it (it must fail): a promise that no mutant breaks watches
nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType

import httpx
import pytest
from jwt.api_jws import PyJWS
from starlette.responses import JSONResponse

from parcelflow.adapters import answers, client, doctor, doors, operation, page, patience, private, reading, receiver, sender
from parcelflow.adapters.blink import tokens
from parcelflow.adapters.bloqit import caller as bloqit_caller
from parcelflow.adapters.bloqit import deeds, look_ups, proofs, webhook
from parcelflow.adapters.bloqit.operations import OPERATIONS
from parcelflow.adapters.bloqit.wire import Rent
from parcelflow.adapters.logistics import translate as logistics_translate
from parcelflow.adapters.operation import Idempotency, Operation
from parcelflow.adapters.sender import NotSent
from parcelflow.adapters.tolerant import Tolerant
from parcelflow.machines import (
    Answer,
    Done,
    Effect,
    LostAnswerError,
    NotAuthorisedError,
    Refused,
    TooManyRequestsError,
    TryLater,
    Unknown,
)
from parcelflow.machines.vendor import Vocabulary

from .fakes import Remote, Scripted, effect, post, reply, sample
from .test_bloqit_caller import RENT, caller
from .test_bloqit_webhook import GOLDEN_BODY, GOLDEN_TOKEN, SECRET, SIGNED_AT
from .test_logistics import caller as logistics
from .test_logistics import create, status
from .test_receiver import NONE_TOKEN, Inbox, app_for
from .ways import Way

Promise = Callable[[], object]


def _call(name: str, scripted: Scripted) -> Answer:
    return caller(Remote(scripted)).call(effect(name), "key")


def _post(token: str | None, body: bytes = GOLDEN_BODY, inbox: Inbox | None = None) -> httpx.Response:
    return post(app_for(inbox or Inbox()), "/bloqit", body, None if token is None else {"x": token})


# --- promises -------------------------------------------------------------------------------------------------------------


def a_door_is_never_called_again_after_a_lost_answer() -> None:
    for scripted in (httpx.ReadTimeout(""), reply(502), reply(504)):
        assert isinstance(_call("bloqit.deliveries.make", scripted), Unknown)


def accepted_is_not_done() -> None:
    assert isinstance(_call("bloqit.deliveries.make", reply(202, sample("bloqit_rent_reserved"))), Unknown)


def a_creation_that_was_not_found_is_repeated() -> None:
    answer = caller(Remote(reply(404))).look_up(effect("bloqit.deliveries.create"), "key")
    assert isinstance(answer, TryLater)


def a_creation_can_be_found_again() -> None:
    remote = Remote(reply(201, sample("bloqit_rent_reserved")))
    caller(remote).call(effect("bloqit.deliveries.create", data={"bloq_id": "B"}), "key")
    assert remote.body()["externalID"] == "R-1"


def an_echoed_state_is_not_believed() -> None:
    assert _call("bloqit.rents.finish", reply(200, {"_id": RENT, "state": "reserved"})) == Done()


def a_reserved_locker_is_not_replaced_unasked() -> None:
    remote = Remote(reply(200, sample("bloqit_rent_reserved")))
    caller(remote).call(effect("bloqit.deliveries.make", data={"locker_id": "L"}), "key")
    assert "lockerID" not in remote.lines[0]


def an_id_stays_in_its_place() -> None:
    remote = Remote(reply(200, sample("bloqit_rent_reserved")))
    caller(remote).call(effect("bloqit.rents.get", remote_id="a/../b"), "key")
    assert remote.lines == ["GET /api/v1/public/rents/a%2F..%2Fb"]


def a_door_that_opened_before_the_end_did_open() -> None:
    body = {"_id": RENT, "state": "cancelled", "states": ["created", "starting", "cancelled"]}
    assert isinstance(caller(Remote(reply(200, body))).look_up(effect("bloqit.deliveries.make"), "key"), Done)


def too_many_requests_are_not_a_refusal() -> None:
    answer = _call("bloqit.deliveries.make", reply(429, Retry_After="3"))
    assert isinstance(answer, TryLater)
    assert answer.after == timedelta(seconds=3)


def a_conflict_is_a_refusal() -> None:
    assert isinstance(_call("bloqit.deliveries.make", reply(409)), Refused)


def a_failure_repeats_no_secret() -> None:
    assert "kept" not in str(_call("bloqit.rents.get", httpx.ConnectError("kept secret")))


def only_the_signed_body_comes_in() -> None:
    assert _post(GOLDEN_TOKEN).status_code == 200
    assert _post(GOLDEN_TOKEN, GOLDEN_BODY.replace(b"in_progress", b"finished!!!")).status_code == 401


def nobody_comes_in_without_a_signature() -> None:
    assert _post(None).status_code == 401
    assert _post(NONE_TOKEN).status_code == 401


def an_old_signature_does_not_come_in() -> None:
    with pytest.raises(Exception, match="too old"):
        webhook.verify(GOLDEN_BODY, {"x": GOLDEN_TOKEN}, SIGNED_AT + timedelta(hours=1), secrets=[SECRET])


def nothing_is_answered_with_2xx_that_is_not_stored() -> None:
    inbox = Inbox()
    assert _post(GOLDEN_TOKEN, inbox=inbox).status_code == 200
    assert len(inbox.kept) == 1


def a_wrong_path_token_finds_nothing() -> None:
    assert post(app_for(Inbox()), "/blink/wrong-secret-0123456789/orders", sample("blink_order")).status_code == 404


def an_endless_body_is_not_read_to_its_end() -> None:
    assert post(app_for(Inbox()), "/bloqit", b"x" * 2**21).status_code == 413


def an_update_moves_no_task() -> None:
    answer = logistics(Remote(reply(200, sample("logistics_updated")))).call(status(), "key")
    assert isinstance(answer, Done)
    assert "state" not in answer.data


def a_return_is_not_a_delivery() -> None:
    remote = Remote(reply(201, sample("logistics_created")))
    logistics(remote).call(create("task-return"), "key")
    assert remote.body()["type"] == 2


def a_clients_door_is_sent_once_after_a_doubt() -> None:
    remote = Remote(httpx.ReadTimeout(""), reply(200, {"_id": RENT}))
    with pytest.raises(LostAnswerError):
        Way("blocking").bloqit(remote, lambda client: client.rents.collect(RENT))
    assert len(remote.lines) == 1


def a_clients_lost_creation_is_looked_up() -> None:
    remote = Remote(httpx.ReadTimeout(""), reply(200, {"_id": RENT}))
    try:
        Way("blocking").bloqit(remote, lambda client: client.deliveries.create("E", bloq_id="B"))
    except LostAnswerError:
        pytest.fail("it was not looked up")


def a_document_comes_once() -> None:
    pages = [reply(200, {"docs": [{"_id": "a"}], "totalDocs": 3, "limit": 1})] * 2
    found = Way("awaiting").bloqit(Remote(*pages, reply(200, {})), lambda client: client.rents.list())
    assert len(found) == 1


def no_repr_shows_a_code() -> None:
    assert "4711" not in repr(Rent.model_validate({"_id": "R", "pickUpCodes": {"user": "4711"}}))


def the_doctor_creates_nothing() -> None:
    probes: list[bytes] = []

    def answer(request: httpx.Request) -> httpx.Response:
        probes.append(request.content)
        return reply(404)

    with sender.Sender("https://a.example", transport=httpx.MockTransport(answer)) as way:
        list(doctor.examine({"bloqit.customers.create": OPERATIONS["bloqit.customers.create"]}, way))
    assert probes == [b"{", b"{"]


def the_doctor_believes_nobody_who_answers_everything_alike() -> None:
    remote = Remote(*[reply(404)] * 9)
    with sender.Sender("https://a.example", transport=remote.transport) as way:
        (found,) = doctor.examine({"bloqit.stores.end": OPERATIONS["bloqit.stores.end"]}, way)
    assert found.route is None


def a_stale_token_is_renewed() -> None:
    token = reply(200, {"access_token": "T"})
    remote = Remote(token, reply(401), token, reply(200, {"success": True}))
    try:
        Way("blocking").blink(remote, lambda client: client.orders.sync_status("1", 1))
    except NotAuthorisedError:
        pytest.fail("it was not renewed")


# --- mutants --------------------------------------------------------------------------------------------------------------


def _operations(name: str, **changed: object) -> Mapping[str, Operation]:
    return MappingProxyType({**OPERATIONS, name: replace(OPERATIONS[name], **changed)})


def _refused_where_not_found(line: object, wanted: Effect) -> Answer:
    del line
    return Refused(f"no rent has the external id {wanted.case_key!r}")


def _believing(wanted: Effect, answer: Tolerant) -> Done:
    del wanted
    assert isinstance(answer, Rent)
    return Done({"state": answer.state})


def _none_allowed(token: str, secrets: list[str]) -> bytes | None:
    del secrets
    found: bytes = PyJWS().decode(token, options={"verify_signature": False})  # pyright: ignore[reportUnknownMemberType]
    return found


def _any_body(raw: bytes, payload: bytes, header: str, *, now: datetime, tolerance: timedelta) -> webhook.Signed:
    del raw, payload, tolerance
    return webhook.Signed(now, header, "raw")


def _always_new(stamp: int) -> datetime:
    del stamp
    return SIGNED_AT + timedelta(hours=1)


async def _careless(run: Callable[..., object], *given: object) -> JSONResponse:
    del run, given
    return JSONResponse({"accepted": True})


def _another_id(wanted: Effect) -> dict[str, object]:
    return {**deeds.DEEDS[wanted.operation].parameters(wanted), "externalID": "another"}


def _always_with_locker(wanted: Effect) -> dict[str, object]:
    return {"rentID": wanted.remote_id, "lockerID": wanted.data["locker_id"]}


def _as_it_is(value: str, *, safe: str) -> str:
    del safe
    return value


def _anybody(*given: object, **settings: object) -> webhook.Unsigned:
    del given, settings
    return webhook.Unsigned()


def _any_token(given: str, tokens: list[str]) -> bool:
    del given, tokens
    return True


async def _patient(request: receiver.Request) -> bytes:
    return await request.body()


def _chatty(error: Exception) -> NotSent:
    return NotSent(str(error))


_bare = {name: replace(proof, been=frozenset[str]()) for name, proof in proofs.PROOFS.items()}
_lenient = {**sender.FATES, httpx.ReadTimeout: NotSent}


def _never(exchange: object) -> bool:
    del exchange
    return False


def _always(pages: object, doc: object) -> bool:
    del pages, doc
    return True


def _there(*_answers: object) -> doctor.Finding:
    return doctor.Finding.THERE


MUTANTS: list[tuple[str, object, str, object, Promise]] = [
    ("a client repeats doors", patience, "REPEATABLE", frozenset(Idempotency), a_clients_door_is_sent_once_after_a_doubt),
    ("a lost creation is given up", client, "in_doubt", _never, a_clients_lost_creation_is_looked_up),
    ("every document is new", page.Pages, "_is_new", _always, a_document_comes_once),
    ("nothing is private", private, "NAMES", frozenset[str](), no_repr_shows_a_code),
    ("the doctor sends what could be accepted", doctor, "UNPARSABLE", b"{}", the_doctor_creates_nothing),
    ("the doctor believes", doctor, "_compared", _there, the_doctor_believes_nobody_who_answers_everything_alike),
    ("a token is for ever", tokens, "UNAUTHORISED", 999, a_stale_token_is_renewed),
    ("ReadTimeout counts as not sent", sender, "FATES", _lenient, a_door_is_never_called_again_after_a_lost_answer),
    (
        "make is repeatable",
        bloqit_caller,
        "OPERATIONS",
        _operations("bloqit.deliveries.make", idempotency=Idempotency.REPEATABLE),
        a_door_is_never_called_again_after_a_lost_answer,
    ),
    (
        "doors count as repeatable",
        answers,
        "REPEATABLE",
        frozenset(Idempotency),
        a_door_is_never_called_again_after_a_lost_answer,
    ),
    ("5xx is a refusal", reading, "FIRST_SERVER_ERROR", 600, a_door_is_never_called_again_after_a_lost_answer),
    ("202 is done", answers, "ACCEPTED", 299, accepted_is_not_done),
    (
        "404 at look-up is a refusal",
        bloqit_caller,
        "LOOKS",
        {"bloqit.deliveries.create": _refused_where_not_found},
        a_creation_that_was_not_found_is_repeated,
    ),
    ("404 at look-up is nothing special", look_ups, "NOT_FOUND", 410, a_creation_that_was_not_found_is_repeated),
    (
        "the external id is not sent",
        bloqit_caller,
        "DEEDS",
        {"bloqit.deliveries.create": deeds.Deed(_another_id, deeds.learnt)},
        a_creation_can_be_found_again,
    ),
    (
        "an echoed state is believed",
        bloqit_caller,
        "DEEDS",
        {**deeds.DEEDS, "bloqit.rents.finish": deeds.Deed(teaches=_believing)},
        an_echoed_state_is_not_believed,
    ),
    (
        "make always names the locker",
        bloqit_caller,
        "DEEDS",
        {"bloqit.deliveries.make": deeds.Deed(_always_with_locker)},
        a_reserved_locker_is_not_replaced_unasked,
    ),
    (
        "ids are not encoded",
        operation,
        "quote",
        _as_it_is,
        an_id_stays_in_its_place,
    ),
    ("history proves nothing", look_ups, "PROOFS", _bare, a_door_that_opened_before_the_end_did_open),
    ("429 is a refusal", reading, "MEANINGS", {}, too_many_requests_are_not_a_refusal),
    ("409 is a rate limit", reading, "MEANINGS", {409: TooManyRequestsError}, a_conflict_is_a_refusal),
    ("a failure says what httpx says", sender, "fate", _chatty, a_failure_repeats_no_secret),
    ("the signature is compared to nothing", webhook, "_confirmed", _any_body, only_the_signed_body_comes_in),
    ("`none` is allowed", webhook, "_signed_payload", _none_allowed, nobody_comes_in_without_a_signature),
    ("unsigned comes in", doors, "verify", _anybody, nobody_comes_in_without_a_signature),
    ("time does not matter", webhook, "_instant", _always_new, an_old_signature_does_not_come_in),
    ("2xx without storing", receiver, "run_in_threadpool", _careless, nothing_is_answered_with_2xx_that_is_not_stored),
    ("any path token opens", receiver, "opens", _any_token, a_wrong_path_token_finds_nothing),
    ("bodies of any length are read", receiver, "_body", _patient, an_endless_body_is_not_read_to_its_end),
    ("an update is a state", logistics_translate, "UPDATED", "never", an_update_moves_no_task),
    ("every task is a delivery", logistics_translate, "TASK_TYPE", Vocabulary({1: "task-return"}), a_return_is_not_a_delivery),
]  # fmt: skip

PROMISES = sorted({promise for *_, promise in MUTANTS}, key=lambda promise: promise.__name__)


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
def test_a_promise_holds(promise: Promise) -> None:
    promise()


@pytest.mark.parametrize(("where", "name", "wrong", "promise"), [mutant[1:] for mutant in MUTANTS], ids=[m[0] for m in MUTANTS])
def test_a_mutant_breaks_its_promise(
    monkeypatch: pytest.MonkeyPatch, where: object, name: str, wrong: object, promise: Promise
) -> None:
    monkeypatch.setattr(where, name, wrong)
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        promise()
