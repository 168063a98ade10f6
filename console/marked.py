"""Pictures for a report of the conformance kit: a machine with the arrows marked that a server does not follow.

May not judge. Non-obvious choice: it stands here and not in `conformance`, which knows no drawing, nor in `diagrams`, which
knows no finding; the console is the only room that knows both.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from ..conformance.inputs import alphabet
from ..conformance.kit import KindReport, Report
from ..conformance.oracle import Oracle
from ..conformance.report import Cell, Verdict, cells
from ..diagrams import Arrow, Cluster, Look, Node, Picture, machine_picture, render
from ..machines import Table

MARK = "\N{HEAVY BALLOT X} "


def pictures(report: Report) -> Mapping[str, str]:
    """SVG of the machine of each rent type of which something failed, by its name."""
    return {kind.kind: render(picture(report, kind)).decode() for kind in report.kinds if _failed(report, kind)}


def _failed(report: Report, kind: KindReport) -> list[Cell]:
    return [cell for cell in cells(report, kind) if cell.verdict in (Verdict.FAIL, Verdict.KNOWN) and cell.spot]


def picture(report: Report, kind: KindReport) -> Picture:
    """The machine of a rent type as the server reads it, with what failed marked."""
    table = kind.probed.readings.table(kind.kind)
    drawn = machine_picture(table)
    spots = Oracle(kind.kind, kind.probed.readings, None).spots
    known = alphabet(kind.kind)
    wrong = {
        (spots[cell.spot].state, known[cell.input].trigger)
        for cell in _failed(report, kind)
        if cell.spot in spots and spots[cell.spot].kind == kind.kind and cell.input in known
    }
    members = dict(_members(drawn.clusters))
    return replace(
        drawn,
        nodes=tuple(_node(node, wrong) for node in drawn.nodes),
        arrows=tuple(_arrow(arrow, _rows(table, wrong), members) for arrow in drawn.arrows),
        legend=(*drawn.legend, f"{MARK}not as this machine says"),
    )


def _rows(table: Table, wrong: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """(State, row id) of what failed."""
    return {(state, arm.row.id) for state, trigger in wrong for arm in table.arms.get((state, trigger), ())}


def _members(clusters: Iterable[Cluster]) -> Iterable[tuple[str, tuple[str, ...]]]:
    for cluster in clusters:
        yield cluster.name, cluster.all_nodes
        yield from _members(cluster.inner)


def _node(node: Node, wrong: Iterable[tuple[str, str]]) -> Node:
    """What is refused or stays where it is has no arrow, so every failed trigger is a line under its state too."""
    told = tuple(f"{MARK}{trigger.replace('_', ' ')}" for state, trigger in sorted(wrong) if state == node.name)
    return replace(node, notes=(*told, *node.notes))


def _arrow(arrow: Arrow, wrong: set[tuple[str, str]], members: Mapping[str, tuple[str, ...]]) -> Arrow:
    sources = members.get(arrow.source, (arrow.source,))
    failed = [state for state in sources if any((state, row) in wrong for row in arrow.rows)]
    if not failed:
        return arrow
    where = f" from {', '.join(failed)}" if len(sources) > 1 else ""
    return replace(arrow, look=Look.FAILED, lines=(f"{MARK}{arrow.lines[0]}{where}" if arrow.lines else MARK, *arrow.lines[1:]))
