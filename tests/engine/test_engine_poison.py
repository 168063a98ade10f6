"""Poison costs what it is worth: found by halving, its case is told, and a thread that ends leaves nothing claimed."""

# pyright: reportPrivateUsage=false
# A mutant is the code under test with one wrong line; it has to reach inside.

import sys
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from killing import Mutant, comes, dies, patience
from stage import START
from world import World

from parcelflow.engine import (
    NEVER,
    Engine,
    Habits,
    InboxStatus,
    ManualClock,
    OutboxStatus,
    Place,
    Ports,
    batch,
    commit,
    letters,
    poison,
)
from parcelflow.engine.batch import Batch
from parcelflow.engine.errands import Errands
from parcelflow.engine.inbox import Message
from parcelflow.engine.outbox import Work
from parcelflow.engine.rules import Rules
from parcelflow.machines import Answer, Arrival, Caller, Cause, Effect, Event, Facts, Link, Table, catalogue

SYSTEMS = ("bloqit", "blink", "logistics")


def raises(facts: Facts, _at: datetime) -> Facts:
    """What a link of a user's may do."""
    if facts.get("comment") == "poison":
        raise ZeroDivisionError("by\0zero \udc80")
    return {}


ON_PENDING = Link(name="bad", source="order", state="pending", target="task", trigger="task_created", build=raises)
ON_RESERVED = Link(name="bad", source="delivery", state="reserved", target="order", trigger="dispatch", build=raises)
ON_STARTING = Link(name="bad", source="delivery", state="starting", target="order", trigger="dispatch", build=raises)


def told(number: int, name: str, *, kind: str = "order", key: str | None = None, data: Facts | None = None) -> Arrival:
    event = Event(name=name, at=START, by=Cause.WEBHOOK, data=data or {})
    key = str(number) if key is None else key
    return Arrival(source="x", external_id=str(number), system="blink", event=event, raw=b"", kind=kind, key=key)


@contextmanager
def opened(place: Place, world: Caller, link: Link = ON_PENDING) -> Generator[tuple[Engine, ManualClock]]:
    clock = ManualClock(START)
    callers: dict[str, Caller] = dict.fromkeys(SYSTEMS, world)
    habits = Habits(looks=NEVER)
    with Engine(place, catalogue(), callers, links=(link,), ports=Ports(clock=clock), habits=habits) as engine:
        yield engine, clock


def _counting(counted: list[int]) -> Callable[[Batch, Rules, Message, datetime], None]:
    def step(of: Batch, rules: Rules, message: Message, now: datetime) -> None:
        counted[0] += 1
        HONEST_STEP(of, rules, message, now)

    return step


HONEST_STEP = commit._step


def a_batch_of_poison_is_no_square(place: Place) -> None:
    """All of a batch, or every other one of it: each is decided a few times, and not once for each of the others."""
    for every in (1, 2):
        counted = [0]
        with opened(place, World()) as (engine, _), pytest.MonkeyPatch.context() as patch:
            patch.setattr(commit, "_step", _counting(counted))
            first = 1000 * every
            words = [{"comment": "poison" if number % every == 0 else ""} for number in range(128)]
            engine.accept_all([told(first + number, "order_webhook", data=data) for number, data in enumerate(words)])
            engine.drain()
            rows = [row for row in engine.views.inbox() if row.source == "x" and int(row.external_id) >= first]
            assert sum(row.status == InboxStatus.DEAD for row in rows) == 128 // every
            assert sum(row.status == InboxStatus.DONE for row in rows) == 128 - 128 // every
        assert counted[0] <= 128 * 9, counted


def test_a_batch_of_poison_is_no_square(place: Place) -> None:
    a_batch_of_poison_is_no_square(place)


def an_answer_that_dies_is_shown_by_its_case_and_still_counts_as_under_way(place: Place) -> None:
    world = World()
    with opened(place, world, ON_STARTING) as (engine, _):
        data: Facts = {"locker_id": "L", "order": "1"}
        engine.ask("delivery", "1", "create_with_locker", data=data)
        engine.drain()
        engine.ask("delivery", "1", "make_requested", data={"comment": "poison"})
        engine.drain()
        (letter,) = engine.letters.list()
        lines = engine.views.anomalies()
        assert len(lines) == 1
        assert lines[0].reason.startswith(
            f"dead letter {letter.id}: what a call came to cannot be decided: ZeroDivisionError: by\\x00"
        )
        assert engine.views.case("delivery", "1").state == "reserved"
        engine.ask("delivery", "1", "make_requested")
        engine.ask("delivery", "1", "cancel_requested")
        engine.drain()
        opened_doors = [times for (_, _, what), times in world.meant.items() if "make" in what]
        assert opened_doors == [1]  # the door is open, and its case has not heard of it
        assert engine.views.journal("delivery", "1")[-1].reason == "make_requested is under way already"
        assert [row.status for row in engine.views.inbox()][-1] == InboxStatus.HELD
        engine.letters.skip(letter.id, "the door was shut by hand")
        engine.drain()
        assert engine.views.case("delivery", "1").state == "cancelled"
        assert InboxStatus.HELD not in {row.status for row in engine.views.inbox()}


def test_what_had_an_answer_put_away_may_be_asked_for_again(place: Place) -> None:
    with opened(place, World(), ON_STARTING) as (engine, _):
        engine.ask("delivery", "1", "create_with_locker", data={"locker_id": "L", "order": "1"})
        engine.drain()
        engine.ask("delivery", "1", "make_requested", data={"comment": "poison"})
        engine.drain()
        (letter,) = engine.letters.list()
        engine.letters.skip(letter.id, "the door was shut by hand")
        engine.ask("delivery", "1", "make_requested")
        engine.drain()
        assert len([row for row in engine.views.outbox() if row.trigger == "make_requested"]) == 2


def test_an_answer_that_dies_is_shown_by_its_case_and_still_counts_as_under_way(place: Place) -> None:
    an_answer_that_dies_is_shown_by_its_case_and_still_counts_as_under_way(place)


def test_what_was_parked_and_is_poison_is_put_aside_once(place: Place) -> None:
    """It is found again by the name that it was parked for, when what came with it is decided without it."""
    link = replace(ON_PENDING, state="accepted")
    with opened(place, World(), link) as (engine, _):
        event = Event(name="order.status_1", at=START, by=Cause.WEBHOOK, data={"comment": "poison", "status": 1})
        engine.accept(Arrival(source="x", external_id="1", system="blink", event=event, raw=b"", remote_id="r"))
        engine.drain()
        assert [row.status for row in engine.views.inbox()] == [InboxStatus.PARKED]
        engine.accept(replace(told(2, "order_webhook", key="1", data={"type": "DELIVERY"}), remote_id="r"))
        engine.drain()
        assert [row.status for row in engine.views.inbox()] == [InboxStatus.DEAD, InboxStatus.DONE]
        assert engine.views.case("order", "1").state == "pending"


def test_it_is_decided_after_all_once_its_link_is_mended(place: Place) -> None:
    with opened(place, World(), ON_STARTING) as (engine, _):
        engine.ask("delivery", "1", "create_with_locker", data={"locker_id": "L", "order": "1"})
        engine.drain()
        engine.ask("delivery", "1", "make_requested", data={"comment": "poison"})
        engine.drain()
        (letter,) = engine.letters.list()
    with Engine(place, catalogue(), dict.fromkeys(SYSTEMS, World()), ports=Ports(clock=ManualClock(START))) as mended:
        mended.letters.retry(letter.id)
        mended.drain()
        assert mended.views.case("delivery", "1").state == "starting"
        assert {row.over for row in mended.views.outbox()} == {True}
        assert mended.letters.list() == []


def test_what_cannot_even_be_told_to_its_case_is_dead_all_the_same(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """A deadline of a user's that raises whenever the case is read, as it is for its journal too."""
    with opened(place, World(), ON_STARTING) as (engine, _):
        engine.ask("delivery", "1", "create_with_locker", data={"locker_id": "L"})
        engine._decide_some()
        assert engine._calling.work_one()

        def due(*_given: object) -> dict[str, datetime]:
            raise ZeroDivisionError("no such deadline")

        engine.accept(told(7, "order_webhook"))
        honest = batch.wanted_timers

        def wanted(table: Table, state: str, facts: Facts) -> Mapping[str, datetime]:
            return due() if table.kind == "delivery" else honest(table, state, facts)

        monkeypatch.setattr(batch, "wanted_timers", wanted)
        engine.drain()
        assert [(row.status, row.note) for row in engine.views.inbox()][1:] == [
            (InboxStatus.DEAD, "ZeroDivisionError: no such deadline"),
            (InboxStatus.DONE, ""),
        ]


def test_a_defect_of_ours_that_nothing_can_be_written_for_is_raised(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_self: Batch) -> None:
        raise ZeroDivisionError("flush")

    with opened(place, World()) as (engine, _):
        engine.accept(told(7, "order_webhook"))
        monkeypatch.setattr(Batch, "flush", broken)
        with pytest.raises(ZeroDivisionError, match="flush"):
            engine.drain()
        monkeypatch.undo()
        engine.drain()
        assert engine.views.inbox()[0].status == InboxStatus.DONE


class Ending(World):
    """Ends its thread once, before or after the effect has happened."""

    def __init__(self, *, first: bool) -> None:
        super().__init__()
        self.first = first
        self.ended = False
        self.settled = threading.Event()

    def call(self, effect: Effect, key: str) -> Answer:
        """One call."""
        if self.ended:
            return super().call(effect, key)
        self.ended = True
        if not self.first:
            super().call(effect, key)
        sys.exit(3)

    def look_up(self, effect: Effect, key: str) -> Answer:
        """What became of it."""
        answer = super().look_up(effect, key)
        self.settled.set()
        return answer


@pytest.mark.parametrize("first", [True, False])
def test_a_caller_that_ends_its_thread_leaves_nothing_claimed(place: Place, *, first: bool) -> None:
    world = Ending(first=first)
    with opened(place, world) as (engine, clock):
        engine.ask("delivery", "1", "create_with_locker", data={"locker_id": "L"})
        with pytest.raises(SystemExit):
            engine.drain()
        due = engine.drain()
        assert due is not None
        assert timedelta(seconds=2) <= due - clock.now() <= timedelta(seconds=3)
        assert [row.status for row in engine.views.outbox()] == [OutboxStatus.UNSURE]
        assert {gate.under_way for gate in engine.health().circuits.values()} == {0}
        clock.advance(timedelta(minutes=1))
        engine.drain()
        clock.advance(timedelta(minutes=1))
        engine.drain()
        assert (engine.views.case("delivery", "1").state, world.happened.total()) == ("reserved", 1)


def a_thread_that_ends_is_made_up_for(place: Place) -> None:
    """The same where threads call."""
    world = Ending(first=False)
    with opened(place, world) as (engine, clock):
        engine.start()
        engine.ask("delivery", "1", "create_with_locker", data={"locker_id": "L"})
        assert comes(lambda: [row.status for row in engine.views.outbox()] == [OutboxStatus.UNSURE], within=patience())
        clock.advance(timedelta(minutes=1))
        engine.poke()
        assert world.settled.wait(patience())


def test_a_thread_that_ends_is_made_up_for(place: Place) -> None:
    a_thread_that_ends_is_made_up_for(place)


# --- wrong versions ---------------------------------------------------------------------------------------------------


def one_after_the_other(tx: Any, rules: Rules, part: Any, now: datetime, *, step: poison.Step) -> Any:
    """All the others again, without the one that failed."""
    dead: dict[int, poison.Poison] = {}
    while True:
        found = poison._tried(tx, rules, part, now, step=step, dead=dead)
        if isinstance(found, Batch):
            return found
        dead[found.message.id] = found


def over_when_dead(self: Batch, message: Message, why: str, *, told: bool = True) -> None:
    """What was before: a call is over though its case has not heard of it."""
    del told
    self.end(message._replace(name=batch.REMOTE_STATE), InboxStatus.DEAD, why)


def silent(self: Batch, message: Message, why: str, *, told: bool = True) -> None:
    """Its case is not told."""
    del told
    self.end(message, InboxStatus.DEAD, why)


def no_answer(_source: str) -> bool:
    return False


def careless(self: Errands, work: Work) -> Answer:
    return self._answered(work)


MUTANTS: dict[str, tuple[object, str, object, Callable[[Place], None]]] = {
    "all the others again": (poison, "_decided", one_after_the_other, a_batch_of_poison_is_no_square),
    "over when dead": (Batch, "bury", over_when_dead, an_answer_that_dies_is_shown_by_its_case_and_still_counts_as_under_way),
    "its case is not told": (Batch, "bury", silent, an_answer_that_dies_is_shown_by_its_case_and_still_counts_as_under_way),
    "skipped, and under way for ever": (
        letters,
        "is_answer",
        no_answer,
        an_answer_that_dies_is_shown_by_its_case_and_still_counts_as_under_way,
    ),
    "claimed for ever": (Errands, "_alive", careless, a_thread_that_ends_is_made_up_for),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_the_mutant_is_noticed(name: str, tmp_path: Path) -> None:
    where, attribute, wrong, check = MUTANTS[name]
    assert dies(Mutant(where, attribute, wrong, lambda: check(tmp_path / "x.db")))
