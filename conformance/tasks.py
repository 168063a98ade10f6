"""Conformance of Blink Logistics' tasks, of type 1 and of type 2: the law, the stories, the checks and the words, in one function.

May not judge. Non-obvious choice: the two types are two runs. A server that forgets in the second what it does right in the first has
one type wrong, and a report that mixed them would not say which.
"""

from collections.abc import Callable

from .bearer import Bearing
from .bench import Bench, Record
from .hooks import Hooks
from .kit import KindReport, Options, Told, nobody
from .readings import Reading, Readings
from .subjects import Law, Runs, unique
from .task_checks import CHECKS
from .task_law import CONTESTED, OURS, RIDERS, STORIES, STRICTLY, Tasks, arms_of, law_of
from .tried import Plan, tried


def conformance_of(  # noqa: PLR0913 - one argument for each thing that a run needs
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
    rows = tuple(dict.fromkeys(row.id for row in arms_of(kind).values()))
    return tried(runs, options, Plan(stories=STORIES, checks=CHECKS, missing=missing, every_row=rows), told=told)
