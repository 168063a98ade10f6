"""What was recorded once stays legal: histories of every machine, as engines of earlier versions wrote them into journals."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from parcelflow.conformance import Travelled, check_history
from parcelflow.machines import MACHINES, Outcome, Table, catalogue

FILES = sorted((Path(__file__).parents[1] / "histories").glob("*.json"))
TRAVELLED = (Outcome.MOVED, Outcome.RECONCILED)


def recorded(file: Path) -> tuple[Table, list[list[dict[str, Any]]]]:
    """A machine as it is, and histories of it as it was."""
    told = json.loads(file.read_text())
    return catalogue()[told["kind"]], told["histories"]


def steps(history: list[dict[str, Any]]) -> list[Travelled]:
    """The steps of a journal."""
    return [Travelled(line["row"] or "", line["source"], line["target"]) for line in history if line["outcome"] in TRAVELLED]


def faults(table: Table, histories: list[list[dict[str, Any]]]) -> Iterator[str]:
    """What is not legal any more."""
    for number, history in enumerate(histories):
        verdict = check_history(table, steps(history))
        if not verdict.obeys:
            yield f"{table.kind}, history {number}: {verdict.fault}"
        if history and verdict.obeys and verdict.state != history[-1]["target"]:
            yield f"{table.kind}, history {number}: ends in {verdict.state}, and its journal in {history[-1]['target']}"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_what_was_recorded_is_still_legal(file: Path) -> None:
    table, histories = recorded(file)
    assert list(faults(table, histories)) == []
    assert sum(len(steps(history)) for history in histories) >= len(histories)


def test_every_machine_has_histories_and_they_travel_most_of_its_arrows() -> None:
    travelled = {kind: set[tuple[str, str, str]]() for kind in MACHINES}
    for file in FILES:
        table, histories = recorded(file)
        travelled[table.kind] |= {(step.row, step.source, step.target) for history in histories for step in steps(history)}
    for kind, table in catalogue().items():
        arrows = {(arm.row.id, arm.source, arm.target) for arms in table.arms.values() for arm in arms}
        assert len(arrows & travelled[kind]) >= len(arrows) / 2, kind


def test_a_machine_that_lost_an_arrow_or_leads_elsewhere_is_noticed() -> None:
    for file in FILES:
        table, histories = recorded(file)
        (first, *_), *_ = (history for history in histories if steps(history))
        elsewhere = [{**first, "target": "nowhere"}]
        assert list(faults(table, [elsewhere])), file
        skipped = next(history for history in histories if len(steps(history)) > 1)
        begun = next(number for number, line in enumerate(skipped) if line["outcome"] in TRAVELLED)
        assert list(faults(table, [[*skipped[:begun], *skipped[begun + 1 :]]])), file
