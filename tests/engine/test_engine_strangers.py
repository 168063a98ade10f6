"""Messages about what no case carries wait for one, are shown meanwhile, and are given up; the console's deeds reach who runs."""

# pyright: reportPrivateUsage=false
# A mutant is the code under test with one wrong line; it has to reach inside.

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from killing import Mutant, dies, patience
from stage import START, Stage
from world import World

from parcelflow.engine import (
    Engine,
    Habits,
    InboxStatus,
    Letters,
    Looks,
    ManualClock,
    Place,
    Ports,
    Store,
    Strangers,
    inbox,
    letters,
    nudge,
    rounds,
    strangers,
)
from parcelflow.engine.inbox import Message
from parcelflow.engine.nudge import Ear
from parcelflow.engine.tx import Tx
from parcelflow.machines import (
    Answer,
    Arrival,
    Cause,
    Done,
    Effect,
    Event,
    EventNotAllowedError,
    Facts,
    Outcome,
    UnknownMachineError,
    catalogue,
)


class Remote(World):
    """A world that knows the state of its rents."""

    state = "reserved"

    def call(self, effect: Effect, key: str) -> Answer:
        """A read tells the state."""
        return Done({"state": self.state}) if effect.operation == "bloqit.rents.get" else super().call(effect, key)


FROM_THE_SCREEN = ("rent.created", "rent.reserved", "rent.started")


@contextmanager
def opened(place: Place) -> Generator[Stage]:
    made = Stage(place, Remote(), Habits(looks=Looks(at_start=0)))
    try:
        yield made
    finally:
        made.engine.stop()


def told_of(stage: Stage, remote_id: str) -> None:
    """Somebody begins a rent at the bloq's screen, whose codes and name are nobody's business for ever."""
    for name in FROM_THE_SCREEN:
        stage.tell(None, None, name, remote_id=remote_id, data={"locker_id": "L1", "customer_name": "Ana Silva"})
        stage.advance(minutes=1)


def a_stranger_is_shown_and_adopted(place: Place) -> None:
    with opened(place) as stage:
        told_of(stage, "theirs")
        told_of(stage, "others")
        assert [(found.system, found.remote_id, found.count, found.newest) for found in stage.engine.strangers.list()] == [
            ("bloqit", "theirs", 3, "rent.started"),
            ("bloqit", "others", 3, "rent.started"),
        ]
        first = stage.engine.strangers.list()[0]
        assert (first.first, first.last) == (START, START + timedelta(minutes=2))
        assert isinstance(stage.world, Remote)
        stage.world.state = "in_progress"  # the door was closed, and that webhook was lost
        assert stage.engine.strangers.adopt("delivery", "7", "theirs")
        assert not stage.engine.strangers.adopt("delivery", "7", "theirs")
        stage.engine.drain()
        steps = [(line.outcome, line.target) for line in stage.views.journal("delivery", "7")]
        assert steps[1:4] == [(Outcome.MOVED, "created"), (Outcome.MOVED, "reserved"), (Outcome.MOVED, "starting")]
        case = stage.views.case("delivery", "7")
        assert (case.state, case.remote_id, case.facts["locker_id"]) == ("in_progress", "theirs", "L1")
        assert case.look_at is not None
        assert [found.remote_id for found in stage.engine.strangers.list()] == ["others"]


def test_a_stranger_is_shown_and_adopted(place: Place) -> None:
    a_stranger_is_shown_and_adopted(place)


def test_an_answer_after_its_webhooks_finds_them(place: Place) -> None:
    """The webhook before the answer of our own POST."""
    with opened(place) as stage:
        mine = "remote-delivery-1"
        stage.engine.ask("delivery", "1", "create_with_locker", data={"locker_id": "L1"})

        def meanwhile() -> None:
            stage.engine.accept(_webhook(stage, mine))

        stage.world.meanwhile = meanwhile
        stage.engine.drain()
        assert stage.engine.strangers.list() == []
        assert [line.name for line in stage.views.journal("delivery", "1")] == [
            "create_with_locker",
            *["create_with_locker"],
            "rent.started",
        ]


def _webhook(stage: Stage, remote_id: str) -> Arrival:
    event = Event(name="rent.started", at=stage.clock.now(), by=Cause.WEBHOOK)
    return Arrival(source="bloqit", external_id="early", system="bloqit", event=event, raw=b"{}", remote_id=remote_id)


def test_a_case_without_a_remote_id_may_carry_one_that_is_not_told_of_yet(place: Place) -> None:
    with opened(place) as stage:
        stage.engine.strangers.adopt("order", "9", "late")  # an order cannot be read
        stage.engine.drain()
        assert (stage.state("order", "9"), stage.views.case("order", "9").remote_id) == ("absent", "late")


def test_nobody_carries_two_things_and_nothing_is_carried_twice(place: Place) -> None:
    with opened(place) as stage:
        stage.ask("delivery", "1", "create_with_locker", locker_id="L1")
        with pytest.raises(EventNotAllowedError, match="delivery/1 carries the bloqit id 'remote-delivery-1' already"):
            stage.engine.strangers.adopt("delivery", "2", "remote-delivery-1")
        with pytest.raises(EventNotAllowedError, match="delivery/1 carries the bloqit id 'remote-delivery-1' already"):
            stage.engine.strangers.adopt("delivery", "1", "another")
        with pytest.raises(UnknownMachineError, match="no machine is called 'rent'; there are: store, send"):
            stage.engine.strangers.adopt("rent", "1", "another")
        assert stage.engine.strangers.adopt("delivery", "1", "remote-delivery-1")  # it does; that it is read does no harm
        stage.engine.drain()
        assert stage.state("delivery", "1") == "reserved"


def a_stranger_that_nobody_wants_is_given_up_and_forgotten(place: Place) -> None:
    with opened(place) as stage:
        told_of(stage, "theirs")
        stage.advance(days=13)
        told_of(stage, "others")
        assert len(stage.engine.strangers.list()) == 2
        stage.advance(days=1, hours=1)
        assert [found.remote_id for found in stage.engine.strangers.list()] == ["others"]
        gone = [row for row in stage.views.inbox() if row.remote_id == "theirs"]
        assert {(row.status, row.note, row.raw) for row in gone} == {
            (InboxStatus.DONE, "given up: no case came to carry what it tells of", None)
        }
        assert [row.data for row in gone] == [{"locker_id": "L1"}] * 3
        assert stage.engine.strangers.adopt("delivery", "7", "theirs")  # its state can still be read
        stage.engine.drain()
        assert stage.state("delivery", "7") == "reserved"


def test_a_stranger_that_nobody_wants_is_given_up_and_forgotten(place: Place) -> None:
    a_stranger_that_nobody_wants_is_given_up_and_forgotten(place)


def test_more_than_one_transaction_holds_are_given_up(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strangers, "AT_ONCE", 2)
    with opened(place) as stage:
        told_of(stage, "theirs")
        stage.advance(days=15)
        assert stage.engine.strangers.list() == []


# --- nudges -----------------------------------------------------------------------------------------------------------


def who_writes_elsewhere_is_heard_once(place: Place) -> None:
    ours, theirs = Store(place), Store(place)
    woken: list[str] = []
    try:
        ear = Ear(ours, lambda: woken.append("woken"))
        ear.listen()
        assert woken == []
        for number in (1, 2):
            with theirs.writing() as tx:
                nudge.nudge(tx)
            ear.listen()
            ear.listen()
            assert len(woken) == number
        with suppress(ZeroDivisionError), theirs.writing() as tx:
            nudge.nudge(tx)
            raise ZeroDivisionError
        ear.listen()
        assert len(woken) == 2  # what was not committed is no nudge
    finally:
        ours.close()
        theirs.close()


def test_who_writes_elsewhere_is_heard_once(place: Place) -> None:
    who_writes_elsewhere_is_heard_once(place)


def what_the_console_does_reaches_a_running_engine(place: Place) -> None:
    """With no sweep for an hour, and within a few seconds."""
    decided = threading.Event()
    ports = Ports(clock=ManualClock(START), reach=lambda point: decided.set() if point == "committed" else None)
    habits = Habits(sweep=timedelta(hours=1), looks=Looks(at_start=0))
    with Engine(place, catalogue(), {"bloqit": Remote()}, ports=ports, habits=habits) as engine:
        engine.start()
        store = Store(place)
        try:
            Strangers(store, catalogue(), ManualClock(START)).adopt("delivery", "7", "theirs")
        finally:
            store.close()
        assert decided.wait(patience())


def test_what_the_console_does_reaches_a_running_engine(place: Place) -> None:
    what_the_console_does_reaches_a_running_engine(place)


def a_retry_nudges(place: Place) -> None:
    with opened(place) as stage:
        for key in ("1", "2"):
            stage.tell("spaceship", key, "launched")
        store = Store(place)
        woken: list[str] = []
        try:
            desk = Letters(store, stage.clock)
            ear = Ear(stage.engine._store, lambda: woken.append("woken"))
            desk.retry("message/1")
            ear.listen()
            assert woken == ["woken"]
            stage.engine.drain()
        finally:
            store.close()


def test_a_retry_nudges(place: Place) -> None:
    a_retry_nudges(place)


# --- wrong versions ---------------------------------------------------------------------------------------------------


def none_parked(_tx: Tx, _system: str, _remote_id: str) -> list[Message]:
    return []


def kept(_tx: Tx, _before: datetime) -> int:
    return 0


def given_up_at_once(tx: Tx, _before: datetime) -> int:
    return HONEST_GIVE_UP(tx, START + timedelta(days=365))


HONEST_GIVE_UP = strangers.give_up


def not_forgotten(data: Facts) -> Facts:
    return dict(data)


def no_nudge(_tx: Tx) -> None:
    """Nothing is written."""


def deaf(_self: Ear) -> None:
    """It does not listen."""


def restless(self: Ear) -> None:
    self._wake()


MUTANTS: dict[str, tuple[object, str, object, Callable[[Place], None]]] = {
    "parked for ever": (inbox, "parked", none_parked, a_stranger_is_shown_and_adopted),
    "never given up": (rounds.strangers, "give_up", kept, a_stranger_that_nobody_wants_is_given_up_and_forgotten),
    "given up at once": (rounds.strangers, "give_up", given_up_at_once, a_stranger_that_nobody_wants_is_given_up_and_forgotten),
    "not forgotten": (strangers, "without", not_forgotten, a_stranger_that_nobody_wants_is_given_up_and_forgotten),
    "a retry tells nobody": (letters, "nudge", no_nudge, a_retry_nudges),
    "adoption tells nobody": (strangers, "nudge", no_nudge, what_the_console_does_reaches_a_running_engine),
    "deaf": (Ear, "listen", deaf, who_writes_elsewhere_is_heard_once),
    "restless": (Ear, "listen", restless, who_writes_elsewhere_is_heard_once),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_the_mutant_is_noticed(name: str, tmp_path: Path) -> None:
    where, attribute, wrong, check = MUTANTS[name]
    assert dies(Mutant(where, attribute, wrong, lambda: check(tmp_path / "x.db")))
