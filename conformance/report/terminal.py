"""The report on a terminal: what was found, the matrix, what is covered, how the server reads, and what was not tested.

May not decide anything. Non-obvious choice: findings come first and the matrix after them. Who reads a report of a broken
server reads the first screen, and who reads one of a sound server has nothing to scroll past.
"""

from collections import Counter
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
from .verdicts import MARKS, Cell, Verdict, cells, in_order, says

COLOURS = {
    Verdict.PASS: "green",
    Verdict.FAIL: "bold red",
    Verdict.KNOWN: "yellow",
    Verdict.INCONCLUSIVE: "magenta",
    Verdict.NOT_TESTABLE: "dim",
}
LETTERS = ascii_lowercase + ascii_uppercase
LONG = 24
"""Lines of a reproduction that a terminal is given; the files have every one."""

ALIKE = 2
"""Findings of one check that are told in full; the files have all."""


def told(report: Report, console: Console, *, base_url: str, today: datetime, stale: tuple[str, ...] = ()) -> None:
    """Print a report.

    Args:
        report: What came of a run.
        console: Where to.
        base_url: The server's API, for the lines to paste.
        today: The present, with a zone.
        stale: Remarks on the baseline.
    """
    findings = in_order(report.findings)
    full = _in_full(findings)
    if any(_lines(finding, today) for finding in full):
        console.print("[bold]To paste the lines below, paste this once:[/]\n")
        _plain(console, prelude(base_url))
    for number, finding in enumerate(full, 1):
        _finding(console, number, finding, today)
    if len(findings) > len(full):
        console.print(f"\n[bold]and {len(findings) - len(full)} more of these checks:[/]")
        for finding in findings:
            if finding not in full:
                console.print(f"  {escape(headline(finding))}", soft_wrap=True)
    for finding in report.known:
        console.print(f"[yellow]known deviation[/] {escape(headline(finding))}")
    for kind in report.kinds:
        _kind(console, report, kind)
    for remark in stale:
        console.print(f"[yellow]baseline:[/] {escape(remark)}")
    colour = "green" if report.conforms else "bold red"
    console.print(f"[{colour}]{escape(verdict_line(report))}[/]")


def _in_full(findings: tuple[Finding, ...]) -> list[Finding]:
    """The first few of each check: one defect is met in many states, and says nothing new there."""
    seen = Counter[str]()
    told: list[Finding] = []
    for finding in findings:
        seen[finding.check] += 1
        if seen[finding.check] <= ALIKE:
            told.append(finding)
    return told


def _lines(finding: Finding, today: datetime) -> list[str]:
    """Its reproduction, none where that is too long to be looked at."""
    again = list(curls(program(finding, today=today), finding.kind))
    return again if len(again) <= LONG else []


def _plain(console: Console, text: str) -> None:
    """Text that is to be pasted: a terminal may break it where it likes, but nothing is inserted."""
    console.print(text, markup=False, highlight=False, soft_wrap=True)


def _finding(console: Console, number: int, finding: Finding, today: datetime) -> None:
    console.print(f"\n[bold red]{number}. {escape(headline(finding))}[/]")
    grid = _facts()
    for what, text in lines(finding):
        grid.add_row(f"[dim]{what}[/]", escape(text))
    console.print(grid)
    if again := _lines(finding, today):
        _plain(console, "\n" + "\n".join(again))
    elif finding.records:
        console.print("[dim]its reproduction is too long for here: --report DIR writes it down[/]")


def _facts() -> Grid:
    """Two columns, of which nothing is cut off: an id that is shortened cannot be asked for."""
    grid = Grid.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    return grid


def _kind(console: Console, report: Report, kind: KindReport) -> None:
    console.print(f"\n[bold]{kind.kind}[/]")
    found = cells(report, kind)
    console.print(matrix(found))
    for line in _key(found):
        console.print(line)
    grid = _facts()
    for what, text in summary(report, kind):
        grid.add_row(f"[dim]{what}[/]", escape(text))
    console.print(grid)


def matrix(found: tuple[Cell, ...]) -> Grid:
    """States down, inputs across as letters, whose key stands beneath."""
    own = [cell for cell in found if cell.spot]
    inputs = list(dict.fromkeys(cell.input for cell in own))
    marks = {(cell.spot, cell.input): cell.verdict for cell in own}
    grid = Grid(box=None, padding=(0, 1, 0, 0))
    grid.add_column("", no_wrap=True)
    for letter in LETTERS[: len(inputs)]:
        grid.add_column(letter, no_wrap=True)
    for spot in dict.fromkeys(cell.spot for cell in own):
        grid.add_row(spot, *(_mark(marks.get((spot, name))) for name in inputs))
    return grid


def _mark(verdict: Verdict | None) -> str:
    return "" if verdict is None else f"[{COLOURS[verdict]}]{MARKS[verdict]}[/]"


def _key(found: tuple[Cell, ...]) -> Iterator[str]:
    names = dict.fromkeys((cell.kind, cell.input) for cell in found if cell.spot)
    for letter, (kind, name) in zip(LETTERS, names, strict=False):
        yield f"{letter}  [dim]{name}: {says(kind, name)}[/]"
    yield "   ".join(f"[{COLOURS[verdict]}]{mark}[/] {verdict}" for verdict, mark in MARKS.items())
    for cell in found:
        if not cell.spot:
            yield f"{_mark(cell.verdict)}  {escape(cell.input)}{f' [dim]({escape(cell.why)})[/]' if cell.why else ''}"
