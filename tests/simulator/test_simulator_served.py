"""The simulator on a real socket: threads, real webhooks, a clean end."""

import asyncio
import http.server
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, cast

import httpx
import pytest

from parcelflow.simulator import FIRST_LOCKER, Clock, World, create_app, serve, served

SOON = {"expiryDate": "2026-03-05T12:00:00Z"}


class _Partner(http.server.ThreadingHTTPServer):
    """Receives webhooks; `answer` is asked for the status of each."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.bodies: list[bytes] = []
        self.answer: Callable[[], int] = lambda: 200
        self.url = f"http://127.0.0.1:{self.server_address[1]}/"


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        partner = self.server
        assert isinstance(partner, _Partner)
        partner.bodies.append(self.rfile.read(int(self.headers["content-length"])))
        self.send_response(partner.answer())
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Stay silent."""


@pytest.fixture
def partner() -> Iterator[_Partner]:
    """A partner's server on a free port."""
    with _Partner() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def world() -> World:
    """Frozen, with real sockets."""
    return World(clock=Clock(frozen_at=datetime(2026, 3, 1, 12, 0, tzinfo=UTC)))


def _client(addresses: Mapping[str, str]) -> httpx.Client:
    return httpx.Client(headers={"X-API-KEY": addresses["bloqit_api_key"]}, trust_env=False)


def test_a_served_world_delivers_by_itself_and_in_order(world: World, partner: _Partner) -> None:
    with served(world) as addresses, _client(addresses) as client:
        client.post(f"{addresses['bloqit']}/webhooks", json={"url": partner.url, "enabledEvents": ["rent."]})
        rent = client.post(f"{addresses['bloqit']}/deliveries?lockerID={FIRST_LOCKER}", json=SOON).json()["_id"]
        client.put(f"{addresses['bloqit']}/deliveries/{rent}/make")
        client.put(f"{addresses['bloqit']}/rent-sims/{rent}/lockers/close")

        assert client.post(f"{addresses['sim']}/webhooks/settle").json() == {"delivered": 3, "failed": 0, "waiting": 0}

    names = [body.split(b'"codeName":"')[1].split(b'"')[0] for body in partner.bodies]
    assert names == [b"rent.reserved", b"rent.started", b"rent.in_progress"]


def test_a_receiver_may_call_back_while_it_answers(world: World, partner: _Partner) -> None:
    with served(world) as addresses, _client(addresses) as client:
        states: list[str] = []

        def look() -> int:
            with _client(addresses) as other:
                states.append(other.get(f"{addresses['bloqit']}/rents").json()["docs"][0]["state"])
            return 204

        partner.answer = look
        client.post(f"{addresses['bloqit']}/webhooks", json={"url": partner.url, "enabledEvents": ["rent.reserved"]})
        client.post(f"{addresses['bloqit']}/deliveries?lockerID={FIRST_LOCKER}", json=SOON)
        client.post(f"{addresses['sim']}/webhooks/settle")

    assert states == ["reserved"]


@pytest.mark.parametrize(
    "url", ["/ourPartner/receiveWebhook", "http://127.0.0.1:1/", "http://[", "http://.../", "http://a\x00b/"]
)
def test_a_webhook_that_nobody_receives_is_given_up_and_logged(world: World, url: str) -> None:
    with served(world) as addresses, _client(addresses) as client:
        client.post(f"{addresses['bloqit']}/webhooks", json={"url": url, "enabledEvents": ["*"]})
        client.post(f"{addresses['bloqit']}/deliveries?lockerID={FIRST_LOCKER}", json=SOON)

        assert client.post(f"{addresses['sim']}/webhooks/settle").json() == {"delivered": 0, "failed": 1, "waiting": 0}
        (attempt,) = client.get(f"{addresses['sim']}/webhooks/log").json()
    assert attempt["error"]


def test_a_running_clock_lets_a_rent_expire_without_being_asked(partner: _Partner) -> None:
    world = World()
    expired = threading.Event()

    def note() -> int:
        expired.set()
        return 200

    partner.answer = note
    with served(world) as addresses, _client(addresses) as client:
        client.post(f"{addresses['bloqit']}/webhooks", json={"url": partner.url, "enabledEvents": ["rent.expired"]})
        limit = datetime.fromtimestamp(world.clock.now().timestamp() + 0.2, UTC).isoformat()
        client.post(f"{addresses['bloqit']}/deliveries", json={"expiryDate": limit})

        assert expired.wait(10)


def test_a_running_clock_sends_a_delayed_webhook_by_itself(partner: _Partner) -> None:
    world = World()
    told = threading.Event()

    def note() -> int:
        told.set()
        return 200

    partner.answer = note
    with served(world) as addresses, _client(addresses) as client:
        client.post(f"{addresses['bloqit']}/webhooks", json={"url": partner.url, "enabledEvents": ["rent.created"]})
        client.post(f"{addresses['sim']}/webhooks/lab", json={"delay": 0.2})
        client.post(f"{addresses['bloqit']}/deliveries", json={"expiryDate": "2999-01-01T00:00:00Z"})

        assert client.post(f"{addresses['sim']}/webhooks/settle").json()["waiting"] in (0, 1)
        assert told.wait(10)


def test_whoever_dies_in_the_middle_of_a_request_has_done_nothing(world: World) -> None:
    headers = [(b"x-api-key", world.settings.bloqit_api_key.encode())]
    scope = {"type": "http", "method": "POST", "path": "/bloqit/deliveries", "query_string": b"", "headers": headers}
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(cast("Any", create_app(world))(scope, receive, send))
    assert sent[0]["status"] == 400
    assert list(world.record) == []


def test_leaving_releases_what_is_held(world: World) -> None:
    seen = threading.Event()
    answers: list[int] = []
    with served(world) as addresses, _client(addresses) as client:
        rent = client.post(f"{addresses['bloqit']}/deliveries?lockerID={FIRST_LOCKER}", json=SOON).json()["_id"]
        client.post(
            f"{addresses['sim']}/faults", json={"operation": "bloqit.deliveries.make", "kind": "hold_answer", "seconds": 3600}
        )

        def ask() -> None:
            seen.set()
            with _client(addresses) as other:
                answers.append(other.put(f"{addresses['bloqit']}/deliveries/{rent}/make", timeout=30).status_code)

        thread = threading.Thread(target=ask)
        thread.start()
        assert seen.wait(10)
        while not world.record.find(operation="bloqit.deliveries.make"):
            client.get(f"{addresses['sim']}/clock")
    thread.join()
    assert answers == [200]


def test_many_clients_at_once_reserve_a_locker_once(world: World) -> None:
    with served(world) as addresses, _client(addresses) as client:
        statuses: list[int] = []

        def reserve() -> None:
            url = f"{addresses['bloqit']}/deliveries?lockerID={FIRST_LOCKER}"
            statuses.append(client.post(url, json=SOON).status_code)

        threads = [threading.Thread(target=reserve) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert sorted(statuses) == [201] + [409] * 7
    assert len(world.record) == 1


def test_the_address_is_announced_once_when_it_listens_and_stdout_stays_empty(
    world: World, capfd: pytest.CaptureFixture[str]
) -> None:
    told: list[Mapping[str, str]] = []

    def announce(addresses: Mapping[str, str]) -> None:
        told.append(addresses)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        serve(host="127.0.0.1", port=0, world=world, announce=announce)
    with served(world) as addresses, _client(addresses) as client:
        client.get(f"{addresses['bloqit']}/bloqs")

    assert set(told[0]) == set(addresses)
    assert addresses["sim"].startswith("http://127.0.0.1:")
    assert capfd.readouterr().out == ""


def test_a_taken_port_is_an_error_at_once(world: World) -> None:
    with served(world) as addresses, pytest.raises(OSError, match="in use"):
        serve(host="127.0.0.1", port=int(addresses["sim"].split(":")[2].split("/")[0]), world=world, announce=lambda _: None)
