"""The clock and what time does: limits, their precedence, and one long step against many short ones."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Literal

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parcelflow.simulator import FIRST_BLOQ, FIRST_LOCKER, Clock, World, deliveries, dropoffs, rentals, returns, stores
from parcelflow.simulator.bloqit import spring_open
from parcelflow.simulator.forms import RentForm, StartForm
from parcelflow.simulator.hooks import Hook
from parcelflow.simulator.riders import PROFILES
from parcelflow.simulator.words import Cause, RefusedError

Ask = Callable[..., httpx.Response]

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
HOUR = 3600
CAUSE = Cause("test.does", "public_api")


def _state(ask: Ask, rent: str) -> str:
    return str(ask(f"GET /bloqit/rents/{rent}").json()["state"])


def _advance(ask: Ask, seconds: float) -> None:
    assert ask("POST /sim/clock/advance", json={"seconds": seconds}).status_code == 200


def test_the_clock_stands_runs_and_never_goes_back(ask: Ask) -> None:
    assert ask("GET /sim/clock").json() == {"now": "2026-03-01T12:00:00.000Z", "mode": "frozen"}
    assert ask("POST /sim/clock/advance", json={"seconds": 1.5}).json()["now"] == "2026-03-01T12:00:01.500Z"
    assert ask("POST /sim/clock/run").json()["mode"] == "running"
    first = ask("GET /sim/clock").json()["now"]
    assert "2026-03-01T12:00:01.500Z" <= first < "2026-03-01T13"
    _advance(ask, HOUR)
    assert "2026-03-01T13:00:01.500Z" <= ask("POST /sim/clock/freeze").json()["now"] < "2026-03-01T14"
    assert ask("GET /sim/clock").json() == ask("GET /sim/clock").json()


@pytest.mark.parametrize("seconds", [-1, 1e30, "x", None, 10 * 366 * 24 * 3600 + 1])
def test_an_impossible_step_is_a_400(ask: Ask, seconds: object) -> None:
    assert ask("POST /sim/clock/advance", json={"seconds": seconds}).status_code == 400
    assert ask("GET /sim/clock").json()["now"] == "2026-03-01T12:00:00.000Z"


def test_the_calendar_has_an_end() -> None:
    clock = Clock(frozen_at=datetime(8999, 6, 1, tzinfo=UTC))

    with pytest.raises(RefusedError):
        clock.advance(366 * 24 * HOUR)


@pytest.mark.parametrize(
    ("body", "hours"),
    [
        ({}, 72),  # maxRentDeliveryTimeHour of the bloq
        ({"expiryDate": "2026-03-01T14:00:00Z"}, 2),
        ({"expiryDate": "2026-03-01T14:00:00Z", "deliveryDateLimit": "2026-03-01T15:00:00Z"}, 3),
        ({"collectTimeLimit": 1}, 72),  # says nothing about the drop-off
    ],
)
def test_a_delivery_that_nobody_brings_expires_at_its_limit(ask: Ask, body: dict[str, object], hours: int) -> None:
    rent = ask(f"POST /bloqit/deliveries?lockerID={FIRST_LOCKER}", json=body).json()["_id"]

    _advance(ask, hours * HOUR - 1)
    assert _state(ask, rent) == "reserved"
    _advance(ask, 1)
    assert _state(ask, rent) == "expired"
    assert ask(f"GET /bloqit/bloqs/{FIRST_BLOQ}").json()["lockers"][0]["rent"] == rent


@pytest.mark.parametrize(
    ("body", "hours"),
    [
        ({}, 48),  # maxRentCollectTimeHour of the bloq
        ({"collectTimeLimit": 5}, 5),
        ({"collectTimeLimit": 5, "expiryDate": "2026-03-01T15:00:00Z"}, 2),  # an hour has passed before
        ({"collectTimeLimit": 5, "deliveryDateLimit": "2026-03-01T14:00:00Z"}, 5),
    ],
)
def test_an_item_that_nobody_fetches_expires_at_its_limit(ask: Ask, body: dict[str, object], hours: int) -> None:
    rent = ask(f"POST /bloqit/deliveries?lockerID={FIRST_LOCKER}", json=body).json()["_id"]
    _advance(ask, HOUR)
    ask(f"PUT /bloqit/deliveries/{rent}/make")
    ask(f"PUT /bloqit/rent-sims/{rent}/lockers/close")

    _advance(ask, hours * HOUR - 1)
    assert _state(ask, rent) == "in_progress"
    _advance(ask, 1)
    assert _state(ask, rent) == "expired"
    assert ask("GET /bloqit/rents").json()["docs"][0]["locker"] == FIRST_LOCKER


@pytest.mark.parametrize("state", ["starting", "locker_opened"])
def test_nothing_expires_while_its_door_is_open(ask: Ask, reach: Callable[[str], str], state: str) -> None:
    rent = reach(state)
    _advance(ask, 30 * 24 * HOUR)
    assert _state(ask, rent) == state

    ask(f"PUT /bloqit/rent-sims/{rent}/lockers/close")

    states = ask(f"GET /bloqit/rents/{rent}").json()["states"][-2:]
    assert [one["state"] for one in states] == ["in_progress", "expired"]
    assert states[0]["date"] == states[1]["date"] == "2026-03-31T12:00:00.000Z"


@pytest.mark.parametrize("state", ["collect_item", "cancelled", "finished", "expired"])
def test_other_states_know_no_time(ask: Ask, reach: Callable[[str], str], state: str) -> None:
    rent = reach(state)
    before = ask(f"GET /bloqit/rents/{rent}").json()

    _advance(ask, 365 * 24 * HOUR)

    assert ask(f"GET /bloqit/rents/{rent}").json() == before


def test_an_extension_postpones_the_expiry(ask: Ask, reach: Callable[[str], str]) -> None:
    rent = reach("in_progress")
    ask(f"PUT /bloqit/rents/{rent}/extend", json={"expiryDate": "2026-03-10T12:00:00Z"})

    _advance(ask, 9 * 24 * HOUR - 1)
    assert _state(ask, rent) == "in_progress"
    _advance(ask, 1)
    assert _state(ask, rent) == "expired"


def test_a_limit_that_is_moved_into_the_past_is_reached_at_once(ask: Ask) -> None:
    rent = ask(f"POST /bloqit/deliveries?lockerID={FIRST_LOCKER}", json={}).json()["_id"]
    ask(f"PUT /bloqit/deliveries/{rent}/make")
    ask(f"PUT /bloqit/rent-sims/{rent}/lockers/close")
    _advance(ask, 2 * HOUR)

    ask(f"PUT /bloqit/rents/{rent}", json={"collectTimeLimit": 1})

    last = ask("GET /sim/record").json()["effects"][-1]
    assert (last["to"], last["at"]) == ("expired", "2026-03-01T14:00:00.000Z")


def test_who_looks_after_the_limit_sees_an_expired_rent(ask: Ask, world: World) -> None:
    rent = ask(f"POST /bloqit/deliveries?lockerID={FIRST_LOCKER}", json={}).json()["_id"]

    world.clock.advance(72 * HOUR)  # as a running clock would: nobody told the world

    assert _state(ask, rent) == "expired"


def test_expiries_fire_in_the_order_in_which_they_were_due(ask: Ask) -> None:
    for external, hour in (("late", 16), ("early", 14), ("middle", 15)):
        ask("POST /bloqit/deliveries", json={"externalID": external, "expiryDate": f"2026-03-01T{hour}:00:00Z"})

    _advance(ask, 24 * HOUR)

    effects = ask("GET /sim/record?operation=bloqit.automatic.expired").json()["effects"]
    assert [(effect["external"], effect["at"][11:13]) for effect in effects] == [
        ("early", "14"),
        ("middle", "15"),
        ("late", "16"),
    ]


def _built(limits: list[tuple[int, bool]], happenings: list[tuple[str, int, int]]) -> World:
    world = World(clock=Clock(frozen_at=START), sender=lambda _delivery: 200)
    world.bloqit.hooks.registered["all"] = Hook("all", "http://partner", ["*"], "", "", START)
    world.logistics.url = "http://partner"
    lockers = [locker for bloq in world.bloqit.bloqs.values() for locker in bloq.lockers if locker.active]
    for (hours, inside), locker in zip(limits, lockers, strict=False):
        form = RentForm.model_validate({"collectTimeLimit": hours, "deliveryDateLimit": f"2026-03-0{2 + hours // 24}T00:00:00Z"})
        rent = deliveries.create(world.bloqit, form, cause=CAUSE, locker_id=locker.id)
        if inside:
            deliveries.make(world.bloqit, rent, cause=CAUSE)
            rentals.close(world.bloqit, rent, cause=CAUSE)
    for what, where, hours in happenings:
        with suppress(RefusedError):  # a locker may be taken: then this world is one happening poorer
            _happen(world, what, where=where, hours=hours)
    return world


HAPPENINGS = ("store", "send", "return", "open_door", "ride", "offline", "delay")


def _happen(world: World, what: str, *, where: int, hours: int) -> None:
    side = world.bloqit
    lockers = [locker for bloq in side.bloqs.values() for locker in bloq.lockers]
    locker, soon = lockers[where], f"2026-03-0{2 + hours // 24}T00:00:00Z"
    if what in ("store", "send"):
        kind: Literal["store", "send"] = "store" if what == "store" else "send"
        rent = stores.start(side, kind, form=StartForm(), locker_id=locker.id, customer_id="", cause=CAUSE)
        if hours % 2:
            rentals.close(side, rent, cause=CAUSE)
    elif what == "return":
        form = RentForm.model_validate({"collectTimeLimit": soon, "dropOffCode": "77"})
        returns.create(side, form, wish=returns.Wish(bloq=locker.bloq, locker=locker.id), cause=CAUSE)
    elif what == "open_door":
        spring_open(side, locker, cause=CAUSE)
    elif what == "ride":
        task = world.logistics.create({"mappingKey": str(where), "type": 1}, cause=CAUSE)
        world.riders.ride(task, [(60 * hours + after, event) for after, event in list(PROFILES.values())[where % 5]])
    elif what == "delay":
        world.mail.lab.delay, world.mail.lab.delayed = 60.0 * hours, where
    else:
        _strand(world, where)


def _strand(world: World, where: int) -> None:
    """A drop-off that a machine took without a line, into a locker that the cloud gave to somebody else meanwhile."""
    side, form = world.bloqit, RentForm.model_validate({"dropOffCode": f"offline-{where}", "expiryDate": "2026-03-09T00:00:00Z"})
    bloq = list(side.bloqs.values())[where % 2]
    deliveries.create(side, form, cause=CAUSE)
    dropoffs.disconnect(side, bloq, cause=CAUSE)
    dropoffs.at_keypad(side, bloq, code=f"offline-{where}", cause=CAUSE)
    if where % 3:
        deliveries.create(side, RentForm(), cause=CAUSE, locker_id=bloq.unsynced[0].locker)
    dropoffs.reconnect(side, bloq, cause=CAUSE)


def _trace(world: World) -> object:
    world.mail.settle()
    sent = [(delivery.event, delivery.body) for delivery in world.mail.captured]
    return world.state(), [effect.view() for effect in world.record], world.bloqit.hooks.history, sent


@given(
    limits=st.lists(st.tuples(st.integers(0, 100), st.booleans()), max_size=7),
    happenings=st.lists(st.tuples(st.sampled_from(HAPPENINGS), st.integers(0, 7), st.integers(0, 100)), max_size=8),
    steps=st.lists(st.integers(0, 50 * HOUR), min_size=1, max_size=12),
)
def test_one_long_step_and_many_short_ones_leave_the_same_world(
    limits: list[tuple[int, bool]], happenings: list[tuple[str, int, int]], steps: list[int]
) -> None:
    once, often = _built(limits, happenings), _built(limits, happenings)

    once.clock.advance(sum(steps))
    once.tick()
    for step in steps:
        often.clock.advance(step)
        often.tick()

    assert _trace(once) == _trace(often)
    assert all(effect.at <= once.clock.now() for effect in once.record)
    ats = [effect.at for effect in once.record]
    assert ats == sorted(ats)
