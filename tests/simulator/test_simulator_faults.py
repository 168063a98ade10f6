"""Faults: what was answered and what really happened, apart."""

import asyncio
from collections.abc import Callable

import httpx
import pytest

from parcelflow.simulator import World, create_app

Ask = Callable[..., httpx.Response]

MAKE = "bloqit.deliveries.make"


def _count(ask: Ask) -> int:
    return int(ask(f"GET /sim/record?operation={MAKE}").json()["count"])


@pytest.mark.parametrize(
    ("fault", "status", "happened"),
    [
        ({"kind": "refuse"}, 409, 0),
        ({"kind": "refuse", "status": 429}, 429, 0),
        ({"kind": "error_before_effect", "status": 502}, 502, 0),
        ({"kind": "error_after_effect"}, 504, 1),
        ({"kind": "hold_answer", "seconds": 0}, 200, 1),
    ],
)
def test_a_fault_separates_the_answer_from_the_effect(
    ask: Ask, reach: Callable[[str], str], fault: dict[str, object], status: int, happened: int
) -> None:
    rent = reach("reserved")
    assert ask("POST /sim/faults", json={"operation": MAKE, **fault}).status_code == 201

    answer = ask(f"PUT /bloqit/deliveries/{rent}/make")

    assert (answer.status_code, _count(ask)) == (status, happened)
    (armed,) = ask("GET /sim/faults").json()
    assert (armed["fired"], armed["left"]) == (1, 0)
    assert ask(f"PUT /bloqit/deliveries/{rent}/make").status_code == (409 if happened else 200)


def test_a_fault_fires_as_often_as_it_was_told_and_only_on_its_operation(ask: Ask, reach: Callable[[str], str]) -> None:
    rent = reach("reserved")
    ask("POST /sim/faults", json={"operation": MAKE, "kind": "refuse", "status": 500, "count": 2})

    assert ask(f"GET /bloqit/rents/{rent}").status_code == 200
    assert [ask(f"PUT /bloqit/deliveries/{rent}/make").status_code for _ in range(3)] == [500, 500, 200]
    assert ask("GET /sim/faults").json()[0]["fired"] == 2


@pytest.mark.parametrize(
    "body",
    [
        {"operation": "bloqit.nothing", "kind": "refuse"},
        {"operation": "sim.state", "kind": "refuse"},
        {"operation": MAKE, "kind": "explode"},
        {"operation": MAKE, "kind": "refuse", "status": 200},
        {"operation": MAKE, "kind": "refuse", "count": 0},
        {"operation": MAKE, "kind": "hold_answer", "seconds": -1},
    ],
)
def test_a_bad_fault_is_a_400(ask: Ask, body: dict[str, object]) -> None:
    assert ask("POST /sim/faults", json=body).status_code == 400
    assert ask("GET /sim/faults").json() == []


def test_what_is_taken_back_hits_nobody_and_what_has_hit_is_still_told(ask: Ask) -> None:
    ask("POST /sim/faults", json={"operation": "blink.branches.list", "kind": "refuse", "status": 500, "count": 3})
    assert ask("GET /blink/interface/v1/branches").status_code == 500
    assert ask("POST /sim/faults/disarm").json() == {}
    assert ask("GET /blink/interface/v1/branches").status_code == 200
    (fault,) = ask("GET /sim/faults").json()
    assert (fault["left"], fault["fired"]) == (0, 1)


def test_each_vendor_words_its_own_fault(ask: Ask) -> None:
    for operation in ("blink.branches.list", "logistics.tasks.status"):
        ask("POST /sim/faults", json={"operation": operation, "kind": "refuse", "status": 500})

    assert ask("GET /blink/interface/v1/branches").json()["success"] is False
    assert "errors" in ask("GET /logistics/api/client/task/status?mappingKey=1").json()


def test_a_held_answer_waits_for_its_release_while_the_effect_is_seen(world: World, reach: Callable[[str], str]) -> None:
    rent = reach("reserved")
    headers = {"X-API-KEY": world.settings.bloqit_api_key}

    async def scene() -> tuple[bool, int]:
        transport = httpx.ASGITransport(create_app(world))
        async with httpx.AsyncClient(transport=transport, base_url="http://sim", headers=headers) as client:
            await client.post("/sim/faults", json={"operation": MAKE, "kind": "hold_answer", "seconds": 3600})
            held = asyncio.create_task(client.put(f"/bloqit/deliveries/{rent}/make"))
            while (await client.get(f"/sim/record?operation={MAKE}")).json()["count"] == 0:  # noqa: ASYNC110 - it is asked over HTTP
                await asyncio.sleep(0)  # in process nothing else makes the loop turn
            waiting = not held.done()
            await client.post("/sim/faults/release")
            return waiting, (await held).status_code

    assert asyncio.run(scene()) == (True, 200)


def test_too_many_requests_say_when_to_come_again(ask: Ask) -> None:
    ask("POST /sim/faults", json={"operation": "bloqit.rents.list", "kind": "refuse", "status": 429, "retryAfter": 7})
    ask("POST /sim/faults", json={"operation": "blink.branches.list", "kind": "error_after_effect", "status": 429})
    ask("POST /sim/faults", json={"operation": "bloqit.bloqs.list", "kind": "refuse", "status": 500, "retryAfter": 7})

    for line, told in (
        ("GET /bloqit/rents", "7"),
        ("GET /blink/interface/v1/branches", "1"),
        ("GET /bloqit/bloqs", None),
    ):
        assert ask(line).headers.get("retry-after") == told


def test_a_wrong_state_is_only_in_the_answer(ask: Ask, reach: Callable[[str], str]) -> None:
    rent = reach("reserved")
    for operation in (MAKE, "bloqit.rents.list"):
        ask("POST /sim/faults", json={"operation": operation, "kind": "wrong_state", "state": "finished"})

    assert ask(f"PUT /bloqit/deliveries/{rent}/make").json()["state"] == "finished"
    assert [one["state"] for one in ask("GET /bloqit/rents").json()["docs"]] == ["finished"]
    assert ask(f"GET /bloqit/rents/{rent}").json()["state"] == "starting"


@pytest.mark.parametrize(
    "body",
    [
        {"operation": MAKE, "kind": "wrong_state"},
        {"operation": MAKE, "kind": "refuse", "state": "finished"},
        {"operation": "bloqit.bloqs.list", "kind": "wrong_state", "state": "finished"},
        {"operation": MAKE, "kind": "refuse", "status": 429, "retryAfter": -1},
    ],
)
def test_a_fault_that_could_do_nothing_is_a_400(ask: Ask, body: dict[str, object]) -> None:
    assert ask("POST /sim/faults", json=body).status_code == 400


@pytest.mark.parametrize(("kind", "before"), [("latency", 0), ("hold_answer", 1)])
def test_a_late_request_has_its_effect_late_and_a_late_answer_has_had_it(
    world: World, reach: Callable[[str], str], kind: str, before: int
) -> None:
    rent = reach("reserved")
    headers = {"X-API-KEY": world.settings.bloqit_api_key}

    async def scene() -> tuple[int, int]:
        transport = httpx.ASGITransport(create_app(world))
        async with httpx.AsyncClient(transport=transport, base_url="http://sim", headers=headers) as client:
            await client.post("/sim/faults", json={"operation": MAKE, "kind": kind, "seconds": 3600})
            late = asyncio.create_task(client.put(f"/bloqit/deliveries/{rent}/make"))
            while len(world.record.find(operation=MAKE)) < before or not world.faults.armed[0].fired:  # noqa: ASYNC110 - as above
                await asyncio.sleep(0)  # in process nothing else makes the loop turn
            seen = len(world.record.find(operation=MAKE))
            await client.post("/sim/faults/release")
            assert (await late).status_code == 200
            return seen, len(world.record.find(operation=MAKE))

    assert asyncio.run(scene()) == (before, 1)


def test_latency_of_no_seconds_is_over_at_once(ask: Ask, reach: Callable[[str], str]) -> None:
    rent = reach("reserved")
    ask("POST /sim/faults", json={"operation": MAKE, "kind": "latency", "seconds": 0})

    assert ask(f"PUT /bloqit/deliveries/{rent}/make").status_code == 200
