"""The page on the conformance kit: what it shows happens."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from corner import PAGE, blocks, serving, shop

from parcelflow.conformance import hooks_of
from parcelflow.conformance.hooks import HOOKS, read
from parcelflow.conformance.plugin import OPTIONS
from parcelflow.console.conform import conform

SECRET = "corner-key"


def _normal(text: str) -> list[str]:
    """Lines without what a terminal pads them with, and without the port."""
    return [re.sub(r"\s+", " ", re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:8701", line)).strip() for line in text.splitlines()]


def _shown_in(shown: str, told: str) -> str:
    """The first line of an excerpt that is not told where it should be; empty if all are."""
    lines, at, free = _normal(told), 0, True
    for wanted in _normal(shown):
        if wanted == "...":
            free = True
            continue
        head = wanted.removesuffix("...").strip()
        places = [place for place in range(at, len(lines)) if lines[place].startswith(head)] if free else [at]
        if not places or not lines[places[0]].startswith(head):
            return wanted
        at, free = places[0] + 1, wanted == "" and free
    return ""


def test_the_run_that_the_page_shows_is_the_run(tmp_path: Path) -> None:
    (told,) = blocks("console")
    command, _, shown = told.partition("\n")
    module = shop()
    with serving(module.app) as url:
        words = command.removeprefix("$ parcelflow ").replace("http://127.0.0.1:8701", url).split()
        run = subprocess.run(
            (sys.executable, "-m", "parcelflow.console.main", *words),
            cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300, env={**os.environ, "COLUMNS": "160"},
        )  # fmt: skip
    assert run.returncode == 1, run.stdout + run.stderr
    assert _shown_in(shown, run.stdout) == "", run.stdout
    assert SECRET not in run.stdout + run.stderr
    files = [file for file in (tmp_path / "out" / "shop").rglob("*") if file.is_file()]
    assert {"report.html", "junit.xml", "summary.md", "requests.ndjson", "report.json"} <= {file.name for file in files}
    assert not [file for file in files if SECRET in file.read_text()]


def test_the_pages_excerpt_would_notice_another_report() -> None:
    assert _shown_in("...\nb\nc ...\n", "a\nb\nc d") == ""
    assert _shown_in("...\nb\nc\n", "a\nb\nd\nc") == "c"
    assert _shown_in("...\nx\n", "a") == "x"


def test_the_library_example_runs_and_prints_what_it_says(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(blocks("python")[0])
    run = subprocess.run((sys.executable, "-c", blocks("python")[1]), cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stdout == blocks("text")[0]


def test_the_hooks_that_the_page_shows_are_the_simulators(tmp_path: Path) -> None:
    file = tmp_path / "hooks.toml"
    file.write_text(blocks("toml")[0])
    of_rents = {name for name in HOOKS if not name.startswith(("task_", "order_", "place_"))}
    assert set(read(file).calls) >= of_rents - {"settle"}
    assert set(read(PAGE.with_name("simulator-hooks.toml")).calls) == set(HOOKS)
    assert hooks_of({}).calls == {}


@pytest.mark.parametrize("option", [word for option in conform.params for word in option.opts])
def test_the_page_names_every_option(option: str) -> None:
    assert f"`{option}" in PAGE.read_text()


def test_every_option_but_the_files_is_one_of_pytest_too() -> None:
    ours = {word.removeprefix("--") for option in conform.params for word in option.opts}
    theirs = {name.removeprefix("--parcelflow-") for name in OPTIONS}
    of_blink = {name for name in ours if name.startswith(("logistics-", "blink-"))}
    assert ours - theirs - of_blink == {"base-url", "api-key", "report", "history"}
    assert theirs - ours == {"url", "key"}
