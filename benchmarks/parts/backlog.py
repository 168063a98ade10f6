"""Parts b, c and d: events that wait are decided as fast as can be, by the engine and by what somebody might use instead.

May not judge how a peer is built; that is said where it is. Non-obvious choice: all of them take the same kind of events in the
same rounds, but a slow peer takes fewer of them: its rate does not depend on how many there are, and the rounds stay short.
"""

from collections.abc import Collection, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path

from .database import bare, quoted
from .floor import Plan, write_all
from .orm import orm_contender
from .rounds import Act, Run, alternating, rate
from .slow import slow_disk
from .steps import same_rows
from .verdicts import Found
from .workflows import ONE_EACH, WHOLE_LIVES, workflows_contenders
from .workload import CASE_TABLE, KIND, LIFE, accept_all, key, lives, opened, token

ROUNDS = 5
SECONDS = 3.0
"""That the engine is to drain for in a round; a shorter one would say more of the machine than of the engine."""
LEAST, MOST = 500, 3334
"""Lives of a round, whatever the engine can do in that time; six events each."""
PER_COMMIT = 100
"""Events in one transaction of the floor."""
BARS = {"floor": 0.5, "orm": 25.0, WHOLE_LIVES: 10.0, ONE_EACH: None}
PARTS = {"floor": "b", "orm": "c", WHOLE_LIVES: "d", ONE_EACH: "d"}
BESIDE = {
    "floor": f"bare sqlite3, the same rows, {PER_COMMIT} events a commit",
    "orm": "SQLModel session and a restored chart per event",
    WHOLE_LIVES: "DBOS, a workflow per case with a step per event",
    ONE_EACH: "DBOS, a workflow per event",
}


def measure(run: Run, parts: Collection[str]) -> Iterator[Found]:
    """The engine's rate, and that of each peer whose part is wanted."""
    many = lives_for(run, SECONDS, LEAST, MOST)
    with ExitStack() as stack:
        found = alternating(_contenders(run, stack, parts, many), run.rounds(ROUNDS))
    if "b" in parts:
        same_rows(run.folder / "backlog.db", run.folder / "backlog-floor.db")
    for name in found:
        if name != "engine":
            yield Found(
                part=PARTS[name],
                what=f"{many * len(LIFE):,} events that wait",
                unit="events/s",
                ours=found["engine"],
                theirs=found[name],
                beside=BESIDE[name],
                bar=BARS[name],
            )
    if "b" in parts:
        yield from measure_slow(run)


def measure_slow(run: Run) -> Iterator[Found]:
    """The engine and the floor, where a sync takes as long as where the bar was set."""
    many = run.many(LEAST)
    with slow_disk(), ExitStack() as stack:
        ours, floor = run.folder / "slow-backlog.db", run.folder / "slow-backlog-floor.db"
        acts = {"engine": draining(ours, many, stack), "floor": flooring(run, floor, many, stack)}
        found = alternating(acts, run.rounds(ROUNDS))
    yield Found(
        part="b",
        what=f"{many * len(LIFE):,} events that wait, where a sync takes 4 ms",
        unit="events/s",
        ours=found["engine"],
        theirs=found["floor"],
        beside=BESIDE["floor"],
        bar=BARS["floor"],
    )


def _contenders(run: Run, stack: ExitStack, parts: Collection[str], many: int) -> dict[str, Act]:
    found: dict[str, Act] = {"engine": draining(run.folder / "backlog.db", many, stack)}
    if "b" in parts:
        found["floor"] = flooring(run, run.folder / "backlog-floor.db", many, stack)
    if "c" in parts:
        found["orm"] = orm_contender(run, stack)
    if "d" in parts:
        found |= workflows_contenders(run, stack)
    return found


def lives_for(run: Run, seconds: float, least: int, most: int) -> int:
    """How many lives' events the engine drains in a time, within limits, by one trial."""
    file = run.folder / f"trial-{least}.db"
    with ExitStack() as stack:
        found = draining(file, run.many(least), stack)(0)
    file.unlink()
    return run.many(min(max(round(found * seconds / len(LIFE)), least), most))


def draining(file: Path, many: int, stack: ExitStack, *, first: int = 0) -> Act:
    """The engine: everything is accepted, then the clock runs and `drain` is called once.

    Args:
        file: Its file.
        many: Lives of a round.
        stack: Ends the engine.
        first: Number of the first case.
    """
    engine = stack.enter_context(opened(file))

    def act(number: int) -> float:
        events = lives(first + number * many, many)
        accept_all(engine, events)
        found = rate(len(events), engine.drain)
        assert finished(file, range(first + number * many, first + (number + 1) * many)) == many, "not every life is over"
        return found

    return act


def flooring(run: Run, file: Path, many: int, stack: ExitStack) -> Act:
    """Bare sqlite3: the messages are there, then the clock runs and their decisions are written."""
    opened(file).stop()
    plan = Plan.of(run.forms, file)
    connection = stack.enter_context(bare(file))

    def act(number: int) -> float:
        events = lives(number * many, many)
        write_all(connection, plan.accepted(events), per_commit=len(events))
        groups = plan.decided(events)
        return rate(len(events), lambda: write_all(connection, groups, per_commit=PER_COMMIT))

    return act


def finished(file: Path, numbers: Iterable[int]) -> int:
    """How many of some cases are at the end of the everyday life."""
    keys = [key(token(number)) for number in numbers]
    marks = ", ".join("?" * len(keys))
    query = f"SELECT count(*) FROM {quoted(CASE_TABLE)} WHERE state = ? AND kind = ? AND key IN ({marks})"  # noqa: S608 - no values
    with bare(file) as connection:
        return int(connection.execute(query, (LIFE[-1].target, KIND, *keys)).fetchone()[0])
