"""Who is let in, and what happens to nonsense: an answer in JSON, never a stack trace."""

from collections.abc import Callable

import httpx
import pytest

from parcelflow.simulator import World

Ask = Callable[..., httpx.Response]

VENDORS = [
    "GET /bloqit/bloqs",
    "GET /bloqit/api/v1/public/rents",
    "POST /bloqit/deliveries",
    "PUT /bloqit/rents/x/cancel",
    "GET /bloqit/webhooks",
    "GET /blink/interface/v1/branches",
    "POST /blink/interface/v1/branches",
    "POST /blink/interface/v1/syncOrderStatus",
    "POST /logistics/api/client/task",
    "PUT /logistics/api/client/task",
    "GET /logistics/api/client/task/status",
]


@pytest.mark.parametrize(
    "headers",
    [{}, {"X-API-KEY": "wrong", "Authorization": "Bearer wrong"}, {"X-API-KEY": "", "Authorization": "Basic abc"}],
)
@pytest.mark.parametrize("line", VENDORS)
def test_nobody_enters_without_the_right_key(
    ask: Ask, snapshot: Callable[[], object], line: str, headers: dict[str, str]
) -> None:
    before = snapshot()

    assert ask(line, headers=headers, content=b"{").status_code == 401
    assert snapshot() == before


def test_a_key_above_ascii_is_only_wrong(ask: Ask) -> None:
    headers = {"X-API-KEY": b"\xff\xe9", "Authorization": b"Bearer \xff"}

    assert ask("GET /bloqit/bloqs", headers=headers).status_code == 401
    assert ask("GET /logistics/api/client/task/status", headers=headers).status_code == 401


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"[]",
        b"null",
        b'"x"',
        b"\xff\xfe{",
        b'{"expiryDate": NaN}',
        b'{"carrier": "\\ud800"}',
        b"[" * 100_000,
        b'{"collectTimeLimit": ' + b"9" * 5000 + b"}",
        b'{"carrier": "' + b"x" * 1_048_577 + b'"}',
    ],
)
@pytest.mark.parametrize(
    "line",
    [
        "POST /bloqit/deliveries",
        "PUT /bloqit/rents/x",
        "POST /bloqit/webhooks",
        "POST /blink/interface/v1/login",
        "POST /blink/interface/v1/syncOrderStatus",
        "POST /logistics/api/client/task",
        "POST /sim/clock/advance",
        "POST /sim/blink/orders",
        "POST /sim/faults",
    ],
)
def test_a_malformed_body_is_a_400(ask: Ask, snapshot: Callable[[], object], line: str, content: bytes) -> None:
    before = snapshot()

    answer = ask(line, content=content)

    assert answer.status_code == 400
    assert isinstance(answer.json(), dict)
    assert snapshot() == before


def test_the_three_vendors_word_a_refusal_each_in_its_own_way(ask: Ask) -> None:
    assert set(ask("POST /bloqit/deliveries", json={}).json()) == {"code", "message"}
    assert ask("POST /blink/interface/v1/login", json={}).json() == {
        "msg": "username is either missing or has a wrong format; password is either missing or has a wrong format",
        "success": False,
        "error": "usernameInvalid",
        "data": None,
    }
    assert set(ask("POST /logistics/api/client/task", json={}).json()) == {"message", "errors"}


@pytest.mark.parametrize(
    "line", ["GET /", "GET /bloqit/nothing", "DELETE /bloqit/bloqs", "PUT /blink/interface/v1/login", "GET /sim"]
)
def test_an_unknown_route_answers_in_json(ask: Ask, line: str) -> None:
    answer = ask(line)

    assert answer.status_code in (404, 405)
    assert set(answer.json()) == {"code", "message"}


def test_a_blink_token_dies_of_old_age_in_virtual_time(ask: Ask, world: World) -> None:
    settings = world.settings
    body = {"username": settings.blink_username, "password": settings.blink_password}
    told = ask("POST /blink/interface/v1/login", json=body).json()
    headers = {"Authorization": f"Bearer {told['access_token']}"}

    assert told["token_type"] == "Bearer"
    assert ask("GET /blink/interface/v1/branches", headers=headers).status_code == 200
    world.clock.advance(settings.blink_token_seconds - 1)
    assert ask("GET /blink/interface/v1/branches", headers=headers).status_code == 200
    world.clock.advance(1)
    assert ask("GET /blink/interface/v1/branches", headers=headers).status_code == 401


@pytest.mark.parametrize(
    "body", [{"username": "x", "password": "pretend-password"}, {"username": "pretend-restaurant", "password": "é"}]
)
def test_a_wrong_login_is_a_401(ask: Ask, body: dict[str, str]) -> None:
    assert ask("POST /blink/interface/v1/login", json=body).status_code == 401
