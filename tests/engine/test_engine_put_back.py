"""A clock that is put back delays what waits for a span by no more than that span, and what waits for a date not at all."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from killing import Mutant, dies
from stage import START, Stage
from world import World

from parcelflow.engine import Habits, InboxStatus, Looks, OutboxStatus, Place, outbox, rounds
from parcelflow.engine.calling import Beside
from parcelflow.engine.rounds import Made, Rounds
from parcelflow.engine.rules import Rules
from parcelflow.engine.tx import Tx
from parcelflow.machines import Answer, Done, Effect, StoreFailedError, TryLater

LOOKS = Looks(first=timedelta(minutes=10), longest=timedelta(hours=1), at_start=0)
EXPIRES = START + timedelta(days=3)


class Remote(World):
    """A world that knows the state of its rents."""

    reads = 0

    def call(self, effect: Effect, key: str) -> Answer:
        """A read tells the state."""
        if effect.operation != "bloqit.rents.get":
            return super().call(effect, key)
        self.reads += 1
        return Done({"state": "in_progress"})


@contextmanager
def opened(place: Place, *fates: str, at: datetime = START) -> Generator[tuple[Stage, Remote]]:
    world = Remote(iter(fates))
    made = Stage(place, world, Habits(looks=LOOKS))
    made.clock.advance(at - START)
    try:
        yield made, world
    finally:
        made.engine.stop()


def waiting(stage: Stage) -> None:
    """A rent in its locker, a call that waits, an early event that is held."""
    stage.ask("delivery", "1", "create_with_locker", locker_id="L1", expiry_at=EXPIRES.isoformat())
    stage.tell("delivery", "1", "rent.started")
    stage.tell("delivery", "1", "rent.in_progress")
    stage.ask("delivery", "2", "create_with_locker", locker_id="L2")
    stage.tell("delivery", "2", "rent.in_progress")
    assert [row.status for row in stage.views.outbox()] == [OutboxStatus.DONE, OutboxStatus.UNSURE]
    assert stage.views.inbox()[-1].status == InboxStatus.HELD


def nothing_waits_longer_than_it_had_to(place: Place) -> None:
    with opened(place, "done", "never", "never") as (stage, world):
        waiting(stage)
        stage.clock.advance(-timedelta(days=1))
        stage.engine.drain()
        stage.advance(seconds=10)
        assert stage.state("delivery", "2") == "in_progress"
        assert InboxStatus.HELD not in {row.status for row in stage.views.inbox()}
        stage.advance(minutes=1)
        stage.advance(minutes=1)
        assert {row.status for row in stage.views.outbox()} == {OutboxStatus.DONE}
        stage.advance(minutes=10)
        assert world.reads >= 1
        assert [timer.due_at for timer in stage.views.timers()] == [EXPIRES]


def test_nothing_waits_longer_than_it_had_to(place: Place) -> None:
    nothing_waits_longer_than_it_had_to(place)


def nor_after_a_restart(place: Place) -> None:
    with opened(place, "done", "never", "never") as (stage, _):
        waiting(stage)
    with opened(place, at=START - timedelta(days=1)) as (again, _):
        again.engine.drain()
        again.advance(seconds=10)
        again.advance(minutes=1)
        again.advance(minutes=1)
        assert {row.status for row in again.views.outbox()} == {OutboxStatus.DONE}
        assert again.state("delivery", "2") == "in_progress"


def test_nor_after_a_restart(place: Place) -> None:
    nor_after_a_restart(place)


def a_transaction_that_fails_is_made_up_for(place: Place) -> None:
    """What was drawn near and not committed is drawn near with the next."""
    with opened(place, "done", "never", "never") as (stage, _):
        waiting(stage)
        stage.clock.advance(-timedelta(days=1))

        def fails(_self: Beside, _tx: Tx, _now: datetime, *, sent: bool, waiting: bool) -> bool:  # noqa: ARG001 - as it is called
            raise StoreFailedError("the disk is full")

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Beside, "claim", fails)
            with pytest.raises(StoreFailedError):
                stage.engine.drain()
        stage.engine.drain()
        stage.advance(seconds=10)
        assert stage.state("delivery", "2") == "in_progress"


def test_a_transaction_that_fails_is_made_up_for(place: Place) -> None:
    a_transaction_that_fails_is_made_up_for(place)


class Patient(World):
    """Asks to be left alone."""

    after = timedelta(hours=1)
    asked = 0

    def call(self, effect: Effect, key: str) -> Answer:
        """Not yet."""
        del effect, key
        self.asked += 1
        return TryLater("429", self.after)


def a_remote_that_asked_to_wait_is_waited_for(place: Place) -> None:
    world = Patient()
    made = Stage(place, world, Habits(looks=LOOKS))
    made.ask("delivery", "1", "create_with_locker", locker_id="L1")
    made.engine.stop()
    made = Stage(place, world, Habits(looks=LOOKS))
    made.engine.drain()
    made.advance(minutes=10)
    made.clock.advance(-timedelta(seconds=3))
    made.engine.drain()
    made.advance(minutes=49)
    asked = [world.asked]
    made.advance(minutes=2)
    asked.append(world.asked)
    made.engine.stop()
    assert asked == [1, 2]


def test_a_remote_that_asked_to_wait_is_waited_for(place: Place) -> None:
    a_remote_that_asked_to_wait_is_waited_for(place)


def a_remote_that_asks_for_ever_is_asked_tomorrow(place: Place) -> None:
    world = Patient()
    world.after = timedelta.max
    made = Stage(place, world, Habits(looks=LOOKS))
    try:
        made.ask("delivery", "1", "create_with_locker", locker_id="L1")
        (row,) = made.views.outbox()
        assert row.due_at == START + timedelta(days=1)
    finally:
        made.engine.stop()


def test_a_remote_that_asks_for_ever_is_asked_tomorrow(place: Place) -> None:
    a_remote_that_asks_for_ever_is_asked_tomorrow(place)


# --- wrong versions ---------------------------------------------------------------------------------------------------


def unnoticed(_tx: Tx, _rules: Rules, _now: datetime) -> None:
    """It waits until the clock has caught up."""


def forgetful(self: Rounds, tx: Tx, now: datetime) -> bool:
    """A restart forgets what time it was."""
    return self._seen is not None and HONEST_PUT_BACK(self, tx, now)  # pyright: ignore[reportPrivateUsage]


HONEST_PUT_BACK = Rounds._was_put_back  # pyright: ignore[reportPrivateUsage]


def hasty(self: Rounds, _tx: Tx, _now: datetime) -> bool:
    """Draws near at every start."""
    return self._seen is None  # pyright: ignore[reportPrivateUsage]


def careless(self: Rounds, tx: Tx, now: datetime) -> Made:
    """Believes what is not committed."""
    made = HONEST_MAKE(self, tx, now)
    for act in tx.after:
        act()
    return made


HONEST_MAKE = Rounds.make

MUTANTS: dict[str, tuple[object, str, object, Callable[[Place], None]]] = {
    "unnoticed": (rounds, "draw_near", unnoticed, nothing_waits_longer_than_it_had_to),
    "forgotten by a restart": (Rounds, "_was_put_back", forgetful, nor_after_a_restart),
    "at every start": (Rounds, "_was_put_back", hasty, a_remote_that_asked_to_wait_is_waited_for),
    "what failed was done": (Rounds, "make", careless, a_transaction_that_fails_is_made_up_for),
    "a stumble counts": (rounds, "STEP", timedelta(), a_remote_that_asked_to_wait_is_waited_for),
    "a day is a week": (outbox, "LONGEST_AFTER", timedelta(days=7), a_remote_that_asks_for_ever_is_asked_tomorrow),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_the_mutant_is_noticed(name: str, tmp_path: Path) -> None:
    where, attribute, wrong, check = MUTANTS[name]
    assert dies(Mutant(where, attribute, wrong, lambda: check(tmp_path / "x.db")))
