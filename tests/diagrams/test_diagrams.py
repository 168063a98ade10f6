"""Pictures show the machine and nothing else, the same bytes each time, and survive any text."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TypeAlias
from xml.etree import ElementTree as ET

import pygraphviz
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from layout import Box, Layout, layout

from parcelflow.diagrams import (
    FORMATS,
    Arrow,
    CaseView,
    Cluster,
    Detail,
    Look,
    Node,
    Passed,
    Picture,
    Theme,
    case_picture,
    diff_picture,
    difference,
    dot,
    machine_picture,
    mermaid,
    render,
)
from parcelflow.diagrams.dot import quoted
from parcelflow.diagrams.mermaid import escaped
from parcelflow.machines import ABSENT, MACHINES, Arm, BadParametersError, Case, Policies, Table, catalogue, possible, table_of

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


def all_clusters(clusters: Iterable[Cluster]) -> Iterable[Cluster]:
    for cluster in clusters:
        yield cluster
        yield from all_clusters(cluster.inner)


def sources(picture: Picture, arrow: Arrow) -> tuple[str, ...]:
    """The states that an arrow leaves: itself, or all of a cluster."""
    inside = {cluster.name: cluster.all_nodes for cluster in all_clusters(picture.clusters)}
    return inside.get(arrow.source, (arrow.source,))


Leap: TypeAlias = tuple[str, str, str]


def shown(table: Table, picture: Picture) -> set[Leap]:
    """(Trigger, from, to) of everything that a picture of full detail shows, its stays included."""
    triggers = {row.id: row.trigger for row in table.rows}
    found = {
        (triggers[row], source, arrow.target)
        for arrow in picture.arrows
        for row in arrow.rows
        for source in sources(picture, arrow)
    }
    for node in picture.nodes:
        found |= {(triggers[row], node.name, node.name) for row in stays(node.notes)}
    for cluster in all_clusters(picture.clusters):
        found |= {(triggers[row], name, name) for row in stays(cluster.notes) for name in cluster.all_nodes}
    return found


def leaps(table: Table) -> set[Leap]:
    """The same of a machine, with what is switched off."""
    return {(arm.row.trigger, arm.source, arm.target) for arm in (*table.arrows, *table.refused)}


def stays(notes: Iterable[str]) -> list[str]:
    return [note.split()[1] for note in notes if note.startswith("↻ ")]


@pytest.mark.parametrize("kind", MACHINES)
def test_a_machines_picture_has_its_arrows_and_no_others(kind: str) -> None:
    table = catalogue()[kind]
    picture = machine_picture(table, Detail.EVIDENCE)
    assert shown(table, picture) == leaps(table)
    drawn = {(row, arrow.target) for arrow in picture.arrows for row in arrow.rows}
    assert drawn == {(arm.row.id, arm.target) for arm in (*table.arrows, *table.refused) if arm.source != arm.target}
    off = {row for arrow in picture.arrows if arrow.lines[-1].startswith("off: ") for row in arrow.rows}
    assert off == {arm.row.id for arm in table.refused}
    states = {name for region in table.regions for name in region}
    assert {name for cluster in picture.clusters for name in cluster.all_nodes} | {ABSENT} == states | {ABSENT}
    assert {node.name for node in picture.nodes} == states
    assert {node.name for node in picture.nodes if node.final} == table.finals


PICTURE_MUTANTS: dict[str, Callable[[Table], Table]] = {
    "an arrow lost": lambda table: replace(table, arrows=table.arrows[1:]),
    "an arrow too many": lambda table: replace(table, arrows=(*table.arrows, replace(table.arrows[0], target="finished"))),
    "an arrow led elsewhere": lambda table: replace(
        table, arrows=tuple(replace(arm, target="cancelled") if arm.row.id == "D40" else arm for arm in table.arrows)
    ),
    "a group that says more than its states": lambda table: replace(
        table, arrows=tuple(arm for arm in table.arrows if (arm.row.id, arm.source) != ("D50", "in_transit"))
    ),
}


@pytest.mark.parametrize("name", PICTURE_MUTANTS)
def test_a_wrong_picture_is_told_from_the_machine(name: str) -> None:
    table = table_of("delivery")
    wrong: Table = PICTURE_MUTANTS[name](table)
    assert shown(table, machine_picture(wrong, Detail.EVIDENCE)) != leaps(table)


@pytest.mark.parametrize("kind", MACHINES)
def test_at_full_detail_the_text_carries_every_row_and_at_any_the_tooltips_do(kind: str) -> None:
    ids = {row.id for row in catalogue()[kind].rows}
    off = {arm.row.id for arm in catalogue()[kind].refused if arm.row.since is None}
    for detail in Detail:
        text = dot(machine_picture(catalogue()[kind], detail)).replace("\\n", "\n")
        labels = "\n".join(re.findall(r'label="((?:[^"\\]|\\.)*)"', text))
        tips = "\n".join(re.findall(r'(?:^|[ \[])tooltip="((?:[^"\\]|\\.)*)"', text))
        assert all(re.search(rf"\b{row}\b", tips) for row in ids - off), detail
        assert all(re.search(rf"\b{row}\b", labels) for row in ids) == (detail is Detail.EVIDENCE)
    assert all(re.search(rf"\b{row}\b", mermaid(machine_picture(catalogue()[kind], Detail.EVIDENCE))) for row in ids)


def test_each_detail_says_what_the_one_before_says_and_more() -> None:
    pictures = [machine_picture(table_of("delivery"), detail) for detail in Detail]
    said = [{word for arrow in picture.arrows for line in arrow.lines for word in line.split()} for picture in pictures]
    assert said[0] == set()
    for less, more in pairwise(said):
        assert less < more
    assert {"bloqit.deliveries.make", "rent.started"} <= said[2]
    assert {"D09", "(H)"} <= said[3]
    assert not pictures[0].nodes[1].notes


@pytest.mark.parametrize("kind", MACHINES)
def test_the_everyday_way_is_heavy_endings_dashed_and_guesses_dotted(kind: str) -> None:
    table = catalogue()[kind]
    rows = {row.id: row for row in table.rows}
    picture = machine_picture(table)
    for arrow in picture.arrows:
        assert (arrow.look is Look.GUESS) == all(rows[row].policy is not None for row in arrow.rows)
        ends = {arrow.target, *sources(picture, arrow)} & {"expired", "cancelled", "rejected", "churned", "inactive"}
        assert (arrow.look is Look.ENDING) <= bool(ends)
    heavy = [arrow for arrow in picture.arrows if arrow.look is Look.HAPPY]
    assert [arrow.rows[0] for arrow in heavy if len(table.regions) == 1] == [
        row for row in table.machine.happy if len(table.regions) == 1
    ]
    assert len({(line, width) for line, width in _drawn(dot(picture))}) == len({arrow.look for arrow in picture.arrows})


def _drawn(text: str) -> set[tuple[str, str]]:
    """(Style, width) of each arrow that can be seen: what is left of its look in black and white."""
    found = re.findall(r'-> "[^"]*" \[.*?style="(\w+)"(?:, penwidth="([\d.]+)")?', text)
    return {(style, width) for style, width in found if style != "invis"}


@pytest.mark.parametrize("detail", [Detail.CAUSES, Detail.CALLS, Detail.EVIDENCE])
@pytest.mark.parametrize("kind", MACHINES)
def test_no_word_lies_on_another_and_next_to_no_line_runs_through_one(kind: str, detail: Detail) -> None:
    found = layout(dot(machine_picture(catalogue()[kind], detail)))
    assert list(found.overlaps()) == []
    # How wide a word is depends on the machine's fonts: with DejaVu none or one, without any font up to two.
    assert len(list(found.crossings())) <= 3
    assert found.words
    assert found.lines


def test_a_word_on_another_and_a_line_through_one_are_found() -> None:
    word, beside = Box(0, 0, 40, 10, "a word", "a"), Box(39.5, 0, 80, 10, "beside", "b")
    on_it, state = Box(30, 5, 70, 15, "on it", "c"), Box(60, 0, 90, 9, "state", "state")
    found = Layout([word, beside, on_it], [state], [("arrow 1", [(-5.0, 5.0), (5.0, 5.0)]), ("arrow 2", [(1.0, 5.0)])])
    expected = {"'a word' lies on 'on it'", "'beside' lies on 'on it'", "'beside' lies on 'state'", "'on it' lies on 'state'"}
    assert set(found.overlaps()) == expected
    assert list(found.crossings()) == ["arrow 1 runs through 'a word'"]


@pytest.mark.parametrize("kind", ["store", "send", "delivery", "return", "order", "task"])
def test_the_everyday_way_runs_straight_down(kind: str) -> None:
    table = catalogue()[kind]
    found = {box.says: box for box in layout(dot(machine_picture(table))).states}
    rows = {row.id: row for row in table.rows}
    way = [ABSENT, *(rows[row].target or "" for row in table.machine.happy[:-1])]
    middles = [(found[state].left + found[state].right) / 2 for state in way]
    assert max(middles) - min(middles) < 8


@pytest.mark.parametrize("theme", Theme)
@pytest.mark.parametrize("kind", MACHINES)
def test_an_svg_is_xml_and_the_same_bytes_each_time(kind: str, theme: Theme) -> None:
    picture = machine_picture(catalogue()[kind])
    first = render(picture, theme=theme)
    assert first == render(picture, theme=theme)
    assert ET.fromstring(first).tag.endswith("svg")  # noqa: S314 - our own
    assert render(picture, "png", theme=theme).startswith(b"\x89PNG")
    assert render(picture, "pdf", theme=theme).startswith(b"%PDF")
    assert render(picture, "dot", theme=theme).decode() == dot(picture, theme)
    assert render(picture, "mermaid").decode() == mermaid(picture)


def test_the_dark_picture_says_the_same_in_other_colours() -> None:
    light, dark = (dot(machine_picture(table_of("delivery")), theme) for theme in Theme)
    assert light != dark
    colours = re.compile(r'"(#[0-9a-fA-F]{6}|white)"')
    assert colours.sub('"colour"', light) == colours.sub('"colour"', dark)
    assert not {*colours.findall(light)} & {*colours.findall(dark)}


def test_the_text_is_the_same_in_another_process_that_finds_no_programs() -> None:
    code = "import sys; from parcelflow.machines import *; from parcelflow.diagrams import *\n"
    code += "p = machine_picture(table_of('delivery')); assert render(p); sys.stdout.write(dot(p) + mermaid(p))"
    env = {**os.environ, "PATH": "", "PYTHONHASHSEED": "12345", "PYTHONIOENCODING": "utf-8"}
    run = subprocess.run((sys.executable, "-c", code), capture_output=True, check=True, env=env)
    picture = machine_picture(table_of("delivery"))
    assert run.stdout.decode() == dot(picture) + mermaid(picture)


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
    stays_now = {node.name for node in picture.nodes if node.notes}
    assert stays_now == {"in_progress"}


def test_a_door_opened_many_times_is_one_arrow_with_its_last_times() -> None:
    steps = [Passed("D12", "starting", "in_progress", AT)]
    for hour in range(1, 6):
        steps.append(Passed("D20", "in_progress", "locker_opened", AT + timedelta(hours=hour)))
        steps.append(Passed("D21", "locker_opened", "in_progress", AT + timedelta(hours=hour, minutes=1)))
    refused = tuple(f"refused: {number}" for number in range(8))
    view = CaseView("delivery", "7", "in_progress", tuple(steps), refused)
    picture = case_picture(table_of("delivery"), view)
    (opened,) = [arrow for arrow in picture.arrows if arrow.rows == ("D20",) and arrow.look is Look.TRAVELLED]
    assert [line.split()[0] for line in opened.lines] == ["…", "6.", "8.", "10."]
    assert opened.lines[0] == "… and 2 before"
    assert len(opened.tip.splitlines()) == 5
    assert picture.remarks[:2] == ("… and 3 before", "refused: 3")


def test_a_live_locker_shows_a_state_of_each_region_and_what_moved() -> None:
    steps = (
        Passed("L13", "closed+active+free", "closed+active+allocated", AT),
        Passed("L04", "closed+active+allocated", "open+active+allocated", AT),
        Passed("L08", "open+active+allocated", "open+active+allocated", AT),
    )
    picture = case_picture(table_of("locker"), CaseView("locker", "L", "open+active+allocated", steps))
    assert {node.name for node in picture.nodes if node.current} == {"open", "active", "allocated", "maintenance"}
    travelled = [(arrow.source, arrow.target) for arrow in picture.arrows if arrow.look is Look.TRAVELLED]
    assert travelled == [("free", "allocated"), ("closed", "open"), ("open", "open")]
    assert {arrow.target for arrow in picture.arrows if arrow.look is Look.POSSIBLE} == {"closed", "inactive", "free"}
    leapt = (Passed("reconciled", "closed+active+free", "open+inactive+free", AT),)
    read = case_picture(table_of("locker"), CaseView("locker", "L", "open+inactive+free", leapt))
    assert [(arrow.source, arrow.target) for arrow in read.arrows if arrow.look is Look.TRAVELLED] == [
        ("closed", "open"),
        ("active", "inactive"),
    ]
    jump = case_picture(table_of("locker"), CaseView("locker", "L", "closed+active+free", (Passed("?", "x+y", "x+y", AT),)))
    assert [arrow.source for arrow in jump.arrows if arrow.look is Look.TRAVELLED] == ["x+y"]


@pytest.mark.parametrize("kind", ["delivery", "order"])
def test_a_state_that_the_machine_has_not_is_shown_with_a_question(kind: str) -> None:
    view = CaseView(kind, "7", "pre_advised", (Passed("reconciled", "absent", "pre_advised", AT),))
    picture = case_picture(table_of(kind), view)
    assert [(node.label, node.current) for node in picture.nodes if node.label.endswith("?")] == [("pre_advised?", True)]
    assert "pre_advised?" in mermaid(picture)
    assert render(picture)


def changed(table: Table, row: str, source: str, **values: object) -> Table:
    arrows = (replace(arm, **values) if (arm.row.id, arm.source) == (row, source) else arm for arm in table.arrows)  # pyright: ignore[reportArgumentType]
    return replace(table, arrows=tuple(arrows))


def test_a_difference_names_what_came_what_went_and_what_leads_elsewhere() -> None:
    old = table_of("delivery")
    assert not difference(old, old)
    assert {arrow.look for arrow in diff_picture(old, old).arrows} == {Look.PALE}
    later = table_of("delivery", Policies(api_level="1.64"))
    found = difference(old, later)
    assert [(arm.row.id, arm.source) for arm in found.added] == [("D20", "expired")]
    assert (found.removed, found.retargeted) == ((), ())
    assert difference(later, old).removed == found.added
    moved = difference(old, changed(old, "D40", "in_progress", target="cancelled"))
    assert [(arm.row.id, arm.target, was) for arm, was in moved.retargeted] == [("D40", "cancelled", ("expired",))]


def test_the_picture_of_a_difference_marks_each() -> None:
    old = table_of("delivery")
    new = changed(old, "D40", "in_progress", target="cancelled")
    without: tuple[Arm, ...] = tuple(arm for arm in new.arrows if arm.row.id not in {"D09", "D15"})
    picture = diff_picture(old, replace(new, arrows=without))
    by_look = {look: [arrow for arrow in picture.arrows if arrow.look is look] for look in Look}
    (retargeted,) = by_look[Look.RETARGETED]
    assert retargeted.lines == ("↷ expiry reached ◷", "was: expired")
    assert {arrow.rows for arrow in by_look[Look.REMOVED]} == {("D09",)}
    assert all(arrow.lines[0].startswith("\N{MINUS SIGN} make requested") for arrow in by_look[Look.REMOVED])
    assert picture.remarks == ("0 added, 4 removed, 1 lead elsewhere",)
    assert [node.notes for node in picture.nodes if node.notes] == [("\N{MINUS SIGN} ↻ notify requested ⇄",)]
    other = diff_picture(table_of("return"), old)
    assert {node.label for node in other.nodes if node.label.startswith("+ ")} == {"+ ready for pickup", "+ in transit"}
    assert {arrow.lines[0][:2] for arrow in other.arrows if arrow.look is Look.ADDED} == {"+ "}
    assert render(other)


def test_another_format_is_refused_by_name() -> None:
    with pytest.raises(BadParametersError, match="cannot be drawn as 'bmp'; it can as svg, png, pdf, dot, mermaid"):
        render(machine_picture(table_of("order")), "bmp")
    assert FORMATS == ("svg", "png", "pdf", "dot", "mermaid")


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


# Mermaid's own grammar of state diagrams, as far as we write it: what stands on a line, and what a label may hold.
LABEL = r"(?:[^:;\n\#\"{}<>`]|\#\d+;|<br/>)*"
MERMAID = re.compile(
    rf"""
      \s*state\ "{LABEL}"\ as\ [sg]\d+(?:\ \{{)?
    | \s*\}}
    | \s*(?:\[\*\]|[sg]\d+)\ -->\ (?:\[\*\]|s\d+)(?:\ :\ {LABEL})?
    | \s*classDef\ \w+\ [\w\-:,\#]+
    | \s*class\ [s\d,]+\ \w+
    | \s*%%\ .*
    """,
    re.VERBOSE,
)


@pytest.mark.parametrize("detail", Detail)
@pytest.mark.parametrize("kind", MACHINES)
def test_mermaid_text_keeps_to_its_grammar_and_has_every_arrow(kind: str, detail: Detail) -> None:
    picture = machine_picture(catalogue()[kind], detail)
    head, *body = mermaid(picture).split("stateDiagram-v2\n")
    found = re.fullmatch(r'---\ntitle: ("(?:[^"\\\n]|\\.)*")\n---\n', head)
    assert found is not None
    assert json.loads(found[1]) == picture.title
    lines = body[0].splitlines()
    assert [line for line in lines if not MERMAID.fullmatch(line)] == []
    ends = len(catalogue()[kind].finals)
    assert sum(" --> " in line for line in lines) == len(picture.arrows) + ends
    assert sum(line.endswith(" {") for line in lines) == sum(line.strip() == "}" for line in lines)


def test_mermaid_shows_a_live_case_and_leaves_out_what_is_pale() -> None:
    text = mermaid(case_picture(table_of("delivery"), TRAVELLED))
    assert "(inferred) 2. D09 01 May 12#58;00#58;00" in text
    assert "may: expiry reached" in text.replace("#58;", ":")
    assert re.search(r"class s\d+ current", text)
    assert "D03" not in text


@given(st.text())
def test_any_text_survives_mermaid(text: str) -> None:
    shown_text = escaped(text)
    assert re.fullmatch(LABEL, shown_text)
    decoded = re.sub(r"#(\d+);", lambda found: chr(int(found[1])), shown_text.replace("<br/>", "\n"))
    assert decoded == "".join(char if char == "\n" or char.isprintable() else " " for char in text)
