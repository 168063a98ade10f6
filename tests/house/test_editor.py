"""What an editor knows of parcelflow in a file outside the tree, with the environment that `make setup` made.

May not repair that environment. Non-obvious choice: the checker is run as a user runs it, where no setting of ours can help it.
"""

import subprocess
import sys
from inspect import signature
from pathlib import Path
from sysconfig import get_path

import pytest

from parcelflow.console.plugin import parcelflow_world

ROOT = Path(__file__).parents[2]
CHECKER = Path(sys.executable).with_name("basedpyright")


def told(folder: Path, code: str) -> str:
    """What the checker says of a file with this code."""
    (folder / "mine.py").write_text(code)
    (folder / "pyrightconfig.json").write_text('{"typeCheckingMode": "strict"}')
    run = subprocess.run(
        (str(CHECKER), "--pythonpath", sys.executable, "mine.py"), cwd=folder, capture_output=True, text=True, check=False
    )
    return run.stdout


@pytest.mark.parametrize(
    ("lines", "known"),
    [
        (
            ("from parcelflow.adapters.bloqit.client import Bloqit", 'reveal_type(Bloqit("key").rents.get("R").state)'),
            '"RentState | None"',
        ),
        (
            (
                "from parcelflow.simulator.handle import Handle",
                "def test(parcelflow_world: Handle) -> None: reveal_type(parcelflow_world.now)",
            ),
            '"datetime"',
        ),
        (("from parcelflow.engine import Engine", "reveal_type(Engine.drain)"), "(self: Engine"),
    ],
    ids=["client", "world", "engine"],
)
def test_a_file_outside_the_tree_knows_every_type(tmp_path: Path, lines: tuple[str, ...], known: str) -> None:
    found = told(tmp_path, "\n\n".join(lines) + "\n")
    assert known in found
    assert "0 errors, 0 warnings" in found


def test_the_fixture_says_what_it_is() -> None:
    assert signature(parcelflow_world._get_wrapped_function()).return_annotation == "Generator[Handle]"  # pyright: ignore[reportPrivateUsage]


def test_without_what_make_setup_leaves_an_editor_knows_nothing(tmp_path: Path) -> None:
    assert (Path(get_path("purelib")) / "parcelflow-stubs").resolve() == ROOT
    assert "could not be resolved" in told(tmp_path, "import parcelflow.nothing_of_this_name\n")
