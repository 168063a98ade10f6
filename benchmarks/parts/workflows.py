"""A peer: the same events as durable workflows on DBOS, in a process of its own, on SQLite with a write-ahead log.

May not touch the network: no telemetry, no conductor. Non-obvious choice: what is judged is the way that is best for DBOS, a
workflow per case that is given all of the case's events at once and takes a step for each. It waits for no message, writes one
row for each event and one more for each case, and keeps no tables of its own beside them. A workflow per event, which is nearer
to what the engine is asked to do, is slower and only told. Both run one after another in one thread; more threads were slower.
"""

import multiprocessing
from contextlib import ExitStack
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TypeAlias

from dbos import DBOS, DBOSConfig
from sqlalchemy import create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from parcelflow.machines import decide

from .database import DURABLE
from .rounds import Act, Run, rate
from .workload import LIFE, machine, restored

WHOLE_LIVES, ONE_EACH = "whole lives", "one each"
LIVES = {WHOLE_LIVES: 100, ONE_EACH: 50}
Ask: TypeAlias = tuple[str, int]


def workflows_contenders(run: Run, stack: ExitStack) -> dict[str, Act]:
    """Events per second, for both ways.

    Args:
        run: Where and how much.
        stack: Ends the process.
    """
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(there, run.folder / "dbos.db"))
    process.start()
    stack.callback(process.join)
    stack.callback(here.send, None)

    def asking(way: str) -> Act:
        def act(_number: int) -> float:
            here.send((way, run.many(LIVES[way])))
            found = here.recv()
            assert isinstance(found, float)
            return found

        return act

    return {way: asking(way) for way in LIVES}


def _serve(asked: Connection, file: Path) -> None:
    engine = create_engine(f"sqlite:///{file}")
    event.listen(engine, "connect", _prepare)
    config = DBOSConfig(
        name="benchmark",
        system_database_engine=engine,
        application_version="1",
        executor_id="1",
        enable_otlp=False,
        use_listen_notify=False,
        log_level="ERROR",
    )
    DBOS(config=config)
    DBOS.launch()
    ways = {WHOLE_LIVES: _whole_lives, ONE_EACH: _one_each}
    while (wanted := asked.recv()) is not None:
        way, count = wanted
        asked.send(rate(count * len(LIFE), lambda way=way, count=count: ways[way](count)))
    DBOS.destroy()
    engine.dispose()


def _prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = "IMMEDIATE"  # as DBOS sets it itself
    cursor = connection.cursor()
    for pragma in (*DURABLE, "foreign_keys = ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


@DBOS.step()
def _decided(state: str, step: int) -> str:
    """Decide by the compiled table, as the engine does."""
    case, told = restored(step)
    assert case.state == state
    return decide(machine(), case, told).state


@DBOS.workflow()
def _life(steps: list[int]) -> str:
    state = LIFE[0].source
    for step in steps:
        state = _decided(state, step)
    return state


@DBOS.workflow()
def _step(state: str, step: int) -> str:
    return _decided(state, step)


def _whole_lives(count: int) -> None:
    for _ in range(count):
        assert _life(list(range(len(LIFE)))) == LIFE[-1].target


def _one_each(count: int) -> None:
    for _ in range(count):
        state = LIFE[0].source
        for step in range(len(LIFE)):
            state = _step(state, step)
