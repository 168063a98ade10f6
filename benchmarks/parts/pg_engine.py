"""Ours: parcelflow's engine with the Procrastinate driver, in each worker.

May not reach into the engine. Non-obvious choices: the row that tells when a wish was committed is written by a trigger on the
engine's inbox, since a message's own row is updated when it is decided; that is one more row for us and none for the others. And
whoever asks decides its wish at once where it may, as whoever asks the others writes the job with the wish.
"""

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from functools import partial

from parcelflow.engine import Engine, Habits, Manners, Pace, Ports, SystemClock
from parcelflow.engine.distributed import Procrastinate, install
from parcelflow.machines import Answer, Caller, Done, Effect, TryLater

from .contenders import TOGETHER, Contender, run_script
from .crew import Crew
from .workload import KIND, PLACE, SENDERS, machine

TRIGGER = "create_with_locker"
NOTE = """
CREATE TABLE wished (key text PRIMARY KEY);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO wished VALUES (NEW.key); RETURN NEW; END $$;
CREATE TRIGGER note AFTER INSERT ON inbox FOR EACH ROW WHEN (NEW.source = 'ask') EXECUTE FUNCTION note();
"""


class Instant:
    """A remote that takes no time, and has called written down.

    Args:
        calls: Where names are added.
    """

    def __init__(self, calls: list[str]) -> None:
        self._calls = calls

    def call(self, effect: Effect, key: str) -> Answer:  # noqa: ARG002 - the port's names
        """It is done."""
        self._calls.append(effect.case_key)
        return Done(PLACE, remote_id=f"r-{effect.case_key}")

    def look_up(self, effect: Effect, key: str) -> Answer:
        """Nothing is ever unsure here; a look-up is counted as a call too many."""
        return self.call(effect, key)


class _Shut:
    """A remote that takes nothing, and at the pace that it is given is asked once."""

    def call(self, effect: Effect, key: str) -> Answer:  # noqa: ARG002 - the port's names
        return TryLater("not today", timedelta())

    look_up = call


def _engine(url: str, caller: Caller, pace: Pace, *, at_once: bool | None = None) -> Engine:
    clock = SystemClock()
    habits = Habits(driver=Procrastinate(url, clock), manners=Manners(default=pace), at_once=at_once)
    return Engine(url, {KIND: machine()}, {"bloqit": caller}, ports=Ports(clock), habits=habits)


@contextmanager
def working(url: str, calls: list[str]) -> Generator[Callable[[], object]]:
    """An engine that works in this process."""
    with _engine(url, Instant(calls), Pace(concurrency=TOGETHER)) as engine:
        yield engine.start


@contextmanager
def _asking(url: str) -> Generator[Callable[[str], object]]:
    with _engine(url, _Shut(), Pace(), at_once=True) as engine:
        yield partial(_ask, engine)


def _ask(engine: Engine, key: str) -> bool:
    return engine.ask(KIND, key, TRIGGER, data=PLACE)


def _prepare(url: str, _crew: Crew) -> None:
    assert install(url)
    _engine(url, _Shut(), Pace()).stop()
    run_script(url, NOTE)


def _fill(url: str, keys: Sequence[str]) -> None:
    """Ask and decide. Of the one effect that is tried meanwhile it is known that nothing happened."""
    with _engine(url, _Shut(), Pace(rate=1 / 3600)) as engine:
        with ThreadPoolExecutor(SENDERS) as pool:
            assert all(pool.map(partial(_ask, engine), keys))
        engine.drain()


ENGINE = Contender(
    name="engine",
    role=working,
    prepare=_prepare,
    fill=_fill,
    asking=_asking,
    wished="SELECT key, pg_xact_commit_timestamp(xmin) FROM wished",
    applied="SELECT key, pg_xact_commit_timestamp(xmin) FROM journal WHERE target = 'reserved'",
)
