"""Threads of an engine and their calls: who begins, who is missed, who is waited for, and how an answer comes back."""

# pyright: reportPrivateUsage=false
# A mutant is the code under test with one wrong line; it has to reach inside.

import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Never

import pytest
from killing import Check, Mutant, comes, dies, grace, patience
from sqlalchemy import bindparam, select
from walks import RAM
from world import World

from parcelflow.engine import NEVER, Crash, Engine, Habits, Manners, ManualClock, OutboxStatus, Pace, Ports, gates, nudge, outbox
from parcelflow.engine import errands as errands_module
from parcelflow.engine.backoff import Stamina
from parcelflow.engine.batch import SEND
from parcelflow.engine.breaker import Circuit
from parcelflow.engine.calling import Beside, Calling
from parcelflow.engine.crew import Crew
from parcelflow.engine.driver import Local
from parcelflow.engine.errands import Back, Errands
from parcelflow.engine.gates import Gates, GateState
from parcelflow.engine.notices import Notice
from parcelflow.engine.outbox import Work
from parcelflow.engine.outgoing import CallAnswered, CallFailed, CallMade
from parcelflow.engine.points import Reach
from parcelflow.engine.statements import Statement, Values
from parcelflow.engine.store import OUTBOX
from parcelflow.engine.telling import Since, answered, made, said_of, word_of
from parcelflow.engine.tx import Tx
from parcelflow.machines import (
    Answer,
    Arrival,
    BadSettingsError,
    Done,
    Effect,
    Refused,
    StoreFailedError,
    TryLater,
    Unknown,
    catalogue,
)

AT = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
PATIENT = 60.0
"""Seconds that a pretend remote is held at most; a test that forgets it does not hang for ever."""
QUIET = Habits(looks=NEVER, sweep=HOUR, at_once=False)
"""Nobody looks unless woken, and whoever asks does not decide."""


class Remote(World):
    """A world that several threads call: it says when it is called, holds who calls while it is told to, and may answer anything.

    Args:
        fates: What becomes of the first calls: what is answered while nothing has happened, what is raised after it has happened,
            how long it takes, or None for a plain success, as all those after them are.
        finds: What look-ups answer first.
    """

    def __init__(self, fates: Iterable[object] = (), finds: Iterable[Answer] = ()) -> None:
        super().__init__()
        self.out = threading.Semaphore(0)
        self.may = threading.Event()
        self.may.set()
        self.clock = ManualClock(AT)
        self.at_once: Counter[str] = Counter()
        self.most: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._fates, self._finds = iter(fates), iter(finds)

    def call(self, effect: Effect, key: str) -> Answer:
        """One call."""
        with self._lock:
            fate = next(self._fates, None)
            self.at_once[effect.case_key] += 1
            self.most[effect.case_key] = max(self.most[effect.case_key], self.at_once[effect.case_key])
        self.out.release()
        self.may.wait(PATIENT)
        with self._lock:
            self.at_once[effect.case_key] -= 1
            if isinstance(fate, timedelta):
                self.clock.advance(fate)
            elif fate is not None and not isinstance(fate, BaseException):
                return fate  # pyright: ignore[reportReturnType] - a caller of somebody's who uses no type checker
            found = super().call(effect, key)
        if isinstance(fate, BaseException):
            raise fate
        return found

    def look_up(self, effect: Effect, key: str) -> Answer:
        """What became of a call."""
        with self._lock:
            return next(self._finds, None) or super().look_up(effect, key)


class Defect(Exception):  # noqa: N818 - no error of a library's, but what a defect raises
    """Something that nobody has foreseen."""


@contextmanager
def engine_of(
    remote: Remote, *, habits: Habits = QUIET, reach: Reach = lambda _point: None, driver: Local | None = None
) -> Generator[Engine]:
    """An engine over a remote and its clock; in the end the remote holds nobody, and what a mutant has left at work is ended."""
    with tempfile.TemporaryDirectory(dir=RAM if RAM.is_dir() else None) as folder:
        ports = Ports(clock=remote.clock, reach=reach)
        if driver is not None:
            habits = replace(QUIET, driver=driver)
        made = Engine(Path(folder) / "x.db", catalogue(), {"bloqit": remote}, ports=ports, habits=habits)
        try:
            yield made
        finally:
            remote.may.set()
            ended(made)


def threads() -> list[threading.Thread]:
    """Those of engines."""
    return [thread for thread in threading.enumerate() if thread.name.startswith("parcelflow-")]


def ended(engine: Engine) -> None:
    """End everything, whatever is wrong with it."""
    crew = engine._crew
    crew.decider._stopping.set()
    for stop in (
        crew._alarms.stop,
        crew._carrying.stop,
        crew._ear.stop,
        crew._historian.stop,
        crew.decider.stop,
        crew.caller.stop,
    ):
        with suppress(Exception):
            stop()
    with suppress(Exception):
        engine._calling.stop()
    engine._started = False
    with suppress(Exception):
        engine.stop()
    engine._store.close()
    engine._let_go()
    for thread in threads():
        thread.join(PATIENT)


def ask(engine: Engine, key: str = "1") -> None:
    """A rent is wished for."""
    engine.ask("delivery", key, "create_with_locker", data={"locker_id": "L"})


def statuses(engine: Engine) -> list[str]:
    """Of all effects, oldest first."""
    return [row.status for row in engine.views.outbox()]


def gate(engine: Engine) -> GateState:
    """How the remote's gate stands."""
    return engine._calling.gates.states(engine._ports.clock.now())["bloqit"]


def again(engine: Engine) -> Engine:
    """A new engine over the same file, that calls nobody."""
    return Engine(Path(str(engine._store._database.url.database)), catalogue(), {})


def effect(key: str, number: int) -> Values:
    """An effect that waits."""
    told: Values = {"effect_key": f"{key}/{number}", "kind": "delivery", "key": key, "system": "bloqit"}
    wish: Values = {"operation": "bloqit.deliveries.create", "trigger": "create_with_locker", "data": {}, "wish": {}}
    place: Values = {"status": "open", "attempts": 0, "lives": 0, "due_at": AT, "leased_until": None, "over": False}
    return {**told, **wish, **place, "remote_id": None, "answer": "", "trace": None}


def sent(engine: Engine, *effects: Values) -> None:
    """Effects wait."""
    with engine._store.writing() as tx:
        tx.many(SEND, effects)


# --- the crew -------------------------------------------------------------------------------------------------------------


def called_after_an_hour(wake: Callable[[Engine], None]) -> bool:
    """Whether what is due in an hour is called once the clock was moved and the threads have been told so."""
    remote = Remote()
    with engine_of(remote) as engine:
        sent(engine, {**effect("1", 1), "due_at": AT + HOUR})
        engine.start()
        alarms: Any = engine._crew._alarms._scheduler
        # Once it has an alarm it has looked, and an hour of real time is all that wakes it besides.
        assert comes(lambda: alarms.get_job("caller") is not None, within=patience())
        remote.clock.advance(HOUR)
        wake(engine)
        return remote.out.acquire(timeout=patience())


def whoever_sees_to_calls_is_at_work_and_hears_of_a_moved_clock() -> None:
    assert called_after_an_hour(lambda engine: engine.poke())


def a_nudge_from_elsewhere_reaches_whoever_sees_to_calls() -> None:
    def elsewhere(engine: Engine) -> None:
        with engine._store.writing() as tx:
            nudge.nudge(tx)

    assert called_after_an_hour(elsewhere)


def failing(engine: Engine, who: str, patch: pytest.MonkeyPatch) -> None:
    """Have one of the threads run into a defect as soon as it begins, and wait until it has."""

    def fail(*_given: object, **_named: object) -> Never:
        raise Defect(who)

    patch.setattr(*((engine._deciding, "some") if who == "decider" else (engine._calling, "work")), fail)
    engine.start()
    work = (engine._crew.decider if who == "decider" else engine._crew.caller)._life._work
    assert work is not None
    assert isinstance(work.exception(PATIENT), Defect)


def a_thread_that_has_failed_is_missed() -> None:
    for who in ("decider", "caller"):
        with engine_of(Remote()) as engine, pytest.MonkeyPatch.context() as patch:
            failing(engine, who, patch)
            assert not engine.alive, who
            assert engine.health().troubles == ("a thread of the engine has failed; start it again",)


def what_ended_a_thread_is_raised_by_the_stop_that_ends_all_others() -> None:
    for who in ("decider", "caller"):
        with engine_of(Remote()) as engine, pytest.MonkeyPatch.context() as patch:
            failing(engine, who, patch)
            said = ""
            try:
                engine.stop()
            except Defect as error:
                said = str(error)
            assert said == who
            assert [thread.name for thread in threads()] == []
            opens = True
            try:
                again(engine).stop()
            except BadSettingsError:
                opens = False
            assert opens, "the file is still held"


def stopping(engine: Engine) -> tuple[threading.Thread, list[Exception]]:
    """A thread that stops an engine, and what the stop has raised."""
    raised: list[Exception] = []

    def stop() -> None:
        try:
            engine.stop()
        except Exception as error:  # noqa: BLE001 - a mutant may raise anything
            raised.append(error)

    thread = threading.Thread(target=stop)
    thread.start()
    return thread, raised


@contextmanager
def call_out(*, reach: Reach = lambda _point: None) -> Generator[tuple[Engine, Remote]]:
    """An engine at work, with a call that is out and stays so."""
    remote = Remote()
    remote.may.clear()
    with engine_of(remote, reach=reach) as engine:
        engine.start()
        ask(engine)
        assert remote.out.acquire(timeout=PATIENT)
        yield engine, remote


def a_stop_waits_for_calls_that_are_out() -> None:
    with call_out() as (engine, remote):
        thread, _ = stopping(engine)
        over = comes(lambda: not thread.is_alive(), within=grace())
        remote.may.set()
        thread.join(PATIENT)
        assert not over


def what_comes_back_during_a_stop_is_written_down() -> None:
    with call_out() as (engine, remote):
        thread, raised = stopping(engine)
        assert comes(lambda: not engine._crew.decider.alive, within=PATIENT)  # who would have written it otherwise has ended
        remote.may.set()
        thread.join(PATIENT)
        assert raised == []
        with again(engine) as next_one:
            assert statuses(next_one) == [OutboxStatus.DONE]


def stopped_while_the_database_fails(times: int) -> tuple[list[Exception], list[str]]:
    """What a stop raises, and how the effect stands then, where what came back cannot be written so often."""
    fails = iter([StoreFailedError("the server closed the connection")] * times)

    def reach(point: str) -> None:
        if point == "settling" and (error := next(fails, None)) is not None:
            raise error

    with call_out(reach=reach) as (engine, remote):
        thread, raised = stopping(engine)
        assert comes(lambda: not engine._crew.decider.alive, within=PATIENT)
        remote.may.set()
        thread.join(PATIENT)
        with again(engine) as next_one:
            return raised, statuses(next_one)


def a_stop_outlives_a_connection_that_has_died() -> None:
    assert stopped_while_the_database_fails(1) == ([], [OutboxStatus.DONE])


def a_stop_that_could_not_write_what_came_back_says_so() -> None:
    raised, left = stopped_while_the_database_fails(2)
    assert [type(error) for error in raised] == [StoreFailedError]
    assert left == [OutboxStatus.UNSURE]  # whoever is next looks it up


def nothing_is_claimed_that_nobody_is_there_to_call() -> None:
    """The stop comes between a claim and its call."""
    claimed, go = threading.Event(), threading.Event()

    def reach(point: str) -> None:
        if point == "claimed" and not claimed.is_set():
            claimed.set()
            go.wait(PATIENT)

    with engine_of(Remote(), reach=reach) as engine:
        engine.start()
        ask(engine)
        assert claimed.wait(PATIENT)
        thread, raised = stopping(engine)
        comes(lambda: not engine._calling._threaded, within=grace())
        go.set()
        thread.join(PATIENT)
        assert raised == []
        with again(engine) as next_one:
            assert statuses(next_one) == [OutboxStatus.DONE]


class Carrier(Local):
    """A driver that is told apart from one that nobody runs."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__(clock)
        self.began, self.over = threading.Event(), threading.Event()

    def run(self, stop: threading.Event) -> None:
        """Until it is to stop."""
        self.began.set()
        stop.wait(PATIENT)
        self.over.set()


def a_driver_has_a_thread_from_the_start_to_the_stop() -> None:
    remote = Remote()
    driver = Carrier(remote.clock)
    with engine_of(remote, driver=driver) as engine:
        engine.start()
        assert driver.began.wait(patience())
        assert not driver.over.is_set()
        engine.stop()
        assert driver.over.is_set()


class History:
    """A remote's memory."""

    def __init__(self) -> None:
        self.asked = threading.Event()

    def told(self, since: datetime, until: datetime) -> Sequence[Arrival]:
        """Nothing was told."""
        del since, until
        self.asked.set()
        return []

    def reached(self, since: datetime, until: datetime) -> Iterable[tuple[str, str]]:
        """Nothing was reached."""
        del since, until
        return ()


def a_remotes_memory_is_asked_by_a_thread() -> None:
    history = History()
    with engine_of(Remote(), habits=Habits(looks=NEVER, sweep=HOUR, historians={"bloqit": history})) as engine:
        engine.start()
        assert history.asked.wait(patience())


# --- calls and their answers, in threads ----------------------------------------------------------------------------------


def calls_of_one_case_are_never_out_together() -> None:
    remote = Remote()
    remote.may.clear()
    with engine_of(remote) as engine:
        sent(engine, effect("1", 1), effect("1", 2), effect("2", 1))
        engine.start()
        for _ in range(2):
            assert remote.out.acquire(timeout=PATIENT)
        assert not comes(lambda: remote.most["1"] > 1, within=grace())
        remote.may.set()
        assert remote.out.acquire(timeout=PATIENT)  # the second of the case, after the first


def two_who_claim_at_once_do_not_share_their_room() -> None:
    """Room for one call: one thread has claimed it, and has not begun when another decides what is to be called too."""
    remote = Remote()
    remote.may.clear()
    inside, go = threading.Event(), threading.Event()
    habits = Habits(looks=NEVER, sweep=HOUR, manners=Manners(default=Pace(concurrency=1)))
    with engine_of(remote, habits=habits) as engine, pytest.MonkeyPatch.context() as patch:
        honest = engine._calling._begin

        def begin(works: Sequence[Work]) -> None:
            if works and not inside.is_set():
                inside.set()
                go.wait(PATIENT)
            honest(works)

        patch.setattr(engine._calling, "_begin", begin)
        sent(engine, effect("1", 1))
        engine._calling.start(lambda: None, lambda: None)
        other = threading.Thread(target=engine._calling.work)
        other.start()
        assert inside.wait(PATIENT)
        ask(engine, "2")
        engine._drain_inbox()
        go.set()
        other.join(PATIENT)
        assert statuses(engine) == [OutboxStatus.CLAIMED, OutboxStatus.OPEN]
        remote.may.set()


@contextmanager
def claimed_ahead(remote: Remote, *keys: str) -> Generator[Engine]:
    """One call may be out at once, has been as quick as none, and is out; what else waited has been claimed ahead of its turn."""
    manners = Manners(default=Pace(concurrency=1), stamina=Stamina(attempts=1))
    with engine_of(remote, habits=Habits(looks=NEVER, sweep=HOUR, manners=manners)) as engine:
        engine.start()
        ask(engine, "quick")
        assert comes(lambda: statuses(engine) == [OutboxStatus.DONE], within=PATIENT)
        assert remote.out.acquire(timeout=PATIENT)
        remote.may.clear()
        sent(engine, effect("out", 1), *({**effect(key, 1), "status": key.partition(" ")[0]} for key in keys))
        engine.poke()
        assert remote.out.acquire(timeout=PATIENT)
        assert comes(lambda: statuses(engine)[1:] == [OutboxStatus.CLAIMED] * (1 + len(keys)), within=patience())
        yield engine


def what_is_claimed_ahead_waits_for_its_turn() -> None:
    remote = Remote()
    with claimed_ahead(remote, "open", "open too"):
        assert not remote.out.acquire(timeout=grace())
        remote.may.set()
        assert remote.out.acquire(timeout=PATIENT)
        assert remote.out.acquire(timeout=PATIENT)


def what_is_claimed_ahead_is_left_alone_where_the_remote_asks_for_it() -> None:
    """It was not tried, so it is not given up, and what nobody knew of it nobody knows now."""
    remote = Remote([None, TryLater("429", HOUR)])
    with claimed_ahead(remote, "open", "unsure") as engine:
        remote.may.set()
        left = [OutboxStatus.DONE, OutboxStatus.DEAD, OutboxStatus.OPEN, OutboxStatus.UNSURE]
        assert comes(lambda: statuses(engine) == left, within=patience())
        assert engine.views.outbox()[2].due_at == AT + HOUR
        assert (remote.happened.total(), remote.looked_up, gate(engine).under_way) == (1, 0, 0)


def what_is_claimed_ahead_is_left_alone_where_the_remote_is_down() -> None:
    """The first of five that fail is out, and what is claimed beside it is what has room."""
    remote = Remote([None, *[Unknown("no answer")] * 5])
    with claimed_ahead(remote, *(f"open {number}" for number in range(6))) as engine:
        remote.may.set()
        left = [OutboxStatus.DONE, *[OutboxStatus.DEAD] * 5, OutboxStatus.OPEN, OutboxStatus.OPEN]
        assert comes(lambda: statuses(engine) == left, within=patience())
        assert (gate(engine).word, gate(engine).under_way) == (Circuit.OPEN, 0)


def whatever_comes_back_wakes_whoever_settles(fate: object = None) -> None:
    back = threading.Event()
    with engine_of(Remote([fate])) as engine:
        engine._calling.start(back.set, lambda: None)
        ask(engine)
        engine._drain_inbox()
        assert back.wait(patience())
        engine._drain_inbox()
        assert statuses(engine) == [OutboxStatus.DONE if fate is None else OutboxStatus.UNSURE]


def a_thread_that_a_caller_ends_wakes_whoever_settles() -> None:
    whatever_comes_back_wakes_whoever_settles(SystemExit(3))


def an_answer_outlives_the_transaction_that_could_not_write_it() -> None:
    fails = iter([True])

    def reach(point: str) -> None:
        if point == "settling" and next(fails, False):
            raise StoreFailedError("the disk is full")

    back, remote = threading.Event(), Remote()
    with engine_of(remote, reach=reach) as engine:
        engine._calling.start(back.set, lambda: None)
        ask(engine)
        engine._drain_inbox()
        assert back.wait(PATIENT)
        with pytest.raises(StoreFailedError):
            engine._drain_inbox()
        engine._drain_inbox()
        assert (engine.views.case("delivery", "1").state, remote.happened.total()) == ("reserved", 1)


def a_claim_lasts_as_long_as_the_manners_say() -> None:
    remote = Remote()
    remote.may.clear()
    with engine_of(remote, habits=Habits(looks=NEVER, sweep=HOUR, manners=Manners(lease=HOUR))) as engine:
        engine.start()
        ask(engine)
        assert remote.out.acquire(timeout=PATIENT)
        with engine._store.reading() as tx:
            assert tx.all(Statement(select(OUTBOX.c.leased_until))) == [(AT + HOUR,)]
        remote.may.set()


# --- one errand -----------------------------------------------------------------------------------------------------------


def drained(engine: Engine) -> str:
    """Do what is due in this thread; what came out of it that nobody has caught."""
    try:
        engine.drain()
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a mutant may raise anything
        return type(error).__name__
    return ""


def a_caller_that_raises_stops_nobody_and_is_not_believed_to_have_refused() -> None:
    remote = Remote([Defect("after the door has opened")])
    with engine_of(remote) as engine:
        ask(engine, "1")
        ask(engine, "2")
        assert drained(engine) == ""
        assert statuses(engine) == [OutboxStatus.UNSURE, OutboxStatus.DONE]
        assert gate(engine).under_way == 0
        remote.clock.advance(timedelta(minutes=1))
        engine.drain()
        assert engine.views.case("delivery", "1").state == "reserved"
        assert (remote.happened.total(), remote.looked_up) == (2, 1)


def an_answer_is_looked_at_before_it_is_believed() -> None:
    for nonsense in ("done", Done({"weight": float("nan")})):
        remote = Remote([nonsense])
        with engine_of(remote) as engine:
            ask(engine)
            assert drained(engine) == ""
            assert statuses(engine) == [OutboxStatus.UNSURE], nonsense


def what_ends_a_thread_ends_it_and_is_made_up_for() -> None:
    remote = Remote([SystemExit(3)])
    with engine_of(remote) as engine:
        ask(engine)
        assert drained(engine) == "SystemExit"
        assert gate(engine).under_way == 0
        assert drained(engine) == ""
        assert statuses(engine) == [OutboxStatus.UNSURE]
        remote.clock.advance(timedelta(minutes=1))
        engine.drain()
        assert (engine.views.case("delivery", "1").state, remote.happened.total()) == ("reserved", 1)


def of_a_process_that_ends_nothing_is_settled() -> None:
    with engine_of(Remote([Crash("called")])) as engine:
        ask(engine)
        with pytest.raises(Crash):
            engine.drain()
        engine._calling.start(lambda: None, lambda: None)
        engine._calling.stop()
        assert statuses(engine) == [OutboxStatus.CLAIMED]


def what_a_look_up_has_not_found_says_nothing_of_the_remote() -> None:
    remote = Remote([Unknown("lost")], [TryLater("it cannot be told yet")])
    with engine_of(remote) as engine:
        ask(engine)
        due = engine.drain()
        assert due is not None
        remote.clock.advance(due - AT)
        engine.drain()
        assert [(row.status, row.attempts) for row in engine.views.outbox()] == [("open", 2)]
        assert (gate(engine).word, gate(engine).failures) == (Circuit.CLOSED, 1)


class Ears:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[Notice] = []

    def hear(self, notice: Notice) -> None:
        """One fact."""
        self.told.append(notice)

    def of_calls(self) -> list[tuple[object, ...]]:
        """What it was told of calls."""
        found: list[tuple[object, ...]] = []
        for notice in self.told:
            match notice:
                case CallMade():
                    found.append(("made", notice.looked_up))
                case CallAnswered():
                    found.append(("answered", notice.answer, notice.seconds))
                case CallFailed():
                    found.append(("failed", notice.error))
                case _:
                    pass
        return found


def a_call_is_told_of_as_it_goes_out_and_as_it_comes_back() -> None:
    ears = Ears()
    remote = Remote([timedelta(seconds=7), Defect()])
    with engine_of(remote, habits=Habits(looks=NEVER, sweep=HOUR, listeners=(ears,))) as engine:
        ask(engine, "1")
        ask(engine, "2")
        engine.drain()
        remote.clock.advance(timedelta(minutes=1))
        engine.drain()
        went_well = [("made", False), ("answered", "done", 7.0)]
        failed = [("made", False), ("failed", "Defect"), ("answered", "unknown", 0.0)]
        assert ears.of_calls() == [*went_well, *failed, ("made", True), ("answered", "done", 0.0)]


CHECKS: tuple[Check, ...] = (
    whoever_sees_to_calls_is_at_work_and_hears_of_a_moved_clock,
    a_nudge_from_elsewhere_reaches_whoever_sees_to_calls,
    a_thread_that_has_failed_is_missed,
    what_ended_a_thread_is_raised_by_the_stop_that_ends_all_others,
    a_stop_waits_for_calls_that_are_out,
    what_comes_back_during_a_stop_is_written_down,
    a_stop_outlives_a_connection_that_has_died,
    a_stop_that_could_not_write_what_came_back_says_so,
    nothing_is_claimed_that_nobody_is_there_to_call,
    a_driver_has_a_thread_from_the_start_to_the_stop,
    a_remotes_memory_is_asked_by_a_thread,
    calls_of_one_case_are_never_out_together,
    two_who_claim_at_once_do_not_share_their_room,
    what_is_claimed_ahead_waits_for_its_turn,
    what_is_claimed_ahead_is_left_alone_where_the_remote_asks_for_it,
    what_is_claimed_ahead_is_left_alone_where_the_remote_is_down,
    whatever_comes_back_wakes_whoever_settles,
    a_thread_that_a_caller_ends_wakes_whoever_settles,
    an_answer_outlives_the_transaction_that_could_not_write_it,
    a_claim_lasts_as_long_as_the_manners_say,
    a_caller_that_raises_stops_nobody_and_is_not_believed_to_have_refused,
    an_answer_is_looked_at_before_it_is_believed,
    what_ends_a_thread_ends_it_and_is_made_up_for,
    of_a_process_that_ends_nothing_is_settled,
    what_a_look_up_has_not_found_says_nothing_of_the_remote,
    a_call_is_told_of_as_it_goes_out_and_as_it_comes_back,
)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_it_is_so(check: Check) -> None:
    check()


# --- wrong versions ---------------------------------------------------------------------------------------------------


def starting(*names: str) -> Callable[[Crew], None]:
    """A crew of which only some begin."""

    def start(self: Crew) -> None:
        self._alarms.start()
        self._calling.start(self.decider.wake, self.caller.wake)
        everybody = {"carrying": self._carrying, "ear": self._ear, "historian": self._historian}
        for name, worker in {**everybody, "decider": self.decider, "caller": self.caller}.items():
            if name in names:
                worker.start()

    return start


ALL = ("carrying", "ear", "historian", "decider", "caller")


def without(name: str) -> Callable[[Crew], None]:
    return starting(*(each for each in ALL if each != name))


def waking_half(self: Crew) -> None:
    self.decider.wake()


def either(self: Crew) -> bool:
    return self.decider.alive or self.caller.alive


def decider_alone(self: Crew) -> bool:
    return self.decider.alive


def parts(self: Crew) -> tuple[Any, ...]:
    """As they end."""
    return self._carrying, self._ear, self._historian, self.decider, self.caller, self._calling


def in_vain(self: Crew) -> None:
    """What ended a thread is nobody's business."""
    self._alarms.stop()
    for part in parts(self):
        with suppress(Exception):
            part.stop()


def until_the_first(self: Crew) -> None:
    """Whoever has failed leaves the others at work."""
    self._alarms.stop()
    for part in parts(self):
        part.stop()


def calls_first(self: Crew) -> None:
    """Nothing can be called any more while things are still decided."""
    self._alarms.stop()
    for part in (self._calling, *parts(self)[:-1]):
        part.stop()


def all_but_the_driver(self: Crew) -> None:
    self._alarms.stop()
    for part in parts(self)[1:]:
        part.stop()


def holding_the_file(self: Engine) -> None:
    self._stopping = True
    if self._started:
        self._started = False
        self._crew.stop()
    self._store.close()
    self._let_go()


def hurried(self: Calling) -> None:
    """Waits for nobody."""
    for threads in self._threads.values():
        threads.shutdown(wait=False)
    self._threaded = False
    self._exchange(most=0)


def tried_once(self: Calling) -> None:
    """Gives up where the connection has died."""
    for threads in self._threads.values():
        threads.shutdown()
    self._threaded = False
    self._exchange(most=0)


def silent(self: Calling) -> None:
    """Does not say that it could not write."""
    with suppress(StoreFailedError):
        HONEST_STOP(self)


HONEST_STOP = Calling.stop


def unwritten(self: Calling) -> None:
    """Waits, and writes nothing."""
    for threads in self._threads.values():
        threads.shutdown()
    self._threaded = False


def all_at_once(self: Calling, works: Sequence[Work]) -> None:
    """As many threads as there are calls."""
    for work in works:
        self._threads[f"{work.system} {work.key}"] = pool = ThreadPoolExecutor(1, thread_name_prefix="parcelflow-call")
        pool.submit(self._run, work)


def left_to_nobody(_self: Errands, _work: Work) -> None:
    """Calls whatever was claimed."""


HONEST_LEFT = Errands.left


def given_up(self: Errands, work: Work) -> Back | None:
    """Counts as a try."""
    back = HONEST_LEFT(self, work)
    return None if back is None else (work, back[1])


def taken_for_undone(self: Errands, work: Work) -> Back | None:
    """What nobody knew to have happened has not."""
    back = HONEST_LEFT(self, work)
    return None if back is None else (back[0], TryLater("left alone", HOUR))


def room_lost(_self: Gates, _system: str, _now: datetime) -> None:
    """Counts as under way for ever."""


def blind_to_circuits(self: Gates, system: str, now: datetime) -> timedelta | None:
    asked = self.states(now)[system].asked_until
    return None if asked is None else asked - now


def blind_to_wishes(self: Gates, system: str, now: datetime) -> timedelta | None:
    until = self.states(now)[system].open_until
    return None if until is None else until - now


def nothing_ahead(_expects: float | None, _concurrency: int) -> int:
    return 0


def unsaid(self: Calling, work: Work) -> None:
    """Wakes nobody."""
    self._back.append(self._errands.run(work))


def lost_unsaid(self: Calling, back: Back) -> None:
    """Wakes nobody."""
    self._back.append(back)


def lost_for_good(_self: Calling, _back: Back) -> None:
    """Nothing is kept of it."""


def dropped(_self: Calling, _back: Sequence[Back]) -> None:
    """What could not be written is gone."""


HONEST_BESIDE, HONEST_CLAIM = Beside.__init__, outbox.claim


def greedy(_self: Calling, _held: ExitStack) -> bool:
    """Claims although somebody else is at it."""
    return True


def with_the_usual_lease(tx: Tx, system: str, most: int, now: datetime, *, lease: timedelta) -> list[Work]:
    del lease
    return HONEST_CLAIM(tx, system, most, now)


def beside_each_other() -> Statement:
    mine = (outbox._WAITING, OUTBOX.c.system == bindparam("system"), OUTBOX.c.due_at <= bindparam("now"))
    return Statement(select(*outbox._COLUMNS).where(*mine).order_by(OUTBOX.c.id).limit(bindparam("most")))


def uncaught(self: Errands, work: Work) -> Answer:
    caller = self._callers[work.system]
    return errands_module.usable(caller.look_up(work.effect, work.key) if work.unsure else caller.call(work.effect, work.key))


def caught_as(answer: Callable[[str], Answer], *, unsure: Callable[[Work], bool]) -> Callable[[Errands, Work], Answer]:
    def answered_by(self: Errands, work: Work) -> Answer:
        caller = self._callers[work.system]
        try:
            found = caller.look_up(work.effect, work.key) if unsure(work) else caller.call(work.effect, work.key)
            return errands_module.usable(found)
        except Exception as error:  # noqa: BLE001 - as the honest one
            return answer(str(error))

    return answered_by


def believed(found: Answer) -> Answer:
    return found


def alive_with(
    *, crash: bool = True, gates: bool = True, lost: bool = True, raising: bool = True
) -> Callable[[Errands, Work], Answer]:
    """The honest way for a thread to be ended, with one step left out."""

    def alive(self: Errands, work: Work) -> Answer:
        try:
            return self._answered(work)
        except BaseException as error:
            if crash and isinstance(error, Crash):
                raise
            became = Unknown("its thread was ended")
            if gates:
                self._gates.end(work.system, became, self._clock.now(), looked_up=work.unsure)
            if lost:
                self._lost((work, became))
            if raising:
                raise
            return became

    return alive


def running_with(
    *, tell: bool = True, end: bool = True, timed: bool = True, looks: bool = True
) -> Callable[[Errands, Work], Back]:
    """The honest errand, with one step left out."""

    def run(self: Errands, work: Work) -> Back:
        watch, out = self._watch, Since(self._clock)
        if tell:
            watch.tell(made(work))
        with watch.calling(work.trace, f"call {work.effect.operation}", said_of(work)) as span:
            answer = self._alive(work)
            span.answered(word_of(answer), well=isinstance(answer, Done))
        if end:
            self._gates.end(work.system, answer, self._clock.now(), looked_up=work.unsure and looks)
        watch.tell(answered(work, answer, out.seconds() if timed else 0.0))
        return work, answer

    return run


MUTANTS = {
    "nobody sees to calls": Mutant(Crew, "start", without("caller"), whoever_sees_to_calls_is_at_work_and_hears_of_a_moved_clock),
    "a moved clock is told to one": Mutant(
        Crew, "wake", waking_half, whoever_sees_to_calls_is_at_work_and_hears_of_a_moved_clock
    ),
    "nobody hears a nudge": Mutant(Crew, "start", without("ear"), a_nudge_from_elsewhere_reaches_whoever_sees_to_calls),
    "a nudge is told to one": Mutant(Crew, "wake", waking_half, a_nudge_from_elsewhere_reaches_whoever_sees_to_calls),
    "a caller that ends is not missed": Mutant(Crew, "alive", property(decider_alone), a_thread_that_has_failed_is_missed),
    "one of two is enough": Mutant(Crew, "alive", property(either), a_thread_that_has_failed_is_missed),
    "what ended a thread is kept secret": Mutant(
        Crew, "stop", in_vain, what_ended_a_thread_is_raised_by_the_stop_that_ends_all_others
    ),
    "one that failed leaves the others at work": Mutant(
        Crew, "stop", until_the_first, what_ended_a_thread_is_raised_by_the_stop_that_ends_all_others
    ),
    "one that failed keeps the file": Mutant(
        Engine, "stop", holding_the_file, what_ended_a_thread_is_raised_by_the_stop_that_ends_all_others
    ),
    "calls end before decisions": Mutant(Crew, "stop", calls_first, nothing_is_claimed_that_nobody_is_there_to_call),
    "the driver is not run": Mutant(Crew, "start", without("carrying"), a_driver_has_a_thread_from_the_start_to_the_stop),
    "the driver is not ended": Mutant(Crew, "stop", all_but_the_driver, a_driver_has_a_thread_from_the_start_to_the_stop),
    "no memory is asked": Mutant(Crew, "start", without("historian"), a_remotes_memory_is_asked_by_a_thread),
    "a stop waits for no call": Mutant(Calling, "stop", hurried, a_stop_waits_for_calls_that_are_out),
    "a stop writes nothing": Mutant(Calling, "stop", unwritten, what_comes_back_during_a_stop_is_written_down),
    "a stop tries once to write": Mutant(Calling, "stop", tried_once, a_stop_outlives_a_connection_that_has_died),
    "a stop that wrote nothing is silent": Mutant(Calling, "stop", silent, a_stop_that_could_not_write_what_came_back_says_so),
    "calls of a case beside each other": Mutant(outbox, "DUE", beside_each_other(), calls_of_one_case_are_never_out_together),
    "one room for two": Mutant(Calling, "has_room", greedy, two_who_claim_at_once_do_not_share_their_room),
    "more out than may be": Mutant(Calling, "_send_out", all_at_once, what_is_claimed_ahead_waits_for_its_turn),
    "nothing is claimed ahead": Mutant(gates, "ahead", nothing_ahead, what_is_claimed_ahead_waits_for_its_turn),
    "what is claimed is called": Mutant(
        Errands, "left", left_to_nobody, what_is_claimed_ahead_is_left_alone_where_the_remote_asks_for_it
    ),
    "what was not tried is given up": Mutant(
        Errands, "left", given_up, what_is_claimed_ahead_is_left_alone_where_the_remote_asks_for_it
    ),
    "what nobody knew was undone": Mutant(
        Errands, "left", taken_for_undone, what_is_claimed_ahead_is_left_alone_where_the_remote_asks_for_it
    ),
    "what is left takes room": Mutant(
        Gates, "put_back", room_lost, what_is_claimed_ahead_is_left_alone_where_the_remote_asks_for_it
    ),
    "a remote that is down is called": Mutant(
        Gates, "shut_for", blind_to_circuits, what_is_claimed_ahead_is_left_alone_where_the_remote_is_down
    ),
    "a remote that asked is called": Mutant(
        Gates, "shut_for", blind_to_wishes, what_is_claimed_ahead_is_left_alone_where_the_remote_asks_for_it
    ),
    "comes back and wakes nobody": Mutant(Calling, "_run", unsaid, whatever_comes_back_wakes_whoever_settles),
    "is ended and wakes nobody": Mutant(Calling, "_come_back", lost_unsaid, a_thread_that_a_caller_ends_wakes_whoever_settles),
    "an answer goes with its transaction": Mutant(
        Calling, "_bring_back", dropped, an_answer_outlives_the_transaction_that_could_not_write_it
    ),
    "a lease of its own": Mutant(outbox, "claim", with_the_usual_lease, a_claim_lasts_as_long_as_the_manners_say),
    "what a caller raises is let out": Mutant(
        Errands, "_answered", uncaught, a_caller_that_raises_stops_nobody_and_is_not_believed_to_have_refused
    ),
    "a lost answer is told as a refusal": Mutant(
        Errands,
        "_answered",
        caught_as(Refused, unsure=lambda work: work.unsure),
        a_caller_that_raises_stops_nobody_and_is_not_believed_to_have_refused,
    ),
    "a lost answer is told as none": Mutant(
        Errands,
        "_answered",
        caught_as(TryLater, unsure=lambda work: work.unsure),
        a_caller_that_raises_stops_nobody_and_is_not_believed_to_have_refused,
    ),
    "called again and not looked up": Mutant(
        Errands,
        "_answered",
        caught_as(Unknown, unsure=lambda _work: False),
        a_caller_that_raises_stops_nobody_and_is_not_believed_to_have_refused,
    ),
    "whatever is answered is believed": Mutant(errands_module, "usable", believed, an_answer_is_looked_at_before_it_is_believed),
    "what ends a thread ends nothing": Mutant(
        Errands, "_alive", alive_with(raising=False), what_ends_a_thread_ends_it_and_is_made_up_for
    ),
    "room is kept for who was ended": Mutant(
        Errands, "_alive", alive_with(gates=False), what_ends_a_thread_ends_it_and_is_made_up_for
    ),
    "who was ended is forgotten": Mutant(
        Errands, "_alive", alive_with(lost=False), what_ends_a_thread_ends_it_and_is_made_up_for
    ),
    "who was ended is not kept": Mutant(Calling, "_come_back", lost_for_good, what_ends_a_thread_ends_it_and_is_made_up_for),
    "a process that ends settles": Mutant(Errands, "_alive", alive_with(crash=False), of_a_process_that_ends_nothing_is_settled),
    "room is kept for who came back": Mutant(
        Errands, "run", running_with(end=False), a_caller_that_raises_stops_nobody_and_is_not_believed_to_have_refused
    ),
    "a look-up is taken for a call": Mutant(
        Errands, "run", running_with(looks=False), what_a_look_up_has_not_found_says_nothing_of_the_remote
    ),
    "going out is not told": Mutant(
        Errands, "run", running_with(tell=False), a_call_is_told_of_as_it_goes_out_and_as_it_comes_back
    ),
    "nobody looks at the clock": Mutant(
        Errands, "run", running_with(timed=False), a_call_is_told_of_as_it_goes_out_and_as_it_comes_back
    ),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_the_check_kills_the_mutant(name: str) -> None:
    assert dies(MUTANTS[name])
