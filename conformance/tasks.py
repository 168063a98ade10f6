"""Conformance of Blink Logistics' tasks, of type 1 and of type 2: law, stories, checks and words, in one function.

May not judge. Non-obvious choice: the two types are two runs. A server that forgets in the second what it does right in the first
has one type wrong, and a report that mixed them would not say which.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from .bearer import Bearing
from .bench import Bench, InfrastructureError, Record, SpentError, unique
from .hooks import Hooks
from .kit import KindReport, Options, Told, nobody
from .readings import Reading, Readings
from .subjects import Law, Runs
from .task_checks import CHECKS
from .task_law import CONTESTED, MANY, OURS, RIDERS, STORIES, STRICTLY, TURNS, Tasks, arms_of, law_of, news_in
from .tried import Plan, tried


def conformance_of(
    driver: Bearing,
    options: Options = Options(),  # noqa: B008 - frozen
    *,
    kind: str = "task",
    hooks: Hooks = Hooks(),  # noqa: B008 - frozen
    told: Told = nobody,
    record: Callable[[Record], None] | None = None,
) -> KindReport:
    """Try everything on the tasks of a server; without the hook `task_event`, what a client can do alone.

    Args:
        driver: The server, entered with its token.
        options: What is tried; of `kinds` nothing is read.
        kind: `task` (type 1) or `task-return` (type 2).
        hooks: The server's test hooks: `task_event`, `task_webhook`, `settle`.
        told: Told how far it is.
        record: Told every request.

    Raises:
        InfrastructureError: It does not answer at all.
    """
    bench = Bench(driver, hooks, budget=options.budget, told=record)
    riders = tuple(RIDERS) if hooks.has("task_event") else ()
    missing = {} if riders else dict.fromkeys(RIDERS, "no hook task_event")
    known = {Reading(name, kind, state): True for (state, _), name in CONTESTED.items() if options.strict and name in STRICTLY}
    readings = Readings(strict=options.strict, known=known)
    runs = Runs(bench, Law(kind, readings, (*OURS, *riders), law_of(kind)), Tasks(bench, kind), prefix=unique(options.prefix))
    if not options.strict:
        missing |= _left_open(runs)
        runs.oracle = replace(runs.oracle, inputs=tuple(name for name in runs.oracle.inputs if name not in missing))
    rows = tuple(dict.fromkeys(row.id for row in arms_of(kind).values()))
    return tried(runs, options, Plan(stories=STORIES, checks=CHECKS, missing=missing, every_row=rows), told=told)


def _left_open(runs: Runs) -> dict[str, str]:
    """What a lenient run does not try, since the server reads it otherwise and nothing that is written says that it may not."""
    thing, found = runs.ready(), dict[str, str]()
    with suppress(InfrastructureError, SpentError):
        first = news_in(runs.sent(thing, "create"))
        thing.id = (first.data.task_id or "") if first is not None else ""
        if thing.id and runs.system.accepted(runs.sent(thing, "update_type")):
            found["update_type"] = TURNS
        again = news_in(runs.sent(thing, "create_again"))
        if thing.id and again is not None and again.data.task_id != thing.id:
            found["create_again"] = MANY
    return found
