"""Part e: what an event costs in a file of a million finished cases, against a file of a thousand.

May not analyse the files: statistics would help the large one only after somebody has thought of it. Non-obvious choice: both
files are filled with the same SQL, so that all that differs is how much there is.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from .backlog import draining, lives_for
from .filling import fill
from .histories import History, finished, history
from .rounds import Act, Run, alternating
from .steps import AT_ONCE, one_by_one
from .verdicts import Found
from .workload import lives, opened

ROUNDS = 9
STEP_LIVES = 60
SECONDS, LEAST, MOST = 1.0, 100, 1000
"""Of a backlog's round: how long the engine is to drain, and the limits of how many lives."""
SMALL = 1000
BAR = 1.2
APART = 1_000_000
"""Between the numbers of the cases of the two kinds of work."""


def measure(run: Run) -> Iterator[Found]:
    """Microseconds of an event in both files, for durable steps and for a backlog."""
    sizes = {"small": SMALL, "large": run.cases}
    whole = history(run.folder, finished)
    for name, size in sizes.items():
        spent = _filled(run.folder / f"{name}.db", whole, size)
        print(f"   e: {size:,} cases copied in {spent:.0f} s", file=sys.stderr, flush=True)
    with ExitStack() as stack:
        waits = alternating({name: _stepping(run, name, stack) for name in sizes}, run.rounds(ROUNDS))
    many = lives_for(run, SECONDS, LEAST, MOST)
    with ExitStack() as stack:
        acts = {name: draining(run.folder / f"{name}.db", many, stack, first=APART) for name in sizes}
        drained = alternating(acts, run.rounds(ROUNDS))
    for name in sizes:
        (run.folder / f"{name}.db").unlink()
    yield _found("a durable step", sizes, waits)
    yield _found("an event that waits", sizes, drained)


def _filled(file: Path, whole: History, size: int) -> float:
    began = time.perf_counter()
    opened(file).stop()
    fill(file, [(whole, size)])
    return time.perf_counter() - began


def _stepping(run: Run, name: str, stack: ExitStack) -> Act:
    engine = stack.enter_context(opened(run.folder / f"{name}.db", habits=AT_ONCE))
    many = run.many(STEP_LIVES)
    return lambda number: one_by_one(engine, lives(number * many, many, one_by_one=True))


def _found(what: str, sizes: dict[str, int], rates: dict[str, list[float]]) -> Found:
    spent = {name: [1e6 / each for each in found] for name, found in rates.items()}
    return Found(
        part="e",
        what=f"{what} beside {sizes['large']:,} cases",
        unit="µs",
        ours=spent["large"],
        theirs=spent["small"],
        beside=f"the same beside {sizes['small']:,} cases",
        bar=BAR,
        least=False,
    )
