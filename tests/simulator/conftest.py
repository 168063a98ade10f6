"""A pretend world that stands still, and a hand that knocks at its doors in process.

May not know what any rule is: the tests say that. Non-obvious choice: fixtures hand out plain functions, because with
importmode=importlib a test cannot import a class from here.
"""

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from parcelflow.simulator import FIRST_BLOQ, FIRST_LOCKER, Clock, Delivery, World, create_app
from parcelflow.simulator.control_api import RECORDED

Ask = Callable[..., httpx.Response]

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def sent() -> list[Delivery]:
    """What was delivered, in order."""
    return []


@pytest.fixture
def world(sent: list[Delivery]) -> Iterator[World]:
    """Frozen at 2026-03-01T12:00:00Z; its webhooks land in `sent`. Whatever was recorded has a name that is known."""

    def send(delivery: Delivery) -> int:
        sent.append(delivery)
        return 200

    world = World(clock=Clock(frozen_at=START), sender=send)
    yield world
    assert {effect.cause.operation for effect in world.record} <= RECORDED


@pytest.fixture
def ask(world: World) -> Ask:
    """`ask("PUT /bloqit/rents/1/cancel", json={...})`, with the right credentials unless `headers` says otherwise."""
    app = create_app(world)

    async def once(line: str, **more: Any) -> httpx.Response:
        method, path = line.split(" ", 1)
        more.setdefault("headers", _credentials(world, path))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://sim") as client:
            return await client.request(method, path, **more)

    def ask(line: str, **more: Any) -> httpx.Response:
        return asyncio.run(once(line, **more))

    return ask


@pytest.fixture
def credentials(world: World) -> Callable[[str], dict[str, str]]:
    """`credentials("bloqit")`: the headers that one of the APIs asks for."""
    return lambda api: _credentials(world, f"/{api}")


@pytest.fixture
def snapshot(world: World) -> Callable[[], object]:
    """Everything that a request could leave a trace in."""

    def snapshot() -> object:
        seen = world.bloqit.hooks
        return world.state(), len(world.record), len(seen.history), world.mail.waiting, len(world.mail.log), len(seen.registered)

    return snapshot


@pytest.fixture
def reach(ask: Ask) -> Callable[[str], str]:
    """Bring a new rent into a state by documented requests only; answers its id."""

    def reach(state: str) -> str:
        where = f"bloqID={FIRST_BLOQ}" if state == "created" else f"lockerID={FIRST_LOCKER}"
        rent = str(ask(f"POST /bloqit/deliveries/reserveLocker?{where}", json=BODY).json()["_id"])
        for line in WAYS[state]:
            answer = ask(line.format(rent=rent), json={"seconds": 7 * 24 * 3600} if "advance" in line else None)
            assert answer.status_code == 200, answer.text
        assert ask(f"GET /bloqit/rents/{rent}").json()["state"] == state
        return rent

    return reach


BODY = {"externalID": "order-1", "pickUpCode": "2121", "dropOffCode": "9999", "expiryDate": "2026-03-05T12:00:00Z"}
MAKE = "PUT /bloqit/deliveries/{rent}/make"
CLOSE = "PUT /bloqit/rent-sims/{rent}/lockers/close"
WAYS: dict[str, list[str]] = {
    "created": [],
    "reserved": [],
    "ready_for_pickup": ["PUT /bloqit/deliveries/{rent}/ready-for-pickup"],
    "in_transit": ["PUT /bloqit/deliveries/{rent}/ready-for-pickup", "PUT /bloqit/deliveries/{rent}/in-transit"],
    "starting": [MAKE],
    "in_progress": [MAKE, CLOSE],
    "locker_opened": [MAKE, CLOSE, "PUT /bloqit/rents/{rent}/lockers/open"],
    "collect_item": [MAKE, CLOSE, "PUT /bloqit/rents/{rent}/collect"],
    "expired": [MAKE, CLOSE, "POST /sim/clock/advance"],
    "cancelled": [MAKE, CLOSE, "PUT /bloqit/rents/{rent}/cancel"],
    "finished": [MAKE, CLOSE, "PUT /bloqit/rents/{rent}/collect", CLOSE],
}


def _credentials(world: World, path: str) -> dict[str, str]:
    if path.startswith("/bloqit"):
        return {"X-API-KEY": world.settings.bloqit_api_key}
    if path.startswith("/logistics"):
        return {"Authorization": f"Bearer {world.settings.logistics_token}"}
    if path.startswith("/blink"):
        return {"Authorization": f"Bearer {world.blink.login(world.settings.blink_username, world.settings.blink_password)}"}
    return {}
