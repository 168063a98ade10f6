"""The house itself: what the wheel brings, what an import costs, and documents that must agree with the code."""

import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import pytest

from parcelflow import adapters, conformance, console, diagrams, engine, machines, simulator
from parcelflow.console.main import cli
from parcelflow.diagrams import dot, machine_picture
from parcelflow.engine import POINTS
from parcelflow.machines import DEFAULT_LINKS, MACHINES, POLICIES, catalogue

ROOT = Path(__file__).parents[2]
ROOMS = (adapters, conformance, console, diagrams, engine, machines, simulator)


def read(name: str) -> str:
    return (ROOT / name).read_text()


@pytest.mark.parametrize("kind", MACHINES)
def test_the_kept_pictures_are_the_machines(kind: str) -> None:
    assert read(f"docs/pictures/{kind}.dot") == dot(machine_picture(catalogue()[kind])), "run `make pictures`"
    assert "<svg" in read(f"docs/pictures/{kind}.svg")


def test_the_manual_names_every_policy_link_point_command_and_machine() -> None:
    manual = read("docs/manual.md")
    for policy in POLICIES.values():
        assert f"| `{policy.name}` | `{policy.default}` | {policy.decides} |" in manual
    for link in DEFAULT_LINKS:
        assert f"| `{link.name}` | {link.source} enters `{link.state}` | {link.target}: `{link.trigger}` |" in manual
    for point in POINTS:
        assert f"`{point}`" in manual
    for command in cli.commands:
        assert f"parcelflow {command}" in manual
    for kind in MACHINES:
        assert f"pictures/{kind}.svg" in manual


def test_the_manual_names_every_row() -> None:
    manual = read("docs/manual.md")
    for table in catalogue().values():
        for row in table.rows:
            assert f"| {row.id} |" in manual, row.id


def test_every_finding_that_the_code_cites_is_explained() -> None:
    explained = set(re.findall(r"^\| ([ACE]\d+) \|", read("docs/sources.md"), re.MULTILINE))
    citation = re.compile(r"\b[ACE]\d{1,2}\b")
    for room in ROOMS:
        for module in Path(room.__path__[0]).rglob("*.py"):
            unexplained = set(citation.findall(module.read_text())) - explained
            assert not unexplained, f"{module}: not in docs/sources.md: {unexplained}"


def test_the_readmes_example_runs(tmp_path: Path) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", read("README.md"), re.DOTALL)
    run = subprocess.run((sys.executable, "-c", code), cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    (expected,) = re.findall(r"```text\n(.*?)```", read("README.md"), re.DOTALL)
    assert run.stdout == expected


def test_every_chore_in_the_readme_and_contributing_exists() -> None:
    chores = set(re.findall(r"^(\w+):", read("Makefile"), re.MULTILINE))
    for document in ("README.md", "CONTRIBUTING.md", "docs/manual.md"):
        assert set(re.findall(r"make (\w+)`", read(document))) <= chores


def test_the_machines_import_no_database_no_client_and_no_scheduler() -> None:
    code = "import sys, parcelflow.machines; print(*{name.partition('.')[0] for name in sys.modules})"
    loaded = subprocess.run((sys.executable, "-c", code), capture_output=True, text=True, check=True).stdout.split()
    assert not {"sqlmodel", "sqlalchemy", "httpx", "apscheduler", "pydantic", "starlette"} & set(loaded)
    assert "statemachine" in loaded


def test_every_module_opens_with_what_it_is_and_what_it_may_not_do() -> None:
    for room in ROOMS:
        for file in Path(room.__path__[0]).rglob("*.py"):
            opening = file.read_text()
            assert opening.startswith('"""'), file
            lines = len(opening.splitlines())
            assert lines <= (200 if room is machines else 300), f"{file} has {lines} lines"


def test_the_wheel_brings_parcelflow_and_nothing_else() -> None:
    with tempfile.TemporaryDirectory() as folder:
        build = (sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, str(ROOT))
        subprocess.run(build, check=True, capture_output=True)
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            names = {name.partition("/")[0] for name in archive.namelist()}
            files = set(archive.namelist())
    assert {name for name in names if not name.endswith(".dist-info")} == {"parcelflow"}
    sources = {f"parcelflow/{file.relative_to(ROOT)}" for room in ROOMS for file in Path(room.__path__[0]).rglob("*.py")}
    assert sources <= files
    assert "parcelflow/console/data/order.json" in files
