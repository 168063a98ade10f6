"""Part a: durable steps with one caller who waits for each, against the same rows by bare sqlite3 with as many commits.

May not write anything but what the engine does. Non-obvious choices: lives are told one after the other, since a caller who waits
for each step has nothing else to tell. And the engine decides what it accepts at once, as one that is at work does where nothing
else waits; its floor has one commit for a step then, too.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from parcelflow.engine import Engine, Habits

from .database import bare, counts
from .floor import Plan, write_all
from .rounds import Run, alternating, rate
from .slow import slow_disk
from .verdicts import Found
from .workload import LIFE, Told, arrival, lives, opened

ROUNDS = 9
LIVES, FEW = 100, 40
"""Of one round; each has six steps. Few where each waits."""
BAR = 0.75
AT_ONCE = Habits(at_once=True)


def measure(run: Run) -> Iterator[Found]:
    """The engine's rate and the floor's, on the disk at hand and on the one for which the bar was set."""
    yield _measured(run, "steps", "a durable step, one caller who waits", run.many(LIVES), run.rounds(ROUNDS))
    with slow_disk():
        yield _measured(run, "slow-steps", "the same, where a sync takes 4 ms", run.many(FEW), run.rounds(3))


def _measured(run: Run, name: str, what: str, many: int, rounds: int) -> Found:
    ours, floor = run.folder / f"{name}.db", run.folder / f"{name}-floor.db"
    with ExitStack() as stack:
        engine = stack.enter_context(opened(ours, habits=AT_ONCE))
        opened(floor).stop()
        plan = Plan.of(run.forms, floor)
        connection = stack.enter_context(bare(floor))

        def stepping(number: int) -> float:
            return one_by_one(engine, lives(number * many, many, one_by_one=True))

        def writing(number: int) -> float:
            groups = plan.at_once(lives(number * many, many, one_by_one=True))
            return rate(many * len(LIFE), lambda: write_all(connection, groups, per_commit=1))

        found = alternating({"engine": stepping, "floor": writing}, rounds)
    same_rows(ours, floor)
    return Found(
        part="a",
        what=what,
        unit="events/s",
        ours=found["engine"],
        theirs=found["floor"],
        beside="bare sqlite3, the same rows and commits",
        bar=BAR,
    )


def one_by_one(engine: Engine, events: Sequence[Told]) -> float:
    """Events per second, each accepted and drained before the next."""
    arrivals = [arrival(told) for told in events]

    def act() -> None:
        for message in arrivals:
            engine.accept(message)
            engine.drain()

    return rate(len(arrivals), act)


def same_rows(ours: Path, floor: Path) -> None:
    """Refuse a comparison in which the two did not write as much.

    Raises:
        AssertionError: With the numbers of rows.
    """
    found = counts(ours), counts(floor)
    assert found[0] == found[1], f"the engine has {found[0]}, the floor has {found[1]}"
