"""How long a decision takes and what a case weighs: the compiled table against two state machine libraries and a bare dict.

May not be part of CI: it times. Non-obvious choice: every contender takes the same everyday life of a delivery, arrow by arrow,
in one run and in short rounds that alternate, and only ratios are judged: a shared machine's microseconds mean nothing. What is
stated beside the bars (a wish, an arrow that stamps its instant) is dearer, and printed so that nobody has to guess by how much.
"""

# pyright: reportUnknownMemberType=false, reportMissingTypeStubs=false, reportUnknownVariableType=false
# `send` takes any payload, and says so by being untyped; transitions carries no types.

import json
import sys
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from statistics import median
from time import thread_time_ns

from transitions import EventData
from transitions import Machine as Peer

from parcelflow.machines import Arm, Case, Cause, Decision, Event, Facts, Outcome, decide, table_of
from parcelflow.machines.row import Scene

ROUNDS = 60
CASES = 10_000
AT = datetime(2026, 5, 1, 12, tzinfo=UTC)
FACTS: Facts = {"locker_id": "5d5a6e83d1682b7194fc5f9c", "bloq_id": "5d5a6e83d1682b7194fc5f91"}


@dataclass
class Model:
    """What a chart is restored from."""

    state: str


@dataclass
class Subject:
    """What `transitions` moves."""

    state: str = "absent"


@dataclass(frozen=True, slots=True)
class Bar:
    """What a ratio must not miss; `least` says whether it must reach or not pass the bar."""

    name: str
    ratio: float
    bar: float
    least: bool

    @property
    def ok(self) -> bool:
        """Whether it is met."""
        return self.ratio >= self.bar if self.least else self.ratio <= self.bar


def per_call(act: Callable[[], object], times: int) -> float:
    """Nanoseconds of CPU time for one call."""
    began = thread_time_ns()
    for _ in range(times):
        act()
    return (thread_time_ns() - began) / times


def everyday() -> tuple[Arm, ...]:
    """The arms of a delivery's everyday life, from reservation to the end."""
    table = table_of("delivery")
    return tuple(next(arm for arm in table.arrows if arm.row.id == row) for row in table.machine.happy)


def allowed(_data: EventData) -> bool:
    """A condition that holds."""
    return True


def peer() -> Peer:
    """One `transitions` machine for all, with the delivery's arrows, and a condition where a row has a guard."""
    table = table_of("delivery")
    machine = Peer(model=None, states=list(table.states), initial="absent", auto_transitions=False, send_event=True)
    for arm in table.arrows:
        guard = None if arm.row.guard is None else allowed
        machine.add_transition(arm.row.trigger, arm.source, arm.target, conditions=guard)
    return machine


def contenders() -> dict[str, tuple[Callable[[], object], int]]:
    """What is timed, and how often in a round; each takes `everyday`, but for the single arrows."""
    table, life = table_of("delivery"), everyday()
    chart = table.machine.chart
    steps = [(Case(kind="delivery", key="1", state=arm.source, facts=FACTS), _told(arm)) for arm in life]
    scenes = [(arm.source, arm.row.trigger, Scene(FACTS, event)) for arm, (_, event) in zip(life, steps, strict=True)]
    bare = {place: arms[0].target for place, arms in table.arms.items()}
    shared, subject = peer(), Subject()
    plain_case, plain = steps[3]
    stamped_case, stamped = steps[2]
    wish = replace(_told(life[1]), asked=True)

    def by_chart() -> None:
        for state, trigger, scene in scenes:
            chart(Model(state)).send(trigger, scene=scene)

    def by_peer() -> None:
        subject.state = "absent"
        for arm in life:
            shared.events[arm.row.trigger].trigger(subject)
        assert subject.state == "finished"

    def by_table() -> None:
        for case, event in steps:
            decide(table, case, event)

    shared.add_model(subject)
    return {
        "life: fresh chart, restored": (by_chart, 1),
        "life: transitions, one machine": (by_peer, 60),
        "life: compiled table": (by_table, 400),
        "one: dict look-up": (lambda: bare["in_progress", "pickup_code_ok"], 2000),
        "one: decision": (lambda: decide(table, plain_case, plain), 2000),
        "one: decision that stamps": (lambda: decide(table, stamped_case, stamped), 800),
        "one: wish with a guard": (lambda: decide(table, steps[1][0], wish), 800),
    }


def _told(arm: Arm) -> Event:
    return Event(name=arm.row.trigger, at=AT, by=Cause.LOCKER)


def weight() -> float:
    """Bytes that a case takes beyond its row: the values that a row holds are made before, the case around them is weighed."""
    rows = [(f"key-{number}", "in_progress", dict(FACTS), f"remote-{number}") for number in range(CASES)]
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    kept = [Case(kind="delivery", key=key, state=state, facts=facts, remote_id=remote) for key, state, facts, remote in rows]
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(kept) == CASES
    return (after - before) / CASES


def main() -> int:
    """Measure, print a table, and end with one line of JSON."""
    acts = contenders()
    outcomes = {name: act() for name, (act, _) in acts.items()}
    assert {found.outcome for found in outcomes.values() if isinstance(found, Decision)} == {Outcome.MOVED, Outcome.ASKED}
    spent: dict[str, list[float]] = {name: [] for name in acts}
    for _ in range(ROUNDS):
        for name, (act, times) in acts.items():
            spent[name].append(per_call(act, times))
    middle = {name: median(times) for name, times in spent.items()}
    length = len(everyday())
    for name, nanoseconds in middle.items():
        each = nanoseconds / (length if name.startswith("life") else 1) / 1000
        print(f"{name:32} {each:10.3f} µs a step  {each * 1000 / middle['one: dict look-up']:10.1f} x dict")
    life = middle["life: compiled table"]
    bytes_each = weight()
    print(f"{'a case beyond its row':32} {bytes_each:10.0f} bytes")
    bars = [
        Bar("fresh chart / table, a life", middle["life: fresh chart, restored"] / life, 300, least=True),
        Bar("transitions / table, a life", middle["life: transitions, one machine"] / life, 3, least=True),
        Bar("decision / dict look-up", middle["one: decision"] / middle["one: dict look-up"], 8, least=False),
        Bar("bytes of a case beyond its row", bytes_each, 400, least=False),
    ]
    print(json.dumps([{"name": bar.name, "ratio": round(bar.ratio, 2), "bar": bar.bar, "ok": bar.ok} for bar in bars]))
    return 0 if all(bar.ok for bar in bars) else 1


if __name__ == "__main__":
    sys.exit(main())
