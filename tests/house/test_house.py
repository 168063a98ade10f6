"""The house itself: what the wheel brings, what an import costs, and documents that must agree with the code."""

import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

from parcelflow import adapters, conformance, console, diagrams, engine, machines, simulator
from parcelflow.console.diagram import diagram
from parcelflow.console.main import cli
from parcelflow.engine import POINTS
from parcelflow.machines import DEFAULT_LINKS, MACHINES, POLICIES
from parcelflow.simulator.scenario import play
from parcelflow.simulator.scenario_file import read as read_scenario
from parcelflow.simulator.scenario_words import EXPECTATIONS, VERBS

ROOT = Path(__file__).parents[2]
ROOMS = (adapters, conformance, console, diagrams, engine, machines, simulator)


def read(name: str) -> str:
    return (ROOT / name).read_text()


def _script(name: str) -> ModuleType:
    """One of the scripts in `docs/`, as a module."""
    spec = spec_from_file_location(f"docs_{name}", ROOT / "docs" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_kept_pictures_are_the_machines_and_nobody_has_retouched_one() -> None:
    script = _script("pictures")
    assert script.stale() == [], "run `make pictures`"
    names = [name for name, _ in script.pictures()]
    assert set(MACHINES) | {"live-case"} <= set(names)
    kept = {file.name for file in (ROOT / "docs" / "pictures").iterdir()} - {"drawn.json"}
    assert kept == {f"{name}.{ending}" for name in names for ending in ("dot", "svg", "png")}
    for name in names:
        assert "<svg" in read(f"docs/pictures/{name}.svg")
        assert (ROOT / "docs" / "pictures" / f"{name}.png").read_bytes().startswith(b"\x89PNG")


def test_a_stale_and_a_retouched_picture_are_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = _script("pictures")
    copied = shutil.copytree(ROOT / "docs" / "pictures", tmp_path / "pictures")
    monkeypatch.setattr(script, "FOLDER", copied)
    monkeypatch.setattr(script, "LEDGER", copied / "drawn.json")
    assert script.stale() == []
    (copied / "order.dot").write_text("digraph {}")
    (copied / "task.png").write_bytes(b"another")
    (copied / "send.svg").unlink()
    assert script.stale() == ["send", "order", "task"]


def test_the_manuals_tables_are_what_the_machines_are() -> None:
    script = _script("manual")
    generated = read("docs/manual.md").partition(script.BEGIN)[2].partition(script.END)[0]
    assert generated.strip().splitlines() == "\n".join(script.tables()).strip().splitlines(), "run `make pictures`"


def test_the_page_on_observing_lists_every_event_and_every_metric_as_the_code_has_them() -> None:
    script = _script("observing")
    generated = read("docs/observing.md").partition(script.BEGIN)[2].partition(script.END)[0]
    assert generated.strip().splitlines() == "\n".join(script.tables()).strip().splitlines(), "run `make pictures`"
    for metric in re.findall(r"parcelflow_\w+", read("docs/observing.md")):
        assert f"| `{metric.removesuffix('_bucket')}` |" in generated, f"{metric} is asked for and not measured"


def test_the_reference_is_what_the_operations_are() -> None:
    assert read("docs/reference.md").splitlines() == "\n".join(_script("reference").page()).splitlines(), "run `make pictures`"


def test_everything_in_the_documents_is_covered_by_code_and_by_a_test_that_exist() -> None:
    script = _script("coverage")
    assert read("docs/coverage.md").splitlines() == "\n".join(script.page()).splitlines(), "run `make pictures`"
    assert script.unresolved() == []
    assert script.misplaced() == []
    ids = {f"{letter}{number}" for letter, last in (("A", 57), ("C", 28), ("E", 15)) for number in range(1, last + 1)}
    assert script.findings() == ids
    assert {what for what in script.entries() if ":" not in what} == ids
    assert len(script.endpoints()) == 68 + 5
    assert len(script.events()) == 42 + 5 + 10


def test_a_name_that_is_in_no_file_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    script = _script("coverage")
    test = "adapters/test_page.py::test_nothing"
    monkeypatch.setattr(
        script, "entries", lambda: {"A1": ("adapters/page.py::Pages", test), "A2": ("adapters/page.py::None", test)}
    )
    assert script.unresolved() == [f"A1: {test}", "A2: adapters/page.py::None", f"A2: {test}"]


def test_a_test_of_another_room_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    script = _script("coverage")
    elsewhere = "simulator/test_simulator_create.py::test_lists_are_paged_and_filtered"
    monkeypatch.setattr(script, "entries", lambda: {"A1": ("adapters/page.py::Pages", elsewhere)})
    assert script.misplaced() == [f"A1: adapters/page.py::Pages and {elsewhere}"]


def test_the_page_on_clients_names_every_error_that_a_call_may_raise() -> None:
    page = read("docs/clients.md")
    kinds = [kind for kind in vars(machines).values() if isinstance(kind, type) and issubclass(kind, machines.ParcelflowError)]
    raised = [kind for kind in kinds if issubclass(kind, machines.RemoteRefusedError | machines.NetworksError)]
    leaves = [kind.__name__ for kind in raised if kind not in {machines.RemoteRefusedError, machines.NetworksError}]
    assert [
        name for name in (*leaves, "AcceptedOnlyError", "BadParametersError", "BadBodyError") if f"`{name}`" not in page
    ] == []


def test_the_page_on_scenarios_names_every_word_and_its_story_is_true() -> None:
    page = read("docs/scenarios.md")
    for word, verb in VERBS.items():
        assert f"| `{word}` | `{verb.line}` |" in page or word == "call"
    for word, shape in EXPECTATIONS.items():
        assert f"| `{word}` | {shape} |" in page
    (story,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    play(read_scenario(story))


def test_each_invariant_names_a_test_that_exists() -> None:
    page = read("docs/invariants.md")
    assert re.findall(r"^\| I(\d+) \|", page, re.MULTILINE) == [str(number) for number in range(1, 17)]
    for line in page.splitlines():
        if line.startswith("| ") and not line.startswith(("| invariant", "| property")):
            named = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", line)
            assert named, line
            for file, test in named:
                assert f"\ndef {test}(" in read(file), (file, test)


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
        assert f"`{kind}`" in manual
    for option in diagram.params:
        assert option.param_type_name == "argument" or any(word in manual for word in option.opts)


def test_every_finding_that_the_code_cites_is_explained() -> None:
    explained = set(re.findall(r"^\| ([ACE]\d+) \|", read("docs/sources.md"), re.MULTILINE))
    citation = re.compile(r"\b[ACE]\d{1,2}\b")
    for room in ROOMS:
        for module in Path(room.__path__[0]).rglob("*.py"):
            unexplained = set(citation.findall(module.read_text())) - explained
            assert not unexplained, f"{module}: not in docs/sources.md: {unexplained}"


@pytest.mark.parametrize("page", ["README.md", "docs/deriving.md", "docs/clients.md", "docs/running.md", "docs/observing.md"])
def test_a_pages_example_runs_and_prints_what_it_says(page: str, tmp_path: Path) -> None:
    codes = re.findall(r"```python\n(.*?)```", read(page), re.DOTALL)
    assert codes
    for code, expected in zip(codes, re.findall(r"```text\n(.*?)```", read(page), re.DOTALL), strict=True):
        run = subprocess.run((sys.executable, "-c", code), cwd=tmp_path, capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stderr
        assert run.stdout == expected


def test_every_chore_in_the_readme_and_contributing_exists() -> None:
    chores = set(re.findall(r"^(\w+):", read("Makefile"), re.MULTILINE))
    for document in ("README.md", "CONTRIBUTING.md", "docs/manual.md", "docs/deriving.md", "docs/invariants.md"):
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
