"""A report as JUnit XML, which every CI reads: one item for each cell, one suite for each rent type.

May not leave a cell out. Non-obvious choice: a known deviation and a cell without a verdict are `skipped` with their reason. A
CI counts them and shows them, and neither turns a build red that somebody has decided is green.
"""

from xml.etree.ElementTree import Element, SubElement, tostring

from ...adapters.private import cleaned
from ..kit import Report
from .telling import headline, lines
from .verdicts import Cell, Verdict, cells


def junit(report: Report) -> bytes:
    """The XML, in UTF-8."""
    suites = Element("testsuites", name="parcelflow conform", time=f"{report.seconds:.3f}")
    for kind in report.kinds:
        found = cells(report, kind)
        failed = [cell for cell in found if cell.verdict is Verdict.FAIL]
        passed = [cell for cell in found if cell.verdict is Verdict.PASS]
        skipped = len(found) - len(failed) - len(passed)
        suite = SubElement(suites, "testsuite", name=kind.kind, tests=str(len(found)), failures=str(len(failed)), errors="0",
                           skipped=str(skipped), time=f"{kind.seconds:.3f}")  # fmt: skip
        for cell in found:
            _item(suite, cell)
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + tostring(suites, encoding="utf-8")


def _item(suite: Element, cell: Cell) -> None:
    item = SubElement(suite, "testcase", classname=f"parcelflow.conformance.{cell.kind}", name=cell.name, time="0")
    if cell.verdict is Verdict.FAIL:
        SubElement(item, "failure", message=_printable(message(cell))).text = _printable(readable(cell))
    elif cell.verdict is not Verdict.PASS:
        why = cell.why or (f"{cell.verdict}: {message(cell)}" if cell.findings else str(cell.verdict))
        SubElement(item, "skipped", message=_printable(cleaned(why)))


def message(cell: Cell) -> str:
    """A failed cell in one line."""
    if not cell.findings:
        return cell.why or str(cell.verdict)
    first = cell.findings[0]
    return f"{first.check}: expected {cleaned(first.expected)}; came {cleaned(first.got)}"


def readable(cell: Cell) -> str:
    """A failed cell in full: what was expected, what came, what says so, and the shortest way."""
    if not cell.findings:
        return cell.why or str(cell.verdict)
    parts: list[str] = []
    for finding in cell.findings:
        told = "\n".join(f"{what:>12}: {text}" for what, text in lines(finding))
        parts.append(f"{headline(finding)}\n{told}")
    return "\n\n".join(parts)


def _printable(text: str) -> str:
    """XML has no control characters, escaped or not."""
    return "".join(char if char in "\n\t" or char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
