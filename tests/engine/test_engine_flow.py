"""The way of one event through the engine: each promise of its parts, by example."""

import sqlite3
import threading
from collections.abc import Generator
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest
from killing import comes
from sqlalchemy import text
from stage import START, Stage
from world import World

from parcelflow.conformance import Travelled, check_history
from parcelflow.engine import (
    CountedIds,
    Engine,
    InboxStatus,
    ManualClock,
    OutboxStatus,
    Place,
    Ports,
    RandomIds,
    Store,
    SystemClock,
    pause,
)
from parcelflow.engine.statements import Statement
from parcelflow.engine.wake import Alarms, Worker
from parcelflow.machines import (
    REMOTE_STATE,
    Answer,
    Arrival,
    BadSettingsError,
    Cause,
    Done,
    Effect,
    Event,
    EventNotAllowedError,
    Facts,
    MalformedEventError,
    Outcome,
    Policies,
    Refused,
    StoreFailedError,
    TryLater,
    Unknown,
    UnknownCaseError,
    UnknownMachineError,
    catalogue,
)


@pytest.fixture
def stage(place: Place) -> Generator[Stage, None, None]:
    made = Stage(place)
    yield made
    made.engine.stop()


def reserved(stage: Stage, **data: str) -> None:
    stage.ask("delivery", "1", "create_with_locker", locker_id="L1", expiry_at="2026-01-03T00:00:00+00:00", **data)
    assert stage.state("delivery", "1") == "reserved"


def test_the_same_message_told_twice_is_one(stage: Stage) -> None:
    event = Event(name="order_webhook", at=START, by=Cause.WEBHOOK)
    arrival = Arrival(source="blink", external_id="order/1/abc", system="blink", event=event, raw=b"x", kind="order", key="1")
    assert [stage.engine.accept(arrival) for _ in range(3)] == [True, False, False]
    stage.engine.drain()
    assert stage.outcomes("order", "1") == [Outcome.MOVED]
    assert [row.raw for row in stage.views.inbox()] == [b"x"]


def test_the_same_wish_with_one_name_is_one(stage: Stage) -> None:
    stage.tell("order", "1", "order_webhook")
    assert stage.engine.ask("order", "1", "accept", request_id="r")
    assert not stage.engine.ask("order", "1", "accept", request_id="r")
    stage.engine.drain()
    assert stage.world.happened.total() == 1


def test_a_wish_nobody_can_have_is_refused_where_it_is_made(stage: Stage) -> None:
    with pytest.raises(UnknownMachineError, match="no machine is called 'rent'"):
        stage.engine.ask("rent", "1", "accept")
    with pytest.raises(EventNotAllowedError, match="order has no trigger 'acept'; it has: accept, deliver"):
        stage.engine.ask("order", "1", "acept")
    with pytest.raises(UnknownCaseError, match="there is no order with the key '1'"):
        stage.views.case("order", "1")
    with pytest.raises(MalformedEventError, match="'accept' cannot be kept: Object of type object is not JSON serializable"):
        stage.engine.ask("order", "1", "accept", data=cast("Facts", {"comment": object()}))
    assert stage.views.inbox() == []


def test_a_case_that_no_database_could_keep_is_not_there(stage: Stage) -> None:
    with pytest.raises(UnknownCaseError, match=r"there is no order with the key '1\\x00'"):
        stage.views.case("order", "1\x00")
    assert list(stage.views.journal("order", "1\x00")) == []


def test_a_failing_database_is_not_blamed_on_the_message(stage: Stage) -> None:
    with stage.engine._store.writing() as tx:  # pyright: ignore[reportPrivateUsage]
        tx.run(Statement(text("DROP TABLE inbox")))
    with pytest.raises(StoreFailedError, match=r'nothing was written: (no such table: inbox|relation "inbox" does not exist)'):
        stage.engine.ask("order", "1", "accept")


@pytest.mark.parametrize("answer", [None, Done(cast("Facts", {"at": START}))], ids=["nothing", "data that is not JSON"])
def test_an_answer_that_cannot_be_kept_stops_nobody_else(place: Place, answer: object) -> None:
    class Sloppy(World):
        """Does what it is told, and answers once what no type checker would have let pass."""

        def call(self, effect: Effect, key: str) -> Answer:
            """One call."""
            super().call(effect, key)
            return cast("Answer", answer)

    stage = Stage(place, Sloppy())
    stage.ask("delivery", "1", "create_with_locker", locker_id="L1")
    assert [row.status for row in stage.views.outbox()] == [OutboxStatus.UNSURE]
    stage.advance(minutes=1)
    assert stage.state("delivery", "1") == "reserved"  # by the look-up
    assert stage.world.happened.total() == 1
    stage.engine.stop()


def test_a_wish_refused_by_the_machine_is_in_the_journal_with_its_reason(stage: Stage) -> None:
    stage.tell("order", "1", "order_webhook", data={"type": "PICK-UP"})
    stage.ask("order", "1", "dispatch")
    line = stage.views.journal("order", "1")[-1]
    assert (line.outcome, line.reason) == (
        Outcome.REFUSED,
        "order 1 in 'pending' cannot take 'dispatch': it is allowed in accepted.",
    )


def test_every_applied_event_leaves_its_journal_line(stage: Stage) -> None:
    stage.tell("order", "1", "order_webhook", data={"type": "PICK-UP"})
    stage.ask("order", "1", "accept")
    stage.ask("order", "1", "deliver")
    lines = [line for line in stage.views.journal("order", "1") if line.outcome == Outcome.MOVED]
    history = [Travelled(line.row or "", line.source, line.target) for line in lines]
    assert [step.row for step in history] == ["O01", "O02", "O06"]
    assert check_history(catalogue()["order"], history).obeys


def test_a_lost_answer_is_looked_up_and_not_called_again(place: Place) -> None:
    stage = Stage(place, World(iter(["lost"])))
    stage.ask("delivery", "1", "create_with_locker", locker_id="L1", bloq_id="B")
    assert stage.views.outbox()[0].status == OutboxStatus.UNSURE
    stage.advance(seconds=3)
    assert stage.state("delivery", "1") == "reserved"
    assert (stage.world.happened.total(), stage.world.looked_up) == (1, 1)
    stage.engine.stop()


def test_a_request_lost_on_its_way_is_called_again_once_that_is_proven(place: Place) -> None:
    stage = Stage(place, World(iter(["never", "busy"])))
    stage.ask("delivery", "1", "create_with_locker", locker_id="L1", bloq_id="B")
    for _ in range(3):
        stage.advance(seconds=10)
    assert stage.state("delivery", "1") == "reserved"
    assert (stage.world.happened.total(), stage.world.looked_up) == (1, 1)
    stage.engine.stop()


def test_a_refused_call_leaves_the_state_and_tells_why(place: Place) -> None:
    stage = Stage(place, World(iter(["done", "refused"])))
    reserved(stage)
    stage.ask("delivery", "1", "make_requested")
    assert stage.state("delivery", "1") == "reserved"
    assert stage.views.journal("delivery", "1")[-2].reason == "make_requested was refused: 409"
    assert [row.operation for row in stage.views.outbox()][-1] == "bloqit.rents.get"  # 409: what does the remote think?
    stage.engine.stop()


def test_an_operation_that_no_caller_knows_is_refused(place: Place) -> None:
    with Engine(place, catalogue(), {}, ports=Ports(clock=ManualClock())) as engine:
        engine.ask("delivery", "1", "create_with_locker", data={"locker_id": "L"})
        engine.drain()
        line = engine.views.journal("delivery", "1")[-1]
        assert (line.outcome, line.reason) == (
            Outcome.REFUSED,
            "no caller knows 'bloqit.deliveries.create'; there are callers for: nothing",
        )
        assert engine.views.outbox() == []


def test_a_second_wish_waits_for_the_first_and_is_decided_after_it(place: Place) -> None:
    stage = Stage(place, World(iter(["done", "never"])))
    reserved(stage)
    stage.ask("delivery", "1", "make_requested")
    stage.ask("delivery", "1", "cancel_requested")
    held = stage.views.inbox()[-1]
    assert (held.status, held.note) == (InboxStatus.HELD, "cancel_requested waits for make_requested")
    stage.advance(seconds=10)
    stage.advance(seconds=10)
    assert stage.state("delivery", "1") == "cancelled"
    assert "make_requested" in [line.name for line in stage.views.journal("delivery", "1")]
    stage.engine.stop()


def test_a_webhook_before_the_answer_of_our_own_call_is_parked_and_not_lost(stage: Stage) -> None:
    stage.tell(None, None, "rent.started", remote_id="remote-delivery-1")
    parked = stage.views.inbox()[-1]
    assert (parked.status, parked.note) == (InboxStatus.PARKED, "no case has the bloqit id 'remote-delivery-1' yet")
    stage.ask("delivery", "1", "create_with_locker", locker_id="L1")
    assert stage.views.inbox()[0].status == InboxStatus.DONE
    assert stage.state("delivery", "1") == "starting"


def test_a_message_about_no_case_and_one_about_no_machine_do_not_stop_the_rest(stage: Stage) -> None:
    stage.tell(None, None, "bloq.reconnected")
    stage.tell("spaceship", "1", "launched")
    stage.tell("order", "1", "order_webhook")
    notes = [(row.status, row.note) for row in stage.views.inbox()]
    assert notes == [
        (InboxStatus.DONE, "concerns no case"),
        (InboxStatus.DEAD, "no machine is called 'spaceship'"),
        (InboxStatus.DONE, ""),
    ]


def test_an_early_event_is_held_back_and_then_completed_by_inferred_steps(stage: Stage) -> None:
    reserved(stage)
    stage.tell("delivery", "1", "rent.in_progress")
    assert (stage.state("delivery", "1"), stage.views.inbox()[-1].status) == ("reserved", InboxStatus.HELD)
    stage.advance(seconds=3)
    assert stage.state("delivery", "1") == "in_progress"
    assert [(line.row, line.inferred) for line in stage.views.journal("delivery", "1")][-2:] == [("D09", True), ("D12", False)]


def test_an_early_event_is_decided_at_once_when_what_it_waited_for_arrives(stage: Stage) -> None:
    reserved(stage)
    stage.tell("delivery", "1", "rent.in_progress")
    stage.tell("delivery", "1", "rent.started")
    assert stage.state("delivery", "1") == "in_progress"
    assert not any(line.inferred for line in stage.views.journal("delivery", "1"))


def test_a_deadline_fires_once_and_moves_the_case(stage: Stage) -> None:
    reserved(stage)
    stage.tell("delivery", "1", "rent.started")
    stage.tell("delivery", "1", "rent.in_progress")
    assert [(timer.trigger, timer.due_at.isoformat()) for timer in stage.views.timers()] == [
        ("expiry_reached", "2026-01-03T00:00:00+00:00")
    ]
    stage.advance(days=2, seconds=-1)
    assert stage.state("delivery", "1") == "in_progress"
    stage.advance(seconds=1)
    assert stage.state("delivery", "1") == "expired"
    assert stage.views.timers() == []
    stage.tell("delivery", "1", "rent.expired")
    assert stage.outcomes("delivery", "1")[-1] == Outcome.NO_OP


def test_a_timer_goes_with_the_state_that_wanted_it(stage: Stage) -> None:
    reserved(stage)
    assert [timer.trigger for timer in stage.views.timers()] == ["dropoff_deadline_reached"]
    stage.ask("delivery", "1", "cancel_requested")
    assert stage.views.timers() == []


class Reader:
    """A remote of which only the state can be read; `told` is what it says each time."""

    def __init__(self, told: list[Answer]) -> None:
        self.told = told

    def call(self, effect: Effect, key: str) -> Answer:
        """The next answer, for reads; every other call succeeds."""
        del key
        return self.told.pop(0) if effect.trigger == REMOTE_STATE else Done(remote_id=f"r-{effect.case_key}")

    def look_up(self, effect: Effect, key: str) -> Answer:
        """Nothing is known."""
        del effect, key
        return Unknown("no way to know")


def reading(place: Place, told: list[Answer]) -> Stage:
    stage = Stage(place)
    stage.engine.stop()
    callers = {"bloqit": Reader(told)}
    stage.engine = Engine(stage.place, catalogue(), callers, ports=Ports(clock=stage.clock, ids=CountedIds()))
    reserved(stage)
    for name in ("rent.started", "rent.in_progress", "rent.expired"):
        stage.tell("delivery", "1", name)
    return stage


def test_a_contradiction_is_looked_up_and_the_remote_wins(place: Place) -> None:
    stage = reading(place, [Done({"state": "locker_opened"})])
    stage.tell("delivery", "1", "rent.locker_opened")
    assert stage.outcomes("delivery", "1")[-2:] == [Outcome.CONTRADICTION, Outcome.RECONCILED]
    assert stage.state("delivery", "1") == "locker_opened"
    stage.engine.stop()


def test_a_look_up_older_than_what_was_heard_since_is_read_again(place: Place) -> None:
    stage = reading(place, [TryLater("busy", timedelta(seconds=5)), Done({"state": "in_progress"}), Done({"state": "expired"})])
    stage.tell("delivery", "1", "rent.locker_opened")
    stage.tell("delivery", "1", "locker.open_warning")  # heard after the look-up was decided
    stage.advance(seconds=5)
    assert stage.state("delivery", "1") == "expired"
    assert stage.outcomes("delivery", "1")[-3:] == [Outcome.NOTED, Outcome.NOTED, Outcome.NO_OP]
    stage.engine.stop()


def test_two_cases_never_share_a_remote_id(place: Place) -> None:
    class Careless(World):
        def call(self, effect: Effect, key: str) -> Answer:
            super().call(effect, key)
            return Done(remote_id="the-same")

    stage = Stage(place, Careless())
    for key in ("1", "2"):
        stage.ask("delivery", key, "create_with_locker", locker_id="L")
    assert [(case.key, case.remote_id) for case in stage.views.cases()] == [("1", "the-same"), ("2", None)]
    stage.engine.stop()


def test_links_carry_an_order_through_courier_and_locker(stage: Stage) -> None:
    stage.tell("order", "1", "order_webhook", data={"type": "DELIVERY", "paid": True, "customer_name": "Ann"})
    stage.ask("order", "1", "accept", bloq_id="B", locker_id="L")
    assert {(case.kind, case.state) for case in stage.views.cases()} == {
        ("order", "accepted"),
        ("task", "created"),
        ("delivery", "reserved"),
    }
    task = next(row for row in stage.views.outbox() if row.kind == "task")
    assert (task.data["payment_type"], task.data["customer_name"], task.data["order"]) == ("ONLINE", "Ann", "1")
    for name in ("task_assigned", "task_started"):
        stage.tell("task", "1", name)
    assert stage.state("order", "1") == "dispatched"
    for name in ("rent.started", "rent.in_progress"):
        stage.tell("delivery", "1", name)
    stage.tell("task", "1", "task_finished")
    assert stage.state("order", "1") == "dispatched"  # in the locker is not with the customer
    for name in ("rent.collect_item", "rent.price_calculation", "rent.finished"):
        stage.tell("delivery", "1", name)
    assert stage.state("order", "1") == "delivered"


def test_a_parcel_that_the_courier_retrieves_delivers_no_order(stage: Stage) -> None:
    stage.tell("order", "1", "order_webhook", data={"type": "DELIVERY"})
    stage.ask("order", "1", "accept", bloq_id="B")
    for name in ("rent.reserved", "rent.started", "rent.in_progress", "rent.expired"):
        stage.tell("delivery", "1", name)
    stage.ask("delivery", "1", "collect_requested", locker_id="L")
    for name in ("rent.price_calculation", "rent.finished"):
        stage.tell("delivery", "1", name)
    assert (stage.state("delivery", "1"), stage.state("order", "1")) == ("finished", "dispatched")


def test_without_a_locker_the_courier_delivers_the_order_and_a_return_rejects_it(stage: Stage) -> None:
    for key, last in (("1", "delivered"), ("2", "rejected")):
        stage.tell("order", key, "order_webhook", data={"type": "DELIVERY"})
        stage.ask("order", key, "accept")
        for name in ("task_assigned", "task_started"):
            stage.tell("task", key, name)
        if last == "delivered":
            stage.tell("task", key, "task_finished")
        else:
            stage.ask("task-return", key, "task_created", order=key)
            for name in ("task_assigned", "task_started", "task_finished"):
                stage.tell("task-return", key, name)
        assert stage.state("order", key) == last


def test_the_threads_do_what_drain_does(place: Place) -> None:
    stage = Stage(place, World(iter(["busy"])))
    stage.engine.start()
    assert stage.engine.alive
    stage.engine.ask("delivery", "1", "create_with_locker", data={"locker_id": "L1"})
    stage.engine.stop()
    assert not stage.engine.alive
    stage.engine = Engine(stage.place, catalogue(), {"bloqit": stage.world}, ports=Ports(clock=stage.clock))
    stage.engine.drain()
    stage.advance(seconds=1)
    assert stage.state("delivery", "1") == "reserved"
    stage.engine.stop()


def test_a_door_is_opened_once_though_asked_for_again_before_the_answer_is_decided(stage: Stage) -> None:
    reserved(stage)

    def again() -> None:
        stage.engine.ask("delivery", "1", "make_requested")

    stage.world.meanwhile = again
    stage.ask("delivery", "1", "make_requested")
    assert stage.state("delivery", "1") == "starting"
    assert stage.world.meant["delivery", "1", "bloqit.deliveries.make make_requested"] == 1
    assert stage.outcomes("delivery", "1")[-3:] == [Outcome.ASKED, Outcome.NO_OP, Outcome.MOVED]


class Ringing(World):
    """A world that asks to be called again in an hour, and rings at each call."""

    def __init__(self) -> None:
        super().__init__()
        self.rung = threading.Semaphore(0)
        self._calls = 0

    def call(self, effect: Effect, key: str) -> Answer:
        """The first call is put off."""
        self._calls += 1
        answer = TryLater("429", timedelta(hours=1)) if self._calls == 1 else super().call(effect, key)
        self.rung.release()
        return answer


def test_a_poke_has_the_threads_look_at_the_clock_again(place: Place) -> None:
    world = Ringing()
    stage = Stage(place, world)
    stage.engine.start()
    stage.engine.ask("delivery", "1", "create_with_locker", data={"locker_id": "L1"})
    assert world.rung.acquire(timeout=60)
    assert comes(lambda: [(row.status, row.attempts) for row in stage.views.outbox()] == [("open", 1)], within=60)
    stage.clock.advance(timedelta(hours=1))  # it counts from when the first answer is settled
    stage.engine.poke()
    assert world.rung.acquire(timeout=60)
    stage.engine.stop()
    assert world.happened.total() == 1


def test_no_alarm_is_swallowed_by_one_that_is_still_ringing() -> None:
    alarms, ringing, rung = Alarms(), threading.Event(), threading.Event()

    def slow() -> None:
        ringing.set()
        rung.wait(timeout=0.3)  # not before the other is due

    alarms.start()
    try:
        alarms.ring("same", slow, after=timedelta())
        assert ringing.wait(timeout=60)
        alarms.ring("same", rung.set, after=timedelta())
        assert rung.wait(timeout=60)
    finally:
        alarms.stop()


def test_a_worker_that_never_began_can_be_ended() -> None:
    worker = Worker("idle", lambda: None, ManualClock(START), alarms=Alarms())
    worker.stop()
    assert not worker.alive


def test_a_link_to_a_machine_that_is_not_run_tells_nobody(place: Place) -> None:
    stage = Stage(place)
    stage.engine.stop()
    orders = {"order": catalogue()["order"]}
    stage.engine = Engine(stage.place, orders, {"blink": stage.world}, ports=Ports(clock=stage.clock))
    stage.tell("order", "1", "order_webhook", data={"type": "DELIVERY"})
    stage.ask("order", "1", "accept")
    assert stage.state("order", "1") == "accepted"
    assert [(case.kind, case.key) for case in stage.views.cases()] == [("order", "1")]
    stage.engine.stop()


def test_one_file_takes_one_engine_at_a_time(tmp_path: Path) -> None:
    stage = Stage(tmp_path / "x.db")
    with pytest.raises(BadSettingsError, match=r"x\.db is in use by another engine"):
        Engine(stage.place, catalogue(), {})
    with pytest.raises(BadSettingsError, match="cannot be parcelflow's database"):
        Engine(tmp_path / "nowhere" / "x.db", catalogue(), {})
    stage.engine.stop()


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_bytes(b"this is not a database, and longer than a header" * 50)
    with pytest.raises(BadSettingsError, match=r"x\.db cannot be used as parcelflow's database: file is not a database"):
        Store(tmp_path / "x.db")


def test_the_file_is_opened_for_power_cuts(tmp_path: Path) -> None:
    stage = Stage(tmp_path / "x.db")
    stage.tell("order", "1", "order_webhook")
    with stage.engine._store.reading() as tx:  # pyright: ignore[reportPrivateUsage]
        pragmas = [tx.one(Statement(text(f"PRAGMA {name}"))) for name in ("journal_mode", "synchronous")]
    assert pragmas == [("wal",), (2,)]
    reader = sqlite3.connect(tmp_path / "x.db")
    assert reader.execute("select count(*) from inbox").fetchone() == (1,)
    reader.close()
    stage.engine.stop()


def test_pauses_double_and_are_bounded() -> None:
    assert [pause(n).total_seconds() for n in (0, 1, 2, 3, 8, 9, 1000)] == [2, 2, 4, 8, 256, 300, 300]


def test_ports() -> None:
    ahead = SystemClock(timedelta(days=1))
    ahead.advance(timedelta(days=1))
    assert timedelta(hours=47) < ahead.now() - SystemClock().now() < timedelta(hours=49)
    assert len({RandomIds().fresh() for _ in range(100)}) == 100
    ids = CountedIds()
    assert [ids.fresh(), ids.fresh()] == ["id-1", "id-2"]


def test_a_history_that_is_no_walk_is_told_where_it_leaves_the_machine() -> None:
    table = catalogue()["order"]
    verdict = check_history(table, [Travelled("O01", "absent", "pending"), Travelled("O05", "dispatched", "delivered")])
    assert (verdict.legal, verdict.fault) == (1, "O05 leaves 'dispatched', but the history is in 'pending'")
    verdict = check_history(table, [Travelled("O01", "absent", "accepted")])
    assert (verdict.fault, verdict.allowed) == ("order has no arrow O01 from 'absent' to 'accepted'", ("O01",))
    verdict = check_history(table, [Travelled("reconciled", "absent", "lost")])
    assert verdict.fault == "'lost' is no state of order"
    assert check_history(table, [Travelled("reconciled", "absent", "delivered")]).jumps == 1


def test_refused_stays_refused(place: Place) -> None:
    class No(World):
        def call(self, effect: Effect, key: str) -> Answer:
            del effect, key
            return Refused("no")

    stage = Stage(place, No())
    stage.ask("task", "1", "task_created")
    stage.advance(days=1)
    assert [row.status for row in stage.views.outbox()] == [OutboxStatus.REFUSED]
    assert stage.state("task", "1") == "absent"
    stage.engine.stop()


def test_a_store_lives_from_its_start_to_its_end(stage: Stage) -> None:
    stage.ask("store", "1", "start_requested", locker_id="L1")
    assert stage.state("store", "1") == "created"
    for signal in ("rent.started", "rent.in_progress"):
        stage.tell("store", "1", signal)
    stage.ask("store", "1", "end_requested_closed")
    assert stage.state("store", "1") == "price_calculation"
    stage.tell("store", "1", "rent.finished")
    assert stage.state("store", "1") == "finished"
    assert [row.operation for row in stage.views.outbox()] == ["bloqit.stores.start", "bloqit.stores.end"]


def test_a_locker_is_followed_from_what_it_is_assumed_to_be(stage: Stage) -> None:
    stage.tell("locker", "L1", "locker.locker_opened", remote_id="5d5a")
    assert stage.state("locker", "L1") == "open+active+free"
    stage.ask("locker", "L1", "disable")
    assert stage.state("locker", "L1") == "open+inactive+free"
    stage.ask("locker", "L1", "rent_command")
    assert stage.outcomes("locker", "L1")[-1] == Outcome.NO_OP  # the door is open
    stage.tell("locker", "L1", "locker.locker_closed")
    stage.ask("locker", "L1", "rent_command")
    assert stage.outcomes("locker", "L1")[-1] == Outcome.REFUSED
    lines = [line for line in stage.views.journal("locker", "L1") if line.outcome == Outcome.MOVED]
    steps = [Travelled(line.row or "", line.source, line.target) for line in lines]
    assert check_history(catalogue()["locker"], steps).obeys


def test_a_later_version_of_the_api_is_a_setting_of_the_tables(tmp_path: Path) -> None:
    for level, outcome in (("1.35", Outcome.REFUSED), ("1.64", Outcome.ASKED)):
        world = World()
        tables = catalogue(Policies(api_level=level))
        with Engine(tmp_path / f"{level}.db", tables, {"bloqit": world}, ports=Ports(clock=ManualClock(START))) as engine:
            for number, name in enumerate(("rent.created", "rent.started", "rent.in_progress", "rent.expired")):
                event = Event(name=name, at=START, by=Cause.WEBHOOK)
                engine.accept(
                    Arrival(source="x", external_id=str(number), system="bloqit", event=event, raw=b"", kind="send", key="1")
                )
            engine.ask("send", "1", "open_requested")
            engine.drain()
            lines = [line for line in engine.views.journal("send", "1") if line.name == "open_requested"]
            assert lines[0].outcome == outcome
