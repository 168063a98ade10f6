"""What a compiled machine is made of, as plain frozen values: rows leaving states, timers, and the table of them all.

May not compile or decide anything. Non-obvious choice: a thing with independent regions (a locker's door, availability and
allocation) has one state for each combination of theirs. Eight combinations cost nothing, and everything that works on a flat
machine (decisions, ways, journals, the database's one column) works on it unchanged.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import TypeAlias

from .chart import StrictChart
from .decision import Decision, Outcome, Step
from .row import Row
from .words import Facts

TOGETHER = "+"
"""Between the regions' states in the name of a combination."""

CALLED_OFF = "called_off"
"""A customer's step of what ended without being delivered."""

Due: TypeAlias = Callable[[Facts], datetime | None]


def no_steps() -> Mapping[str, str]:
    """A machine that no customer sees, as a dataclass default."""
    return MappingProxyType({})


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

    def step(self, *, inferred: bool = False) -> Step:
        """The step of whoever takes it."""
        return Step(self.row.id, self.source, self.target, inferred)


@dataclass(frozen=True, slots=True)
class Group:
    """States that belong together, for pictures; groups may hold groups, and what every member does is drawn once."""

    title: str
    members: tuple["str | Group", ...]

    @property
    def states(self) -> tuple[str, ...]:
        """Every state in it, in reading order."""
        inside = (member.states if isinstance(member, Group) else (member,) for member in self.members)
        return tuple(state for states in inside for state in states)


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
        groups: Its states as a person groups them, for pictures; a chart of parallel regions has one group for each.
        hold: Seconds for which an early event is held back before the steps in between are inferred (3.13, step 3).
        deadlines: Timers.
        notes: Signals that are kept in the journal and change nothing.
        coarse: A customer's step by state; a state that no customer sees is not in it.
    """

    kind: str
    title: str
    system: str
    chart: type[StrictChart]
    read: str | None
    happy: tuple[str, ...]
    groups: tuple[Group, ...]
    hold: float
    deadlines: tuple[Deadline, ...] = ()
    notes: frozenset[str] = frozenset()
    coarse: Mapping[str, str] = field(default_factory=no_steps)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The compiled machine.

    Attributes:
        machine: What it was compiled from.
        rows: Its rows in the order of the table, those included that a policy refuses.
        states: Its states in reading order, the first one first. Of a chart of parallel regions: one state for each
            combination, `closed+active+free`.
        regions: The chart's own states, region by region; a flat chart is one region, and these are its states.
        start: The state of a case that nothing was heard of: `ABSENT`, or what a thing is assumed to be that exists before us.
        finals: States that nothing leaves to another state.
        arrows: Every arm once, under its own trigger and between the chart's own states, in the chart's order.
        refused: What would be arrows under another policy or a later version of the API; never taken, kept to be shown.
        arms: What may happen, by (state, trigger or signal).
        triggers: Every trigger of its rows.
        named: Arms by trigger or signal, whatever the state.
        plain: Decisions on told events that are the same for every case, by (state, trigger or signal): one arm, no guard that
            binds what is told, nothing to stamp or set. Most of a journal is these, and they are made once.
        leaving: Arms to another state by the state that they leave, each under its own trigger; those alone that no policy
            governs, and all of them. What is inferred for an early event is looked for among these.
    """

    machine: Machine
    rows: tuple[Row, ...]
    states: tuple[str, ...]
    regions: tuple[tuple[str, ...], ...]
    start: str
    finals: frozenset[str]
    arrows: tuple[Arm, ...]
    refused: tuple[Arm, ...]
    arms: Mapping[tuple[str, str], tuple[Arm, ...]]
    triggers: frozenset[str]
    named: Mapping[str, tuple[Arm, ...]]
    plain: Mapping[tuple[str, str], Decision] = field(init=False, repr=False, compare=False)
    leaving: tuple[Mapping[str, tuple[Arm, ...]], Mapping[str, tuple[Arm, ...]]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        plain = {place: _moved(arms[0]) for place, arms in self.arms.items() if len(arms) == 1 and _is_plain(arms[0])}
        object.__setattr__(self, "plain", plain)  # frozen
        moving = [
            arm for (state, name), arms in self.arms.items() for arm in arms if name == arm.row.trigger and arm.target != state
        ]
        object.__setattr__(self, "leaving", (_by_source(arm for arm in moving if arm.row.policy is None), _by_source(moving)))

    @property
    def kind(self) -> str:
        """The machine's name."""
        return self.machine.kind

    def parts(self, state: str) -> frozenset[str]:
        """The chart's own states that hold in `state`: itself in a flat chart, one of each region else."""
        named = frozenset(state.split(TOGETHER))
        return named.union(*(region for region in self.regions if len(region) == 1))


def _by_source(arms: Iterable[Arm]) -> Mapping[str, tuple[Arm, ...]]:
    found: dict[str, tuple[Arm, ...]] = {}
    for arm in arms:
        found[arm.source] = (*found.get(arm.source, ()), arm)
    return found


def _is_plain(arm: Arm) -> bool:
    row = arm.row
    return (row.guard is None or row.guard.asked_only) and row.stamps is None and not row.sets


def _moved(arm: Arm) -> Decision:
    return Decision(Outcome.MOVED, arm.target, (arm.step(),))
