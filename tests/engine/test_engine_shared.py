"""Several engines on one database: whatever each of them does and however it ends, everything is called, and called once."""

# pyright: reportPrivateUsage=false
# A mutant is the code under test with one wrong line; it has to reach inside.

import asyncio
import contextlib
import logging
import threading
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta

import psycopg
import pytest
from killing import Mutant, comes, dies, grace, patience
from postgres import schema
from sqlalchemy import text
from world import World

from parcelflow.engine import (
    NEVER,
    Crash,
    Engine,
    Habits,
    Manners,
    ManualClock,
    OutboxStatus,
    Pace,
    Ports,
    SystemClock,
    distributed,
)
from parcelflow.engine.calling import Calling
from parcelflow.engine.distributed import ALL, Procrastinate, install, installed
from parcelflow.engine.driver import CALLS, INBOX, Local
from parcelflow.engine.statements import Statement
from parcelflow.engine.tx import Tx
from parcelflow.machines import Answer, Caller, Effect, StoreFailedError, catalogue

SYSTEMS = ("bloqit", "blink", "logistics")


class Watched(World):
    """A world that several threads may call, and that says when it has been called so often."""

    def __init__(self, *fates: str) -> None:
        super().__init__(iter(fates))
        self._lock = threading.Lock()
        self._enough = threading.Condition(self._lock)

    def call(self, effect: Effect, key: str) -> Answer:
        """One call."""
        with self._enough:
            answer = super().call(effect, key)
            self._enough.notify_all()
            return answer

    def look_up(self, effect: Effect, key: str) -> Answer:
        """What became of one."""
        with self._enough:
            answer = super().look_up(effect, key)
            self._enough.notify_all()
            return answer

    def wait_for_look_up(self) -> None:
        """Until something was looked up."""
        with self._enough:
            assert self._enough.wait_for(lambda: self.looked_up > 0, 60)

    def wait(self, calls: int) -> None:
        """Until so many effects have happened."""
        with self._enough:
            assert self._enough.wait_for(lambda: self.happened.total() >= calls, 60), self.happened.total()


@pytest.fixture
def url(postgres: str) -> Generator[str]:
    """An empty database with procrastinate's tables."""
    with schema(postgres) as place:
        assert install(place)
        assert not install(place)
        yield place


def test_tables_that_cannot_be_looked_for_or_made_are_the_databases_fault(postgres: str) -> None:
    with pytest.raises(StoreFailedError, match="the tables of the queue could not be looked for"):
        installed("postgresql://nobody@127.0.0.1:9/nothing?connect_timeout=1")
    with schema(postgres) as place:
        assert not installed(place)
        with pytest.raises(StoreFailedError, match="the tables of the queue could not be made"):
            install(f"{place}%20-cdefault_transaction_read_only%3Don")
        assert not installed(place)


@contextmanager
def engines(
    place: str,
    world: Caller,
    number: int,
    *,
    pace: Pace = Pace(),  # noqa: B008 - frozen
    sweep: timedelta = timedelta(seconds=1),
) -> Generator[list[Engine]]:
    """So many engines at work."""
    with ExitStack() as stack:
        made: list[Engine] = []
        for _ in range(number):
            clock = SystemClock()
            driver = Procrastinate(place, clock)
            habits = Habits(driver=driver, manners=Manners(default=pace), sweep=sweep)
            callers: dict[str, Caller] = dict.fromkeys(SYSTEMS, world)
            made.append(stack.enter_context(Engine(place, catalogue(), callers, ports=Ports(clock), habits=habits)))
        for engine in made:
            engine.start()
        yield made


@pytest.mark.parametrize("number", [1, 3])
def test_what_one_engine_is_asked_is_called_once_whoever_calls(url: str, number: int) -> None:
    world = Watched()
    with engines(url, world, number, pace=Pace(concurrency=2)) as made:
        for key in range(40):
            made[key % number].ask("delivery", str(key), "create_with_locker", data={"locker_id": f"L{key}"})
        world.wait(40)
    assert set(world.happened.values()) == {1}
    with Engine(url, catalogue(), {"bloqit": world}) as last:
        last.drain()
        assert {case.state for case in last.views.cases()} == {"reserved"}
        assert {row.status for row in last.views.outbox()} == {OutboxStatus.DONE}


def test_a_lost_answer_and_a_refusal_are_each_settled_once(url: str) -> None:
    world = Watched(*["lost", "never", "busy", "thrown", "done", "refused"] * 4)
    with engines(url, world, 2) as made:
        for key in range(24):
            made[key % 2].ask("delivery", str(key), "create_with_locker", data={"locker_id": f"L{key}"})
        world.wait(20)
    assert set(world.happened.values()) == {1}


def test_what_a_dead_process_had_claimed_is_looked_up_by_another_once_its_lease_is_over(url: str) -> None:
    class Deadly(World):
        """Opens the door, and with that the process ends."""

        def call(self, effect: Effect, key: str) -> Answer:
            """The last call."""
            super().call(effect, key)
            raise Crash(key)

    lease = Habits(manners=Manners(lease=timedelta(milliseconds=200)))
    dead = Deadly()
    victim = Engine(url, catalogue(), {"bloqit": dead}, habits=lease)
    victim.ask("delivery", "1", "create_with_locker", data={"locker_id": "L"})
    with pytest.raises(Crash):
        victim.drain()
    victim.stop()
    world = Watched()
    world.happened = dead.happened
    with Engine(url, catalogue(), {"bloqit": world}, habits=Habits(sweep=timedelta(seconds=0.1))) as heir:
        assert [row.status for row in heir.views.outbox()] == [OutboxStatus.CLAIMED]
        heir.start()
        world.wait_for_look_up()
    with Engine(url, catalogue(), {}) as last:
        last.drain()
        assert last.views.case("delivery", "1").state == "reserved"
    assert world.happened.total() == 1


def test_a_live_lease_is_nobody_elses(url: str) -> None:
    out = threading.Event()
    back = threading.Event()

    class Slow(World):
        """Takes its time."""

        def call(self, effect: Effect, key: str) -> Answer:
            """One long call."""
            out.set()
            assert back.wait(60)
            return super().call(effect, key)

    slow, other = Slow(), Watched()
    with engines(url, slow, 1) as (first,):
        first.ask("delivery", "1", "create_with_locker", data={"locker_id": "L"})
        assert out.wait(60)
        with Engine(url, catalogue(), {"bloqit": other}) as second:
            second.drain()
        back.set()
    assert (other.happened.total(), other.looked_up, slow.happened.total()) == (0, 0, 1)


def test_engines_outlive_a_database_that_throws_everybody_out(url: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR, logger="psycopg.pool")  # its warning would be kept, and with it the dead connection's socket
    world = Watched()
    with engines(url, world, 2) as made:
        for key in range(5):
            made[0].ask("delivery", str(key), "create_with_locker", data={"locker_id": f"L{key}"})
        world.wait(5)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
        accepted = 5
        while accepted < 10:  # a wish that could not be stored is the caller's to repeat, under the same name
            with contextlib.suppress(StoreFailedError):
                made[1].ask("delivery", str(accepted), "create_with_locker", data={"locker_id": "L"}, request_id=str(accepted))
                accepted += 1
        world.wait(10)
        assert all(engine.alive for engine in made)
    assert set(world.happened.values()) == {1}


def wait_until_it_has_looked(url: str, engine: Engine) -> None:
    """Until it listens and has done what whoever begins to listen does."""
    driver, heard = engine._driver, list[str]()
    assert isinstance(driver, Procrastinate)
    look = driver._look
    driver._look = lambda work: heard.append(work) if work == "probe" else look(work)
    with psycopg.connect(url, autocommit=True) as connection:

        def told() -> bool:
            connection.execute("SELECT pg_notify('parcelflow', 'probe')")
            return bool(heard)

        assert comes(told, within=patience())


def work_is_brought(url: str, *, once_listened: bool = False) -> None:
    """Word of a wish reaches a process that is at work, from one that is not."""
    world = Watched()
    with engines(url, world, 1, sweep=timedelta(hours=1)) as made, asking(url, world) as asks:
        if once_listened:
            wait_until_it_has_looked(url, made[0])
        assert made[0].alive
        asks.ask("delivery", "1", "create_with_locker", data={"locker_id": "L"})  # not started: somebody else has to do it
        assert comes(lambda: world.happened.total() == 1, within=patience())


def test_work_is_brought_to_a_process_that_nobody_told(url: str) -> None:
    work_is_brought(url)


DIED = (
    "WITH dead AS (INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 hour') RETURNING id)"
    " INSERT INTO procrastinate_jobs (queue_name, task_name, args, status, worker_id)"
    " SELECT 'parcelflow', 'parcelflow.look', '{\"work\": \"calls\"}', 'doing', id FROM dead"
)


def test_a_token_that_a_dead_process_had_taken_is_put_away(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(DIED)
        with engines(url, Watched(), 1):
            assert comes(lambda: not connection.execute("SELECT 1 FROM procrastinate_jobs").fetchone(), within=60)


def asking(place: str, world: Caller) -> Engine:
    """An engine that only takes wishes in."""
    return Engine(place, catalogue(), {"bloqit": world}, habits=Habits(driver=Procrastinate(place, SystemClock())))


def settled(engine: Engine) -> int:
    """How many calls have been answered."""
    return [row.status for row in engine.views.outbox()].count(OutboxStatus.DONE)


def told(place: str, wishes: int, pace: Pace) -> Counter[str]:
    """What whoever listens is told of wishes that one process takes in and another, at work, calls one after another."""
    world = Watched()
    with (
        psycopg.connect(place, autocommit=True) as ear,
        engines(place, world, 1, pace=pace, sweep=timedelta(hours=1)),
        asking(place, world) as asks,
    ):
        ear.execute("LISTEN parcelflow")
        asks.ask("delivery", "first", "create_with_locker", data={"locker_id": "L"})
        while ear.execute("SELECT 1 FROM procrastinate_jobs").fetchone():
            pass  # when it has been taken, whoever takes tokens is at work
        for number in range(1, wishes):
            # Until its answer is written: there is room again from then on, and who has room calls nobody.
            assert comes(lambda done=number: settled(asks) == done, within=60)
            asks.ask("delivery", str(number), "create_with_locker", data={"locker_id": "L"})
        world.wait(wishes)
        return Counter(each.payload for each in ear.notifies(timeout=1, stop_after=None))


ROOMY, NARROW = Pace(), Pace(rate=1000, concurrency=1)
"""With a rate nothing is claimed ahead: a call that is out leaves no room at all."""


def test_a_process_at_work_calls_others_only_to_what_it_has_no_room_for(url: str) -> None:
    heard = told(url, 10, ROOMY)
    # Not counted is the first wish: it may come before the process that calls says that it is at work.
    assert (heard[INBOX], heard[CALLS] + heard[CALLS + ALL] <= 2) == (10, True)


def test_a_process_whose_room_is_full_calls_others(url: str) -> None:
    # Once a second at most while it stays full; here it has room again between the wishes.
    assert told(url, 10, NARROW)[CALLS + ALL] >= 9


class Calls(Local):
    """A driver that counts how often others are called."""

    called = 0

    def enqueue(self, tx: Tx, work: str, due: datetime, *, others: bool = False) -> None:
        """What is to be looked at, and by whom."""
        super().enqueue(tx, work, due, others=others)
        self.called += others


def others_are_called_once_a_second(url: str) -> None:
    clock = ManualClock()
    driver = Calls(clock)
    habits = Habits(looks=NEVER, driver=driver, manners=Manners(default=NARROW))
    with Engine(url, catalogue(), {"bloqit": Watched()}, ports=Ports(clock), habits=habits) as engine:
        found: list[int] = []
        for key in "123":
            engine.ask("delivery", key, "create_with_locker", data={"locker_id": "L"})
        for seconds in (0, 0.5, 0.5):
            clock.advance(timedelta(seconds=seconds))
            engine.drain()
            found.append(driver.called)
    assert found == [1, 1, 2]


def test_others_are_called_once_a_second(url: str) -> None:
    others_are_called_once_a_second(url)


def always(self: Calling, tx: Tx, system: str, now: datetime, *, full: bool) -> None:
    del system
    if full:
        self._driver.enqueue(tx, CALLS, now, others=True)


def test_whoever_calls_others_each_time_is_found_out(url: str) -> None:
    assert dies(Mutant(Calling, "_tell_others", always, lambda: others_are_called_once_a_second(url)))


def test_a_driver_that_never_calls_others_is_told_from_ours(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Wrong(Procrastinate):
        def enqueue(self, tx: Tx, work: str, due: datetime, *, others: bool = False) -> None:  # noqa: ARG002 - that is what is wrong with it
            """Never calls others."""
            super().enqueue(tx, work, due)

    monkeypatch.setitem(globals(), "Procrastinate", Wrong)
    assert told(url, 10, NARROW)[CALLS + ALL] <= 2


def one_token_waits_for_all_that_is_said_of_the_same_work(url: str) -> None:
    """What an afternoon without workers leaves must not hold up the worker that comes in the evening."""
    with asking(url, Watched()) as asks, psycopg.connect(url) as connection:
        for key in range(10):
            asks.ask("delivery", str(key), "create_with_locker", data={"locker_id": "L"})
        assert connection.execute("SELECT args FROM procrastinate_jobs").fetchall() == [({"work": INBOX},)]


def a_token_is_found_by_whoever_did_not_listen(url: str) -> None:
    """Nobody is notified, as if nobody had listened."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(distributed, "NOTIFY", Statement(text("SELECT CAST(:work AS text)")))
        work_is_brought(url, once_listened=True)  # whoever begins to listen looks at everything


def a_notification_reaches_whoever_listens(url: str) -> None:
    """There is no token."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(distributed, "DEFER", Statement(text("SELECT CAST(:work AS text), CAST(:at AS timestamptz)")))
        work_is_brought(url, once_listened=True)


def whoever_begins_to_listen_looks_at_everything(url: str) -> None:
    heard: list[str] = []
    stop = threading.Event()
    driver = Procrastinate(url, SystemClock())
    driver.bind(heard.append)
    thread = threading.Thread(target=driver.run, args=(stop,))
    thread.start()
    try:
        assert comes(lambda: set(heard) == {INBOX, CALLS}, within=patience())
    finally:
        stop.set()
        thread.join()


@contextmanager
def hearing(url: str) -> Generator[tuple[Procrastinate, list[str]]]:
    """A process that is at work, and what it hears."""
    heard: list[str] = []
    driver, stop = Procrastinate(url, SystemClock()), threading.Event()
    driver.bind(heard.append)
    thread = threading.Thread(target=driver.run, args=(stop,))
    thread.start()
    try:
        yield driver, heard
    finally:
        stop.set()
        thread.join()


def one_is_on_duty_and_the_others_see_to_what_is_left(url: str) -> None:
    quiet = Engine(url, catalogue(), {"bloqit": Watched()})  # no token of its own tells of what it leaves
    with psycopg.connect(url, autocommit=True) as connection, quiet, ExitStack() as stack:

        def say(work: str) -> None:
            connection.execute("SELECT pg_notify('parcelflow', %s)", (work,))

        first, on_duty = stack.enter_context(hearing(url))
        assert comes(lambda: first._on_duty, within=patience())
        with hearing(url) as (second, heard):
            assert comes(lambda: {INBOX, CALLS} <= set(heard) and {INBOX, CALLS} <= set(on_duty), within=patience())
            before = len(heard)
            say(INBOX)
            assert comes(lambda: on_duty.count(INBOX) == 2, within=patience())
            assert not comes(lambda: len(heard) > before, within=grace())  # there was nothing
            quiet.ask("delivery", "1", "create_with_locker", data={"locker_id": "L"})
            say(INBOX)
            assert comes(lambda: heard[before:] == [INBOX] and on_duty.count(INBOX) == 3, within=patience())
            quiet._decide_some()
            say(CALLS)
            assert comes(lambda: heard[before:] == [INBOX, CALLS] and on_duty.count(CALLS) == 2, within=patience())
            assert not second._on_duty
            stack.close()
            say(INBOX)
            assert comes(lambda: second._on_duty, within=patience())


def what_one_has_no_room_for_all_are_told_of(url: str) -> None:
    """At once, and not when whoever is on duty has had its time."""
    with pytest.MonkeyPatch.context() as patch, psycopg.connect(url, autocommit=True) as connection, asking(url, Watched()):
        patch.setattr(distributed, "LATER", 3600)
        with hearing(url) as (first, on_duty):
            assert comes(lambda: first._on_duty and {INBOX, CALLS} <= set(on_duty), within=patience())
            with hearing(url) as (_, other):
                assert comes(lambda: {INBOX, CALLS} <= set(other), within=patience())
                before = other.count(CALLS)
                connection.execute("SELECT pg_notify('parcelflow', 'calls')")
                connection.execute("SELECT pg_notify('parcelflow', 'calls!')")
                assert comes(lambda: other.count(CALLS) > before and on_duty.count(CALLS) > 2, within=patience())
                assert not comes(lambda: other.count(CALLS) > before + 1, within=grace())
                assert set(on_duty) == set(other) == {INBOX, CALLS}


async def never_on_duty(_self: Procrastinate) -> None:
    await asyncio.Event().wait()


async def on_duty_unasked(self: Procrastinate) -> None:
    self._on_duty = True
    await asyncio.Event().wait()


def test_one_is_on_duty_and_the_others_see_to_what_is_left(url: str) -> None:
    one_is_on_duty_and_the_others_see_to_what_is_left(url)


def always_another() -> Statement:
    return Statement(
        text(
            "SELECT procrastinate_defer_jobs_v1(ARRAY[ROW('parcelflow', 'parcelflow.look', 0, NULL, NULL,"
            " jsonb_build_object('work', CAST(:work AS text)), CAST(:at AS timestamptz))::procrastinate_job_to_defer_v1])"
        )
    )


async def deaf(_self: Procrastinate) -> None:
    """Listens to nobody."""
    await asyncio.get_running_loop().create_future()


async def late(self: Procrastinate) -> None:
    """Believes that nothing was said before it listened."""
    async with await psycopg.AsyncConnection.connect(self._url, autocommit=True) as connection:
        await connection.execute("LISTEN parcelflow")
        async for said in connection.notifies():
            self._look(said.payload)


async def idle(_self: Procrastinate, _work: str) -> None:
    """Takes tokens and does not look."""


MUTANTS: dict[str, tuple[object, str, object, Callable[[str], None]]] = {
    "a token for everything": (
        distributed,
        "DEFER",
        always_another(),
        one_token_waits_for_all_that_is_said_of_the_same_work,
    ),
    "tokens are not heeded": (Procrastinate, "_taken", idle, a_token_is_found_by_whoever_did_not_listen),
    "nobody stands by": (Procrastinate, "_stand_by", never_on_duty, one_is_on_duty_and_the_others_see_to_what_is_left),
    "everybody is on duty": (Procrastinate, "_stand_by", on_duty_unasked, one_is_on_duty_and_the_others_see_to_what_is_left),
    "nothing is ever left": (distributed, "LEFT", "SELECT false, false", one_is_on_duty_and_the_others_see_to_what_is_left),
    "something is always left": (distributed, "LEFT", "SELECT true, true", one_is_on_duty_and_the_others_see_to_what_is_left),
    "all look at everything": (Procrastinate, "_stand_by", on_duty_unasked, what_one_has_no_room_for_all_are_told_of),
    "whoever is not on duty waits": (distributed, "ALL", "?", what_one_has_no_room_for_all_are_told_of),
    "nobody listens": (Procrastinate, "_listen", deaf, a_notification_reaches_whoever_listens),
    "nobody missed anything": (Procrastinate, "_listen", late, whoever_begins_to_listen_looks_at_everything),
}


@pytest.mark.parametrize("check", list(dict.fromkeys(check for *_, check in MUTANTS.values())), ids=lambda check: check.__name__)
def test_word_gets_through(url: str, check: Callable[[str], None]) -> None:
    check(url)


@pytest.mark.parametrize("name", MUTANTS)
def test_the_check_kills_the_mutant(url: str, name: str) -> None:
    place, attribute, wrong, check = MUTANTS[name]
    assert dies(Mutant(place, attribute, wrong, lambda: check(url)))
