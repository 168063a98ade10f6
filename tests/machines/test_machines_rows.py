"""The declared rows are the tables' rows: every one, and nothing else."""

import json
import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import pytest

from parcelflow.machines import ABSENT, MACHINES, POLICIES, Cause, Confidence, Row, Table, catalogue
from parcelflow.machines.table import TOGETHER

Fact: TypeAlias = tuple[str, list[str], str, str, str, str, list[str], list[str]]
Told: TypeAlias = tuple[set[str], str, set[str], set[str], str]

ROWS: dict[str, list[Fact]] = json.loads(Path(__file__).with_name("rows.json").read_text())
"""By machine: id, sources, trigger, targets, causes, confidence, lines that the evidence cites, signals."""
COUNTS = {
    "store": 25,
    "send": 23,
    "delivery": 38,
    "return": 33,
    "order": 11,
    "task": 20,
    "task-return": 20,
    "locker": 14,
    "location": 6,
}
SINCE = {"S20": ("expired", "1.64"), "N20": ("expired", "1.64"), "D20": ("expired", "1.64"), "T20": ("expired", "1.64")}
"""What a later version of the API adds to a row of the tables: the source, and the version."""


def state(word: str) -> str:
    """Our word for a table's state: `-` is absent, an order's status loses its number, a region's state its value."""
    bare = word.partition(":")[0].rsplit(maxsplit=1)[-1].lower()
    return ABSENT if bare == "-" else bare


def trigger(word: str) -> str:
    """Our word for a table's trigger: an event's number goes, spaces become underscores."""
    number, _, name = word.partition(" ")
    return (name if number.isdigit() else word).lower().replace(" ", "_")


def target(sources: list[str], words: str) -> set[str]:
    """Our word for a table's targets: `=` where it is the only source (D23 and D30 name it, L12 its new value)."""
    found = {state(word) if word != "=" else "=" for word in words.split(" / ")}
    return {"="} if found == {state(source) for source in sources} else found


def facts(kind: str, every: set[str]) -> dict[str, Told]:
    """What the tables say of a machine."""
    return {
        row_id: (
            every if sources == ["any"] else {state(source) for source in sources},
            trigger(name),
            target(sources, targets),
            set(cause.split(" / ")),
            confidence,
        )
        for row_id, sources, name, targets, cause, confidence, _, _ in ROWS[kind]
    }


def declared(rows: tuple[Row, ...]) -> dict[str, Told]:
    """What the declared rows say, those apart that a later version brought."""
    found: dict[str, tuple[set[str], set[str], set[str], set[str], set[str]]] = defaultdict(
        lambda: (set(), set(), set(), set(), set())
    )
    for row in rows:
        if row.since is not None:
            continue
        sources, triggers, targets, causes, confidences = found[row.id]
        sources.update(row.sources)
        triggers.add(row.trigger)
        targets.add(row.target or "=")
        causes.update(cause.value for cause in row.causes)
        confidences.add(row.confidence)
    return {
        row_id: (sources, "|".join(sorted(triggers)), targets, causes, "|".join(sorted(confidences)))
        for row_id, (sources, triggers, targets, causes, confidences) in found.items()
    }


def own_states(table: Table) -> set[str]:
    return {name for region in table.regions for name in region} - {ABSENT}


@pytest.mark.parametrize("kind", MACHINES)
def test_the_machine_has_the_tables_rows_and_no_others(kind: str) -> None:
    table = catalogue()[kind]
    expected = facts(kind, own_states(table))
    assert len(expected) == COUNTS[kind]
    assert declared(table.rows) == expected


@pytest.mark.parametrize("kind", MACHINES)
def test_every_line_that_the_tables_cite_is_cited(kind: str) -> None:
    evidence: dict[str, str] = defaultdict(str)
    for row in catalogue()[kind].rows:
        evidence[row.id] += f" {row.evidence} {row.condition}"
    for row_id, *_, lines, _ in ROWS[kind]:
        for line in lines:
            letter, _, number = line.partition(":")
            assert f"{letter}:" in evidence[row_id], row_id
            assert re.search(rf"\b{number}\b", evidence[row_id]), (row_id, line)


@pytest.mark.parametrize("kind", MACHINES)
def test_every_signal_that_the_tables_name_is_known(kind: str) -> None:
    table = catalogue()[kind]
    known = set(table.named) | table.machine.notes
    assert {signal for *_, signals in ROWS[kind] for signal in signals} <= known


def test_what_a_later_version_brings_is_marked_and_known() -> None:
    later = {row.id: (row.sources[0], row.since) for table in catalogue().values() for row in table.rows if row.since}
    assert later == SINCE


@pytest.mark.parametrize("kind", MACHINES)
def test_every_guess_has_a_policy_and_every_policy_a_guess(kind: str) -> None:
    for row in catalogue()[kind].rows:
        assert (row.policy is not None) == (row.confidence is Confidence.LOW), row.id
    used = {row.policy for table in catalogue().values() for row in table.rows if row.policy}
    assert used == set(POLICIES)


@pytest.mark.parametrize("kind", MACHINES)
def test_every_row_says_where_it_is_from(kind: str) -> None:
    for row in catalogue()[kind].rows:
        assert row.evidence, row.id


@pytest.mark.parametrize("kind", MACHINES)
def test_the_happy_way_is_a_way(kind: str) -> None:
    table = catalogue()[kind]
    rows = {row.id: row for row in table.rows}
    assert set(table.machine.happy) <= set(rows)
    if len(table.regions) > 1:
        return  # regions move side by side: their everyday arrows are no single way
    here = ABSENT
    for row_id in table.machine.happy:
        assert here in rows[row_id].sources
        here = rows[row_id].target or here
    assert here in table.finals


@pytest.mark.parametrize("kind", MACHINES)
def test_every_state_but_absent_is_in_one_group(kind: str) -> None:
    table = catalogue()[kind]
    grouped = [name for group in table.machine.groups for name in group.states]
    assert sorted(grouped) == sorted(own_states(table))


def test_the_customers_steps_are_total_over_what_a_customer_sees() -> None:
    for kind, table in catalogue().items():
        seen = set(table.states) - {ABSENT} if table.machine.coarse else set[str]()
        assert set(table.machine.coarse) >= seen
        assert bool(seen) == (kind not in {"locker", "location"})


def test_a_combination_names_its_parts() -> None:
    table = catalogue()["locker"]
    assert table.start == "closed+active+free"
    assert len(table.states) == 2 * 2 * 2
    for name in table.states:
        assert table.parts(name) == {*name.split(TOGETHER), "maintenance"}
    assert catalogue()["delivery"].parts("in_progress") == {"in_progress"}


# Small wrong declarations, which the comparison with the facts must tell from right ones.
def without(rows: tuple[Row, ...], row_id: str) -> tuple[Row, ...]:
    return tuple(row for row in rows if row.id != row_id)


def changed(rows: tuple[Row, ...], row_id: str, **values: object) -> tuple[Row, ...]:
    return tuple(replace(row, **values) if row.id == row_id else row for row in rows)  # pyright: ignore[reportArgumentType]


DECLARATION_MUTANTS: dict[str, tuple[str, Callable[[tuple[Row, ...]], tuple[Row, ...]]]] = {
    "a row dropped": ("store", lambda rows: without(rows, "S11")),
    "a guess dropped": ("return", lambda rows: without(rows, "T14")),
    "a row retargeted": ("return", lambda rows: changed(rows, "T07", target="starting")),
    "an unchanged state entered": ("send", lambda rows: changed(rows, "N23", target="collect_item")),
    "a source lost": ("delivery", lambda rows: changed(rows, "D25", sources=("expired",))),
    "a source too many": ("send", lambda rows: changed(rows, "N52", sources=("expired", "cancelled", "in_progress"))),
    "another cause": ("store", lambda rows: changed(rows, "S22", causes=frozenset({Cause.API}))),
    "a guess taken for certain": ("return", lambda rows: changed(rows, "T10", confidence=Confidence.HIGH)),
    "a trigger renamed": ("locker", lambda rows: changed(rows, "L06", trigger="opened_by_itself")),
    "a door that locks the allocation": ("locker", lambda rows: changed(rows, "L14", target="allocated")),
    "a place that comes back": ("location", lambda rows: changed(rows, "X06", target="created")),
    "a row added": ("location", lambda rows: (*rows, replace(rows[0], id="X07"))),
    "a later version's row for granted": ("store", lambda rows: changed(rows, "S20", since=None)),
}


@pytest.mark.parametrize("name", DECLARATION_MUTANTS)
def test_the_facts_kill_the_declaration(name: str) -> None:
    kind, mutate = DECLARATION_MUTANTS[name]
    table = catalogue()[kind]
    assert declared(mutate(table.rows)) != facts(kind, own_states(table))
