"""What `parcelflow conform --history` says of a recording.

May not judge: `conformance.logbook` does. Non-obvious choice: coverage is said of every recording, and before the verdict. "All
legal" of a log in which nobody ever cancelled says nothing about cancelling.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import click

from ..conformance.inputs import RENTS
from ..conformance.logbook import LogReport, check_file
from ..machines import API_LEVELS

CONFORMS, VIOLATIONS, UNUSABLE = 0, 1, 2
MOST = 10
"""Particulars of a sort that are shown."""


def judge_history(file: Path, kinds: Sequence[str] = RENTS, *, api_level: str = API_LEVELS[0]) -> int:
    """Check a recording and say what it amounts to; the exit status: 0 legal, 1 not, 2 nothing in it that could be judged.

    Raises:
        BadSettingsError: The file cannot be read.
    """
    report = check_file(file, kinds, api_level=api_level)
    for line in told(report, str(file)):
        click.echo(line)
    if report.broken:
        return VIOLATIONS
    return CONFORMS if report.conforms else UNUSABLE


def told(report: LogReport, name: str) -> Iterator[str]:
    """The report in lines."""
    speed = report.lines / report.seconds if report.seconds else 0
    yield f"{name}: {report.lines:,} lines, {report.steps:,} steps of {report.whole + report.gapped + report.broken:,} histories"
    yield f"  in {report.seconds:.1f} s, {speed:,.0f} lines/s"
    yield from _asides(report)
    yield from _coverage(report)
    yield f"legal as they stand: {report.whole:,}; legal if events were lost: {report.gapped:,}; not legal: {report.broken:,}"
    yield from _gaps(report)
    for wrong in report.wrong[:MOST]:
        yield f"not legal: {wrong.whose}, line {wrong.line}, after {wrong.legal} of {wrong.total} steps: {wrong.fault}"
        yield f"  legal would have been: {', '.join(wrong.allowed) or 'nothing'}"
    yield from _more(report.broken)


def _asides(report: LogReport) -> Iterator[str]:
    for title, counts in (("besides", report.asides), ("notes", report.notes), ("not in the document", report.unknown)):
        if counts:
            yield f"{title}: {_counted(counts)}"
    if report.repeated or report.moved:
        yield f"told again: {report.repeated:,}; told late: {report.moved:,}"
    for entry in report.unreadable[:MOST]:
        yield f"line {entry.line} cannot be used: {entry.why}"
    yield from _more(report.bad)


def _coverage(report: LogReport) -> Iterator[str]:
    for kind, every in report.every.items():
        seen = report.rows.get(kind, set[str]())
        perhaps = report.perhaps.get(kind, set[str]()) - seen
        unsure = f", and perhaps {len(perhaps)} more" if perhaps else ""
        yield f"coverage of {kind}: {len(seen)} of {every} rows were seen{unsure}"


def _gaps(report: LogReport) -> Iterator[str]:
    if report.lost:
        yield f"lost, as far as can be told: {_counted(report.lost)}"
    for gap in report.gaps[:MOST]:
        yield f"  before line {gap.line}, of {gap.whose}: {', '.join(gap.events)}"
    yield from _more(len(report.gaps))
    if report.readings:
        yield f"rests on what the document leaves open: {_counted(report.readings)}"


def _more(count: int) -> Iterator[str]:
    if count > MOST:
        yield f"  ... and {count - MOST:,} more"


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}x" for name, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])))
