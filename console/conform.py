"""`parcelflow conform`: the conformance kit on the command line, its files, and what a person asks of them afterwards.

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
from ..conformance.bench import InfrastructureError
from ..conformance.doors import guard
from ..conformance.driver import HttpDriver
from ..conformance.findings import CHECKS
from ..conformance.hooks import Hooks
from ..conformance.hooks import read as read_hooks
from ..conformance.inputs import RENTS
from ..conformance.kit import Options, Progress, Report, Told, conformance, nobody
from ..conformance.levels import Level
from ..conformance.replay import replay
from ..conformance.report import Recorder, explained, told, write
from ..conformance.report.kept import read as read_report
from ..conformance.report.telling import headline, lines
from ..machines import API_LEVELS, BadSettingsError
from .conform_blink import Others, blink_options
from .conform_history import judge_history
from .conform_learn import learn_server
from .conform_mutants import print_worth
from .marked import pictures

NO_RUN = 2
"""Exit status of a run that could not be made."""

FILE = click.Path(path_type=Path, dir_okay=False)
URL = click.option("--base-url", metavar="URL", help="The API's base, up to and including /api/v1/public.")
KEY = click.option("--api-key", envvar="PARCELFLOW_API_KEY", metavar="KEY", help="Secret; better given as PARCELFLOW_API_KEY.")
HOOKS = click.option("--hooks", "hooks_file", type=FILE, help="TOML: how this server's test hooks are called.")
DOORS = click.option("--allow-doors", is_flag=True, help="Needed for a server that is not on loopback: its doors will open.")


@click.group(invoke_without_command=True)
@URL
@KEY
@click.option("--rent-type", "kinds", type=click.Choice(RENTS), multiple=True, help="Only these; may be repeated.")
@click.option("--api-level", type=click.Choice(API_LEVELS), default=API_LEVELS[0], show_default=True, help="Version of the API.")
@click.option("--strict/--lenient", default=False, help="What the document leaves open is refused, or the server's own.")
@click.option(
    "--level", type=click.Choice([level.value for level in Level]), default="standard", show_default=True, help="How much."
)
@click.option("--budget", type=click.IntRange(1), metavar="REQUESTS", help="Requests that may be sent at most.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of everything that is drawn.")
@click.option("--workers", type=click.IntRange(1, 32), default=4, show_default=True, help="Rents that are tried side by side.")
@HOOKS
@click.option("--report", "folder", type=click.Path(path_type=Path, file_okay=False), help="Folder for the files of the run.")
@click.option("--baseline", type=FILE, help="TOML: deviations that are accepted, each with a reason.")
@DOORS
@blink_options
@click.option("--history", type=FILE, help="JSON lines: judge recorded webhooks and histories instead of a server.")
@click.pass_context
def conform(context: click.Context, **given: Any) -> None:  # noqa: ANN401 - click gives what its options say
    """Try a server against the machines. Exit 0: it conforms; 1: violations found; 2: it could not be tried."""
    if context.invoked_subcommand is not None:
        return
    history, kinds = given.pop("history"), given["kinds"]
    others = Others(**{name: given.pop(name) for name in Others.__dataclass_fields__})
    if history is not None:
        raise SystemExit(judge_history(history, kinds or RENTS, api_level=given["api_level"]))
    raise SystemExit(_run(Console(), others, **given))


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
        kinds=kinds or RENTS, level=Level(level), strict=strict, api_level=api_level, seed=seed, budget=budget,
        prefix=f"conform-{datetime.now(UTC):%m%d%H%M%S}",
    )  # fmt: skip
    accepted = read_baseline(baseline) if baseline is not None else NOTHING
    hooks = _hooks(hooks_file)
    with ExitStack() as open_until_then:
        record = open_until_then.enter_context(Recorder(folder)) if folder is not None else None
        tell = open_until_then.enter_context(_bars(console))
        report = Report(options)
        if base_url or not others:
            reached = _reached(base_url, api_key, workers=workers, allow_doors=allow_doors)
            driver = open_until_then.enter_context(reached)
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
def _reached(base_url: str | None, api_key: str | None, *, workers: int, allow_doors: bool) -> Generator[HttpDriver]:
    """A server that may be tried; what is in the way of that ends the program with whose fault it is.

    Raises:
        BadSettingsError: What was given cannot be used, or doors would open that nobody has allowed to.
        SystemExit: The server does not answer.
    """
    if not base_url:
        raise BadSettingsError("which server? say --base-url URL, up to and including /api/v1/public")
    guard(base_url, allowed=allow_doors)
    with HttpDriver(base_url, api_key or "", workers=workers) as driver:
        try:
            yield driver
        except InfrastructureError as error:
            click.echo(f"parcelflow: no run, and the server or the network is at fault: {error}", err=True)
            raise SystemExit(NO_RUN) from None


def _hooks(file: Path | None) -> Hooks:
    return read_hooks(file) if file is not None else Hooks()


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


@conform.command("replay")
@click.argument("name", metavar="ID")
@click.option("--report", "folder", required=True, type=click.Path(path_type=Path, file_okay=False), help="Folder of the run.")
@URL
@KEY
@HOOKS
@DOORS
def replay_finding(
    name: str, folder: Path, base_url: str | None, api_key: str | None, hooks_file: Path | None, *, allow_doors: bool
) -> None:
    """Try one finding of a report again, on fresh rents. ID may be shortened. Exit 1 if it is still there."""
    kept = read_report(folder)
    finding = kept.finding(name)
    file = hooks_file or (Path(kept.hooks) if kept.hooks else None)
    with _reached(base_url or kept.base_url, api_key, workers=1, allow_doors=allow_doors) as driver:
        came = replay(driver, finding, kept.options, hooks=_hooks(file))
    click.echo(headline(came.finding))
    for what, text in lines(came.finding):
        click.echo(f"  {what:<12} {text}")
    if not came.tried:
        click.echo(f"it could not be tried: {came.why}")
        raise SystemExit(NO_RUN)
    click.echo(f"met {came.failed} of {came.tried} times")
    raise SystemExit(1 if came.failed else 0)


@conform.command()
@click.argument("code", metavar="CODE")
def explain(code: str) -> None:
    """Explain a check, a finding's id, or a row as D09: what must hold, and which line of the document says so."""
    sentences = list(explained(code))
    if not sentences:
        raise BadSettingsError(f"{code!r} is no check and no row; the checks are: {', '.join(CHECKS)}")
    for what, text in sentences:
        click.echo(f"{what:<12} {text}")


KINDS = click.option("--rent-type", "kinds", type=click.Choice(RENTS), multiple=True, help="Only these; may be repeated.")


@conform.command("mutants")
@KINDS
@click.option("--level", "levels", type=click.Choice([level.value for level in Level]), multiple=True, help="Only these.")
@click.option("--sample", type=click.IntRange(1), default=100, show_default=True, help="Wrong machines of a class at most.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of what is drawn.")
@click.option("--survivors", is_flag=True, help="Name the wrong machines that no word tells from the right one.")
def worth_of_levels(kinds: tuple[str, ...], levels: tuple[str, ...], sample: int, seed: int, *, survivors: bool) -> None:
    """How many wrong machines each level finds: what a clean run is worth."""
    chosen = tuple(Level(level) for level in levels) or (Level.SMOKE, Level.STANDARD)
    print_worth(kinds or RENTS, chosen, sample=sample, seed=seed, survivors=survivors)


@conform.command("learn")
@URL
@KEY
@HOOKS
@DOORS
@KINDS
@click.option("--level", type=click.Choice([level.value for level in Level]), default="standard", show_default=True)
@click.option("--strict/--lenient", default=False, help="As for a run.")
@click.option("--budget", type=click.IntRange(1), metavar="REQUESTS", help="Requests that may be sent at most.")
@click.option("--report", "folder", type=click.Path(path_type=Path, file_okay=False), help="Folder for the pictures.")
def learn(
    base_url: str | None, api_key: str | None, hooks_file: Path | None, kinds: tuple[str, ...], level: str, budget: int | None,
    folder: Path | None, *, strict: bool, allow_doors: bool,
) -> None:  # fmt: skip
    """Learn a server's machine from a run, and show in what it differs from the document's."""
    with _reached(base_url, api_key, workers=1, allow_doors=allow_doors) as driver:
        hooks = _hooks(hooks_file)
        code = learn_server(driver, kinds or RENTS, hooks=hooks, level=Level(level), strict=strict, budget=budget, folder=folder)
    raise SystemExit(code)
