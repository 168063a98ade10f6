"""Bloq.it's history read as the webhooks that it holds, and the rents that reached a state."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from parcelflow.adapters.bloqit import history as module
from parcelflow.adapters.bloqit.client import Bloqit
from parcelflow.adapters.bloqit.history import STATES, BloqitHistory
from parcelflow.adapters.bloqit.webhook import Unsigned, parse
from parcelflow.adapters.patience import Patience
from parcelflow.machines import RemoteFailedError
from parcelflow.simulator.handle import Handle

from .fakes import KEY, Remote, reply

SINCE, UNTIL = datetime(2024, 3, 12, tzinfo=UTC), datetime(2024, 3, 13, tzinfo=UTC)
EARLY, LATE = "65efa0f0aaaaaaaaaaaaaaaa", "65f0a000aaaaaaaaaaaaaaaa"
"""Made at 00:25:20 and 18:33:36 on the twelfth."""


def event(number: str | None, name: str = "rent.started", **more: object) -> dict[str, object]:
    return {"_id": number, "codeName": name, "rent": "R1", **more}


def told(*events: dict[str, object]) -> list[tuple[str, datetime]]:
    remote = Remote(reply(200, {"totalDocs": len(events), "page": 1, "limit": 100, "docs": list(events)}))
    with Bloqit(KEY, transport=remote.transport) as client:
        arrivals = BloqitHistory(client).told(SINCE, UNTIL)
    assert "startDate=2024-03-12T00%3A00%3A00" in remote.lines[0]
    assert {(arrival.source, arrival.system, arrival.remote_id, arrival.raw) for arrival in arrivals} <= {
        ("bloqit", "bloqit", "R1", b"")
    }
    return [(arrival.external_id, arrival.event.at) for arrival in arrivals]


def test_events_come_oldest_first_and_when_their_ids_say() -> None:
    assert told(event(LATE), event(EARLY)) == [
        (EARLY, datetime(2024, 3, 12, 0, 25, 20, tzinfo=UTC)),
        (LATE, datetime(2024, 3, 12, 18, 33, 36, tzinfo=UTC)),
    ]


def test_an_id_that_says_nothing_or_something_else_is_only_a_name() -> None:
    assert told(event("b"), event("a"), event(None)) == [("b", UNTIL), ("a", UNTIL)]
    assert told(event("75f0a000aaaaaaaaaaaaaaaa")) == [("75f0a000aaaaaaaaaaaaaaaa", UNTIL)]


def test_what_is_wrong_there_is_said() -> None:
    remote = Remote(reply(500))
    with Bloqit(KEY, transport=remote.transport, patience=Patience(attempts=1)) as client, pytest.raises(RemoteFailedError):
        BloqitHistory(client).told(SINCE, UNTIL)


def test_the_history_tells_what_the_webhooks_told(parcelflow_world: Handle) -> None:
    world = parcelflow_world
    since = world.now
    with Bloqit(world.settings.bloqit_api_key, base_url=world.urls["bloqit"], transport=world.transport) as client:
        client.webhooks.create("https://us.example/hooks", ["*"])
        rent = client.deliveries.create("order-1", bloq_id="5d5a6e83d1682b7194fc5f91", expiry_date=since + timedelta(hours=2))
        world.advance("3h")
        world.settle()
        posted = [parse(delivery.body, Unsigned(), now=world.now) for delivery in world.sent]
        arrivals = BloqitHistory(client).told(since - timedelta(minutes=1), world.now)
        assert [(one.external_id, one.event.name, one.event.data, one.remote_id) for one in arrivals] == [
            (one.external_id, one.event.name, one.event.data, one.remote_id) for one in posted
        ]
        assert {"rent.created", "rent.expired"} <= {one.event.name for one in arrivals}
        assert BloqitHistory(client).told(world.now + timedelta(minutes=1), world.now + timedelta(minutes=2)) == []
        reached = BloqitHistory(client).reached(since - timedelta(minutes=1), world.now + timedelta(minutes=1))
        assert set(reached) == {(rent.id, "created"), (rent.id, "expired")}
        assert BloqitHistory(client, states=()).reached(since, world.now) == []


def test_every_state_but_the_last_and_those_that_pass_is_asked_for() -> None:
    assert len(set(STATES)) == 13 - 3


def objects(check: Callable[[], None]) -> bool:
    try:
        check()
    except AssertionError:
        return True
    return False


def at_once(_number: str, since: datetime, _until: datetime) -> datetime:
    return since


def test_a_wrong_instant_and_a_wrong_name_are_told_from_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_at", at_once)
    assert objects(test_events_come_oldest_first_and_when_their_ids_say)
    assert objects(test_an_id_that_says_nothing_or_something_else_is_only_a_name)
    monkeypatch.undo()
    monkeypatch.setattr(module, "SOURCE", "history")
    assert objects(test_events_come_oldest_first_and_when_their_ids_say)
