"""Part b2: many callers at once, each of whom waits until the event that it told is decided; told, not judged.

May not judge. Non-obvious choice: callers learn of the decision by `watch`, since the engine's interface has nobody told; half a
millisecond of each wait is the watching.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from parcelflow.engine import Engine

from .backlog import PER_COMMIT
from .database import bare
from .floor import Plan, write_all
from .rounds import Run, alternating, rate
from .verdicts import Found
from .watch import Watch, wait
from .workload import LIFE, SENDERS, Told, arrival, key, lives, opened, token

ROUNDS = 3
LIVES = 2
"""That each caller tells in one round, one after the other."""


def measure(run: Run) -> Iterator[Found]:
    """The engine's rate, and the floor's with the messages' rows."""
    file, floor = run.folder / "together.db", run.folder / "together-floor.db"
    many = SENDERS * LIVES
    with ExitStack() as stack:
        engine = stack.enter_context(opened(file))
        watch = stack.enter_context(Watch(file))
        engine.start()
        pool = stack.enter_context(ThreadPoolExecutor(SENDERS))
        opened(floor).stop()
        plan = Plan.of(run.forms, floor)
        connection = stack.enter_context(bare(floor))

        def telling(number: int) -> float:
            lots = [lives(number * many + sender * LIVES, LIVES, one_by_one=True) for sender in range(SENDERS)]
            return rate(many * len(LIFE), lambda: list(pool.map(_tell, [engine] * SENDERS, [watch] * SENDERS, lots)))

        def writing(number: int) -> float:
            groups = plan.at_once(lives(number * many, many))
            return rate(many * len(LIFE), lambda: write_all(connection, groups, per_commit=PER_COMMIT))

        found = alternating({"engine": telling, "floor": writing}, run.rounds(ROUNDS))
    yield Found(
        part="b2",
        what=f"{SENDERS} callers, each waits for its event",
        unit="events/s",
        ours=found["engine"],
        theirs=found["floor"],
        beside=f"bare sqlite3, the same rows, {PER_COMMIT} events a commit",
    )


def _tell(engine: Engine, watch: Watch, events: list[Told]) -> None:
    for told in events:
        decided = watch.expect(key(token(told.case)), LIFE[told.step].target)
        engine.accept(arrival(told))
        wait(decided)
