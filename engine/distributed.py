"""Between processes: a notification for whoever listens and a token for whoever does not, in the transaction that they tell of.

May not hold any truth, nor be imported by the rest of the engine: procrastinate, whose jobs are the tokens, is an optional
package. Non-obvious choices: a process that is at work looks by itself at what it commits, and calls others only to what it has
no room for; what it leaves behind when it dies is rows that the next one to sweep finds. And one token waits for all that is said
of the same work. A job costs its queue three transactions, which is more than a call costs: the two thousand that an afternoon
without workers leaves would hold up the two thousand calls that they tell of. And of those who hear of something new one is on
duty and looks at once; the others, of whom only one could do it, ask a little later whether anything is left of it.
"""

import asyncio
import threading
from datetime import datetime, timedelta

import procrastinate
import psycopg
from procrastinate.exceptions import ProcrastinateException
from procrastinate.jobs import DeleteJobCondition, Status
from sqlalchemy import bindparam
from sqlalchemy import text as sql

from ..machines import StoreFailedError
from .blame import code
from .driver import CALLS, INBOX, Look, nobody
from .notices import QueueLost
from .ports import Clock
from .statements import Statement
from .store import DECIDERS
from .tx import Tx
from .watch import write_down

QUEUE = "parcelflow"
TASK = "parcelflow.look"
POLL = 0.5
"""Seconds between two looks for jobs that nobody notified of: a notification that comes during a fetch may be lost."""
HEARTBEAT, STALLED = 5, 20
"""Seconds between two signs of life of a worker, and without one after which its jobs are taken for a dead one's."""
HORIZON = timedelta(seconds=30)
"""What is due later needs no token: it is a row, and every worker looks at rows more often than that."""
AGAIN = 1.0
"""Seconds until a worker that the database has thrown out comes back."""
SOON = timedelta(seconds=1)
"""After which a token is taken of what is due now: those who listen have seen to it by then, and the token only looks again."""

LATER = 0.02
"""Seconds that whoever is not on duty leaves what is new to whoever is."""
LEFT = (
    "SELECT EXISTS (SELECT 1 FROM inbox WHERE status = 'new'), EXISTS (SELECT 1 FROM outbox WHERE status IN ('open', 'unsure'))"
)
"""Asks whether any of it is left: a statement instead of two transactions of each process, and mostly the answer is no."""
ALL = "!"
"""Stands after the name of a work that all who listen are to look at, at once."""
ON_DUTY = DECIDERS + 3
"""Number of the lock that whoever is on duty holds, for as long as its session lasts."""

NOTIFY = Statement(sql("SELECT pg_notify('parcelflow', :work)").bindparams(bindparam("work")))
DEFER = Statement(
    sql(
        "SELECT procrastinate_defer_jobs_v1(ARRAY[ROW('parcelflow', 'parcelflow.look', 0, NULL, NULL,"
        " jsonb_build_object('work', CAST(:work AS text)), CAST(:at AS timestamptz))::procrastinate_job_to_defer_v1])"
        " WHERE NOT EXISTS (SELECT 1 FROM procrastinate_jobs WHERE status = 'todo' AND queue_name = 'parcelflow'"
        " AND args ->> 'work' = CAST(:work AS text) AND scheduled_at <= CAST(:at AS timestamptz))"
    ).bindparams(bindparam("work"), bindparam("at"))
)


class Procrastinate:
    """Carries tokens between the engines of one PostgreSQL database.

    Args:
        url: The database, whose procrastinate tables `install` has made.
        clock: By which `due` is meant.
    """

    def __init__(self, url: str, clock: Clock) -> None:
        self._url = url
        self._clock = clock
        self._look: Look = nobody
        self._running = False
        self._on_duty = False
        self._heard = asyncio.Event()

    def bind(self, look: Look) -> None:
        """Say who looks in this process."""
        self._look = look

    def enqueue(self, tx: Tx, work: str, due: datetime, *, others: bool = False) -> None:
        """Have `work` looked at at `due`: by this process where it is at work, by others where it is not or has no room."""
        now = self._clock.now()
        if due - now <= HORIZON and (others or not self._running):
            tx.all_later(DEFER, {"work": work, "at": max(due, now + SOON)})
            if due <= now:
                tx.all_later(NOTIFY, {"work": work + ALL if others else work})
        if due <= now:
            tx.afterwards(lambda: self._look(work))

    def run(self, stop: threading.Event) -> None:
        """Take tokens until `stop` is set, through every restart of the database."""
        self._running = True
        while not stop.is_set():
            try:
                asyncio.run(self._work(stop))
            except (ProcrastinateException, psycopg.Error, OSError) as error:
                write_down(QueueLost(type(error).__name__, code(error)))
                stop.wait(AGAIN)
        self._running = False

    async def _work(self, stop: threading.Event) -> None:
        self._on_duty, self._heard = False, asyncio.Event()
        app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=self._url, min_size=1, max_size=3))
        app.task(name=TASK, queue=QUEUE)(self._taken)
        async with app.open_async():
            await _bury(app)
            working = asyncio.create_task(
                app.run_worker_async(
                    queues=[QUEUE],
                    concurrency=1,
                    fetch_job_polling_interval=POLL,
                    delete_jobs=DeleteJobCondition.ALWAYS,
                    install_signal_handlers=False,
                    update_heartbeat_interval=HEARTBEAT,
                    stalled_worker_timeout=STALLED,
                )
            )
            listening, standing_by = asyncio.create_task(self._listen()), asyncio.create_task(self._stand_by())
            stopping = asyncio.create_task(asyncio.to_thread(stop.wait))
            await asyncio.wait((working, listening, standing_by, stopping), return_when=asyncio.FIRST_COMPLETED)
            await _ended(working, listening, standing_by)

    async def _listen(self) -> None:
        async with await psycopg.AsyncConnection.connect(self._url, autocommit=True) as connection:
            await connection.execute("LISTEN parcelflow")
            for work in (INBOX, CALLS):  # whatever was said while nobody listened
                self._look(work)
            async for told in connection.notifies():
                work, to_all, _ = told.payload.partition(ALL)
                if self._on_duty or to_all:
                    self._look(work)
                else:
                    self._heard.set()

    async def _stand_by(self) -> None:
        """Go on duty when nobody is, and until then see a little later what whoever is has left."""
        async with await psycopg.AsyncConnection.connect(self._url, autocommit=True) as connection:
            while True:
                taken = await connection.execute("SELECT pg_try_advisory_lock(%s)", (ON_DUTY,))
                self._on_duty = await taken.fetchone() == (True,)
                await self._heard.wait()
                await asyncio.sleep(LATER)
                self._heard.clear()
                left = await (await connection.execute(LEFT)).fetchone() or (False, False)
                for work, is_left in zip((INBOX, CALLS), left, strict=True):
                    if is_left:
                        self._look(work)

    async def _taken(self, work: str) -> None:
        self._look(work)


async def _ended(*tasks: asyncio.Task[None]) -> None:
    """End what runs, and raise what ended one of them if it was not we."""
    for task in tasks:
        task.cancel()
    for ended in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(ended, Exception):
            raise ended


async def _bury(app: procrastinate.App) -> None:
    """Close the jobs of dead workers: they are only tokens, and what they told of is found by whoever looks next."""
    for job in await app.job_manager.get_stalled_jobs(queue=QUEUE, seconds_since_heartbeat=STALLED):
        await app.job_manager.finish_job(job, Status.FAILED, delete_job=True)


def installed(url: str) -> bool:
    """Whether procrastinate's tables are there.

    Raises:
        StoreFailedError: The database cannot be reached.
    """
    try:
        with psycopg.connect(url) as connection:
            return connection.execute("SELECT to_regclass('procrastinate_jobs') IS NOT NULL").fetchone() == (True,)
    except psycopg.Error as error:
        raise StoreFailedError(f"the tables of the queue could not be looked for: {error}") from error


def install(url: str) -> bool:
    """Make procrastinate's tables where they are not; whether they had to be made.

    Raises:
        StoreFailedError: The database cannot be reached or written.
    """
    if installed(url):
        return False
    try:
        app = procrastinate.App(connector=procrastinate.SyncPsycopgConnector(conninfo=url))
        with app.open():
            app.schema_manager.apply_schema()
    except (psycopg.Error, ProcrastinateException) as error:
        raise StoreFailedError(f"the tables of the queue could not be made: {error}") from error
    return True
