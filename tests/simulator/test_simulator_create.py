"""What may be asked when a delivery is created or changed, and every 400 of it."""

from collections.abc import Callable

import httpx
import pytest

from parcelflow.simulator import FIRST_BLOQ, FIRST_LOCKER, SECOND_BLOQ, SECOND_LOCKER, Settings, World

Ask = Callable[..., httpx.Response]

SOON = {"expiryDate": "2026-03-05T12:00:00Z"}
INACTIVE = f"{int(SECOND_LOCKER, 16) + 2:024x}"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "expiryDateInvalid"),  # B:2425, 2430
        (SOON | {"pickUpCode": "1", "pickUpCodes": {"user": "2"}}, "pickUpCodesInvalid"),  # B:2401
        (SOON | {"pickUpCode": "123456789012345"}, "pickUpCodeInvalid"),  # B:2453
        (SOON | {"labelContent": {"name": "x"}}, "labelContentInvalid"),  # B:2475
        (SOON | {"labelTemplateID": "x"}, "labelContentInvalid"),  # B:2470
        ({"expiryDate": "tomorrow"}, "expiryDateInvalid"),
        ({"expiryDate": "9999-12-31T23:59:59Z"}, "expiryDateInvalid"),
        ({"expiryDate": 5}, "expiryDateInvalid"),
        (SOON | {"deliveryDateLimit": "x"}, "deliveryDateLimitInvalid"),
        (SOON | {"collectTimeLimit": -1}, "collectTimeLimitInvalid"),
        (SOON | {"collectTimeLimit": 10**30}, "collectTimeLimitInvalid"),
        (SOON | {"desiredLockerType": "XXL"}, "desiredLockerTypeInvalid"),
        (SOON | {"operationType": "middleMile"}, "operationTypeInvalid"),
        (SOON | {"notificationOptions": ["pigeon"]}, "notificationOptionsInvalid"),
        (SOON | {"prePickUpActions": [["dance"]]}, "prePickUpActionsInvalid"),
        (SOON | {"externalID": 5}, "externalIDInvalid"),
        (SOON | {"pickUpCodes": {"user": 2121}}, "pickUpCodesInvalid"),
    ],
)
def test_a_bad_delivery_is_a_400_without_a_trace(
    ask: Ask, snapshot: Callable[[], object], body: dict[str, object], code: str
) -> None:
    before = snapshot()

    answer = ask("POST /bloqit/deliveries/reserveLocker", json=body)

    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert snapshot() == before


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("lockerID=nothing", 404),
        ("bloqID=nothing", 404),
        (f"bloqID={SECOND_BLOQ}&lockerID={FIRST_LOCKER}", 404),
        (f"lockerID={INACTIVE}", 409),
    ],
)
def test_a_delivery_to_an_impossible_place_is_refused(ask: Ask, snapshot: Callable[[], object], query: str, status: int) -> None:
    before = snapshot()

    assert ask(f"POST /bloqit/deliveries/reserveLocker?{query}", json=SOON).status_code == status
    assert snapshot() == before


def test_a_busy_locker_is_a_409_without_a_trace(ask: Ask, reach: Callable[[str], str], snapshot: Callable[[], object]) -> None:
    reach("reserved")
    before = snapshot()

    assert ask(f"POST /bloqit/deliveries/reserveLocker?lockerID={FIRST_LOCKER}", json=SOON).status_code == 409
    assert snapshot() == before


@pytest.mark.parametrize("base", ["/bloqit", "/bloqit/api/v1/public"])
@pytest.mark.parametrize("path", ["/deliveries", "/deliveries/reserveLocker"])
def test_a_locker_reserves_and_a_bloq_is_remembered(ask: Ask, base: str, path: str) -> None:
    reserved = ask(f"POST {base}{path}?lockerID={FIRST_LOCKER}&customerID=c1", json={})
    created = ask(f"POST {base}{path}?bloqID={FIRST_BLOQ}", json={})

    assert (reserved.status_code, created.status_code) == (201, 201)
    assert (reserved.json()["state"], reserved.json()["locker"], reserved.json()["customer"]) == ("reserved", FIRST_LOCKER, "c1")
    assert (created.json()["state"], created.json()["locker"]) == ("created", None)
    assert created.json()["details"] == {"bloq": FIRST_BLOQ}
    assert len(reserved.json()["pickUpCodes"]["user"]) == 4


def test_nested_and_flat_lists_and_a_customer_on_the_go(ask: Ask) -> None:
    body = SOON | {"notificationOptions": [["sms"], "email"], "customer": {"name": "Ana"}, "collectTimeLimit": "3"}

    rent = ask("POST /bloqit/deliveries", json=body).json()

    assert rent["notificationOptions"] == ["sms", "email"]
    assert rent["collectTimeLimit"] == 3
    assert ask(f"GET /bloqit/rents/{rent['_id']}").json()["customer"]["name"] == "Ana"


def test_a_second_unfinished_rent_with_one_external_id_is_seen_in_the_record(ask: Ask) -> None:
    first, second = (ask("POST /bloqit/deliveries", json=SOON | {"externalID": "x"}) for _ in range(2))

    assert (first.status_code, second.status_code) == (201, 201)
    assert ask("GET /bloqit/rents/external/x").json()["_id"] == second.json()["_id"]
    assert ask("GET /sim/record?object=x&operation=bloqit.deliveries.create").json()["count"] == 2


def test_a_strict_world_refuses_it_until_the_first_has_finished(ask: Ask, world: World) -> None:
    world.ground.settings = Settings(strict_external_id=True)

    first = ask("POST /bloqit/deliveries", json=SOON | {"externalID": "x"}).json()["_id"]
    assert ask("POST /bloqit/deliveries", json=SOON | {"externalID": "x"}).status_code == 409
    for step in ("cancel", "finish"):
        ask(f"PUT /bloqit/rents/{first}/{step}")
    assert ask("POST /bloqit/deliveries", json=SOON | {"externalID": "x"}).status_code == 201


@pytest.mark.parametrize(
    ("query", "status"),
    [("", 400), (f"bloqID={FIRST_BLOQ}", 400), ("lockerType=S", 400), (f"bloqID={FIRST_BLOQ}&lockerType=Q", 400)],
)
def test_selecting_needs_a_bloq_and_a_locker_or_a_size(ask: Ask, snapshot: Callable[[], object], query: str, status: int) -> None:
    rent = ask("POST /bloqit/deliveries", json=SOON).json()["_id"]
    before = snapshot()

    assert ask(f"PUT /bloqit/deliveries/{rent}/select-locker?{query}").status_code == status
    assert snapshot() == before


def test_the_locker_id_wins_over_the_size(ask: Ask) -> None:
    rent = ask("POST /bloqit/deliveries", json=SOON).json()["_id"]

    told = ask(f"PUT /bloqit/deliveries/{rent}/select-locker?bloqID={FIRST_BLOQ}&lockerID={FIRST_LOCKER}&lockerType=XL").json()

    assert (told["state"], told["locker"]) == ("reserved", FIRST_LOCKER)
    assert len(ask(f"GET /bloqit/bloqs/{FIRST_BLOQ}/free-lockers").json()) == 4


def test_there_is_only_one_small_locker(ask: Ask, reach: Callable[[str], str]) -> None:
    reach("reserved")
    rent = ask("POST /bloqit/deliveries", json=SOON).json()["_id"]

    assert ask(f"PUT /bloqit/deliveries/{rent}/select-locker?bloqID={FIRST_BLOQ}&lockerType=S").status_code == 409


@pytest.mark.parametrize(
    "body",
    [
        {"labelContent": {}},
        {"expiryDate": "2026-03-01T12:00:00Z"},
        {"collectTimeLimit": "many"},
    ],
)
def test_a_bad_update_is_a_400_without_a_trace(
    ask: Ask, reach: Callable[[str], str], snapshot: Callable[[], object], body: dict[str, object]
) -> None:
    rent = reach("reserved")
    before = snapshot()

    assert ask(f"PUT /bloqit/rents/{rent}", json=body).status_code == 400
    assert snapshot() == before


def test_an_update_changes_what_it_names_and_no_more(ask: Ask, reach: Callable[[str], str]) -> None:
    rent = reach("reserved")
    before = ask(f"GET /bloqit/rents/{rent}").json()

    ask(f"PUT /bloqit/rents/{rent}", json={"externalID": "new", "pickUpCodes": {"user": "55"}, "dropOffCode": "66"})

    after = ask(f"GET /bloqit/rents/{rent}").json()
    assert after == before | {"externalID": "new", "pickUpCodes": {"user": "55"}, "dropOffCode": "66"}


@pytest.mark.parametrize("body", [{}, {"expiryDate": "2026-03-01T12:00:00Z"}])
def test_an_extension_needs_a_date_to_come(ask: Ask, reach: Callable[[str], str], body: dict[str, object]) -> None:
    assert ask(f"PUT /bloqit/rents/{reach('in_progress')}/extend", json=body).status_code == 400


def test_lists_are_paged_and_filtered(ask: Ask, reach: Callable[[str], str]) -> None:
    reach("finished")
    open_one = reach("reserved")

    def found(query: str) -> list[str]:
        return [rent["_id"] for rent in ask(f"GET /bloqit/rents{query}").json()["docs"]]

    assert ask("GET /bloqit/rents?limit=1&page=2").json() | {"docs": []} == {"docs": [], "totalDocs": 2, "limit": 1, "page": 2}
    assert found("?limit=1&page=2") == [open_one]
    assert found("/active") == [open_one]
    for states in ("rentStates=reserved&rentStates=created", "rentStates=reserved,created", "rentStates[]=reserved"):
        assert found(f"?{states}") == [open_one]
    assert found("?rentStates=finished&externalID=order-1") != [open_one]
    assert found("?startDate=2026-03-01T12:00:01Z") == []
    assert found("?rentType=return") == []


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=x", "page=-1", "limit=1001", "rentStates=asleep", "startDate=x", "rentType=x"]
)
def test_a_bad_filter_is_a_400(ask: Ask, query: str) -> None:
    assert ask(f"GET /bloqit/rents?{query}").status_code == 400


def test_bloqs_are_listed_by_what_they_have(ask: Ask) -> None:
    def found(query: str) -> list[str]:
        return [bloq["code"] for bloq in ask(f"GET /bloqit/bloqs?{query}").json()["docs"]]

    assert found("") == ["T1", "T2"]
    assert found("lockerType=XL") == ["T1"]
    assert found("active=inactive") == []
    assert found("rentType=store") == ["T1"]
    assert ask("GET /bloqit/bloqs/nothing").status_code == 404


def test_a_locker_can_be_put_out_of_use_and_back(ask: Ask) -> None:
    door = f"/bloqit/bloqs/{FIRST_BLOQ}/lockers/{FIRST_LOCKER}/availability"

    assert ask(f"PUT {door}", json={"active": False}).json()["active"] is False
    assert ask(f"POST /bloqit/deliveries?lockerID={FIRST_LOCKER}", json=SOON).status_code == 409
    assert ask(f"PUT {door}", json={"active": True}).json()["active"] is True
    assert ask(f"POST /bloqit/deliveries?lockerID={FIRST_LOCKER}", json=SOON).status_code == 201
    assert ask(f"PUT {door}", json={"active": "yes"}).status_code == 400


def test_a_bloq_takes_only_rents_that_it_supports(ask: Ask, world: World, snapshot: Callable[[], object]) -> None:
    rent = ask("POST /bloqit/deliveries", json=SOON).json()["_id"]
    world.bloqit.bloqs[FIRST_BLOQ].supports = ("store",)
    before = snapshot()

    for query in (f"bloqID={FIRST_BLOQ}", f"lockerID={FIRST_LOCKER}"):
        assert ask(f"POST /bloqit/deliveries?{query}", json=SOON).status_code == 409
        assert ask(f"POST /bloqit/returns?{query}&lockerType=S", json={}).status_code == 409
    assert ask(f"PUT /bloqit/deliveries/{rent}/select-locker?bloqID={FIRST_BLOQ}&lockerType=S").status_code == 409
    assert snapshot() == before


def test_a_locker_that_stands_open_is_not_chosen_for_anybody(ask: Ask) -> None:
    rent = ask("POST /bloqit/deliveries", json=SOON).json()["_id"]
    ask(f"PUT /bloqit/bloqs/{FIRST_BLOQ}/lockers/{FIRST_LOCKER}/open")

    assert ask(f"PUT /bloqit/deliveries/{rent}/select-locker?bloqID={FIRST_BLOQ}&lockerType=S").status_code == 409
    ask(f"PUT /bloqit/bloqs/{FIRST_BLOQ}/lockers/{FIRST_LOCKER}/close")
    assert ask(f"PUT /bloqit/deliveries/{rent}/select-locker?bloqID={FIRST_BLOQ}&lockerType=S").status_code == 200
