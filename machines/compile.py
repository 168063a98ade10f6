"""From a chart to its decision table, once, when the machine is defined.

May not know any single machine, and may not instantiate a chart: an instance costs about a millisecond and 88 kB, which is
why events are decided on the table. Non-obvious choice: the table is read off the chart class (states, transitions and the
rows that are their actions), not off the declarations beside it, so that the chart stays the one truth; `tests/machines`
compares the two exhaustively.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import TypeAlias, cast

from statemachine.callbacks import CallbackSpec

from .chart import StrictChart
from .errors import BrokenMachineError
from .policies import DEFAULTS, Policies, Stance
from .row import Row
from .words import Cause, Facts

Due: TypeAlias = Callable[[Facts], datetime | None]


@dataclass(frozen=True, slots=True)
class Deadline:
    """A timer that runs while a case is in some states.

    Attributes:
        trigger: The event that it fires.
        states: States in which it runs; leaving them cancels it.
        due: When it is due by the case's facts (aware), or None when there is no limit.
    """

    trigger: str
    states: frozenset[str]
    due: Due


@dataclass(frozen=True, slots=True)
class Arm:
    """One row leaving one state: the unit that `decide` picks."""

    row: Row
    source: str
    target: str
    sendable: bool
    """Whether it may be asked for: an API call causes it and its policy allows sending."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A chart with what surrounds it: the argument of `compile_machine`.

    Attributes:
        kind: The machine's name, as cases and commands use it.
        title: What it is, for a heading.
        system: Whose ids its cases carry: `bloqit`, `blink`, `logistics`.
        chart: The python-statemachine class.
        read: Operation that reads the remote's state, None where the remote offers none (orders: 2.5).
        happy: Row ids of the everyday way, in order, for pictures.
        groups: States by cluster title, for pictures.
        hold: Seconds for which an early event is held back before the steps in between are inferred (3.13, step 3).
        deadlines: Timers.
        notes: Signals that are kept in the journal and change nothing.
    """

    kind: str
    title: str
    system: str
    chart: type[StrictChart]
    read: str | None
    happy: tuple[str, ...]
    groups: Mapping[str, tuple[str, ...]]
    hold: float
    deadlines: tuple[Deadline, ...] = ()
    notes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The compiled machine.

    Attributes:
        machine: What it was compiled from.
        rows: Its rows in the order of the table, those included that a policy refuses.
        states: Its states in reading order, `ABSENT` first.
        finals: States that nothing leaves to another state.
        arms: What may happen, by (state, trigger or signal).
        triggers: Every trigger of its rows.
        named: Arms by trigger or signal, whatever the state.
    """

    machine: Machine
    rows: tuple[Row, ...]
    states: tuple[str, ...]
    finals: frozenset[str]
    arms: Mapping[tuple[str, str], tuple[Arm, ...]]
    triggers: frozenset[str]
    named: Mapping[str, tuple[Arm, ...]]

    @property
    def kind(self) -> str:
        """The machine's name."""
        return self.machine.kind


def compile_machine(machine: Machine, policies: Policies = DEFAULTS) -> Table:
    """Compile a machine under a set of policies.

    Raises:
        BrokenMachineError: A transition that no row declared, a trigger that is also a signal of another row, or two
            arms for the same (state, name) with different targets and nothing to tell them apart.
    """
    arms = [arm for arm in _arms(machine.chart, policies) if arm is not None]
    by_place: dict[tuple[str, str], list[Arm]] = {}
    by_name: dict[str, list[Arm]] = {}
    for arm in arms:
        for name in (arm.row.trigger, *arm.row.signals):
            by_place.setdefault((arm.source, name), []).append(arm)
            by_name.setdefault(name, []).append(arm)
    for place, rivals in by_place.items():
        _refuse_ambiguity(machine.kind, place, rivals)
    rows = _rows(machine.chart)
    states = tuple(state.id for state in machine.chart.states)
    left = {arm.source for arm in arms if arm.target != arm.source}
    return Table(
        machine=machine,
        rows=rows,
        states=states,
        finals=frozenset(states) - left,
        arms=MappingProxyType({place: tuple(found) for place, found in by_place.items()}),
        triggers=frozenset(row.trigger for row in rows),
        named=MappingProxyType({name: tuple(found) for name, found in by_name.items()}),
    )


def _arms(chart: type[StrictChart], policies: Policies) -> list[Arm | None]:
    return [
        _arm(_row_of(transition.on, state.id), state.id, policies) for state in chart.states for transition in state.transitions
    ]


def _arm(row: Row, source: str, policies: Policies) -> Arm | None:
    stance = Stance.SEND if row.policy is None else policies[row.policy]
    if stance is Stance.REFUSE:
        return None
    sendable = stance is Stance.SEND and Cause.API in row.causes
    return Arm(row, source, row.target or source, sendable)


def _rows(chart: type[StrictChart]) -> tuple[Row, ...]:
    found: dict[int, Row] = {}
    for state in chart.states:
        for transition in state.transitions:
            row = _row_of(transition.on, state.id)
            found[id(row)] = row
    return tuple(sorted(found.values(), key=lambda row: _reading_order(row.id)))


def _reading_order(row_id: str) -> tuple[str, int]:
    digits = row_id[-2:]
    return row_id[:-2], int(digits)


def _row_of(actions: Iterable[CallbackSpec], state: str) -> Row:
    """The row whose `fired` is among a transition's actions (conventions such as `on_transition` stand beside it)."""
    for spec in actions:
        owner = getattr(cast("object", spec.func), "__self__", None)
        if isinstance(owner, Row):
            return owner
    raise BrokenMachineError(f"a transition leaves {state!r} that no row declares; declare it with `row(...)`")


def _refuse_ambiguity(kind: str, place: tuple[str, str], rivals: list[Arm]) -> None:
    """Two unguarded arms for one name are fine only as two causes of the same arrow (`rent.started`: D09 and D11)."""
    unguarded = [arm for arm in rivals if arm.row.guard is None or arm.row.guard.asked_only]
    if len({arm.target for arm in unguarded}) > 1:
        ids = ", ".join(arm.row.id for arm in unguarded)
        raise BrokenMachineError(f"{kind}: {place[1]!r} in {place[0]!r} may take {ids} to different states")
