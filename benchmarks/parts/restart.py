"""Part f: an engine is opened on a file with a hundred thousand open cases; how long until an event is decided.

May not know what a start does. Non-obvious choice: every round opens a copy, because a start changes the file (calls that were
under way are doubted once), and the copy is dropped from the system's cache first, since a machine that comes back has none.
"""

import multiprocessing
import os
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

from .database import copied, forgotten
from .filling import copied_name, fill
from .histories import History, history, lying, under_way
from .rounds import Run
from .verdicts import Found
from .watch import Watch, wait
from .workload import LIFE, OPEN_AFTER, Slow, Told, arrival, key, opened

ROUNDS = 5
OPEN, CALLED = 97_000, 3000
"""Cases that only lie in their lockers, and those whose call was under way."""
SECONDS_PER_CALL = 0.05
BAR = 2.0


def measure(run: Run) -> Iterator[Found]:
    """Seconds from `Engine(...)` until an event of one of the cases, told at once, is decided."""
    file = run.folder / "open.db"
    opened(file).stop()
    parts: list[tuple[History, int]] = [
        (history(run.folder, lying), run.many(OPEN)),
        (history(run.folder, under_way), run.many(CALLED)),
    ]
    fill(file, parts)
    total = sum(count for _, count in parts)
    yield Found(
        part="f",
        what=f"from a restart with {total:,} open cases, {parts[1][1]:,} calls in doubt, to a decision",
        unit="s",
        ours=[_restart(run, number, total) for number in range(run.rounds(ROUNDS))],
        bar=BAR,
        least=False,
    )


def _restart(run: Run, number: int, total: int) -> float:
    file = copied(run.folder / "open.db", run.folder / f"open-{number}.db")
    forgotten(file)
    hear, tell = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("spawn").Process(target=_decide_one, args=(tell, file, copied_name(0, total)))
    process.start()
    found = hear.recv()
    process.join()
    file.unlink()
    assert isinstance(found, float)
    return found


def _decide_one(told: Connection, file: Path, name: str) -> None:
    """In a process of its own, which ends without stopping the engine: that would first make all calls."""
    with Watch(file) as watch:
        began = time.perf_counter()
        engine = opened(file, {"bloqit": Slow(SECONDS_PER_CALL)})
        engine.start()
        decided = watch.expect(key(name), LIFE[OPEN_AFTER].target)
        engine.accept(arrival(Told(0, OPEN_AFTER), name=name))
        wait(decided)
        told.send(time.perf_counter() - began)
        told.close()
        os._exit(0)
