"""The floor: an outbox written by hand, one job a commit, woken by LISTEN/NOTIFY, claimed with SKIP LOCKED.

May not take more than one job at a time, nor hold a transaction open while a call is out. Non-obvious choice: a job is claimed
under a lease in a transaction of its own and its answer applied in another. A row that stays locked during the call would save a
commit, but a call takes seconds where it is a real one, and a worker that died during it would have its door opened twice.
"""

import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager

import psycopg

from .contenders import APPLY, TABLES, WISH, Contender, run_script
from .crew import Crew

JOBS = """
CREATE TABLE job (id bigserial PRIMARY KEY, key text NOT NULL, status text NOT NULL, attempts int NOT NULL DEFAULT 0,
                  leased_until timestamptz);
CREATE INDEX job_open ON job (id) WHERE status = 'open';
"""
SEND = "INSERT INTO job (key, status) VALUES (%(key)s, 'open')"
CLAIM = """
UPDATE job SET status = 'claimed', attempts = attempts + 1, leased_until = clock_timestamp() + interval '3 minutes'
WHERE id = (SELECT id FROM job WHERE status = 'open' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id, key, attempts
"""
SETTLE = "UPDATE job SET status = 'done', leased_until = NULL WHERE id = %s AND attempts = %s AND status = 'claimed'"
POLL = 0.5
"""Seconds between two looks that nobody asked for."""


@contextmanager
def working(url: str, calls: list[str]) -> Generator[Callable[[], object]]:
    """One thread that works."""
    stop = threading.Event()
    thread = threading.Thread(target=_work, args=(url, calls, stop))
    yield thread.start
    stop.set()
    if thread.is_alive():
        thread.join()


def _work(url: str, calls: list[str], stop: threading.Event) -> None:
    with psycopg.connect(url, autocommit=True) as connection, psycopg.connect(url, autocommit=True) as listening:
        listening.execute("LISTEN job")
        while not stop.is_set():
            found = connection.execute(CLAIM).fetchone()
            if found is None:
                for _ in listening.notifies(timeout=POLL, stop_after=1):
                    pass
                continue
            number, key, attempts = found
            calls.append(key)
            with connection.transaction():
                connection.execute(SETTLE, (number, attempts))
                connection.execute(APPLY, {"key": key})


@contextmanager
def _asking(url: str) -> Generator[Callable[[str], object]]:
    with psycopg.connect(url, autocommit=True) as connection:
        yield lambda key: _wish(connection, [key])


def _fill(url: str, keys: Sequence[str]) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        _wish(connection, keys)


def _wish(connection: psycopg.Connection, keys: Sequence[str]) -> None:
    with connection.transaction():
        for key in keys:
            connection.execute(WISH, {"key": key})
            connection.execute(SEND, {"key": key})
        connection.execute("NOTIFY job")


def _prepare(url: str, _crew: Crew) -> None:
    run_script(url, TABLES + JOBS)


OUTBOX = Contender(name="outbox", role=working, prepare=_prepare, fill=_fill, asking=_asking)
