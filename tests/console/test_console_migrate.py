"""`parcelflow migrate`, and what the commands that only read say to a database of another version."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import shell

from parcelflow.engine.schema import VERSIONS

POPULATED = Path(__file__).parents[1] / "data" / "populated-0001.sql"


def parcelflow(*words: str) -> tuple[int, str]:
    """How the command line ends, and what it says."""
    run = shell.parcelflow(*words)
    return run.returncode, (run.stdout + run.stderr).strip()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder whose database is of version 0001."""
    with closing(sqlite3.connect(tmp_path / "parcelflow.db")) as database:
        database.executescript(POPULATED.read_text())
    return tmp_path


def test_a_reader_names_the_command_that_migrates_and_migrates_nothing(folder: Path) -> None:
    file = folder / "parcelflow.db"
    for _ in range(2):
        ended, said = parcelflow("cases", "--folder", str(folder))
        assert ended == 2
        assert said.endswith(f"run `parcelflow migrate --database {file}`")
    assert parcelflow("migrate", "--database", str(file)) == (0, f"from version 0001 to {VERSIONS[-1]}")
    assert parcelflow("cases", "--folder", str(folder))[0] == 0


def test_it_says_from_which_to_which(folder: Path) -> None:
    assert parcelflow("migrate", "--folder", str(folder)) == (0, f"from version 0001 to {VERSIONS[-1]}")
    assert parcelflow("migrate", "--folder", str(folder)) == (0, f"version {VERSIONS[-1]} already")
    assert parcelflow("migrate", "--database", str(folder / "new.db")) == (0, f"from nothing to {VERSIONS[-1]}")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "which database? say --database URL, or --folder DIR"),
        (("--database", "mysql://x/y"), "a database is the path of a SQLite file or a postgresql:// URL, not 'mysql://x/y'"),
        (("--folder", "nowhere"), "there is no nowhere/parcelflow.db"),
    ],
)
def test_a_wrong_place_is_answered_in_one_sentence(words: tuple[str, ...], told: str) -> None:
    ended, said = parcelflow("migrate", *words)
    assert ended == 2
    assert told in said
    assert "Traceback" not in said
