"""The kit as a pytest plugin, as somebody's CI runs it."""

import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

from corner import MENDED, serving, shop

from parcelflow.conformance.oracle import Oracle
from parcelflow.conformance.readings import Readings


def _pytest(folder: Path, *words: str, alone: bool = True) -> subprocess.CompletedProcess[str]:
    """Run pytest with the kit, alone or beside every other plugin that is installed here, most of which take longer to load."""
    command = (sys.executable, "-m", "pytest", "-p", "parcelflow.conformance", "-p", "no:cacheprovider", *words)
    env = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1" if alone else ""}
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=300, env=env)


def _tried(folder: Path, module: ModuleType, *words: str) -> subprocess.CompletedProcess[str]:
    with serving(module.app) as url:
        given = ("--parcelflow-url", url, "--parcelflow-key", "corner-key", "--parcelflow-level", "smoke")
        return _pytest(folder, *given, "--parcelflow-rent-type", "store", "-v", *words)


def test_one_item_a_cell_and_each_failure_is_readable(tmp_path: Path) -> None:
    run = _tried(tmp_path, shop())
    assert run.returncode == 1, run.stdout + run.stderr
    outcomes = dict(re.findall(r"^parcelflow/conformance/store::(.+) (PASSED|FAILED|SKIPPED|XFAIL)", run.stdout, re.MULTILINE))
    assert outcomes["store: starting with locker--finish"] == "FAILED"
    assert outcomes["store: starting with locker--cancel"] == "PASSED"
    assert outcomes["store: absent--start"] == "PASSED"
    assert outcomes["store: finished--expire"] == "SKIPPED"
    assert outcomes["store: a locker has one unfinished rent"] == "FAILED"
    assert outcomes["store: everything else"] == "PASSED"
    assert "shortest way: start a store; finish it without opening" in run.stdout
    assert "items.py" not in run.stdout
    assert "corner-key" not in run.stdout


def test_what_is_accepted_is_expected_to_fail(tmp_path: Path) -> None:
    file = tmp_path / "baseline.toml"
    file.write_text(
        "[accepted]\n"
        '"refusal-status~store-starting-with-locker~finish" = "its clients know 400"\n'
        '"one-rent~a-locker-has-one-unfinished-rent~cancel" = "one shop, one clerk"\n'
    )
    run = _tried(tmp_path, shop(), "--parcelflow-baseline", str(file))
    assert run.returncode == 0, run.stdout
    assert "store: starting with locker--finish XFAIL" in run.stdout
    assert "store: finished--finish XFAIL" in run.stdout


def test_items_are_chosen_like_all_others_and_only_their_rent_types_are_tried(tmp_path: Path) -> None:
    module = shop(*MENDED)
    with serving(module.app) as url:
        given = ("--parcelflow-url", url, "--parcelflow-key", module.KEY, "--parcelflow-level", "smoke")
        run = _pytest(tmp_path, *given, "-k", "store and (absent or starting)")
    assert run.returncode == 0, run.stdout
    assert re.search(r"[1-9]\d* passed, \d+ skipped, \d+ deselected", run.stdout)


def test_collecting_sends_nothing_and_names_every_cell(tmp_path: Path) -> None:
    run = _pytest(tmp_path, "--parcelflow-url", "http://127.0.0.1:1", "--collect-only", "-q", alone=False)
    oracle = Oracle("delivery", Readings(strict=True))
    for spot, given in oracle.mealy.cells():
        name = f"delivery: {spot.removeprefix('delivery ')}--{given}"
        assert f"parcelflow/conformance/delivery::{name}\n" in run.stdout, name


def test_without_a_url_nothing_is_added_and_what_cannot_be_run_says_why(tmp_path: Path) -> None:
    (tmp_path / "test_own.py").write_text("def test_own(): pass\n")
    assert "1 passed" in _pytest(tmp_path, alone=False).stdout
    away = _pytest(tmp_path, "--parcelflow-url", "https://lockers.example/api/v1/public")
    assert away.returncode == 2
    assert "lockers.example is not this machine" in away.stdout
    dead = _pytest(tmp_path, "--parcelflow-url", "http://127.0.0.1:1")
    assert dead.returncode == 2
    assert "no run" in dead.stdout
    wrong = _pytest(tmp_path, "--parcelflow-url", "http://127.0.0.1:1", "--parcelflow-rent-type", "loan")
    assert wrong.returncode == 4
    assert "'loan' is none of store, send, delivery, return" in wrong.stderr


def test_pytest_is_not_imported_by_who_only_uses_the_kit() -> None:
    code = "import sys, parcelflow.conformance; print('pytest' in sys.modules)"
    run = subprocess.run((sys.executable, "-c", code), capture_output=True, text=True, check=True)
    assert run.stdout == "False\n"
