"""Faults of everything that the engine stands on: each is named as what it is, nothing is lost, and work goes on afterwards.

A full disk has no test on PostgreSQL: there is no quota for one user, and a tablespace of its own would need a mounted disk. Its
error is the same `OperationalError` that a read-only or a locked database raises, and those two are tested on both.
"""

# pyright: reportPrivateUsage=false
# A fault is put where only the engine's own connection meets it.

import asyncio
import json
import logging
import random
import shutil
import sqlite3
import sys
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import cast
from urllib.parse import quote

import httpx
import psycopg
import pytest
from postgres import schema
from sqlalchemy import text
from world import World

from parcelflow.adapters.doors import BlinkDoor, Doors
from parcelflow.adapters.receiver import LARGEST_BODY, receiver
from parcelflow.engine import (
    NEVER,
    Engine,
    Habits,
    InboxStatus,
    ManualClock,
    OutboxStatus,
    Place,
    Ports,
    Store,
    inbox,
)
from parcelflow.engine.statements import Statement
from parcelflow.machines import (
    REMOTE_STATE,
    Answer,
    Arrival,
    BadSettingsError,
    Caller,
    Cause,
    Done,
    Effect,
    Event,
    Facts,
    Link,
    MalformedEventError,
    StoreFailedError,
    TryLater,
    Unknown,
    catalogue,
)

AT = datetime(2026, 1, 1, tzinfo=UTC)
PATIENCE = timedelta(seconds=10)
HURRY = timedelta(seconds=2)
"""Long enough for a busy machine: whoever does nothing for so long in a transaction is thrown out of it as well."""


def opened(
    place: Place,
    caller: Caller | None = None,
    *,
    clock: ManualClock | None = None,
    links: tuple[Link, ...] = (),
    looks: bool = False,
    patience: timedelta = PATIENCE,
) -> Engine:
    """An engine with everything."""
    callers: dict[str, Caller] = dict.fromkeys(("bloqit", "blink", "logistics"), caller or World())
    habits = Habits(patience=patience) if looks else Habits(patience=patience, looks=NEVER)
    return Engine(place, catalogue(), callers, links=links, ports=Ports(clock=clock or ManualClock(AT)), habits=habits)


def told(name: str, event: str = "rent.created", *, key: str = "1", kind: str = "delivery", data: Facts | None = None) -> Arrival:
    """A remote tells something."""
    said = Event(name=event, at=AT, by=Cause.WEBHOOK, data=data or {})
    return Arrival(source="remote", external_id=name, system="bloqit", event=said, raw=b"{}", kind=kind, key=key)


def pragma(engine: Engine, words: str) -> None:
    """Have SQLite's writing connection know of a limit."""
    writer = engine._store._writer
    assert writer is not None
    with closing(writer.cursor()) as cursor:
        cursor.execute(f"PRAGMA {words}")


def test_a_full_disk_refuses_and_loses_nothing(tmp_path: Path) -> None:
    with opened(tmp_path / "x.db") as engine:
        engine.accept(told("first"))
        with sqlite3.connect(tmp_path / "x.db") as reader:
            (pages,) = reader.execute("PRAGMA page_count").fetchone()
        reader.close()
        pragma(engine, f"max_page_count = {pages}")
        with pytest.raises(StoreFailedError, match="nothing was written: database or disk is full"):
            engine.accept(told("second", data={"long": "x" * 100_000}))
        assert [row.external_id for row in engine.views.inbox()] == ["first"]
        pragma(engine, "max_page_count = 1000000")
        assert engine.accept(told("second", data={"long": "x" * 100_000}))
        engine.drain()
        assert [row.status for row in engine.views.inbox()] == [InboxStatus.DONE] * 2


def test_a_full_disk_under_an_answer_that_has_come_loses_not_the_answer(tmp_path: Path) -> None:
    world = World()
    with opened(tmp_path / "x.db", world) as engine:
        world.meanwhile = lambda: pragma(engine, "query_only = ON")
        engine.ask("delivery", "1", "create_with_locker", data={"locker_id": "L"})
        with pytest.raises(StoreFailedError, match="attempt to write a readonly database"):
            engine.drain()
        pragma(engine, "query_only = OFF")
        engine._calling.start(lambda: None, lambda: None)
        engine._calling.stop()
        engine.drain()
        assert [case.state for case in engine.views.cases()] == ["reserved"]
        assert (world.happened.total(), world.looked_up) == (1, 0)


def test_a_read_only_database_takes_nothing_and_can_still_be_read(place: Place) -> None:
    with opened(place) as engine:
        engine.accept(told("first"))
    if isinstance(place, Path):
        store = Store(place)
        assert store._writer is not None
        with closing(store._writer.cursor()) as cursor:
            cursor.execute("PRAGMA query_only = ON")
    else:
        store = Store(place.replace("options=", f"options={quote('-cdefault_transaction_read_only=on ')}"))
    statement = Statement(text("DELETE FROM inbox"))
    with pytest.raises(StoreFailedError, match=r"nothing was written: .*read-?only"), store.writing() as tx:
        tx.run(statement)
    with store.reading() as tx:
        assert tx.one(Statement(text("SELECT count(*) FROM inbox"))) == (1,)
    store.close()


def test_a_database_that_another_process_holds_is_waited_for_and_no_longer_than_that(place: Place) -> None:
    with opened(place, patience=HURRY) as engine:
        release = held_by_another(place)
        try:
            with pytest.raises(StoreFailedError, match=r"nothing was written: .*lock"):
                engine.accept(told("first"))
        finally:
            release()
        assert engine.accept(told("first"))
        engine.drain()
        assert [row.status for row in engine.views.inbox()] == [InboxStatus.DONE]


def held_by_another(place: Place) -> Callable[[], None]:
    """Somebody else is writing; what ends that."""
    if isinstance(place, Path):
        other = sqlite3.connect(place, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        return other.close
    remote = psycopg.connect(place)
    remote.execute("LOCK TABLE inbox IN ACCESS EXCLUSIVE MODE")
    return remote.close


def test_whoever_hangs_while_deciding_is_thrown_out(postgres: str) -> None:
    """A machine without power would hold the lock of all deciders until TCP gave it up."""
    with (
        schema(postgres) as url,
        closing(Store(url, patience=timedelta(minutes=1))) as patient,
        closing(Store(url, patience=HURRY)) as hung,
    ):
        alive = Statement(text("SELECT 1"))

        def hang() -> None:
            with hung.deciding() as stuck:
                with patient.deciding() as tx:  # as soon as the other's lock is taken from it
                    assert tx.all(alive) == [(1,)]
                stuck.all(alive)

        with pytest.raises(StoreFailedError, match="closed the connection"):  # why is lost on the way: libpq has no query to tell
            hang()
        with hung.deciding() as tx:
            assert tx.all(alive) == [(1,)]


def test_a_server_that_is_down_is_the_stores_fault_and_not_a_workers_end(place: Place) -> None:
    with opened(place) as engine, pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine._store._database, "raw_connection", refused)
        with pytest.raises(StoreFailedError, match="cannot be reached, and nothing was written: connection refused"):
            engine.views.cases()
        if engine._store.shared:
            with pytest.raises(StoreFailedError, match="connection refused"):
                engine.accept(told("first"))
        engine.start()
        patch.undo()
        assert engine.accept(told("first"))
        assert engine.alive


class RefusedError(psycopg.OperationalError, sqlite3.OperationalError):
    """Of whichever driver is asked."""


def refused() -> None:
    """What a driver raises while a server is down."""
    raise RefusedError("connection refused")


@pytest.mark.parametrize("harm", ["cut", "flipped"])
def test_a_torn_end_of_the_log_costs_no_whole_commit(tmp_path: Path, harm: str) -> None:
    copy = tmp_path / "copy"
    copy.mkdir()
    with opened(tmp_path / "x.db") as engine:
        sizes: list[int] = []
        for number in range(20):
            engine.accept(told(str(number)))
            sizes.append((tmp_path / "x.db-wal").stat().st_size)
        for name in ("x.db", "x.db-wal"):
            shutil.copy(tmp_path / name, copy / name)
    log = bytearray((copy / "x.db-wal").read_bytes())
    end = sizes[14] + 40  # in the middle of the sixteenth commit
    (copy / "x.db-wal").write_bytes(log[:end] if harm == "cut" else log[:end] + bytes(each ^ 0x55 for each in log[end:]))
    with opened(copy / "x.db") as engine:
        assert [row.external_id for row in engine.views.inbox()] == [str(number) for number in range(15)]
        engine.accept(told("after"))
        engine.drain()
        assert {row.status for row in engine.views.inbox()} == {InboxStatus.DONE}


def test_a_clock_that_jumps_by_days_fires_nothing_twice_and_holds_up_nothing_new(place: Place) -> None:
    clock, world = ManualClock(AT), World()
    with opened(place, world, clock=clock) as engine:
        expiry: Facts = {"locker_id": "L", "expiry_at": (AT + timedelta(days=2)).isoformat()}
        engine.ask("delivery", "1", "create_with_locker", data=expiry)
        engine.drain()
        for days in (3, -3, 5, -5):
            clock.advance(timedelta(days=days))
            engine.drain()
            key = f"after {days}"
            engine.ask("delivery", key, "create_with_locker", data={"locker_id": "L"})
            engine.drain()
            assert engine.views.case("delivery", key).state == "reserved"
        names = [line.name for line in engine.views.journal("delivery", "1")]
        assert names.count("dropoff_deadline_reached") == 1
        assert set(world.happened.values()) == {1}


class Hour(World):
    """A remote that is down until an instant, and remembers in which order it was called."""

    def __init__(self, clock: ManualClock, until: datetime) -> None:
        super().__init__()
        self._clock, self._until = clock, until
        self.in_vain = 0
        self.order: list[tuple[str, str]] = []

    def call(self, effect: Effect, key: str) -> Answer:
        """One call."""
        if self._clock.now() < self._until:
            self.in_vain += 1
            return TryLater("the request was not sent")
        self.order.append((effect.case_key, effect.trigger))
        return super().call(effect, key)


def test_a_remote_that_is_down_for_an_hour_is_tried_seldom_and_then_everything_is_called_in_order(place: Place) -> None:
    clock = ManualClock(AT)
    world = Hour(clock, AT + timedelta(hours=1))
    with opened(place, world, clock=clock) as engine:
        for number in range(40):
            engine.ask("delivery", str(number), "create_with_locker", data={"locker_id": "L"})
            engine.ask("delivery", str(number), "make_requested")
        while (due := engine.drain()) is not None and clock.now() < AT + timedelta(hours=3):
            clock.advance(max(due - clock.now(), timedelta()))
        assert 5 <= world.in_vain <= 20  # five open the circuit, then one trial each time it half-opens
        assert {case.state for case in engine.views.cases()} == {"starting"}
        assert set(world.happened.values()) == {1}
    for key in {key for key, _ in world.order}:
        assert [trigger for each, trigger in world.order if each == key] == ["create_with_locker", "make_requested"]


class Truth:
    """A remote that knows where every rent is."""

    def call(self, effect: Effect, key: str) -> Answer:
        """Reads say it."""
        del key
        return Done({"state": "expired"} if effect.trigger == REMOTE_STATE else {}, remote_id=f"R{effect.case_key}")

    def look_up(self, effect: Effect, key: str) -> Answer:
        """It is never in doubt."""
        del effect, key
        return Unknown("nobody asked")


STORY = ("rent.created", "rent.reserved", "rent.started", "rent.in_progress", "rent.expired")


def test_ten_thousand_doubled_and_shuffled_webhooks_are_applied_once_and_end_where_the_ordered_ones_do(tmp_path: Path) -> None:
    log = [replace(told(f"{key}/{name}", name, key=str(key)), remote_id=f"R{key}") for key in range(500) for name in STORY]
    shuffled = log * 4
    random.Random(3).shuffle(shuffled)  # noqa: S311 - an order, no secret
    ends: list[dict[str, str]] = []
    for number, messages in enumerate((log, shuffled)):
        clock = ManualClock(AT)
        with opened(tmp_path / f"{number}.db", Truth(), clock=clock, looks=True) as engine:
            new = [each for start in range(0, len(messages), 500) for each in engine.accept_all(messages[start : start + 500])]
            assert new.count(True) == len(log)
            engine.drain()
            for _ in range(2):  # holds end, and what is still not known is looked up
                clock.advance(timedelta(minutes=1))
                engine.reconcile()
                engine.drain()
            applied = Counter(row.external_id for row in engine.views.inbox() if row.source == "remote")
            assert set(applied.values()) == {1}
            ends.append({case.key: case.state for case in engine.views.cases()})
    assert ends[0] == ends[1]
    assert set(ends[0].values()) == {"expired"}


@pytest.mark.parametrize(("size", "status"), [(10 * LARGEST_BODY, 413), (LARGEST_BODY, 200)])
def test_a_body_that_is_too_long_is_refused_and_the_longest_allowed_is_kept(place: Place, size: int, status: int) -> None:
    body = json.loads(files("parcelflow.console.data").joinpath("order.json").read_text())
    raw = json.dumps({**body, "kitchen_notes": "x" * (size - len(json.dumps(body)))}).encode()
    assert len(raw) == size
    with opened(place) as engine:
        doors = Doors(blink=BlinkDoor(tokens=["a-token-of-sixteen"]))
        app = receiver(accept=engine.accept_all, clock=lambda: AT, fresh_id=lambda: "fresh", doors=doors)

        async def post() -> int:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here") as client:
                return (await client.post("/blink/a-token-of-sixteen/orders", content=raw)).status_code

        assert asyncio.run(post()) == status
        assert [row.raw for row in engine.views.inbox()] == ([raw] if status == httpx.codes.OK else [])


def poisonous(facts: Facts, _at: datetime) -> Facts:
    """A link of a user's."""
    match facts.get("type"):
        case "raises":
            raise ZeroDivisionError("poison")
        case _:
            return cast("Facts", {"thing": object()})


POISON = Link(
    name="poison",
    source="order",
    state="pending",
    target="task",
    trigger="task_created",
    when=lambda facts: facts.get("type") != "PICK-UP",
    build=poisonous,
)


def test_a_thousand_poison_messages_hold_up_none_of_the_good_ones(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    with opened(place, links=(POISON,)) as engine:
        kinds = ("raises", "PICK-UP")
        engine.accept_all(
            [
                told(f"{kinds[n % 2]}/{n}", "order_webhook", key=str(n), kind="order", data={"type": kinds[n % 2]})
                for n in range(2000)
            ]
        )
        engine.drain()
        rows = engine.views.inbox()
        ends = Counter((row.external_id.partition("/")[0], row.status, row.note) for row in rows)
        assert ends == {
            ("raises", InboxStatus.DEAD, "ZeroDivisionError: poison"): 1000,
            ("PICK-UP", InboxStatus.DONE, ""): 1000,
        }
        assert len(engine.views.cases()) == 1000


def test_a_link_that_builds_no_json_kills_its_message_alone(place: Place) -> None:
    with opened(place, links=(POISON,)) as engine:
        for number, kind in enumerate(("PICK-UP", "no json", "PICK-UP")):
            engine.accept(told(str(number), "order_webhook", key=str(number), kind="order", data={"type": kind}))
        engine.drain()
        rows = engine.views.inbox()
        assert [row.status for row in rows] == [InboxStatus.DONE, InboxStatus.DEAD, InboxStatus.DONE]
        assert rows[1].note == "TypeError: Object of type object is not JSON serializable"
        assert [case.key for case in engine.views.cases()] == ["0", "2"]


ANOTHER = Link(name="another", source="delivery", state="created", target="task", trigger="task_created")


def test_a_text_that_the_database_does_not_keep_kills_its_message_alone(place: Place) -> None:
    with opened(place, links=(ANOTHER,)) as engine:
        for number, order in enumerate(("a", "b\x00", "c")):
            engine.accept(told(str(number), key=str(number), data={"order": order}))
        engine._decide_some()
        rows = [row for row in engine.views.inbox() if row.source == "remote"]
        if engine._store.shared:
            assert [row.status for row in rows] == [InboxStatus.DONE, InboxStatus.DEAD, InboxStatus.DONE]
            assert rows[1].note == "ValueError: a text with a NUL in it cannot be kept"
        else:
            assert [row.status for row in rows] == [InboxStatus.DONE] * 3


def an_id_that_no_index_takes_is_its_senders_fault(place: Place) -> None:
    with opened(place) as engine:
        for name, key in ((ENDLESS, "1"), ("1", ENDLESS)):
            refused = ""
            try:
                engine.accept(told(name, key=key))
                engine.drain()
            except (MalformedEventError, StoreFailedError) as error:
                refused = str(error)
            assert refused == "'rent.created' cannot be kept: an id or key of more than 500 characters"
        assert engine.accept(told("2"))
        engine.drain()
        assert [row.status for row in engine.views.inbox()] == [InboxStatus.DONE]


ENDLESS = "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz0123456789", k=20_000))  # noqa: S311 - no secret
"""What does not become short by being compressed."""


def test_an_id_that_no_index_takes_is_its_senders_fault(place: Place) -> None:
    an_id_that_no_index_takes_is_its_senders_fault(place)


def test_the_longest_id_fits_every_index(place: Place) -> None:
    longest = "".join(random.Random(1).choices("😀😁😂😃😄😅😆😇", k=500))  # noqa: S311 - no secret
    with opened(place) as engine:
        engine.accept(replace(told(longest, key=longest), remote_id=longest))
        engine.accept(told("2", "rent.started", key=longest))
        engine.drain()
        assert engine.views.case("delivery", longest).state == "starting"


def test_the_mutant_that_takes_any_id_is_noticed(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "LONGEST_NAME", 100_000)
    with pytest.raises(AssertionError):
        an_id_that_no_index_takes_is_its_senders_fault(place)


def test_a_message_that_is_too_big_for_the_database_is_its_senders_fault(tmp_path: Path) -> None:
    with opened(tmp_path / "x.db") as engine:
        writer = engine._store._writer
        assert writer is not None
        cast("sqlite3.Connection", writer.driver_connection).setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 20_000)
        with pytest.raises(MalformedEventError, match="cannot be kept: string or blob too big"):
            engine.accept(replace(told("big"), raw=b"x" * 30_000))
        assert engine.accept(told("small"))


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("mysql://ann:hush@h/x", "a database is the path of a SQLite file or a postgresql:// URL, not 'mysql://ann:***@h/x'"),
        ("postgresql://ann:hush@h:port/x", "'postgresql://ann:***@h:port/x' is no URL of a database: "),
        ("nowhere", "'nowhere' is no URL of a database: "),
    ],
)
def test_a_place_that_is_none_is_said_to_be_without_its_password(place: str, said: str) -> None:
    with pytest.raises(BadSettingsError) as caught:
        Engine(place, catalogue(), {})
    assert str(caught.value).startswith(said)
    assert "hush" not in str(caught.value)


def test_a_postgresql_without_its_driver_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(BadSettingsError, match=r"PostgreSQL needs `pip install parcelflow\[postgresql\]`"):
        Engine("postgresql://ann@h/x", catalogue(), {})


@pytest.mark.parametrize(
    "bad",
    [Done({"weight": float("nan")}), Done(remote_id="a\x00b"), Done(remote_id="r" * 501)],
    ids=["no number", "NUL", "endless"],
)
def test_an_answer_that_no_database_keeps_is_in_doubt_and_ends_nobody(place: Place, bad: Answer) -> None:
    class Sloppy(World):
        """Does it, and answers badly."""

        def call(self, effect: Effect, key: str) -> Answer:
            """One call."""
            super().call(effect, key)
            return bad

    clock, world = ManualClock(AT), Sloppy()
    with opened(place, world, clock=clock) as engine:
        engine.ask("delivery", "1", "create_with_locker", data={"locker_id": "L"})
        engine.drain()
        clock.advance(timedelta(seconds=5))
        engine.drain()
        assert engine.views.case("delivery", "1").state == "reserved"
    assert (world.happened.total(), world.looked_up) == (1, 1)


def test_a_caller_that_hangs_holds_up_no_other_case_and_its_answer_is_written_at_the_stop(place: Place) -> None:
    out, back, rest = threading.Event(), threading.Event(), threading.Event()

    class Hanging(World):
        """Hangs on one case."""

        def call(self, effect: Effect, key: str) -> Answer:
            """One call."""
            if effect.case_key == "hangs":
                out.set()
                assert back.wait(60)
            else:
                rest.set()
            return super().call(effect, key)

    with opened(place, Hanging()) as engine:
        engine.start()
        engine.ask("delivery", "hangs", "create_with_locker", data={"locker_id": "L"})
        assert out.wait(60)
        engine.ask("delivery", "other", "create_with_locker", data={"locker_id": "L"})
        assert rest.wait(60)
        stopping = threading.Thread(target=engine.stop)
        stopping.start()
        back.set()
        stopping.join(60)
    with opened(place) as engine:
        statuses = {row.key: row.status for row in engine.views.outbox()}
    assert statuses == {"hangs": OutboxStatus.DONE, "other": OutboxStatus.DONE}


MANY = Statement(
    text(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)"
        " INSERT INTO timer (kind, key, trigger, due_at)"
        " SELECT 'delivery', CAST(i AS text), 'expiry_reached', (SELECT due_at FROM timer WHERE trigger = 'x') FROM n"
    )
)


def test_a_hundred_thousand_timers_at_one_instant_do_not_hold_up_a_webhook(place: Place) -> None:
    with opened(place) as engine:
        engine.ask("delivery", "first", "create_with_locker", data={"locker_id": "L", "expiry_at": AT.isoformat()})
        engine._decide_some()
        engine._calling.work_one()
        engine._decide_some()
        assert engine.views.case("delivery", "first").state == "reserved"
        for name in ("rent.started", "rent.in_progress"):
            engine.accept(told(name, name, key="first"))
        with engine._store.deciding() as tx:
            tx.run(Statement(text("INSERT INTO timer SELECT kind, 'first', 'x', changed_at FROM \"case\"")))
            tx.run(MANY)
        for _ in range(5):
            engine._decide_some()
        assert engine.accept(told("webhook", "rent.created", key="late"))
        batches = 0
        while not any(case.key == "late" for case in engine.views.cases()):
            engine._decide_some()
            batches += 1
        assert batches <= 2
        with engine._store.reading() as tx:
            assert (tx.one(Statement(text("SELECT count(*) FROM timer"))) or (0,))[0] > 99_000
