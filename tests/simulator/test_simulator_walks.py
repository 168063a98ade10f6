"""Random walks of several rents over one network: a locker is allocated exactly if one unfinished rent points to it."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Literal

from hypothesis import given, settings
from hypothesis import strategies as st

from parcelflow.simulator import Clock, World, bloqs, deliveries, dropoffs, rentals, returns, stores
from parcelflow.simulator.bloqit import Bloqit, close_door, spring_open
from parcelflow.simulator.forms import RentForm, StartForm
from parcelflow.simulator.network import Bloq, Locker
from parcelflow.simulator.rent import Rent
from parcelflow.simulator.words import Cause, RefusedError

CAUSE = Cause("test.walks", "public_api")
SOON = {"expiryDate": "2026-03-03T12:00:00Z", "dropOffCode": "9"}
ACTS = [
    "create",
    "reserve",
    "make",
    "make_here",
    "drop_off",
    "ready_for_pickup",
    "in_transit",
    "select",
    "return",
    "open",
    "cancel",
    "collect",
    "finish",
    "pick_up",
    "close",
    "open_free",
    "open_or_collect",
    "close_door",
    "switch",
    "wait",
    "extend",
    "store",
    "send",
    "return_here",
    "return_somewhere",
    "reserve_return",
    "end_store",
    "end_store_open",
    "finish_return",
    "switch_line",
    "switch_bloq",
    "keypad",
    "spring_open",
]


FORWARD = {
    "created": "make_here",
    "reserved": "make",
    "ready_for_pickup": "in_transit",
    "in_transit": "drop_off",
    "starting": "close",
    "in_progress": "pick_up",
    "locker_opened": "close",
    "collect_item": "close",
    "expired": "collect",
    "cancelled": "finish",
    "finished": "create",
}
"""The next step of each state: without it chance alone hardly ever gets past the drop-off."""

FORWARD_OF_RETURN = FORWARD | {"created": "reserve_return", "reserved": "drop_off", "in_progress": "finish_return"}

CHOICES = [*ACTS, *["forward"] * 12]


def _act(side: Bloqit, act: str, rent: Rent | None, locker: Locker) -> None:
    if act in ("create", "reserve"):
        where = locker.id if act == "reserve" else ""
        deliveries.create(side, RentForm.model_validate(SOON), cause=CAUSE, locker_id=where)
    elif act == "open_free":
        rentals.open_free(side, locker, cause=CAUSE)
    elif act == "open_or_collect":
        rentals.open_or_collect(side, locker, cause=CAUSE)
    elif act == "close_door":
        close_door(side, locker, cause=CAUSE)
    elif act == "switch":
        locker.active = not locker.active
    elif act in MACHINES:
        MACHINES[act](side, locker)
    elif act in BIRTHS:
        BIRTHS[act](side, locker)
    elif act == "wait":
        side.ground.clock.advance(30 * 3600)
    elif rent is not None:
        _act_on_rent(side, act, rent, locker)


def _act_on_rent(side: Bloqit, act: str, rent: Rent, locker: Locker) -> None:
    later = RentForm.model_validate({"expiryDate": "2026-04-01T00:00:00Z"})
    steps = {
        "make": lambda: deliveries.make(side, rent, cause=CAUSE),
        "make_here": lambda: deliveries.make(side, rent, cause=CAUSE, locker_id=locker.id),
        "drop_off": lambda: dropoffs.drop_off(side, rent, code="9", cause=CAUSE, bloq_id=locker.bloq),
        "ready_for_pickup": lambda: deliveries.step(side, rent, trigger="ready_for_pickup", cause=CAUSE),
        "in_transit": lambda: deliveries.step(side, rent, trigger="in_transit", cause=CAUSE),
        "select": lambda: deliveries.select_locker(side, rent, cause=CAUSE, bloq_id=locker.bloq, locker_id=locker.id),
        "return": lambda: deliveries.turn_into_return(side, rent, form=later, cause=CAUSE),
        "open": lambda: rentals.open_locker(side, rent, cause=CAUSE),
        "cancel": lambda: rentals.cancel(side, rent, cause=CAUSE),
        "collect": lambda: rentals.collect(side, rent, cause=CAUSE),
        "finish": lambda: rentals.finish(side, rent, cause=CAUSE),
        "pick_up": lambda: rentals.pick_up(side, rent, cause=CAUSE),
        "close": lambda: rentals.close(side, rent, cause=CAUSE),
        "extend": lambda: rentals.extend(side, rent, form=later, cause=CAUSE),
        "reserve_return": lambda: returns.reserve(side, rent, wish=_wish(locker), form=later, cause=CAUSE),
        "end_store": lambda: stores.end(side, rent, open_locker=False, cause=CAUSE),
        "end_store_open": lambda: stores.end(side, rent, open_locker=True, cause=CAUSE),
        "finish_return": lambda: returns.finish(side, rent, cause=CAUSE),
    }
    steps[act]()


def _wish(locker: Locker) -> returns.Wish:
    return returns.Wish(bloq=locker.bloq, locker=locker.id)


def _switch_line(side: Bloqit, bloq: Bloq) -> None:
    (dropoffs.disconnect if bloq.online else dropoffs.reconnect)(side, bloq, cause=CAUSE)


def _switch_bloq(side: Bloqit, bloq: Bloq) -> None:
    bloqs.update(side, bloq, form=bloqs.BloqForm(active=not bloq.active), cause=CAUSE)


def _type(side: Bloqit, bloq: Bloq) -> None:
    dropoffs.at_keypad(side, bloq, code="9", cause=CAUSE)


MACHINES: dict[str, Callable[[Bloqit, Locker], None]] = {
    "switch_line": lambda side, locker: _switch_line(side, side.bloq(locker.bloq)),
    "switch_bloq": lambda side, locker: _switch_bloq(side, side.bloq(locker.bloq)),
    "keypad": lambda side, locker: _type(side, side.bloq(locker.bloq)),
    "spring_open": lambda side, locker: spring_open(side, locker, cause=CAUSE),
}


def _start(side: Bloqit, locker: Locker, kind: Literal["store", "send"]) -> None:
    stores.start(side, kind, form=StartForm(), locker_id=locker.id, customer_id="", cause=CAUSE)


def _send_back(side: Bloqit, wish: returns.Wish) -> None:
    returns.create(side, RentForm.model_validate(SOON), wish=wish, cause=CAUSE)


BIRTHS: dict[str, Callable[[Bloqit, Locker], None]] = {
    "store": lambda side, locker: _start(side, locker, "store"),
    "send": lambda side, locker: _start(side, locker, "send"),
    "return_here": lambda side, locker: _send_back(side, _wish(locker)),
    "return_somewhere": lambda side, _locker: _send_back(side, returns.Wish()),
}


def _seen(world: World) -> object:
    # A machine that does not answer is told of, and nothing else (B:3446).
    told = [event for _, event in world.bloqit.hooks.history if event["codeName"] != "locker.locker_timeout"]
    return world.state(), len(world.record), len(told)


def _check(side: Bloqit) -> None:
    pointing = [rent.locker for rent in side.rents.values() if rent.unfinished and rent.locker]
    lockers = [locker for bloq in side.bloqs.values() for locker in bloq.lockers]
    assert sorted(pointing) == sorted(locker.id for locker in lockers if locker.rent)
    for locker in lockers:
        rent = side.rents.get(locker.rent)
        assert rent is None or (rent.locker == locker.id and rent.unfinished)
        doors = [
            effect.after for effect in side.ground.record if effect.thing.id == locker.id and ".door." in effect.cause.operation
        ]
        assert doors == ["open", "closed"] * (len(doors) // 2) + ["open"] * locker.is_open
        if rent is not None and rent.state in ("starting", "locker_opened", "collect_item"):
            assert locker.is_open


@settings(max_examples=300, deadline=None)
@given(
    walk=st.lists(st.tuples(st.sampled_from(CHOICES), st.integers(0, 2), st.sampled_from([0, 1, 5])), min_size=20, max_size=60)
)
def test_a_locker_is_allocated_exactly_if_one_unfinished_rent_points_to_it(walk: list[tuple[str, int, int]]) -> None:
    world = World(clock=Clock(frozen_at=datetime(2026, 3, 1, 12, 0, tzinfo=UTC)), sender=lambda _delivery: 200)
    side = world.bloqit
    lockers = [locker for bloq in side.bloqs.values() for locker in bloq.lockers]
    for act, which, where in walk:
        rents = list(side.rents.values())
        before = _seen(world)
        rent = rents[which % len(rents)] if rents else None
        ways = FORWARD_OF_RETURN if rent and rent.type == "return" else FORWARD
        step = (ways[rent.state] if rent else "reserve") if act == "forward" else act
        try:
            _act(side, step, rent, lockers[where])
        except RefusedError:
            assert _seen(world) == before
        world.tick()
        _check(side)
        assert [effect.seq for effect in world.record] == list(range(1, len(world.record) + 1))
