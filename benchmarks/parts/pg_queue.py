"""A peer: procrastinate alone, an empty job for each call and no rows but its own.

May not delete what is done: a finished job's row tells when it was. Non-obvious choice: it has as many jobs under way at once as
the engine has calls, in one event loop, which is how its documents would have it.
"""

import asyncio
import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager

import procrastinate
import psycopg

from parcelflow.engine.distributed import install

from .contenders import TOGETHER, Contender
from .crew import Crew

QUEUE, TASK = "calls", "call"
DEFER = """
SELECT procrastinate_defer_jobs_v1(array_agg(
    ROW('calls', 'call', 0, NULL, NULL, jsonb_build_object('key', key), NULL)::procrastinate_job_to_defer_v1))
FROM unnest(%s::text[]) AS key
"""


@contextmanager
def working(url: str, calls: list[str]) -> Generator[Callable[[], object]]:
    """One worker of procrastinate's."""
    stop = threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(_work(url, calls, stop)))
    yield thread.start
    stop.set()
    if thread.is_alive():
        thread.join()


async def _work(url: str, calls: list[str], stop: threading.Event) -> None:
    async def call(key: str) -> None:
        calls.append(key)

    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=url, min_size=1, max_size=TOGETHER + 2))
    app.task(name=TASK, queue=QUEUE)(call)
    async with app.open_async():
        running = app.run_worker_async(queues=[QUEUE], concurrency=TOGETHER, install_signal_handlers=False)
        working = asyncio.create_task(running)
        await asyncio.to_thread(stop.wait)
        working.cancel()
        await asyncio.wait((working,))


def _fill(url: str, keys: Sequence[str]) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(DEFER, (list(keys),))


def _prepare(url: str, _crew: Crew) -> None:
    assert install(url)


DONE = "SELECT args->>'key', pg_xact_commit_timestamp(xmin) FROM procrastinate_jobs WHERE status = 'succeeded'"
QUEUE_ALONE = Contender(name="procrastinate", role=working, prepare=_prepare, fill=_fill, applied=DONE)
