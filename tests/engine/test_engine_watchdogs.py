"""What lasts too long is told once, with the remote read; a reminder asks; and what has moved on in time is left alone."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from killing import Mutant, dies
from stage import START, Stage
from world import World

from parcelflow.engine import NEVER, Habits, JournalRow, Looks, Place, commit, rows, timers
from parcelflow.engine.cases import Followed
from parcelflow.engine.inbox import Message
from parcelflow.engine.rules import by_kind
from parcelflow.engine.statements import Values
from parcelflow.machines import (
    DEFAULT_WATCHDOGS,
    MACHINES,
    Answer,
    BadSettingsError,
    Case,
    Decision,
    Done,
    Effect,
    StoreFailedError,
    Table,
    Watchdog,
    catalogue,
    table_of,
)

DOOR, RIDER = DEFAULT_WATCHDOGS
WAITS = Watchdog(
    name="parcel_waits",
    kinds=frozenset({"delivery"}),
    states=frozenset({"in_progress", "locker_opened"}),
    after=timedelta(hours=24),
    says="nobody has come for it",
    asks="notify_requested",
)


class Remote(World):
    """A world that knows the state of its rents."""

    state = "starting"
    reads = 0

    def call(self, effect: Effect, key: str) -> Answer:
        """A read tells the state."""
        if effect.operation not in {"bloqit.rents.get", "logistics.tasks.status"}:
            return super().call(effect, key)
        self.reads += 1
        return Done({"state": self.state})


@contextmanager
def opened(place: Place, *dogs: Watchdog, at: datetime = START) -> Generator[tuple[Stage, Remote]]:
    world = Remote()
    made = Stage(place, world, Habits(looks=NEVER, watchdogs=dogs))
    made.clock.advance(at - START)
    try:
        yield made, world
    finally:
        made.engine.stop()


def starting(stage: Stage, key: str = "1") -> None:
    """A rent whose door has been opened."""
    stage.ask("delivery", key, "create_with_locker", locker_id=f"L{key}")
    stage.tell("delivery", key, "rent.started")


def only(stage: Stage) -> JournalRow:
    """The one anomaly."""
    found = stage.views.anomalies()
    assert len(found) == 1
    return found[0]


def a_door_that_is_left_open_is_told_once_and_the_rent_is_read(place: Place) -> None:
    with opened(place, *DEFAULT_WATCHDOGS) as (stage, world):
        starting(stage)
        stage.advance(minutes=9)
        stage.tell("delivery", "1", "locker.open_warning")  # of the door nothing new
        assert (list(stage.views.anomalies()), world.reads) == ([], 0)
        stage.advance(minutes=1)
        line = only(stage)
        assert (line.name, line.by, line.source, line.target) == ("door_left_open", "timer", "starting", "starting")
        assert line.reason == "its door has stood open for long, as far as was heard: 0:10:00 in starting or the like"
        assert world.reads == 1
        stage.advance(days=1)
        assert len(stage.views.anomalies()) == 1
        assert stage.state("delivery", "1") == "starting"


def test_a_door_that_is_left_open_is_told_once_and_the_rent_is_read(place: Place) -> None:
    a_door_that_is_left_open_is_told_once_and_the_rent_is_read(place)


def test_a_door_whose_closing_was_lost_is_put_right(place: Place) -> None:
    with opened(place, DOOR) as (stage, world):
        starting(stage)
        world.state = "in_progress"
        stage.advance(minutes=10)
        assert stage.state("delivery", "1") == "in_progress"


def a_door_that_was_shut_is_left_alone_and_one_that_is_opened_again_is_watched_anew(place: Place) -> None:
    with opened(place, DOOR) as (stage, world):
        starting(stage)
        world.state = "locker_opened"
        stage.advance(minutes=9)
        stage.tell("delivery", "1", "rent.in_progress")
        assert list(stage.views.timers()) == []
        stage.tell("delivery", "1", "rent.locker_opened")
        stage.advance(minutes=9)
        # Shut and opened again in one breath: it is another opening.
        for number, name in enumerate(("rent.in_progress", "rent.locker_opened")):
            stage.engine.accept(_told(stage, str(number), name))
        stage.engine.drain()
        assert [timer.due_at for timer in stage.views.timers()] == [START + timedelta(minutes=28)]
        stage.advance(minutes=9)
        assert list(stage.views.anomalies()) == []
        stage.advance(minutes=1)
        assert len(stage.views.anomalies()) == 1


def _told(stage: Stage, number: str, name: str) -> timers.Arrival:
    event = timers.Event(name=name, at=stage.clock.now(), by=timers.Cause.WEBHOOK)
    return timers.Arrival(source="x", external_id=number, system="bloqit", event=event, raw=b"", kind="delivery", key="1")


def test_a_door_that_was_shut_is_left_alone_and_one_that_is_opened_again_is_watched_anew(place: Place) -> None:
    a_door_that_was_shut_is_left_alone_and_one_that_is_opened_again_is_watched_anew(place)


def whoever_is_heard_of_is_not_silent(place: Place) -> None:
    with opened(place, RIDER) as (stage, world):
        world.state = "accepted"
        stage.tell("task", "1", "task_created")
        stage.tell("task", "1", "task_assigned")
        stage.advance(minutes=40)
        stage.tell("task", "1", "task_updated")  # it changes nothing, and somebody is there
        stage.advance(minutes=40)
        stage.tell("task", "1", "task_accepted")
        stage.advance(minutes=44)
        assert list(stage.views.anomalies()) == []
        stage.advance(minutes=1)
        line = only(stage)
        assert (line.name, line.source) == ("rider_silent", "accepted")


def test_whoever_is_heard_of_is_not_silent(place: Place) -> None:
    whoever_is_heard_of_is_not_silent(place)


def who_speaks_up_in_the_last_moment_was_not_silent(place: Place) -> None:
    """The timer has fired, and what was told a moment before is decided with it."""
    with opened(place, RIDER) as (stage, _):
        stage.tell("task", "1", "task_created")
        stage.tell("task", "1", "task_assigned")
        stage.clock.advance(timedelta(minutes=45))
        stage.engine.accept(replace(_told(stage, "a", "task_updated"), kind="task", system="logistics"))
        stage.engine.drain()
        assert list(stage.views.anomalies()) == []
        assert [timer.trigger for timer in stage.views.timers()] == ["rider_silent"]
        stage.advance(minutes=45)
        assert len(stage.views.anomalies()) == 1


def test_who_speaks_up_in_the_last_moment_was_not_silent(place: Place) -> None:
    who_speaks_up_in_the_last_moment_was_not_silent(place)


def a_timer_that_fires_beside_the_last_step_tells_nothing(place: Place) -> None:
    with opened(place, DOOR) as (stage, _):
        starting(stage)
        stage.clock.advance(timedelta(minutes=10))
        stage.engine.accept(_told(stage, "a", "rent.in_progress"))
        stage.engine.drain()
        assert stage.views.journal("delivery", "1")[-1].reason == "it has moved on"
        assert list(stage.views.anomalies()) == []


def test_a_timer_that_fires_beside_the_last_step_tells_nothing(place: Place) -> None:
    a_timer_that_fires_beside_the_last_step_tells_nothing(place)


def a_reminder_asks(place: Place) -> None:
    with opened(place, WAITS) as (stage, world):
        starting(stage)
        stage.tell("delivery", "1", "rent.in_progress")
        stage.advance(hours=12)
        stage.tell("delivery", "1", "rent.locker_opened")  # it goes about among the states that are watched
        stage.tell("delivery", "1", "rent.in_progress")
        stage.advance(hours=12)
        assert [row.trigger for row in stage.views.outbox()][1:] == ["notify_requested"]
        assert world.happened.total() == 2
        assert list(stage.views.anomalies()) == []
        stage.advance(days=3)
        assert world.happened.total() == 2


def test_a_reminder_asks(place: Place) -> None:
    a_reminder_asks(place)


def habits_may_change_from_start_to_start(place: Place) -> None:
    """A timer of a watchdog that is gone is only noted, and what it watched is watched anew by whoever comes."""
    narrow = replace(DOOR, states=frozenset({"locker_opened"}))
    with opened(place, DOOR) as (stage, _):
        starting(stage)
        starting(stage, "2")
    with opened(place, narrow) as (stage, _):
        stage._told = 10  # pyright: ignore[reportPrivateUsage]
        stage.tell("delivery", "1", "rent.in_progress")
        stage.tell("delivery", "1", "rent.locker_opened")
        assert len(stage.views.timers()) == 2
    with opened(place, at=START + timedelta(minutes=10)) as (stage, _):
        stage.engine.drain()
        assert stage.views.journal("delivery", "2")[-1].reason == "'door_left_open' is not a word of delivery"
        assert list(stage.views.anomalies()) == []


def test_habits_may_change_from_start_to_start(place: Place) -> None:
    habits_may_change_from_start_to_start(place)


def a_clock_that_is_put_back_lets_nobody_watch_longer(place: Place) -> None:
    with opened(place, DOOR) as (stage, _):
        starting(stage)
        stage.clock.advance(-timedelta(days=1))
        stage.engine.drain()
        stage.advance(minutes=10)
        assert len(stage.views.anomalies()) == 1


def test_a_clock_that_is_put_back_lets_nobody_watch_longer(place: Place) -> None:
    a_clock_that_is_put_back_lets_nobody_watch_longer(place)


def test_without_watchdogs_there_are_no_timers(place: Place) -> None:
    with opened(place) as (stage, _):
        starting(stage)
        assert list(stage.views.timers()) == []


def test_what_makes_no_sense_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadSettingsError, match="the watchdog door_left_open needs a while to watch for, got 0:00:00"):
        replace(DOOR, after=timedelta())
    said = {
        "that means something already": [
            (replace(DOOR, name="expiry_reached"),),
            (replace(DOOR, name="locker.open_warning"),),
            (DOOR, replace(DOOR, after=timedelta(1))),
        ],
        "asks for 'fly', which is no trigger of": [(replace(DOOR, asks="fly"),)],
    }
    for words, wrong in said.items():
        for dogs in wrong:
            with pytest.raises(BadSettingsError, match=words):
                Stage(tmp_path / "x.db", habits=Habits(watchdogs=dogs))
    assert by_kind((replace(DOOR, kinds=frozenset({"parcel"})),), catalogue()) == {}


def test_the_default_watchdogs_name_kinds_and_states_that_exist() -> None:
    for dog in DEFAULT_WATCHDOGS:
        assert dog.kinds <= set(MACHINES)
        for kind in dog.kinds:
            assert dog.states <= set(table_of(kind).states)
            assert dog.states.isdisjoint(table_of(kind).finals)
    assert Looks().first >= DOOR.after  # a door is heard of before its rent is looked at for its silence


# --- wrong versions ---------------------------------------------------------------------------------------------------

HONEST_WATCHED = timers.watched
HONEST_NEWS = rows.is_news


def never_cancelled(dog: Watchdog, followed: Followed, now: datetime) -> tuple[list[Values], list[Values]]:
    gone, new = HONEST_WATCHED(dog, followed, now)
    return list(gone) if new else [], list(new)


def not_anew(dog: Watchdog, followed: Followed, now: datetime) -> tuple[list[Values], list[Values]]:
    followed.passed = set()
    return tuple(map(list, HONEST_WATCHED(dog, followed, now)))  # type: ignore[return-value]


def with_each_step(dog: Watchdog, followed: Followed, now: datetime) -> tuple[list[Values], list[Values]]:
    followed.passed.add("anywhere else")
    return tuple(map(list, HONEST_WATCHED(dog, followed, now)))  # type: ignore[return-value]


def not_first_cancelled(dog: Watchdog, followed: Followed, now: datetime) -> tuple[list[Values], list[Values]]:
    gone, new = HONEST_WATCHED(dog, followed, now)
    return [] if followed.was not in dog.states else list(gone), list(new)


def nothing_is_news(_message: Message) -> bool:
    return False


def untouched(table: Table, case: Case, dog: Watchdog, *, message: Message, followed: Followed) -> Decision:
    """Whatever has happened since."""
    everywhere = replace(dog, states=frozenset(table.states), restarts=False)
    return HONEST_RUN_OUT(table, case, everywhere, message=message, followed=followed)


HONEST_RUN_OUT = commit._run_out  # pyright: ignore[reportPrivateUsage]

MUTANTS: dict[str, tuple[object, str, object, Callable[[Place], None]]] = {
    "never cancelled": (
        timers,
        "watched",
        never_cancelled,
        a_door_that_was_shut_is_left_alone_and_one_that_is_opened_again_is_watched_anew,
    ),
    "another opening is the same": (
        timers,
        "watched",
        not_anew,
        a_door_that_was_shut_is_left_alone_and_one_that_is_opened_again_is_watched_anew,
    ),
    "anew with each step": (timers, "watched", with_each_step, a_door_that_is_left_open_is_told_once_and_the_rent_is_read),
    "nothing is news": (rows, "is_news", nothing_is_news, whoever_is_heard_of_is_not_silent),
    "whatever has happened since": (commit, "_run_out", untouched, a_timer_that_fires_beside_the_last_step_tells_nothing),
    "the last moment does not count": (commit, "_run_out", untouched, who_speaks_up_in_the_last_moment_was_not_silent),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_the_mutant_is_noticed(name: str, tmp_path: Path) -> None:
    where, attribute, wrong, check = MUTANTS[name]
    with pytest.MonkeyPatch.context() as patch:
        if where is rows:
            patch.setattr("parcelflow.engine.batch.is_news", wrong)
        assert dies(Mutant(where, attribute, wrong, lambda: check(tmp_path / "x.db")))


def test_a_timer_that_is_left_over_would_stop_the_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timers, "watched", not_first_cancelled)
    with pytest.raises(StoreFailedError, match="UNIQUE constraint failed"):
        habits_may_change_from_start_to_start(tmp_path / "x.db")
