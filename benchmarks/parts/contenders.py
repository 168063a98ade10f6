"""What stands in a round on PostgreSQL: one way to have a wish called and its answer applied, as the measuring sees it.

May not know any of them. Non-obvious choice: when a wish was committed and when its answer was is read off rows that are inserted
and never updated, so that their `xmin` is the transaction that is meant.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import LiteralString

import psycopg

from .crew import Crew, Role

TOGETHER = 8
"""Calls under way at once in a process; the pace of a remote that is not configured, and the concurrency of the bare queue."""

TABLES = """
CREATE TABLE state (key text PRIMARY KEY, state text NOT NULL, version int NOT NULL);
CREATE TABLE history (key text, version int, name text NOT NULL, at timestamptz NOT NULL, PRIMARY KEY (key, version));
"""
"""Of those who have none of their own."""
WISH = """
WITH one AS (INSERT INTO state VALUES (%(key)s, 'absent', 1))
INSERT INTO history VALUES (%(key)s, 1, 'wished', clock_timestamp())
"""
APPLY = """
WITH one AS (UPDATE state SET state = 'reserved', version = version + 1 WHERE key = %(key)s)
INSERT INTO history VALUES (%(key)s, 2, 'reserved', clock_timestamp())
"""
WISHED: LiteralString = "SELECT key, pg_xact_commit_timestamp(xmin) FROM history WHERE name = 'wished'"
APPLIED: LiteralString = "SELECT key, pg_xact_commit_timestamp(xmin) FROM history WHERE name = 'reserved'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """One of them.

    Attributes:
        name: Also of its database.
        role: What its workers do.
        prepare: Makes its tables in an empty database.
        fill: Has calls wait, by name.
        asking: Gives what commits one wish, by name; None for what has no wishes.
        wished: Query for the names of wishes and when they were committed.
        applied: The same for answers.
        cold: Whether its workers begin by themselves when they are ready. Then its drain is timed from the first answer.
    """

    name: str
    role: Role
    prepare: Callable[[str, Crew], None]
    fill: Callable[[str, Sequence[str]], None]
    asking: Callable[[str], AbstractContextManager[Callable[[str], object]]] | None = None
    wished: LiteralString = WISHED
    applied: LiteralString = APPLIED
    cold: bool = False


def run_script(url: str, script: LiteralString) -> None:
    """Statements with semicolons between them, in one transaction."""
    with psycopg.connect(url) as connection:
        connection.execute(script)
