"""The report on a terminal: what was found, the matrix, what is covered, how the server reads, and what was not tested.

May not decide anything. Non-obvious choice: findings come first and the matrix after them. Who reads a report of a broken
server reads the first screen, and who reads one of a sound server has nothing to scroll past.
"""

from collections.abc import Iterator
from datetime import datetime
from string import ascii_lowercase, ascii_uppercase

from rich.console import Console
from rich.markup import escape
from rich.table import Table as Grid

from ..findings import Finding
from ..kit import KindReport, Report
from .program import program
from .shell import curls, prelude
from .telling import headline, lines, summary, verdict_line
from .verdicts import MARKS, Cell, Verdict, cells, says

COLOURS = {
    Verdict.PASS: "green",
    Verdict.FAIL: "bold red",
    Verdict.KNOWN: "yellow",
    Verdict.INCONCLUSIVE: "magenta",
    Verdict.NOT_TESTABLE: "dim",
}
LETTERS = ascii_lowercase + ascii_uppercase
SHOWN = 10
"""Findings that are told in full: more of them are one defect as a rule, and the files have all."""


def told(report: Report, console: Console, *, base_url: str, today: datetime, stale: tuple[str, ...] = ()) -> None:
    """Print a report.

    Args:
        report: What came of a run.
        console: Where to.
        base_url: The server's API, for the lines to paste.
        today: The present, with a zone.
        stale: Remarks on the baseline.
    """
    if report.findings:
        console.print("[bold]To paste the lines below, paste this once:[/]\n")
        _plain(console, prelude(base_url))
    for number, finding in enumerate(report.findings[:SHOWN], 1):
        _finding(console, number, finding, today)
    if len(report.findings) > SHOWN:
        console.print(f"[bold]and {len(report.findings) - SHOWN} more:[/]")
        for finding in report.findings[SHOWN:]:
            console.print(f"  {escape(headline(finding))}  [dim]{escape(finding.id)}[/]")
    for finding in report.known:
        console.print(f"[yellow]known deviation[/] {escape(headline(finding))}")
    for kind in report.kinds:
        _kind(console, report, kind)
    for remark in stale:
        console.print(f"[yellow]baseline:[/] {escape(remark)}")
    colour = "green" if report.conforms else "bold red"
    console.print(f"[{colour}]{escape(verdict_line(report))}[/]")


def _plain(console: Console, text: str) -> None:
    """Text that is to be pasted: a terminal may break it where it likes, but nothing is inserted."""
    console.print(text, markup=False, highlight=False, soft_wrap=True)


def _finding(console: Console, number: int, finding: Finding, today: datetime) -> None:
    console.print(f"\n[bold red]{number}. {escape(headline(finding))}[/]")
    grid = Grid.grid(padding=(0, 2))
    for what, text in lines(finding):
        grid.add_row(f"[dim]{what}[/]", escape(text))
    console.print(grid)
    if finding.records:
        console.print()
        _plain(console, "\n".join(curls(program(finding.records, today=today), finding.kind)))


def _kind(console: Console, report: Report, kind: KindReport) -> None:
    console.print(f"\n[bold]{kind.kind}[/]")
    console.print(matrix(cells(report, kind)))
    grid = Grid.grid(padding=(0, 2))
    for what, text in summary(report, kind):
        grid.add_row(f"[dim]{what}[/]", escape(text))
    console.print(grid)


def matrix(found: tuple[Cell, ...]) -> Grid:
    """States down, inputs across as letters, and a key of both the letters and the marks beneath."""
    own = [cell for cell in found if cell.spot]
    inputs = list(dict.fromkeys(cell.input for cell in own))
    marks = {(cell.spot, cell.input): cell.verdict for cell in own}
    grid = Grid(box=None, padding=(0, 1, 0, 0), caption="\n".join(_key(found, inputs)), caption_justify="left", caption_style="")
    grid.add_column("", no_wrap=True)
    for letter in LETTERS[: len(inputs)]:
        grid.add_column(letter, no_wrap=True)
    for spot in dict.fromkeys(cell.spot for cell in own):
        grid.add_row(spot, *(_mark(marks.get((spot, name))) for name in inputs))
    return grid


def _mark(verdict: Verdict | None) -> str:
    return "" if verdict is None else f"[{COLOURS[verdict]}]{MARKS[verdict]}[/]"


def _key(found: tuple[Cell, ...], inputs: list[str]) -> Iterator[str]:
    kind = found[0].kind if found else ""
    for letter, name in zip(LETTERS, inputs, strict=False):
        yield f"{letter}  [dim]{name}: {says(kind, name)}[/]"
    yield "   ".join(f"[{COLOURS[verdict]}]{mark}[/] {verdict}" for verdict, mark in MARKS.items())
