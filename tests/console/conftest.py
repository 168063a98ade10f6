"""What tests of the console share: a PostgreSQL."""

from collections.abc import Generator

import pytest
from postgres import schema, server


@pytest.fixture(scope="session")
def postgres() -> Generator[str]:
    """A PostgreSQL server's URL."""
    with server() as url:
        yield url


@pytest.fixture
def url(postgres: str) -> Generator[str]:
    """An empty database."""
    with schema(postgres) as place:
        yield place
