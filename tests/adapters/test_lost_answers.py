"""Lost answers: what a client looks up before it asks again, what it answers then, and what it never asks again.

May not look into the client. Non-obvious choice: the same loss is tried twice, against a script (what was asked, in which order)
and against the simulator (what became of it): whoever asks the right things and draws the wrong conclusion fails one of the two.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from parcelflow.adapters.bloqit.client import Bloqit
from parcelflow.adapters.bloqit.creations import FRESH
from parcelflow.adapters.bloqit.operations import OPERATIONS
from parcelflow.adapters.bloqit.sent import Person
from parcelflow.adapters.logistics.client import Logistics
from parcelflow.adapters.operation import Idempotency
from parcelflow.adapters.patience import Patience
from parcelflow.machines import (
    AcceptedOnlyError,
    BadBodyError,
    LostAnswerError,
    NotFoundError,
    ParcelflowError,
    RemoteFailedError,
    StateConflictError,
)
from parcelflow.simulator import FIRST_BLOQ, FIRST_LOCKER
from parcelflow.simulator.handle import Handle

from .fakes import Remote, Scripted, reply, sample
from .test_client import DOORS, LATER, RENT, ROOT, WHEN
from .ways import Ask, Waits, Way, both_ways

LOST: tuple[Scripted, ...] = (httpx.ReadTimeout(""), reply(504), reply(408), reply(200, b"<html>"))
AT_ONCE = Patience(first=0)


def _in(state: str, *been: str, **more: object) -> httpx.Response:
    return reply(200, {"_id": "R", "state": state, "states": been, **more})


@dataclass(frozen=True)
class Change:
    """A call that is not the same twice; what the remote shows after and before it."""

    ask: Ask
    line: str
    after: httpx.Response
    before: httpx.Response


CHANGES = {
    "cancel": Change(lambda c: c.rents.cancel("R"), "/rents/R/cancel", _in("cancelled"), _in("reserved", "reserved")),
    "finish": Change(lambda c: c.rents.finish("R"), "/rents/R/finish", _in("finished"), _in("cancelled", "created")),
    "ready": Change(
        lambda c: c.deliveries.ready_for_pickup("R"), "/deliveries/R/ready-for-pickup", _in("ready_for_pickup"), _in("reserved")
    ),
    "transit": Change(
        lambda c: c.deliveries.in_transit("R"), "/deliveries/R/in-transit", _in("in_transit"), _in("ready_for_pickup")
    ),
    "locker": Change(
        lambda c: c.deliveries.select_locker("R", locker_id="L"),
        "/deliveries/R/select-locker?lockerID=L",
        _in("reserved", locker="L"),
        _in("created"),
    ),
    "size": Change(
        lambda c: c.returns.reserve_locker("R", "B", locker_type="m"),
        "/returns/R/reserve?bloqID=B&lockerType=M",
        _in("reserved", locker={"_id": "L", "type": "M", "bloq": "B"}),
        _in("created"),
    ),
    "return": Change(
        lambda c: c.deliveries.return_("R"),
        "/deliveries/R/return",
        _in("in_progress", type="return"),
        _in("expired", type="delivery"),
    ),
    "end of a return": Change(lambda c: c.returns.finish("R"), "/returns/R/finish", _in("finished"), _in("in_progress")),
    "door": Change(lambda c: c.rent_sims.close("R"), "/rent-sims/R/lockers/close", _in("in_progress"), _in("starting")),
}
changes = pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)


@both_ways
@changes
@pytest.mark.parametrize("lost", LOST, ids=str)
def test_a_change_that_happened_is_answered_with_what_was_read(way: Way, change: Change, lost: Scripted) -> None:
    remote = Remote(lost, change.after)
    rent = way.bloqit(remote, change.ask)
    assert (rent.id, rent.state) == ("R", change.after.json()["state"])
    assert remote.lines == [f"PUT {ROOT}{change.line}", f"GET {ROOT}/rents/R"]


@both_ways
@changes
def test_a_change_that_did_not_happen_is_asked_for_once_more(way: Way, change: Change) -> None:
    remote = Remote(httpx.ReadTimeout(""), change.before, change.after)
    assert way.bloqit(remote, change.ask).state == change.after.json()["state"]
    assert [line.split()[0] for line in remote.lines] == ["PUT", "GET", "PUT"]
    remote = Remote(reply(500), change.before, reply(500), change.before)
    with pytest.raises(RemoteFailedError):
        way.bloqit(remote, change.ask)
    assert len(remote.lines) == 4


@both_ways
@changes
def test_a_change_that_cannot_be_looked_up_is_not_asked_for_again(way: Way, change: Change) -> None:
    remote = Remote(httpx.ReadTimeout(""), reply(403))
    with pytest.raises(LostAnswerError, match="nobody knows whether it was done: the rent could not be read"):
        way.bloqit(remote, change.ask)
    assert len(remote.lines) == 2


@both_ways
@changes
def test_a_conflict_that_the_first_attempt_led_to_is_looked_up(way: Way, change: Change) -> None:
    remote = Remote(httpx.ReadTimeout(""), change.before, reply(409), change.after)
    assert way.bloqit(remote, change.ask).state == change.after.json()["state"]
    remote = Remote(httpx.ReadTimeout(""), change.before, reply(409), change.before)
    with pytest.raises(StateConflictError):
        way.bloqit(remote, change.ask)
    with pytest.raises(StateConflictError):
        way.bloqit(Remote(reply(409)), change.ask)


@both_ways
def test_a_state_that_proves_nothing_leaves_it_open(way: Way) -> None:
    remote = Remote(httpx.ReadTimeout(""), reply(200, {"_id": "R", "state": "pre-advised"}), reply(200, []))
    with pytest.raises(LostAnswerError, match="the rent R is pre-advised"):
        way.bloqit(remote, lambda client: client.rents.cancel("R"))
    assert remote.lines[2] == f"GET {ROOT}/rents/R/history?rentID=R"


@both_ways
def test_what_can_no_longer_happen_is_refused_by_the_remote_itself(way: Way) -> None:
    remote = Remote(
        httpx.ReadTimeout(""), _in("finished", "created"), reply(409, {"code": "stateInvalid"}), _in("finished", "created")
    )
    with pytest.raises(StateConflictError, match="stateInvalid"):
        way.bloqit(remote, lambda client: client.rents.cancel("R"))


@both_ways
@pytest.mark.parametrize("failure", [httpx.ReadTimeout(""), reply(504)])
def test_a_notice_is_never_sent_again(way: Way, failure: Scripted) -> None:
    remote = Remote(failure)
    with pytest.raises((LostAnswerError, RemoteFailedError)):
        way.bloqit(remote, lambda client: client.deliveries.notify("R"))
    assert remote.lines == [f"PUT {ROOT}/deliveries/R/notify"]


@both_ways
def test_a_door_is_not_even_looked_up(way: Way) -> None:
    for ask in DOORS:
        remote = Remote(reply(504))
        with pytest.raises(RemoteFailedError):
            way.bloqit(remote, ask)
        assert len(remote.lines) == 1


@both_ways
@pytest.mark.parametrize(
    ("lockers", "then", "kind"),
    [
        ([{"_id": "L", "isOpen": False}], None, "L"),
        ([{"_id": "L", "isOpen": True}], reply(200, {"_id": "L2"}), "L2"),
        ([{"_id": "L"}], None, LostAnswerError),
        ([{"_id": "M", "isOpen": False}], None, LostAnswerError),
    ],
)
def test_a_door_that_is_closed_was_closed(way: Way, lockers: list[object], then: httpx.Response | None, kind: Any) -> None:
    remote = Remote(reply(504), reply(200, {"_id": "B", "lockers": lockers}), *([then] if then else []))
    if isinstance(kind, str):
        assert way.bloqit(remote, lambda client: client.lockers.close("B", "L")).id == kind
    else:
        with pytest.raises(kind):
            way.bloqit(remote, lambda client: client.lockers.close("B", "L"))
    with pytest.raises(LostAnswerError, match="the bloq could not be read"):
        way.bloqit(Remote(reply(504), reply(404)), lambda client: client.lockers.close("B", "L"))


# --- removals -------------------------------------------------------------------------------------------------------------

REMOVALS: tuple[Ask, ...] = (lambda client: client.customers.delete("X"), lambda client: client.webhooks.delete("X"))


@both_ways
@pytest.mark.parametrize("remove", REMOVALS)
def test_what_is_not_there_after_a_lost_removal_was_removed(way: Way, remove: Ask) -> None:
    for failure in (httpx.ReadTimeout(""), reply(502)):
        assert way.bloqit(Remote(failure, reply(404)), remove).id == "X"
        assert way.bloqit(Remote(failure, httpx.ConnectError(""), reply(404)), remove).id == "X"


@both_ways
@pytest.mark.parametrize("remove", REMOVALS)
def test_a_removal_that_answers_nothing_was_done(way: Way, remove: Ask) -> None:
    assert way.bloqit(Remote(reply(204)), remove).id == "X"
    with pytest.raises(BadBodyError):
        way.bloqit(Remote(reply(200, b"<html>")), remove)


@both_ways
@pytest.mark.parametrize("remove", REMOVALS)
def test_what_was_not_there_at_first_is_not_found(way: Way, remove: Ask) -> None:
    for script in ([reply(404)], [httpx.ConnectError(""), reply(404)], [reply(429), reply(404)]):
        with pytest.raises(NotFoundError):
            way.bloqit(Remote(*script), remove)


@both_ways
def test_what_is_read_and_is_not_there_is_not_found_however_often_it_was_asked_for(way: Way) -> None:
    with pytest.raises(NotFoundError):
        way.bloqit(Remote(reply(502), reply(404)), lambda client: client.customers.get("X"))


# --- creations ------------------------------------------------------------------------------------------------------------

NOW = "Thu, 06 Jun 2024 03:29:00 GMT"


def _create(client: Any) -> Any:
    return client.deliveries.create("E", bloq_id="B")


def _found(began: timedelta | None, **changed: object) -> httpx.Response:
    start = {} if began is None else {"startDate": (WHEN - began).isoformat()}
    return reply(200, {**RENT, "state": "reserved", **start, **changed}, Date=NOW)


@both_ways
@pytest.mark.parametrize(
    ("found", "why"),
    [
        (_found(timedelta(0), state="finished"), "is finished"),
        (_found(timedelta(0), state="CANCELED"), "is cancelled"),
        (_found(FRESH + timedelta(seconds=1)), "began at 2024-06-06T03:18:59"),
    ],
)
def test_an_older_rent_is_not_taken_for_the_one_that_was_created(way: Way, found: httpx.Response, why: str) -> None:
    creations: tuple[Ask, ...] = (_create, lambda client: client.returns.create("E"))
    for create in creations:
        remote = Remote(reply(504), found)
        with pytest.raises(LostAnswerError, match=f"nobody knows whether it was done: what has this key is older: .*{why}"):
            way.bloqit(remote, create)
        assert len(remote.lines) == 2


@both_ways
@pytest.mark.parametrize("began", [FRESH, timedelta(0), -FRESH, None])
def test_a_rent_that_can_be_the_one_that_was_created_is(way: Way, began: timedelta | None) -> None:
    assert way.bloqit(Remote(reply(504), _found(began)), _create).id == "R"
    undated = reply(200, {**RENT, "startDate": "2001-01-01T00:00:00Z"})
    assert way.bloqit(Remote(reply(504), undated), _create).id == "R", "without the remote's time no age can be told"


@both_ways
def test_an_older_place_and_an_older_task_are_not_taken_either(way: Way) -> None:
    place = {"externalID": "P", "state": "churned"}
    with pytest.raises(LostAnswerError, match="churned"):
        way.bloqit(Remote(reply(504), reply(200, place)), lambda c: c.locations.create("P", address="A", latitude=1, longitude=2))
    fresh = reply(200, {**place, "state": "created"})
    made = way.bloqit(Remote(reply(504), fresh), lambda c: c.locations.create("P", address="A", latitude=1, longitude=2))
    assert made.external_id == "P"
    for event in (27, 28):
        with pytest.raises(LostAnswerError, match="the task T is"):
            way.logistics(Remote(reply(504), reply(200, {"eventId": event, "data": {"taskId": "T"}})), _task)


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


# --- accepted -------------------------------------------------------------------------------------------------------------


@both_ways
def test_accepted_is_not_done_and_cannot_be_missed(way: Way) -> None:
    for ask in DOORS[:-1]:
        with pytest.raises(AcceptedOnlyError, match="answered 202: accepted, and perhaps not done yet") as caught:
            way.bloqit(Remote(reply(202, RENT)), ask)
        told: Any = caught.value.told
        assert told.id == "R", "the id of what was begun would be lost otherwise"
    with pytest.raises(AcceptedOnlyError) as caught:
        way.bloqit(Remote(reply(202, b"")), DOORS[0])
    assert caught.value.told is None
    with pytest.raises(AcceptedOnlyError) as caught:
        way.bloqit(Remote(reply(202, ["L1"])), DOORS[-1])
    opened: Any = caught.value.told
    assert opened.names == ["L1"]
    with pytest.raises(AcceptedOnlyError):
        way.bloqit(Remote(reply(202, RENT)), lambda client: client.rents.extend("R", WHEN))


@both_ways
def test_accepted_is_looked_up_where_that_can_be_and_never_asked_for_again(way: Way) -> None:
    cancel = CHANGES["cancel"]
    assert way.bloqit(Remote(reply(202), cancel.after), cancel.ask).state == "cancelled"
    assert way.bloqit(Remote(reply(202), _found(None)), _create).id == "R"
    for script in ([reply(202), cancel.before], [reply(202), reply(500), reply(500), reply(500), reply(500)]):
        with pytest.raises(AcceptedOnlyError):
            way.bloqit(Remote(*script), cancel.ask)
    with pytest.raises(AcceptedOnlyError):
        way.bloqit(Remote(reply(202), reply(404)), _create)


@both_ways
def test_accepted_is_done_where_it_is_all_that_the_remote_will_say(way: Way) -> None:
    assert way.bloqit(Remote(reply(202, RENT)), lambda client: client.deliveries.notify("R")).id == "R"
    labels: tuple[Ask, ...] = (lambda client: client.labels.print("B"), lambda client: client.labels.notify_replacement("B"))
    for ask in labels:
        way.bloqit(Remote(reply(202)), ask)  # A45, A46: whatever 2xx


# --- answers without what was asked for -----------------------------------------------------------------------------------


@both_ways
@pytest.mark.parametrize("answer", [b"", b"null", b"{}", b"[]", b'""', b'{"docs": []}'])
@pytest.mark.parametrize("status", [200, 204])
def test_an_update_that_answers_nothing_is_read_back(way: Way, answer: bytes, status: int) -> None:
    remote = Remote(reply(status, answer), reply(200, RENT))
    assert way.bloqit(remote, lambda client: client.rents.update("R", carrier="dhl")).id == "R"
    assert remote.lines == [f"PUT {ROOT}/rents/R", f"GET {ROOT}/rents/R"]


# --- against the simulator ------------------------------------------------------------------------------------------------


@dataclass
class Place:
    """A pretend world, and a client of its Bloq.it."""

    handle: Handle
    client: Bloqit

    def sim(self, method: str, path: str, body: object) -> None:
        """Ask the world itself for something."""
        with httpx.Client(transport=self.handle.transport, base_url=self.handle.urls["sim"]) as client:
            client.request(method, path, json=body).raise_for_status()

    def lose(self, operation: str, *, kind: str = "error_after_effect") -> None:
        """The next answer of `operation` is lost."""
        self.sim("POST", "/faults", {"operation": operation, "kind": kind, "status": 504})

    def delivery(self, key: str = "e1") -> str:
        """A delivery with a locker."""
        return self.client.deliveries.create(key, locker_id=FIRST_LOCKER, expiry_date=datetime(2026, 3, 2, tzinfo=UTC)).id

    def cancelled(self) -> str:
        """One that was cancelled."""
        return self.client.rents.cancel(self.delivery()).id

    def ready(self) -> str:
        """One that may be fetched from its sender."""
        return self.client.deliveries.ready_for_pickup(self.delivery()).id

    def brought(self) -> str:
        """One that is in its locker."""
        rent = self.delivery()
        self.client.deliveries.make(rent)
        return self.client.rent_sims.close(rent).id

    def expired(self) -> str:
        """One that nobody fetched."""
        rent = self.brought()
        self.handle.advance("2d")
        return rent

    def returned(self) -> str:
        """A return in its locker."""
        made = self.client.returns.create("r1", bloq_id=FIRST_BLOQ, locker_type="M")
        code = (made.model_extra or {})["dropOffCode"]
        self.sim("POST", f"/rents/{made.id}/dropoff", {"code": code})
        return self.client.rent_sims.close(made.id).id

    def effects(self, operation: str) -> int:
        """How often `operation` changed something."""
        return sum(entry.cause.operation == operation for entry in self.handle.record)


@pytest.fixture
def place() -> Iterator[Place]:
    with Handle.fresh() as handle:
        key, url = handle.settings.bloqit_api_key, handle.urls["bloqit"]
        with Bloqit(key, base_url=url, transport=handle.transport, patience=AT_ONCE) as client:
            yield Place(handle, client)


@dataclass(frozen=True)
class Loss:
    """An operation, what it needs, and how it is asked for."""

    needs: Callable[[Place], str]
    ask: Callable[[Bloqit, str], Any]


def _somebody(place: Place) -> str:
    return place.client.customers.create().id


def _hook(place: Place) -> str:
    return place.client.webhooks.create("https://a.example", ["customer."]).id


LOSSES: dict[str, Loss] = {
    "bloqit.rents.cancel": Loss(Place.delivery, lambda c, rent: c.rents.cancel(rent)),
    "bloqit.rents.finish": Loss(Place.cancelled, lambda c, rent: c.rents.finish(rent)),
    "bloqit.deliveries.ready_for_pickup": Loss(Place.delivery, lambda c, rent: c.deliveries.ready_for_pickup(rent)),
    "bloqit.deliveries.in_transit": Loss(Place.ready, lambda c, rent: c.deliveries.in_transit(rent)),
    "bloqit.deliveries.select_locker": Loss(
        lambda place: place.client.deliveries.create("e1", bloq_id=FIRST_BLOQ).id,
        lambda c, rent: c.deliveries.select_locker(rent, locker_type="m"),
    ),
    "bloqit.deliveries.return_": Loss(
        Place.expired, lambda c, rent: c.deliveries.return_(rent, expiry_date=datetime(2026, 4, 1, tzinfo=UTC))
    ),
    "bloqit.returns.reserve_locker": Loss(
        lambda place: place.client.returns.create("r1").id,
        lambda c, rent: c.returns.reserve_locker(rent, FIRST_BLOQ, locker_type="M", customer=Person(name="Ana")),
    ),
    "bloqit.returns.finish": Loss(Place.returned, lambda c, rent: c.returns.finish(rent)),
    "bloqit.rent_sims.close": Loss(
        lambda place: place.client.deliveries.make(place.delivery()).id, lambda c, rent: c.rent_sims.close(rent)
    ),
    "bloqit.lockers.close": Loss(
        lambda place: place.client.lockers.open(FIRST_BLOQ, FIRST_LOCKER).id,
        lambda c, locker: c.lockers.close(FIRST_BLOQ, locker),
    ),
    "bloqit.customers.delete": Loss(_somebody, lambda c, name: c.customers.delete(name)),
    "bloqit.webhooks.delete": Loss(_hook, lambda c, name: c.webhooks.delete(name)),
}


@pytest.mark.parametrize("kind", ["error_after_effect", "error_before_effect"])
@pytest.mark.parametrize("operation", LOSSES)
def test_a_loss_in_the_world_is_made_good_with_one_effect(place: Place, operation: str, kind: str) -> None:
    loss = LOSSES[operation]
    name = loss.needs(place)
    place.lose(operation, kind=kind)
    before = place.effects(operation)
    assert loss.ask(place.client, name).id == name
    doors = operation == "bloqit.lockers.close"  # the world writes down what closed a door as the hand that did
    assert doors or place.effects(operation) == before + 1
    if operation == "bloqit.returns.reserve_locker":
        assert len(list(place.client.customers.list())) == 1


def test_every_change_that_is_not_the_same_twice_is_told_by_something_or_is_left_alone() -> None:
    left_alone = {"bloqit.deliveries.notify", "bloqit.labels.print", "bloqit.couriers.create_token"}
    without_a_key = {"bloqit.customers.create", "bloqit.webhooks.create"}
    wary = {name for name, one in OPERATIONS.items() if one.idempotency is Idempotency.LOOK_UP_FIRST and not one.found_by}
    assert wary == {name for name in LOSSES if not name.endswith(".delete")} | left_alone | without_a_key


def test_a_notice_is_sent_once(place: Place) -> None:
    rent = place.brought()
    place.lose("bloqit.deliveries.notify")
    with pytest.raises(RemoteFailedError):
        place.client.deliveries.notify(rent)
    assert place.effects("bloqit.deliveries.notify") == 1


def test_a_key_that_an_old_rent_has_is_not_taken_for_success(place: Place) -> None:
    old = place.client.rents.finish(place.cancelled()).id
    place.lose("bloqit.deliveries.create", kind="error_before_effect")
    with pytest.raises(LostAnswerError, match=f"the rent {old} is finished"):
        place.delivery()


def test_a_creation_is_found_in_the_world(place: Place) -> None:
    place.lose("bloqit.deliveries.create")
    assert place.client.rents.get(place.delivery()).external_id == "e1"
    assert place.effects("bloqit.deliveries.create") == 1


@pytest.mark.parametrize("answer", ["rent", "envelope", "empty"])
def test_an_update_is_answered_with_its_rent_whatever_the_world_answers(place: Place, answer: str) -> None:
    rent = place.delivery()
    place.sim("PUT", "/settings", {"update_answer": answer})
    assert place.client.rents.update(rent, carrier="dhl").id == rent


def test_a_bulk_opening_that_was_only_accepted_says_so(place: Place) -> None:
    place.sim("PUT", "/settings", {"bulk_open_status": 202})
    with pytest.raises(AcceptedOnlyError):
        place.client.lockers.open_bulk(FIRST_BLOQ, [FIRST_LOCKER])


def test_a_task_whose_answer_was_lost_is_found(place: Place) -> None:
    place.lose("logistics.tasks.create")
    settings, url = place.handle.settings, place.handle.urls["logistics"]
    with Logistics(settings.logistics_token, base_url=url, transport=place.handle.transport, patience=AT_ONCE) as client:
        assert _task(client).data.task_id == client.tasks.status("T-1").data.task_id
    assert place.effects("logistics.tasks.create") == 1


def test_the_error_says_what_was_asked_for() -> None:
    assert issubclass(AcceptedOnlyError, ParcelflowError)
    waits = Waits()
    with pytest.raises(AcceptedOnlyError, match=r"PUT /rents/\{rentID\}/collect answered 202"):
        Way("blocking").bloqit(Remote(reply(202, sample("bloqit_rent_reserved"))), lambda c: c.rents.collect("R"), waits)
    assert waits.seconds == []
