"""A report as Markdown, for the summary that a CI shows beside a run.

May not be long: what a CI cuts off says nothing. Non-obvious choice: states and inputs make no grid here. Twenty columns are
not readable in a summary, so it has counts, and a line for each finding; the page has the grid.
"""

from collections.abc import Iterator

from ...adapters.private import cleaned
from ..kit import Report
from .telling import headline, verdict_line
from .verdicts import Verdict, cells, counted, in_order, rows_untaken

MOST = 50


def markdown(report: Report, *, stale: tuple[str, ...] = ()) -> str:
    """The Markdown."""
    return "\n".join(_lines(report, stale)) + "\n"


def _lines(report: Report, stale: tuple[str, ...]) -> Iterator[str]:
    yield from ("# parcelflow conform", "", f"**{verdict_line(report)}**", "")
    yield "| rent type | " + " | ".join(Verdict) + " | rows taken | findings |"
    yield "|---|" + "---|" * (len(Verdict) + 2)
    for kind in report.kinds:
        verdicts = counted(cells(report, kind))
        counts = " | ".join(str(verdicts.get(verdict, 0)) for verdict in Verdict)
        rows = len(kind.every_row) - len(rows_untaken(kind))
        yield f"| {kind.kind} | {counts} | {rows} of {len(kind.every_row)} | {len(kind.findings)} |"
    if report.findings:
        yield from ("", "| violation | expected | came | rows |", "|---|---|---|---|")
    for finding in in_order(report.findings)[:MOST]:
        rows = ", ".join(finding.rows) + (f" [{finding.evidence}]" if finding.evidence else "")
        yield "| " + " | ".join(_cell(text) for text in (headline(finding), finding.expected, finding.got, rows)) + " |"
    if len(report.findings) > MOST:
        yield f"\nand {len(report.findings) - MOST} more."
    for finding in report.known:
        yield f"\nKnown deviation: {_cell(headline(finding))}"
    for remark in stale:
        yield f"\nBaseline: {_cell(remark)}"
    for kind in report.kinds:
        missing = "; ".join(f"{name} ({why})" for name, why in kind.probed.missing.items())
        if missing:
            yield f"\nNot tested of a {kind.kind}: {_cell(missing)}"


def _cell(text: str) -> str:
    return cleaned(text).replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")
