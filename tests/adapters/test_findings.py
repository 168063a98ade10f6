"""Findings and rules that one request or one answer shows, each as its row of docs/coverage.txt cites it."""

import json
from typing import Any

import pytest

from parcelflow.adapters.blink.client import BASE_URL as BLINK_URL
from parcelflow.adapters.blink.menu import Category, Product
from parcelflow.adapters.bloqit.caller import BloqitCaller
from parcelflow.adapters.bloqit.wire import Customer, Ref, Rent
from parcelflow.adapters.catalogue import EVERY
from parcelflow.adapters.operation import RouteConfidence
from parcelflow.machines import BadParametersError, Done, RouteUnverifiedError, StateConflictError

from .fakes import KEY, Remote, clock, effect, reply
from .ways import Ask, Way, both_ways

ROOT = "/api/v1/public"


@both_ways
def test_an_inferred_route_that_is_not_there_is_called_unverified(way: Way) -> None:
    """A1."""
    for status in (404, 405):
        with pytest.raises(RouteUnverifiedError, match=r"route override for 'bloqit\.stores\.end'"):
            way.bloqit(Remote(reply(status)), lambda client: client.stores.end("R"))
    inferred = [one.id for one in EVERY.values() if one.confidence is RouteConfidence.INFERRED]
    assert len(inferred) == 20 - 1  # A2 is confirmed


@both_ways
def test_paths_that_no_document_gives_are_the_likeliest_ones(way: Way) -> None:
    """A2, A3, A50, B:340."""
    remote = Remote(reply(200, {"_id": "R"}), reply(200, {"_id": "B"}))
    way.bloqit(remote, lambda client: client.deliveries.create("1", bloq_id="B", notification_options=["sms", "email"]))
    assert remote.lines == [f"POST {ROOT}/deliveries/reserveLocker?bloqID=B"]
    assert remote.body() == {"externalID": "1", "notificationOptions": ["sms", "email"]}  # A10: flat
    remote = Remote(reply(200, {"_id": "B"}))
    way.bloqit(remote, lambda client: client.bloqs.update("B", city="Lisbon"))
    assert remote.lines == [f"PUT {ROOT}/bloqs/B"]
    assert remote.body() == {"city": "Lisbon"}


@both_ways
def test_a_size_is_sent_as_the_filter_has_it(way: Way) -> None:
    """A56."""
    remote = Remote(reply(200, {}))
    way.bloqit(remote, lambda client: client.bloqs.list(locker_type="xl"))
    assert "lockerType=XL" in remote.lines[0]
    assert not Rent.model_validate({"_id": "R"}).is_blank()


@both_ways
def test_lists_in_lists_are_refused_when_sent_and_flattened_when_read(way: Way) -> None:
    """A10."""
    nested: Any = [["sms"]]
    with pytest.raises(BadParametersError, match="notificationOptions"):
        way.bloqit(Remote(), lambda client: client.deliveries.create("1", bloq_id="B", notification_options=nested))
    for told in (["sms", "email"], [["sms", "email"]], [["sms"], "email", [5, None]]):
        assert Rent.model_validate({"_id": "R", "notificationOptions": told}).notification_options[:2] == ["sms", "email"]
    assert Rent.model_validate({"_id": "R", "notificationOptions": "sms"}).notification_options == []


@pytest.mark.parametrize(
    ("told", "known", "name"),
    [
        ("C", "C", None),
        (7, "7", None),
        ({"_id": "C", "name": "Ann"}, "C", "Ann"),
        ({"id": "C", "name": "Ann"}, "C", "Ann"),
        ({}, None, None),
        (None, None, None),
    ],
)
def test_who_is_named_is_an_id_or_an_object(told: object, known: str | None, name: str | None) -> None:
    """A17."""
    rent = Rent.model_validate({"_id": "R", "customer": told, "locker": told})
    assert (rent.customer.id, rent.locker.id) == (known, known)
    assert (None if rent.customer.embedded is None else rent.customer.embedded.name) == name
    assert Ref[Customer].model_validate(told).id == known


def test_a_location_teaches_no_state_by_its_echo() -> None:
    """A25."""
    told = {"externalID": "R-1", "name": "N", "state": "created"}
    for operation, facts, learnt in (
        ("bloqit.locations.create", {"address": "A", "latitude": 1, "longitude": 2}, Done({"name": "N"}, remote_id="R-1")),
        ("bloqit.locations.update_by_external_id", {}, Done()),
    ):
        caller = BloqitCaller("https://a.example", api_key=KEY, clock=clock, transport=Remote(reply(200, told)).transport)
        assert caller.call(effect(operation, data=facts), "key") == learnt
        caller.close()


@both_ways
def test_a_customers_external_id_is_kept_and_never_sent(way: Way) -> None:
    """A47."""
    remote = Remote(reply(200, {"_id": "C", "externalID": "E"}))
    customer = way.bloqit(remote, lambda client: client.customers.create(name="Ann"))
    assert customer.external_id == "E"
    assert remote.body() == {"name": "Ann"}
    with pytest.raises(BadParametersError, match="externalID: Extra"):
        way.bloqit(Remote(), lambda client: client.ask("bloqit.customers.create", {"name": "A", "externalID": "E"}))


@both_ways
def test_a_location_can_only_be_churned(way: Way) -> None:
    """B:955."""
    remote = Remote(reply(200, {}))
    way.bloqit(remote, lambda client: client.locations.update_by_external_id("E", state="churned"))
    assert remote.body() == {"state": "churned"}
    deployed: Any = "deployed"
    for update in ("update", "update_by_external_id"):
        with pytest.raises(BadParametersError, match=r"state: .*'churned', got 'deployed'"):
            way.bloqit(Remote(), lambda client, update=update: getattr(client.locations, update)("E", state=deployed))


@both_ways
def test_cancelled_and_expired_rents_are_active_and_finished_ones_are_not(way: Way) -> None:
    """B:1412, B:1511, A6."""
    remote = Remote(reply(200, {}))
    way.bloqit(remote, lambda client: client.rents.list_active(rent_states=["cancelled", "expired"]))
    assert remote.lines == [f"GET {ROOT}/rents/active?rentStates=cancelled&rentStates=expired&page=1&limit=10"]
    with pytest.raises(BadParametersError, match="finished"):
        way.bloqit(Remote(), lambda client: client.rents.list_active(rent_states=["finished"]))
    remote = Remote(reply(200, {}))
    way.bloqit(remote, lambda client: client.rents.list_reached("expired", "2024-04-01T02:00:00+02:00", "2024-04-02T00:00:00Z"))
    assert remote.lines == [
        f"GET {ROOT}/rents/reached-state?state=expired&from=2024-04-01T00%3A00%3A00&until=2024-04-02T00%3A00%3A00&page=1&limit=10"
    ]


SENT: dict[str, tuple[Ask, str, dict[str, Any] | None]] = {
    "B:1958": (lambda client: client.rents.cancel("R"), "PUT /rents/R/cancel", None),
    "B:2011": (lambda client: client.rents.collect("R"), "PUT /rents/R/collect", None),
    "B:2117": (lambda client: client.rent_sims.keypad("R"), "PUT /rent-sims/R/lockers/keypad", None),
    "B:2168": (lambda client: client.rent_sims.close("R"), "PUT /rent-sims/R/lockers/close", None),
    "B:2289": (lambda client: client.stores.end("R"), "PUT /stores/R/end", {"openLocker": False}),
    "B:2998": (
        lambda client: client.returns.reserve_locker("R", "B", locker_type="m"),
        "PUT /returns/R/reserve?bloqID=B&lockerType=M",
        {},
    ),
}


@both_ways
@pytest.mark.parametrize("rule", SENT)
def test_a_rule_is_sent_as_the_document_has_it_and_a_409_is_the_remotes_word(way: Way, rule: str) -> None:
    """B:54 and what `SENT` names."""
    ask, line, body = SENT[rule]
    remote = Remote(reply(200, {"_id": "R"}))
    way.bloqit(remote, ask)
    verb, _, path = line.partition(" ")
    assert remote.lines == [f"{verb} {ROOT}{path}"]
    assert (remote.requests[0].content or None) == (None if body is None else json.dumps(body, separators=(",", ":")).encode())
    refused = Remote(reply(409), reply(409))
    with pytest.raises(StateConflictError):
        way.bloqit(refused, ask)
    assert len(refused.lines) == 1


# --- Blink and Logistics --------------------------------------------------------------------------------------------------


@both_ways
@pytest.mark.parametrize("group", ["branches", "customers"])
def test_branches_and_customers_are_asked_for_by_get_and_by_post_where_that_is_refused(way: Way, group: str) -> None:
    """C1."""
    remote = Remote(reply(200, {"access_token": "T"}), reply(405), reply(200, {"data": []}))
    assert way.blink(remote, lambda client: getattr(client, group).list()) == []
    assert [line.partition("?")[0] for line in remote.lines[1:]] == [f"{verb} /interface/v1/{group}" for verb in ("GET", "POST")]


@both_ways
def test_pages_of_customers_are_told_by_the_next_url_or_the_last_page_and_never_by_counting(way: Way) -> None:
    """C24, C27."""
    three = [{"phone": str(number)} for number in range(3)]
    counted = {"from": 1, "to": 4, "total": 4, "per_page": 100}

    def found(*pages: dict[str, Any]) -> tuple[int, list[str]]:
        remote = Remote(reply(200, {"access_token": "T"}), *(reply(200, {"success": True, "data": page}) for page in pages))
        count = len(way.blink(remote, lambda client: client.customers.list()))
        return count, remote.lines[1:]

    first = "GET /interface/v1/customers?page=1"
    alone = {**counted, "data": three, "current_page": 1, "last_page": 1, "next_page_url": None}
    assert found(alone) == (3, [first])
    more = {**counted, "data": three, "last_page": 1, "next_page_url": "URL/interface/v1/customers?page=7"}
    last = {"data": [{"phone": "9"}], "last_page": 2, "next_page_url": None}
    assert found(more, last) == (4, [first, "GET /interface/v1/customers?page=2"])  # of the URL only that there is one
    assert BLINK_URL == "https://api.blinkco.io"
    assert found({"data": three, "last_page": 2}, last) == (4, [first, "GET /interface/v1/customers?page=2"])


@both_ways
def test_a_product_is_taken_from_the_menu_by_being_inactive_or_by_its_date(way: Way) -> None:
    """C26, C15."""
    remote = Remote(reply(200, {"access_token": "T"}), reply(200))
    product = Product(
        id="p",
        sku="s",
        name="n",
        is_active=False,
        price="1.50",  # pyright: ignore[reportArgumentType] - decimal text is as good
        category=Category(id="c", name="C"),
        deleted_at="2024-01-01",
    )
    way.blink(remote, lambda client: client.menu.sync([product]))
    (sent,) = remote.body(1)["products"]
    assert (sent["is_active"], sent["deleted_at"], sent["price"]) == (False, "2024-01-01", 1.5)


@both_ways
def test_a_status_is_asked_for_by_get_and_by_put_where_that_is_refused(way: Way) -> None:
    """E4."""
    remote = Remote(reply(405), reply(200, {"data": {"taskId": "T"}}))
    assert way.logistics(remote, lambda client: client.tasks.status("K")).data.task_id == "T"
    assert remote.lines == [f"{verb} /api/client/task/status?mappingKey=K" for verb in ("GET", "PUT")]
