"""What differs between two machines, as one picture: two versions of an API, two sets of policies, a machine and its derivation.

May not judge which of them is right. Non-obvious choice: arrows are matched by state and trigger and not by row id. The ids of
two tables need not have anything to do with each other, and what a person asks is where a trigger leads.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from ..machines import Arm, Table
from .of_machine import CAUSES_LEGEND, arrows, clusters_of, label, marked, nodes
from .picture import Arrow, Cluster, Detail, Look, Node, Picture

MINUS = "\N{MINUS SIGN}"
LEGEND = (CAUSES_LEGEND, f"━━ + added   ╌╌ {MINUS} removed   ━━ ↷ leads elsewhere (was: …)   pale: the same in both")
Place: TypeAlias = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs between two machines, arrow by arrow (those that stay in their state too), in the order of the tables.

    Attributes:
        added: Arms that only the second has.
        removed: Arms that only the first has.
        retargeted: Arms of the second, each with where the first leads.
        same: Arms of the second that the first has too.
    """

    added: tuple[Arm, ...]
    removed: tuple[Arm, ...]
    retargeted: tuple[tuple[Arm, tuple[str, ...]], ...]
    same: tuple[Arm, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.retargeted)


def difference(first: Table, second: Table) -> Difference:
    """Compare two machines by (state, trigger) and where it leads."""
    was, now = _targets(first), _targets(second)
    return Difference(
        added=tuple(arm for arm in second.arrows if _place(arm) not in was),
        removed=tuple(arm for arm in first.arrows if _place(arm) not in now),
        retargeted=tuple(
            (arm, was[_place(arm)]) for arm in second.arrows if _place(arm) in was and arm.target not in was[_place(arm)]
        ),
        same=tuple(arm for arm in second.arrows if arm.target in was.get(_place(arm), ())),
    )


def diff_picture(first: Table, second: Table, detail: Detail = Detail.CAUSES) -> Picture:
    """The picture of what differs; equal machines give a picture of pale arrows."""
    found = difference(first, second)
    clusters = tuple(_bare(cluster) for cluster in clusters_of(second, detail))
    return Picture(
        title=_title(first.machine.title, second.machine.title),
        nodes=tuple(_nodes(first, second, found, detail)),
        arrows=tuple(_arrows(found, clusters, detail)),
        clusters=clusters,
        legend=LEGEND,
        remarks=(f"{len(found.added)} added, {len(found.removed)} removed, {len(found.retargeted)} lead elsewhere",),
    )


def _title(first: str, second: str) -> str:
    return f"what changes in {second}" if first == second else f"from {first} to {second}"


def _place(arm: Arm) -> Place:
    return arm.source, arm.row.trigger


def _targets(table: Table) -> Mapping[Place, tuple[str, ...]]:
    targets: dict[Place, tuple[str, ...]] = {}
    for arm in table.arrows:
        targets[_place(arm)] = (*targets.get(_place(arm), ()), arm.target)
    return targets


def _bare(cluster: Cluster) -> Cluster:
    """Without notes, which are per state in a difference."""
    return replace(cluster, inner=tuple(_bare(inner) for inner in cluster.inner), notes=())


def _nodes(first: Table, second: Table, found: Difference, detail: Detail) -> Iterator[Node]:
    before = {node.name: node for node in nodes(first, detail)}
    after = {node.name: node for node in nodes(second, detail)}
    for name, node in {**before, **after}.items():
        mark = "+ " if name not in before else f"{MINUS} " if name not in after else ""
        stays = (*_stays("+", found.added, name, detail), *_stays(MINUS, found.removed, name, detail))
        yield replace(node, label=mark + node.label, notes=stays)


def _stays(mark: str, arms: Iterable[Arm], state: str, detail: Detail) -> Iterator[str]:
    for arm in arms:
        if arm.source == arm.target == state:
            yield from marked(f"{mark} ↻ ", label(arm, detail) or (arm.row.trigger,))


def _arrows(found: Difference, clusters: tuple[Cluster, ...], detail: Detail) -> Iterator[Arrow]:
    yield from arrows(found.same, clusters, lambda _arm: Look.PALE, detail)
    yield from (_marked("+ ", arrow) for arrow in arrows(found.added, clusters, lambda _arm: Look.ADDED, detail))
    yield from (_marked(f"{MINUS} ", arrow) for arrow in arrows(found.removed, clusters, lambda _arm: Look.REMOVED, detail))
    for arm, was in found.retargeted:
        lines = (*label(arm, detail), f"was: {', '.join(state.replace('_', ' ') for state in was)}")
        tip = f"{arm.row.id} {arm.row.trigger} led to {', '.join(was)}"
        yield _marked("↷ ", Arrow(arm.source, arm.target, (arm.row.id,), lines, tip, Look.RETARGETED))


def _marked(mark: str, arrow: Arrow) -> Arrow:
    return replace(arrow, lines=marked(mark, arrow.lines))
