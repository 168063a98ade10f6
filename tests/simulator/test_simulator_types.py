"""Stores, sends and returns: every state against everything that can be asked of it."""

from collections.abc import Callable

import httpx
import pytest

from parcelflow.simulator import FIRST_BLOQ, FIRST_LOCKER, SECOND_BLOQ, SECOND_LOCKER, Delivery, Settings, World

Ask = Callable[..., httpx.Response]
Reach = Callable[[str, str], str]

CLOSE = "PUT /bloqit/rent-sims/{rent}/lockers/close"
BIRTHS: dict[str, tuple[str, dict[str, object]]] = {
    "store": (f"POST /bloqit/stores?lockerID={FIRST_LOCKER}", {"pickUpCodes": {"user": "2121"}}),
    "send": (f"POST /bloqit/sends?lockerID={FIRST_LOCKER}", {"phoneNumber": "+351919090909", "pickUpCodes": {"user": "2121"}}),
    "return": (f"POST /bloqit/returns?bloqID={FIRST_BLOQ}&lockerID={FIRST_LOCKER}", {"pickUpCodes": {"user": "2121"}}),
}
OPEN = "PUT /bloqit/rents/{rent}/lockers/open"
WAYS: dict[str, list[str]] = {
    "starting": [],
    "in_progress": [CLOSE],
    "locker_opened": [CLOSE, OPEN],
    "collect_item": [CLOSE, "PUT /bloqit/rents/{rent}/collect"],
    "expired": [CLOSE, "POST /sim/clock/advance"],
    "cancelled": [CLOSE, "PUT /bloqit/rents/{rent}/cancel"],
    "finished": [CLOSE, "PUT /bloqit/rents/{rent}/collect", CLOSE],
}
LATER = {"expiryDate": "2027-01-01T00:00:00Z"}
ACTIONS: dict[str, tuple[str, object]] = {
    "make": ("PUT /bloqit/deliveries/{rent}/make", None),
    "notify": ("PUT /bloqit/deliveries/{rent}/notify", None),
    "ready": ("PUT /bloqit/deliveries/{rent}/ready-for-pickup", None),
    "transit": ("PUT /bloqit/deliveries/{rent}/in-transit", None),
    "select": (f"PUT /bloqit/deliveries/{{rent}}/select-locker?bloqID={FIRST_BLOQ}&lockerType=M", None),
    "return": ("PUT /bloqit/deliveries/{rent}/return", LATER),
    "end": ("PUT /bloqit/stores/{rent}/end", None),
    "end_open": ("PUT /bloqit/stores/{rent}/finish", {"openLocker": True}),
    "reserve": (f"PUT /bloqit/returns/{{rent}}/reserve?bloqID={FIRST_BLOQ}&lockerType=m", None),
    "finish_return": ("PUT /bloqit/returns/{rent}/finish", None),
    "open": (OPEN, None),
    "cancel": ("PUT /bloqit/rents/{rent}/cancel", None),
    "collect": ("PUT /bloqit/rents/{rent}/collect", None),
    "finish": ("PUT /bloqit/rents/{rent}/finish", None),
    "extend": ("PUT /bloqit/rents/{rent}/extend", LATER),
    "update": ("PUT /bloqit/rents/{rent}", {"externalID": "x"}),
    "update_code": ("PUT /bloqit/rents/{rent}", {"dropOffCode": "77"}),
    "keypad": ("PUT /bloqit/rent-sims/{rent}/lockers/keypad", None),
    "pickup": ("POST /sim/rents/{rent}/pickup", {"code": "2121"}),
    "close": (CLOSE, None),
    "pay": ("POST /sim/rents/{rent}/payment", {"succeeds": True}),
}
# Written down from the documents a second time, by state; what is absent is 409.
SHARED: dict[str, dict[str, str]] = {
    "starting": {"close": "in_progress", "extend": "=", "update": "="},
    "in_progress": {
        "open": "locker_opened",
        "collect": "collect_item",
        "keypad": "collect_item",
        "pickup": "collect_item",
        "cancel": "cancelled",
        "extend": "=",
        "update": "=",
    },
    "locker_opened": {"close": "in_progress", "extend": "=", "update": "="},
    "collect_item": {"close": "finished"},
    "expired": {"collect": "collect_item", "finish": "finished", "update": "="},
    "cancelled": {"collect": "collect_item", "finish": "finished", "update": "="},
    "finished": {},
}
OWN: dict[str, dict[str, dict[str, str]]] = {
    "store": {"in_progress": {"end": "finished", "end_open": "collect_item"}},
    "send": {},
    "return": {state: {"finish_return": "finished"} for state in ("in_progress", "locker_opened", "expired", "cancelled")},
}


@pytest.fixture
def bring(ask: Ask) -> Reach:
    """Bring a new rent of a type into a state; answers its id."""

    def bring(kind: str, state: str) -> str:
        line, body = BIRTHS[kind]
        answer = ask(line, json=body)
        assert answer.status_code == 201, answer.text
        rent = str(answer.json()["_id"])
        if kind == "return" and state != "reserved":
            code = answer.json()["dropOffCode"]
            assert ask(f"POST /sim/rents/{rent}/dropoff", json={"code": code}).status_code == 200
        for step in WAYS.get(state, []):
            answer = ask(step.format(rent=rent), json={"seconds": 7 * 24 * 3600} if "advance" in step else None)
            assert answer.status_code == 200, answer.text
        assert ask(f"GET /bloqit/rents/{rent}").json()["state"] == state
        return rent

    return bring


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("state", SHARED)
@pytest.mark.parametrize("kind", BIRTHS)
def test_a_request_does_what_the_document_says_or_nothing(
    ask: Ask, bring: Reach, snapshot: Callable[[], object], kind: str, state: str, action: str
) -> None:
    rent = bring(kind, state)
    before = snapshot()
    line, body = ACTIONS[action]

    answer = ask(line.format(rent=rent), json=body)

    target = (SHARED[state] | OWN[kind].get(state, {})).get(action)
    now = ask(f"GET /bloqit/rents/{rent}").json()
    assert now["type"] == kind
    if target is None:
        assert (answer.status_code, set(answer.json())) == (409, {"code", "message"}), answer.text
        assert snapshot() == before
    else:
        assert answer.status_code == 200, answer.text
        assert now["state"] == (state if target == "=" else target)
        assert snapshot() != before


@pytest.mark.parametrize("kind", ["store", "send"])
def test_a_start_opens_the_locker_and_tells_its_story(ask: Ask, bring: Reach, sent: list[Delivery], kind: str) -> None:
    ask("POST /bloqit/webhooks", json={"url": "http://partner", "enabledEvents": ["*"]})

    rent = bring(kind, "finished")

    ask("POST /sim/webhooks/settle")
    told = ["rent.automatic_notification_sent"] if kind == "send" else []
    assert [delivery.event for delivery in sent] == [
        "rent.created",
        "locker.locker_opened",
        "rent.started",
        "locker.locker_closed",
        "rent.in_progress",
        *told,
        "locker.locker_opened",
        "rent.collect_item",
        "locker.locker_closed",
        "rent.price_calculation",
        "rent.finished",
    ]
    assert ask(f"GET /sim/record?object={rent}&operation=bloqit.{kind}s.start").json()["count"] == 1


@pytest.mark.parametrize("kind", ["store", "send"])
def test_a_store_or_send_expires_after_the_bloqs_hours(ask: Ask, bring: Reach, kind: str) -> None:
    rent = bring(kind, "in_progress")

    assert ask(f"GET /bloqit/rents/{rent}").json()["expiryDate"] == "2026-03-01T14:00:00.000Z"
    ask("POST /sim/clock/advance", json={"seconds": 2 * 3600 - 1})
    assert ask(f"GET /bloqit/rents/{rent}").json()["state"] == "in_progress"
    ask("POST /sim/clock/advance", json={"seconds": 1})
    assert ask(f"GET /bloqit/rents/{rent}").json()["state"] == "expired"


@pytest.mark.parametrize(
    ("line", "body", "status"),
    [
        ("POST /bloqit/stores", {}, 400),
        ("POST /bloqit/stores?lockerID=nothing", {}, 404),
        (f"POST /bloqit/stores?lockerID={SECOND_LOCKER}", {}, 409),  # a bloq for deliveries and returns only
        (f"POST /bloqit/stores?lockerID={FIRST_LOCKER}", {"pickUpCodes": "2121"}, 400),
        ("POST /bloqit/sends", {"phoneNumber": "1"}, 400),
        (f"POST /bloqit/sends?lockerID={FIRST_LOCKER}", {}, 400),
        (f"POST /bloqit/sends?lockerID={FIRST_LOCKER}", {"phoneNumber": ""}, 400),
        (f"POST /bloqit/sends?lockerID={FIRST_LOCKER}", {"phoneNumber": 351}, 400),
        (f"POST /bloqit/returns?bloqID={FIRST_BLOQ}", {}, 400),
        ("POST /bloqit/returns?bloqID=nothing&lockerType=S", {}, 404),
        (f"POST /bloqit/returns?bloqID={FIRST_BLOQ}&lockerType=Q", {}, 400),
        (f"POST /bloqit/returns?bloqID={FIRST_BLOQ}&rentID=nothing", {}, 404),
        (f"POST /bloqit/returns?bloqID={SECOND_BLOQ}&lockerID={FIRST_LOCKER}", {}, 404),
        (f"POST /bloqit/returns?bloqID={SECOND_BLOQ}&lockerType=XL", {}, 409),
        ("POST /bloqit/returns", {"collectTimeLimit": "whenever"}, 400),
        ("POST /bloqit/returns", {"collectTimeLimit": 1.5}, 400),
        ("POST /bloqit/returns", {"collectTimeLimit": True}, 400),
    ],
)
def test_an_impossible_beginning_leaves_no_trace(
    ask: Ask, snapshot: Callable[[], object], line: str, body: dict[str, object], status: int
) -> None:
    before = snapshot()

    answer = ask(line, json=body)

    assert (answer.status_code, set(answer.json())) == (status, {"code", "message"})
    assert snapshot() == before


def test_a_busy_or_open_locker_starts_nothing(ask: Ask, bring: Reach, snapshot: Callable[[], object]) -> None:
    bring("store", "in_progress")
    other = f"{int(FIRST_LOCKER, 16) + 1:024x}"
    ask(f"PUT /bloqit/bloqs/{FIRST_BLOQ}/lockers/{other}/open")
    before = snapshot()

    assert ask(f"POST /bloqit/stores?lockerID={FIRST_LOCKER}").status_code == 409
    assert ask(f"POST /bloqit/stores?lockerID={other}").status_code == 409
    assert snapshot() == before


@pytest.mark.parametrize("body", [{"openLocker": "yes"}, {"openLocker": 1}])
def test_a_bad_end_of_a_store_is_a_400(ask: Ask, bring: Reach, body: dict[str, object]) -> None:
    assert ask(f"PUT /bloqit/stores/{bring('store', 'in_progress')}/end", json=body).status_code == 400


def test_a_store_that_ends_without_its_locker_frees_it_shut(ask: Ask, bring: Reach) -> None:
    rent = bring("store", "in_progress")

    told = ask(f"PUT /bloqit/stores/{rent}/end", json={"openLocker": False}).json()

    locker = ask(f"GET /bloqit/bloqs/{FIRST_BLOQ}").json()["lockers"][0]
    assert (told["state"], locker["rent"], locker["isOpen"]) == ("finished", None, False)
    assert [one["state"] for one in told["states"]][-2:] == ["price_calculation", "finished"]


def test_the_four_ways_to_create_a_return(ask: Ask, bring: Reach) -> None:
    previous = bring("store", "finished")

    by_size = ask(f"POST /bloqit/returns?bloqID={FIRST_BLOQ}&lockerType=xl", json={}).json()
    by_rent = ask(f"POST /bloqit/returns?bloqID={FIRST_BLOQ}&rentID={previous}", json={}).json()
    by_locker = ask(f"POST /bloqit/returns?bloqID={SECOND_BLOQ}&lockerID={SECOND_LOCKER}&lockerType=XL", json={}).json()
    open_one = ask("POST /bloqit/returns", json={"customer": {"name": "Ana"}}).json()

    found = [by_size, by_rent, by_locker, open_one]
    assert [one["state"] for one in found] == ["reserved", "reserved", "reserved", "created"]
    assert by_size["locker"] == f"{int(FIRST_LOCKER, 16) + 4:024x}"
    assert by_rent["locker"] == FIRST_LOCKER
    assert by_locker["locker"] == SECOND_LOCKER
    assert open_one["locker"] is None


def test_a_created_return_is_reserved_afterwards(ask: Ask) -> None:
    rent = ask("POST /bloqit/returns", json={}).json()["_id"]
    door = f"PUT /bloqit/returns/{rent}/reserve"

    assert ask(f"{door}?lockerType=S").status_code == 400  # bloqID is required (B:3009)
    assert ask(f"{door}?bloqID={FIRST_BLOQ}").status_code == 400  # B:3023
    assert ask(f"POST /sim/rents/{rent}/dropoff", json={"code": "1"}).status_code == 409
    told = ask(f"{door}?bloqID={FIRST_BLOQ}&lockerType=S&customerID=c9").json()
    assert (told["state"], told["locker"], told["customer"]) == ("reserved", FIRST_LOCKER, "c9")
    again = ask(f"{door}?bloqID={SECOND_BLOQ}&lockerID={SECOND_LOCKER}").json()
    assert (again["state"], again["locker"]) == ("reserved", SECOND_LOCKER)
    assert len(ask(f"GET /bloqit/bloqs/{FIRST_BLOQ}/free-lockers").json()) == 5


def test_a_returns_collect_limit_is_a_date(ask: Ask) -> None:
    body = {"collectTimeLimit": "2026-03-01T15:00:00Z"}
    rent = ask(f"POST /bloqit/returns?bloqID={FIRST_BLOQ}&lockerType=S", json=body).json()
    ask(f"POST /sim/rents/{rent['_id']}/dropoff", json={"code": rent["dropOffCode"]})
    ask(CLOSE.format(rent=rent["_id"]))

    assert rent["collectTimeLimit"] == "2026-03-01T15:00:00.000Z"
    ask("POST /sim/clock/advance", json={"seconds": 3 * 3600})
    assert ask("GET /sim/record").json()["effects"][-1] | {"seq": 0, "object": "", "external": ""} == {
        "seq": 0,
        "at": "2026-03-01T15:00:00.000Z",
        "api": "bloqit",
        "operation": "bloqit.automatic.expired",
        "object": "",
        "external": "",
        "from": "in_progress",
        "to": "expired",
        "by": "expiration",
    }


@pytest.mark.parametrize(
    ("feature", "line"),
    [
        ("ready_for_pickup", "PUT /bloqit/deliveries/{rent}/ready-for-pickup"),
        ("in_transit", "PUT /bloqit/deliveries/{rent}/in-transit"),
        ("finish_return", "PUT /bloqit/returns/{rent}/finish"),
    ],
)
def test_what_the_plan_lacks_is_a_403(
    ask: Ask, world: World, reach: Callable[[str], str], snapshot: Callable[[], object], feature: str, line: str
) -> None:
    world.ground.settings = Settings(features=world.settings.features - {feature})
    rent = reach("reserved")
    before = snapshot()

    answer = ask(line.format(rent=rent))

    assert (answer.status_code, answer.json()["code"]) == (403, "featureNotAvailable")
    assert snapshot() == before
