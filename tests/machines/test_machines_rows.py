"""The declared rows are the tables' rows: every one, and nothing else."""

import json
from collections import defaultdict
from pathlib import Path

import pytest

from parcelflow.machines import ABSENT, MACHINES, POLICIES, Confidence, Table, catalogue
from parcelflow.machines.vendor import ORDER_STATES, TASK_EVENTS

ROWS: dict[str, list[tuple[str, list[str], str, str, str, str]]] = json.loads(Path(__file__).with_name("rows.json").read_text())
COUNTS = {"delivery": 38, "order": 11, "task": 20, "task-return": 20}


def state(word: str) -> str:
    """Our word for a table's state: `-` is absent, and an order's status loses its number."""
    bare = word.rsplit(maxsplit=1)[-1].lower()
    return ABSENT if bare == "-" else bare


def trigger(word: str) -> str:
    """Our word for a table's trigger: an event's number goes, spaces become underscores."""
    number, _, name = word.partition(" ")
    return (name if number.isdigit() else word).lower().replace(" ", "_")


def declared(table: Table) -> dict[str, tuple[set[str], str, set[str], set[str], str]]:
    found: dict[str, tuple[set[str], set[str], set[str], set[str], set[str]]] = defaultdict(
        lambda: (set(), set(), set(), set(), set())
    )
    for row in table.rows:
        sources, triggers, targets, causes, confidences = found[row.id]
        sources.update(row.sources)
        triggers.add(row.trigger)
        targets.add(row.target or "=")
        causes.update(cause.value for cause in row.causes)
        confidences.add(row.confidence)
    assert all(len(triggers) == len(confidences) == 1 for _, triggers, _, _, confidences in found.values())
    return {
        row_id: (sources, triggers.pop(), targets, causes, confidences.pop())
        for row_id, (sources, triggers, targets, causes, confidences) in found.items()
    }


@pytest.mark.parametrize("kind", MACHINES)
def test_the_machine_has_the_tables_rows_and_no_others(kind: str) -> None:
    table = catalogue()[kind]
    every = set(table.states) - {ABSENT}
    expected = {
        row_id: (
            every if sources == ["any"] else {state(source) for source in sources},
            trigger(name),
            # D23 and D30 name their own state where others have `=`
            {"="} if [targets] == sources else {state(target) for target in targets.split(" / ")},
            set(cause.split(" / ")),
            confidence,
        )
        for row_id, sources, name, targets, cause, confidence in ROWS[kind]
    }
    assert len(expected) == COUNTS[kind]
    found = declared(table)
    if kind == "order":
        # O10's cause is "webhook / API call" because our own call may be echoed; nobody can *ask* for an echo.
        assert expected["O10"][3] == {"webhook", "API call"}
        expected["O10"][3].discard("API call")
    assert found == expected


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
    here = ABSENT
    for row_id in table.machine.happy:
        assert here in rows[row_id].sources
        here = rows[row_id].target or here
    assert here in table.finals


@pytest.mark.parametrize("kind", MACHINES)
def test_every_state_but_absent_is_in_one_group(kind: str) -> None:
    table = catalogue()[kind]
    grouped = [name for names in table.machine.groups.values() for name in names]
    assert sorted(grouped) == sorted(set(table.states) - {ABSENT})


def test_the_vendors_words_map_both_ways() -> None:
    assert len(set(ORDER_STATES.values())) == len(ORDER_STATES) == 5
    assert sorted(TASK_EVENTS) == list(range(20, 30))
    assert len(set(TASK_EVENTS.values())) == 10
