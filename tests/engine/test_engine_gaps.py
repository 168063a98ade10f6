"""A webhook that never came is found in the remote's history and decided, and one that came is not decided twice."""

import logging
import threading
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from killing import Mutant, dies
from stage import START, Stage
from world import World

from parcelflow.engine import Habits, Looks, Place, gaps, inbox, reconcile
from parcelflow.engine.gaps import Gaps
from parcelflow.engine.tx import Tx
from parcelflow.machines import Answer, Arrival, Cause, Done, Effect, Event, Facts, NotSentError

NEVER_SOON = Looks(first=timedelta(hours=12), longest=timedelta(hours=12), at_start=0)
MINE = "remote-delivery-1"


class Remote(World):
    """A world that knows the state of its rents."""

    state = "reserved"
    reads = 0

    def call(self, effect: Effect, key: str) -> Answer:
        """A read tells the state."""
        if effect.operation != "bloqit.rents.get":
            return super().call(effect, key)
        self.reads += 1
        return Done({"state": self.state})


@dataclass
class History:
    """A remote's memory."""

    events: list[tuple[datetime, Arrival]] = field(default_factory=list[tuple[datetime, Arrival]])
    states: list[tuple[datetime, str, str]] = field(default_factory=list[tuple[datetime, str, str]])
    asked: list[tuple[datetime, datetime]] = field(default_factory=list[tuple[datetime, datetime]])
    down: bool = False
    was_asked: threading.Event = field(default_factory=threading.Event)

    def told(self, since: datetime, until: datetime) -> Sequence[Arrival]:
        """What was told in between."""
        self.asked.append((since, until))
        self.was_asked.set()
        if self.down:
            raise NotSentError("down")
        return [arrival for at, arrival in self.events if since <= at <= until]

    def reached(self, since: datetime, until: datetime) -> Iterable[tuple[str, str]]:
        """What was reached in between."""
        return [(remote_id, state) for at, remote_id, state in self.states if since <= at <= until]

    def tells(self, at: datetime, number: str, name: str, data: Facts | None = None) -> Arrival:
        """The remote tells something about the one rent; that it arrives is another matter."""
        event = Event(name=name, at=at, by=Cause.WEBHOOK, data=data or {})
        arrival = Arrival(source="bloqit", external_id=number, system="bloqit", event=event, raw=b"", remote_id=MINE)
        self.events.append((at, arrival))
        return arrival


@contextmanager
def opened(place: Place, history: History) -> Generator[Stage]:
    """A reserved rent, and looks that are far off."""
    made = Stage(place, Remote(), Habits(looks=NEVER_SOON, historians={"bloqit": history}))
    try:
        made.ask("delivery", "1", "create_with_locker", locker_id="L1")
        assert made.state("delivery", "1") == "reserved"
        yield made
    finally:
        made.engine.stop()


def a_lost_webhook_is_found_and_decided(place: Place) -> None:
    history = History()
    with opened(place, history) as stage:
        stage.advance(minutes=10)
        history.tells(stage.clock.now(), "1", "rent.started")
        stage.advance(minutes=7)
        assert stage.state("delivery", "1") == "starting"
        heard = history.tells(stage.clock.now(), "2", "rent.in_progress")
        assert stage.engine.accept(replace(heard, raw=b"{}"))
        history.tells(stage.clock.now(), "3", "rent.collect_item")
        stage.advance(minutes=7)
        assert stage.state("delivery", "1") == "collect_item"
        assert not stage.engine.accept(replace(history.events[0][1], raw=b"{}"))  # it was only late
        stage.advance(minutes=7)
        told = [line for line in stage.views.journal("delivery", "1") if line.name.startswith("rent.")]
        assert [(line.name, line.outcome) for line in told] == [
            ("rent.started", "moved"),
            ("rent.in_progress", "moved"),
            ("rent.collect_item", "moved"),
        ]
        assert isinstance(stage.world, Remote)
        assert stage.world.reads == 0


def test_a_lost_webhook_is_found_and_decided(place: Place) -> None:
    a_lost_webhook_is_found_and_decided(place)


def what_is_on_its_way_is_not_overtaken_and_nothing_is_asked_too_often(place: Place) -> None:
    history = History()
    with opened(place, history) as stage:
        assert history.asked == [(START - timedelta(minutes=66), START - timedelta(minutes=1))]
        stage.advance(minutes=4)
        assert len(history.asked) == 1
        stage.advance(minutes=1)
        assert history.asked[1:] == [(START - timedelta(minutes=6), START + timedelta(minutes=4))]
        stage.advance(minutes=5)
        assert len(history.asked) == 3


def test_what_is_on_its_way_is_not_overtaken_and_nothing_is_asked_too_often(place: Place) -> None:
    what_is_on_its_way_is_not_overtaken_and_nothing_is_asked_too_often(place)


def a_weekend_is_read_day_by_day_after_a_restart(place: Place) -> None:
    history = History()
    with opened(place, history) as stage:
        before = len(history.asked)
        stage.engine.stop()
        stage.clock.advance(timedelta(days=2, hours=12))
        history.tells(START + timedelta(days=1), "1", "rent.started")
        again = Stage(place, Remote(), Habits(looks=NEVER_SOON, historians={"bloqit": history}))
        again.clock.advance(timedelta(days=2, hours=12))
        again.engine.drain()
        state = again.state("delivery", "1")
        again.engine.stop()
        lengths = [until - since for since, until in history.asked[before:]]
        assert lengths == [timedelta(days=1, minutes=5), timedelta(days=1, minutes=5), timedelta(hours=12, minutes=5)]
        assert state == "starting"


def test_a_weekend_is_read_day_by_day_after_a_restart(place: Place) -> None:
    a_weekend_is_read_day_by_day_after_a_restart(place)


def a_history_that_cannot_be_read_is_read_next_time(place: Place) -> None:
    history = History(down=True)
    with opened(place, history) as stage:
        history.tells(START + timedelta(minutes=1), "1", "rent.started")
        stage.advance(hours=2)
        assert stage.state("delivery", "1") == "reserved"
        history.down = False
        stage.advance(minutes=5)
        # Nothing was ever read, so it is read for an hour back; the event is older, and for that there are the looks.
        assert stage.state("delivery", "1") == "reserved"
        history.tells(stage.clock.now(), "2", "rent.started")
        history.down = True
        stage.advance(hours=3)
        history.down = False
        stage.advance(minutes=5)
        assert stage.state("delivery", "1") == "starting"


def test_a_history_that_cannot_be_read_is_read_next_time(place: Place) -> None:
    a_history_that_cannot_be_read_is_read_next_time(place)


def a_state_that_was_reached_unheard_has_its_rent_read(place: Place) -> None:
    history = History()
    with opened(place, history) as stage:
        assert isinstance(stage.world, Remote)
        stage.tell("delivery", "1", "rent.started")
        now = stage.clock.now()
        history.states += [(now, MINE, "reserved"), (now, MINE, "starting"), (now, "theirs", "in_progress")]
        stage.advance(minutes=6)
        assert stage.world.reads == 0  # all that was heard
        history.states.append((stage.clock.now(), MINE, "in_progress"))
        stage.world.state = "in_progress"
        stage.advance(minutes=6)
        assert (stage.world.reads, stage.state("delivery", "1")) == (1, "in_progress")
        stage.advance(minutes=5)  # it overlaps, and the state is known now
        assert stage.world.reads == 1


def test_a_state_that_was_reached_unheard_has_its_rent_read(place: Place) -> None:
    a_state_that_was_reached_unheard_has_its_rent_read(place)


def test_a_finished_rent_is_not_read_again(place: Place) -> None:
    history = History()
    with opened(place, history) as stage:
        for name in ("rent.started", "rent.in_progress", "rent.collect_item", "rent.price_calculation", "rent.finished"):
            stage.tell("delivery", "1", name)
        history.states.append((stage.clock.now(), MINE, "expired"))
        stage.advance(minutes=6)
        assert isinstance(stage.world, Remote)
        assert stage.world.reads == 0


def test_what_cannot_be_kept_takes_nothing_else_along(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    history = History()
    with opened(place, history) as stage:
        history.tells(stage.clock.now(), "1", "locker.open_warning", {"message": float("nan")})
        history.tells(stage.clock.now(), "2", "rent.started")
        with caplog.at_level(logging.WARNING):
            stage.advance(minutes=6)
        assert stage.state("delivery", "1") == "starting"
        assert "history_unkept system=bloqit external_id=" in caplog.text


def a_clock_that_was_put_back_does_not_stop_it(place: Place) -> None:
    history = History()
    with opened(place, history) as stage:
        stage.advance(hours=5)
        stage.clock.advance(-timedelta(hours=4))
        history.tells(stage.clock.now() - timedelta(minutes=2), "1", "rent.started")
        stage.engine.drain()
        assert stage.state("delivery", "1") == "starting"


def test_a_clock_that_was_put_back_does_not_stop_it(place: Place) -> None:
    a_clock_that_was_put_back_does_not_stop_it(place)


def test_a_thread_asks(place: Place) -> None:
    history = History(down=True)
    with opened(place, history) as stage:
        history.was_asked.clear()
        stage.clock.advance(timedelta(minutes=10))
        stage.engine.start()
        assert history.was_asked.wait(30)


# --- wrong versions ---------------------------------------------------------------------------------------------------


def nothing_new(_tx: Tx, _arrival: Arrival, _now: datetime) -> bool:
    return False


def under_another_name(tx: Tx, arrival: Arrival, now: datetime) -> bool:
    return inbox.put(tx, replace(arrival, source="history"), now)() == 1


def nobody_unheard(*_given: object) -> int:
    return 0


def everybody_unheard(tx: Tx, system: str, reached: Iterable[tuple[str, str]], now: datetime) -> int:
    del system, reached
    return tx.run(reconcile.ALL, {"now": now})


def from_now_on(self: Gaps, system: str, now: datetime) -> tuple[datetime, datetime] | None:
    """What was before the start is not read."""
    window = HONEST_WINDOW(self, system, now)
    return None if window is None else (max(window[0], window[1] - timedelta(hours=1)), window[1])


HONEST_WINDOW = Gaps._window  # pyright: ignore[reportPrivateUsage]

MUTANTS: dict[str, tuple[object, str, object, Callable[[Place], None]]] = {
    "what is found is dropped": (gaps, "_is_new", nothing_new, a_lost_webhook_is_found_and_decided),
    "under another name": (gaps, "_is_new", under_another_name, a_lost_webhook_is_found_and_decided),
    "states are nothing": (gaps, "_look_at_unheard", nobody_unheard, a_state_that_was_reached_unheard_has_its_rent_read),
    "all are read": (gaps, "_look_at_unheard", everybody_unheard, a_state_that_was_reached_unheard_has_its_rent_read),
    "nothing is on its way": (
        gaps,
        "BEHIND",
        timedelta(),
        what_is_on_its_way_is_not_overtaken_and_nothing_is_asked_too_often,
    ),
    "nothing comes late": (
        gaps,
        "OVERLAP",
        timedelta(),
        what_is_on_its_way_is_not_overtaken_and_nothing_is_asked_too_often,
    ),
    "from now on": (Gaps, "_window", from_now_on, a_weekend_is_read_day_by_day_after_a_restart),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_the_mutant_is_noticed(name: str, tmp_path: Path) -> None:
    where, attribute, wrong, check = MUTANTS[name]
    assert dies(Mutant(where, attribute, wrong, lambda: check(tmp_path / "x.db")))
