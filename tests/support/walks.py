"""Random lives of an engine that dies at named points, and the four promises that they may not break.

May not reach inside the engine. Non-obvious choice: a crash is raised as a `BaseException` at a named point, so an
open transaction rolls back exactly as it would at a SIGKILL, and thousands of deaths fit into a minute.
"""

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from hypothesis import strategies as st
from world import FATES, World

from parcelflow.conformance import Travelled, check_history
from parcelflow.engine import (
    NEVER,
    POINTS,
    Crash,
    Engine,
    Habits,
    InboxStatus,
    Manners,
    ManualClock,
    OutboxStatus,
    Ports,
    Stamina,
    Views,
)
from parcelflow.engine.ports import CountedIds
from parcelflow.machines import Arrival, Caller, Cause, Event, Facts, Outcome, catalogue

QUIET = Habits(looks=NEVER, manners=Manners(stamina=Stamina(1000)))
"""Nothing is looked at for its silence, and no call is given up, so that every life comes to rest by what happened in it."""
RAM = Path("/dev/shm")  # noqa: S108 - a RAM disk: durability against power loss is not what these walks are about
MOVED = (Outcome.MOVED, Outcome.RECONCILED)


class BrokenPromiseError(AssertionError):
    """One of the four promises does not hold."""


@dataclass(frozen=True)
class Tell:
    """A remote tells something; `name` is also its id, so that drawing it twice is a duplicate."""

    kind: str
    key: str
    name: str
    nth: int


@dataclass(frozen=True)
class Ask:
    """Somebody wants something."""

    kind: str
    key: str
    name: str
    nth: int


@dataclass(frozen=True)
class Advance:
    """Time passes, in seconds."""

    seconds: int


Action = Tell | Ask | Advance


@dataclass
class Plan:
    """One life: what happens, what becomes of calls, where the process dies, and what happens while calls are out.

    A death is (point, how many times it was reached). `at_once`: Whether what is accepted is decided at once.
    """

    actions: list[Action]
    fates: list[str]
    deaths: set[tuple[str, int]] = field(default_factory=set[tuple[str, int]])
    meanwhile: list[Action] = field(default_factory=list[Action])
    at_once: bool = False


KEYS = st.sampled_from(("1", "2"))
NTH = st.integers(0, 2)
SIGNALS = {
    "order": ("order_webhook", "order.status_1", "order.status_2", "order.status_3", "order.status_4"),
    "task": ("task_assigned", "task_accepted", "task_started", "task_finished", "task_cancelled", "task_reassigned"),
    "delivery": ("rent.reserved", "rent.started", "rent.in_progress", "rent.collect_item", "rent.finished", "rent.cancelled"),
}
WISHES = {
    "order": ("accept", "accept", "dispatch", "deliver", "reject"),
    "task": ("task_created",),
    "delivery": ("create_with_locker", "make_requested", "collect_requested", "cancel_requested", "finish_requested"),
}
KIND = st.sampled_from(tuple(SIGNALS))


def tells() -> st.SearchStrategy[Tell]:
    """What remotes tell."""
    return KIND.flatmap(lambda kind: st.builds(Tell, st.just(kind), KEYS, st.sampled_from(SIGNALS[kind]), NTH))


def asks() -> st.SearchStrategy[Ask]:
    """What people want."""
    return KIND.flatmap(lambda kind: st.builds(Ask, st.just(kind), KEYS, st.sampled_from(WISHES[kind]), NTH))


def plans(*, meanwhile: bool = True) -> st.SearchStrategy[Plan]:
    """Whole lives, beginning with an accepted order more often than not.

    Args:
        meanwhile: Whether anything happens while a call is out.
    """
    begin = st.sampled_from(
        ([], [Tell("order", "1", "order_webhook", 0)], [Tell("order", "1", "order_webhook", 0), Ask("order", "1", "accept", 0)])
    )
    actions = st.lists(st.one_of(tells(), asks(), st.builds(Advance, st.sampled_from((1, 5, 30, 90_000)))), max_size=14)
    return st.builds(
        Plan,
        st.tuples(begin, actions).map(lambda parts: [*parts[0], *parts[1]]),
        st.lists(st.sampled_from(FATES), max_size=8),
        st.sets(st.tuples(st.sampled_from(POINTS), st.integers(1, 5)), max_size=4),
        st.lists(st.one_of(tells(), asks()), max_size=6) if meanwhile else st.just([]),
        st.booleans(),
    )


class Life:
    """One plan lived through, with as many processes as it takes.

    Args:
        plan: What happens.
        folder: Where the database is.
    """

    def __init__(self, plan: Plan, folder: Path) -> None:
        self.world = World(iter(plan.fates), self._meanwhile)
        self._elsewhere = iter(plan.meanwhile)
        self.clock = ManualClock()
        self.answered: set[tuple[str, str]] = set()
        self.crashes = 0
        self.died_at: list[tuple[str, int]] = []
        self._plan = plan
        self._path = folder / "life.db"
        self._reached: Counter[str] = Counter()
        self._mortal = True
        self._ids = CountedIds()
        self.engine = self._born()

    def live(self) -> None:
        """Go through the plan, then let everything settle without further deaths, and check."""
        for action in self._plan.actions:
            self._survive(lambda action=action: self._act(action))
            self._survive(self.engine_drains)
        self._mortal = False
        self._settle()
        check(self)
        self.engine.stop()

    def engine_drains(self) -> None:
        """What the threads would do."""
        self.engine.drain()

    def _born(self) -> Engine:
        callers: dict[str, Caller] = dict.fromkeys(("bloqit", "blink", "logistics"), self.world)
        ports = Ports(clock=self.clock, ids=self._ids, reach=self._reach)
        return Engine(self._path, catalogue(), callers, ports=ports, habits=replace(QUIET, at_once=self._plan.at_once))

    def _reach(self, point: str) -> None:
        self._reached[point] += 1
        if self._mortal and (point, self._reached[point]) in self._plan.deaths:
            self.died_at.append((point, self._reached[point]))
            raise Crash(point)

    def _survive(self, act: Callable[[], None]) -> None:
        try:
            act()
        except Crash:
            self.crashes += 1
            self.engine.stop()
            self.engine = self._born()

    def _meanwhile(self) -> None:
        action = next(self._elsewhere, None)
        if action is not None:
            self._act(action)

    def _act(self, action: Action) -> None:
        match action:
            case Tell():
                arrival = self._arrival(action)
                self.engine.accept(arrival)
                self.answered.add((arrival.source, arrival.external_id))
            case Ask(kind=kind, key=key, name=name, nth=nth):
                name_for_good = f"{kind}/{key}/{name}/{nth}"
                data: Facts = {"locker_id": "L", "bloq_id": "B", "comment": "no", "expiry_at": "2026-01-02T00:00:00+00:00"}
                self.engine.ask(kind, key, name, data=data, request_id=name_for_good)
                self.answered.add(("ask", name_for_good))
            case Advance(seconds=seconds):
                self.clock.advance(timedelta(seconds=seconds))

    def _arrival(self, tell: Tell) -> Arrival:
        data: Facts = {"type": "DELIVERY", "status": int(tell.name[-1])} if tell.name[-1].isdigit() else {"type": "DELIVERY"}
        event = Event(name=tell.name, at=self.clock.now(), by=Cause.WEBHOOK, data=data)
        name = f"{tell.kind}/{tell.key}/{tell.name}/{tell.nth}"
        return Arrival(source="remote", external_id=name, system="x", event=event, raw=b"{}", kind=tell.kind, key=tell.key)

    def _settle(self) -> None:
        for _ in range(200):
            due = self.engine.drain()
            if due is None:
                return
            self.clock.advance(max(due - self.clock.now(), timedelta(seconds=1)))
        raise BrokenPromiseError("it does not come to rest")


def run(plan: Plan) -> Life:
    """Live a plan in a folder of its own."""
    with tempfile.TemporaryDirectory(dir=RAM if RAM.is_dir() else None) as folder:
        life = Life(plan, Path(folder))
        try:
            life.live()
        finally:
            life.engine.stop()
    return life


def check(life: Life) -> None:
    """The four promises.

    Raises:
        BrokenPromiseError: With the first one that does not hold.
    """
    views = life.engine.views
    for broken in (*_walks(views), *_effects(life), *_one_at_a_time(views), *_once(life), *_drained(life)):
        raise BrokenPromiseError(broken)


def _walks(views: Views) -> Iterator[str]:
    """Every journal is a legal walk, and the case is where its journal ends."""
    for case in views.cases():
        lines = [line for line in views.journal(case.kind, case.key) if line.outcome in MOVED]
        verdict = check_history(catalogue()[case.kind], [Travelled(line.row or "", line.source, line.target) for line in lines])
        if not verdict.obeys:
            yield f"{case.kind} {case.key}: {verdict.fault}"
        if verdict.state != case.state:
            yield f"{case.kind} {case.key} is {case.state}, its journal ends in {verdict.state}"


def _effects(life: Life) -> Iterator[str]:
    """One key, at most one effect; and no more effects than were decided, whatever their keys."""
    for key, times in life.world.happened.items():
        if times > 1:
            yield f"effect {key} happened {times} times"
    decided: Counter[tuple[str, str, str]] = Counter()
    for row in life.engine.views.outbox():
        decided[row.kind, row.key, f"{row.operation} {row.trigger}"] += 1
    for meaning, times in life.world.meant.items():
        if times > decided[meaning]:
            yield f"{meaning} was decided {decided[meaning]} times and happened {times} times"


def _one_at_a_time(views: Views) -> Iterator[str]:
    """Nothing is asked of the world for a case before what was asked last is answered, and the case has taken it in."""
    for case in views.cases():
        asked = ""
        for line in views.journal(case.kind, case.key):
            if asked and f"({asked})" in line.evidence:
                asked = ""
            if line.outcome == Outcome.ASKED:
                if asked:
                    yield f"{case.kind} {case.key} asked for {line.row} at {line.seq} while {asked} was under way"
                asked = f"{case.kind}/{case.key}/{line.seq}"


def _once(life: Life) -> Iterator[str]:
    """What was answered is there, once, and was decided once."""
    rows = life.engine.views.inbox()
    there = Counter((row.source, row.external_id) for row in rows)
    for name in life.answered:
        if there[name] != 1:
            yield f"{name} was answered and is there {there[name]} times"
    deciders: dict[int, set[tuple[str, str]]] = {}
    lines: Counter[int] = Counter()
    for case in life.engine.views.cases():
        for line in life.engine.views.journal(case.kind, case.key):
            deciders.setdefault(line.inbox_id, set()).add((case.kind, case.key))
            lines[line.inbox_id] += line.outcome in MOVED and not line.inferred
    for row in rows:
        if row.id is not None and row.status == InboxStatus.DONE and len(deciders.get(row.id, ())) != 1:
            yield f"{row.source} {row.external_id} is done, and in the journals of {deciders.get(row.id, set())}"
        if lines[row.id or 0] > 1:
            yield f"{row.source} {row.external_id} was applied {lines[row.id or 0]} times"


def _drained(life: Life) -> Iterator[str]:
    """When crashes stop, everything comes to an end: messages decided, effects settled as the world knows them."""
    views = life.engine.views
    for row in views.inbox():
        if row.status not in (InboxStatus.DONE, InboxStatus.PARKED):
            yield f"{row.source} {row.external_id} is still {row.status}: {row.note}"
    for row in views.outbox():
        if row.status not in (OutboxStatus.DONE, OutboxStatus.REFUSED):
            yield f"effect {row.effect_key} is still {row.status}"
        if (row.status == OutboxStatus.DONE) != (life.world.happened[row.effect_key] == 1):
            yield f"effect {row.effect_key} is {row.status} and happened {life.world.happened[row.effect_key]} times"
    for case in views.cases():
        sent = {row.effect_key for row in views.outbox() if (row.kind, row.key) == (case.kind, case.key)}
        asked = {
            f"{case.kind}/{case.key}/{line.seq}" for line in views.journal(case.kind, case.key) if line.outcome == Outcome.ASKED
        }
        if asked - sent:
            yield f"decided and never sent: {sorted(asked - sent)}"
