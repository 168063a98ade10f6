"""What the engine tells of its work: all of it, after the commit, to nobody who does not want it, and nothing personal."""

# pyright: reportPrivateUsage=false
# A mutant is the code under test with one wrong line; it has to reach inside.

import logging
import re
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event as Flag
from typing import Any, TypeAlias

import psycopg
import pytest
from between import DROP_OFF, NAME, PERSONAL, PHONE, PICK_UP, SECRETS, START, Between, between
from killing import Mutant, dies
from stage import START as START_OF_STAGE
from stage import Stage
from starlette.requests import Request

from parcelflow import engine
from parcelflow.adapters import heard, receiver
from parcelflow.console.logs import FORMATS
from parcelflow.engine import (
    NEVER,
    Crash,
    Engine,
    Habits,
    Looks,
    Manners,
    ManualClock,
    Place,
    Stamina,
    SystemClock,
    blame,
    outbox,
    telling,
    wake,
    watch,
)
from parcelflow.engine.batch import Batch
from parcelflow.engine.distributed import Procrastinate
from parcelflow.engine.gaps import Gaps
from parcelflow.engine.notices import (
    LEVELS,
    SORTS,
    DecisionMade,
    MessageAccepted,
    MessageDead,
    MessageRepeated,
    Notice,
    StoreFailed,
)
from parcelflow.engine.outgoing import CallAnswered, CallMade
from parcelflow.engine.telling import word_of
from parcelflow.engine.tx import Tx
from parcelflow.engine.wake import Alarms, Worker
from parcelflow.engine.watch import Ending, Shown, Watch, event_of, fields_of
from parcelflow.machines import (
    DEFAULT_LINKS,
    Answer,
    Arrival,
    Caller,
    Case,
    Cause,
    Done,
    Effect,
    Event,
    Facts,
    Link,
    NotSentError,
    OursError,
    Refused,
    StoreFailedError,
    TryLater,
    Unknown,
    catalogue,
)

EVENTS = {event_of(sort) for sort in SORTS} | set(heard.EVENTS.values())
Record: TypeAlias = logging.LogRecord


class Kept(logging.Handler):
    """Keeps records, and what each of them is as a line of either kind."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.records: list[Record] = []
        self.lines: list[str] = []

    def emit(self, record: Record) -> None:
        """One record."""
        self.records.append(record)
        self.lines += [format_of().format(record) for format_of in FORMATS.values()]

    def events(self) -> Counter[str]:
        """How often each event was told."""
        return Counter(vars(record)["event"] for record in self.records if "event" in vars(record))

    def of(self, event: str) -> list[dict[str, Any]]:
        """What was told of one event."""
        return [vars(record) for record in self.records if vars(record).get("event") == event]


@contextmanager
def listening(level: int = logging.DEBUG, name: str = "") -> Generator[Kept]:
    """Every record of a logger and those below it."""
    kept, logger = Kept(), logging.getLogger(name)
    before = logger.level
    logger.addHandler(kept)
    logger.setLevel(level)
    try:
        yield kept
    finally:
        logger.removeHandler(kept)
        logger.setLevel(before)


class Ears:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[Notice] = []

    def hear(self, notice: Notice) -> None:
        """One fact."""
        self.told.append(notice)

    def of(self, sort: type[Notice]) -> list[Notice]:
        """What it was told of one sort."""
        return [notice for notice in self.told if isinstance(notice, sort)]


# --- everything is told, and nothing personal -----------------------------------------------------------------------------


class Clumsy:
    """A listener that stumbles over timers."""

    def hear(self, notice: Notice) -> None:
        """One fact."""
        if event_of(type(notice)) == "timer_fired":
            raise ValueError(f"no timers for {PHONE}")


@dataclass
class Meddling:
    """Stands between the engine and a caller, and does something else when it is told to."""

    caller: Caller
    fates: list[Callable[[Effect], Answer | None]]

    def call(self, effect: Effect, key: str) -> Answer:
        """One call."""
        answer = self.fates.pop(0)(effect) if self.fates else None
        return self.caller.call(effect, key) if answer is None else answer

    def look_up(self, effect: Effect, key: str) -> Answer:
        """What became of it."""
        answer = self.fates.pop(0)(effect) if self.fates else None
        return self.caller.look_up(effect, key) if answer is None else answer


def poison(facts: Facts, _at: datetime) -> Facts:
    """What a link of a user's may do."""
    raise ValueError(f"nobody reaches {facts['customer_phone']}")


def tripping(_effect: Effect) -> Answer:
    """What a caller of a user's may do."""
    raise ValueError(f"the code {PICK_UP} is not even")


def silent(_effect: Effect) -> Answer:
    """Nothing is heard."""
    return Unknown(f"no answer for {NAME}", answered=False)


POISON = Link(name="poison", source="order", state="rejected", target="task", trigger="task_created", build=poison)


def _told(name: str, event: str, *, key: str | None = None, remote_id: str | None = None) -> Arrival:
    happened = Event(name=event, at=START, by=Cause.WEBHOOK, data={"pickup_code": PICK_UP}, evidence="a test says so")
    kind = "delivery" if key else None
    return Arrival(
        source="remote",
        external_id=name,
        system="bloqit",
        event=happened,
        raw=f'{{"phone": "{PHONE}"}}'.encode(),
        kind=kind,
        key=key,
        remote_id=remote_id,
    )


def through_a_locker(at: Between) -> None:
    """An order that goes into a locker and is not fetched; every webhook comes twice."""
    at.order("1")
    at.ask("order", "1", "accept", **at.into_locker())
    rent = at.engine.views.case("delivery", "1").remote_id or ""
    at.act(f"/rents/{rent}/dropoff", {"code": DROP_OFF})
    at.deliver(twice=True)
    at.shut_door(rent)
    at.advance(days=3)
    at.ask("delivery", "1", "collect_requested")
    at.shut_door(rent)
    at.advance(days=3)


def what_cannot_be_decided(at: Between) -> None:
    """A message that a link fails on, retried in vain, and skipped; others that wait for what never comes."""
    at.order("2")
    at.ask("order", "2", "reject", comment=f"ask {NAME}")
    (letter,) = at.engine.letters.list()
    at.engine.letters.retry(letter.id)
    at.deliver()
    at.engine.letters.skip(letter.id, f"{NAME} was told by telephone, {PHONE}")
    at.engine.accept(_told("early", "rent.in_progress", key="3"))
    at.engine.accept(_told("nobody's", "rent.started", remote_id="nobody's"))
    at.deliver()


def what_goes_wrong_on_the_way(at: Between, fates: list[Callable[[Effect], Answer | None]]) -> None:
    """Calls that fail, are lost, are given up, are interrupted, and one whose answer comes too late."""
    fates[:] = [tripping]
    at.ask("delivery", "3", "create_with_locker", **at.into_locker())
    at.advance(minutes=1)
    fates[:] = [silent] * 5
    for key in ("4", "5"):
        at.ask("delivery", key, "create_with_locker", **at.into_locker())
    for _ in range(12):
        at.advance(minutes=1)
    at.ask("delivery", "6", "create_with_locker", **at.into_locker())

    def elsewhere(_effect: Effect) -> Answer | None:
        """Somebody else has claimed it meanwhile."""
        with closing(sqlite3.connect(at.folder / "between.db")) as other, other:
            other.execute("UPDATE outbox SET attempts = attempts + 1 WHERE status = 'claimed'")
        return None

    fates[:] = [elsewhere]
    at.ask("delivery", "7", "create_with_locker", **at.into_locker())

    def dies_there(point: str) -> None:
        if point == "called":
            raise Crash(point)

    at.reach = dies_there
    with suppress(Crash):
        at.ask("delivery", "8", "create_with_locker", **at.into_locker())
    at.reach = lambda _point: None
    at.engine.stop()
    at.born()
    at.deliver()


def what_goes_wrong_at_the_doors(at: Between) -> None:
    """Webhooks that are not taken."""
    body = f'{{"pickUpCode": "{PICK_UP}", "customer": "{NAME}"'.encode()
    token = SECRETS["path_token"]
    assert at.post("/bloqit", body, {"x-signature": PHONE}) == 401
    assert at.post(f"/logistics/{token}", body) == 400
    assert at.post(f"/logistics/{PHONE}", body) == 404

    def full(_arrivals: Sequence[Arrival]) -> Sequence[bool]:
        raise OursError(f"no room for {PHONE}")

    def broken(_arrivals: Sequence[Arrival]) -> Sequence[bool]:
        raise ZeroDivisionError(PHONE)

    taken = b'{"type": "webhook", "data": {"taskId": "1", "status": 21, "phone": "%s"}}' % PHONE.encode()
    assert at.post(f"/logistics/{token}", taken, accept=full) == 503
    assert at.post(f"/logistics/{token}", taken, accept=broken) == 500


def what_goes_wrong_below(at: Between) -> None:
    """Threads that come and go, a database and a queue that do not answer."""
    at.engine.start()
    at.engine.stop()

    class Once(Flag):
        """Set by whoever waits for it."""

        def wait(self, timeout: float | None = None) -> bool:
            """Do not."""
            del timeout
            self.set()
            return True

    async def refused(self: Procrastinate, stop: Flag) -> None:
        del self, stop
        raise psycopg.OperationalError(f"no password for {NAME}")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Procrastinate, "_work", refused)
        Procrastinate(f"postgresql://ann:{PICK_UP}@nowhere/x", SystemClock()).run(Once())
    drained = Flag()

    def drain() -> datetime | None:
        drained.set()
        raise StoreFailedError("the database failed") from sqlite3.IntegrityError(f"failing row contains ({PHONE})")

    alarms = Alarms()
    worker = Worker("decider", drain, ManualClock(), alarms=alarms)
    alarms.start()
    worker.start()
    assert drained.wait(60)
    worker.stop()
    alarms.stop()


def what_a_history_tells(at: Between) -> None:
    """Once it cannot be read; then it has something that nobody can keep, and something that nobody had heard."""

    class History:
        """A remote's memory."""

        def __init__(self) -> None:
            self.down = True

        def told(self, since: datetime, until: datetime) -> Sequence[Arrival]:
            """What was told."""
            del since, until
            if self.down:
                raise NotSentError(f"nobody reaches {PHONE}")
            event = Event(name="rent.started", at=START, by=Cause.WEBHOOK, data={"weight": float("nan"), "note": NAME})
            return [replace(_told("unheard", "rent.started"), event=event), _told("unheard too", "rent.started")]

        def reached(self, since: datetime, until: datetime) -> Iterable[tuple[str, str]]:
            """What was reached."""
            del since, until
            return ()

    history, driver = History(), at.engine._driver
    asked = Gaps(at.engine._store, {"bloqit": history}, at.clock, driver=driver, every=timedelta())
    assert not asked.look()
    history.down = False
    assert asked.look()
    at.deliver()


def everything() -> tuple[Kept, str]:
    """A run over the simulator in which everything is told that ever is: the log of it, and what the database has in the end."""
    manners, fates = Manners(stamina=Stamina(attempts=3)), list[Callable[[Effect], Answer | None]]()
    habits = Habits(manners=manners, looks=Looks(), keep=timedelta(days=1), listeners=(Clumsy(),))
    with (
        tempfile.TemporaryDirectory() as folder,
        between(Path(folder), habits, links=(*DEFAULT_LINKS, POISON), through=lambda caller: Meddling(caller, fates)) as at,
        listening() as kept,
    ):
        through_a_locker(at)
        what_cannot_be_decided(at)
        what_goes_wrong_on_the_way(at, fates)
        what_goes_wrong_at_the_doors(at)
        what_a_history_tells(at)
        has = f"{at.engine.views.inbox()} {at.engine.views.outbox()}"
        what_goes_wrong_below(at)
    return kept, has


def leaks(kept: Kept) -> list[str]:
    """Records and lines that show what they may not."""
    shown = [f"{record.name}: {vars(record)} {record.getMessage()}" for record in kept.records]
    return [f"{what} in {line}" for line in (*shown, *kept.lines) for what, value in PERSONAL.items() if value in line]


def everything_is_told_and_nothing_personal() -> None:
    kept, has = everything()
    assert set(kept.events()) == EVENTS
    assert [what for what, value in PERSONAL.items() if value not in has] == [*SECRETS], "nothing was there to be shown"
    assert leaks(kept) == []


def test_a_run_over_the_simulator_tells_everything_there_is_and_nothing_that_is_personal() -> None:
    everything_is_told_and_nothing_personal()


# --- what is told has happened, and nobody has to listen ------------------------------------------------------------------


class Rig:
    """An engine that somebody listens to, and that dies where it is told to."""

    def __init__(self, place: Place, *listeners: Any, **habits: Any) -> None:
        self.ears = Ears()
        self.deadly: set[str] = set()
        self.stage = Stage(place, habits=Habits(looks=NEVER, listeners=(*listeners, self.ears), **habits))
        self.engine = self.stage.engine
        self.engine._deciding._ports = replace(self.engine._deciding._ports, reach=self._reach)
        self.engine._accepting._reach = self.engine._calling._reach = self._reach

    def _reach(self, point: str) -> None:
        if point in self.deadly:
            self.deadly.remove(point)
            raise Crash(point)

    def dying(self, point: str, act: Callable[[], object]) -> None:
        """Do something, and die at a point of it."""
        self.deadly.add(point)
        with pytest.raises(Crash):
            act()


def arrival(name: str, trigger: str = "order_webhook", *, key: str = "1") -> Arrival:
    event = Event(name=trigger, at=START, by=Cause.WEBHOOK, data={"kitchen_notes": key})
    return Arrival(source="remote", external_id=name, system="blink", event=event, raw=b"", kind="order", key=key)


@contextmanager
def rig(*listeners: Any, **habits: Any) -> Generator[Rig]:
    with tempfile.TemporaryDirectory() as folder:
        made = Rig(Path(folder) / "x.db", *listeners, **habits)
        with made.engine:
            yield made


def nothing_is_told_that_was_not_committed() -> None:
    with rig() as at:
        at.dying("accepting", lambda: at.engine.accept(arrival("1")))
        assert at.ears.told == []
        at.engine.accept(arrival("1"))
        assert at.ears.told == [MessageAccepted("remote", "1", "order_webhook", "order", "1")]
        at.dying("committing", at.engine.drain)
        assert at.ears.of(DecisionMade) == []
        at.engine.drain()
        assert len(at.ears.of(DecisionMade)) == 1
        at.stage.world.fates = iter(["never"])
        at.engine.ask("order", "1", "accept")
        at.dying("settling", at.engine.drain)
        assert [type(notice).__name__ for notice in at.ears.told[-2:]] == ["CallMade", "CallAnswered"]


def test_nothing_is_told_that_was_not_committed() -> None:
    nothing_is_told_that_was_not_committed()


def test_what_comes_again_is_told_to_have_come_again() -> None:
    with rig() as at:
        at.engine.accept_all([arrival("1"), arrival("2")])
        at.engine.accept_all([arrival("1"), arrival("3")])
        assert [type(notice) for notice in at.ears.told] == [MessageAccepted, MessageAccepted, MessageRepeated, MessageAccepted]


def nobody_who_does_not_listen_costs_anything() -> None:
    """Not even the notices are made, and the logger is asked as often for a hundred messages as for one."""
    asked: list[int] = []
    log, honest = watch.log, logging.Logger.isEnabledFor

    def counted(level: int) -> bool:
        asked.append(level)
        return honest(log, level)

    def made(*_told: object) -> Any:
        raise AssertionError("it is made, and nobody wants it")

    with listening(logging.CRITICAL, log.name), tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        stage = Stage(Path(folder) / "x.db", habits=Habits(looks=NEVER))
        patch.setattr(telling, "_decision", made)
        patch.setattr(log, "isEnabledFor", counted)
        with stage.engine:
            costs: list[int] = []
            for start, many in ((0, 1), (1, 101)):
                asked.clear()
                stage.engine.accept_all([arrival(str(number), key=str(number)) for number in range(start, many)])
                stage.engine.drain()
                costs.append(len(asked))
    assert costs[0] == costs[1] < 10


def test_nobody_who_does_not_listen_costs_anything() -> None:
    nobody_who_does_not_listen_costs_anything()


class Stumbling:
    """A listener that raises whatever it is told."""

    def hear(self, notice: Notice) -> None:
        """One fact."""
        raise ValueError(notice)


def a_listener_that_fails_is_in_nobodys_way() -> None:
    with rig(Stumbling()) as at, listening(name="parcelflow.engine") as kept:
        failed: list[str] = []
        try:
            at.engine.accept(arrival("1"))
            at.engine.drain()
        except ValueError as error:
            failed.append(str(error))
        assert failed == []
        assert [type(notice) for notice in at.ears.told] == [MessageAccepted, DecisionMade]
        assert kept.events() == {"listener_failed": 2, "message_accepted": 1, "decision_made": 1}
        assert kept.of("listener_failed")[0]["listener"] == "Stumbling"


def test_a_listener_that_fails_is_in_nobodys_way() -> None:
    a_listener_that_fails_is_in_nobodys_way()


def spoilt(facts: Facts, _at: datetime) -> Facts:
    """Fails on one order."""
    return {"left": 1 // (facts["kitchen_notes"] != "bad")}


SPOILT = Link(name="spoilt", source="order", state="pending", target="task", trigger="task_created", build=spoilt)


def what_a_batch_dropped_is_not_told() -> None:
    """A message that cannot be decided has its batch decided again without it; nothing of the first try is told."""
    with tempfile.TemporaryDirectory() as folder:
        ears, habits = Ears(), Habits(looks=NEVER)
        engine = Engine(Path(folder) / "x.db", catalogue(), {}, links=(SPOILT,), habits=replace(habits, listeners=(ears,)))
        with engine:
            engine.accept_all([arrival("1", key="1"), arrival("2", key="bad"), arrival("3", key="3")])
            engine.drain()
        decided = [notice.key for notice in ears.told if isinstance(notice, DecisionMade) and notice.kind == "order"]
        assert decided == ["1", "3"]

        (dead,) = [notice for notice in ears.told if isinstance(notice, MessageDead)]
        assert (dead.key, dead.error, dead.where.rpartition(" ")[2]) == ("bad", "ZeroDivisionError", "spoilt")


def test_what_a_batch_dropped_is_not_told() -> None:
    what_a_batch_dropped_is_not_told()


def a_call_is_told_with_the_time_that_it_took() -> None:
    with rig() as at:
        at.stage.world.meanwhile = lambda: at.stage.clock.advance(timedelta(seconds=3))
        at.engine.accept(arrival("1"))
        at.engine.ask("order", "1", "accept")
        at.engine.drain()
        called = [notice for notice in at.ears.told if isinstance(notice, CallMade | CallAnswered)]
        first = ("blink.orders.sync_status", "order", "1", "order/1/2", 1, False)
        assert called[:2] == [CallMade(*first), CallAnswered(*first, answer="done", seconds=3.0)]
        at.stage.world.meanwhile = lambda: at.stage.clock.advance(timedelta(seconds=-3))  # the machine's clock was put back
        at.ears.told.clear()
        at.engine.ask("delivery", "9", "create_with_locker", data={"locker_id": "L"})
        at.engine.drain()
        assert [notice.seconds for notice in at.ears.told if isinstance(notice, CallAnswered)] == [0.0]


def test_a_call_is_told_with_the_time_that_it_took() -> None:
    a_call_is_told_with_the_time_that_it_took()


@pytest.mark.parametrize(
    ("answer", "word"),
    [(Done(), "done"), (Refused("no"), "refused"), (TryLater("429"), "later"), (Unknown("?"), "unknown")],
)
def test_an_answer_is_told_in_one_word(answer: Answer, word: str) -> None:
    assert word_of(answer) == word


def a_decision_tells_how_long_the_case_was_where_it_was() -> None:
    with rig() as at:
        at.engine.accept(arrival("1"))
        at.engine.drain()
        at.stage.advance(minutes=5)
        at.engine.accept(arrival("2"))  # which is no news, and does not begin its time anew
        at.stage.advance(minutes=5)
        at.engine.ask("order", "1", "accept")
        at.engine.drain()
        told = [
            (each.trigger, each.outcome, each.source, each.target, each.opened, each.dwelt)
            for each in at.ears.told
            if isinstance(each, DecisionMade) and each.kind == "order"
        ]
        assert told == [
            ("order_webhook", "moved", "absent", "pending", True, None),
            ("order_webhook", "no-op", "pending", "pending", False, None),
            ("accept", "asked", "pending", "pending", False, None),
            ("accept", "moved", "pending", "accepted", False, 600.0),
        ]
        assert at.engine.views.case("order", "1").since == START_OF_STAGE + timedelta(minutes=10)


def test_a_decision_tells_how_long_the_case_was_where_it_was() -> None:
    a_decision_tells_how_long_the_case_was_where_it_was()


# --- how it is written ----------------------------------------------------------------------------------------------------


def test_every_sort_has_fields_that_a_record_does_not_have_already_and_a_level() -> None:
    taken = {*vars(logging.makeLogRecord({})), "message", "asctime", "taskName", "event"}
    for sort in SORTS:
        assert taken.isdisjoint(fields_of(sort)), sort
        assert LEVELS[sort] in {logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR}
        assert sort.__doc__
    assert set(LEVELS) == set(SORTS)
    assert len(EVENTS) == len(SORTS) + len(heard.EVENTS)


def test_no_log_is_heard_but_by_the_declared_list() -> None:
    """Whoever wants to say something says it as a notice: no other line of the engine or the receiver speaks to a logger."""
    speaks = re.compile(r"\blog(ger)?\.(debug|info|warning|error|exception|critical|log)\(")
    root = Path(engine.__file__).parents[1]
    found = [
        file.name for room in ("engine", "adapters") for file in (root / room).rglob("*.py") if speaks.search(file.read_text())
    ]
    assert sorted(found) == ["heard.py", "watch.py"]


def a_fact_is_one_line_whatever_a_remote_calls_it() -> None:
    fields = {
        "trigger": 'x\nparcelflow.engine decision_made key="1"',
        "empty": "",
        "none": None,
        "at": START,
        "word": "rent.started",
    }
    assert f"{Shown(fields)}" == (
        " trigger='x\\nparcelflow.engine decision_made key=\"1\"' empty='' at=2026-03-01T12:00:00+00:00 word=rent.started"
    )


def test_a_fact_is_one_line_whatever_a_remote_calls_it() -> None:
    a_fact_is_one_line_whatever_a_remote_calls_it()


def test_an_error_is_told_by_type_place_and_the_databases_own_word() -> None:
    with pytest.raises(sqlite3.OperationalError) as told, closing(sqlite3.connect(":memory:")) as database:
        database.execute("INSERT INTO nowhere VALUES ('+351')")
    failed = StoreFailedError("the database failed")
    failed.__cause__ = told.value
    assert blame.code(failed) == "SQLITE_ERROR"
    assert blame.code(psycopg.errors.DiskFull()) == "53100"
    assert blame.code(OSError("+351")) == "OSError"
    assert blame.where(OSError("+351")) == ""


def test_who_is_not_there_at_the_start_is_taken_for_silent(tmp_path: Path) -> None:
    assert Watch().wants(StoreFailed)
    assert not Watch().traced
    with Engine(tmp_path / "x.db", catalogue(), {}) as engine:
        assert engine.views.cases() == []


# --- wrong ones -----------------------------------------------------------------------------------------------------------


def told_at_once(self: Watch, afterwards: Callable[[Ending], None], sort: type[Notice], notices: Iterable[Notice]) -> None:
    del afterwards
    if self.wants(sort):
        self.tell_all(notices)


def told_unasked(self: Watch, afterwards: Callable[[Ending], None], sort: type[Notice], notices: Iterable[Notice]) -> None:
    del sort
    for notice in list(notices):
        afterwards(lambda notice=notice: self.tell(notice))


def unguarded(self: Watch, notice: Notice) -> None:
    for listener in self._listeners:
        listener.hear(notice)
    watch.write_down(notice)


def in_full(error: BaseException) -> str:
    return f"{error.__cause__ or error}"


def at_first_sight(self: Batch, followed: Any, case: Case) -> float | None:
    """Its time begins anew with whatever is heard."""
    since, followed.since = followed.since, self._now
    return (self._now - since).total_seconds() if case.state != followed.case.state and since is not None else None


def early(self: Batch, followed: Any, case: Case) -> float | None:
    """Tells of a decision before anybody knows whether it stands."""
    told = DecisionMade(case.kind, case.key, "", "", "", "", "", None, 1, opened=False, dwelt=None, external_id="")
    self._tx.watch.tell(told)
    followed.since = self._now
    return None


def everybody(_self: Watch, _sort: type[Notice]) -> bool:
    return True


def no_time(_self: telling.Since) -> float:
    return 0.0


def by_its_path(request: Request) -> str:
    return request.url.path


def unsaid(_tx: Tx, calls: int) -> int:
    return calls


MUTANTS = (
    Mutant(Watch, "later", told_at_once, nothing_is_told_that_was_not_committed),
    Mutant(Batch, "_dwelt", early, what_a_batch_dropped_is_not_told),
    Mutant(Watch, "later", told_unasked, nobody_who_does_not_listen_costs_anything),
    Mutant(Watch, "wants", everybody, nobody_who_does_not_listen_costs_anything),
    Mutant(Watch, "tell", unguarded, a_listener_that_fails_is_in_nobodys_way),
    Mutant(telling.Since, "seconds", no_time, a_call_is_told_with_the_time_that_it_took),
    Mutant(Batch, "_dwelt", at_first_sight, a_decision_tells_how_long_the_case_was_where_it_was),
    Mutant(watch, "shown", str, a_fact_is_one_line_whatever_a_remote_calls_it),
    Mutant(telling, "where", in_full, everything_is_told_and_nothing_personal),
    Mutant(wake, "code", in_full, everything_is_told_and_nothing_personal),
    Mutant(receiver, "_door", by_its_path, everything_is_told_and_nothing_personal),
    Mutant(outbox, "_told_doubted", unsaid, everything_is_told_and_nothing_personal),
)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: f"{mutant.name} is {mutant.wrong.__name__}")
def test_the_mutant_is_noticed(mutant: Mutant) -> None:
    assert dies(mutant)
