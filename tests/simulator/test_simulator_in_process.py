"""In process as over sockets: many requests at once, clients that lose patience, and connections that a fault drops."""

import asyncio
import re
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import pytest

from parcelflow.simulator import FIRST_LOCKER, create_app
from parcelflow.simulator.handle import Handle

MAKE = "bloqit.deliveries.make"
IMPATIENT = 0.05
"""Real seconds."""


@pytest.fixture
def handle() -> Iterator[Handle]:
    """A fresh world."""
    with Handle.fresh() as fresh:
        yield fresh


@contextmanager
def _client(handle: Handle, how: str) -> Generator[httpx.Client]:
    headers = {"X-API-KEY": handle.settings.bloqit_api_key}
    if how == "in process":
        with httpx.Client(transport=handle.transport, base_url="http://simulator", headers=headers) as client:
            yield client
        return
    with (
        handle.served() as urls,
        httpx.Client(base_url=urls["sim"].removesuffix("/sim"), headers=headers, trust_env=False) as one,
    ):
        yield one


def _reserve(client: httpx.Client) -> str:
    answer = client.post(f"/bloqit/deliveries/reserveLocker?lockerID={FIRST_LOCKER}", json={"externalID": "o-1"})
    return f"/bloqit/deliveries/{answer.json()['_id']}/make"


def _happened(handle: Handle) -> int:
    return len(handle.record.find(operation=MAKE))


@pytest.mark.parametrize("how", ["in process", "over sockets"])
def test_others_are_answered_while_one_is_held_and_one_of_them_releases_it(handle: Handle, how: str) -> None:
    with _client(handle, how) as client, ThreadPoolExecutor() as pool:
        make = _reserve(client)
        client.post("/sim/faults", json={"operation": MAKE, "kind": "hold_answer", "seconds": 3600})
        held = pool.submit(client.put, make, timeout=None)
        while not client.get("/sim/record", params={"operation": MAKE}).json()["count"]:
            pass
        assert not held.done()
        assert client.get("/bloqit/rents").json()["totalDocs"] == 1
        client.post("/sim/faults/release")
        assert held.result(10).status_code == 200


@pytest.mark.parametrize("how", ["in process", "over sockets"])
def test_a_client_loses_its_patience_and_what_it_asked_for_has_happened(handle: Handle, how: str) -> None:
    with _client(handle, how) as client:
        make = _reserve(client)
        client.post("/sim/faults", json={"operation": MAKE, "kind": "hold_answer", "seconds": 3600})
        with pytest.raises(httpx.ReadTimeout):
            client.put(make, timeout=IMPATIENT)
        assert _happened(handle) == 1
        client.post("/sim/faults/release")


@pytest.mark.parametrize("how", ["in process", "over sockets"])
@pytest.mark.parametrize(("fault", "happened"), [({}, 1), ({"effect": "after"}, 1), ({"effect": "before"}, 0)])
def test_a_dropped_connection_is_no_answer_before_or_after_the_effect(
    handle: Handle, how: str, fault: dict[str, str], happened: int
) -> None:
    with _client(handle, how) as client:
        make = _reserve(client)
        armed = client.post("/sim/faults", json={"operation": MAKE, "kind": "drop_connection", **fault})
        assert armed.json()["effect"] == fault.get("effect", "after")
        with pytest.raises(httpx.RemoteProtocolError) as caught:
            client.put(make)
        assert caught.value.request.url.path == make
        assert _happened(handle) == happened
        assert client.put(make).status_code == (409 if happened else 200)


def test_an_async_client_loses_its_patience_and_its_connection_too(handle: Handle) -> None:
    headers = {"X-API-KEY": handle.settings.bloqit_api_key}

    async def scene() -> None:
        async with httpx.AsyncClient(
            transport=handle.async_transport, base_url="http://simulator", headers=headers, timeout=IMPATIENT
        ) as client:
            for kind, error in (("hold_answer", httpx.ReadTimeout), ("drop_connection", httpx.RemoteProtocolError)):
                fault = {"operation": "bloqit.customers.create", "kind": kind, "seconds": 3600}
                await client.post("/sim/faults", json=fault, timeout=None)
                with pytest.raises(error):
                    await client.post("/bloqit/customers", json={})
            held = asyncio.create_task(client.get("/bloqit/customers", timeout=None))
            assert (await held).json()["totalDocs"] == 2

    asyncio.run(scene())


def test_an_abandoned_request_goes_on_and_the_world_ends_all_the_same() -> None:
    with Handle.fresh() as handle, _client(handle, "in process") as client:
        make = _reserve(client)
        client.post("/sim/faults", json={"operation": MAKE, "kind": "latency", "seconds": 3600})
        with pytest.raises(httpx.ReadTimeout):
            client.put(make, timeout=IMPATIENT)
        assert _happened(handle) == 0
        client.post("/sim/faults/release")
        while not _happened(handle):
            pass
        client.post("/sim/faults", json={"operation": "bloqit.rents.list", "kind": "hold_answer", "seconds": 3600})
        with pytest.raises(httpx.ReadTimeout):
            client.get("/bloqit/rents", timeout=IMPATIENT)


def test_an_async_client_may_be_gone_with_its_loop_before_it_is_answered(caplog: pytest.LogCaptureFixture) -> None:
    async def leave(handle: Handle) -> None:
        async with httpx.AsyncClient(
            transport=handle.async_transport, base_url="http://simulator", headers={"X-API-KEY": handle.settings.bloqit_api_key}
        ) as client:
            await client.post("/sim/faults", json={"operation": "bloqit.customers.create", "kind": "latency", "seconds": 3600})
            asked = asyncio.create_task(client.post("/bloqit/customers", json={}))
            while not handle.world.faults.armed[0].fired:  # noqa: ASYNC110 - the request is on another thread
                await asyncio.sleep(0)
            asked.cancel()

    with Handle.fresh() as handle:
        asyncio.run(leave(handle))
        assert len(handle.record) == 0
        handle.world.faults.release()
        while not handle.record:
            pass
    assert not caplog.records


def test_a_handle_adds_to_its_world(handle: Handle) -> None:
    handle.furnish(bloqs=[{"code": "L1", "lockers": ["S"]}])
    assert [bloq.code for bloq in handle.world.bloqit.bloqs.values()] == ["T1", "T2", "L1"]
    with pytest.raises(ValueError, match=r"bloqs\.0\.lockers\.0\.size: .*; got 'XXL'"):
        handle.furnish(bloqs=[{"lockers": ["XXL"]}])


def test_whoever_serves_the_application_and_cannot_drop_a_connection_is_told(handle: Handle) -> None:
    async def ask() -> None:
        transport = httpx.ASGITransport(create_app(handle.world))
        async with httpx.AsyncClient(transport=transport, base_url="http://sim") as client:
            await client.post("/sim/faults", json={"operation": "blink.auth.login", "kind": "drop_connection"})
            await client.post("/blink/interface/v1/login", json={})

    with pytest.raises(ConnectionResetError, match="a fault drops this connection"):
        asyncio.run(ask())


@pytest.mark.parametrize(
    ("operation", "state", "line", "told"),
    [
        ("logistics.tasks.status", "27", "GET /logistics/api/client/task/status?mappingKey=t", ("TASK_FINISHED", 27)),
        ("logistics.tasks.status", "TASK_ACCEPTED", "GET /logistics/api/client/task/status?mappingKey=t", ("TASK_ACCEPTED", 24)),
        ("logistics.tasks.update", "28", "PUT /logistics/api/client/task", ("TASK_CANCELLED", 28)),
        ("blink.orders.sync_status", "3", "POST /blink/interface/v1/syncOrderStatus", ("Delivered", 3)),
        ("blink.orders.sync_status", "Accepted", "POST /blink/interface/v1/syncOrderStatus", ("Accepted", 1)),
    ],
)
def test_tasks_and_orders_can_be_told_in_a_wrong_state(
    handle: Handle, operation: str, state: str, line: str, told: tuple[str, int]
) -> None:
    world = handle.world
    token = world.blink.login(world.settings.blink_username, world.settings.blink_password)
    with httpx.Client(transport=handle.transport, base_url="http://simulator") as client:
        bearer = token if "blink" in line else world.settings.logistics_token
        headers = {"Authorization": f"Bearer {bearer}"}
        client.post("/sim/blink/orders", json={"blink_order_id": "7"})
        made = client.post("/logistics/api/client/task", json=TASK, headers={"Authorization": "Bearer pretend-logistics-token"})
        body = {"taskId": made.json()["data"]["taskId"], "type": 1, "blink_order_id": "7", "status": 2}
        assert client.post("/sim/faults", json={"operation": operation, "kind": "wrong_state", "state": state}).status_code == 201
        method, path = line.split()
        answer = client.request(method, path, json=body, headers=headers).json()
    found = answer["data"] if "blink" in line else answer
    assert told == (found.get("statusText", found.get("event")), found.get("status", found.get("eventId")))
    assert [task.event for task in world.logistics.tasks.values()] == [21 if operation.endswith("update") else 20]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"operation": "logistics.tasks.status", "kind": "wrong_state", "state": "19"}, "27 TASK_FINISHED, .*, got '19'"),
        ({"operation": "blink.orders.sync_status", "kind": "wrong_state", "state": "lost"}, "4 Rejected, got 'lost'"),
        ({"operation": "blink.menu.sync", "kind": "wrong_state", "state": "1"}, "answers a state, .*, got 'blink.menu.sync'"),
        ({"operation": MAKE, "kind": "wrong_state"}, "wrong_state, and nothing else, takes a state; got wrong_state with None"),
        ({"operation": MAKE, "kind": "latency", "effect": "after"}, "takes an effect; got latency with 'after'"),
    ],
)
def test_a_fault_that_could_do_nothing_is_told_what_would_be_right(handle: Handle, body: dict[str, str], said: str) -> None:
    with httpx.Client(transport=handle.transport, base_url="http://simulator") as client:
        answer = client.post("/sim/faults", json=body)
    assert answer.status_code == 400
    assert re.search(said, answer.json()["message"])


TASK = dict.fromkeys(("mappingKey", "mappingCode", "mappingBranchId", "customerName", "customerAddress"), "t") | {
    "customerPhone": "923001234567",
    "lat": "24.87",
    "lng": "67.05",
    "paymentType": "COD",
    "pickUpTime": "2026-03-01T12:00:00Z",
    "deliveryTime": "2026-03-01T13:00:00Z",
    "type": 1,
}
