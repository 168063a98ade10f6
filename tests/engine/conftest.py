"""What tests of the engine share: a place for a database, once on SQLite and once on PostgreSQL."""

from collections.abc import Generator
from contextlib import ExitStack
from pathlib import Path

import pytest
from postgres import schema, server

from parcelflow.engine import Place


@pytest.fixture(scope="session")
def postgres() -> Generator[str]:
    """A PostgreSQL server's URL."""
    with server() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Place]:
    """An empty database: whatever is promised on one kind is promised on the other."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            yield tmp_path / "x.db"
        else:
            yield stack.enter_context(schema(request.getfixturevalue("postgres")))
