"""Partners' own servers: those that judge couriers, and those that take too long over a webhook."""

import http.server
import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from parcelflow.simulator import FIRST_BLOQ, Clock, Delivery, UndeliverableError, World, served
from parcelflow.simulator.mail import HttpSender

Ask = Callable[..., httpx.Response]

LOGIN = f"POST /sim/bloqs/{FIRST_BLOQ}/couriers/login"
CREDENTIALS = {"username": "rider-7", "password": "open sesame"}


class _Partner(http.server.ThreadingHTTPServer):
    """Answers what it is told to; `slowly` in bytes with a pause before each, until `gone` is set."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.daemon_threads = True
        self.status, self.body, self.slowly = 200, b"{}", False
        self.asked: list[Any] = []
        self.gone = threading.Event()
        self.url = f"http://127.0.0.1:{self.server_address[1]}/auth"


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        partner = self.server
        assert isinstance(partner, _Partner)
        partner.asked.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
        self.send_response(partner.status)
        self.send_header("content-length", str(40 if partner.slowly else len(partner.body)))
        self.end_headers()
        if not partner.slowly:
            self.wfile.write(partner.body)
        for _ in range(40 if partner.slowly else 0):
            if partner.gone.wait(0.05):
                return
            self.wfile.write(b" ")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Stay silent."""


@pytest.fixture
def partner() -> Iterator[_Partner]:
    """A partner's server on a free port."""
    with _Partner() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.gone.set()
        server.shutdown()
        thread.join()


def _told(world: World) -> list[Any]:
    return [event["metadata"] for _, event in world.bloqit.hooks.history if event["codeName"] == "bloq.courier_authentication"]


def test_credentials_are_nothing_to_a_bloq_unless_a_partner_judges_them(ask: Ask, world: World, partner: _Partner) -> None:
    refused = ask(LOGIN, json={"credentials": CREDENTIALS})
    assert (refused.status_code, refused.json()["code"]) == (409, "urlInvalid")
    assert _told(world) == []

    ask("POST /sim/couriers/authentication", json={"url": partner.url})
    assert ask(LOGIN, json={"credentials": CREDENTIALS}).json() == {"valid": True}
    assert partner.asked == [{"bloqID": FIRST_BLOQ, "credentials": CREDENTIALS}]

    ask("POST /sim/couriers/authentication", json={"url": ""})
    assert ask(LOGIN, json={"credentials": CREDENTIALS}).status_code == 409
    assert len(partner.asked) == 1


@pytest.mark.parametrize(
    ("verdict", "status", "body", "valid", "told"),
    [
        ("status", 200, {}, True, {}),
        ("status", 204, None, True, {}),
        ("status", 200, {"valid": False, "courierID": "C7"}, True, {"courierID": "C7"}),
        ("status", 401, {"valid": True}, False, {"reason": "the partner answered 401"}),
        ("body", 200, {"valid": True, "courierID": "C7"}, True, {"courierID": "C7"}),
        ("body", 200, {"valid": False}, False, {"reason": "the partner answered 200"}),
        ("body", 200, None, False, {"reason": "the partner answered 200"}),
        ("body", 200, [], False, {"reason": "the partner answered 200"}),
        ("body", 500, {"valid": True}, False, {"reason": "the partner answered 500"}),
    ],
)
def test_a_partners_verdict_is_read_and_told_without_the_credentials(  # noqa: PLR0913, PLR0917 - one row of the table
    ask: Ask,
    world: World,
    verdict: str,
    status: int,
    body: object,
    valid: object,
    told: dict[str, str],
) -> None:
    def judge(_delivery: Delivery) -> tuple[int, bytes]:
        return status, b"" if body is None else json.dumps(body).encode()

    world.asker = judge
    ask("PUT /sim/settings", json={"courier_verdict": verdict})
    ask("POST /sim/couriers/authentication", json={"url": "https://partner.example"})

    assert ask(LOGIN, json={"credentials": CREDENTIALS}).json() == {"valid": valid}

    assert _told(world) == [told]
    assert "sesame" not in json.dumps([event for _, event in world.bloqit.hooks.history])


def test_a_partner_who_does_not_answer_has_not_let_anybody_in(ask: Ask, world: World) -> None:
    ask("POST /sim/couriers/authentication", json={"url": "http://127.0.0.1:1/"})

    assert ask(LOGIN, json={"credentials": CREDENTIALS}).json() == {"valid": False}
    assert _told(world) == [{"reason": "the partner does not answer"}]


@pytest.mark.parametrize("body", [{}, {"token": "t", "credentials": {}}])
def test_a_courier_shows_one_thing(ask: Ask, body: dict[str, object]) -> None:
    answer = ask(LOGIN, json=body)
    assert (answer.status_code, answer.json()["message"][:52]) == (400, "the body: a courier shows either a token or credenti")


def test_a_world_on_sockets_asks_while_others_are_served(partner: _Partner) -> None:
    world = World(clock=Clock(frozen_at=datetime(2026, 3, 1, 12, tzinfo=UTC)))
    with served(world) as urls, httpx.Client(base_url=urls["sim"], trust_env=False) as client:
        client.post("/couriers/authentication", json={"url": partner.url})
        assert client.post(f"/bloqs/{FIRST_BLOQ}/couriers/login", json={"credentials": CREDENTIALS}).json() == {"valid": True}


def test_a_partner_that_sends_a_byte_now_and_then_has_not_answered_in_time(partner: _Partner) -> None:
    partner.slowly = True
    with HttpSender() as send:
        with pytest.raises(UndeliverableError, match=r"no complete answer in 0\.25 seconds"):
            send(Delivery("blink.order", partner.url, b"{}", {}, 0.25))
        partner.slowly = False
        assert send(Delivery("blink.order", partner.url, b"{}", {}, 5)) == 200
