"""Random walks of several rents over one network: a locker is allocated exactly if one unfinished rent points to it."""

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from parcelflow.simulator import Clock, World, deliveries, dropoffs, rentals
from parcelflow.simulator.bloqit import Bloqit, close_door
from parcelflow.simulator.forms import RentForm
from parcelflow.simulator.network import Locker
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
    }
    steps[act]()


def _seen(world: World) -> object:
    return world.state(), len(world.record), len(world.bloqit.hooks.history)


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
        step = (FORWARD[rent.state] if rent else "reserve") if act == "forward" else act
        try:
            _act(side, step, rent, lockers[where])
        except RefusedError:
            assert _seen(world) == before
        world.tick()
        _check(side)
        assert [effect.seq for effect in world.record] == list(range(1, len(world.record) + 1))
