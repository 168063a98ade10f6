"""The promises of the adapters, and standing mutants that prove that each promise is really watched.

May not patch anything but the mutant under test. Non-obvious choice: a promise is a plain function that is run twice, once on
the code as it is (it must hold) and once for each wrong version of it (it must fail): a promise that no mutant breaks watches
nothing.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType

import httpx
import pytest
from jwt.api_jws import PyJWS

from parcelflow.adapters import answers, doctor, doors, operation, page, patience, private, reading, receiver, sender, talk
from parcelflow.adapters.blink import tokens
from parcelflow.adapters.bloqit import caller as bloqit_caller
from parcelflow.adapters.bloqit import client as bloqit_client
from parcelflow.adapters.bloqit import creations, deeds, look_ups, proofs, proving, webhook
from parcelflow.adapters.bloqit.operations import OPERATIONS
from parcelflow.adapters.bloqit.wire import Rent
from parcelflow.adapters.logistics import translate as logistics_translate
from parcelflow.adapters.operation import Idempotency, Operation
from parcelflow.adapters.sender import NotSent
from parcelflow.adapters.tolerant import Tolerant
from parcelflow.machines import (
    AcceptedOnlyError,
    Answer,
    BadBodyError,
    BadParametersError,
    Done,
    Effect,
    LostAnswerError,
    NotAuthorisedError,
    NotFoundError,
    ParcelflowError,
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
    with pytest.raises(AcceptedOnlyError):
        Way("blocking").bloqit(Remote(reply(202, {"_id": RENT})), lambda client: client.deliveries.make(RENT))


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
    pages = [reply(200, {"docs": [{"_id": one}, {"_id": "b"}], "totalDocs": 3, "limit": 2}) for one in "ac"]
    found = Way("awaiting").bloqit(Remote(*pages), lambda client: client.rents.list())
    assert [rent.id for rent in found] == ["a", "b", "c"]


def a_history_is_not_cut_short() -> None:
    same = reply(200, {"docs": [{"_id": "a"}], "totalDocs": 2, "limit": 1})
    nothing, other = reply(200, {"docs": []}), reply(200, {"docs": [{"_id": "b"}], "totalDocs": 1})
    remote = Remote(same, same, same, nothing, other)
    found = Way("awaiting").bloqit(remote, lambda client: client.webhooks.history())
    assert [event.id for event in found] == ["a", "b"]


def a_list_that_is_cut_short_says_so() -> None:
    same = reply(200, {"docs": [{"_id": "a"}], "totalDocs": 9, "limit": 1})
    with pytest.raises(BadBodyError):
        Way("blocking").bloqit(Remote(same, same, same), lambda client: client.rents.list())


def a_list_that_is_cut_short_proves_nothing() -> None:
    store = effect("bloqit.stores.start", kind="store", remote_id=None, data={"locker_id": "L", "bloq_id": "B"})
    same = reply(200, {"docs": [{"_id": "a"}], "totalDocs": 9, "limit": 1})
    assert isinstance(caller(Remote(same, same, same)).look_up(store, "key"), Unknown)


def a_lost_change_is_looked_up() -> None:
    remote = Remote(httpx.ReadTimeout(""), *[reply(200, {"_id": RENT, "state": "cancelled"})] * 2)
    Way("awaiting").bloqit(remote, lambda client: client.rents.cancel(RENT))
    assert [line.split()[0] for line in remote.lines] == ["PUT", "GET"]


def a_lost_notice_stays_lost() -> None:
    remote = Remote(httpx.ReadTimeout(""), reply(200, {"_id": RENT}))
    with pytest.raises(LostAnswerError):
        Way("blocking").bloqit(remote, lambda client: client.deliveries.notify(RENT))


def a_conflict_after_a_doubt_is_looked_up() -> None:
    seen = [reply(200, {"_id": RENT, "state": state, "states": ["created"]}) for state in ("reserved", "cancelled")]
    try:
        Way("blocking").bloqit(Remote(reply(504), seen[0], reply(409), seen[1]), lambda client: client.rents.cancel(RENT))
    except ParcelflowError:
        pytest.fail("it was not looked up")


def a_lost_removal_is_done() -> None:
    try:
        Way("blocking").bloqit(Remote(httpx.ReadTimeout(""), reply(404)), lambda client: client.customers.delete("C"))
    except NotFoundError:
        pytest.fail("it was taken for a mistake")


def what_was_never_there_is_not_removed() -> None:
    with pytest.raises(NotFoundError):
        Way("blocking").bloqit(Remote(reply(404)), lambda client: client.customers.delete("C"))


def an_old_rent_is_not_a_new_one() -> None:
    for rent in ({"state": "finished"}, {"state": "reserved", "startDate": "2024-06-05T00:00:00Z"}):
        found = reply(200, {"_id": RENT, **rent}, Date="Thu, 06 Jun 2024 03:29:00 GMT")
        with pytest.raises(LostAnswerError):
            Way("blocking").bloqit(Remote(reply(504), found), lambda client: client.deliveries.create("E", bloq_id="B"))


def an_update_is_answered_with_the_rent() -> None:
    try:
        Way("blocking").bloqit(
            Remote(reply(204), reply(200, {"_id": RENT})), lambda client: client.rents.update(RENT, carrier="x")
        )
    except BadBodyError:
        pytest.fail("it was not read back")


def no_error_repeats_what_it_was_told() -> None:
    told = reply(400, {"code": "bad", "message": "no such code 471100, call +351 911 222 333 or a@b.example"})
    create = {"externalID": "E", "bloqID": "B", "pickUpCode": "471100"}
    with pytest.raises(ParcelflowError) as caught:
        Way("blocking").bloqit(Remote(told), lambda client: client.ask("bloqit.deliveries.create", create))
    assert not [secret for secret in ("471100", "222", "a@b") if secret in str(caught.value)]


def no_error_repeats_a_token() -> None:
    token = reply(200, {"access_token": "tok-abc-123456"})
    remote = Remote(token, reply(200, {"success": False, "error": "tok-abc-123456 is wrong"}))
    with pytest.raises(ParcelflowError) as caught:
        Way("blocking").blink(remote, lambda client: client.branches.list())
    assert "tok-abc" not in str(caught.value)


def no_wrong_parameter_shows_a_person() -> None:
    create = {"externalID": "E", "bloqID": "B", "customer": "Ana Silva"}
    with pytest.raises(BadParametersError) as caught:
        operation.build(OPERATIONS["bloqit.deliveries.create"], create)
    assert "Ana" not in str(caught.value)


def no_request_shows_a_person() -> None:
    request = operation.build(OPERATIONS["bloqit.rents.list"], {"customerQuery": "Ana", "page": 1, "limit": 1})
    assert "Ana" not in repr(request)


def the_doctor_takes_no_overload_for_a_route() -> None:
    remote = Remote(*[reply(429), reply(404)] * 3)
    with sender.Sender("https://a.example", transport=remote.transport) as way:
        (found,) = doctor.examine({"bloqit.stores.start": OPERATIONS["bloqit.stores.start"]}, way)
    assert found.route is None


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


async def _careless(_self: object, _arrival: object) -> bool:
    return True


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


def _there(*_answers: object) -> tuple[doctor.Finding, str]:
    return doctor.Finding.THERE, ""


def _yes(*_given: object) -> bool:
    return True


def _no(*_given: object, **_named: object) -> bool:
    return False


def _unnoted(self: patience.Doubts, exchange: sender.Exchange) -> sender.Exchange:
    del self
    return exchange


def _as_told(text: str, known: object = ()) -> str:
    del known
    return text


def _first_only(self: talk.Talk, called: Operation, exchange: object, found: object, *, first: bool) -> bool:
    del self, called, exchange, found
    return first


def _nothing(*_given: object) -> list[str]:
    return []


_cancellable = _operations("bloqit.rents.cancel", idempotency=Idempotency.REPEATABLE)
_notifiable = _operations("bloqit.deliveries.notify", idempotency=Idempotency.REPEATABLE)


MUTANTS: list[tuple[str, object, str, object, Promise]] = [
    ("a client repeats doors", patience, "REPEATABLE", frozenset(Idempotency), a_clients_door_is_sent_once_after_a_doubt),
    ("a lost creation is given up", talk, "in_doubt", _never, a_clients_lost_creation_is_looked_up),
    ("every document is new", page.Pages, "_is_new", _always, a_document_comes_once),
    ("what is cut short is whole", page.Page, "has_all", _yes, a_history_is_not_cut_short),
    ("what is cut short is no matter", page.Pages, "_is_cut_short", _no, a_list_that_is_cut_short_says_so),
    ("what is cut short proves something", page.Pages, "_is_cut_short", _no, a_list_that_is_cut_short_proves_nothing),
    ("a cancellation is repeatable", bloqit_client, "OPERATIONS", _cancellable, a_lost_change_is_looked_up),
    ("nothing is looked up", bloqit_client, "PROVINGS", {}, a_conflict_after_a_doubt_is_looked_up),
    ("a conflict is a conflict", talk.Talk, "_is_doubtful", _first_only, a_conflict_after_a_doubt_is_looked_up),
    ("a notice is repeatable", bloqit_client, "OPERATIONS", _notifiable, a_lost_notice_stays_lost),
    ("a removal is never doubted", patience.Doubts, "noted", _unnoted, a_lost_removal_is_done),
    ("a removal is always doubted", talk, "_is_gone", _yes, what_was_never_there_is_not_removed),
    ("a finished rent is new", creations, "OVER", frozenset[str](), an_old_rent_is_not_a_new_one),
    ("a rent of yesterday is new", creations, "FRESH", timedelta(days=2), an_old_rent_is_not_a_new_one),
    ("an update is not read back", talk, "BadBodyError", NotFoundError, an_update_is_answered_with_the_rent),
    ("remotes are quoted", reading, "cleaned", _as_told, no_error_repeats_what_it_was_told),
    ("what was sent is not known", operation, "kept", _nothing, no_error_repeats_what_it_was_told),
    ("a phone number looks like nothing", private, "PHONE", re.compile("(?!)"), no_error_repeats_what_it_was_told),
    ("an address looks like nothing", private, "EMAIL", re.compile("(?!)"), no_error_repeats_what_it_was_told),
    ("keys are not known", sender, "_last_words", _nothing, no_error_repeats_a_token),
    ("an object may be anything", operation, "OBJECT_WANTED", frozenset[str](), no_wrong_parameter_shows_a_person),
    ("a query is shown as it is", operation, "quiet_query", repr, no_request_shows_a_person),
    ("the doctor believes everybody", doctor, "untouched", _no, the_doctor_takes_no_overload_for_a_route),
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
    ("202 is done", reading, "ACCEPTED", 299, accepted_is_not_done),
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
    ("history proves nothing", proving, "PROOFS", _bare, a_door_that_opened_before_the_end_did_open),
    ("429 is a refusal", reading, "MEANINGS", {}, too_many_requests_are_not_a_refusal),
    ("409 is a rate limit", reading, "MEANINGS", {409: TooManyRequestsError}, a_conflict_is_a_refusal),
    ("a failure says what httpx says", sender, "fate", _chatty, a_failure_repeats_no_secret),
    ("the signature is compared to nothing", webhook, "_confirmed", _any_body, only_the_signed_body_comes_in),
    ("`none` is allowed", webhook, "_signed_payload", _none_allowed, nobody_comes_in_without_a_signature),
    ("unsigned comes in", doors, "verify", _anybody, nobody_comes_in_without_a_signature),
    ("time does not matter", webhook, "_instant", _always_new, an_old_signature_does_not_come_in),
    ("2xx without storing", receiver.Intake, "bring", _careless, nothing_is_answered_with_2xx_that_is_not_stored),
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
