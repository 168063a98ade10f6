"""The kit on orders and tasks: the simulator conforms however it reads, each seeded fault is found, and so are wrong kits."""

# pyright: reportPrivateUsage=false
# A mutant is the code under test with one wrong line; it has to reach inside.

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, TypeAlias

import pytest
from parts.faulty import FAULTS, Fault
from parts.kit_blinks import HOOKS, ORIGINAL, faulty, judged, served

from parcelflow.conformance import order_checks, order_law, task_checks, task_law, tasks, tried
from parcelflow.conformance.bearer import AsgiBearer
from parcelflow.conformance.findings import CHECKS
from parcelflow.conformance.hooks import Hooks
from parcelflow.conformance.kit import KindReport, Options
from parcelflow.conformance.levels import Level
from parcelflow.conformance.orders import conformance_of
from parcelflow.machines import BadSettingsError
from parcelflow.simulator.moves import LENIENT
from parcelflow.simulator.settings import Settings

KINDS = ("order", "task", "task-return")
STRICT, LENIENTLY = Options(strict=True, level=Level.SMOKE), Options(level=Level.SMOKE)
FIRST = Options(strict=True, enough=1, shrink=False)
MINE = {fault.name: fault for fault in FAULTS if fault.api in ("blink", "logistics")}


def kind_of(fault: Fault) -> str:
    return "order" if fault.api == "blink" else "task"


def told(report: KindReport) -> list[str]:
    return [f"{one.check}: {' '.join(one.word) or one.story}: {one.expected}, got {one.got}" for one in report.findings]


@pytest.mark.parametrize("kind", KINDS)
def test_the_simulator_conforms_strictly(kind: str) -> None:
    report = judged(served(ORIGINAL), kind, STRICT)
    assert told(report) == []
    assert set(report.cells) == set(report.possible)
    assert not report.inconclusive
    assert not report.probed.missing


@pytest.mark.parametrize("kind", KINDS)
def test_the_simulator_conforms_leniently(kind: str) -> None:
    report = judged(served(ORIGINAL, Settings(lenient=frozenset(LENIENT))), kind, LENIENTLY)
    assert told(report) == []
    read = {(one.name, one.state): holds for one, holds in report.probed.readings.known.items()}
    if kind != "order":
        found = [read["finish_unstarted_task", "accepted"], read["finish_unstarted_task", "created"]]
        assert found == [True, False]
    assert set(report.cells) == set(report.possible)


@pytest.mark.parametrize(
    ("kind", "reads"),
    [
        ("task", Settings(status_answer="lifecycle", event_naming="respelt", empty_reason="null")),
        ("task", Settings(verbs="last", event_naming="name_only", task_webhooks="riders", task_webhook="keys")),
        ("task", Settings(duplicate_task="repeat", event_naming="disagree", update_status=200)),
        ("task", Settings(duplicate_task="accept", task_type="changes")),
        ("order", Settings(blink_refusals="ok", status_echo=True, verbs="last")),
    ],
)
def test_a_server_that_reads_otherwise_is_not_wrong(kind: str, reads: Settings) -> None:
    assert told(judged(served(ORIGINAL, reads), kind, LENIENTLY)) == []


@pytest.mark.parametrize("name", MINE)
def test_each_seeded_fault_is_found(name: str) -> None:
    with faulty(MINE[name]) as server:
        report = judged(server, kind_of(MINE[name]), FIRST)
    assert report.findings
    assert {finding.check for finding in report.findings} <= set(CHECKS)


@pytest.mark.parametrize("name", ["a_cancelled_task_is_assigned", "a_rejected_order_comes_back", "a_task_is_assigned_but_once"])
def test_a_reproduction_is_as_short_as_the_shortest_known(name: str) -> None:
    with faulty(MINE[name]) as server:
        report = judged(server, kind_of(MINE[name]), replace(STRICT, parts=frozenset({"words"})))
    assert min(len(finding.word) for finding in report.findings) <= MINE[name].shortest
    assert all(finding.repeated == (3, 3) and finding.records for finding in report.findings)


def test_without_hooks_it_says_what_it_could_not_reach() -> None:
    placed, driven = (judged(served(ORIGINAL), kind, STRICT, Hooks()) for kind in ("order", "task"))
    assert (told(placed), told(driven)) == ([], [])
    assert placed.probed.missing["place"] == "no hook place_order"
    assert driven.probed.missing["assign"] == "no hook task_event"
    assert {name for _, name in driven.cells} == {"create", "create_again", "update", "update_type"}


def test_a_budget_is_kept() -> None:
    report = judged(served(ORIGINAL), "task", replace(STRICT, budget=50))
    assert report.inconclusive
    assert report.findings == []


def test_nobody_gets_in_by_a_wrong_password() -> None:
    with AsgiBearer(served(ORIGINAL), base_path="/blink") as driver, pytest.raises(BadSettingsError, match="answered 401"):
        conformance_of(driver, STRICT, login=("nobody", "nothing"), hooks=HOOKS)


def nothing(*_: Any, **__: Any) -> Iterator[Any]:
    return iter(())


def none(*_: Any) -> None:
    return None


def no_words(*_: Any) -> list[Any]:
    return []


def believed(_: object) -> bool:
    return True


Mutant: TypeAlias = tuple[Any, str, Any, str]
"""Where, what, what instead, and the fault that shows it; empty where the clean simulator does."""

MUTANTS: dict[str, Mutant] = {
    "a strict server allows nothing that is contested": (tasks, "STRICTLY", (), ""),
    "rows for lost webhooks allow a server everything": (task_law, "CONTESTED", {}, ""),
    "an unknown task is asked for by its creator": (task_checks, "UNKNOWN", 200, ""),
    "no status is read": (task_law.Tasks, "_read", nothing, "nobody_has_it_and_yet_he_does"),
    "no answer is read": (task_law.Tasks, "_answered", nothing, "an_update_is_a_creation"),
    "drivers are not looked at": (task_law, "_driver", nothing, "nobody_has_it_and_yet_he_does"),
    "no named check of tasks": (tasks, "CHECKS", {}, "north_of_the_pole"),
    "no webhook of tasks": (task_checks, "_told", nothing, "an_assignment_is_not_told"),
    "no word but the stories": (tried, "_suite", no_words, "a_cancelled_task_is_assigned"),
    "every status was taken": (order_law, "taken", believed, ""),
    "no step may be left out": (order_law, "_reading", none, ""),
    "no race": (tried, "races", nothing, "an_order_ends_twice_at_once"),
    "no text of a status": (order_checks, "_worded", nothing, "a_status_with_the_wrong_text"),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_wrong_kit_is_found_out(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    where, what, instead, fault = MUTANTS[name]
    clear: Callable[[], None] = task_law.arms_of.cache_clear
    clear()
    monkeypatch.setattr(where, what, instead)
    try:
        if fault:
            with faulty(MINE[fault]) as server:
                assert not judged(server, kind_of(MINE[fault]), FIRST).findings
        else:
            assert any(judged(served(ORIGINAL), kind, FIRST).findings for kind in ("order", "task"))
    finally:
        clear()
