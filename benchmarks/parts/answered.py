"""Measuring on PostgreSQL: how long a wish takes to its applied answer, and how fast calls that wait are done.

May not believe that anything was done: after each round every name was called once and answered once, or there is no result.
Non-obvious choice: wishes come at their own pace whatever becomes of them (an open loop); somebody who waits for each answer
before the next wish would spare a slow contender its queue.
"""

import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from statistics import quantiles
from typing import LiteralString

import psycopg

from .contenders import Contender
from .crew import Crew
from .server import Server

PER_SECOND = 30
PATIENCE = 90
"""Seconds after which what is not answered is lost."""
LOOK = 0.05
"""Seconds between two looks whether all is done; when it was is in the rows."""


class Field:
    """Where contenders are measured: each time in a fresh copy of their database.

    Args:
        server: Where.
        crew: The workers.
    """

    def __init__(self, server: Server, crew: Crew) -> None:
        self._server = server
        self._crew = crew
        self._ready: set[str] = set()

    def slow(self) -> AbstractContextManager[None]:
        """Meanwhile a sync takes 4 ms."""
        return self._server.slow()

    def latencies(self, contender: Contender, workers: int, count: int) -> tuple[float, float]:
        """Milliseconds from the commit of a wish to that of its answer: the median, and what one in a hundred exceeds."""
        self._make(contender)
        names = _names(count)
        assert contender.asking is not None
        with self._server.copied(contender.name) as url:
            with self._crew.shift(contender.role, url, workers) as shift, contender.asking(url) as ask:
                shift.begin()
                began = time.perf_counter()
                for number, name in enumerate(names):
                    _pause(began + 1 + number / PER_SECOND - time.perf_counter())  # a second for whoever starts slowly
                    ask(name)
                applied = _all_applied(contender, url, names)
            _once(shift.calls, names)
            wished = _when(url, contender.wished)
        spent = [(applied[name] - wished[name]).total_seconds() * 1000 for name in names]
        cuts = quantiles(spent, n=100, method="inclusive")
        return cuts[49], cuts[98]

    def rate(self, contender: Contender, workers: int, count: int) -> float:
        """Calls a second, of so many that wait when the workers begin."""
        self._make(contender)
        names = _names(count)
        with self._server.copied(contender.name) as url:
            contender.fill(url, names)
            with self._crew.shift(contender.role, url, workers) as shift:
                began = _now(url)
                shift.begin()
                applied = _all_applied(contender, url, names)
            _once(shift.calls, names)
        since = min(applied.values()) if contender.cold else began
        return count / (max(applied.values()) - since).total_seconds()

    def _make(self, contender: Contender) -> None:
        if contender.name not in self._ready:
            contender.prepare(self._server.database(contender.name), self._crew)
            self._ready.add(contender.name)


def _names(count: int) -> list[str]:
    return [f"d-{number}" for number in range(count)]


def _pause(seconds: float) -> None:
    if seconds > 0:
        threading.Event().wait(seconds)


def _all_applied(contender: Contender, url: str, names: Sequence[str]) -> dict[str, datetime]:
    """When each answer was applied, once all of them are."""
    until = time.perf_counter() + PATIENCE
    with psycopg.connect(url, autocommit=True) as connection:
        while True:
            rows = connection.execute(contender.applied).fetchall()
            if len(rows) >= len(names):
                break
            assert time.perf_counter() < until, f"{contender.name}: {len(names) - len(rows)} of {len(names)} are lost"
            _pause(LOOK)
    _once(Counter(name for name, _ in rows), names)
    return dict(rows)


def _once(found: Counter[str], names: Sequence[str]) -> None:
    assert found == Counter(names), f"lost: {set(names) - set(found)}; twice: {[name for name in found if found[name] > 1]}"


def _when(url: str, query: LiteralString) -> dict[str, datetime]:
    with psycopg.connect(url) as connection:
        return dict(connection.execute(query).fetchall())


def _now(url: str) -> datetime:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT clock_timestamp()").fetchone()
    assert row is not None
    return row[0]
