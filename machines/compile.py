"""From a chart to its decision table, once, when the machine is defined.

May not know any single machine, and may not instantiate a chart: an instance costs about a millisecond and 88 kB, which is
why events are decided on the table. Non-obvious choice: the table is read off the chart class (states, transitions and the
rows that are their actions), not off the declarations beside it, so that the chart stays the one truth; `tests/machines`
compares the two exhaustively.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from types import MappingProxyType
from typing import TypeAlias, cast

from statemachine import State
from statemachine.callbacks import CallbackSpec

from .chart import StrictChart
from .errors import BrokenMachineError
from .policies import DEFAULTS, Policies, Stance
from .row import Row
from .table import TOGETHER, Arm, Machine, Table

Regions: TypeAlias = tuple[tuple[State, ...], ...]


def compile_machine(machine: Machine, policies: Policies = DEFAULTS) -> Table:
    """Compile a machine under a set of policies.

    Raises:
        BrokenMachineError: A transition that no row declared, states nested deeper than one level of regions, a name that two
            regions take, or two arms for the same (state, name) with different targets and nothing to tell them apart.
    """
    regions = _regions(machine.chart)
    every = {state.id: tuple(_arms(state, policies)) for region in regions for state in region}
    arrows = {state: tuple(arm for arm, stance in arms if stance is not Stance.REFUSE) for state, arms in every.items()}
    _refuse_shared_names(machine.kind, regions, arrows)
    by_place: dict[tuple[str, str], list[Arm]] = {}
    by_name: dict[str, list[Arm]] = {}
    for arm in _spread(regions, arrows):
        for name in (arm.row.trigger, *arm.row.signals):
            by_place.setdefault((arm.source, name), []).append(arm)
            by_name.setdefault(name, []).append(arm)
    for place, rivals in by_place.items():
        _refuse_ambiguity(machine.kind, place, rivals)
    rows = _rows(regions)
    states = tuple(_together(regions, places) for places in _places(regions))
    left = {arm.source for arms in by_place.values() for arm in arms if arm.target != arm.source}
    return Table(
        machine=machine,
        rows=rows,
        states=states,
        regions=tuple(tuple(state.id for state in region) for region in regions),
        start=states[0],
        finals=frozenset(states) - left,
        arrows=tuple(arm for arms in arrows.values() for arm in arms),
        refused=tuple(arm for arms in every.values() for arm, stance in arms if stance is Stance.REFUSE),
        arms=MappingProxyType({place: tuple(found) for place, found in by_place.items()}),
        triggers=frozenset(row.trigger for row in rows),
        named=MappingProxyType({name: tuple(found) for name, found in by_name.items()}),
    )


def _regions(chart: type[StrictChart]) -> Regions:
    """The chart's states by region, each region's first state first; a flat chart is one region."""
    states = tuple(chart.states)
    regions: Regions = tuple(tuple(region.states) for region in states[0].states) if _is_parallel(states[0]) else (states,)
    if any(state.states for region in regions for state in region):
        raise BrokenMachineError(f"{chart.__name__}: states are nested deeper than the regions of one parallel state")
    return regions


def _is_parallel(state: State) -> bool:
    return bool(state.parallel)  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]  the library leaves it untyped


def _places(regions: Regions) -> Iterator[tuple[str, ...]]:
    """Every combination of the regions' states."""
    return product(*((state.id for state in region) for region in regions))


def _together(regions: Regions, places: tuple[str, ...]) -> str:
    """The name of a combination; a region of one state says nothing, so its state is left out."""
    return TOGETHER.join(place for place, region in zip(places, regions, strict=True) if len(region) > 1)


def _spread(regions: Regions, arrows: Mapping[str, tuple[Arm, ...]]) -> Iterator[Arm]:
    """Every arrow in every combination that holds its source; the other regions stay where they are."""
    for places in _places(regions):
        for number, place in enumerate(places):
            for arm in arrows[place]:
                after = (*places[:number], arm.target, *places[number + 1 :])
                yield Arm(arm.row, _together(regions, places), _together(regions, after), arm.sendable)


def _arms(state: State, policies: Policies) -> Iterator[tuple[Arm, Stance]]:
    """What leaves a state, each with how far it is trusted."""
    for transition in state.transitions:
        row = _row_of(transition.on, state.id)
        stance = row.stance(policies)
        yield Arm(row, state.id, row.target or state.id, row.sendable(stance)), stance


def _rows(regions: Regions) -> tuple[Row, ...]:
    found: dict[int, Row] = {}
    for region in regions:
        for state in region:
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


def _refuse_shared_names(kind: str, regions: Regions, arrows: Mapping[str, tuple[Arm, ...]]) -> None:
    """The library would move both regions for one event, and an arm moves one; such a machine would be decided wrongly."""
    seen: dict[str, int] = {}
    for number, region in enumerate(regions):
        for arm in (arm for state in region for arm in arrows[state.id]):
            for name in (arm.row.trigger, *arm.row.signals):
                if seen.setdefault(name, number) != number:
                    raise BrokenMachineError(f"{kind}: {name!r} moves two regions; give row {arm.row.id} a trigger of its own")


def _refuse_ambiguity(kind: str, place: tuple[str, str], rivals: list[Arm]) -> None:
    """Two unguarded arms for one name are fine only as two causes of the same arrow (`rent.started`: D09 and D11)."""
    unguarded = [arm for arm in rivals if arm.row.guard is None or arm.row.guard.asked_only]
    if len({arm.target for arm in unguarded}) > 1:
        ids = ", ".join(arm.row.id for arm in unguarded)
        raise BrokenMachineError(f"{kind}: {place[1]!r} in {place[0]!r} may take {ids} to different states")
