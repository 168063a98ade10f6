"""The clients: both ways of each, what they repeat, what they look up, how they read on, and what they raise."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from parcelflow.adapters.blink.client import AsyncBlink, Blink
from parcelflow.adapters.blink.menu import ProductStock, StockAtBranch
from parcelflow.adapters.blink.operations import in_fifties
from parcelflow.adapters.bloqit.client import BASE_URL, DEMO_URL, AsyncBloqit, Bloqit
from parcelflow.adapters.bloqit.sent import Person
from parcelflow.adapters.logistics.client import AsyncLogistics, Logistics
from parcelflow.adapters.operation import Arrays
from parcelflow.adapters.patience import Patience
from parcelflow.machines import (
    BadBodyError,
    BadParametersError,
    BadSettingsError,
    FeatureNotInPlanError,
    ForbiddenError,
    InvalidRequestError,
    LostAnswerError,
    NotAuthorisedError,
    NotFoundError,
    NotSentError,
    ParcelflowError,
    RemoteFailedError,
    RemoteRefusedError,
    RouteUnverifiedError,
    StateConflictError,
    TooManyRequestsError,
)

from .fakes import KEY, Remote, Scripted, reply, sample
from .ways import Ask, Waits, Way, both_ways

ROOT = "/api/v1/public"
RENT = {"_id": "R", "state": "in_progress"}
WHEN = datetime(2024, 6, 6, 3, 29, tzinfo=UTC)
LATER = WHEN + timedelta(hours=1)


def _delivery(client: Any) -> Any:
    return client.deliveries.create("E-1", bloq_id="B")


def _task(client: Any) -> Any:
    return client.tasks.create(
        "T-1",
        mapping_code="T-1",
        mapping_branch_id=7,
        payment_type="COD",
        customer_name="A",
        customer_address="B",
        customer_phone="+92 300 1234567",
        lat="24.8",
        lng="67",
        pick_up_time=WHEN,
        delivery_time=LATER,
    )


DOORS: tuple[Ask, ...] = (
    lambda client: client.rents.collect("R"),
    lambda client: client.deliveries.make("R"),
    lambda client: client.stores.start("L"),
    lambda client: client.sends.start("L", phone_number="1"),
    lambda client: client.lockers.open("B", "L"),
    lambda client: client.lockers.open_bulk("B", ["L"]),
)


# --- refusals -------------------------------------------------------------------------------------------------------------


@both_ways
@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (301, RemoteRefusedError),
        (400, InvalidRequestError),
        (401, NotAuthorisedError),
        (402, RemoteRefusedError),
        (403, ForbiddenError),
        (404, NotFoundError),
        (405, RemoteRefusedError),
        (408, RemoteFailedError),
        (409, StateConflictError),
        (413, InvalidRequestError),
        (422, InvalidRequestError),
        (429, TooManyRequestsError),
        (500, RemoteFailedError),
        (502, RemoteFailedError),
        (504, RemoteFailedError),
        (599, RemoteFailedError),
    ],
)
def test_every_status_is_an_error_by_what_the_caller_can_do(way: Way, status: int, kind: type[RemoteRefusedError]) -> None:
    remote = Remote(*[reply(status, {"code": "someCode", "message": "some words"})] * 4)
    with pytest.raises(kind) as caught:
        way.bloqit(remote, lambda client: client.rents.get("1"))
    assert type(caught.value) is kind
    assert (caught.value.status, caught.value.code) == (status, "someCode")
    assert "GET /rents/{rentID} answered" in str(caught.value)


@both_ways
def test_a_403_of_a_feature_says_that_the_plan_may_lack_it(way: Way) -> None:
    with pytest.raises(FeatureNotInPlanError, match="plan"):
        way.bloqit(Remote(reply(403)), lambda client: client.returns.finish("1"))


@both_ways
@pytest.mark.parametrize("status", [404, 405])
def test_an_inferred_route_that_is_not_there_names_its_override(way: Way, status: int) -> None:
    with pytest.raises(RouteUnverifiedError, match=r"override for 'bloqit\.rents\.extend'"):
        way.bloqit(Remote(reply(status)), lambda client: client.rents.extend("1", WHEN))


@both_ways
@pytest.mark.parametrize(
    ("scripted", "kind"),
    [(httpx.ConnectError("x"), NotSentError), (httpx.ReadTimeout("x"), LostAnswerError), (reply(200, b"<html>"), BadBodyError)],
)
def test_what_never_came_and_what_cannot_be_read(way: Way, scripted: Scripted, kind: type[ParcelflowError]) -> None:
    with pytest.raises(kind, match=r"rents"):
        way.bloqit(Remote(scripted), lambda client: client.rents.get("1"), Waits(), patience=Patience(attempts=1))


# --- patience -------------------------------------------------------------------------------------------------------------


@both_ways
@pytest.mark.parametrize("failure", [httpx.ConnectError(""), httpx.ReadTimeout(""), reply(500), reply(408), reply(429)])
def test_a_read_is_tried_again_after_any_failure(way: Way, failure: Scripted) -> None:
    remote, waits = Remote(failure, failure, reply(200, RENT)), Waits()
    assert way.bloqit(remote, lambda client: client.rents.get("R"), waits).id == "R"
    assert len(waits.seconds) == 2
    assert all(0 <= seconds <= 30 for seconds in waits.seconds)


@both_ways
@pytest.mark.parametrize(
    ("failure", "kind"),
    [(httpx.ReadTimeout(""), LostAnswerError), (reply(502), RemoteFailedError), (reply(504), RemoteFailedError)],
)
def test_a_door_is_never_tried_again_after_a_doubt(way: Way, failure: Scripted, kind: type[ParcelflowError]) -> None:
    for ask in DOORS:
        remote = Remote(failure)
        with pytest.raises(kind):
            way.bloqit(remote, ask)
        assert len(remote.lines) == 1


@both_ways
def test_a_door_that_was_certainly_not_opened_is_tried_again(way: Way) -> None:
    remote = Remote(httpx.ConnectError(""), reply(429), reply(200, RENT))
    way.bloqit(remote, lambda client: client.rents.collect("R"))
    assert len(remote.lines) == 3


@both_ways
def test_a_refusal_is_not_tried_again(way: Way) -> None:
    remote = Remote(reply(409))
    with pytest.raises(StateConflictError):
        way.bloqit(remote, lambda client: client.rents.cancel("R"))
    assert len(remote.lines) == 1


@both_ways
def test_the_remote_says_how_long_to_wait_and_is_given_up_when_it_is_too_long(way: Way) -> None:
    waits = Waits()
    remote = Remote(
        reply(429, Retry_After="7"),
        reply(503, Retry_After="Thu, 06 Jun 2024 03:29:12 GMT", Date="Thu, 06 Jun 2024 03:29:00 GMT"),
        reply(200, RENT),
    )
    way.bloqit(remote, lambda client: client.rents.get("R"), waits)
    assert waits.seconds == [7.0, 12.0]
    with pytest.raises(TooManyRequestsError) as caught:
        way.bloqit(Remote(reply(429, Retry_After="31")), lambda client: client.rents.get("R"))
    assert caught.value.after == timedelta(seconds=31)


@both_ways
def test_patience_ends_after_its_attempts_and_waits_longer_each_time(way: Way) -> None:
    waits = Waits()
    with pytest.raises(RemoteFailedError):
        way.bloqit(Remote(*[reply(500)] * 6), lambda client: client.rents.get("R"), patience=waits.patience(attempts=6, first=1))
    assert len(waits.seconds) == 5
    assert all(seconds <= 2**index for index, seconds in enumerate(waits.seconds))
    assert len(set(waits.seconds)) > 1  # at random: two clients that failed together do not come back together


@pytest.mark.parametrize("wrong", [{"attempts": 0}, {"first": -1.0}, {"longest": -0.1}])
def test_patience_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadSettingsError, match=r"at least one attempt"):
        Patience(**wrong)


# --- creations ------------------------------------------------------------------------------------------------------------


@both_ways
@pytest.mark.parametrize("lost", [httpx.ReadTimeout(""), reply(500), reply(200, b""), reply(408)])
def test_a_creation_whose_answer_was_lost_is_looked_up_and_found(way: Way, lost: Scripted) -> None:
    remote = Remote(lost, reply(200, RENT))
    assert way.bloqit(remote, _delivery).id == "R"
    assert remote.lines == [f"POST {ROOT}/deliveries/reserveLocker?bloqID=B", f"GET {ROOT}/rents/external/E-1"]


@both_ways
def test_a_creation_that_made_nothing_is_sent_once_more(way: Way) -> None:
    remote = Remote(httpx.ReadTimeout(""), reply(404), reply(201, RENT))
    assert way.bloqit(remote, _delivery).id == "R"
    assert [line.split()[0] for line in remote.lines] == ["POST", "GET", "POST"]


@both_ways
def test_a_creation_is_not_sent_a_third_time(way: Way) -> None:
    remote = Remote(httpx.ReadTimeout(""), reply(404), httpx.ReadTimeout(""), reply(404))
    with pytest.raises(LostAnswerError):
        way.bloqit(remote, _delivery)
    assert len(remote.lines) == 4


@both_ways
def test_a_creation_that_cannot_be_looked_up_is_not_sent_again(way: Way) -> None:
    remote = Remote(httpx.ReadTimeout(""), reply(403))
    with pytest.raises(LostAnswerError, match=r"nobody knows whether it was done.*403"):
        way.bloqit(remote, _delivery)


@both_ways
def test_a_creation_that_was_refused_or_never_left_is_not_looked_up(way: Way) -> None:
    for scripted, kind in ((reply(409), StateConflictError), (httpx.ConnectError(""), NotSentError)):
        remote = Remote(scripted)
        with pytest.raises(kind):
            way.bloqit(remote, _delivery, patience=Patience(attempts=1))
        assert len(remote.lines) == 1


@both_ways
def test_a_task_is_looked_up_by_its_mapping_key(way: Way) -> None:
    remote = Remote(httpx.ReadTimeout(""), reply(200, sample("logistics_status")))
    assert way.logistics(remote, _task).data.task_id == "XYZAB-12345"
    assert remote.lines == ["POST /api/client/task", "GET /api/client/task/status?mappingKey=T-1"]
    assert remote.body()["customerPhone"] == "923001234567"
    assert remote.body()["mappingBranchId"] == "7"


@both_ways
def test_what_has_no_key_is_neither_looked_up_nor_repeated(way: Way) -> None:
    remote = Remote(httpx.ReadTimeout(""))
    with pytest.raises(LostAnswerError):
        way.bloqit(remote, lambda client: client.customers.create(name="A"))
    remote = Remote(reply(500))
    with pytest.raises(RemoteFailedError):
        way.bloqit(remote, lambda client: client.couriers.create_token("C"))


# --- pages ----------------------------------------------------------------------------------------------------------------


def _page(number: int, ids: list[str], total: int | None = 5, limit: int = 2) -> httpx.Response:
    docs = [{"_id": name} for name in ids]
    return reply(200, {"docs": docs, "page": number, "limit": limit, "totalDocs": total})


@both_ways
def test_a_list_is_read_to_its_end_and_each_document_comes_once(way: Way) -> None:
    remote = Remote(_page(1, ["a", "b"]), _page(2, ["b", "c"]), _page(3, ["d"]))
    found = way.bloqit(remote, lambda client: client.rents.list(limit=2))
    assert [rent.id for rent in found] == ["a", "b", "c", "d"]
    assert remote.lines == [f"GET {ROOT}/rents?page={number}&limit=2" for number in (1, 2, 3)]


@both_ways
@pytest.mark.parametrize(
    ("pages", "found"),
    [
        ([reply(200, {"totalDocs": 9, "docs": None})], []),
        ([reply(200, {})], []),
        ([reply(200, [{"_id": "a"}])], ["a"]),
        ([_page(1, ["a"], None), _page(2, [], None)], ["a"]),
        ([_page(1, ["a"], None), _page(1, ["a"], None)], ["a"]),  # it ignores the page, and claims no more
        ([_page(1, ["a"], 2, 1), _page(2, ["b"], 2, 1)], ["a", "b"]),
    ],
)
def test_the_end_of_a_list_is_told_by_what_came(way: Way, pages: list[httpx.Response], found: list[str]) -> None:
    remote = Remote(*pages)
    assert [hook.id for hook in way.bloqit(remote, lambda client: client.webhooks.list())] == found
    assert len(remote.lines) == len(pages)


START = datetime(2026, 3, 1, tzinfo=UTC)


class Pageless:
    """A history of events that ignores `page`, as the document's list of parameters does (A40).

    Args:
        moments: When each event happened.
        counts: Whether it says how many there are.
        closed: Whether the ends of a window belong to it.
        dated: Whether it knows windows at all.
    """

    def __init__(self, moments: list[datetime], *, counts: bool = True, closed: bool = True, dated: bool = True) -> None:
        self.moments, self.counts, self.closed, self.dated = moments, counts, closed, dated
        self.asked = 0
        self.transport = httpx.MockTransport(self._answer)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        asked = dict(request.url.params)
        since, until = (datetime.fromisoformat(asked.get(name, other)) for name, other in WINDOW)
        found = [{"_id": str(at)} for at, moment in enumerate(self.moments) if self._is_in(moment, since, until)]
        limit = int(asked["limit"])
        counted = {"totalDocs": len(found)} if self.counts else {}
        return httpx.Response(200, json={"docs": found[:limit], "limit": limit, "page": 1, **counted})

    def _is_in(self, moment: datetime, since: datetime, until: datetime) -> bool:
        return not self.dated or (since <= moment <= until if self.closed else since < moment < until)


WINDOW = (("startDate", "0001-01-01T00:00:00+00:00"), ("endDate", "9999-01-01T00:00:00+00:00"))


def _spread(number: int, over: timedelta) -> list[datetime]:
    return [START + over * at / number for at in range(number)]


@both_ways
@pytest.mark.parametrize("counts", [True, False])
@pytest.mark.parametrize("closed", [True, False])
@pytest.mark.parametrize(
    "moments",
    [
        _spread(40, timedelta(hours=1)),
        _spread(40, timedelta(hours=1))[::-1],
        _spread(40, timedelta(milliseconds=400)),
        _spread(20, timedelta(days=1)),
        _spread(200, timedelta(days=900)),
        _spread(15, timedelta(days=1)),
        [START] * 13 + _spread(15, timedelta(days=1)),
    ],
    ids=["an hour", "backwards", "at once", "little more than a page", "years", "a page", "half of them in one instant"],
)
def test_a_history_that_ignores_pages_is_read_by_windows_of_time(
    way: Way, moments: list[datetime], *, counts: bool, closed: bool
) -> None:
    remote: Any = Pageless(moments, counts=counts, closed=closed)
    found = way.bloqit(remote, lambda client: client.webhooks.history())
    assert sorted(int(event.id) for event in found) == list(range(len(moments)))
    assert remote.asked < 300


@both_ways
def test_windows_keep_to_what_was_asked_for(way: Way) -> None:
    remote: Any = Pageless(_spread(100, timedelta(hours=100)))
    begin, end = START + timedelta(hours=10), (START + timedelta(hours=49)).isoformat()
    found = way.bloqit(remote, lambda client: client.webhooks.history(start_date=begin, end_date=end))
    assert sorted(int(event.id) for event in found) == list(range(10, 50))
    assert remote.asked < 20


@both_ways
def test_a_history_that_cannot_be_read_whole_says_so(way: Way) -> None:
    crowded: Any = Pageless([START] * 16)
    undated: Any = Pageless(_spread(40, timedelta(hours=1)), dated=False)
    for remote in (crowded, undated):
        with pytest.raises(BadBodyError, match="cannot be read whole: the remote ignores `page`, and told 15 of"):
            way.bloqit(remote, lambda client: client.webhooks.history())
        assert remote.asked < 200


@both_ways
def test_any_other_list_that_is_cut_short_says_so(way: Way) -> None:
    remote = Remote(*[_page(1, ["a"], 9)] * 3)
    with pytest.raises(BadBodyError, match="told 1 of 9"):
        way.bloqit(remote, lambda client: client.webhooks.list())


@both_ways
def test_a_page_that_moved_as_a_whole_is_no_sign_of_that(way: Way) -> None:
    remote = Remote(_page(1, ["a"], 2, 1), _page(2, ["a"], 3, 1), _page(3, ["b"], 3, 1))
    assert [hook.id for hook in way.bloqit(remote, lambda client: client.webhooks.list())] == ["a", "b"]
    miscounted = Remote(_page(1, ["a", "b"], 3), _page(2, [], 3))
    assert len(way.bloqit(miscounted, lambda client: client.webhooks.list())) == 2


@both_ways
def test_an_id_that_somebody_keeps_as_a_number_is_sent_as_text(way: Way) -> None:
    remote = Remote(reply(200, RENT), reply(200, RENT))
    way.bloqit(remote, lambda client: client.rents.get(5))
    way.bloqit(remote, lambda client: client.deliveries.make("R", locker_id=7))
    assert remote.lines == [f"GET {ROOT}/rents/5", f"PUT {ROOT}/deliveries/R/make?lockerID=7"]


@both_ways
def test_nothing_of_a_customer_is_required(way: Way) -> None:
    remote = Remote(reply(201, {"_id": "C"}))
    assert way.bloqit(remote, lambda client: client.customers.create()).id == "C"
    assert remote.body() == {}


@both_ways
def test_a_list_can_begin_in_the_middle_and_ask_for_everything_at_once(way: Way) -> None:
    remote = Remote(_page(3, ["a"]))
    way.bloqit(remote, lambda client: client.bloqs.list(page=3, limit=2, active="active", locker_type="xl"))
    assert remote.lines == [f"GET {ROOT}/bloqs?active=active&lockerType=XL&page=3&limit=2"]
    remote = Remote(reply(200, {"docs": [{"bloq": "a", "remainingLabels": "7"}], "totalDocs": 99, "limit": 0}))
    (left,) = way.bloqit(remote, lambda client: client.labels.list(page=0, limit=0))
    assert (left.bloq, left.remaining) == ("a", 7)
    assert remote.lines == [f"GET {ROOT}/bloqs/labels-amount-available?page=0&limit=0"]


@pytest.mark.parametrize("client", [Bloqit(KEY), AsyncBloqit(KEY)], ids=["blocking", "awaiting"])
def test_wrong_filters_are_refused_before_anybody_iterates(client: Any) -> None:
    with pytest.raises(BadParametersError, match=r"rentStates: .*valid list, got 'expired'"):
        client.rents.list(rent_states="expired")


@both_ways
def test_documents_without_an_id_are_told_apart_by_all_that_they_say(way: Way) -> None:
    docs = [{"name": "x"}, {"name": "x"}, {"name": "y"}]
    found = way.bloqit(Remote(reply(200, {"docs": docs, "totalDocs": 3})), lambda client: client.locations.list())
    assert [place.name for place in found] == ["x", "y"]


@both_ways
def test_a_filter_for_returns_that_is_refused_is_applied_here(way: Way) -> None:
    first = {"docs": [{"_id": "a", "type": "store"}, {"_id": "b", "type": "store"}], "totalDocs": 3, "limit": 2}
    second = {"docs": [{"_id": "c", "type": "return"}], "totalDocs": 3, "limit": 2}
    remote = Remote(reply(400), reply(200, first), reply(400), reply(200, second))
    found = way.bloqit(remote, lambda client: client.rents.list(rent_type="return", limit=2))
    assert [rent.id for rent in found] == ["c"]
    assert "rentType=return" in remote.lines[0]
    assert "rentType" not in remote.lines[1]
    with pytest.raises(InvalidRequestError):
        way.bloqit(Remote(reply(400)), lambda client: client.rents.list(rent_type="store"))


@both_ways
def test_arrays_and_objects_travel_in_the_query_as_the_user_says(way: Way) -> None:
    for arrays, told in (
        (Arrays.REPEATED, "rentStates=expired&rentStates=cancelled"),
        (Arrays.COMMAS, "rentStates=expired%2Ccancelled"),
        (Arrays.BRACKETS, "rentStates%5B%5D=expired&rentStates%5B%5D=cancelled"),
    ):
        remote = Remote(reply(200, {}))
        way.bloqit(remote, lambda client: client.rents.list_active(rent_states=["expired", "cancelled"]), arrays=arrays)
        assert told in remote.lines[0]
    remote = Remote(reply(200, {"token": "t"}))
    way.bloqit(remote, lambda client: client.couriers.create_token("C", metadata={"k": [1]}, bloq_ids=["B"]))
    assert remote.lines[0].endswith("?courierID=C&expirationDate=1day&bloqIDs=B&metadata=%7B%22k%22%3A%5B1%5D%7D")


# --- answers that are not what they should be ----------------------------------------------------------------------------


@both_ways
def test_an_update_that_answers_an_envelope_is_unwrapped_or_read_back(way: Way) -> None:
    enveloped = {"docs": [RENT], "totalDocs": 1}
    for script in ([reply(200, RENT)], [reply(200, enveloped)], [reply(200, {"docs": []}), reply(200, RENT)]):
        remote = Remote(*script)
        assert way.bloqit(remote, lambda client: client.rents.update("R", carrier="dhl")).id == "R"
        assert remote.lines[1:] == [f"GET {ROOT}/rents/R"] * (len(script) - 1)


@both_ways
def test_answers_that_say_nothing_are_accepted_where_the_document_shows_none(way: Way) -> None:
    for body in (b"", b"OK", b"{}", json.dumps({"code": "noticed", "message": "x"}).encode()):
        noticed, printing = Remote(reply(200, body)), Remote(reply(200, body))
        way.bloqit(noticed, lambda client: client.labels.notify_replacement("B"))
        way.bloqit(printing, lambda client: client.labels.print("B", template_id="T", content={"a": 1}))
        assert noticed.lines == [f"PUT {ROOT}/bloqs/B/notify-label-replacement"]
        assert printing.lines == [f"PUT {ROOT}/bloqs/B/print-label?templateID=T"]  # A45
        assert printing.body() == {"content": {"a": 1}}


@both_ways
def test_a_notice_that_answers_the_body_of_an_error_is_refused(way: Way) -> None:
    for message, words in (({"message": "Invalid bloqID."}, "Invalid bloqID."), ({}, "without a message")):
        body = {"code": "bloqIDInvalid", **message}
        with pytest.raises(RemoteRefusedError, match=f"bloqIDInvalid: {words}"):
            way.bloqit(Remote(reply(200, body)), lambda client: client.labels.notify_replacement("B"))
        way.bloqit(Remote(reply(200, body)), lambda client: client.labels.print("B", template_id="T"))  # A45


@both_ways
def test_a_bulk_opening_names_lockers_by_id_or_by_title(way: Way) -> None:
    bloq = {"_id": "B", "lockers": [{"_id": "L1", "lockerTitle": "A1"}, {"_id": "L2", "lockerTitle": "A2"}, "L3"]}
    lockers = way.bloqit(Remote(reply(200, bloq)), lambda client: client.bloqs.get("B")).lockers
    for names in (["L1", "L3"], ["A1", "L3"]):
        opened = way.bloqit(Remote(reply(200, names)), lambda client: client.lockers.open_bulk("B", ["L1", "L3"]))
        assert [locker.id for locker in opened.among(lockers)] == ["L1", "L3"]


# --- Blink ----------------------------------------------------------------------------------------------------------------


@both_ways
def test_a_token_is_fetched_renewed_and_kept(way: Way) -> None:
    tokens = [reply(200, {"access_token": f"T{number}"}) for number in (1, 2)]
    branches = {"success": True, "data": [{"id": 63, "blink_id": 60001, "branch": "Clifton"}]}

    def twice(client: Any) -> Any:
        return client.branches.list()

    remote = Remote(tokens[0], reply(401), tokens[1], reply(200, branches))
    (branch,) = way.blink(remote, twice)
    assert (branch.id, branch.blink_id, branch.name) == ("63", "60001", "Clifton")
    assert [request.headers.get("authorization") for request in remote.requests] == [None, "Bearer T1", None, "Bearer T2"]


@both_ways
def test_a_login_that_fails_is_its_own_error(way: Way) -> None:
    remote = Remote(reply(401, {"error": "bad credentials"}))
    with pytest.raises(NotAuthorisedError, match="credentials were refused") as caught:
        way.blink(remote, lambda client: client.orders.sync_status("1", 1))
    assert KEY not in str(caught.value)
    remote = Remote(reply(200, {"access_token": "T"}), reply(401), httpx.ConnectError(""))
    with pytest.raises(NotSentError, match=r"blink\.auth\.login"):
        way.blink(remote, lambda client: client.orders.sync_status("1", 1), patience=Patience(attempts=1))


@both_ways
def test_one_may_log_in_by_hand(way: Way) -> None:
    remote = Remote(reply(200, {"access_token": "T"}))
    token = way.blink(remote, lambda client: client.auth.login("u", "p"))
    assert token.access_token.get_secret_value() == "T"
    assert remote.lines == ["POST /interface/v1/login"]


@both_ways
def test_a_verb_that_is_not_allowed_gives_way_to_the_documents_other_one_for_good(way: Way) -> None:
    remote = Remote(
        reply(200, {"access_token": "T"}),
        reply(405),
        reply(200, {"data": {"data": [{"phone": "1"}], "last_page": 2, "next_page_url": "URL/x?page=2"}}),
        reply(200, {"data": {"data": [{"phone": "2"}], "last_page": 2, "next_page_url": None}}),
    )
    found = way.blink(remote, lambda client: client.customers.list())
    assert [customer.phone for customer in found] == ["1", "2"]
    assert remote.lines[1:] == [
        "GET /interface/v1/customers?page=1",
        "POST /interface/v1/customers?page=1",
        "POST /interface/v1/customers?page=2",
    ]


@both_ways
def test_a_listing_that_says_success_false_is_refused(way: Way) -> None:
    remote = Remote(reply(200, {"access_token": "T"}), reply(200, {"success": False, "error": "closed"}))
    with pytest.raises(RemoteRefusedError, match="closed"):
        way.blink(remote, lambda client: client.branches.list())


def test_a_long_list_of_stocks_is_cut_into_requests_that_fit() -> None:
    products = [ProductStock(id=str(number), price=Decimal(1), branches=[]) for number in range(101)]
    assert [len(some) for some in in_fifties(products)] == [50, 50, 1]
    assert [one.id for some in in_fifties(products) for one in some] == [str(number) for number in range(101)]


@both_ways
@pytest.mark.parametrize(
    ("spelling", "names"),
    [
        ("both", {"stock_qunatity", "stock_quantity"}),
        ("stock_qunatity", {"stock_qunatity"}),
        ("stock_quantity", {"stock_quantity"}),
    ],
)
def test_a_stock_is_sent_under_the_names_that_are_asked_for(way: Way, spelling: str, names: set[str]) -> None:
    stock = ProductStock(id="p", price=Decimal("94.72"), branches=[StockAtBranch(id="12345", stock_quantity=3)])
    remote = Remote(reply(200, {"access_token": "T"}), reply(200, b""))
    way.blink(remote, lambda client: client.stock.sync([stock], spelling=spelling))
    (product,) = remote.body(1)["products"]
    assert product["price"] == 94.72
    assert product["discount_price"] == 0  # C16
    (branch,) = product["branches"]
    assert branch == {"id": "12345", **dict.fromkeys(names, 3)}


# --- clients --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "make",
    [
        lambda: Bloqit(""),
        lambda: AsyncBloqit("k", base_url="api.bloq.it"),
        lambda: AsyncBloqit("k", base_url="http://[::1"),
        lambda: Bloqit("k", routes={"bloqit.rents.get": ("GET", "/rents")}),
        lambda: Blink("u", ""),
        lambda: AsyncBlink("", "p"),
        lambda: Logistics("a\nb"),
        lambda: AsyncLogistics(" "),
    ],
)
def test_settings_that_cannot_be_used_are_refused(make: Any) -> None:
    with pytest.raises(BadSettingsError):
        make()


def test_no_client_shows_its_credentials() -> None:
    for client in (Bloqit(KEY), AsyncBloqit(KEY), Blink("u", KEY), AsyncBlink("u", KEY), Logistics(KEY), AsyncLogistics(KEY)):
        assert KEY not in repr(client)
        assert "https://" in repr(client)


@both_ways
def test_a_route_of_the_users_is_used_and_no_longer_doubted(way: Way) -> None:
    remote = Remote(reply(404))
    routes = {"bloqit.sends.start": ("PUT", "/v2/sends")}
    with pytest.raises(RouteUnverifiedError, match="confirmed"):
        way.bloqit(remote, lambda client: client.sends.start("L", phone_number="1"), routes=routes)
    assert remote.lines == [f"PUT {ROOT}/v2/sends?lockerID=L"]


@both_ways
def test_a_customer_on_the_go_is_sent_with_what_is_known(way: Way) -> None:
    remote = Remote(reply(201, RENT))
    way.bloqit(remote, lambda client: client.deliveries.create("E", bloq_id="B", customer=Person(name="A", phone_number="+1")))
    assert remote.body() == {"externalID": "E", "customer": {"name": "A", "phoneNumber": "+1"}}


@both_ways
def test_prefixes_of_events_are_written_out(way: Way) -> None:
    remote = Remote(reply(201, {"_id": "W"}))
    way.bloqit(remote, lambda client: client.webhooks.create("https://a.example", ["customer.", "rent.created", "bloq.*"]))
    events = remote.body()["enabledEvents"]
    assert events[:4] == ["customer.customer_created", "customer.customer_updated", "customer.customer_deleted", "rent.created"]
    assert len(events) == 12
    remote = Remote(reply(201, {"_id": "W"}))
    way.bloqit(remote, lambda client: client.webhooks.create("https://a.example", ["*"]))
    assert len(remote.body()["enabledEvents"]) == 42
    with pytest.raises(BadParametersError, match=r"no event begins with 'rant\.'"):
        way.bloqit(Remote(), lambda client: client.webhooks.create("https://a.example", ["rant."]))


def test_the_demo_server_has_the_other_ones_path() -> None:
    assert DEMO_URL.partition("/api/")[2] == BASE_URL.partition("/api/")[2] == "v1/public"  # A50
