"""`parcelflow conform replay`: one finding of a report, tried again.

May not judge a server. Non-obvious choice: server, options and hooks are those of the report unless others are given, so that a
finding is tried again as it was found.
"""

from pathlib import Path

import click

from ..conformance.replay import replay
from ..conformance.report.kept import read as read_report
from ..conformance.report.telling import headline, lines
from .conform_options import DOORS, HOOKS, KEY, REPORT, URL
from .conform_reached import NO_RUN, hooks_of, reached


@click.command("replay")
@click.argument("name", metavar="ID")
@click.option("--report", "folder", required=True, type=REPORT, help="Folder of the run.")
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
    with reached(base_url or kept.base_url, api_key, workers=1, allow_doors=allow_doors) as driver:
        came = replay(driver, finding, kept.options, hooks=hooks_of(file))
    click.echo(headline(came.finding))
    for what, text in lines(came.finding):
        click.echo(f"  {what:<12} {text}")
    if not came.tried:
        click.echo(f"it could not be tried: {came.why}")
        raise SystemExit(NO_RUN)
    click.echo(f"met {came.failed} of {came.tried} times")
    raise SystemExit(1 if came.failed else 0)
