"""`parcelflow conform` as a person and a CI call it: exit statuses, doors, the key, replay, explain, the baseline, pictures."""

import subprocess
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pytest
from corner import MENDED, serving, shop
from shell import in_a_process, parcelflow

from parcelflow.conformance import Report
from parcelflow.conformance.baseline import accept, read, text
from parcelflow.conformance.doors import guard, on_loopback
from parcelflow.conformance.report import cells, write
from parcelflow.conformance.report.verdicts import Verdict
from parcelflow.console.marked import MARK, picture, pictures
from parcelflow.diagrams import Look
from parcelflow.machines import BadSettingsError

if TYPE_CHECKING:
    from conftest import Ran


def conform(*words: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    return parcelflow("conform", *words, **env)


def _on(module: ModuleType, *words: str) -> subprocess.CompletedProcess[str]:
    with serving(module.app) as url:
        given = ("--base-url", url, "--rent-type", "store", "--level", "smoke", *words)
        return conform(*given, PARCELFLOW_API_KEY=module.KEY, COLUMNS="160")


@pytest.fixture
def folder(ran: "Ran", tmp_path: Path) -> Path:
    """The files of a run on the shop."""
    write(tmp_path, ran.report, base_url="http://127.0.0.1:1", today=datetime(2026, 3, 1, tzinfo=UTC))
    return tmp_path


def test_a_server_that_was_mended_conforms() -> None:
    run = _on(shop(*MENDED))
    assert run.returncode == 0, run.stdout + run.stderr
    assert "conforms; " in run.stdout
    assert "\x1b" not in run.stdout + run.stderr


def test_what_cannot_be_run_says_whose_fault_that_is() -> None:
    wanted = {
        ("--base-url", "http://127.0.0.1:1"): "the server or the network is at fault",
        (): "which server? say --base-url URL",
        ("--base-url", "https://lockers.example/api"): "lockers.example is not this machine, and a run opens doors",
        ("--base-url", "http://127.0.0.1:1", "--hooks", "/nowhere.toml"): "/nowhere.toml cannot be read",
        ("--base-url", "http://127.0.0.1:1", "--baseline", "/nowhere.toml"): "the baseline /nowhere.toml cannot be read",
    }
    for words, sentence in wanted.items():
        run = conform(*words)
        assert run.returncode == 2
        assert sentence in run.stderr
        assert len(run.stderr.strip().splitlines()) == 1


def test_a_wrong_key_and_a_full_server_are_not_violations() -> None:
    module = shop()
    with serving(module.app) as url:
        run = conform("--base-url", url, "--api-key", "another-key")
    assert (run.returncode, "is the API key right?" in run.stderr) == (2, True)
    assert "another-key" not in run.stdout + run.stderr
    for locker in module.LOCKERS.values():
        locker["active"] = False
    full = _on(module)
    assert full.returncode == 2
    assert "nothing could be tried, and the server is at fault" in full.stderr


def test_a_budget_that_ends_everything_says_so() -> None:
    run = _on(shop(), "--budget", "2")
    assert run.returncode == 2
    assert "the budget is at fault" in run.stderr


def test_a_finding_is_replayed_out_of_a_report(folder: Path) -> None:
    for module, status in ((shop(), 1), (shop(*MENDED), 0)):
        with serving(module.app) as url:
            words = ("replay", "refusal-status", "--report", str(folder), "--base-url", url)
            run = conform(*words, PARCELFLOW_API_KEY=module.KEY)
        assert run.returncode == status, run.stdout + run.stderr
        assert f"met {3 if status else 0} of 3 times" in run.stdout
    none = conform("replay", "nothing", "--report", str(folder))
    assert none.returncode == 2
    assert "names no finding" in none.stderr


def test_codes_are_explained() -> None:
    assert "a request that the state does not allow is answered 409" in conform("explain", "refusal-status").stdout
    assert "D09 of" in conform("explain", "D09").stdout
    wrong = in_a_process("conform", "explain", "D99")
    assert (wrong.returncode, "'D99' is no check and no row" in wrong.stderr) == (2, True)


def test_the_baseline_accepts_and_tells_what_it_has_no_use_for(ran: "Ran", tmp_path: Path) -> None:
    report = Report(ran.report.options, ran.report.kinds)
    first = report.findings[0]
    accepted = {
        first.id: "known",
        "refused~store-absent~start": "was wrong once",
        "state~delivery-reserved~cancel": "of another rent type",
        "nonsense": "never was anything",
    }
    remarks = accept(report, accepted)
    assert [finding.id for finding in report.known] == [first.id]
    assert first.id not in {finding.id for finding in report.findings}
    assert [remark.split(" ", 1)[1][:30] for remark in remarks] == [
        "was tried and is not found any", "was not found, and this run di", "names no check: nothing can ev",
    ]  # fmt: skip
    verdicts = {cell.verdict for kind in report.kinds for cell in cells(report, kind) if first in cell.findings}
    assert verdicts == {Verdict.KNOWN}
    file = tmp_path / "baseline.toml"
    file.write_text(text(report.findings).replace('= ""', '= "written"'))
    assert set(read(file)) == {finding.id for finding in report.findings}


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("[accepted]\n'a' = ''", "accepts 'a' without a reason"),
        ("a = 1", "has one table"),
        ("[[", "is not TOML"),
        ("[accepted]\na = 1", "accepts 'a' without a reason"),
    ],
)
def test_a_baseline_without_reasons_is_none(said: str, sentence: str, tmp_path: Path) -> None:
    file = tmp_path / "baseline.toml"
    file.write_text(said)
    with pytest.raises(BadSettingsError, match=sentence):
        read(file)


def test_doors_open_on_this_machine_only() -> None:
    assert all(
        map(on_loopback, ("http://127.0.0.1:1/a", "http://localhost", "http://[::1]:3", "http://a.localhost", "http://127.8.8.8"))
    )
    assert not any(
        map(on_loopback, ("http://10.0.0.1", "http://localhost.example", "https://api.bloq.it", "", "http://127.0.0.1.example"))
    )
    guard("https://api.bloq.it", allowed=True)
    with pytest.raises(BadSettingsError, match="nothing was sent"):
        guard("https://api.bloq.it", allowed=False)


def test_the_picture_marks_what_failed(ran: "Ran") -> None:
    (kind,) = ran.report.kinds
    drawn = picture(ran.report, kind)
    notes = {node.name: node.notes for node in drawn.nodes}
    assert f"{MARK}finish requested" in notes["starting"]
    assert not any(note.startswith(MARK) for note in notes["cancelled"])
    assert pictures(ran.report)["store"].count("finish requested") >= 1
    assert all(arrow.look is not Look.FAILED for arrow in drawn.arrows)


def test_an_arrow_that_is_not_followed_is_marked(ran: "Ran") -> None:
    (kind,) = ran.report.kinds
    wrong = ran.report.findings[-1]
    moved = type(wrong)(
        check="state", kind="store", word=("start", "close"), spot="store starting with locker", expected="", got=""
    )
    kind = type(kind)(kind.kind, kind.probed, kind.possible, kind.cells, findings=[moved])
    drawn = picture(Report(ran.report.options, [kind]), kind)
    (failed,) = [arrow for arrow in drawn.arrows if arrow.look is Look.FAILED]
    assert (failed.target, failed.lines[0].startswith(MARK)) == ("in_progress", True)
