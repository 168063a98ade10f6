"""A report as one HTML page that needs nothing else: no script, no font and no picture from anywhere.

May not draw: pictures are passed in as SVG, because the kit knows no drawing. Non-obvious choice: a cell of the matrix is a
link to its finding and says everything in its tooltip, so that the page works without a line of script, in a mail or from a
build's artefacts.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from html import escape

from ...adapters.private import cleaned
from ..findings import Finding
from ..kit import KindReport, Report
from .junit import message
from .program import program
from .shell import shell
from .telling import headline, lines, summary, verdict_line
from .verdicts import MARKS, Cell, Verdict, cells, in_order, says

STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 78rem; padding: 0 1rem; color: #222; background:
#fff } h1, h2, h3 { line-height: 1.2 } table { border-collapse: collapse } .facts th { text-align: left; padding-right: 1rem;
color: #555; font-weight: normal; vertical-align: top; white-space: nowrap } pre { background: #f4f4f4; padding: .8rem;
overflow-x: auto; font-size: 12px } .matrix td { width: 1.5rem; text-align: center; border: 1px solid #ddd; padding: 0 }
.matrix th.spot { text-align: right; font-weight: normal; padding-right: .5rem; white-space: nowrap } .matrix th.input {
height: 9rem; vertical-align: bottom; font-weight: normal } .matrix th.input span { writing-mode: vertical-rl; transform:
rotate(180deg) } .matrix a { color: inherit; display: block; text-decoration: none } .pass { background: #cdebd8 } .fail {
background: #C04F00; color: #fff; font-weight: bold } .known { background: #f3e2a0 } .inconclusive { background: #e3d5ec }
.not { background: #eee; color: #777 } figure { margin: 1rem 0; overflow-x: auto } figure svg { max-width: 100%; height: auto
} .finding { border-left: 4px solid #C04F00; padding-left: 1rem; margin: 1.5rem 0 } .good { color: #00713f } .bad { color:
#a33f00 }
"""


def page(report: Report, *, base_url: str, today: datetime, pictures: Mapping[str, str], stale: tuple[str, ...] = ()) -> str:
    """The page.

    Args:
        report: What came of a run.
        base_url: The server's API.
        today: The present, with a zone.
        pictures: SVG by rent type; a rent type without one has no picture.
        stale: Remarks on the baseline.
    """
    return "\n".join(_page(report, base_url, today, pictures, stale)) + "\n"


def _page(report: Report, base_url: str, today: datetime, pictures: Mapping[str, str], stale: tuple[str, ...]) -> Iterator[str]:
    colour = "good" if report.conforms else "bad"
    yield '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>parcelflow conform</title>'
    yield f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head><body>'
    yield f"<h1>parcelflow conform</h1><p>{_told(base_url)}, {today:%Y-%m-%d %H:%M %Z}, level {report.options.level}</p>"
    yield f'<p class="{colour}"><strong>{_told(verdict_line(report))}</strong></p>'
    for remark in stale:
        yield f"<p>Baseline: {_told(remark)}</p>"
    for kind in report.kinds:
        yield from _kind(report, kind, pictures.get(kind.kind, ""))
    known = {finding.id for finding in report.known}
    for kind in report.kinds:
        for finding in in_order(kind.findings):
            yield from _finding(finding, base_url, today, known=finding.id in known)
    yield "</body></html>"


def _kind(report: Report, kind: KindReport, picture: str) -> Iterator[str]:
    yield f"<h2>{_told(kind.kind)}</h2>"
    yield from _matrix(cells(report, kind))
    yield from _facts(summary(report, kind))
    if picture:
        yield f"<figure>{bare(picture)}</figure>"


def bare(svg: str) -> str:
    """An SVG as it may stand in a page: without its own head, and without anything that could run or load."""
    inner = svg[svg.index("<svg") :] if "<svg" in svg else ""
    return re.sub(r"<script.*?</script>", "", inner, flags=re.DOTALL | re.IGNORECASE)


def _matrix(found: tuple[Cell, ...]) -> Iterator[str]:
    own = {(cell.spot, cell.input): cell for cell in found if cell.spot}
    inputs = list(dict.fromkeys(name for _, name in own))
    yield '<table class="matrix"><tr><td></td>'
    for name in inputs:
        yield f'<th class="input" title="{_told(says(found[0].kind, name))}"><span>{_told(name)}</span></th>'
    yield "</tr>"
    for spot in dict.fromkeys(spot for spot, _ in own):
        marks = "".join(_square(own.get((spot, name))) for name in inputs)
        yield f'<tr><th class="spot">{_told(spot)}</th>{marks}</tr>'
    yield "</table><p>" + " &nbsp; ".join(
        f'<span class="{_class(each)}">&nbsp;{MARKS[each]}&nbsp;</span> {each}' for each in Verdict
    )
    yield "</p>"
    for cell in found:
        if not cell.spot:
            yield f'<p class="{_class(cell.verdict)}">{_told(cell.name)}: {_told(message(cell))}</p>'


def _square(cell: Cell | None) -> str:
    if cell is None:
        return "<td></td>"
    tip = f"{cell.name}: {cell.verdict}{'; ' + cell.why if cell.why else ''}"
    mark = MARKS[cell.verdict]
    if cell.findings:
        tip = f"{tip}; {message(cell)}"
        mark = f'<a href="#{_told(cell.findings[0].id)}">{mark}</a>'
    return f'<td class="{_class(cell.verdict)}" title="{_told(tip)}">{mark}</td>'


def _class(verdict: Verdict) -> str:
    return verdict.split(" ")[0]


def _finding(finding: Finding, base_url: str, today: datetime, *, known: bool) -> Iterator[str]:
    title = headline(finding) + (" (known deviation)" if known else "")
    yield f'<section class="finding" id="{_told(finding.id)}"><h3>{_told(title)}</h3>'
    yield from _facts(lines(finding))
    again = program(finding, today=today)
    if again.sent:
        script = shell(again, kind=finding.kind, base_url=base_url)
        yield f"<details><summary>The shortest reproduction, to be pasted</summary><pre>{escape(script)}</pre></details>"
    yield "</section>"


def _facts(facts: Iterator[tuple[str, str]]) -> Iterator[str]:
    yield '<table class="facts">'
    yield from (f"<tr><th>{_told(what)}</th><td>{_told(text)}</td></tr>" for what, text in facts)
    yield "</table>"


def _told(text: str) -> str:
    return escape(cleaned(text))
