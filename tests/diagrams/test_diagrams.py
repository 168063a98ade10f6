"""Pictures show the machine and nothing else, the same bytes each time, and survive any text."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import pygraphviz
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parcelflow.diagrams import CaseView, Look, Node, Passed, Picture, case_picture, dot, machine_picture, render
from parcelflow.diagrams.dot import quoted
from parcelflow.machines import MACHINES, BadParametersError, Case, catalogue, possible, table_of

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportAttributeAccessIssue=false
# pygraphviz carries no types.

AT = datetime(2026, 5, 1, 12, tzinfo=UTC)
TRAVELLED = CaseView(
    kind="delivery",
    key="7",
    state="in_progress",
    steps=(
        Passed("D02", "absent", "reserved", AT),
        Passed("D09", "reserved", "starting", AT, inferred=True),
        Passed("D12", "starting", "in_progress", AT),
    ),
    refused=("refused: the door is shut",),
)


@pytest.mark.parametrize("kind", MACHINES)
def test_a_machines_picture_has_its_arrows_and_no_others(kind: str) -> None:
    table = catalogue()[kind]
    picture = machine_picture(table)
    arms = {(arm.row.id, arm.source, arm.target) for arms in table.arms.values() for arm in arms}
    drawn = {(row, arrow.source, arrow.target) for arrow in picture.arrows for row in arrow.rows}
    stays = {(note.split()[1], node.name, node.name) for node in picture.nodes for note in node.notes}
    assert drawn | stays == arms
    assert {name for cluster in picture.clusters for name in cluster.nodes} | {"absent"} == set(table.states)
    assert {node.name for node in picture.nodes if node.final} == table.finals


@pytest.mark.parametrize("kind", MACHINES)
def test_the_everyday_way_is_heavy_and_guesses_are_dotted(kind: str) -> None:
    table = catalogue()[kind]
    rows = {row.id: row for row in table.rows}
    for arrow in machine_picture(table).arrows:
        assert (arrow.look is Look.HAPPY) == any(row in table.machine.happy for row in arrow.rows)
        assert (arrow.look is Look.GUESS) == all(rows[row].policy is not None for row in arrow.rows)


@pytest.mark.parametrize("kind", MACHINES)
def test_an_svg_is_xml_and_the_same_bytes_each_time(kind: str) -> None:
    picture = machine_picture(catalogue()[kind])
    first = render(picture)
    assert first == render(picture)
    assert ET.fromstring(first).tag.endswith("svg")  # noqa: S314 - our own
    assert render(picture, "png").startswith(b"\x89PNG")
    assert render(picture, "dot").decode() == dot(picture)


def test_the_text_is_the_same_in_another_process_that_finds_no_programs() -> None:
    code = "import sys; from parcelflow.machines import *; from parcelflow.diagrams import *\n"
    code += "p = machine_picture(table_of('delivery')); assert render(p); sys.stdout.write(dot(p))"
    env = {**os.environ, "PATH": "", "PYTHONHASHSEED": "12345", "PYTHONIOENCODING": "utf-8"}
    run = subprocess.run((sys.executable, "-c", code), capture_output=True, check=True, env=env)
    assert run.stdout.decode() == dot(machine_picture(table_of("delivery")))


def test_a_live_case_shows_the_way_where_it_is_and_what_may_come_next() -> None:
    table = table_of("delivery")
    picture = case_picture(table, TRAVELLED)
    travelled = [arrow for arrow in picture.arrows if arrow.look in (Look.TRAVELLED, Look.INFERRED)]
    assert [arrow.rows for arrow in travelled] == [("D02",), ("D09",), ("D12",)]
    assert [arrow.lines[0].split()[0] for arrow in travelled] == ["1.", "2.", "3."]
    assert [arrow.look for arrow in travelled] == [Look.TRAVELLED, Look.INFERRED, Look.TRAVELLED]
    assert [node.name for node in picture.nodes if node.current] == ["in_progress"]
    assert {node.name for node in picture.nodes if node.visited} == {"absent", "reserved", "starting", "in_progress"}
    nexts = {row for arrow in picture.arrows if arrow.look is Look.POSSIBLE for row in arrow.rows}
    case = Case(kind="delivery", key="7", state="in_progress")
    assert nexts == {item.row.id for item in possible(case) if item.target != "in_progress"}
    assert "refused: the door is shut" in dot(picture)
    assert render(picture)


def test_another_format_is_refused_by_name() -> None:
    with pytest.raises(BadParametersError, match="cannot be drawn as 'bmp'; it can as svg, png, pdf, dot"):
        render(machine_picture(table_of("order")), "bmp")


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1))
def test_any_text_survives_as_a_label(text: str) -> None:
    picture = Picture(title="t", nodes=(Node("a", text),), arrows=(), clusters=(), legend=())
    graph = pygraphviz.AGraph(dot(picture))
    kept = graph.get_node("a").attr["label"] or ""
    plain = "".join(char if char.isprintable() else " " for char in text)
    # Graphviz keeps escapes in an attribute as they are written and reads them when it draws.
    assert kept.replace('\\"', '"') == plain.replace("\\", "\\\\")
    graph.close()


def test_quotes_backslashes_and_lines_are_escaped() -> None:
    assert quoted('a "b" \\ c\nd\x00') == '"a \\"b\\" \\\\ c\\nd "'
