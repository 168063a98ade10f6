"""A live case as a picture: the way travelled, where it is, and what may come next and by whom.

May not read a database; it is given the steps. Non-obvious choice: arrows that were not travelled and cannot be taken now stay in
the picture, pale, so that a person finds the case in the machine that they know.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from ..machines import Case, Table, nexts
from .of_machine import arrow, clusters, label, node, own_arms
from .picture import Arrow, Look, Picture

LEGEND = (
    "filled: where it is",
    "heavy: the way travelled, numbered",
    "dashed heavy: inferred, nobody told us",
    "dashed: may come next",
    "pale: the rest of the machine",
)


@dataclass(frozen=True, slots=True)
class Passed:
    """One step of a case: row id, from, to, when, and whether it was inferred."""

    row: str
    source: str
    target: str
    at: datetime
    inferred: bool = False


@dataclass(frozen=True, slots=True)
class CaseView:
    """What a picture shows of a case. `refused` are lines on what was refused or did not fit."""

    kind: str
    key: str
    state: str
    steps: tuple[Passed, ...] = ()
    refused: tuple[str, ...] = ()


def case_picture(table: Table, view: CaseView) -> Picture:
    """The picture of a live case."""
    arms = tuple(own_arms(table))
    visited = {place for step in view.steps for place in (step.source, step.target)}
    nodes = (node(table, arms, state) for state in table.states)
    return Picture(
        title=f"{table.machine.title}: {view.key} is {view.state.replace('_', ' ')}",
        nodes=tuple(replace(n, notes=(), current=n.name == view.state, visited=n.name in visited) for n in nodes),
        arrows=(*_travelled(view), *_possible(table, view), *_rest(table, view)),
        clusters=clusters(table),
        legend=LEGEND,
        remarks=view.refused,
    )


def _travelled(view: CaseView) -> Iterable[Arrow]:
    for number, step in enumerate(view.steps, 1):
        look = Look.INFERRED if step.inferred else Look.TRAVELLED
        when = f"{number}. {step.row} {step.at:%d %b %H:%M:%S}"
        tip = f"{step.row} at {step.at.isoformat()}"
        yield Arrow(step.source, step.target, (step.row,), (when,), tip, look)


def _possible(table: Table, view: CaseView) -> Iterable[Arrow]:
    open_rows = {item.row.id for item in nexts(table, Case(kind=view.kind, key=view.key, state=view.state))}
    for target in table.states:
        here = [
            arm
            for arm in own_arms(table)
            if arm.source == view.state and arm.target == target != view.state and arm.row.id in open_rows
        ]
        if here:
            yield arrow(view.state, target, here, Look.POSSIBLE)


def _rest(table: Table, view: CaseView) -> Iterable[Arrow]:
    taken = {(step.source, step.target) for step in view.steps}
    between: dict[tuple[str, str], list[str]] = {}
    for arm in own_arms(table):
        if arm.source not in (view.state, arm.target) and (arm.source, arm.target) not in taken:
            between.setdefault((arm.source, arm.target), []).append(label(arm))
    for (source, target), labels in between.items():
        yield Arrow(source, target, (), (), "; ".join(dict.fromkeys(labels)), Look.PALE)
