"""The receiver: every answer of its table, and that nothing is stored where it refuses."""

import logging
from collections.abc import AsyncIterator, Callable, Mapping, MutableMapping, Sequence
from datetime import UTC
from typing import Any

import anyio
import pytest
from starlette.applications import Starlette

from parcelflow.adapters.doors import BlinkDoor, BloqitDoor, CourierDoor, Doors, LogisticsDoor, opens
from parcelflow.adapters.receiver import LARGEST_BODY, LARGEST_HEAD, receiver
from parcelflow.machines import Arrival, BadSettingsError, CallersError, MalformedEventError, NetworksError, OursError

from .fakes import post, sample
from .test_bloqit_webhook import GOLDEN_BODY, GOLDEN_TOKEN, SECRET, SIGNED_AT, sign

TOKEN = "path-secret-0123456789"
DOORS = Doors(
    bloqit=BloqitDoor(secrets=[SECRET]),
    blink=BlinkDoor(tokens=[TOKEN], zone=UTC),
    logistics=LogisticsDoor(tokens=["x" * 16, TOKEN]),
)
ORDERS, STATUSES, TASKS = f"/blink/{TOKEN}/orders", f"/blink/{TOKEN}/statuses", f"/logistics/{TOKEN}"
SIGNED = {"x-signature": GOLDEN_TOKEN}


class Inbox:
    """Keeps arrivals, each external id once; or fails as it is told."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.kept: dict[tuple[str, str], Arrival] = {}
        self.failure = failure

    def accept(self, arrivals: Sequence[Arrival]) -> Sequence[bool]:
        """Keep them, all or none; of each whether it was not kept already."""
        if self.failure is not None:
            raise self.failure
        return [self._keep(arrival) for arrival in arrivals]

    def _keep(self, arrival: Arrival) -> bool:
        name = (arrival.source, arrival.external_id)
        new = name not in self.kept
        self.kept.setdefault(name, arrival)
        return new


def app_for(inbox: Inbox, doors: Doors = DOORS) -> Starlette:
    ids = iter(range(100))
    return receiver(accept=inbox.accept, clock=lambda: SIGNED_AT, fresh_id=lambda: str(next(ids)), doors=doors)


@pytest.mark.parametrize(
    ("path", "content", "headers"),
    [
        ("/bloqit", GOLDEN_BODY, SIGNED),
        (ORDERS, sample("blink_order"), None),
        (STATUSES, sample("blink_order"), None),
        (TASKS, sample("logistics_status"), None),
    ],
)
def test_what_is_good_is_stored_before_it_is_answered(path: str, content: bytes, headers: dict[str, str] | None) -> None:
    inbox = Inbox()
    answer = post(app_for(inbox), path, content, headers)
    assert (answer.status_code, answer.json()) == (200, {"accepted": True})
    assert [arrival.raw for arrival in inbox.kept.values()] == [content]


def test_what_is_not_taken_is_told_by_door_and_type_and_never_by_what_it_says(caplog: pytest.LogCaptureFixture) -> None:
    for path, content, failure in (
        ("/bloqit", b"{}", None),
        (TASKS, b"+351912345678", None),
        (f"/logistics/{'y' * 20}", b"{}", None),
        ("/nowhere", b"{}", None),
        (TASKS, sample("logistics_status"), OursError("+351912345678")),
        (ORDERS, sample("blink_order"), ZeroDivisionError("+351912345678")),
    ):
        post(app_for(Inbox(failure)), path, content)
    told = [
        (record.name, record.levelname, record.getMessage()) for record in caplog.records if record.name == "parcelflow.receiver"
    ]
    assert told == [
        ("parcelflow.receiver", "WARNING", "webhook_refused door=bloqit status=401 error=BadSignatureError"),
        ("parcelflow.receiver", "WARNING", "webhook_refused door=logistics status=400 error=BadBodyError"),
        ("parcelflow.receiver", "WARNING", "webhook_refused door=logistics status=404 error=HTTPException"),
        ("parcelflow.receiver", "WARNING", "webhook_refused door=none status=404 error=HTTPException"),
        ("parcelflow.receiver", "ERROR", "webhook_unstored door=logistics status=503 error=OursError"),
        ("parcelflow.receiver", "ERROR", "webhook_unstored door=blink status=500 error=ZeroDivisionError"),
    ]


def test_what_comes_again_is_said_to_be_a_duplicate() -> None:
    inbox = Inbox()
    app = app_for(inbox)
    for path, content, headers in (("/bloqit", GOLDEN_BODY, SIGNED), (ORDERS, sample("blink_order"), {})):
        assert post(app, path, content, headers).json() == {"accepted": True}
        again = post(app, path, content, headers)
        assert (again.status_code, again.json()) == (200, {"accepted": True, "duplicate": True})
    assert len(inbox.kept) == 2


def test_a_status_that_comes_again_is_another_delivery() -> None:
    inbox = Inbox()
    app = app_for(inbox)
    for path, content in ((STATUSES, sample("blink_status")), (TASKS, sample("logistics_status"))) * 2:
        assert post(app, path, content).json() == {"accepted": True}
    assert len(inbox.kept) == 4


@pytest.mark.parametrize(
    ("path", "content", "signed"),
    [
        ("/bloqit", b'{"codeName": "rent.levitated", "rent": "nobody-knows"}', True),
        ("/bloqit", b"{}", True),
        (STATUSES, b'{"blink_order_id": "nobody-knows", "status": 77}', False),
        (TASKS, b'{"eventId": 77, "data": {"taskId": "nobody-knows"}}', False),
    ],
)
def test_unknown_events_and_unknown_cases_are_accepted(path: str, content: bytes, *, signed: bool) -> None:
    inbox = Inbox()
    answer = post(app_for(inbox), path, content, {"x": sign(content)} if signed else None)
    assert answer.status_code == 200
    assert len(inbox.kept) == 1


async def _endless() -> AsyncIterator[bytes]:
    while True:
        yield b"x" * 65536


LONG = b'{"a": "' + b"x" * (10 * 1024 * 1024) + b'"}'
NONE_TOKEN = "eyJhbGciOiJub25lIn0." + GOLDEN_TOKEN.split(".")[1] + "."


@pytest.mark.parametrize(
    ("path", "content", "headers", "status"),
    [
        ("/bloqit", GOLDEN_BODY, None, 401),
        ("/bloqit", GOLDEN_BODY, {"x": sign(GOLDEN_BODY, secret="wrong")}, 401),
        ("/bloqit", GOLDEN_BODY, {"x": sign(GOLDEN_BODY, 1711463400)[:-4] + "AAAA"}, 401),
        ("/bloqit", GOLDEN_BODY, {"x": sign(GOLDEN_BODY, 1611463400)}, 401),
        ("/bloqit", GOLDEN_BODY, {"x": sign(GOLDEN_BODY, 1811463400)}, 401),
        ("/bloqit", GOLDEN_BODY, {"x": NONE_TOKEN}, 401),
        ("/bloqit", GOLDEN_BODY[:-7], SIGNED, 401),
        ("/bloqit", b"not json", {"x": sign(b"not json")}, 400),
        ("/bloqit", b"[]", {"x": sign(b"[]")}, 400),
        ("/bloqit", b"", {"x": sign(b"")}, 400),
        ("/bloqit", LONG, SIGNED, 413),
        ("/bloqit", _endless, SIGNED, 413),
        (ORDERS, b"hello", None, 400),
        (ORDERS, sample("blink_order")[:-9], None, 400),
        (ORDERS, b'{"products": []}', None, 400),
        (ORDERS, LONG, None, 413),
        (ORDERS, _endless, {"content-length": "many"}, 413),
        (TASKS, b"[1]", None, 400),
        ("/blink/wrong-secret-0123456789/orders", sample("blink_order"), None, 404),
        ("/blink/caf%C3%A9/statuses", sample("blink_status"), None, 404),
        ("/logistics/wrong-secret-0123456789", sample("logistics_status"), None, 404),
        ("/nowhere", b"{}", None, 404),
    ],
)
def test_what_is_refused_is_not_stored(
    path: str, content: bytes | Callable[[], AsyncIterator[bytes]], headers: dict[str, str] | None, status: int
) -> None:
    inbox = Inbox()
    answer = post(app_for(inbox), path, content, headers)
    assert answer.status_code == status
    assert list(answer.json()) == ["error"]
    assert inbox.kept == {}
    for secret in (SECRET, TOKEN, "Traceback", "File "):
        assert secret not in answer.text


def test_a_body_that_just_fits_is_read() -> None:
    edge = b'{"blink_order_id": "1", "products": [], "x": "' + b"x" * 2**21
    fits = edge[: LARGEST_BODY - 2] + b'"}'
    assert post(app_for(Inbox()), ORDERS, fits).status_code == 200
    assert post(app_for(Inbox()), ORDERS, edge[: LARGEST_BODY - 1] + b'"}').status_code == 413
    assert len(sign(fits)) < LARGEST_HEAD


def test_a_door_that_is_not_there_is_not_found() -> None:
    for path in ("/bloqit", ORDERS, TASKS):
        assert post(app_for(Inbox(), Doors()), path, b"{}").status_code == 404


@pytest.mark.parametrize(
    ("failure", "status"),
    [
        (OursError(f"database {TOKEN}"), 503),
        (NetworksError("down"), 503),
        (CallersError("odd"), 500),
        (ZeroDivisionError(f"defect {TOKEN}"), 500),
    ],
)
def test_what_could_not_be_stored_is_never_answered_with_2xx(
    failure: Exception, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.CRITICAL):
        answer = post(app_for(Inbox(failure)), "/bloqit", GOLDEN_BODY, SIGNED)
    assert answer.status_code == status
    assert list(answer.json()) == ["error"]
    for word in (TOKEN, "Traceback", "Error", "database"):
        assert word not in answer.text


def test_what_no_database_keeps_is_refused_for_good() -> None:
    """Whoever is told 503 sends it again, and again."""
    answer = post(app_for(Inbox(MalformedEventError("a text with a NUL in it cannot be kept"))), "/bloqit", GOLDEN_BODY, SIGNED)
    assert (answer.status_code, answer.json()) == (400, {"error": "a text with a NUL in it cannot be kept"})


def _served(app: Starlette, method: str, *messages: dict[str, Any]) -> int:
    """Drive the application by bare ASGI messages; the status that it answered with."""
    sent: list[MutableMapping[str, Any]] = []
    coming = iter(messages)

    async def receive() -> MutableMapping[str, Any]:
        return next(coming)

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    scope: dict[str, object] = {
        "type": "http",
        "method": method,
        "path": ORDERS,
        "root_path": "",
        "query_string": b"",
        "headers": [],
    }
    anyio.run(app, scope, receive, send)
    return int(sent[0]["status"])


def test_a_sender_that_hangs_up_stores_nothing() -> None:
    inbox = Inbox()
    half = {"type": "http.request", "body": sample("blink_order")[:40], "more_body": True}
    assert _served(app_for(inbox), "POST", half, {"type": "http.disconnect"}) == 400
    assert inbox.kept == {}


def test_only_posts_are_answered() -> None:
    assert _served(app_for(Inbox()), "GET", {"type": "http.request", "body": b""}) == 405


@pytest.mark.parametrize(
    "make",
    [
        lambda: BloqitDoor(secrets=[]),
        lambda: BloqitDoor(secrets=[""]),
        lambda: BloqitDoor(secrets=["", SECRET], allow_unsigned=True),
        lambda: BlinkDoor(tokens=[]),
        lambda: LogisticsDoor(tokens=["short"]),
    ],
)
def test_a_door_that_would_stand_open_is_refused(make: Callable[[], object]) -> None:
    with pytest.raises(BadSettingsError):
        make()


def test_secrets_are_in_no_repr_and_unsigned_has_to_be_asked_for() -> None:
    assert SECRET not in repr(DOORS)
    assert TOKEN not in repr(DOORS)
    app = app_for(Inbox(), Doors(bloqit=BloqitDoor(secrets=[], allow_unsigned=True)))
    assert post(app, "/bloqit", GOLDEN_BODY).status_code == 200


def test_tokens_are_compared_whole() -> None:
    assert [opens(given, [TOKEN, "é" * 16]) for given in (TOKEN, "é" * 16, TOKEN[:-1], TOKEN + "x", "")] == [
        *[True] * 2,
        *[False] * 3,
    ]


# --- couriers that identify with the partner (A55) ------------------------------------------------------------------------

COURIERS = f"/bloqit/{TOKEN}/couriers"


def _knows(credentials: Mapping[str, Any]) -> bool:
    return credentials.get("pin") == "4711"


def _couriers(**shapes: Any) -> Starlette:
    return app_for(Inbox(), Doors(couriers=CourierDoor(tokens=[TOKEN], authenticate=_knows, **shapes)))


def test_a_couriers_credentials_are_judged_by_the_partner() -> None:
    for body, status, valid in ((b'{"pin": "4711"}', 200, True), (b'{"pin": "0"}', 401, False), (b"{}", 401, False)):
        answer = post(_couriers(), COURIERS, body)
        assert (answer.status_code, answer.json()) == (status, {"valid": valid})


def test_the_shape_of_the_answer_is_the_partners_choice() -> None:
    app = _couriers(valid=(200, {"ok": 1}), invalid=(200, {"ok": 0}))
    assert [post(app, COURIERS, body).json() for body in (b'{"pin": "4711"}', b"{}")] == [{"ok": 1}, {"ok": 0}]


def test_couriers_have_no_door_unless_there_is_one_and_no_body_unless_it_is_an_object() -> None:
    assert post(app_for(Inbox()), COURIERS, b"{}").status_code == 404
    assert post(_couriers(), "/bloqit/wrong-secret-0123456789/couriers", b"{}").status_code == 404
    answer = post(_couriers(), COURIERS, b'[{"pin": "4711"}]')
    assert answer.status_code == 400
    assert "4711" not in answer.text
    with pytest.raises(BadSettingsError, match="at least 16"):
        CourierDoor(tokens=["short"], authenticate=_knows)
    assert TOKEN not in repr(CourierDoor(tokens=[TOKEN], authenticate=_knows))
