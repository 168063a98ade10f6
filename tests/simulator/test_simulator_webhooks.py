"""Webhooks: who gets which event, in which order, and how it is signed."""

import json
from collections.abc import Callable

import httpx
import jwt
import pytest

from parcelflow.simulator import FIRST_BLOQ, FIRST_LOCKER, Delivery, UndeliverableError, World
from parcelflow.simulator.signing import sign

Ask = Callable[..., httpx.Response]

GOLDEN_BODY = (
    '{"_id":"65f0c0ffee","codeName":"rent.in_progress","rent":"5f85c02704d61b14f47c78a0",'
    '"locker":"5d5a6e83d1682b7194fc5f9c","metadata":{"2":"b","10":"a","n":1,"é":"ç"},'
    '"actionInitiatedBy":{"role":"customer","id":"x","source":"locker"}}'
)
GOLDEN_SIGNATURE = (
    "eyJhbGciOiJIUzI1NiJ9."
    "MTcxMTQ2MzQwMDAwMC57Il9pZCI6IjY1ZjBjMGZmZWUiLCJjb2RlTmFtZSI6InJlbnQuaW5fcHJvZ3Jlc3MiLCJyZW50IjoiNWY4NWMwMjcwNGQ2MWIxNG"
    "Y0N2M3OGEwIiwibG9ja2VyIjoiNWQ1YTZlODNkMTY4MmI3MTk0ZmM1ZjljIiwibWV0YWRhdGEiOnsiMiI6ImIiLCIxMCI6ImEiLCJuIjoxLCLDqSI6IsOn"
    "In0sImFjdGlvbkluaXRpYXRlZEJ5Ijp7InJvbGUiOiJjdXN0b21lciIsImlkIjoieCIsInNvdXJjZSI6ImxvY2tlciJ9fQ."
    "J6VZymo6KYPVe2SIFR07j3O3OgDRJlH9GlO_6_1dNoQ"
)

SECRET = "a secret of at least thirty-two bytes"


def _hook(ask: Ask, *events: str, **more: str) -> str:
    body = {"url": "http://partner/hook", "enabledEvents": list(events), **more}
    return str(ask("POST /bloqit/webhooks", json=body).json()["_id"])


def _names(ask: Ask, sent: list[Delivery]) -> list[str]:
    ask("POST /sim/webhooks/settle")
    return [delivery.event for delivery in sent]


def test_a_whole_delivery_tells_its_story_in_order(ask: Ask, reach: Callable[[str], str], sent: list[Delivery]) -> None:
    _hook(ask, "*")

    rent = reach("finished")

    assert _names(ask, sent) == [
        "rent.reserved",
        "locker.locker_opened",
        "rent.started",
        "locker.locker_closed",
        "rent.in_progress",
        "locker.locker_opened",
        "rent.collect_item",
        "locker.locker_closed",
        "rent.price_calculation",
        "rent.finished",
    ]
    told = [json.loads(delivery.body) for delivery in sent]
    assert ask(f"GET /bloqit/rents/{rent}/history?rentID={rent}").json() == told
    assert {event["rent"] for event in told} == {rent}
    # JSON.stringify's form: a receiver may compare the signature with exactly that (B:3531)
    assert sent[0].body == json.dumps(told[0], separators=(",", ":"), ensure_ascii=False).encode()
    assert len({event["_id"] for event in told}) == len(told)
    assert set(told[0]) == {
        "_id",
        "admin",
        "customer",
        "rent",
        "bloq",
        "locker",
        "price",
        "codeName",
        "description",
        "message",
        "title",
        "metadata",
        "actionInitiatedBy",
    }
    assert [event["actionInitiatedBy"]["source"] for event in told[:4]] == ["public_api", "public_api", "public_api", "locker"]
    assert (told[0]["bloq"], told[0]["locker"]) == (FIRST_BLOQ, FIRST_LOCKER)


@pytest.mark.parametrize(
    ("line", "events"),
    [
        ("PUT /bloqit/deliveries/{rent}/notify", ["rent.automatic_notification_sent"]),
        ("PUT /bloqit/rents/{rent}/lockers/open", ["locker.locker_opened", "rent.locker_opened"]),
        ("PUT /bloqit/rents/{rent}/cancel", ["rent.cancelled"]),
    ],
)
def test_single_steps_tell_their_events(
    ask: Ask, reach: Callable[[str], str], sent: list[Delivery], line: str, events: list[str]
) -> None:
    rent = reach("in_progress")
    _hook(ask, "rent.", "locker.")

    ask(line.format(rent=rent))

    assert _names(ask, sent) == events


def test_a_drop_off_by_code_begins_at_the_locker(ask: Ask, reach: Callable[[str], str], sent: list[Delivery]) -> None:
    rent = reach("in_transit")
    _hook(ask, "*")

    ask(f"POST /sim/rents/{rent}/dropoff", json={"code": "9999"})

    assert _names(ask, sent) == ["rent.drop_off_code_check", "locker.locker_opened", "rent.started"]
    assert {json.loads(delivery.body)["actionInitiatedBy"]["source"] for delivery in sent} == {"locker"}


def test_an_extension_and_an_expiry_are_told(ask: Ask, reach: Callable[[str], str], sent: list[Delivery]) -> None:
    rent = reach("in_progress")
    _hook(ask, "*")

    ask(f"PUT /bloqit/rents/{rent}/extend", json={"expiryDate": "2026-03-02T12:00:00Z"})
    ask(f"PUT /bloqit/rents/{rent}", json={"expiryDate": "2026-03-03T12:00:00Z"})
    ask("POST /sim/clock/advance", json={"seconds": 2 * 24 * 3600})

    assert _names(ask, sent) == ["rent.extended", "rent.extended", "rent.expired"]
    assert json.loads(sent[-1].body)["actionInitiatedBy"] == {"source": "expiration"}


@pytest.mark.parametrize(
    ("wishes", "count"),
    [(["rent.started"], 1), (["rent."], 3), (["locker."], 2), (["*"], 5), ([], 0), (["rent"], 0), (["customer."], 0)],
)
def test_only_the_wished_events_are_sent(
    ask: Ask, reach: Callable[[str], str], sent: list[Delivery], wishes: list[str], count: int
) -> None:
    _hook(ask, *wishes)

    reach("in_progress")

    assert len(_names(ask, sent)) == count


def test_a_signature_can_be_verified_by_a_stranger(ask: Ask, reach: Callable[[str], str], sent: list[Delivery]) -> None:
    _hook(ask, "rent.reserved", secret=SECRET)
    reach("reserved")
    ask("POST /sim/webhooks/settle")
    (delivery,) = sent

    decode = jwt.api_jws.decode  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - its key type needs an extra
    payload = decode(delivery.headers["signature"], SECRET, algorithms=["HS256"])

    assert payload == delivery.headers["timestamp"].encode() + b"." + delivery.body
    assert delivery.headers["timestamp"] == "1772366400000"  # 2026-03-01T12:00:00Z in milliseconds
    with pytest.raises(jwt.InvalidSignatureError):
        decode(delivery.headers["signature"], SECRET + "!", algorithms=["HS256"])


def test_without_a_secret_nothing_is_signed(ask: Ask, reach: Callable[[str], str], sent: list[Delivery]) -> None:
    _hook(ask, "*")
    reach("reserved")
    ask("POST /sim/webhooks/settle")

    assert set(sent[0].headers) == {"content-type"}


def test_the_signature_is_what_jsonwebtoken_writes() -> None:
    # A vector that was checked with jsonwebtoken 9.0.3 and with PyJWT; the secret is the document's sample (B:3565).
    assert sign(GOLDEN_BODY.encode(), "Y2No6tuPrX", timestamp="1711463400000") == GOLDEN_SIGNATURE


def test_webhooks_are_registered_changed_and_deleted(ask: Ask, sent: list[Delivery], reach: Callable[[str], str]) -> None:
    hook = _hook(ask, "rent.", secret=SECRET, description="all rents")

    shown = ask(f"GET /bloqit/webhooks/{hook}").json()
    assert set(shown) == {"_id", "description", "url", "updatedAt", "enabledEvents"}
    assert ask("GET /bloqit/webhooks?eventType=rent.started").json()["totalDocs"] == 1
    assert ask("GET /bloqit/webhooks?eventType=locker.created").json()["totalDocs"] == 0
    changed = ask(f"PUT /bloqit/webhooks/{hook}", json={"url": "http://elsewhere"}).json()
    assert (changed["url"], changed["enabledEvents"]) == ("http://elsewhere", ["rent."])
    assert ask(f"DELETE /bloqit/webhooks/{hook}").json() == changed
    assert ask(f"GET /bloqit/webhooks/{hook}").status_code == 404
    reach("reserved")
    assert _names(ask, sent) == []


@pytest.mark.parametrize(
    "body", [{}, {"url": "x"}, {"enabledEvents": []}, {"url": "", "enabledEvents": []}, {"url": 1, "enabledEvents": "*"}]
)
def test_a_bad_webhook_is_a_400(ask: Ask, snapshot: Callable[[], object], body: dict[str, object]) -> None:
    before = snapshot()

    assert ask("POST /bloqit/webhooks", json=body).status_code == 400
    assert snapshot() == before


def test_the_event_history_is_paged_and_filtered(ask: Ask, reach: Callable[[str], str]) -> None:
    reach("finished")

    everything = ask("GET /bloqit/webhooks/history").json()
    assert (everything["totalDocs"], everything["limit"]) == (10, 15)
    assert ask("GET /bloqit/webhooks/history?eventTypes=rent.started,rent.finished").json()["totalDocs"] == 2
    assert ask("GET /bloqit/webhooks/history?endDate=2026-03-01T11:59:59Z").json()["totalDocs"] == 0


def test_a_refused_webhook_is_tried_once_and_logged(
    ask: Ask, world: World, reach: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []

    def send(delivery: Delivery) -> int:
        tried.append(delivery.event)
        if delivery.event == "rent.started":
            raise UndeliverableError("nobody there")
        return 500 if delivery.event == "rent.reserved" else 204

    monkeypatch.setattr(world.mail, "_sender", send)
    _hook(ask, "rent.")
    reach("in_progress")

    assert ask("POST /sim/webhooks/settle").json() == {"delivered": 1, "failed": 2, "waiting": 0}
    assert tried == ["rent.reserved", "rent.started", "rent.in_progress"]
    log = ask("GET /sim/webhooks/log").json()
    assert [(entry["event"], entry.get("status"), entry.get("error")) for entry in log] == [
        ("rent.reserved", 500, None),
        ("rent.started", None, "nobody there"),
        ("rent.in_progress", 204, None),
    ]


@pytest.mark.parametrize(
    ("lab", "expected"),
    [
        ({"drop": 1}, ["rent.started", "rent.in_progress"]),
        ({"duplicate": 1}, ["rent.reserved", "rent.reserved", "rent.started", "rent.in_progress"]),
        ({"reorder": 2}, ["rent.started", "rent.reserved", "rent.in_progress"]),
        ({"reorder": 9}, ["rent.in_progress", "rent.started", "rent.reserved"]),
    ],
)
def test_the_lab_drops_duplicates_and_reorders(
    ask: Ask, reach: Callable[[str], str], sent: list[Delivery], lab: dict[str, int], expected: list[str]
) -> None:
    _hook(ask, "rent.")
    ask("POST /sim/webhooks/lab", json=lab)

    reach("in_progress")

    assert _names(ask, sent) == expected


def test_a_delayed_webhook_leaves_when_its_time_has_come(ask: Ask, reach: Callable[[str], str], sent: list[Delivery]) -> None:
    _hook(ask, "rent.")
    ask("POST /sim/webhooks/lab", json={"delay": 60, "delayed": 1})

    reach("in_progress")

    assert ask("POST /sim/webhooks/settle").json() == {"delivered": 2, "failed": 0, "waiting": 1}
    assert _names(ask, sent) == ["rent.started", "rent.in_progress"]
    ask("POST /sim/clock/advance", json={"seconds": 59})
    assert len(_names(ask, sent)) == 2
    ask("POST /sim/clock/advance", json={"seconds": 1})
    assert _names(ask, sent) == ["rent.started", "rent.in_progress", "rent.reserved"]


def test_a_captured_log_is_replayed_byte_by_byte(ask: Ask, reach: Callable[[str], str], sent: list[Delivery]) -> None:
    _hook(ask, "rent.", secret=SECRET)
    reach("starting")
    ask("POST /sim/webhooks/settle")
    first = list(sent)
    captured = ask("GET /sim/webhooks/captured").json()

    told = ask("POST /sim/webhooks/replay", json={"deliveries": captured[::-1], "url": "http://elsewhere"}).json()

    assert told == {"replayed": 2}
    assert _names(ask, sent)[2:] == ["rent.started", "rent.reserved"]
    again = sent[2:][::-1]
    assert [(one.body, one.headers, one.cut_off) for one in again] == [(one.body, one.headers, one.cut_off) for one in first]
    assert {one.url for one in again} == {"http://elsewhere"}


@pytest.mark.parametrize(
    ("line", "body"),
    [
        ("replay", {}),
        ("replay", {"deliveries": []}),
        ("replay", {"deliveries": [{"url": "", "body": ""}]}),
        ("replay", {"deliveries": [{"url": "x", "body": 5}]}),
        ("lab", {"delay": -1}),
        ("lab", {"drop": "many"}),
    ],
)
def test_bad_mischief_is_a_400(ask: Ask, snapshot: Callable[[], object], line: str, body: dict[str, object]) -> None:
    before = snapshot()

    assert ask(f"POST /sim/webhooks/{line}", json=body).status_code == 400
    assert snapshot() == before
