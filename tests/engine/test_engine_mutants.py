"""Wrong versions of single parts of the engine, to each of which one named check objects; what is right passes them all."""

# pyright: reportPrivateUsage=false
# A mutant is the code under test with one wrong line; it has to reach inside.

import itertools
import sqlite3
import tempfile
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import psycopg
import pytest
from killing import Mutant, comes, dies, patience
from postgres import schema
from sqlalchemy import Text, bindparam, select, text, union_all, update
from walks import RAM
from world import World

from parcelflow.engine import (
    NEVER,
    Engine,
    Habits,
    InboxStatus,
    Looks,
    Manners,
    ManualClock,
    OutboxStatus,
    Ports,
    Stamina,
    Store,
    SystemClock,
    cases,
    commit,
    deciding,
    dues,
    inbox,
    outbox,
    places,
    poison,
    reconcile,
    timers,
)
from parcelflow.engine.accepting import Accepting
from parcelflow.engine.backoff import FIRST
from parcelflow.engine.batch import SEND, Batch
from parcelflow.engine.calling import Calling
from parcelflow.engine.distributed import Procrastinate, install
from parcelflow.engine.driver import CALLS, INBOX, Local
from parcelflow.engine.gates import Gates
from parcelflow.engine.inbox import Message
from parcelflow.engine.outbox import Work
from parcelflow.engine.rules import Rules
from parcelflow.engine.statements import Found, Statement, Values
from parcelflow.engine.store import CASE
from parcelflow.engine.store import INBOX as MESSAGES
from parcelflow.engine.store import OUTBOX as EFFECTS
from parcelflow.engine.tx import Later, Tx
from parcelflow.engine.wake import Alarms, Worker
from parcelflow.machines import (
    REMOTE_STATE,
    Answer,
    Arrival,
    Caller,
    Cause,
    Done,
    Effect,
    Event,
    Facts,
    Link,
    StoreFailedError,
    TryLater,
    Unknown,
    catalogue,
)

AT = datetime(2026, 1, 1, tzinfo=UTC)


def poisonous(_facts: Facts, _at: datetime) -> Facts:
    """What a link of a user's may do."""
    raise ZeroDivisionError


def unwritable(_facts: Facts, _at: datetime) -> Facts:
    """The same."""
    return cast("Facts", {"thing": object()})


POISON = Link(name="poison", source="order", state="pending", target="task", trigger="task_created", build=poisonous)
UNWRITABLE = replace(POISON, build=unwritable)


class Rig:
    """An engine over a world, in memory as far as a database can be."""

    def __init__(
        self, place: Path, caller: Caller | None = None, *, links: tuple[Link, ...] = (), habits: Habits | None = None
    ) -> None:
        self.clock = ManualClock(AT)
        self.world = World()
        self.place = place
        callers: dict[str, Caller] = dict.fromkeys(("bloqit", "blink", "logistics"), caller or self.world)
        habits = habits or Habits(looks=NEVER)
        self.engine = Engine(place, catalogue(), callers, links=links, ports=Ports(clock=self.clock), habits=habits)
        self.views = self.engine.views
        self.store = self.engine._store
        self._told = 0

    def tell(self, name: str, key: str | None = "1", *, kind: str | None = "delivery", remote_id: str | None = None) -> None:
        """A remote tells something; it is not decided yet."""
        self._told += 1
        self.engine.accept(arrival(str(self._told), name, kind=kind, key=key, remote_id=remote_id, at=self.clock.now()))

    def reserve(self, key: str = "1") -> None:
        """A rent with its locker."""
        data: Facts = {"locker_id": "L", "expiry_at": (AT + timedelta(days=2)).isoformat()}
        self.engine.ask("delivery", key, "create_with_locker", data=data)
        self.engine.drain()

    def later(self, **by: float) -> None:
        """Time passes."""
        self.clock.advance(timedelta(**by))
        self.engine.drain()

    def state(self, key: str = "1") -> str:
        """Where a delivery is."""
        return self.views.case("delivery", key).state

    def outcomes(self, kind: str = "delivery", key: str = "1") -> list[str]:
        """What became of its events."""
        return [line.outcome for line in self.views.journal(kind, key)]


def arrival(
    name: str, event: str, *, kind: str | None, key: str | None, remote_id: str | None = None, at: datetime = AT
) -> Arrival:
    told = Event(name=event, at=at, by=Cause.WEBHOOK, data={})
    return Arrival(
        source="remote", external_id=name, system="bloqit", event=told, raw=b"{}", kind=kind, key=key, remote_id=remote_id
    )


@contextmanager
def folder() -> Generator[Path]:
    with tempfile.TemporaryDirectory(dir=RAM if RAM.is_dir() else None) as name:
        yield Path(name)


@contextmanager
def rig(caller: Caller | None = None, *, links: tuple[Link, ...] = (), habits: Habits | None = None) -> Generator[Rig]:
    with folder() as path:
        made = Rig(path / "x.db", caller, links=links, habits=habits)
        try:
            yield made
        finally:
            made.engine.stop()


# --- the checks -----------------------------------------------------------------------------------------------------------


def what_is_told_twice_is_one() -> None:
    with rig() as made:
        for _ in range(2):
            made.engine.accept(arrival("same", "rent.created", kind="delivery", key="1"))
        made.engine.drain()
        assert made.outcomes() == ["moved"]


def what_is_answered_is_there() -> None:
    with rig() as made:
        assert made.engine.accept(arrival("a", "rent.created", kind="delivery", key="1"))
        with sqlite3.connect(made.place) as reader:
            assert reader.execute("SELECT count(*) FROM inbox").fetchone() == (1,)
        reader.close()


def nobody_is_woken_before_the_commit() -> None:
    with rig() as made:
        seen: list[int] = []
        driver = Local(made.clock)
        driver.bind(lambda _work: seen.append(len(made.views.inbox())))
        with made.store.writing() as tx:
            inbox.put(tx, arrival("a", "rent.created", kind="delivery", key="1"), AT)
            driver.enqueue(tx, INBOX, AT)
        assert seen == [1]


def whoever_waits_is_woken_by_the_commit() -> None:
    called = threading.Event()

    class Ringing(World):
        """Tells of its call."""

        def call(self, effect: Effect, key: str) -> Answer:
            """One."""
            called.set()
            return super().call(effect, key)

    with rig(Ringing(), habits=Habits(looks=NEVER, sweep=timedelta(hours=1), at_once=False)) as made:
        made.engine.start()
        made.engine.ask("delivery", "1", "create_with_locker", data={"locker_id": "L"})
        assert called.wait(patience())


def a_wake_up_during_the_work_is_not_lost() -> None:
    again, looks = threading.Event(), itertools.count()

    def drain() -> None:
        if next(looks) == 0:
            worker.wake()  # something came after it had looked
        else:
            again.set()

    worker = Worker("mutant", drain, ManualClock(AT), alarms=Alarms(), sweep=timedelta(hours=1))
    worker.start()
    heard = again.wait(patience())
    worker.stop()
    assert heard


def a_writer_waits_for_another() -> None:
    with folder() as path:
        store = Store(path / "x.db")
        errors: list[StoreFailedError] = []

        def write() -> None:
            try:
                with store.writing() as tx:
                    inbox.put(tx, arrival("b", "rent.created", kind="delivery", key="1"), AT)
            except StoreFailedError as error:
                errors.append(error)

        other = threading.Thread(target=write)
        try:
            with store.writing() as tx:
                other.start()
                turn = store._turn
                assert turn is not None
                # The right one has come to wait by then; a wrong one has done something else.
                assert comes(lambda: turn.waiting > 0 or not other.is_alive(), within=60)
                inbox.put(tx, arrival("a", "rent.created", kind="delivery", key="1"), AT)
        except StoreFailedError as error:
            errors.append(error)
        other.join()
        with store.reading() as tx:
            assert [tx.one(Statement(select(MESSAGES.c.external_id))), errors] == [("a",), []]
        store.close()


def a_deadline_goes_with_its_state() -> None:
    with rig() as made:
        made.reserve()
        made.engine.ask("delivery", "1", "cancel_requested")
        made.engine.drain()
        assert made.views.timers() == []


def a_deadline_does_not_fire_early() -> None:
    with rig() as made:
        made.reserve()
        earlier = AT + timedelta(days=2, seconds=-1)
        made.engine.ask("delivery", "2", "create_with_locker", data={"locker_id": "L", "expiry_at": earlier.isoformat()})
        made.engine.drain()
        made.clock.advance(earlier - AT)
        made.engine.drain()
        assert [made.state("1"), made.state("2")] == ["reserved", "expired"]


def whoever_drains_learns_when_the_next_is_due() -> None:
    with rig() as made:
        data: Facts = {"locker_id": "L", "expiry_at": (AT + timedelta(days=2)).isoformat()}
        made.engine.ask("delivery", "1", "create_with_locker", data=data)
        assert made.engine.drain() == AT + timedelta(days=2)


def whoever_drains_learns_when_a_hold_ends() -> None:
    with rig() as made:
        made.tell("rent.in_progress")
        due = made.engine.drain()
        assert due is not None
        assert due > AT


def what_has_ended_is_forgotten_in_time() -> None:
    with rig(habits=Habits(looks=NEVER, keep=timedelta(days=1))) as made:
        for told in ("rent.started", "rent.in_progress", "rent.finished"):
            made.tell(told)
        for _ in range(4):  # what came early is held for a while, and then a day is over
            made.later(days=1)
        with made.store.reading() as tx:
            assert tx.all(Statement(select(CASE.c.state, CASE.c.forget_at))) == [("finished", None)]


def a_deadline_fires() -> None:
    with rig() as made:
        made.reserve()
        (timer,) = made.views.timers()
        made.clock.advance(timer.due_at - AT)
        made.engine._decide_some()
        assert made.state() == "expired"


def effect(key: str, number: int) -> Values:
    return {
        "effect_key": f"{key}/{number}",
        "kind": "delivery",
        "key": key,
        "remote_id": None,
        "system": "bloqit",
        "operation": "bloqit.deliveries.create",
        "trigger": "create_with_locker",
        "data": {},
        "wish": {},
        "status": OutboxStatus.OPEN.value,
        "attempts": 0,
        "lives": 0,
        "due_at": AT,
        "leased_until": None,
        "over": False,
        "answer": "",
        "trace": None,
    }


@contextmanager
def outboxed(*effects: Values) -> Generator[Store]:
    with folder() as path:
        store = Store(path / "x.db")
        with store.writing() as tx:
            tx.many(SEND, effects)
        try:
            yield store
        finally:
            store.close()


def claimed(store: Store, *, most: int = 8, lease: timedelta = outbox.LEASE, now: datetime = AT) -> list[Work]:
    with store.writing() as tx:
        return outbox.claim(tx, "bloqit", most, now, lease=lease)


def effects_of_a_case_go_out_one_after_the_other() -> None:
    with outboxed(effect("1", 1), effect("1", 2), effect("2", 1)) as store:
        first = claimed(store)
        assert [work.key for work in first] == ["1/1", "2/1"]
        with store.writing() as tx:
            outbox.settle(tx, [(first[0], Done())], AT, ours=outbox.mine(tx, [(first[0], Done())])(), stamina=Stamina())
        assert [work.key for work in claimed(store)] == ["1/2"]


def a_claim_is_one_mans() -> None:
    with outboxed(effect("1", 1)) as store:
        assert [len(claimed(store)), len(claimed(store))] == [1, 0]


def a_lease_lasts_and_ends() -> None:
    with outboxed(effect("1", 1)) as store:
        claimed(store, lease=timedelta(minutes=1))
        with store.writing() as tx:
            assert outbox.doubt_expired(tx, AT + timedelta(seconds=59)) == 0
            assert outbox.doubt_expired(tx, AT + timedelta(seconds=61)) == 1


def a_stale_answer_settles_nothing() -> None:
    with outboxed(effect("1", 1)) as store:
        (late,) = claimed(store)
        with store.writing() as tx:
            outbox.doubt_claimed(tx, AT)
        claimed(store, now=AT + timedelta(minutes=1))
        assert not objected_to(store, late, ours=None)
        with store.reading() as tx:
            assert tx.one(Statement(select(EFFECTS.c.status))) == (OutboxStatus.CLAIMED,)


def what_is_claimed_while_it_is_settled_is_not() -> None:
    with outboxed(effect("1", 1)) as store:
        (late,) = claimed(store)
        with store.writing() as tx:
            outbox.doubt_claimed(tx, AT)
        claimed(store, now=AT + timedelta(minutes=1))
        assert objected_to(store, late, ours={late.id})  # as if that had been so when it was asked


def objected_to(store: Store, work: Work, *, ours: set[int] | None) -> bool:
    """Whether an answer cannot be settled."""
    answered = [(work, Done())]
    try:
        with store.writing() as tx:
            known = outbox.mine(tx, answered)() if ours is None else ours
            outbox.settle(tx, answered, AT, ours=known, stamina=Stamina())
    except StoreFailedError:
        return True
    return False


def what_was_interrupted_is_looked_up_and_not_at_once() -> None:
    with outboxed(effect("1", 1)) as store:
        claimed(store)
        with store.writing() as tx:
            assert outbox.doubt_claimed(tx, AT) == 1
        assert claimed(store, now=AT + FIRST - timedelta(seconds=1)) == []
        assert [work.unsure for work in claimed(store, now=AT + FIRST)] == [True]


def a_lost_answer_is_looked_up() -> None:
    with rig(World(iter(["lost"]))) as made:
        made.reserve()
        made.later(seconds=5)
        caller: Any = made.engine._calling._callers["bloqit"]
        assert (made.state(), caller.happened.total(), caller.looked_up) == ("reserved", 1, 1)


def a_case_decided_elsewhere_is_not_overwritten() -> None:
    with rig() as made:
        made.reserve()
        made.tell("rent.started")
        now = made.clock.now()
        with made.store.deciding() as tx:
            messages = inbox.pick(tx, now, 100)()
            batch = Batch(tx, made.engine._rules, messages, now=now)
            tx.run(Statement(update(CASE).values(version=CASE.c.version + 1)))
            for message in batch:
                commit._step(batch, made.engine._rules, message, now)
            objected = False
            batch.flush()
            try:
                tx.check()  # as before each commit
            except StoreFailedError:
                objected = True
                tx._expected.clear()
        assert objected


def an_early_event_is_released_by_what_it_waited_for() -> None:
    with rig() as made:
        made.reserve()
        made.tell("rent.in_progress")
        made.engine.drain()
        made.tell("rent.started")
        made.engine.drain()
        assert made.state() == "in_progress"


def an_early_event_is_decided_after_its_hold() -> None:
    with rig() as made:
        made.reserve()
        made.tell("rent.in_progress")
        made.engine.drain()
        made.clock.advance(timedelta(seconds=3))
        made.engine._decide_some()
        assert made.state() == "in_progress"


def what_came_before_the_remote_id_is_decided_when_it_is_known() -> None:
    with rig() as made:
        made.tell("rent.started", None, kind=None, remote_id="remote-delivery-1")
        made.engine.drain()
        made.reserve()
        assert made.state() == "starting"


def a_remote_id_that_comes_later_is_kept() -> None:
    with rig() as made:
        made.reserve()  # the case is there, and its remote id comes with the answer
        made.engine.drain()
        assert made.views.case("delivery", "1").remote_id == "remote-delivery-1"


class Reader:
    """A remote whose state can be read; something is told before the answer is."""

    def __init__(self) -> None:
        self.meanwhile: Callable[[], None] = lambda: None

    def call(self, effect: Effect, key: str) -> Answer:
        """Reads say that it is in progress."""
        del key
        if effect.trigger != REMOTE_STATE:
            return Done(remote_id="r")
        self.meanwhile()
        return Done({"state": "in_progress"})

    def look_up(self, effect: Effect, key: str) -> Answer:
        """Unknown."""
        del effect, key
        return Unknown("no way to know")


def a_stale_look_up_changes_nothing() -> None:
    reader = Reader()
    with rig(reader) as made:
        made.reserve()
        for name in ("rent.started", "rent.in_progress", "rent.expired"):
            made.tell(name)
        made.engine.drain()
        told = iter(["locker.open_warning"])
        reader.meanwhile = lambda: made.tell(next(told, "locker.locker_closed")) if made.state() == "expired" else None
        made.tell("rent.locker_opened")  # a contradiction: it is read, and meanwhile something else is heard
        for _ in range(3):
            made.engine._decide_some()
            made.engine._calling.work_one()
        assert "reconciled" not in made.outcomes()


def a_silent_case_is_looked_at() -> None:
    with rig(habits=Habits(looks=Looks())) as made:
        made.reserve()
        made.clock.advance(timedelta(minutes=11))
        made.engine._decide_some()
        assert [row.trigger for row in made.views.outbox()][1:] == [REMOTE_STATE]


def poison_is_dead_and_holds_up_nobody(link: Link = POISON) -> None:
    with rig(links=(link,)) as made:
        for number in range(6):
            made.tell(
                "order_webhook" if number % 3 == 0 else "rent.created", str(number), kind="order" if number % 3 == 0 else "send"
            )
        made.engine.drain()
        assert [row.status for row in made.views.inbox()] == [InboxStatus.DEAD, InboxStatus.DONE, InboxStatus.DONE] * 2
        assert all(row.note for row in made.views.inbox() if row.status == InboxStatus.DEAD)


def what_cannot_be_written_is_dead_and_holds_up_nobody() -> None:
    poison_is_dead_and_holds_up_nobody(UNWRITABLE)


STORIES: tuple[tuple[str, ...], ...] = (
    ("rent.started", "rent.in_progress", "rent.started"),
    ("rent.in_progress", "rent.started"),
    ("make", "make"),
    ("make", "cancel"),
    ("rent.started", "rent.in_progress", "rent.expired", "rent.started", "rent.in_progress"),
    ("rent.cancelled", "make", "rent.started"),
)


def told_of(story: Sequence[str], *, together: bool) -> list[tuple[str, str, str]]:
    """The journal after a story whose messages are decided one by one, or together."""
    with rig() as made:
        made.reserve()
        for name in story:
            if name.startswith("rent."):
                made.tell(name)
            else:
                made.engine.ask("delivery", "1", f"{name}_requested")
            if not together:
                made.engine._decide_some()
        made.engine._decide_some()
        return [(line.name, line.outcome, line.target) for line in made.views.journal("delivery", "1")]


def a_batch_decides_as_one_by_one() -> None:
    for story in STORIES:
        assert told_of(story, together=True) == told_of(story, together=False), story


def a_remote_id_of_the_same_batch_is_known() -> None:
    with rig() as made:
        made.tell("rent.created", "1", remote_id="R")
        made.tell("rent.started", None, kind=None, remote_id="R")
        made.tell("rent.created", None, kind=None, remote_id="S")
        made.tell("rent.created", "2", remote_id="S")
        made.engine.drain()
        assert [row.status for row in made.views.inbox()] == [InboxStatus.DONE] * 4
        assert made.state() == "starting"


def a_door_is_opened_once_though_asked_for_again_before_its_answer_is_decided() -> None:
    with rig() as made:
        made.reserve()

        def again() -> None:
            made.engine.ask("delivery", "1", "make_requested")

        made.world.meanwhile = again
        made.engine.ask("delivery", "1", "make_requested")
        made.engine.drain()
        assert made.world.meant["delivery", "1", "bloqit.deliveries.make make_requested"] == 1


def a_call_is_claimed_while_it_is_out() -> None:
    class Looking(World):
        """Looks at the outbox while it is called."""

        seen: str = ""

        def call(self, effect: Effect, key: str) -> Answer:
            """One."""
            with sqlite3.connect(made.place) as reader:
                (self.seen,) = reader.execute("SELECT status FROM outbox WHERE effect_key = ?", (key,)).fetchone()
            reader.close()
            return super().call(effect, key)

    world = Looking()
    with rig(world) as made:
        made.reserve()
        assert world.seen == OutboxStatus.CLAIMED


def an_answer_is_told_to_its_case() -> None:
    with rig() as made:
        made.reserve()
        assert made.state() == "reserved"


def a_dead_letter_is_told_to_its_case() -> None:
    with rig(World(iter(["busy"] * 9)), habits=Habits(looks=NEVER, manners=Manners(stamina=Stamina(2)))) as made:
        made.reserve()
        made.later(seconds=5)
        assert [row.status for row in made.views.outbox()] == [OutboxStatus.DEAD]
        assert made.views.journal("delivery", "1")[-1].name == "call_refused"


def an_answer_that_could_not_be_written_is_written_later() -> None:
    fails = iter([True])

    def reach(point: str) -> None:
        if point == "settling" and next(fails, False):
            raise StoreFailedError("the disk is full")

    with folder() as path:
        world = World()
        engine = Engine(path / "x.db", catalogue(), {"bloqit": world}, ports=Ports(clock=ManualClock(AT), reach=reach))
        engine.ask("delivery", "1", "create_with_locker", data={"locker_id": "L"})
        with pytest.raises(StoreFailedError):
            engine.drain()
        engine._calling.start(lambda: None, lambda: None)
        engine._calling.stop()
        engine.drain()
        states = [case.state for case in engine.views.cases()]
        engine.stop()
        assert (states, world.happened.total()) == (["reserved"], 1)


class Down:
    """A remote that is not there."""

    def __init__(self) -> None:
        self.calls = 0

    def call(self, effect: Effect, key: str) -> Answer:
        """In vain."""
        del effect, key
        self.calls += 1
        return TryLater("the request was not sent")

    def look_up(self, effect: Effect, key: str) -> Answer:
        """In vain."""
        return self.call(effect, key)


def a_remote_that_is_down_is_left_alone() -> None:
    down = Down()
    with rig(down) as made:
        for number in range(50):
            made.engine.ask("delivery", str(number), "create_with_locker", data={"locker_id": "L"})
        made.engine.drain()
        assert down.calls == 5


def what_has_ended_leaves_room() -> None:
    with rig() as made:
        for number in range(20):
            made.engine.ask("delivery", str(number), "create_with_locker", data={"locker_id": "L"})
        made.engine.drain()
        assert made.world.happened.total() == 20


def two_cases_never_carry_one_remote_id() -> None:
    with rig() as made:
        made.tell("rent.created", "1", remote_id="same")
        made.tell("rent.created", "2")
        made.tell("rent.started", "2", remote_id="same")
        decided = True
        try:
            made.engine.drain()
        except StoreFailedError:  # the database's own constraint
            decided = False
        assert decided
        assert [case.remote_id for case in made.views.cases()] == ["same", None]


def an_early_event_brings_its_case_no_remote_id_that_another_has() -> None:
    """It was heard before both, and is decided in a batch that names neither."""
    with rig() as made:
        made.tell("rent.in_progress", "1", remote_id="same")
        made.engine.drain()
        made.tell("rent.created", "2", remote_id="same")
        made.engine.drain()
        made.tell("rent.created", "1")
        made.tell("rent.started", "1")
        decided = True
        try:
            made.engine.drain()
        except StoreFailedError:  # the database's own constraint
            decided = False
        assert decided
        assert {case.key: (case.state, case.remote_id) for case in made.views.cases()}["1"] == ("in_progress", None)


def a_database_out_of_reach_is_the_stores_fault() -> None:
    def refused() -> None:
        raise sqlite3.OperationalError("out of reach")

    with rig() as made, pytest.MonkeyPatch.context() as patch:
        patch.setattr(made.store._database, "raw_connection", refused)
        said = ""
        try:
            made.views.cases()
        except StoreFailedError as error:
            said = str(error)
        except sqlite3.OperationalError:
            said = "it would have ended a worker"
        assert said == "the database cannot be reached, and nothing was written: out of reach"


# --- the mutants ----------------------------------------------------------------------------------------------------------

FRESH = itertools.count()
HONEST_ROW, HONEST_CLAIM, HONEST_UNDER_WAY = inbox.row_of, outbox.claim, cases.under_way
HONEST_DUES = dues.dues
HONEST_FIRE, HONEST_TOLD, HONEST_BIND, HONEST_CHANGES = timers.fire_due, outbox._told, Batch.bind, timers.changes
HONEST_SEND, HONEST_END, HONEST_EXCHANGE = Batch.send, Batch.end, Calling._exchange


def named_afresh(message: Arrival, now: datetime) -> Values:
    return {**HONEST_ROW(message, now), "external_id": f"{message.external_id}/{next(FRESH)}"}


def answered_first(_self: Accepting, arrivals: Sequence[Arrival]) -> list[bool]:
    return [True for _ in arrivals]


def told_at_once(self: Local, _tx: Tx, work: str, _due: datetime) -> None:
    self._look(work)


def told_never(_self: Local, _tx: Tx, _work: str, _due: datetime) -> None:
    """A lost token."""


def cleared_late(self: Worker) -> None:
    """Clears its flag after it has looked."""
    while not self._stopping.is_set():
        self._awake.wait(self._sweep.total_seconds())
        if not self._stopping.is_set():
            self._drain()
        self._awake.clear()


@contextmanager
def without_turn(self: Store) -> Generator[Tx]:
    with self._connection() as connection, self._transaction(connection, "BEGIN IMMEDIATE") as tx:
        yield tx


def never_cancelled(kind: str, key: str, before: Any, after: Any) -> tuple[Sequence[Values], Sequence[Values]]:
    return (), HONEST_CHANGES(kind, key, before, after)[1]


def fired_early(tx: Tx, now: datetime, *, most: int) -> int:
    return HONEST_FIRE(tx, now + timedelta(days=1), most=most)


def fired_never(_tx: Tx, _now: datetime, *, most: int) -> int:  # noqa: ARG001 - its name is given
    return 0


def no_deadlines(tx: Tx) -> Later[dues.Dues]:
    found = HONEST_DUES(tx)
    return lambda: found()._replace(timer=None)


def no_holds(tx: Tx) -> Later[dues.Dues]:
    found = HONEST_DUES(tx)
    return lambda: found()._replace(held=None)


def no_looks(tx: Tx) -> Later[dues.Dues]:
    found = HONEST_DUES(tx)
    return lambda: found()._replace(look=None)


def nothing_forgotten(tx: Tx) -> Later[dues.Dues]:
    found = HONEST_DUES(tx)
    return lambda: found()._replace(forget=None)


KNOWN: dict[Tx, dues.Dues] = {}
"""What a transaction has been told; it is itself the key, so that no other is taken for it."""


def as_before(tx: Tx) -> Later[dues.Dues]:
    found = KNOWN[tx] if tx in KNOWN else KNOWN.setdefault(tx, HONEST_DUES(tx)())
    return lambda: found


def due_without(*conditions: Any, order: Any = None) -> Statement:
    """The claim's query with other conditions."""
    mine = select(*outbox._COLUMNS).where(
        EFFECTS.c.system == bindparam("system"), EFFECTS.c.due_at <= bindparam("now"), *conditions
    )
    return Statement(mine.order_by(order if order is not None else EFFECTS.c.id).limit(bindparam("most")))


def looked_up_never(tx: Tx, system: str, most: int, now: datetime, *, lease: timedelta) -> list[Work]:
    return [replace(work, unsure=False) for work in HONEST_CLAIM(tx, system, most, now, lease=lease)]


def counted(_tx: Tx, _now: datetime) -> int:
    return 0


def doubted(values: dict[str, Any], *conditions: Any) -> Statement:
    return Statement(update(EFFECTS).where(*conditions).values(**values))


def doubt_at_once(tx: Tx, now: datetime) -> int:
    return tx.run(outbox.DOUBT, {"due_at": now})


def everyones(_tx: Tx, answered: Sequence[tuple[Work, Answer]]) -> Later[set[int]]:
    """Without the fence."""
    return lambda: {work.id for work, _ in answered}


def unfenced() -> Statement:
    values: dict[str, Any] = {name: bindparam(name) for name in ("status", "due_at", "answer")}
    return Statement(update(EFFECTS).where(EFFECTS.c.id == bindparam("of")).values({**values, "leased_until": None}))


def versionless() -> Statement:
    names = ("state", "facts", "remote_id", "version", "changed_at", "look_at", "looks", "since")
    mine = (CASE.c.kind == bindparam("of_kind", type_=Text), CASE.c.key == bindparam("of_key", type_=Text))
    return Statement(update(CASE).where(*mine).values({name: bindparam(name) for name in names}))


def none_held(_tx: Tx, _keys: str) -> Later[list[Message]]:
    return list


def none_parked(_tx: Tx, _keys: str) -> Later[list[Message]]:
    return list


def only_new() -> Statement:
    new = select(*inbox._COLUMNS).where(inbox._NEW).order_by(MESSAGES.c.id).limit(bindparam("most")).subquery()
    none = select(*inbox._COLUMNS).where(MESSAGES.c.received_at > bindparam("now")).subquery()
    return Statement(union_all(select(new), select(none)))


def never_stale(*_given: object) -> bool:
    return False


def nobody_silent(_tx: Tx, _looks: Looks, _now: datetime, *, most: int) -> int:  # noqa: ARG001 - its name is given
    return 0


def unsplit(tx: Tx, rules: Rules, part: Sequence[Message], now: datetime, *, step: poison.Step) -> Batch:
    """One that cannot be decided, or written, takes its batch along."""
    found = poison._tried(tx, rules, part, now, step=step, dead={})
    if isinstance(found, Batch):
        return found
    batch = Batch(tx, rules, [], now=now)
    for message in part:
        batch.bury(message, "ZeroDivisionError")
    batch.flush()
    return batch


def without_reason(self: Batch, message: Message, status: InboxStatus, note: str) -> None:
    HONEST_END(self, message, status, "" if status is InboxStatus.DEAD else note)


def bound_unseen(self: Batch, followed: cases.Followed, system: str, remote_id: str) -> None:
    parked = self._known.parked
    self._known.parked = {}
    HONEST_BIND(self, followed, system, remote_id)
    self._known.parked = parked
    self._known.remote[system, remote_id] = None


def bound_and_unwritten(self: Batch, followed: cases.Followed, system: str, remote_id: str) -> None:
    HONEST_BIND(self, followed, system, remote_id)
    self._carrying.clear()


def sent_unseen(self: Batch, followed: cases.Followed, effect: Effect, *, key: str, wish: Values) -> None:
    HONEST_SEND(self, followed, effect, key=key, wish=wish)
    followed.under_way.pop(key)


def been_of_old(self: Batch, case: Any) -> set[str]:
    return cases.been(self._tx, case)


def held_unseen(self: Batch, message: Message, followed: cases.Followed, *, due_at: datetime | None, note: str) -> None:
    HONEST_HOLD(self, message, followed, due_at=due_at, note=note)
    self._known.held.pop(followed.name)


HONEST_HOLD = Batch.hold


def over_when_settled(tx: Tx, keys: str) -> Later[list[Found]]:
    query = select(EFFECTS.c.effect_key).where(EFFECTS.c.status != "done", EFFECTS.c.status != "refused")
    waiting = {name for (name,) in tx.all(Statement(query))}
    under_way = HONEST_UNDER_WAY(tx, keys)
    return lambda: [found for found in under_way() if found[2] in waiting]


def settled_first(self: Calling) -> bool:
    works = self._exchange(most=1)
    self._back += [(work, Done()) for work in works]
    self._exchange(most=0)
    for work in works:
        self._errands.run(work)
    return bool(works)


def untold(*_given: Any, **_named: Any) -> None:
    return None


def told_only_answers(work: Work, answer: Answer, now: datetime, *, stamina: Stamina) -> Event | None:
    return None if isinstance(answer, TryLater | Unknown) else HONEST_TOLD(work, answer, now, stamina=stamina)


def forgetful(self: Calling, *, most: int | None = None) -> list[Work]:
    """Forgets what has come back where it could not be written."""
    try:
        return HONEST_EXCHANGE(self, most=most)
    except StoreFailedError:
        self._back.clear()
        raise


def always_room(_self: Gates, _system: str, _now: datetime) -> int:
    return 8


def never_ended(*_given: Any, **_named: Any) -> None:
    return None


def nobodys(_self: Batch, _system: str, _remote_id: str) -> None:
    return None


def of_the_batch(self: Batch, system: str, remote_id: str) -> Any:
    """Whoever is not known yet is nobody."""
    return self._known.remote.get((system, remote_id))


@contextmanager
def drawn_bare(self: Store) -> Generator[Any]:
    with closing(self._database.raw_connection()) as connection:
        yield connection


WAITING, UP_TO = outbox._WAITING, outbox._first
MUTANTS = {
    "inbox without dedupe": Mutant(inbox, "row_of", named_afresh, what_is_told_twice_is_one),
    "answered before it is committed": Mutant(Accepting, "accept_all", answered_first, what_is_answered_is_there),
    "woken before the commit": Mutant(Local, "enqueue", told_at_once, nobody_is_woken_before_the_commit),
    "lost token": Mutant(Local, "enqueue", told_never, whoever_waits_is_woken_by_the_commit),
    "lost wake-up": Mutant(Worker, "_run", cleared_late, a_wake_up_during_the_work_is_not_lost),
    "no writer lock": Mutant(Store, "writing", without_turn, a_writer_waits_for_another),
    "no cancel of timers": Mutant(timers, "changes", never_cancelled, a_deadline_goes_with_its_state),
    "timers fire early": Mutant(timers, "fire_due", fired_early, a_deadline_does_not_fire_early),
    "timers never fire": Mutant(timers, "fire_due", fired_never, a_deadline_fires),
    "deadlines are not asked for": Mutant(deciding, "dues", no_deadlines, a_deadline_fires),
    "looks are not asked for": Mutant(deciding, "dues", no_looks, a_silent_case_is_looked_at),
    "ends of holds are not asked for": Mutant(deciding, "dues", no_holds, whoever_drains_learns_when_a_hold_ends),
    "nobody asks what is to be forgotten": Mutant(deciding, "dues", nothing_forgotten, what_has_ended_is_forgotten_in_time),
    "what is due is what was due before": Mutant(deciding, "dues", as_before, whoever_drains_learns_when_the_next_is_due),
    "no order within a case": Mutant(outbox, "DUE", due_without(WAITING), effects_of_a_case_go_out_one_after_the_other),
    "newest first": Mutant(
        outbox, "DUE", due_without(WAITING, order=EFFECTS.c.id.desc()), effects_of_a_case_go_out_one_after_the_other
    ),
    "claimed twice": Mutant(outbox, "DUE", due_without(), a_claim_is_one_mans),
    "a lease never ends": Mutant(outbox, "doubt_expired", counted, a_lease_lasts_and_ends),
    "a lease ends at once": Mutant(outbox, "doubt_expired", doubt_at_once, a_lease_lasts_and_ends),
    "no fence by attempt": Mutant(outbox, "mine", everyones, a_stale_answer_settles_nothing),
    "no fence in the settlement": Mutant(outbox, "SETTLE", unfenced(), what_is_claimed_while_it_is_settled_is_not),
    "what was interrupted is forgotten": Mutant(
        outbox, "doubt_claimed", counted, what_was_interrupted_is_looked_up_and_not_at_once
    ),
    "what was interrupted is looked up at once": Mutant(
        outbox, "doubt_claimed", doubt_at_once, what_was_interrupted_is_looked_up_and_not_at_once
    ),
    "retry without look-up": Mutant(outbox, "claim", looked_up_never, a_lost_answer_is_looked_up),
    "no version in the change of a case": Mutant(cases, "CHANGE", versionless(), a_case_decided_elsewhere_is_not_overwritten),
    "held never released": Mutant(inbox, "held", none_held, an_early_event_is_released_by_what_it_waited_for),
    "held never due": Mutant(inbox, "PICK", only_new(), an_early_event_is_decided_after_its_hold),
    "parked never released": Mutant(inbox, "parked", none_parked, what_came_before_the_remote_id_is_decided_when_it_is_known),
    "stale look-up applied": Mutant(commit, "_is_stale", never_stale, a_stale_look_up_changes_nothing),
    "looks never": Mutant(reconcile, "look_at_silent", nobody_silent, a_silent_case_is_looked_at),
    "poison takes its batch along": Mutant(poison, "_decided", unsplit, poison_is_dead_and_holds_up_nobody),
    "unwritable takes its batch along": Mutant(poison, "_decided", unsplit, what_cannot_be_written_is_dead_and_holds_up_nobody),
    "dead without reason": Mutant(Batch, "end", without_reason, poison_is_dead_and_holds_up_nobody),
    "a remote id that comes later is not kept": Mutant(Batch, "bind", bound_and_unwritten, a_remote_id_that_comes_later_is_kept),
    "remote id of the batch unseen": Mutant(Batch, "bind", bound_unseen, a_remote_id_of_the_same_batch_is_known),
    "pending of the batch unseen": Mutant(Batch, "send", sent_unseen, a_batch_decides_as_one_by_one),
    "been-states of the batch unseen": Mutant(Batch, "been", been_of_old, a_batch_decides_as_one_by_one),
    "held of the batch unseen": Mutant(Batch, "hold", held_unseen, a_batch_decides_as_one_by_one),
    "over when settled": Mutant(
        cases, "under_way", over_when_settled, a_door_is_opened_once_though_asked_for_again_before_its_answer_is_decided
    ),
    "settled before it is called": Mutant(Calling, "work_one", settled_first, a_call_is_claimed_while_it_is_out),
    "answer untold": Mutant(outbox, "_message", untold, an_answer_is_told_to_its_case),
    "dead letter untold": Mutant(outbox, "_told", told_only_answers, a_dead_letter_is_told_to_its_case),
    "answer lost with its transaction": Mutant(
        Calling, "_exchange", forgetful, an_answer_that_could_not_be_written_is_written_later
    ),
    "breaker ignored": Mutant(Gates, "room", always_room, a_remote_that_is_down_is_left_alone),
    "slots never given back": Mutant(Gates, "end", never_ended, what_has_ended_leaves_room),
    "out of reach, and nobody's fault": Mutant(Store, "_drawn", drawn_bare, a_database_out_of_reach_is_the_stores_fault),
    "a remote id that nobody has looked for": Mutant(
        Batch, "of_remote", of_the_batch, an_early_event_brings_its_case_no_remote_id_that_another_has
    ),
    "a remote id for two": Mutant(Batch, "of_remote", nobodys, two_cases_never_carry_one_remote_id),
}


@pytest.mark.parametrize("check", dict.fromkeys(mutant.check for mutant in MUTANTS.values()), ids=lambda check: check.__name__)
def test_the_engine_keeps(check: Callable[[], None]) -> None:
    check()


@pytest.mark.parametrize("name", MUTANTS)
def test_the_check_kills_the_mutant(name: str) -> None:
    assert dies(MUTANTS[name])


# --- what several engines on one PostgreSQL share ---------------------------------------------------------------------------

HURRY = timedelta(seconds=2)
"""Long enough for a busy machine: whoever does nothing for so long in a transaction is thrown out of it as well."""
Shared = Callable[[str], None]


@contextmanager
def two_stores(url: str, *, second: timedelta = HURRY) -> Generator[tuple[Store, Store]]:
    """Two processes' stores, the second of which does not wait long for the first."""
    stores = Store(url, patience=timedelta(minutes=1)), Store(url, patience=second)
    try:
        yield stores
    finally:
        for store in stores:
            store.close()


def only_one_decides(url: str) -> None:
    with two_stores(url) as (first, second):
        waited = False
        with first.deciding():
            try:
                with second.deciding():
                    pass
            except StoreFailedError:
                waited = True
        with second.deciding():
            pass
    assert waited


def nobody_waits_for_what_another_is_claiming(url: str) -> None:
    with two_stores(url) as (first, second), first.writing() as tx:
        tx.many(SEND, [effect("1", 1), effect("2", 1)])
    with two_stores(url, second=timedelta(seconds=patience())) as (first, second), first.writing() as tx:
        assert [work.key for work in outbox.claim(tx, "bloqit", 1, AT)] == ["1/1"]
        found: list[str] = []
        try:
            with second.writing() as other:
                found = [work.key for work in outbox.claim(other, "bloqit", 8, AT)]
        except StoreFailedError:
            found = ["waited"]
        assert found == ["2/1"]


def whoever_hangs_is_thrown_out(url: str) -> None:
    with (
        closing(Store(url, patience=HURRY)) as hung,
        closing(Store(url, patience=HURRY + timedelta(seconds=patience()))) as patient,
    ):
        decided = False
        try:
            with hung.deciding() as stuck:
                with patient.deciding():
                    decided = True
                stuck.all(Statement(text("SELECT 1")))
        except StoreFailedError:
            pass
        assert decided


def no_token_outlives_its_transaction(url: str) -> None:
    driver = Procrastinate(url, SystemClock())
    store = Store(url)
    failed = False
    try:
        with store.writing() as tx:
            driver.enqueue(tx, CALLS, SystemClock().now())
            tx.all(Statement(text("SELECT * FROM nowhere")))
    except StoreFailedError:
        failed = True
    store.close()
    assert failed
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT count(*) FROM procrastinate_jobs").fetchone() == (0,)


def a_lease_is_by_the_databases_clock(url: str) -> None:
    with two_stores(url) as (store, _):
        with store.writing() as tx:
            tx.many(SEND, [effect("1", 1)])
        with store.writing() as tx:
            outbox.claim(tx, "bloqit", 1, AT, lease=timedelta(minutes=1))
        with store.writing() as tx:  # a process whose clock is a year ahead
            assert outbox.doubt_expired(tx, SystemClock().now() + timedelta(days=365)) == 0


@pytest.fixture
def shared(postgres: str) -> Iterator[str]:
    """An empty database with everybody's tables."""
    with schema(postgres) as url:
        install(url)
        Store(url).close()
        yield url


@contextmanager
def deciding_alone(self: Store) -> Generator[Tx]:
    with self.writing() as tx:
        yield tx


def only_locks(patience: int, connection: Any, _entry: object) -> None:
    """Nobody is thrown out."""
    connection.execute(f"SET lock_timeout = {patience}")
    connection.commit()


def with_token_of_its_own(self: Procrastinate, _tx: Tx, work: str, _due: datetime) -> None:
    with psycopg.connect(self._url) as connection:
        connection.execute(
            "SELECT procrastinate_defer_jobs_v1(ARRAY[ROW('parcelflow', 'parcelflow.look', 0, NULL, NULL,"
            " jsonb_build_object('work', CAST(%s AS text)), NULL)::procrastinate_job_to_defer_v1])",
            (work,),
        )


def by_our_clock() -> Statement:
    claimed = (EFFECTS.c.status == "claimed", EFFECTS.c.leased_until < bindparam("now"))
    doubted: dict[str, Any] = {"status": "unsure", "due_at": bindparam("due_at"), "leased_until": None}
    return Statement(update(EFFECTS).where(*claimed).values(**doubted))


def waiting_for_locks() -> Statement:
    mine = (WAITING, EFFECTS.c.system == bindparam("system"), EFFECTS.c.due_at <= bindparam("now"), UP_TO())
    query = select(*outbox._COLUMNS).where(*mine).order_by(EFFECTS.c.due_at, EFFECTS.c.id).limit(bindparam("most"))
    return Statement(query.with_for_update(of=EFFECTS))


SHARED: dict[str, tuple[object, str, object, Shared]] = {
    "no advisory lock": (Store, "deciding", deciding_alone, only_one_decides),
    "no SKIP LOCKED": (outbox, "DUE", waiting_for_locks(), nobody_waits_for_what_another_is_claiming),
    "token outside its transaction": (Procrastinate, "enqueue", with_token_of_its_own, no_token_outlives_its_transaction),
    "nobody is thrown out": (places, "_limit", only_locks, whoever_hangs_is_thrown_out),
    "lease by our clock": (outbox, "EXPIRE", by_our_clock(), a_lease_is_by_the_databases_clock),
}


@pytest.mark.parametrize("check", [check for *_, check in SHARED.values()], ids=lambda check: check.__name__)
def test_several_engines_keep(shared: str, check: Shared) -> None:
    check(shared)


@pytest.mark.parametrize("name", SHARED)
def test_the_check_kills_the_shared_mutant(shared: str, name: str) -> None:
    place, attribute, wrong, check = SHARED[name]
    assert dies(Mutant(place, attribute, wrong, lambda: check(shared)))
