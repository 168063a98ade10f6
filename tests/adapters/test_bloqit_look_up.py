"""Bloq.it looked up: what a rent proves about a call whose answer was lost."""

from itertools import product

import httpx
import pytest

from parcelflow.adapters.bloqit.proofs import PROOFS, Verdict, verdict
from parcelflow.machines import Done, Refused, TryLater, Unknown, table_of
from parcelflow.machines.vendor import RENT_STATE

from .fakes import Remote, effect, reply, sample
from .test_bloqit_caller import RENT, ROOT, caller


def test_a_created_rent_is_found_by_its_external_id() -> None:
    remote = Remote(reply(200, sample("bloqit_rent_reserved")))
    answer = caller(remote).look_up(effect("bloqit.deliveries.create"), "key")
    assert isinstance(answer, Done)
    assert (answer.remote_id, answer.data["locker_id"]) == (RENT, "5d5a6e83d1682b7194fc5f9c")
    assert remote.lines == [f"GET {ROOT}/rents/external/R-1"]


@pytest.mark.parametrize(
    ("scripted", "kind"),
    [
        (reply(404, sample("bloqit_error")), TryLater),
        (reply(401), Unknown),
        (reply(429), Unknown),
        (reply(500), Unknown),
        (reply(200, b"<html>"), Unknown),
        (httpx.ConnectError(""), Unknown),
        (httpx.ReadTimeout(""), Unknown),
    ],
)
def test_a_creation_that_cannot_be_found_is_only_repeated_when_the_remote_says_so(
    scripted: httpx.Response | Exception, kind: type[object]
) -> None:
    assert isinstance(caller(Remote(scripted)).look_up(effect("bloqit.deliveries.create"), "key"), kind)


@pytest.mark.parametrize("scripted", [reply(404), reply(401), reply(500), reply(200, b"{}"), httpx.ConnectError("")])
@pytest.mark.parametrize("operation", sorted(PROOFS))
def test_a_rent_that_cannot_be_read_proves_nothing(operation: str, scripted: httpx.Response | Exception) -> None:
    assert isinstance(caller(Remote(scripted)).look_up(effect(operation), "key"), Unknown)


WAITING = {"created", "reserved", "ready_for_pickup", "in_transit"}
LATER = {"collect_item", "price_calculation", "payment_attempt"}
TABLE = {
    # operation: (happened, may still, no longer) by the current state, with a history that says nothing else.
    "bloqit.deliveries.make": (
        {"starting", "in_progress", "locker_opened", *LATER},
        WAITING,
        {"expired", "cancelled", "finished"},
    ),
    "bloqit.rents.collect": (LATER, {"in_progress", "expired", "cancelled"}, {"finished"}),
    "bloqit.rent_sims.keypad": (LATER, {"in_progress"}, {"expired", "cancelled", "finished"}),
    "bloqit.rent_sims.close": (
        {"in_progress", "price_calculation", "payment_attempt", "finished"},
        {"starting", "locker_opened", "collect_item"},
        {*WAITING, "expired", "cancelled"},
    ),
    "bloqit.rents.cancel": (
        {"cancelled"},
        {*WAITING, "starting", "in_progress", "locker_opened"},
        {*LATER, "expired", "finished"},
    ),
    "bloqit.rents.finish": (
        {"finished"},
        {"expired", "cancelled"},
        {*WAITING, *LATER, "starting", "in_progress", "locker_opened"},
    ),
}


@pytest.mark.parametrize(("operation", "state"), list(product(TABLE, sorted(set(RENT_STATE.ours)))))
def test_what_each_state_proves(operation: str, state: str) -> None:
    happened, still, over = TABLE[operation]
    found = verdict(PROOFS[operation], state, been=frozenset({"created"}))
    if state in happened:
        assert found is Verdict.HAPPENED
    elif state in still:
        assert found is Verdict.NOT_YET
    elif state in over:
        assert found is Verdict.NEVER
    else:
        assert found is Verdict.OPEN


def test_a_call_still_counts_as_possible_only_where_the_machine_allows_it() -> None:
    arms = [arm for arms in table_of("delivery").named.values() for arm in arms]
    for operation in ("bloqit.deliveries.make", "bloqit.rents.collect", "bloqit.rents.cancel", "bloqit.rents.finish"):
        allowed = {arm.source for arm in arms if arm.row.call == operation}
        by_policy_only = {"expired"} if operation == "bloqit.rents.cancel" else set[str]()  # row D51: accepted, not sent
        assert PROOFS[operation].still == allowed - by_policy_only, operation


@pytest.mark.parametrize("operation", ["bloqit.deliveries.make", "bloqit.rents.collect", "bloqit.rents.cancel"])
def test_a_history_proves_what_the_end_hides(operation: str) -> None:
    for state in PROOFS[operation].been:
        body = {"_id": RENT, "state": "finished", "states": ["created", {"state": state, "date": "x"}]}
        assert isinstance(caller(Remote(reply(200, body))).look_up(effect(operation), "key"), Done)


def _look(operation: str, state: str, *more: httpx.Response | Exception, states: list[str] | None = None) -> object:
    remote = Remote(reply(200, {"_id": RENT, "state": state, "states": states or []}), *more)
    return caller(remote).look_up(effect(operation), "key")


def test_the_four_conclusions() -> None:
    make = "bloqit.deliveries.make"
    assert isinstance(_look(make, "starting"), Done)
    assert isinstance(_look(make, "reserved"), TryLater)
    assert isinstance(_look(make, "cancelled", states=["created", "cancelled"]), Refused)
    assert isinstance(_look(make, "pre-advised", states=["created"]), Unknown)


def test_without_states_the_history_is_asked() -> None:
    make = "bloqit.deliveries.make"
    opened = reply(200, [{"codeName": "rent.created"}, {"codeName": "rent.started"}, {"codeName": "rent.cancelled"}])
    untouched = reply(200, {"docs": [{"codeName": "rent.created"}, {"codeName": "rent.cancelled"}]})
    assert isinstance(_look(make, "cancelled", opened), Done)
    assert isinstance(_look(make, "cancelled", untouched), Refused)
    assert isinstance(_look(make, "cancelled", reply(200, sample("bloqit_history"))), Unknown)
    assert isinstance(_look(make, "cancelled", reply(500)), Unknown)
    assert isinstance(_look(make, "cancelled", httpx.ReadTimeout("")), Unknown)


def test_what_proves_nothing_is_never_repeated() -> None:
    assert isinstance(_look("bloqit.rents.cancel", "pre-advised", reply(500)), Unknown)
    assert isinstance(_look("bloqit.rents.collect", "pre-advised", reply(500)), Unknown)
    assert isinstance(_look("bloqit.rents.collect", "", reply(500)), Unknown)


def test_what_needs_no_look_up() -> None:
    for operation in ("bloqit.rents.extend", "bloqit.rents.get"):
        assert isinstance(caller(Remote()).look_up(effect(operation), "key"), TryLater)
    assert isinstance(caller(Remote()).look_up(effect("bloqit.rents.collect", remote_id=None), "key"), Refused)


@pytest.mark.parametrize(
    ("scripted", "kind"),
    [
        (reply(200, [{"codeName": "rent.created"}, {"codeName": "rent.automatic_notification_sent"}]), Done),
        (reply(200, [{"codeName": "rent.created"}]), Refused),
        (reply(500), Unknown),
        (httpx.ReadTimeout(""), Unknown),
    ],
)
def test_a_notice_that_may_have_been_sent_is_not_sent_again(scripted: httpx.Response | Exception, kind: type[object]) -> None:
    remote = Remote(scripted)
    assert isinstance(caller(remote).look_up(effect("bloqit.deliveries.notify"), "key"), kind)
    assert remote.lines == [f"GET {ROOT}/rents/{RENT}/history?rentID={RENT}"]


@pytest.mark.parametrize(
    ("wish", "rent", "kind"),
    [
        ({"locker_id": "L"}, {"state": "reserved", "locker": "L"}, Done),
        ({"locker_id": "L"}, {"state": "created"}, TryLater),
        ({"locker_id": "L"}, {"state": "reserved", "locker": "old"}, TryLater),
        ({"locker_id": "L"}, {"state": "starting", "locker": "old"}, Refused),
        ({"locker_type": "M"}, {"state": "reserved", "locker": {"_id": "L", "type": "m", "bloq": "B"}}, Done),
        ({"locker_type": "M"}, {"state": "reserved", "bloq": "B", "locker": {"_id": "L", "type": "M"}}, Done),
        ({"locker_type": "M"}, {"state": "reserved", "locker": {"_id": "L", "type": "M", "bloq": "other"}}, Unknown),
        ({"locker_type": "M"}, {"state": "reserved", "locker": {"_id": "L", "bloq": "B"}}, Unknown),
        ({"locker_type": "M"}, {"state": "reserved", "bloq": "B", "locker": "L"}, Unknown),
        ({"locker_type": "M"}, {"state": "created"}, TryLater),
        ({"locker_type": "M"}, {"state": "finished"}, Refused),
    ],
)
def test_a_locker_that_a_rent_has_was_selected(wish: dict[str, str], rent: dict[str, object], kind: type[object]) -> None:
    for operation in ("bloqit.deliveries.select_locker", "bloqit.returns.reserve_locker"):
        wanted = effect(operation, data={"bloq_id": "B"}, wish=wish)
        assert isinstance(caller(Remote(reply(200, {"_id": RENT, **rent}))).look_up(wanted, "key"), kind)
    assert isinstance(caller(Remote(reply(500))).look_up(wanted, "key"), Unknown)


def test_a_key_that_could_never_be_sent_is_refused_at_look_up_too() -> None:
    assert isinstance(caller(Remote()).look_up(effect("bloqit.deliveries.create", case_key=".."), "key"), Refused)
    assert isinstance(caller(Remote()).look_up(effect("bloqit.rents.collect", remote_id=".."), "key"), Refused)
