"""What a locker and its rents do to each other, row by row of table 3.11, and in whole worlds of rents and lockers."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import pytest
import scenes
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from parcelflow.machines import ABSENT, Arm, Case, Cause, Event, Facts, Outcome, Policies, catalogue, decide
from parcelflow.machines.coupling import (
    AT_RISK,
    CLOSED,
    DOOR_OPEN,
    INACTIVE,
    NOTHING,
    OPENED,
    RECONNECTED,
    SPONTANEOUS,
    Coupled,
    LockerNews,
    may_allocate,
    of_signal,
    of_way,
)
from parcelflow.machines.kinds.rent import RENT_NOTES
from parcelflow.machines.vendor import BLOQIT_EVENT, RENT_STATE

RENTS = ("store", "send", "delivery", "return")
TABLES = catalogue(Policies(dict.fromkeys(("extend_revives_expired", "finish_reserved_return"), "accept"), api_level="1.64"))
EVERY_STATE = RENT_STATE.ours

ALERT = "a door opened by itself"
RISK = "a door opened by itself: the item is at risk"


@pytest.mark.parametrize("state", EVERY_STATE)
def test_each_signal_does_to_each_state_what_the_table_says(state: str) -> None:
    moves = state in {"starting", "locker_opened", "collect_item"}
    assert of_signal(CLOSED, state) == Coupled(trigger="door_closed" if moves else None)
    assert of_signal(OPENED, state) == NOTHING
    assert of_signal(SPONTANEOUS, state) == Coupled(alert=RISK if state in {"in_progress", "expired", "cancelled"} else ALERT)
    assert of_signal(INACTIVE, state) == NOTHING
    assert of_signal(RECONNECTED, state) == Coupled(reconcile=state != "finished")


def test_without_a_rent_only_a_door_that_opens_by_itself_is_worth_a_word() -> None:
    assert of_signal(SPONTANEOUS, None) == Coupled(alert=ALERT)
    assert {of_signal(signal, None) for signal in (CLOSED, OPENED, INACTIVE, RECONNECTED)} == {NOTHING}


@pytest.mark.parametrize("kind", RENTS)
def test_a_closed_door_names_a_row_wherever_it_names_a_trigger(kind: str) -> None:
    table = TABLES[kind]
    rows = {state: [arm.row.id[1:] for arm in table.arms[state, "door_closed"]] for state in DOOR_OPEN}
    first = {"store": "03", "send": "03", "delivery": "12", "return": "06"}[kind]
    assert rows == {"starting": [first], "locker_opened": ["21"], "collect_item": ["26"]}
    closing = {state for state, name in table.arms if name == "door_closed"}
    assert closing == DOOR_OPEN


def test_the_signals_are_the_vendors_and_no_rent_moves_by_them() -> None:
    assert all(BLOQIT_EVENT.knows(signal) for signal in (CLOSED, OPENED, SPONTANEOUS, INACTIVE, RECONNECTED))
    assert {CLOSED, OPENED, SPONTANEOUS} <= RENT_NOTES
    assert not AT_RISK & DOOR_OPEN


@pytest.mark.parametrize(
    ("before", "after", "rows", "news"),
    [
        (("absent", None), ("created", None), ("D01",), ()),
        (("created", None), ("reserved", "L"), ("D03",), (LockerNews("L", "allocate", {"rent": "r"}),)),
        (("reserved", "L"), ("starting", "L"), ("D09",), (LockerNews("L", "rent_command"),)),
        (("reserved", "L"), ("starting", "L"), ("D11",), (LockerNews("L", "code_entered"),)),
        (
            ("reserved", "L"),
            ("starting", "M"),
            ("D09",),
            (LockerNews("L", "release"), LockerNews("M", "allocate", {"rent": "r"}), LockerNews("M", "rent_command")),
        ),
        (("starting", "L"), ("in_progress", "L"), ("D12",), (LockerNews("L", "close"),)),
        (("locker_opened", "L"), ("cancelled", "L"), ("D50",), ()),
        (("in_progress", "L"), ("expired", "L"), ("D40",), ()),
        (("collect_item", "L"), ("finished", "L"), ("D26", "D27"), (LockerNews("L", "close"), LockerNews("L", "release"))),
        (("expired", "L"), ("finished", "L"), ("D52",), (LockerNews("L", "release"),)),
        (("reserved", "L"), ("in_progress", "L"), ("D14",), ()),
    ],
)
def test_a_rents_way_is_news_for_its_lockers(
    before: tuple[str, str | None], after: tuple[str, str | None], rows: tuple[str, ...], news: tuple[LockerNews, ...]
) -> None:
    table = TABLES["delivery"]
    cases = [Case(kind="delivery", key="r", state=state, facts={"locker_id": locker}) for state, locker in (before, after)]
    state, arms = before[0], list[Arm]()
    for row in rows:
        arm = next(arm for arm in table.arrows if arm.row.id == row and arm.source == state)
        state = arm.target
        arms.append(arm)
    assert of_way(cases[0], cases[1], arms) == news


LOCKERS = ("L1", "L2", "L3")
Coupling: TypeAlias = Callable[[Case, Case, list[Arm]], tuple[LockerNews, ...]]


@dataclass
class World:
    """Rents and lockers of one bloq: every step of a rent is told to its lockers, as the coupling says."""

    coupling: Coupling = of_way
    rents: dict[str, Case] = field(default_factory=dict[str, Case])
    lockers: dict[str, Case] = field(
        default_factory=lambda: {key: Case(kind="locker", key=key, state=TABLES["locker"].start) for key in LOCKERS}
    )

    open: set[str] = field(default_factory=set[str])
    """Lockers whose doors stand open in the street, whatever anybody was told."""

    def step(self, rent: Case, arm: Arm, chosen: str | None) -> bool:
        """Take one arrow of a rent, with a locker if it brings one; False where the remote would answer 409."""
        brings = {"locker_id": chosen} if chosen is not None and chosen != rent.facts.get("locker_id") else {}
        if brings and not may_allocate(self.lockers[str(chosen)]):
            return False
        event = Event(name=arm.row.trigger, at=scenes.AT, by=Cause.WEBHOOK, data=brings)
        decision = decide(TABLES[rent.kind], rent, event)
        assert decision.outcome is Outcome.MOVED
        after = replace(rent, state=decision.state, facts={**rent.facts, **decision.facts})
        self.rents[rent.key] = after
        door = str(after.facts.get("locker_id"))
        if opening(arm):
            self.open.add(door)
        elif arm.row.trigger.startswith("door_closed"):
            self.open.discard(door)
        for news in self.coupling(rent, after, [arm]):
            self.tell(news)
        return True

    def tell(self, news: LockerNews) -> None:
        """Tell a locker; whatever the coupling names, the locker's own machine must allow."""
        locker = self.lockers[news.locker_id]
        event = Event(name=news.trigger, at=scenes.AT, by=Cause.LOCKER, data=news.data)
        decision = decide(TABLES["locker"], locker, event)
        assert decision.outcome is Outcome.MOVED, (locker, news)
        facts: Facts = {**locker.facts, **decision.facts}
        self.lockers[news.locker_id] = replace(locker, state=decision.state, facts=facts)

    def pointing(self, key: str) -> list[Case]:
        """The unfinished rents that point to a locker."""
        unfinished = [rent for rent in self.rents.values() if rent.state not in (ABSENT, "finished")]
        return [rent for rent in unfinished if rent.facts.get("locker_id") == key]


def check(world: World) -> None:
    """I5 to I8: allocated if and only if exactly one unfinished rent points to it; and the rent that it names is that one."""
    for key, locker in world.lockers.items():
        pointing = world.pointing(key)
        assert len(pointing) <= 1
        assert ("allocated" in locker.state.split("+")) == (len(pointing) == 1)
        assert locker.facts.get("rent") == (pointing[0].key if pointing else None)
        assert (locker.state.partition("+")[0] == "open") == (key in world.open)


def opening(arm: Arm) -> bool:
    return arm.target in DOOR_OPEN and arm.source not in DOOR_OPEN


def feasible(world: World, rent: Case, arm: Arm) -> bool:
    """What hardware allows: an open door is not opened again, a shut one not shut, and nothing opens without a locker."""
    key = rent.facts.get("locker_id")
    if opening(arm):
        return isinstance(key, str) and key not in world.open
    return key in world.open if arm.row.trigger.startswith("door_closed") else True


def live(data: st.DataObject, coupling: Coupling) -> None:
    """One random life of a bloq, checked after every step."""
    rents = {str(number): Case(kind=kind, key=str(number)) for number, kind in enumerate((*RENTS, "delivery"))}
    world = World(coupling, rents)
    for _ in range(data.draw(st.integers(5, 40))):
        rent = world.rents[data.draw(st.sampled_from(sorted(world.rents)))]
        chooses = rent.kind in {"store", "send"} or rent.state != ABSENT
        arms = [arm for arm in TABLES[rent.kind].arrows if arm.source == rent.state and feasible(world, rent, arm)]
        if not arms:
            # finished, or left with a door that somebody has to shut
            for key in [key for key in sorted(world.open) if not world.pointing(key)]:
                world.open.discard(key)
                world.tell(LockerNews(key, "close"))
            continue
        arm = data.draw(st.sampled_from(arms))
        needs = arm.row.trigger in {"start_requested", "create_with_locker", "select_locker", "reserve_locker"}
        chosen = data.draw(st.sampled_from(LOCKERS)) if needs and (chooses or arm.target == "reserved") else None
        before = dict(world.lockers)
        moved = world.step(rent, arm, chosen)
        check(world)
        if moved and arm.target in {"cancelled", "expired"}:
            assert world.lockers == before, "a cancelled or expired rent neither frees its locker nor moves its door"


@given(st.data())
def test_any_world_of_rents_and_lockers_keeps_its_doors_and_allocations_right(data: st.DataObject) -> None:
    live(data, of_way)


def without(trigger: str) -> Coupling:
    return lambda before, after, arms: tuple(news for news in of_way(before, after, arms) if news.trigger != trigger)


def freed_early(before: Case, after: Case, arms: list[Arm]) -> tuple[LockerNews, ...]:
    """The mistake that costs money the other way round: a cancelled rent's locker is given away with the parcel in it."""
    ended = replace(after, state="finished") if after.state in {"cancelled", "expired"} else after
    return of_way(replace(before, state="finished") if before.state in {"cancelled", "expired"} else before, ended, arms)


def kept_after_choice(before: Case, after: Case, arms: list[Arm]) -> tuple[LockerNews, ...]:
    news = of_way(before, after, arms)
    return news[1:] if len(news) > 1 and news[0].trigger == "release" else news


def of_nobody(before: Case, after: Case, arms: list[Arm]) -> tuple[LockerNews, ...]:
    return tuple(replace(news, data={}) for news in of_way(before, after, arms))


COUPLINGS: dict[str, Coupling] = {
    "nothing is allocated": without("allocate"),
    "nothing is released": without("release"),
    "doors are not shut": without("close"),
    "a code opens nothing": without("code_entered"),
    "a cancellation frees": freed_early,
    "a locker chosen anew keeps the old one": kept_after_choice,
    "a locker does not know its rent": of_nobody,
}


@pytest.mark.parametrize("name", COUPLINGS)
def test_a_wrong_coupling_is_found(name: str) -> None:
    @settings(max_examples=500, derandomize=True, database=None, phases=[Phase.generate])
    @given(st.data())
    def wrong(data: st.DataObject) -> None:
        live(data, COUPLINGS[name])

    with pytest.raises((AssertionError, ExceptionGroup)):
        wrong()
