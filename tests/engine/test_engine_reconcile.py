"""Silent cases are looked at, less and less often, and what was lost on its way is put right by it."""

from collections.abc import Callable, Generator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from killing import Mutant, dies
from sqlalchemy import bindparam, false, update
from stage import START, Stage
from world import World

from parcelflow.engine import NEVER, Engine, Habits, ManualClock, Place, Ports, reconcile
from parcelflow.engine.looks import Looks
from parcelflow.engine.statements import Statement
from parcelflow.machines import Answer, BadSettingsError, Case, Done, Effect, Outcome, Table, catalogue, table_of

LOOK = "bloqit.rents.get"


class Remote(World):
    """A world that knows the state of its one rent."""

    state = "reserved"
    reads = 0

    def call(self, effect: Effect, key: str) -> Answer:
        """A read tells the state."""
        if effect.operation == LOOK:
            self.reads += 1
            return Done({"state": self.state})
        return super().call(effect, key)


def a_stage(place: Place) -> Stage:
    """An engine with one reserved rent."""
    made = Stage(place, Remote(), Habits(looks=Looks(first=timedelta(minutes=10), longest=timedelta(hours=1))))
    made.ask("delivery", "1", "create_with_locker", locker_id="L1", bloq_id="B")
    assert made.state("delivery", "1") == "reserved"
    return made


@pytest.fixture
def stage(place: Place) -> Generator[Stage]:
    made = a_stage(place)
    yield made
    made.engine.stop()


def reads(stage: Stage) -> int:
    """How often the remote was read."""
    assert isinstance(stage.world, Remote)
    return stage.world.reads


def read_as(stage: Stage, state: str) -> None:
    """What the remote says from now on."""
    assert isinstance(stage.world, Remote)
    stage.world.state = state


def test_a_silent_case_is_looked_at_less_and_less_often(stage: Stage) -> None:
    seen: list[int] = []
    for _ in range(40):
        before = reads(stage)
        stage.advance(minutes=5)
        seen.append(reads(stage) - before)
    assert [5 * number for number, times in enumerate(seen, 1) if times] == [10, 30, 70, 130, 190]


def test_a_lost_webhook_is_made_up_for(stage: Stage) -> None:
    read_as(stage, "in_progress")
    stage.advance(minutes=10)
    assert stage.state("delivery", "1") == "in_progress"
    steps = [line for line in stage.views.journal("delivery", "1") if line.outcome == Outcome.RECONCILED]
    assert [(line.row, line.source, line.target, line.inferred) for line in steps] == [("D14", "reserved", "in_progress", True)]


def test_whoever_is_heard_of_is_left_alone_for_a_while(stage: Stage) -> None:
    stage.advance(minutes=9)
    stage.tell("delivery", "1", "rent.started")
    read_as(stage, "starting")
    stage.advance(minutes=9)
    assert reads(stage) == 0
    stage.advance(minutes=1)
    assert reads(stage) == 1


def test_neither_the_finished_nor_the_unreadable_are_looked_at(stage: Stage) -> None:
    stage.tell("order", "7", "order_webhook", data={"type": "PICK-UP"})
    for signal in ("rent.started", "rent.in_progress", "rent.collect_item", "rent.price_calculation", "rent.finished"):
        stage.tell("delivery", "1", signal)
    assert stage.state("delivery", "1") == "finished"
    stage.advance(days=3)
    assert reads(stage) == 0
    assert [case.look_at for case in stage.views.cases()] == [None, None]


def test_a_call_under_way_tells_by_itself(place: Place) -> None:
    stage = Stage(place, Remote(iter(["done", "never"])), Habits(looks=Looks(first=timedelta(seconds=1))))
    stage.ask("delivery", "1", "create_with_locker", locker_id="L1", bloq_id="B")
    stage.ask("delivery", "1", "make_requested")
    stage.advance(seconds=1)
    assert stage.views.journal("delivery", "1")[-1].reason == "it cannot be read now, or what is under way will tell"
    assert reads(stage) == 0
    stage.engine.stop()


def test_a_restart_looks_at_what_may_have_moved_meanwhile(stage: Stage) -> None:
    stage.engine.stop()
    read_as(stage, "starting")
    callers = {"bloqit": stage.world}
    with Engine(stage.place, catalogue(), callers, ports=Ports(clock=ManualClock(START + timedelta(minutes=1)))) as engine:
        engine.drain()
        assert engine.views.case("delivery", "1").state == "starting"
    assert reads(stage) == 1


def test_everything_can_be_looked_at_at_once(stage: Stage) -> None:
    assert stage.engine.reconcile() == 1
    assert stage.engine.reconcile() == 0  # it is due already
    stage.engine.drain()
    assert reads(stage) == 1


def a_bloq_that_comes_back_has_its_rents_looked_at_and_no_others(stage: Stage) -> None:
    stage.ask("delivery", "2", "create_with_locker", locker_id="L2", bloq_id="B")
    stage.ask("delivery", "3", "create_with_locker", locker_id="L3", bloq_id="elsewhere")
    stage.ask("delivery", "4", "create_with_locker", locker_id="L4")
    stage.advance(minutes=1)
    stage.tell(None, None, "bloq.reconnected")  # without saying which
    assert reads(stage) == 0
    stage.tell(None, None, "bloq.reconnected", data={"bloq_id": "B"})
    assert sorted(row.key for row in stage.views.outbox() if row.operation == LOOK) == ["1", "2"]
    assert reads(stage) == 2
    notes = [row.note for row in stage.views.inbox() if row.name == "bloq.reconnected"]
    assert notes == ["concerns no case", "concerns all cases at its bloq"]
    stage.advance(minutes=1)
    assert reads(stage) == 2  # and the next look is as far off as ever


def test_a_bloq_that_comes_back_has_its_rents_looked_at_and_no_others(stage: Stage) -> None:
    a_bloq_that_comes_back_has_its_rents_looked_at_and_no_others(stage)


def of_everywhere() -> Statement:
    table = reconcile.CASE
    return Statement(update(table).where(table.c.look_at > bindparam("now")).values(look_at=bindparam("now")))


def of_nowhere() -> Statement:
    table = reconcile.CASE
    return Statement(update(table).where(table.c.look_at > bindparam("now"), false()).values(look_at=bindparam("now")))


@pytest.mark.parametrize("wrong", [of_everywhere, of_nowhere])
def test_a_mutant_of_what_a_bloq_brings_back_dies(wrong: Callable[[], Statement], tmp_path: Path) -> None:
    made = a_stage(tmp_path / "x.db")
    try:
        check = partial(a_bloq_that_comes_back_has_its_rents_looked_at_and_no_others, made)
        assert dies(Mutant(reconcile, "OF_BLOQ", wrong(), check))
    finally:
        made.engine.stop()


def test_nothing_is_looked_at_where_that_is_not_wanted(place: Place) -> None:
    stage = Stage(place, Remote(), Habits(looks=NEVER))
    stage.ask("delivery", "1", "create_with_locker", locker_id="L1", bloq_id="B")
    stage.advance(days=3)
    assert reads(stage) == 0
    stage.engine.stop()


def test_looks_that_were_due_before_nobody_wanted_any_are_left_alone(stage: Stage) -> None:
    stage.engine.stop()
    late = Ports(clock=ManualClock(START + timedelta(days=3)))
    with Engine(stage.place, catalogue(), {"bloqit": stage.world}, ports=late, habits=Habits(looks=NEVER)) as engine:
        assert engine.drain() is None  # and comes to an end at all
    assert reads(stage) == 0


def test_distances_that_make_no_sense_are_refused() -> None:
    with pytest.raises(BadSettingsError, match="looks begin after 1 day, 0:00:00 and are at most 12:00:00 apart"):
        Looks(first=timedelta(days=1))
    with pytest.raises(BadSettingsError, match="looks begin after -1 day"):
        Looks(first=-timedelta(seconds=1))


def rising() -> None:
    """The distances of a silent case."""
    looks = Looks()
    distances = [looks.distance(number) for number in range(40)]
    assert distances == sorted(distances)
    assert (distances[0], distances[1], distances[-1]) == (looks.first, 2 * looks.first, looks.longest)


def ends() -> None:
    """Whom a look may concern."""
    table: Table = table_of("delivery")
    bound = Case(kind="delivery", key="1", state="reserved", remote_id="r")
    assert Looks().next(table, bound, START) == START + Looks().first
    assert NEVER.next(table, bound, START) is None
    for case in (
        Case(kind="delivery", key="1", state="finished", remote_id="r"),
        Case(kind="delivery", key="1", state="reserved"),
        Case(kind="delivery", key="1", remote_id="r"),
    ):
        assert Looks().next(table, case, START) is None
    assert Looks().next(table_of("order"), Case(kind="order", key="1", state="pending", remote_id="r"), START) is None


def test_distances_rise_to_the_longest() -> None:
    rising()


def test_only_the_unfinished_are_looked_at() -> None:
    ends()


def forever(self: Looks, _looks: int) -> timedelta:
    return self.first


def everybody(self: Looks, _table: Table, _case: Case, now: object) -> object:
    return now + self.first  # type: ignore[operator]


@pytest.mark.parametrize("mutant", [Mutant(Looks, "distance", forever, rising), Mutant(Looks, "next", everybody, ends)])
def test_a_mutant_dies(mutant: Mutant) -> None:
    assert dies(mutant)
