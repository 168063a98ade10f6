"""What is accepted is decided with it where nobody else decides and nothing older waits; and never lost for it."""

# pyright: reportPrivateUsage=false
# A mutant is the code under test with one wrong line; it has to reach inside.

import sqlite3
import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, cast

import psycopg
import pytest
from killing import Mutant, comes, dies, grace, patience
from postgres import schema
from world import World

from parcelflow.engine import (
    NEVER,
    CountedIds,
    Engine,
    Habits,
    InboxStatus,
    Manners,
    ManualClock,
    OutboxStatus,
    Pace,
    Place,
    Ports,
    Store,
    SystemClock,
    accepting,
    inbox,
)
from parcelflow.engine.accepting import Accepting, Expect
from parcelflow.engine.calling import Beside
from parcelflow.engine.deciding import AT_ONCE, Deciding
from parcelflow.engine.driver import CALLS, INBOX, Local
from parcelflow.engine.inbox import Message
from parcelflow.engine.notices import DecisionMade, Notice
from parcelflow.engine.turn import QUIET
from parcelflow.engine.tx import Later, Tx
from parcelflow.machines import Arrival, Caller, Cause, Event, Facts, MalformedEventError, StoreFailedError, catalogue

START = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
AT_ONCE_POINTS = ["deciding", "committing", "accepting", "committed", "accepted"]
LATER_POINTS = ["accepting", "accepted"]
QUICK = Manners(default=Pace(concurrency=4))
PlaceCheck = Callable[[Place], None]


class Told(Local):
    """A driver that remembers what it was told."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__(clock)
        self.heard: list[tuple[str, datetime]] = []

    def enqueue(self, tx: Tx, work: str, due: datetime, *, others: bool = False) -> None:
        """What is to be looked at, and when."""
        super().enqueue(tx, work, due, others=others)
        self.heard.append((work, due))


@dataclass
class Rig:
    """An engine that decides at once, where nobody is at work."""

    place: Place
    clock: ManualClock = field(default_factory=lambda: ManualClock(START))
    world: World = field(default_factory=World)
    points: list[str] = field(default_factory=list[str])

    @contextmanager
    def opened(self, **habits: Any) -> Generator[Engine]:
        """An engine on the place."""
        self.driver = Told(self.clock)
        made = replace(Habits(looks=NEVER, at_once=True, driver=self.driver), **habits)
        callers: dict[str, Caller] = dict.fromkeys(("bloqit", "blink", "logistics"), self.world)
        ports = Ports(clock=self.clock, ids=CountedIds(), reach=self.points.append)
        with Engine(self.place, catalogue(), callers, ports=ports, habits=made) as engine:
            yield engine


def told(number: int, name: str = "rent.reserved", *, key: str = "1", data: Facts | None = None) -> Arrival:
    event = Event(name=name, at=START, by=Cause.WEBHOOK, data=data or {})
    return Arrival(source="x", external_id=str(number), system="bloqit", event=event, raw=b"", kind="delivery", key=key)


def tell_until_stored(engine: Engine, expiry: datetime, *, key: str = "1") -> None:
    """A rent lies in its locker, until it expires."""
    for number, name in enumerate(("rent.reserved", "rent.started")):
        engine.accept(told(number, name, key=key))
    engine.accept(told(3, "rent.in_progress", key=key, data={"expiry_at": expiry.isoformat()}))


def statuses(engine: Engine) -> list[str]:
    return [row.status for row in engine.views.inbox()]


def what_is_accepted_is_decided_with_it(place: Place) -> None:
    rig = Rig(place)
    with rig.opened() as engine:
        assert engine.accept(told(1)) is True
        assert (rig.points, statuses(engine)) == (AT_ONCE_POINTS, [InboxStatus.DONE])
        assert engine.views.case("delivery", "1").state == "reserved"
        assert rig.driver.heard == []  # there is nothing left to do
        lines = len(engine.views.journal("delivery", "1"))
        assert engine.accept(told(1)) is False
        assert len(engine.views.journal("delivery", "1")) == lines


def what_follows_is_told(place: Place) -> None:
    """A call and a wish at once, and a deadline when it is due."""
    rig = Rig(place)
    expiry = START + HOUR
    with rig.opened() as engine:
        engine.ask("delivery", "1", "create_with_locker", data={"locker_id": "L"})
        asked, rig.driver.heard = rig.driver.heard, []
        tell_until_stored(engine, expiry, key="2")
        dated, rig.driver.heard = rig.driver.heard, []
        order(engine, 4, "order_webhook", type="DELIVERY")
        nothing, rig.driver.heard = rig.driver.heard, []
        order(engine, 5, "order.status_1", type="DELIVERY", status=1)  # a courier is sent for
        wished = [(row.kind, row.source) for row in engine.views.inbox() if row.status == InboxStatus.NEW]
    assert (asked, dated, nothing, rig.driver.heard) == ([(CALLS, START)], [(INBOX, expiry)], [], [(INBOX, START)])
    assert wished == [("task", "link")]


def order(engine: Engine, number: int, name: str, **data: Any) -> None:
    """A restaurant's order is told of."""
    event = Event(name=name, at=START, by=Cause.WEBHOOK, data=data)
    engine.accept(Arrival(source="x", external_id=str(number), system="blink", event=event, raw=b"", kind="order", key="1"))


def what_is_older_comes_first(place: Place) -> None:
    rig = Rig(place)
    with rig.opened() as engine:
        engine._accepting._accept_only([told(1), told(2, key="2")])
        rig.points.clear()
        engine.accept(told(3, "rent.started"))
        assert (rig.points, statuses(engine)) == (LATER_POINTS, [InboxStatus.NEW] * 3)
        assert (INBOX, START) in rig.driver.heard
        engine.drain()
        assert statuses(engine) == [InboxStatus.DONE] * 3
        assert [line.inbox_id for line in engine.views.journal("delivery", "1") if not line.inferred] == [1, 3]


def only_an_engine_at_work_does_so_unasked(place: Place) -> None:
    rig = Rig(place)
    with rig.opened(at_once=None) as engine:
        engine.accept(told(1))
        assert (rig.points, statuses(engine)) == (LATER_POINTS, [InboxStatus.NEW])
        engine.drain()
    for at_once in (None, False):
        with rig.opened(at_once=at_once) as engine:
            engine.start()
            passed = list(tried(engine, lambda key: engine.accept(told(10 + int(key), key=key)), until="deciding"))
        assert passed[-1] == (LATER_POINTS if at_once is False else AT_ONCE_POINTS)


def tried(engine: Engine, act: Callable[[str], object], *, until: str) -> Generator[list[str]]:
    """The points that this thread passes each time when it does something, until it has passed one of them.

    Whoever has just begun to work looks at everything first, and is left to it meanwhile.
    """
    for number in range(2, 62):
        points = mine(engine, partial(act, str(number)))
        yield points
        if until in points:
            return
        assert comes(partial(at_rest, engine), within=patience())


def states(engine: Engine) -> set[str]:
    return {case.state for case in engine.views.cases()}


def at_rest(engine: Engine) -> bool:
    return set(statuses(engine)) == {InboxStatus.DONE} and all(row.over for row in engine.views.outbox())


def mine(engine: Engine, act: Callable[[], object]) -> list[str]:
    """The points that this thread passes when it does something."""
    me, here = threading.get_ident(), list[str]()

    def reach(point: str) -> None:
        if threading.get_ident() == me:
            here.append(point)

    engine._deciding._ports = replace(engine._ports, reach=reach)
    engine._accepting._reach = engine._calling._reach = reach
    act()
    return here


def many_are_left_to_whoever_decides(place: Place) -> None:
    """They would hold up whoever waits to be answered."""
    rig = Rig(place)
    with rig.opened() as engine:
        engine.accept_all([told(number, key=str(number)) for number in range(AT_ONCE)])
        assert set(statuses(engine)) == {InboxStatus.DONE}
        engine.accept_all([told(AT_ONCE + number, key=str(number)) for number in range(AT_ONCE + 1)])
        assert statuses(engine).count(InboxStatus.NEW) == AT_ONCE + 1


def while_others_wait_nothing_is_decided_at_once(place: Place) -> None:
    """Whoever waits for the database then waits for less."""
    rig = Rig(place)
    with rig.opened() as engine:
        engine._deciding._portion.taken(waited=True)
        engine.accept(told(1))
        assert (rig.points, statuses(engine)) == (LATER_POINTS, [InboxStatus.NEW])
        for _ in range(QUIET):
            engine.drain()  # a turn in which nobody waits
        rig.points.clear()
        engine.accept(told(2, "rent.started"))
        assert (rig.points, statuses(engine)) == (AT_ONCE_POINTS, [InboxStatus.DONE] * 2)


def what_cannot_be_kept_is_the_callers_fault(place: Place) -> None:
    rig = Rig(place)
    with rig.opened() as engine:
        with pytest.raises(MalformedEventError):
            engine.accept(told(1, data=cast("Facts", {"thing": object()})))
        with pytest.raises(MalformedEventError):
            engine.accept_all([told(2), told(3, key="k" * 5000)])
        assert statuses(engine) == []


FORBID = {
    True: ["CREATE TRIGGER forbid BEFORE INSERT ON journal BEGIN SELECT RAISE(ABORT, 'forbidden'); END"],
    False: [
        "CREATE FUNCTION forbid() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'forbidden'; END $$",
        "CREATE TRIGGER forbid BEFORE INSERT ON journal FOR EACH ROW EXECUTE FUNCTION forbid()",
    ],
}
ALLOW = {True: ["DROP TRIGGER forbid"], False: ["DROP TRIGGER forbid ON journal"]}
"""By whether it is a file."""


def run_sql(place: Place, statements: dict[bool, list[str]]) -> None:
    if isinstance(place, Path):
        with closing(sqlite3.connect(place)) as connection:
            for statement in statements[True]:
                connection.execute(statement)
    else:
        with psycopg.connect(place, autocommit=True) as connection:
            for statement in statements[False]:
                connection.execute(statement.encode())


def what_cannot_be_decided_is_durable_all_the_same(place: Place) -> None:
    """A decision may need more than the database has for it; a webhook that was answered with an error may never come again."""
    rig = Rig(place)
    with rig.opened() as engine:
        run_sql(place, FORBID)
        try:
            assert engine.accept(told(1)) is True
        except StoreFailedError as error:
            raise AssertionError("it was not accepted") from error
        assert (statuses(engine), rig.driver.heard[-1]) == ([InboxStatus.NEW], (INBOX, START))
        with pytest.raises(StoreFailedError, match="forbidden"):
            engine.drain()
        run_sql(place, ALLOW)
        engine.drain()
        assert (statuses(engine), engine.views.case("delivery", "1").state) == ([InboxStatus.DONE], "reserved")


def reserve(engine: Engine, key: str) -> bool:
    """Somebody wants a locker."""
    return engine.ask("delivery", key, "create_with_locker", data={"locker_id": "L"})


def a_call_goes_out_with_the_wish(place: Place) -> None:
    """Nobody else has to look for it: it is claimed where it is decided, by the thread that wished for it."""
    rig = Rig(place)
    with rig.opened(at_once=None, sweep=HOUR, manners=QUICK) as engine:
        engine.start()
        found = list(tried(engine, lambda key: reserve(engine, key), until="claiming"))
        assert found[-1] == ["deciding", "committing", "claiming", "accepting", "claimed", "committed", "accepted"]
        assert comes(lambda: states(engine) == {"reserved"}, within=patience())
        assert {row.status for row in engine.views.outbox()} == {OutboxStatus.DONE}
    assert set(rig.world.happened.values()) == {1}


def a_deadline_that_is_set_is_kept(place: Place) -> None:
    """Whoever decides is not woken by a message that is decided already, and yet looks when something of it is due."""
    habits = Habits(looks=NEVER, sweep=HOUR)
    with Engine(place, catalogue(), {}, ports=Ports(SystemClock()), habits=habits) as engine:
        engine.start()
        tell_until_stored(engine, datetime.now(UTC) + timedelta(seconds=0.5))
        assert comes(lambda: states(engine) == {"expired"}, within=patience())


def whoever_decides_is_told_when_to_look(place: Place) -> None:
    expected: list[datetime] = []
    with Rig(place).opened(at_once=False) as engine:
        engine._accepting.decide(engine._deciding, expected.append)
        tell_until_stored(engine, START + HOUR)
    assert expected == [START + HOUR]


@dataclass
class Wishing:
    """A listener of a user's, that wishes for something when it hears of a decision."""

    engine: Engine | None = None

    def hear(self, notice: Notice) -> None:
        """In the thread that decided."""
        if isinstance(notice, DecisionMade) and notice.kind == "delivery" and self.engine is not None:
            self.engine.ask("order", "1", "accept", request_id="once")


def a_listener_may_wish(place: Place) -> None:
    rig, listener = Rig(place), Wishing()
    with rig.opened(listeners=[listener]) as engine:
        listener.engine = engine
        thread = threading.Thread(target=engine.accept, args=[told(1)], daemon=True)
        thread.start()
        thread.join(patience())
        stuck = thread.is_alive()
        if stuck:
            engine._accepting._turn = threading.RLock()  # or whoever stops the engine would wait for it for ever
        assert not stuck
        assert [row.source for row in engine.views.inbox()] == ["x", "ask"]


def whoever_stops_waits_for_who_is_answered(place: Place) -> None:
    """What was claimed must go out: the threads that call may not be ended meanwhile."""
    rig, there, may = Rig(place), threading.Event(), threading.Event()
    answers: list[bool] = []

    def asking() -> None:
        for key in map(str, range(60)):
            answers.append(reserve(engine, key))
            if there.is_set() or not comes(lambda: states(engine) == {"reserved"}, within=60):
                return

    def reach(point: str) -> None:
        if point == "claiming" and threading.current_thread() is asker:
            there.set()
            may.wait(60)

    with rig.opened(at_once=None, manners=QUICK) as engine:
        engine._calling._reach = reach
        asker = threading.Thread(target=asking)
        stopper = threading.Thread(target=engine.stop)
        engine.start()
        asker.start()
        assert there.wait(60)
        stopper.start()
        comes(lambda: not engine._calling._threaded, within=grace())
        may.set()
        asker.join(60)
        stopper.join(60)
    assert set(answers) == {True}
    assert rig.world.happened[f"delivery/{len(answers) - 1}/1"] == 1


CHECKS: tuple[PlaceCheck, ...] = (
    what_is_accepted_is_decided_with_it,
    what_follows_is_told,
    what_is_older_comes_first,
    only_an_engine_at_work_does_so_unasked,
    many_are_left_to_whoever_decides,
    while_others_wait_nothing_is_decided_at_once,
    what_cannot_be_kept_is_the_callers_fault,
    what_cannot_be_decided_is_durable_all_the_same,
    a_call_goes_out_with_the_wish,
    a_deadline_that_is_set_is_kept,
    whoever_decides_is_told_when_to_look,
    a_listener_may_wish,
    whoever_stops_waits_for_who_is_answered,
)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_it_is_so(place: Place, check: PlaceCheck) -> None:
    check(place)


def whoever_decides_elsewhere_is_left_to_it(place: Place) -> None:
    """On PostgreSQL: in another process, which is told."""
    rig = Rig(place)
    with closing(Store(place)) as other, rig.opened() as engine:
        with other.deciding():
            assert engine.accept(told(1)) is True
            assert (rig.points, statuses(engine), rig.driver.heard) == (LATER_POINTS, [InboxStatus.NEW], [(INBOX, START)])
        rig.points.clear()
        engine.drain()
        engine.accept(told(2, "rent.started"))
        assert statuses(engine) == [InboxStatus.DONE] * 2
        assert rig.points[-5:] == AT_ONCE_POINTS


@pytest.fixture
def shared(postgres: str) -> Generator[str]:
    """An empty database of PostgreSQL's."""
    with schema(postgres) as made:
        yield made


def test_whoever_decides_elsewhere_is_left_to_it(shared: str) -> None:
    whoever_decides_elsewhere_is_left_to_it(shared)


def whatever_waits(messages: Sequence[Message], _arrivals: Sequence[Arrival]) -> bool:
    return bool(messages)


def unasked(_self: Store, _tx: Tx) -> Later[bool]:
    return lambda: True


def all_or_nothing(self: Accepting, arrivals: Sequence[Arrival]) -> list[bool]:
    assert self._deciding is not None
    accepted = self._deciding.accept(arrivals)
    if accepted is None:
        raise StoreFailedError("it could not be decided")
    return accepted.new


def without_waiting(self: Accepting, deciding: Deciding | None, expect: Expect | None = None) -> None:
    self._deciding, self._expect = deciding, expect


def expecting_nothing(self: Accepting, deciding: Deciding | None, _expect: Expect | None = None) -> None:
    with self._turn:
        self._deciding = deciding


def always(self: Accepting, _deciding: Deciding | None, _expect: Expect | None = None) -> None:
    """It does not matter who is at work."""
    self._deciding = None


def claiming_nothing(_self: Beside, _tx: Tx, _now: datetime, *, sent: bool, waiting: bool) -> bool:
    return not (sent and waiting)


def claimed_by_somebody(_self: Beside, _tx: Tx, _now: datetime, *, sent: bool, waiting: bool) -> bool:
    del sent, waiting
    return True


HONEST_ENQUEUE = Told.enqueue


def deaf_to(work: str) -> Callable[..., None]:
    def enqueue(self: Told, tx: Tx, said: str, due: datetime, *, others: bool = False) -> None:
        if said != work:
            HONEST_ENQUEUE(self, tx, said, due, others=others)

    return enqueue


MUTANTS: dict[str, tuple[object, str, object, PlaceCheck]] = {
    "what is older is passed by": (inbox, "are_new", whatever_waits, what_is_older_comes_first),
    "nothing is accepted that is not decided": (
        Accepting,
        "accept_all",
        all_or_nothing,
        what_cannot_be_decided_is_durable_all_the_same,
    ),
    "it does not matter who waits": (Deciding, "calm", True, while_others_wait_nothing_is_decided_at_once),
    "whoever stops waits for nobody": (Accepting, "decide", without_waiting, whoever_stops_waits_for_who_is_answered),
    "a listener waits for itself": (accepting, "RLock", threading.Lock, a_listener_may_wish),
    "deadlines are nobody's": (Accepting, "decide", expecting_nothing, whoever_decides_is_told_when_to_look),
    "an engine at work leaves it all to who decides": (Accepting, "decide", always, only_an_engine_at_work_does_so_unasked),
    "calls are left to whoever sees to them": (Beside, "claim", claiming_nothing, a_call_goes_out_with_the_wish),
    "calls are nobody's": (Beside, "claim", claimed_by_somebody, what_follows_is_told),
    "what is left is nobody's": (Told, "enqueue", deaf_to(INBOX), what_is_older_comes_first),
    "deadlines and wishes are told nobody": (Told, "enqueue", deaf_to(INBOX), what_follows_is_told),
}


@pytest.mark.parametrize(("where", "name", "wrong", "check"), MUTANTS.values(), ids=MUTANTS)
def test_the_check_kills_the_mutant(tmp_path: Path, where: object, name: str, wrong: object, check: PlaceCheck) -> None:
    assert dies(Mutant(where, name, wrong, lambda: check(tmp_path / "x.db")))


def test_the_check_kills_who_decides_without_the_right(shared: str) -> None:
    assert dies(Mutant(Store, "may_decide_now", unasked, lambda: whoever_decides_elsewhere_is_left_to_it(shared)))
