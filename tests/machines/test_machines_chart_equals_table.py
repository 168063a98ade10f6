"""The chart (python-statemachine's own semantics) and the compiled table agree on every state, trigger and guard outcome."""

# pyright: reportUnknownMemberType=false
# `send` takes any payload, and says so by being untyped.

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
import scenes
from statemachine.exceptions import TransitionNotAllowed

from parcelflow.machines import MACHINES, Arm, Case, Guard, Policies, Row, Table, compile_machine, decide, pick
from parcelflow.machines.row import Scene


class Chart:
    """One chart instance, put into any state without running its hooks."""

    def __init__(self, kind: str) -> None:
        self._class = MACHINES[kind].chart
        self._chart = self._class()

    def send(self, state: str, trigger: str, scene: Scene) -> tuple[str, str] | None:
        """Row id and new state, or None when the library refuses."""
        self._chart.current_state_value = state
        try:
            row = self._chart.send(trigger, scene=scene)
        except TransitionNotAllowed:
            return None
        assert isinstance(row, Row)
        reached = str(self._chart.current_state_value)
        if self._class.states_map[reached].final:
            self._chart = self._class()  # an instance that has ended takes no event any more, whatever state it is put into
        return row.id, reached


def guarded(table: Table, trigger: str) -> bool:
    return any(row.guard is not None for row in table.rows if row.trigger == trigger)


def differences(kind: str, table: Table, policies: Policies) -> Iterator[str]:
    """Every place where the two disagree, in words."""
    chart = Chart(kind)
    for state in table.states:
        for trigger in sorted(table.triggers):
            for facts, event in scenes.scenes(kind, trigger, guarded=guarded(table, trigger)):
                arm = pick(table, Case(kind=kind, key="1", state=state, facts=facts), event)
                # A signal names its row's trigger; the chart, which knows no signals, is sent that.
                name = trigger if arm is None else arm.row.trigger
                by_table = None if arm is None else (arm.row.id, arm.target)
                by_chart = chart.send(state, name, Scene(facts, event, policies))
                if by_table != by_chart:
                    yield f"{kind} {state} {trigger} {facts} {event}: table {by_table}, chart {by_chart}"


@pytest.mark.parametrize("stance", scenes.POLICY_SETS)
@pytest.mark.parametrize("kind", MACHINES)
def test_the_chart_and_the_table_take_the_same_row_everywhere(kind: str, stance: str) -> None:
    policies = scenes.POLICY_SETS[stance]
    assert list(differences(kind, compile_machine(MACHINES[kind], policies), policies)) == []


@pytest.mark.parametrize("kind", MACHINES)
def test_the_compared_space_tips_every_guard_both_ways(kind: str) -> None:
    table = compile_machine(MACHINES[kind])
    outcomes: dict[tuple[str, str], set[bool]] = {}
    for row in table.rows:
        if row.guard is None:
            continue
        for facts, event in scenes.scenes(kind, row.trigger, guarded=True):
            outcomes.setdefault((row.id, row.guard.says), set()).add(row.guard.holds(facts, event))
    assert {place for place, seen in outcomes.items() if seen != {True, False}} == set()


@pytest.mark.parametrize("kind", MACHINES)
def test_guards_of_one_state_and_name_are_disjoint_unless_they_lead_to_the_same_place(kind: str) -> None:
    table = compile_machine(MACHINES[kind], scenes.POLICY_SETS["send"])
    for (state, name), arms in table.arms.items():
        for facts, event in scenes.scenes(kind, name, guarded=True):
            holding = [arm for arm in arms if arm.row.guard is None or arm.row.guard.holds(facts, event)]
            assert len({arm.target for arm in holding}) <= 1, (state, name, facts, event, [arm.row.id for arm in holding])


Mutate = Callable[[Arm], Arm | None]


def mutant(table: Table, place: tuple[str, str], change: Mutate) -> Table:
    arms = dict(table.arms)
    arms[place] = tuple(new for arm in arms[place] if (new := change(arm)) is not None)
    return replace(table, arms=arms)


def unguarded(arm: Arm) -> Arm:
    return replace(arm, row=replace(arm.row, guard=None))


def flipped(arm: Arm) -> Arm:
    guard = arm.row.guard
    assert guard is not None
    turned = Guard(guard.says, lambda facts, event: not guard.check(facts, event), asked_only=guard.asked_only)
    return replace(arm, row=replace(arm.row, guard=turned))


MUTANTS: dict[str, tuple[str, tuple[str, str], Mutate]] = {
    "a row dropped": ("delivery", ("expired", "collect_requested"), lambda _arm: None),
    "a row retargeted": ("delivery", ("in_progress", "expiry_reached"), lambda arm: replace(arm, target="cancelled")),
    "a self-loop that leaves": ("delivery", ("in_progress", "notify_requested"), lambda arm: replace(arm, target="finished")),
    "a row that nobody may ask for": ("delivery", ("reserved", "make_requested"), lambda arm: replace(arm, sendable=False)),
    "a guess that may be sent": ("delivery", ("expired", "cancel_requested"), lambda arm: replace(arm, sendable=True)),
    "a guard lost": ("delivery", ("expired", "finish_requested"), unguarded),
    "a guard flipped": ("order", ("accepted", "dispatch"), flipped),
    "a guard for wishes that binds facts": (
        "order",
        ("pending", "reject"),
        lambda arm: replace(arm, row=replace(arm.row, guard=replace(arm.row.guard, asked_only=False))),  # pyright: ignore[reportArgumentType]
    ),
    "another row's id": ("task", ("assigned", "task_started"), lambda arm: replace(arm, row=replace(arm.row, id="K1-07"))),
    "a repetition taken for news": ("task", ("assigned", "task_reassigned"), flipped),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_the_comparison_kills_the_mutant(name: str) -> None:
    kind, place, change = MUTANTS[name]
    table = compile_machine(MACHINES[kind])
    assert any(differences(kind, mutant(table, place, change), Policies()))


def test_the_comparison_kills_an_added_row() -> None:
    table = compile_machine(MACHINES["delivery"])
    arms = {**table.arms, ("finished", "open_requested"): table.arms["in_progress", "open_requested"]}
    assert any(differences("delivery", replace(table, arms=arms), Policies()))


def test_decide_moves_exactly_where_the_arm_points() -> None:
    for kind in MACHINES:
        table = compile_machine(MACHINES[kind])
        for (state, name), arms in table.arms.items():
            if any(arm.row.guard is not None for arm in arms):
                continue
            facts, event = next(iter(scenes.scenes(kind, name, guarded=False)))
            decision = decide(table, Case(kind=kind, key="1", state=state, facts=facts), event)
            assert decision.state == arms[0].target
