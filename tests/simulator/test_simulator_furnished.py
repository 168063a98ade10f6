"""Worlds of one's own: what a file and the control routes add, what is told of it, and what is said of a mistake."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from parcelflow.console.pretend import world_of
from parcelflow.machines import BadSettingsError
from parcelflow.simulator import FIRST_BLOQ, Clock, World
from parcelflow.simulator.control_api import CONTROL
from parcelflow.simulator.furnishing import furnish, read_world
from parcelflow.simulator.words import Cause, RefusedError

Ask = Callable[..., httpx.Response]

CAUSE = Cause("sim.world", "bloq_it_admin")
PRODUCT = {"id": "1", "sku": "t", "name": "Tea", "is_active": True, "price": 1} | {"category": {"id": "1", "name": "Drinks"}}
PLACE = {"address": "Street 1", "latitude": 10.5, "longitude": 20.5, "name": "Station"}


def _told(world: World) -> list[tuple[Any, Any, Any]]:
    return [(event["codeName"], event["bloq"], event["locker"]) for _, event in world.bloqit.hooks.history]


def test_a_new_bloq_and_its_lockers_are_told_and_take_rents(ask: Ask, world: World) -> None:
    bloq = ask("POST /sim/bloqs", json={"lockers": ["S", {"size": "XL", "title": "Big", "_id": "OLN000011"}]}).json()

    assert (bloq["code"], [locker["lockerTitle"] for locker in bloq["lockers"]]) == ("T3", ["C1", "Big"])
    small, big = (locker["_id"] for locker in bloq["lockers"])
    assert _told(world) == [
        ("bloq.created", bloq["_id"], None),
        ("locker.created", bloq["_id"], small),
        ("locker.created", bloq["_id"], big),
    ]
    assert [(effect.thing.external, effect.before, effect.after) for effect in world.record] == [
        ("T3", "-", "active"),
        ("C1", "-", "active"),
        ("Big", "-", "active"),
    ]
    assert ask(f"GET /bloqit/bloqs/{bloq['_id']}").json() == bloq
    assert ask("POST /bloqit/deliveries?lockerID=OLN000011", json={}).json()["state"] == "reserved"


def test_a_bloq_gets_one_more_locker(ask: Ask, world: World) -> None:
    locker = ask(f"POST /sim/bloqs/{FIRST_BLOQ}/lockers", json={"size": "L", "active": False}).json()

    assert (locker["lockerTitle"], locker["bloq"], locker["active"]) == ("A6", FIRST_BLOQ, False)
    assert _told(world) == [("locker.created", FIRST_BLOQ, locker["_id"])]
    assert len(ask(f"GET /bloqit/bloqs/{FIRST_BLOQ}").json()["lockers"]) == 6


@pytest.mark.parametrize(("body", "titles"), [({}, ["C1", "C2", "C3"]), ({"lockers": ["XS"], "code": "S9"}, ["C1"])])
def test_a_deployed_location_has_a_bloq(ask: Ask, world: World, body: dict[str, object], titles: list[str]) -> None:
    ask("PUT /sim/settings", json={"location_ids": True})
    location = ask("POST /bloqit/bloq-locations", json=PLACE).json()["_id"]

    answer = ask(f"POST /sim/locations/{location}/deploy", json=body).json()

    bloq = ask(f"GET /bloqit/bloqs/{answer['bloq']}").json()
    assert (bloq["details"]["title"], bloq["location"]["coordinates"]) == ("Station", [20.5, 10.5])
    assert (bloq["code"], [locker["lockerTitle"] for locker in bloq["lockers"]]) == (body.get("code", "T3"), titles)
    assert [name for name, _, _ in _told(world)] == ["bloq.created", *("locker.created" for _ in titles)]
    assert ask(f"POST /sim/locations/{location}/deploy", json={}).status_code == 409
    assert len(world.bloqit.bloqs) == 3


def test_a_location_is_not_deployed_under_a_name_that_is_taken(ask: Ask, snapshot: Callable[[], object]) -> None:
    ask("PUT /sim/settings", json={"location_ids": True})
    location = ask("POST /bloqit/bloq-locations", json=PLACE).json()["_id"]
    before = snapshot()

    answer = ask(f"POST /sim/locations/{location}/deploy", json={"code": "T1"})

    assert (answer.status_code, answer.json()["message"]) == (409, "code has to be new; taken are T1, T2; got 'T1'")
    assert snapshot() == before


def test_blinks_pages_can_be_met_over_http(ask: Ask) -> None:
    assert ask("POST /sim/blink/customers", json={"full_name": "Ann", "count": 250}).json() == {"customers": 253}

    last = ask("GET /blink/interface/v1/customers?page=3").json()["data"]

    assert (last["total"], last["last_page"], len(last["data"]), last["next_page_url"]) == (253, 3, 53, None)
    assert last["data"][-1]["full_name"] == "Ann 250"
    assert (
        len(
            {
                row["email"]
                for page in "123"
                for row in ask(f"GET /blink/interface/v1/customers?page={page}").json()["data"]["data"]
            }
        )
        == 253
    )


def test_branches_and_a_menu_are_added(ask: Ask) -> None:
    assert ask("POST /sim/blink/branches", json={"branch": "Saddar", "is_live": 0}).json()["id"] == 65
    assert ask("POST /sim/blink/branches", json={"branch": "Two", "id": 1, "blink_id": 2}).status_code == 201
    assert [(one["id"], one["blink_id"], one["is_live"]) for one in ask("GET /blink/interface/v1/branches").json()["data"]][
        2:
    ] == [
        (65, 60003, 0),
        (1, 2, 1),
    ]
    assert ask("POST /sim/blink/products", json={"products": [PRODUCT]}).json() == {"products": 1}


def test_the_world_of_the_page_is_true_and_holds_nothing_else() -> None:
    page = (Path(__file__).parents[2] / "docs" / "simulator.md").read_text()
    (text,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    world = World(clock=Clock(frozen_at=datetime(2026, 3, 1, tzinfo=UTC)))

    furnish(world, read_world(text), cause=CAUSE)

    lobby, second = world.bloqit.bloqs.values()
    assert [(one.title, one.size, one.active) for one in lobby.lockers] == [
        ("A1", "S", True),
        ("A2", "S", True),
        ("A3", "M", True),
        ("Big", "XL", False),
    ]
    assert (second.id, second.supports, second.labels, second.delivery_hours) == ("OLN000011", ("delivery",), 50, 24)
    assert [one["id"] for one in world.blink.branches] == [70]
    assert (len(world.blink.diners.known), list(world.blink.menu.products), len(world.bloqit.customers.known)) == (250, ["1"], 1)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- a", r"a world is a mapping of default, bloqs, branches, products, customers, diners; got \['a'\]"),
        ("bloqs: [", "line 1: no YAML"),
        ("blocks: []", r"there is no field 'blocks' here; there is: default, bloqs, .*; got \[\]"),
        ("5: []", "there is no field '5' here"),
        ("bloqs: [{lockers: [XXL]}]", "bloqs.0.lockers.0.size: input should be 'XS', 'S', 'M', 'L' or 'XL'; got 'XXL'"),
        ("bloqs: [{lockers: [{titel: A}]}]", "there is no field 'bloqs.0.lockers.0.titel' here; got 'A'"),
        ("bloqs: [{lockers: [{title: A}]}]", "bloqs.0.lockers.0.size is missing; got only title"),
        ("bloqs: [{lockers: [{size: S, titel: A}]}]", "there is no field 'bloqs.0.lockers.0.titel' here; got 'A'"),
        ("bloqs: [{lockers: []}]", r"bloqs.0.lockers: .* at least 1 item .*; got \[\]"),
        ("bloqs: [{latitude: 91}]", "bloqs.0.latitude: .* less than or equal to 90; got 91"),
        ("bloqs: [{code: T1}]", "code has to be new; taken are T1, T2; got 'T1'"),
        ("bloqs: [{code: X}, {code: X}]", "code has to be new; taken are T1, T2, X; got 'X'"),
        ("bloqs: [{lockers: [{size: S, title: A1}]}]", "title has to be new; .*; got 'A1'"),
        ("bloqs: [{_id: a/b}]", "bloqs.0._id: .*; got 'a/b'"),
        ("branches: [{branch: x, id: 63}]", "id has to be new; taken are 63, 64; got 63"),
        ("branches: [{branch: x, is_live: yes}, {branch: y, is_live: 2}]", "branches.1.is_live: .*; got 2"),
        ("products: [{id: '1'}]", "products.0.sku is missing; got only id"),
        ("diners: [{count: 0}]", "diners.0.count: .*; got 0"),
        ("diners: [{signup_date: soon}]", "diners.0.signup_date: .*; got 'soon'"),
        ("customers: [{phone: 1}]", "there is no field 'customers.0.phone' here; got 1"),
        ("default: perhaps", "default: .* valid boolean.*; got 'perhaps'"),
    ],
)
def test_a_mistake_in_a_world_is_told_with_its_value_and_nothing_of_it_comes_true(
    world: World, snapshot: Callable[[], object], text: str, said: str
) -> None:
    before = snapshot()

    with pytest.raises(RefusedError, match=said):
        furnish(world, read_world(text), cause=CAUSE)

    assert snapshot() == before


def test_the_command_line_reads_a_file_and_names_it_where_it_is_wrong(tmp_path: Path) -> None:
    file = tmp_path / "world.yaml"
    file.write_text("bloqs: [{code: L1}]")
    assert [bloq.code for bloq in world_of("2026-03-01T12:00:00Z", (), file).bloqit.bloqs.values()] == ["T1", "T2", "L1"]

    for content, said in ((b"bloqs: 5", "bloqs: .*; got 5"), (b"\xff", "no UTF-8"), (None, "cannot be read: No such file")):
        file.unlink() if content is None else file.write_bytes(content)
        with pytest.raises(BadSettingsError, match=rf"world.yaml.*{said}"):
            world_of(None, (), file)
    with pytest.raises(BadSettingsError, match="got '9999-12-31T12:00:00Z'"):
        world_of("9999-12-31T12:00:00Z", ())


def test_a_world_in_which_something_has_happened_keeps_what_it_has(ask: Ask) -> None:
    assert ask("POST /sim/world", json={"default": False}).status_code == 201
    assert ask("GET /bloqit/bloqs").json()["totalDocs"] == 0
    assert ask("POST /sim/world", json={"bloqs": [{}]}).json()["bloqs"][0]["code"] == "T1"
    answer = ask("POST /sim/world", json={"default": False})
    assert (answer.status_code, "got one with 4 effects" in answer.json()["message"]) == (409, True)


def test_the_same_descriptions_make_the_same_world() -> None:
    text = "bloqs: [{lockers: [S, M]}, {}]\nbranches: [{branch: x}]\ncustomers: [{name: A}]\ndiners: [{count: 3}]"
    worlds = [World(clock=Clock(frozen_at=datetime(2026, 3, 1, tzinfo=UTC))) for _ in range(2)]
    for world in worlds:
        furnish(world, read_world(text), cause=CAUSE)

    assert worlds[0].state() == worlds[1].state()


def _paths(world: World, ask: Ask) -> dict[str, str]:
    rent = ask("POST /bloqit/deliveries", json={"expiryDate": "2027-01-01T00:00:00Z"}).json()["_id"]
    ask("POST /bloqit/bloq-locations", json=PLACE)
    ask("POST /sim/blink/orders", json={"blink_order_id": "o"})
    task = world.logistics.create({"mappingKey": "t", "type": 1}, cause=CAUSE).id
    bloq = world.bloqit.bloqs[FIRST_BLOQ]
    found = {"bloq": bloq.id, "locker": bloq.lockers[0].id, "rent": rent, "order": "o", "task": task}
    return found | {"location": next(iter(world.bloqit.locations.known)), "api": "bloqit"}


@pytest.mark.parametrize("operation", CONTROL.operations, ids=lambda one: one.name)
def test_no_control_route_takes_what_it_does_not_know(
    ask: Ask, world: World, snapshot: Callable[[], object], operation: Any
) -> None:
    path = operation.paths[0].replace(":path", "").format(**_paths(world, ask))
    before = snapshot()

    asked = ask(f"{operation.method} /sim{path}?misspelt=42")
    told = None if operation.name == "sim.blink.orders" else ask(f"{operation.method} /sim{path}", json={"misspelt": 42})

    for answer in (asked, told):
        assert answer is None or (answer.status_code, answer.json()["code"]) == (400, "misspeltInvalid"), answer.text
        assert answer is None or ("misspelt" in answer.json()["message"] and "42" in answer.json()["message"])
    assert snapshot() == before


@pytest.mark.parametrize(
    ("line", "body", "said"),
    [
        ("POST /sim/webhooks/lab", {"dupliate": 2}, "there is no field 'dupliate' here; there is: drop, duplicate, .*; got 2"),
        (
            "POST /sim/faults",
            {"operation": "x", "kind": "refuse", "cuont": 5},
            "there is no field 'cuont' here; .*count.*; got 5",
        ),
        ("POST /sim/faults", {"kind": "refuse"}, "operation is missing; got only kind"),
        ("POST /sim/faults", {"operation": "bloqit.nope", "kind": "refuse"}, "operation must be one of .*; got 'bloqit.nope'"),
        ("POST /sim/clock/advance", {"seconds": "soon"}, "seconds: .* valid number.*; got 'soon'"),
        ("POST /sim/clock/advance", {"seconds": -1}, "seconds must lie between 0 and .*; got -1"),
        ("POST /sim/blink/orders", {"blink_ordr_id": "7"}, "blink_order_id must be a text that is not empty; got None"),
        ("POST /sim/logistics/riders", {"profile": "slow"}, "profile: input should be '', 'normal', .*; got 'slow'"),
        ("PUT /sim/settings", {"weather": "fine"}, "There is no setting weather; there is: bloqit_api_key, .*; got 'fine'"),
        ("PUT /sim/settings", {"update_answer": "poem"}, "update_answer: input should be 'rent', .*; got 'poem'"),
        ("PUT /sim/settings", {"features": ["telepathy"]}, "features.*: input should be .*; got 'telepathy'"),
    ],
)
def test_a_wrong_control_body_is_told_with_its_value_and_what_would_be_right(
    ask: Ask, line: str, body: dict[str, object], said: str
) -> None:
    answer = ask(line, json=body)

    assert answer.status_code == 400
    assert re.search(said, answer.json()["message"]), answer.json()["message"]
