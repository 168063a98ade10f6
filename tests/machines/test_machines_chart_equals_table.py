"""The chart (python-statemachine's own semantics) and the compiled table agree on every state, trigger and guard outcome."""

# pyright: reportUnknownMemberType=false, reportPrivateUsage=false
# `send` takes any payload, and says so by being untyped; and whether an instance has ended is its engine's alone to know.

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product
from typing import cast

import pytest
import scenes
from statemachine.exceptions import TransitionNotAllowed
from statemachine.orderedset import OrderedSet

from parcelflow.machines import MACHINES, Arm, Case, Event, Facts, Guard, Policies, Row, Table, compile_machine, decide, pick
from parcelflow.machines.row import Scene
from parcelflow.machines.table import TOGETHER


class Chart:
    """One chart instance, put into any state without running its hooks."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._class = table.machine.chart
        self._chart = self._class()

    def send(self, state: str, trigger: str, scene: Scene) -> tuple[Row, str] | None:
        """The row and the new state, or None when the library refuses."""
        self._chart.current_state_value = self._configuration(state)
        try:
            row = self._chart.send(trigger, scene=scene)
        except TransitionNotAllowed:
            return None
        row = cast("list[object]", row)[0] if isinstance(row, list) else row  # parallel regions answer with a list
        assert isinstance(row, Row)
        reached = self._combination()
        if reached in self._class.states_map and self._class.states_map[reached].final:
            # An instance that has ended takes no event any more, whatever state it is put into, and a new one takes as long as
            # forty events. Were this not enough, the next event would be refused, and the table would not refuse it.
            self._chart._engine.running = True
        return row, reached

    def _configuration(self, state: str) -> object:
        """The library's value of a state: itself, or within parallel regions the set of all that hold, with what is around."""
        if len(self._table.regions) == 1:
            return state
        (top,) = self._class.states
        return OrderedSet([top.id, *(region.id for region in top.states), *sorted(self._table.parts(state))])

    def _combination(self) -> str:
        """Our name of the state that the chart is in; of each region exactly one state must hold."""
        value = cast("object", self._chart.current_state_value)
        holding = set(cast("OrderedSet[str]", value)) if isinstance(value, OrderedSet) else {value}
        found = [[name for name in region if name in holding] for region in self._table.regions]
        assert all(len(names) == 1 for names in found), value
        return TOGETHER.join(names[0] for names, region in zip(found, self._table.regions, strict=True) if len(region) > 1)


def carried(table: Table, name: str) -> list[Row]:
    """The rows that a trigger or signal may take, in any state."""
    return [row for row in table.rows if name in (row.trigger, *row.signals)]


def differences(table: Table, policies: Policies, *, states: tuple[str, ...] = (), guards: bool = True) -> Iterator[str]:
    """Every place where the two disagree, in words.

    Args:
        table: The compiled machine.
        policies: What it was compiled under.
        states: Where to look; everywhere if empty.
        guards: Whether to try every scene that tips a guard, or one of each mode.
    """
    chart = Chart(table)
    names = sorted({name for row in table.rows for name in (row.trigger, *row.signals)})
    for state, name in product(states or table.states, names):
        rows = carried(table, name)
        for facts, event in scenes.scenes(table.kind, name, guarded=guards and any(row.guard for row in rows)):
            arm = pick(table, Case(kind=table.kind, key="1", state=state, facts=facts), event)
            by_table = None if arm is None else (arm.row.id, arm.target)
            # The chart knows no signals; it is sent the triggers of the rows that carry one.
            sent = (chart.send(state, trigger, Scene(facts, event, policies)) for trigger in {row.trigger for row in rows})
            by_chart = [(found[0].id, found[1]) for found in sent if found is not None and found[0] in rows]
            if by_table not in (by_chart or [None]):
                yield f"{table.kind} {state} {name} {facts} {event}: table {by_table}, chart {by_chart}"


@pytest.mark.parametrize("kind", MACHINES)
@pytest.mark.parametrize("stance", ["default", "send"])
def test_the_chart_and_the_table_take_the_same_row_everywhere(kind: str, stance: str) -> None:
    policies = scenes.POLICY_SETS[stance]
    assert list(differences(compile_machine(MACHINES[kind], policies), policies)) == []


@pytest.mark.parametrize("kind", MACHINES)
@pytest.mark.parametrize("stance", ["refuse", "accept", "latest"])
def test_they_do_so_under_any_policy_and_version(kind: str, stance: str) -> None:
    policies = scenes.POLICY_SETS[stance]
    assert list(differences(compile_machine(MACHINES[kind], policies), policies, guards=False)) == []


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


def rivals(table: Table) -> Iterator[tuple[str, str]]:
    """(State, name) pairs whose guards have to tell rows apart: several arms of one trigger, or guards that bind what is told."""
    for (state, name), arms in table.arms.items():
        binding = any(arm.row.guard is not None and not arm.row.guard.asked_only for arm in arms)
        if len(arms) > 1 and (binding or all(arm.row.trigger == name for arm in arms)):
            yield state, name


def overlaps(table: Table, place: tuple[str, str]) -> Iterator[str]:
    """Every fact and event for which the guards of one (state, name) let more be taken than may be.

    Of a trigger, one row; of a signal, rows to one state, for it may tell of either of two causes (`rent.started`: D09 or D11).
    """
    arms = table.arms[place]
    trigger = all(arm.row.trigger == place[1] for arm in arms)

    def holding(facts: Facts, event: Event) -> int:
        holds = [arm for arm in arms if arm.row.guard is None or arm.row.guard.holds(facts, event)]
        return len(holds if trigger else {arm.target for arm in holds})

    for facts, event in scenes.everything(place[1], holding):
        if holding(facts, event) > 1:
            yield f"{table.kind} {place}: {facts} {event}"


@pytest.mark.parametrize("kind", MACHINES)
def test_guards_of_one_state_and_name_are_disjoint_over_every_value_they_look_at(kind: str) -> None:
    table = compile_machine(MACHINES[kind], scenes.POLICY_SETS["send"])
    assert [found for place in rivals(table) for found in overlaps(table, place)] == []


def test_there_are_rivals_and_the_search_finds_their_overlaps() -> None:
    found = {kind: set(rivals(compile_machine(MACHINES[kind]))) for kind in MACHINES}
    assert {("accepted", "order.status_3"), ("pending", "late_status_webhook")} <= found["order"]
    assert {("assigned", "task_reassigned"), ("finished", "task_finished")} <= found["task"]
    for kind, place in (("order", ("pending", "late_status_webhook")), ("task", ("finished", "any_other_event"))):
        table = compile_machine(MACHINES[kind])
        twice = replace(table, arms={**table.arms, place: (*table.arms[place], *table.arms[place])})
        assert any(overlaps(twice, place))


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


def retargeted(state: str) -> Mutate:
    return lambda arm: replace(arm, target=state)


def sendable(*, says: bool) -> Mutate:
    return lambda arm: replace(arm, sendable=says)


def dropped(_arm: Arm) -> None:
    return None


def binding_facts(arm: Arm) -> Arm:
    guard = arm.row.guard
    assert guard is not None
    return replace(arm, row=replace(arm.row, guard=replace(guard, asked_only=False)))


MUTANTS: dict[str, tuple[str, tuple[str, str], Mutate]] = {
    "a row dropped": ("delivery", ("expired", "collect_requested"), dropped),
    "a guess dropped": ("return", ("reserved", "rent.finished"), dropped),
    "a region's row dropped": ("locker", ("open+active+free", "close"), dropped),
    "a row retargeted": ("delivery", ("in_progress", "expiry_reached"), retargeted("cancelled")),
    "a store that ends open": ("store", ("in_progress", "end_requested_closed"), retargeted("collect_item")),
    "a drop-off that skips the door": ("return", ("reserved", "rent.started"), retargeted("in_progress")),
    "a door that frees its locker": (
        "locker",
        ("open+active+allocated", "locker.locker_closed"),
        retargeted("closed+active+free"),
    ),
    "a cancellation that frees": ("send", ("in_progress", "cancel_requested"), retargeted("finished")),
    "a place that comes back": ("location", ("churned", "bloq_placed"), retargeted("deployed")),
    "a self-loop that leaves": ("delivery", ("in_progress", "notify_requested"), retargeted("finished")),
    "a warning that closes": ("locker", ("open+inactive+free", "left_open"), retargeted("closed+inactive+free")),
    "a row that nobody may ask for": ("delivery", ("reserved", "make_requested"), sendable(says=False)),
    "a guess that may be sent": ("delivery", ("expired", "cancel_requested"), sendable(says=True)),
    "another case's call that may be sent": ("locker", ("closed+active+free", "rent_command"), sendable(says=True)),
    "a churned place that may be asked": ("location", ("churned", "anything"), sendable(says=True)),
    "a guard lost": ("delivery", ("expired", "finish_requested"), unguarded),
    "a door guard lost": ("locker", ("closed+active+allocated", "open_locker"), unguarded),
    "a plan's guard lost": ("return", ("expired", "finish_return_requested"), unguarded),
    "a guard flipped": ("order", ("accepted", "dispatch"), flipped),
    "a phone that must be missing": ("send", ("absent", "start_requested"), flipped),
    "an update of nothing": ("store", ("in_progress", "update_pickup_fields"), flipped),
    "a return of an empty box": ("delivery", ("expired", "return_requested"), unguarded),
    "a guard for wishes that binds facts": ("order", ("pending", "reject"), binding_facts),
    "a guard for opening that binds facts": ("locker", ("closed+active+free", "open_or_collect"), binding_facts),
    "another row's id": ("task", ("assigned", "task_started"), lambda arm: replace(arm, row=replace(arm.row, id="K1-07"))),
    "a repetition taken for news": ("task-return", ("assigned", "task_reassigned"), flipped),
}
SENT = ("a guess that may be sent", "a return of an empty box")


@pytest.mark.parametrize("name", MUTANTS)
def test_the_comparison_kills_the_mutant(name: str) -> None:
    kind, place, change = MUTANTS[name]
    policies = scenes.POLICY_SETS["send"] if name in SENT[1:] else Policies()
    table = compile_machine(MACHINES[kind], policies)
    assert any(differences(mutant(table, place, change), policies, states=(place[0],)))


def test_there_are_enough_mutants_and_the_unharmed_table_survives() -> None:
    assert len(MUTANTS) + 1 >= 25
    assert len({(kind, place) for kind, place, _ in MUTANTS.values()}) == len(MUTANTS)


def test_the_comparison_kills_an_added_row() -> None:
    table = compile_machine(MACHINES["delivery"])
    arms = {**table.arms, ("finished", "open_requested"): table.arms["in_progress", "open_requested"]}
    assert any(differences(replace(table, arms=arms), Policies(), states=("finished",)))


def test_decide_moves_exactly_where_the_arm_points() -> None:
    for kind in MACHINES:
        table = compile_machine(MACHINES[kind])
        for (state, name), arms in table.arms.items():
            if any(arm.row.guard is not None for arm in arms):
                continue
            facts, event = next(iter(scenes.scenes(kind, name, guarded=False)))
            decision = decide(table, Case(kind=kind, key="1", state=state, facts=facts), event)
            assert decision.state == arms[0].target
