"""A peer: DBOS on PostgreSQL, a workflow for each wish, with one step that calls and applies the answer.

May not touch the network: no telemetry, no conductor. Non-obvious choice: all that DBOS is given is what helps it. The wish is
enqueued in the transaction of its rows, the queue is polled every 50 ms (a second is the default) with fifty workflows at once in
a process (the engine has eight), call and answer are one step, and its drain is timed from its first answer on.
"""

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from uuid import uuid4

import sqlalchemy
from dbos import DBOS, DBOSClient, DBOSConfig
from psycopg import Connection
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool

from .contenders import APPLY, TABLES, WISH, Contender, run_script
from .crew import Crew

QUEUE, WORKFLOW = "calls", "call"
POLL = 0.05
AT_ONCE = 50


class _Here:
    """What the workflows of this process use."""

    calls: list[str]
    pool: ConnectionPool[Connection[TupleRow]]


@DBOS.step()
def _called(key: str) -> str:
    _Here.calls.append(key)
    with _Here.pool.connection() as connection:
        connection.execute(APPLY, {"key": key})
    return "reserved"


@DBOS.workflow(name=WORKFLOW)
def _call(key: str) -> str:
    return _called(key)


@contextmanager
def working(url: str, calls: list[str]) -> Generator[Callable[[], object]]:
    """DBOS in this process. It works as soon as it is launched, so there is nothing left to begin."""
    _Here.calls = calls
    config = DBOSConfig(
        name="benchmark",
        system_database_url=url,
        application_version="1",
        executor_id=uuid4().hex,
        enable_otlp=False,
        log_level="CRITICAL",
    )
    with ConnectionPool[Connection[TupleRow]](url, min_size=4, max_size=8) as pool:
        _Here.pool = pool
        DBOS(config=config)
        DBOS.launch()
        DBOS.register_queue(QUEUE, worker_concurrency=AT_ONCE, polling_interval_sec=POLL)
        yield lambda: None
        DBOS.destroy()


@contextmanager
def _asking(url: str) -> Generator[Callable[[str], object]]:
    engine = sqlalchemy.create_engine(url.replace("postgresql:", "postgresql+psycopg:", 1))
    client = DBOSClient(system_database_engine=engine)
    try:
        yield lambda key: _wish(engine, client, [key])
    finally:
        client.destroy()
        engine.dispose()


def _wish(engine: sqlalchemy.Engine, client: DBOSClient, keys: Sequence[str]) -> None:
    with engine.begin() as connection:
        for key in keys:
            connection.exec_driver_sql(WISH, {"key": key})
            client.enqueue_in_transaction(connection, {"queue_name": QUEUE, "workflow_name": WORKFLOW, "app_version": "1"}, key)


def _fill(url: str, keys: Sequence[str]) -> None:
    engine = sqlalchemy.create_engine(url.replace("postgresql:", "postgresql+psycopg:", 1))
    client = DBOSClient(system_database_engine=engine)
    _wish(engine, client, keys)
    client.destroy()
    engine.dispose()


def _prepare(url: str, crew: Crew) -> None:
    with crew.shift(working, url, 1):  # makes its own tables when it is launched
        run_script(url, TABLES)


WORKFLOWS = Contender(name="dbos", role=working, prepare=_prepare, fill=_fill, asking=_asking, cold=True)
