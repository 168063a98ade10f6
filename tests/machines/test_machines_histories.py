"""Whole histories: any order, duplication and loss of what a remote told, and any rhythm of a clock, end where they should."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeAlias

import pytest
import scenes
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from parcelflow.conformance.history import Travelled, check_history
from parcelflow.machines import (
    JUMP,
    MACHINES,
    REMOTE_STATE,
    Case,
    Cause,
    Decision,
    Event,
    Facts,
    Json,
    Outcome,
    Policies,
    Step,
    Table,
    catalogue,
    classify,
    decide,
    table_of,
    timers,
)
from parcelflow.machines.vendor import TASK_EVENT, TASK_TYPE

RENTS = ("store", "send", "delivery", "return")
READABLE = tuple(kind for kind, machine in MACHINES.items() if machine.read is not None)
LOG_LENGTH = 14
Decide: TypeAlias = Callable[[Table, Case, Event, frozenset[str]], Decision]


def decided(table: Table, case: Case, event: Event, been: frozenset[str]) -> Decision:
    """What follows from a told event, all holding back over: what the engine does, without its clock."""
    decision = decide(table, case, event)
    if decision.outcome is Outcome.CONTRADICTION:
        decision = classify(table, case, event, been)
    return decision._replace(outcome=Outcome.MOVED) if decision.outcome is Outcome.EARLY else decision


@dataclass
class Replica:
    """A case that only hears."""

    table: Table
    case: Case
    by: Decide = decided
    been: frozenset[str] = frozenset()
    steps: list[Step] = field(default_factory=list[Step])
    outcomes: list[Outcome] = field(default_factory=list[Outcome])

    def hear(self, event: Event) -> None:
        """Decide one event and keep what follows."""
        decision = self.by(self.table, self.case, event, self.been)
        moves = decision.outcome in (Outcome.MOVED, Outcome.RECONCILED)
        facts = {**self.case.facts, **decision.facts}
        self.case = replace(self.case, state=decision.state, facts=facts)
        self.been |= {place for step in decision.steps for place in (step.source, step.target)}
        self.steps += decision.steps if moves else ()
        self.outcomes.append(decision.outcome)


def news(kind: str, name: str, data: st.DataObject) -> Facts:
    """What an event of this name brings, as the remote would tell it."""
    if kind == "order" and name.startswith("order.status_"):
        return {"status": int(name[-1])}
    if kind.startswith("task"):
        return {"task_event": name, "agent_name": data.draw(st.sampled_from(["Ann", "Bob"]))}
    if kind in RENTS:
        return {"locker_id": "L"}
    return {"rent": "R"} if name == "allocate" else {}


def fresh(kind: str) -> Case:
    known: Facts = {"type": "DELIVERY"} if kind == "order" else {}
    return Case(kind=kind, key="1", state=table_of(kind).start, facts=known)


def lived(kind: str, data: st.DataObject) -> tuple[Case, list[Event]]:
    """A remote's life and everything that it told of it: each step is one that its own table allows."""
    table, remote = catalogue()[kind], Replica(catalogue()[kind], fresh(kind))
    log: list[Event] = []
    for number in range(data.draw(st.integers(1, LOG_LENGTH))):
        names = sorted({name for (state, name) in table.arms if state == remote.case.state})
        if not names:
            break
        name = data.draw(st.sampled_from(names))
        at = scenes.AT + timedelta(minutes=number)
        event = Event(name=name, at=at, by=Cause.WEBHOOK, data=news(kind, name, data))
        if decide(table, remote.case, event).outcome is not Outcome.MOVED:
            continue  # a repetition that is none, or a status that this order's type does not know
        remote.hear(event)
        log.append(event)
    return remote.case, log


def disturbed(log: list[Event], data: st.DataObject) -> list[Event]:
    """The log in any order, with any part of it lost and any part of it told again."""
    places = st.lists(st.integers(0, len(log) - 1), max_size=2 * len(log)) if log else st.just([])
    return [log[place] for place in data.draw(places)]


def read(remote: Case) -> Event:
    """What a look-up tells."""
    return Event(name=REMOTE_STATE, at=scenes.AT + timedelta(days=1), by=Cause.API, data={"state": remote.state})


def obeys(table: Table, steps: Iterable[Step]) -> bool:
    return check_history(table, (Travelled(step.row, step.source, step.target) for step in steps)).obeys


def ends_with_the_remote(data: st.DataObject, by: Decide = decided) -> None:
    """I1 and I2: disturb a life's log in any way; what is applied is a path, and a look-up ends in the remote's state."""
    kind = data.draw(st.sampled_from(READABLE))
    remote, log = lived(kind, data)
    replica = Replica(catalogue()[kind], fresh(kind), by)
    for event in disturbed(log, data):
        replica.hear(event)
        assert obeys(replica.table, replica.steps)
    replica.hear(read(remote))
    assert replica.case.state == remote.state
    assert obeys(replica.table, replica.steps)


def follows_an_orderly_log(data: st.DataObject, by: Decide = decided) -> None:
    """What is told once and in order needs no look-up, and is told again without effect (I3)."""
    kind = data.draw(st.sampled_from(tuple(MACHINES)))
    remote, log = lived(kind, data)
    once, twice = (Replica(catalogue()[kind], fresh(kind), by) for _ in range(2))
    for event in log:
        once.hear(event)
        twice.hear(event)
        before = twice.case.state
        twice.hear(event)
        assert twice.case.state == before
    assert once.case.state == twice.case.state == remote.state
    assert JUMP not in {step.row for step in once.steps}


@settings(max_examples=300)
@given(st.data())
def test_any_order_duplication_and_loss_followed_by_a_look_up_ends_in_the_remotes_state(data: st.DataObject) -> None:
    ends_with_the_remote(data)


@settings(max_examples=200)
@given(st.data())
def test_a_log_told_once_or_with_every_event_twice_ends_where_the_remote_is(data: st.DataObject) -> None:
    follows_an_orderly_log(data)


def deaf_to_look_ups(table: Table, case: Case, event: Event, been: frozenset[str]) -> Decision:
    return Decision(Outcome.NOTED, case.state) if event.name == REMOTE_STATE else decided(table, case, event, been)


def unwritten_jumps(table: Table, case: Case, event: Event, been: frozenset[str]) -> Decision:
    decision = decided(table, case, event, been)
    return decision._replace(steps=decision.steps[1:]) if decision.outcome is Outcome.RECONCILED else decision


def unwritten_inference(table: Table, case: Case, event: Event, been: frozenset[str]) -> Decision:
    decision = decided(table, case, event, been)
    return decision._replace(steps=decision.steps[-1:])


def everything_moves(table: Table, case: Case, event: Event, been: frozenset[str]) -> Decision:
    """Believes an event wherever it comes from, as if every state allowed it."""
    decision = decided(table, case, event, been)
    arms = [arm for arm in table.named.get(event.name, ()) if arm.target != arm.source]
    if decision.outcome is Outcome.LATE and arms:
        step = Step(arms[0].row.id, arms[0].source, arms[0].target)
        return Decision(Outcome.MOVED, arms[0].target, (step,))
    return decision


def repetitions_undo(table: Table, case: Case, event: Event, been: frozenset[str]) -> Decision:
    """Takes what was heard already for a sign that it was not."""
    decision = decided(table, case, event, been)
    arms = [arm for arm in table.named.get(event.name, ()) if arm.target == case.state != arm.source]
    return decision._replace(state=arms[0].source) if decision.outcome is Outcome.NO_OP and arms else decision


WRONG: dict[str, tuple[Decide, Callable[[st.DataObject, Decide], None]]] = {
    "a look-up changes nothing": (deaf_to_look_ups, ends_with_the_remote),
    "a jump is not written down": (unwritten_jumps, ends_with_the_remote),
    "inferred steps are not written down": (unwritten_inference, ends_with_the_remote),
    "late events move": (everything_moves, ends_with_the_remote),
    "what is told again is undone": (repetitions_undo, follows_an_orderly_log),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_reading_of_histories_is_found(name: str) -> None:
    by, promise = WRONG[name]

    @settings(max_examples=600, derandomize=True, database=None, phases=[Phase.generate])
    @given(st.data())
    def wrong(data: st.DataObject) -> None:
        promise(data, by)

    with pytest.raises((AssertionError, ExceptionGroup)):
        wrong()


def restored(case: Case) -> Case:
    """A case that was written down as JSON and read again, as after a crash."""
    written = json.dumps([case.kind, case.key, case.state, dict(case.facts), case.remote_id, sorted(case.pending)])
    kind, key, state, facts, remote_id, pending = json.loads(written)
    return Case(kind=kind, key=key, state=state, facts=facts, remote_id=remote_id, pending=frozenset(pending))


@given(st.data())
def test_a_crash_and_a_restoration_at_every_step_change_nothing(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(tuple(MACHINES)))
    _, log = lived(kind, data)
    steady, crashed = (Replica(catalogue()[kind], fresh(kind)) for _ in range(2))
    for event in disturbed(log, data):
        steady.hear(event)
        crashed.case = restored(crashed.case)
        crashed.hear(event)
        assert crashed.outcomes == steady.outcomes
        assert crashed.case == steady.case


INSTANTS = [scenes.AT + timedelta(hours=hour) for hour in range(0, 72, 6)]
LIMITS = ("expiry_at", "dropoff_limit_at", "created_at", "in_progress_at", "collect_limit_at")


def fired(case: Case, until: datetime) -> tuple[Case, list[tuple[str, datetime]]]:
    """Everything that is due by `until`, the earliest first; each timer that fires is due."""
    table, done = catalogue()[case.kind], list[tuple[str, datetime]]()
    while due := {at: name for name, at in timers(table, case.state, case.facts).items() if at <= until}:
        at = min(due)
        decision = decide(table, case, Event(name=due[at], at=at, by=Cause.TIMER))
        assert decision.outcome is Outcome.MOVED
        case = replace(case, state=decision.state, facts={**case.facts, **decision.facts})
        done.append((due[at], at))
    return case, done


@given(st.data())
def test_a_clock_that_runs_and_one_that_leaps_end_the_same(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(RENTS))
    state = data.draw(st.sampled_from(catalogue()[kind].states))
    known: dict[str, Json] = {
        name: data.draw(st.sampled_from(INSTANTS)).isoformat() for name in LIMITS if data.draw(st.booleans())
    }
    known |= {"bloq_rent_hours": 6, "collect_limit_hours": 12, "bloq_delivery_hours": 30}
    case = Case(kind=kind, key="1", state=state, facts=known)
    leapt, at_once = fired(case, INSTANTS[-1])
    run, bit_by_bit = case, list[tuple[str, datetime]]()
    for instant in [*sorted(data.draw(st.lists(st.sampled_from(INSTANTS)))), INSTANTS[-1]]:
        run, done = fired(run, instant)
        assert all(at <= instant for _, at in done)
        bit_by_bit += done
    assert (run, bit_by_bit) == (leapt, at_once)


def asked(kind: str) -> Iterator[tuple[Case, Event, Decision]]:
    """Every wish of a machine that is sent, over the scenes that tip its guards."""
    table = catalogue(Policies({"reject_dispatched": "send"}))[kind]
    for state, name in table.arms:
        for facts, event in scenes.scenes(kind, name, guarded=True):
            case = Case(kind=kind, key="1", state=state, facts=facts)
            if event.asked and (decision := decide(table, case, event)).outcome is Outcome.ASKED:
                yield case, event, decision


def test_no_rejection_is_sent_without_a_comment() -> None:
    sent = [effect for _, event, decision in asked("order") for effect in decision.effects if event.name == "reject"]
    assert sent
    assert all(effect.data.get("comment") for effect in sent)


@pytest.mark.parametrize("kind", ["task", "task-return"])
def test_a_task_keeps_its_type_in_every_call_and_in_every_state(kind: str) -> None:
    effects = [effect for _, _, decision in asked(kind) for effect in decision.effects]
    assert {TASK_TYPE.write(effect.kind) for effect in effects} == {TASK_TYPE.write(kind)}
    assert {row.id[:2] for row in catalogue()[kind].rows} == {f"K{TASK_TYPE.write(kind)}"}


@pytest.mark.parametrize("kind", ["task", "task-return"])
def test_an_updated_task_stays_where_it_is(kind: str) -> None:
    table = catalogue()[kind]
    for state in table.states:
        for been in (frozenset({state}), frozenset(table.states)):
            event = Event(name=TASK_EVENT.read(21), at=scenes.AT, by=Cause.WEBHOOK, data={"task_event": TASK_EVENT.read(21)})
            assert decided(table, Case(kind=kind, key="1", state=state), event, been).state == state
