"""Health: each thing that waits is seen and aged, nothing finished is looked at, and wrong measurements are noticed."""

# pyright: reportPrivateUsage=false
# A mutant is the code under test with one wrong line; it has to reach inside.

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from killing import Mutant, dies
from sqlalchemy import bindparam, select, text
from world import World

from parcelflow.engine import (
    Blocked,
    Circuit,
    Engine,
    Habits,
    Health,
    Looks,
    Manners,
    ManualClock,
    Pace,
    Place,
    Ports,
    Queue,
    Stamina,
    Store,
    health,
)
from parcelflow.engine.statements import LISTED, Statement
from parcelflow.engine.store import CASE, OUTBOX
from parcelflow.machines import LEFT_BEHIND, Arrival, Caller, Case, Cause, Event, Facts, blocked, catalogue

START = datetime(2026, 1, 1, tzinfo=UTC)
NONE = Queue(0, timedelta())


class Ward:
    """An engine whose health is measured."""

    def __init__(self, place: Place, fates: Iterator[str] | None = None, *, attempts: int = 20) -> None:
        self.clock = ManualClock(START)
        self.world = World(fates or iter(()))
        callers: dict[str, Caller] = dict.fromkeys(("bloqit", "blink", "logistics"), self.world)
        habits = Habits(manners=Manners(stamina=Stamina(attempts), default=Pace(concurrency=1)), looks=Looks())
        self.engine = Engine(place, catalogue(), callers, ports=Ports(clock=self.clock), habits=habits)
        self._told = 0

    def tell(self, kind: str | None, name: str, *, key: str | None = "1", remote_id: str | None = None) -> None:
        """A remote tells something; nobody decides it yet."""
        self._told += 1
        event = Event(name=name, at=self.clock.now(), by=Cause.WEBHOOK)
        arrival = Arrival(
            source="x",
            external_id=str(self._told),
            system="bloqit",
            event=event,
            raw=b"",
            kind=kind,
            key=key,
            remote_id=remote_id,
        )
        self.engine.accept(arrival)

    def ask(self, kind: str, name: str, **data: str) -> None:
        """Somebody wants something of the case `1`."""
        self.engine.ask(kind, "1", name, data=data)
        self.engine.drain()

    def reserve(self) -> None:
        """A delivery with a locker."""
        self.ask("delivery", "create_with_locker", locker_id="L1", expiry_at="2026-01-03T00:00:00+00:00")

    def after(self, **by: float) -> Health:
        """How it is when time has passed and nobody has worked."""
        self.clock.advance(timedelta(**by))
        return self.engine.health()


def test_an_engine_at_rest_is_well(place: Place) -> None:
    ward = Ward(place)
    with ward.engine:
        found = ward.engine.health()
        assert (found.inbox, found.held, found.parked, found.timers, found.looks) == (NONE,) * 5
        assert (found.outbox, found.under_way, found.dead_messages, found.dead_calls, found.blocked) == ({}, 0, 0, 0, ())
        assert (found.at, found.alive, found.live, found.ready, found.troubles) == (START, None, True, False, ())
        assert {gate.word for gate in found.circuits.values()} == {Circuit.CLOSED}


def test_it_is_ready_while_its_threads_are_at_work(place: Place) -> None:
    ward = Ward(place)
    with ward.engine:
        ward.engine.start()
        found = ward.engine.health()
        assert (found.alive, found.live, found.ready) == (True, True, True)
    dead = replace(found, alive=False)
    assert (dead.live, dead.ready) == (False, False)
    assert dead.troubles == ("a thread of the engine has failed; start it again",)


def test_what_nobody_has_decided_grows_old(place: Place) -> None:
    ward = Ward(place)
    with ward.engine:
        ward.tell("order", "order_webhook")
        ward.after(seconds=50)
        ward.tell("order", "order_webhook")
        found = ward.after(seconds=11)
        assert found.inbox == Queue(2, timedelta(seconds=61))
        assert found.troubles == ("2 messages to decide, the first 0:01:01 late",)
        ward.engine.drain()
        assert ward.engine.health().inbox == NONE


def test_what_waits_on_purpose_is_counted_and_is_no_trouble(place: Place) -> None:
    ward = Ward(place)
    with ward.engine:
        ward.reserve()
        ward.tell("delivery", "rent.in_progress")  # early
        ward.tell(None, "rent.started", key=None, remote_id="nobody's")
        ward.engine.drain()
        found = ward.after(minutes=2)
        assert (found.held, found.parked) == (Queue(1, timedelta(minutes=2)), Queue(1, timedelta(minutes=2)))
        assert found.troubles == ()


def test_calls_that_wait_are_told_by_system_and_are_late_only_once_they_are_due(place: Place) -> None:
    ward = Ward(place, iter(["never", "never"]))
    with ward.engine:
        ward.reserve()
        ward.ask("task", "task_created")
        assert ward.engine.health().outbox == {"bloqit": Queue(1, timedelta()), "logistics": Queue(1, timedelta())}
        found = ward.after(minutes=5)
        assert all(timedelta(minutes=4) < queue.age < timedelta(minutes=5) for queue in found.outbox.values())
        assert [trouble.partition(",")[0] for trouble in found.troubles] == ["1 calls to bloqit", "1 calls to logistics"]


def test_calls_that_are_out_are_counted(place: Place) -> None:
    ward = Ward(place)
    with ward.engine:
        seen: list[Health] = []
        ward.world.meanwhile = lambda: seen.append(ward.engine.health())
        ward.reserve()
        assert [(found.under_way, found.outbox, found.circuits["bloqit"].under_way) for found in seen] == [(1, {}, 1)]


def test_dead_letters_of_both_kinds_are_trouble(place: Place) -> None:
    ward = Ward(place, iter(["never"]), attempts=1)
    with ward.engine:
        ward.reserve()
        ward.tell("spaceship", "launched")
        ward.engine.drain()
        found = ward.engine.health()
        assert (found.dead_messages, found.dead_calls) == (1, 1)
        assert found.troubles == ("2 dead letters: `parcelflow letters` lists them",)


def test_timers_and_looks_that_are_due_grow_late(place: Place) -> None:
    ward = Ward(place)
    with ward.engine:
        ward.reserve()
        found = ward.after(minutes=12)
        assert (found.timers, found.looks) == (NONE, Queue(1, timedelta(minutes=2)))
        assert found.troubles == ("1 looks at silent cases, the first 0:02:00 late",)
        due = ward.engine.views.timers()[0].due_at
        found = ward.after(seconds=(due - ward.clock.now()).total_seconds() + 90)
        assert found.timers == Queue(1, timedelta(seconds=90))
        assert "1 timers, the first 0:01:30 late" in found.troubles


def test_a_remote_that_does_not_answer_is_trouble(place: Place) -> None:
    ward = Ward(place, iter(["never"] * 50))
    with ward.engine:
        ward.reserve()
        ward.world.look_up = ward.world.call  # type: ignore[method-assign] - and is as silent when it is looked up
        while ward.engine.health().circuits["bloqit"].word is Circuit.CLOSED:
            ward.clock.advance(timedelta(minutes=5))
            ward.engine.drain()
        assert "bloqit does not answer" in ward.engine.health().troubles


def test_lockers_are_blocked_by_rents_that_were_left_behind_in_them(place: Place) -> None:
    ward = Ward(place)
    with ward.engine:
        ward.reserve()
        assert ward.engine.health().blocked == ()
        for name in ("rent.started", "rent.in_progress", "rent.expired"):
            ward.tell("delivery", name)
        ward.tell("send", "rent.expired")  # one that never had a locker
        ward.ask("task", "task_created", locker_id="L9")
        ward.tell("task", "task_cancelled")  # nothing of a task lies in a locker
        ward.engine.drain()
        assert ward.after(hours=1).blocked == (Blocked("L1", "delivery", "1", "expired", timedelta(hours=1)),)
        ward.tell("delivery", "rent.expired")  # which is no news
        ward.engine.drain()
        assert ward.after(hours=1).blocked == (Blocked("L1", "delivery", "1", "expired", timedelta(hours=2)),)
        ward.ask("delivery", "finish_requested", locker_empty="yes")
        for name in ("rent.collect_item", "rent.price_calculation", "rent.finished"):
            ward.tell("delivery", name)
        ward.engine.drain()
        assert ward.engine.health().blocked == ()


@pytest.mark.parametrize(
    ("state", "facts", "locker"),
    [
        ("expired", {"locker_id": "L"}, "L"),
        ("cancelled", {"locker_id": "L"}, "L"),
        ("expired", {}, None),
        ("expired", {"locker_id": 7}, None),
        ("in_progress", {"locker_id": "L"}, None),
        ("finished", {"locker_id": "L"}, None),
    ],
)
def test_a_locker_is_blocked_where_its_rent_is_over_and_not_finished(state: str, facts: Facts, locker: str | None) -> None:
    assert blocked(Case(kind="delivery", key="1", state=state, facts=facts)) == locker


def test_rents_are_what_can_be_left_behind_and_the_index_says_the_same_states() -> None:
    assert set(health.kinds_with_lockers(catalogue())) == {"store", "send", "delivery", "return"}
    assert f"state IN ({', '.join(repr(state) for state in sorted(LEFT_BEHIND))})" == health.LEFT_BEHIND_SAID


QUERIES = {name: query for name, query in vars(health).items() if isinstance(query, Statement)}
PARTIAL = {"inbox_new", "inbox_held", "inbox_parked", "inbox_dead", "outbox_waiting", "outbox_claimed", "outbox_dead"} | {
    "case_look",
    "case_left_behind",
    "timer_due",
}


def plan_of(store: Store, query: Statement) -> list[str]:
    """SQLite's plan: one line for each table that it goes through."""
    with store.reading() as tx:
        ready = query.on(tx.dialect)
        cursor = tx._cursor()
        cursor.execute(f"EXPLAIN QUERY PLAN {ready.sql}", ready.encode({"now": START, LISTED: "[]"}, None))
        return [str(line[3]) for line in cursor.fetchall()]


@pytest.mark.parametrize("name", QUERIES)
def test_no_question_looks_at_what_is_finished(name: str, tmp_path: Path) -> None:
    store = Store(tmp_path / "x.db")
    lines = [
        line for line in plan_of(store, QUERIES[name]) if line.startswith(("SCAN", "SEARCH")) and " VIRTUAL TABLE " not in line
    ]
    store.close()
    assert lines
    for line in lines:
        assert line.partition("INDEX ")[2].partition(" ")[0] in PARTIAL, line


def _checks(check: Callable[[Place], None], folder: Path) -> Callable[[], None]:
    return lambda: check(folder / "x.db")


def _even_before(now: datetime, since: datetime | None) -> timedelta:
    return timedelta() if since is None else abs(now - since)


MUTANTS: dict[str, tuple[str, object, Callable[[Place], None]]] = {
    "what is claimed still waits": (
        "UNDER_WAY",
        Statement(select(text("0")).select_from(OUTBOX).where(text("false"))),
        test_calls_that_are_out_are_counted,
    ),
    "the newest message's age": (
        "FIRST_NEW",
        Statement(select(health.INBOX.c.received_at).where(text("status = 'new'")).order_by(health.INBOX.c.id.desc())),
        test_what_nobody_has_decided_grows_old,
    ),
    "a call ages before it is due": (
        "_age",
        _even_before,
        test_calls_that_wait_are_told_by_system_and_are_late_only_once_they_are_due,
    ),
    "every cancelled case blocks a locker": (
        "kinds_with_lockers",
        tuple,
        test_lockers_are_blocked_by_rents_that_were_left_behind_in_them,
    ),
    "blocked since it was last heard of": (
        "LEFT",
        Statement(
            select(CASE.c.kind, CASE.c.key, CASE.c.state, CASE.c.facts, CASE.c.changed_at).where(
                text("state = 'expired'"), text(":listed <> ''").bindparams(bindparam("listed"))
            )
        ),
        test_lockers_are_blocked_by_rents_that_were_left_behind_in_them,
    ),
    "nothing is late": ("PATIENCE", timedelta(days=1), test_timers_and_looks_that_are_due_grow_late),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_the_mutant_is_noticed(name: str, tmp_path: Path) -> None:
    attribute, wrong, check = MUTANTS[name]
    assert dies(Mutant(health, attribute, wrong, _checks(check, tmp_path)))
