"""What `parcelflow conform` does: tries a server and tells of it, or judges a recording.

May not judge a server (`conformance` does). Non-obvious choice: progress goes to standard error and the report to standard
output, so that a report can be kept by `>` while somebody watches.
"""

import sys
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import Progress as Bars
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

from ..conformance.baseline import NOTHING, accept
from ..conformance.baseline import read as read_baseline
from ..conformance.inputs import RENTS
from ..conformance.kit import Options, Progress, Report, Told, conformance, nobody
from ..conformance.levels import Level
from ..conformance.report import Recorder, told, write
from .conform_blink import Others
from .conform_history import judge_history
from .conform_reached import NO_RUN, hooks_of, reached
from .marked import pictures


def tried(*, history: Path | None, **given: Any) -> int:  # noqa: ANN401 - as click gives them
    """Try a server, or judge the recording `history`; the exit status."""
    others = Others(**{name: given.pop(name) for name in Others.__dataclass_fields__})
    if history is not None:
        return judge_history(history, given["kinds"] or RENTS, api_level=given["api_level"])
    return _run(Console(), others, **given)


def _run(
    console: Console,
    others: Others,
    *,
    base_url: str | None,
    api_key: str | None,
    kinds: tuple[str, ...],
    api_level: str,
    strict: bool,
    level: str,
    budget: int | None,
    seed: int,
    workers: int,
    hooks_file: Path | None,
    folder: Path | None,
    baseline: Path | None,
    allow_doors: bool,
) -> int:
    options = Options(
        kinds=kinds or RENTS, level=Level(level), strict=strict, api_level=api_level, seed=seed, budget=budget
    )  # fmt: skip
    accepted = read_baseline(baseline) if baseline is not None else NOTHING
    hooks = hooks_of(hooks_file)
    with ExitStack() as open_until_then:
        record = open_until_then.enter_context(Recorder(folder)) if folder is not None else None
        tell = open_until_then.enter_context(_bars(console))
        report = Report(options)
        if base_url or not others:
            driver = open_until_then.enter_context(reached(base_url, api_key, workers=workers, allow_doors=allow_doors))
            report = conformance(driver, options, hooks=hooks, told=tell, record=record)
        report.kinds += others.tried(options, hooks, told=tell, allow_doors=allow_doors)
    stale = accept(report, accepted)
    today = datetime.now(UTC)
    told(report, console, base_url=base_url or "", today=today, stale=stale)
    if folder is not None:
        named = str(hooks_file.resolve()) if hooks_file is not None else ""
        write(folder, report, base_url=base_url or "", today=today, hooks=named, pictures=pictures(report), stale=stale)
        console.print(f"everything else is in {folder}", markup=False, highlight=False)
    return _status(report)


def _status(report: Report) -> int:
    if report.findings:
        return 1
    if report.conforms:
        return 0
    click.echo(f"parcelflow: {_whose(report)}", err=True)
    return NO_RUN


def _whose(report: Report) -> str:
    """Why nothing could be tried, and whose fault that is."""
    if report.spent:
        return "nothing could be tried, and the budget is at fault: it was spent before the first word; give more with --budget"
    why = "; ".join(sorted({why for kind in report.kinds for why in kind.inconclusive})) or "no rent could be created"
    return f"nothing could be tried, and the server is at fault: {why}"


@contextmanager
def _bars(console: Console) -> Generator[Told]:
    """Progress on a terminal; nothing anywhere else, where it would only fill a log."""
    if not (console.is_terminal and sys.stderr.isatty()):
        yield nobody
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task("looking at the server", total=None)

        def tell(at: Progress) -> None:
            found = f", {at.findings} found" if at.findings else ""
            bars.update(task, description=f"{at.kind}: {at.done} {at.doing}{found}")

        yield tell
