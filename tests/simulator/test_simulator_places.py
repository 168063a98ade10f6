"""Bloqs, locations, printers, customers and couriers of the pretend Bloq.it."""

import base64
import json
from collections.abc import Callable

import httpx
import pytest

from parcelflow.simulator import FIRST_BLOQ, FIRST_LOCKER, SECOND_BLOQ, SECOND_LOCKER, Delivery, Settings, World

Ask = Callable[..., httpx.Response]
Events = Callable[[], list[dict[str, object]]]

BLOQ = f"/bloqit/bloqs/{FIRST_BLOQ}"
LISBON = "latitude=38.707163&longitude=-9.135517"
PLACE = {"address": "Street 123, 1100-123 Lisbon", "latitude": 38.707163, "longitude": -9.135517}


def _locker(number: int) -> str:
    return f"{int(FIRST_LOCKER, 16) + number:024x}"


@pytest.fixture
def events(ask: Ask, sent: list[Delivery]) -> Events:
    """The events that were told since the beginning."""
    ask("POST /bloqit/webhooks", json={"url": "http://partner", "enabledEvents": ["*"]})

    def events() -> list[dict[str, object]]:
        ask("POST /sim/webhooks/settle")
        return [json.loads(delivery.body) for delivery in sent]

    return events


def test_an_updated_bloq_shows_what_was_sent_and_no_more(ask: Ask, events: Events) -> None:
    before = ask(f"GET {BLOQ}").json()
    ask("POST /sim/clock/advance", json={"seconds": 60})

    body = {"title": "New", "postalCode": "1234-567", "location": {"coordinates": [-8.0, 40.0]}, "maxRentTimeHour": 7}
    told = ask(f"PUT {BLOQ}/", json=body | {"metadata": {"a": 1}}).json()

    assert told["details"] == before["details"] | {"title": "New", "postalCode": "1234-567"}
    changed = {name for name in told if told[name] != before[name]}
    assert changed == {"details", "location", "maxRentTimeHour", "metadata", "updatedAt"}
    assert ask(f"GET {BLOQ}").json() == told
    assert events() == []


def test_switching_a_bloq_is_told_once_and_closes_it_to_new_rents(ask: Ask, events: Events) -> None:
    for active in (False, False, True):
        assert ask(f"PUT {BLOQ}", json={"active": active}).json()["active"] is active
        status = ask(f"POST /bloqit/deliveries?lockerID={FIRST_LOCKER}", json={}).status_code
        assert status == (201 if active else 409)

    assert [event["codeName"] for event in events()] == ["bloq.inactive", "bloq.active", "rent.reserved"]


@pytest.mark.parametrize(
    "body",
    [
        {"active": "no"},
        {"maxRentTimeHour": 0},
        {"maxRentCollectTimeHour": "x"},
        {"location": {"coordinates": [-9, 91]}},
        {"code": ""},
        {"metadata": 5},
    ],
)
def test_a_bad_update_of_a_bloq_is_a_400(ask: Ask, snapshot: Callable[[], object], body: dict[str, object]) -> None:
    before = snapshot()

    assert ask(f"PUT {BLOQ}", json=body).status_code == 400
    assert snapshot() == before


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (f"{LISBON}&maxDistance=1", ["T1"]),
        (f"{LISBON}&maxDistance=270000", ["T1"]),
        (f"{LISBON}&maxDistance=280000", ["T1", "T2"]),
        ("latitude=41.15&longitude=-8.61&maxDistance=400000", ["T2", "T1"]),
        ("latitude=41.15&longitude=-8.61&maxDistance=400000&rentType=store", ["T1"]),
        ("latitude=-9.135517&longitude=38.707163&maxDistance=500", []),  # swapped, as in the document's example
    ],
)
def test_bloqs_are_found_around_a_point(ask: Ask, query: str, found: list[str]) -> None:
    assert [bloq["code"] for bloq in ask(f"GET /bloqit/bloqs/geoSearch?{query}").json()["docs"]] == found


@pytest.mark.parametrize(
    "query",
    [
        "maxDistance=5",
        f"{LISBON}",
        f"{LISBON}&maxDistance=0",
        "latitude=nan&longitude=0&maxDistance=5",
        "latitude=91&longitude=0",
    ],
)
def test_a_bad_search_is_a_400(ask: Ask, query: str) -> None:
    assert ask(f"GET /bloqit/bloqs/geoSearch?{query}").status_code == 400


@pytest.mark.parametrize(
    ("settings", "status", "told"),
    [
        (Settings(), 200, [_locker(1), _locker(3)]),
        (Settings(bulk_open_answer="titles", bulk_open_status=202), 202, ["A2", "A4"]),
    ],
)
def test_several_lockers_open_at_once(ask: Ask, world: World, settings: Settings, status: int, told: list[str]) -> None:
    world.ground.settings = settings

    answer = ask(f"PUT {BLOQ}/lockers/open", json={"lockers": [_locker(1), _locker(3), _locker(1)]})

    assert (answer.status_code, answer.json()) == (status, told)
    assert [locker["isOpen"] for locker in ask(f"GET {BLOQ}").json()["lockers"]] == [False, True, False, True, False]


@pytest.mark.parametrize(
    ("lockers", "status"),
    [
        ([_locker(3), FIRST_LOCKER], 409),  # allocated
        ([_locker(3), _locker(1)], 409),  # open
        ([_locker(3), SECOND_LOCKER], 400),  # of another bloq
        ([], 400),
        ("all", 400),
        ([5], 400),
    ],
)
def test_several_lockers_open_together_or_not_at_all(
    ask: Ask, reach: Callable[[str], str], snapshot: Callable[[], object], lockers: object, *, status: int
) -> None:
    reach("reserved")
    ask(f"PUT {BLOQ}/lockers/{_locker(1)}/open")
    before = snapshot()

    assert ask(f"PUT {BLOQ}/lockers/open", json={"lockers": lockers}).status_code == status
    assert snapshot() == before


def test_a_location_is_created_found_and_churned(ask: Ask, world: World) -> None:
    made = ask("POST /bloqit/bloq-locations", json=PLACE | {"externalID": "e1", "name": "Supermarket", "state": "deployed"})
    ask("POST /bloqit/bloq-locations", json=PLACE | {"externalID": "e2"})
    (one, _) = world.bloqit.locations.known

    assert (made.status_code, made.json()) == (
        201,
        {
            "address": PLACE["address"],
            "externalID": "e1",
            "name": "Supermarket",
            "location": {"type": "Point", "coordinates": [-9.135517, 38.707163]},
            "state": "created",
            "metadata": {},
        },
    )
    assert ask(f"GET /bloqit/bloq-locations/{one}").json() == made.json()
    assert ask("PUT /bloqit/bloq-locations/external-id/e1", json={"name": "Other"}).json()["name"] == "Other"
    assert ask(f"POST /sim/locations/{one}/deploy").json()["state"] == "deployed"
    assert ask(f"POST /sim/locations/{one}/deploy").status_code == 409
    echoed = ask(f"PUT /bloqit/bloq-locations/{one}", json={"state": "churned"}).json()
    assert echoed["state"] == "deployed"  # as the document's sample echoes the state before (B:971, 984)
    assert ask("GET /bloqit/bloq-locations/external-id/e1").json()["state"] == "churned"
    assert ask(f"PUT /bloqit/bloq-locations/{one}", json={"state": "churned"}).status_code == 200
    for body in ({"name": "x"}, {"name": "x", "state": "churned"}):
        assert ask(f"PUT /bloqit/bloq-locations/{one}", json=body).status_code == 409


def test_locations_are_filtered_and_may_show_their_ids(ask: Ask, world: World) -> None:
    world.ground.settings = Settings(location_ids=True, location_echo="new")
    ids = [ask("POST /bloqit/bloq-locations", json=PLACE | {"externalID": f"e{n}", "name": "n"}).json()["_id"] for n in range(3)]
    assert ask(f"PUT /bloqit/bloq-locations/{ids[0]}", json={"state": "churned"}).json()["state"] == "churned"

    def found(query: str) -> list[str]:
        return [one["_id"] for one in ask(f"GET /bloqit/bloq-locations?{query}").json()["docs"]]

    assert found("") == ids
    assert found("limit=1&page=2") == [ids[1]]
    assert found("state=churned") == [ids[0]]
    assert found("externalID=e2") == [ids[2]]
    assert found("name=n&address=elsewhere") == []


@pytest.mark.parametrize(
    ("line", "body", "status"),
    [
        ("POST /bloqit/bloq-locations", {}, 400),
        ("POST /bloqit/bloq-locations", PLACE | {"latitude": 91}, 400),
        ("POST /bloqit/bloq-locations", PLACE | {"metadata": "x"}, 400),
        ("PUT /bloqit/bloq-locations/external-id/e1", {"state": "deployed"}, 400),
        ("PUT /bloqit/bloq-locations/external-id/e1", {"longitude": 181}, 400),
        ("PUT /bloqit/bloq-locations/nothing", {"state": "churned"}, 404),
        ("GET /bloqit/bloq-locations/external-id/nothing", None, 404),
        ("GET /bloqit/bloq-locations?state=gone", None, 400),
    ],
)
def test_a_bad_location_is_refused(ask: Ask, snapshot: Callable[[], object], line: str, body: object, status: int) -> None:
    ask("POST /bloqit/bloq-locations", json=PLACE | {"externalID": "e1"})
    before = snapshot()

    assert ask(line, json=body).status_code == status
    assert snapshot() == before


def test_labels_are_counted_printed_and_replaced(ask: Ask, world: World, events: Events) -> None:
    world.bloqit.bloqs[FIRST_BLOQ].labels = 1
    line = f"PUT {BLOQ}/print-label?templateID=pretend-template"

    assert ask(f"GET {BLOQ}/labels-amount-available").json() == {"remainingLabels": "1"}
    assert ask(line, json={"content": {"name": "Ana"}}).json()["lockerTitle"] == "A1"  # the document's mistake (B:1246)
    assert ask(f"GET {BLOQ}/labels-amount-available").json() == {"remainingLabels": "0"}
    assert ask(line.replace("PUT", "POST")).status_code == 502
    assert ask(f"PUT {BLOQ}/notify-label-replacement").json() == {}
    assert ask(f"GET {BLOQ}/labels-amount-available").json() == {"remainingLabels": "120"}

    told = [(event["codeName"], event["message"], event["bloq"]) for event in events()]
    assert told == [
        ("bloq.label_printed", "", FIRST_BLOQ),
        ("bloq.print_label_error", "There are no labels left.", FIRST_BLOQ),
    ]


def test_all_printers_are_listed_by_zeros(ask: Ask) -> None:
    docs = [{"bloq": FIRST_BLOQ, "remainingLabels": "120"}]

    assert ask("GET /bloqit/bloqs/labels-amount-available").json() == {"docs": docs, "totalDocs": 1, "limit": 10, "page": 1}
    everything = ask("GET /bloqit/bloqs/labels-amount-available?page=0&limit=0").json()
    assert everything == {"docs": docs, "totalDocs": 1, "limit": 0, "page": 0}
    assert ask("GET /bloqit/bloqs/labels-amount-available?page=0&limit=1").status_code == 400


@pytest.mark.parametrize(
    ("line", "body", "status"),
    [
        (f"PUT {BLOQ}/print-label", {"content": {}}, 400),
        (f"PUT {BLOQ}/print-label?templateID=unknown", {}, 400),
        (f"PUT {BLOQ}/print-label?templateID=pretend-template", {"content": "x"}, 400),
        (f"PUT /bloqit/bloqs/{SECOND_BLOQ}/print-label", {}, 409),
        (f"GET /bloqit/bloqs/{SECOND_BLOQ}/labels-amount-available", None, 409),
        (f"PUT /bloqit/bloqs/{SECOND_BLOQ}/notify-label-replacement", None, 409),
        ("PUT /bloqit/bloqs/nothing/notify-label-replacement", None, 404),
    ],
)
def test_nothing_is_printed_from_nonsense(ask: Ask, snapshot: Callable[[], object], line: str, body: object, status: int) -> None:
    before = snapshot()

    assert ask(line, json=body).status_code == status
    assert snapshot() == before


def test_the_sample_answer_of_a_replacement_looks_like_an_error(ask: Ask, world: World) -> None:
    world.ground.settings = Settings(replacement_answer="error_body")

    answer = ask(f"PUT {BLOQ}/notify-label-replacement")

    assert (answer.status_code, answer.json()["code"]) == (200, "bloqIDInvalid")


def test_customers_come_change_and_go(ask: Ask, events: Events) -> None:
    made = ask("POST /bloqit/customers", json={"name": "Ana", "email": "ana@example.com"})
    ana = made.json()["_id"]
    ask("POST /sim/clock/advance", json={"seconds": 1})
    changed = ask(f"PUT /bloqit/customers/{ana}", json={"phoneNumber": "+351919090909"}).json()

    assert made.status_code == 201
    assert set(changed) == {"_id", "partner", "name", "email", "phoneNumber", "createdAt", "updatedAt"}
    assert changed["updatedAt"] > changed["createdAt"]
    assert ask(f"GET /bloqit/customers/{ana}").json() == changed
    assert ask(f"DELETE /bloqit/customers/{ana}").json() == changed
    assert ask(f"DELETE /bloqit/customers/{ana}").status_code == 404
    assert [(event["codeName"], event["customer"]) for event in events()] == [
        ("customer.customer_created", ana),
        ("customer.customer_updated", ana),
        ("customer.customer_deleted", ana),
    ]


def test_customers_are_listed_by_their_rents_and_rents_by_their_customers(ask: Ask) -> None:
    ana = ask("POST /bloqit/customers", json={"email": "Ana@example.com"}).json()["_id"]
    body = {"expiryDate": "2026-03-05T12:00:00Z", "customer": {"name": "Bea", "phoneNumber": "+351 91"}}
    rent = ask("POST /bloqit/deliveries", json=body).json()
    ask(f"POST /bloqit/deliveries?bloqID={FIRST_BLOQ}&customerID={ana}", json={})

    def found(query: str) -> list[str]:
        return [one["_id"] for one in ask(f"GET /bloqit/customers?withActiveRents={query}").json()["docs"]]

    assert found("all") == found("with") == [ana, rent["customer"]]
    assert found("without") == []
    assert [one["_id"] for one in ask("GET /bloqit/rents?customerQuery=351%2091").json()["docs"]] == [rent["_id"]]
    assert ask("GET /bloqit/rents?customerQuery=ana@EXAMPLE.com").json()["totalDocs"] == 1
    assert ask("GET /bloqit/rents?customerQuery=nobody").json()["totalDocs"] == 0
    for step in ("cancel", "finish"):
        ask(f"PUT /bloqit/rents/{rent['_id']}/{step}")
    assert found("without") == [rent["customer"]]


@pytest.mark.parametrize(
    ("line", "body", "status"),
    [
        ("POST /bloqit/customers", {"name": 5}, 400),
        ("GET /bloqit/customers?withActiveRents=some", None, 400),
        ("GET /bloqit/customers/nobody", None, 404),
        ("PUT /bloqit/customers/nobody", {}, 404),
    ],
)
def test_a_bad_question_about_customers_is_refused(
    ask: Ask, snapshot: Callable[[], object], line: str, body: object, status: int
) -> None:
    before = snapshot()

    assert ask(line, json=body).status_code == status
    assert snapshot() == before


@pytest.mark.parametrize(
    ("query", "seconds"),
    [
        ("", 86_400),
        ("&expirationDate=60", 0),  # a bare number counts milliseconds (B:3395)
        ("&expirationDate=60000", 60),
        ("&expirationDate=2%20days", 172_800),
        ("&expirationDate=10h", 36_000),
        ("&expirationDate=7d", 604_800),
    ],
)
def test_a_courier_gets_a_token_of_the_documents_shape(ask: Ask, query: str, seconds: int) -> None:
    line = "GET /bloqit/couriers/courier-auth/create-token?courierID=DRIVERID1"

    token = ask(line + query).json()["token"]

    header, claims, signature = (base64.urlsafe_b64decode(part + "==") for part in token.split("."))
    assert json.loads(header) == {"alg": "ES512", "typ": "JWT"}
    issued = 1772366400  # 2026-03-01T12:00:00Z
    assert json.loads(claims) == {"courier_id": "DRIVERID1", "iat": issued, "exp": issued + seconds}
    assert len(signature) == 132
    assert ask("GET /sim/record?operation=bloqit.couriers.create_token&object=DRIVERID1").json()["count"] == 1


def test_a_token_carries_its_bloqs_and_what_the_partner_wants(ask: Ask) -> None:
    line = f"GET /bloqit/couriers/courier-auth/create-token?courierID=c&bloqIDs={FIRST_BLOQ}"

    for query in ('&metadata={"van":"7"}', "&metadata[van]=7"):
        claims = json.loads(base64.urlsafe_b64decode(ask(line + query).json()["token"].split(".")[1] + "=="))
        assert (claims["bloq_ids"], claims["metadata"]) == ([FIRST_BLOQ], {"van": "7"})


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 400),
        ("courierID=", 400),
        ("courierID=c&expirationDate=soon", 400),
        ("courierID=c&expirationDate=0", 400),
        ("courierID=c&expirationDate=-1d", 400),
        ("courierID=c&expirationDate=999999999999y", 400),
        ("courierID=c&metadata=5", 400),
        ("courierID=c&metadata={", 400),
        ("courierID=c&bloqIDs=nothing", 404),
    ],
)
def test_a_bad_wish_for_a_token_is_refused(ask: Ask, snapshot: Callable[[], object], query: str, status: int) -> None:
    before = snapshot()

    assert ask(f"GET /bloqit/couriers/courier-auth/create-token?{query}").status_code == status
    assert snapshot() == before


def test_rents_are_found_by_the_states_that_they_reached(ask: Ask, world: World, reach: Callable[[str], str]) -> None:
    rent = reach("finished")
    line = "GET /bloqit/rents/reached-state?from=2026-03-01T00:00:00&until=2026-03-02T00:00:00"

    assert [one["_id"] for one in ask(f"{line}&state=in_progress").json()["docs"]] == [rent]
    assert ask(f"{line}&state=expired").json()["totalDocs"] == 0
    assert ask(f"{line.replace('03-02', '03-01')}&state=in_progress").json()["totalDocs"] == 0
    assert ask(f"{line}&state=finished").json()["totalDocs"] == 1
    assert ask("GET /bloqit/rents?rentType=return").status_code == 200
    world.ground.settings = Settings(strict_lists=True)  # as the document's own lists are (B:1338, 1449, 1533)
    assert ask(f"{line}&state=finished").status_code == 400
    assert ask("GET /bloqit/rents/active?rentStates=finished").status_code == 400
    assert ask("GET /bloqit/rents?rentStates=finished").status_code == 200
    assert ask("GET /bloqit/rents?rentType=return").status_code == 400


@pytest.mark.parametrize(
    "query", ["", "state=expired", "state=asleep&from=2026-01-01&until=2026-01-01", "state=expired&from=x&until=2026-01-01"]
)
def test_a_bad_question_about_reached_states_is_a_400(ask: Ask, query: str) -> None:
    assert ask(f"GET /bloqit/rents/reached-state?{query}").status_code == 400


def test_an_active_list_has_no_end_date(ask: Ask, reach: Callable[[str], str]) -> None:
    reach("reserved")

    assert ask("GET /bloqit/rents?endDate=2026-02-01T00:00:00Z").json()["totalDocs"] == 0
    assert ask("GET /bloqit/rents/active?endDate=2026-02-01T00:00:00Z").json()["totalDocs"] == 1


def test_webhooks_are_listed_by_the_date_of_their_change(ask: Ask) -> None:
    ask("POST /bloqit/webhooks", json={"url": "x", "enabledEvents": []})

    assert ask("GET /bloqit/webhooks?startDate=2026-03-01T12:00:00Z").json()["totalDocs"] == 1
    assert ask("GET /bloqit/webhooks?endDate=2026-03-01T11:59:59Z").json()["totalDocs"] == 0
    assert ask("GET /bloqit/webhooks?startDate=x").status_code == 400
