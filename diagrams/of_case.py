"""A live case as a picture: the way travelled, where it is, and what may come next and by whom.

May not read a database; it is given the steps. Non-obvious choice: arrows that were not travelled and cannot be taken now stay in
the picture, pale, so that a person finds the case in the machine that they know.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import product
from textwrap import wrap

from ..machines import TOGETHER, Table
from .of_machine import CAUSES_LEGEND, arrows, clusters_of, nodes
from .picture import Arrow, Cluster, Detail, Look, Node, Picture

LEGEND = (
    CAUSES_LEGEND,
    "filled: where it is   ━━ the way travelled, numbered   ╍╍ inferred, nobody told us   ╌╌ may come next   pale: the rest",
)
WIDE = 96
"""Characters of a remark in a line."""
REMARKED = 5
"""Refusals that are shown; the journal has them all."""
SHOWN = 3
"""Passages of one arrow that its label lists; of a door opened twenty times, the last ones and how many more."""


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


def case_picture(table: Table, view: CaseView, detail: Detail = Detail.CAUSES) -> Picture:
    """The picture of a live case."""
    here = table.parts(view.state)
    clusters = tuple(_quiet(cluster, here) for cluster in clusters_of(table, detail))
    way = tuple(_travelled(table, view))
    visited = {place for arrow in way for place in (arrow.source, arrow.target)}
    known = tuple(nodes(table, detail))
    strange = sorted((visited | here) - {node.name for node in known})
    return Picture(
        title=f"{table.machine.title}: {view.key} is {view.state.replace('_', ' ').replace(TOGETHER, ', ')}",
        # A history may be older than the machine, and a remote's state newer; what it has no state for is shown all the same.
        nodes=tuple(_placed(node, here, visited) for node in (*known, *(Node(name, f"{name}?") for name in strange))),
        arrows=(*way, *_possible(table, here, detail), *_rest(table, clusters, here, way)),
        clusters=clusters,
        legend=LEGEND,
        remarks=tuple(_remarks(view.refused)),
    )


def _remarks(lines: tuple[str, ...]) -> Iterator[str]:
    """What was refused, the last ones, in lines that are no wider than the picture."""
    if len(lines) > REMARKED:
        yield f"… and {len(lines) - REMARKED} before"
    for line in lines[-REMARKED:]:
        yield from wrap(line, WIDE)


def _quiet(cluster: Cluster, here: frozenset[str]) -> Cluster:
    """A cluster that says what stays possible only where the case is."""
    inner = tuple(_quiet(found, here) for found in cluster.inner)
    return replace(cluster, inner=inner, notes=cluster.notes if here & set(cluster.all_nodes) else ())


def _placed(node: Node, here: frozenset[str], visited: set[str]) -> Node:
    current = node.name in here
    return replace(node, notes=node.notes if current else (), current=current, visited=node.name in visited)


def _travelled(table: Table, view: CaseView) -> Iterator[Arrow]:
    """The way, numbered; passages of one arrow share it."""
    passages: dict[tuple[str, str, bool], list[tuple[int, Passed]]] = {}
    for number, step in enumerate(view.steps, 1):
        for source, target in _moves(table, step):
            passages.setdefault((source, target, step.inferred), []).append((number, step))
    for (source, target, inferred), found in passages.items():
        told = [f"{number}. {step.row} {step.at:%d %b %H:%M:%S}" for number, step in found]
        more = (f"… and {len(told) - SHOWN} before",) if len(told) > SHOWN else ()
        tip = "\n".join(f"{number}. {step.row} at {step.at.isoformat()}" for number, step in found)
        rows = tuple(dict.fromkeys(step.row for _, step in found))
        yield Arrow(source, target, rows, (*more, *told[-SHOWN:]), tip, Look.INFERRED if inferred else Look.TRAVELLED)


def _moves(table: Table, step: Passed) -> tuple[tuple[str, str], ...]:
    """Between which of the chart's own states a step went: one pair for each of the parallel regions that moved."""
    if len(table.regions) == 1:
        return ((step.source, step.target),)
    before, after = table.parts(step.source), table.parts(step.target)
    pairs = (pair for region in table.regions for pair in product(before.intersection(region), after.intersection(region)))
    moved = tuple((source, target) for source, target in pairs if source != target)
    own = next((arm.source for arm in table.arrows if arm.row.id == step.row and arm.source in before), step.source)
    return moved or ((own, own),)


def _possible(table: Table, here: frozenset[str], detail: Detail) -> Iterable[Arrow]:
    """What may come next. Not gathered: a case is in one state, and an arrow that leaves the whole group says less."""
    arms = (arm for arm in table.arrows if arm.source in here)
    return arrows(arms, (), lambda _arm: Look.POSSIBLE, detail)


def _rest(table: Table, clusters: Iterable[Cluster], here: frozenset[str], way: Iterable[Arrow]) -> Iterator[Arrow]:
    taken = {(arrow.source, arrow.target) for arrow in way}
    arms = (arm for arm in table.arrows if arm.source not in here and (arm.source, arm.target) not in taken)
    yield from arrows(arms, clusters, lambda _arm: Look.PALE, Detail.STATES)
