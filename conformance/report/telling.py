"""Sentences: a finding as a person is told it, without anything private in it.

May not know a form (terminal, page, file). Non-obvious choice: the words of a word are told by what they stand for (`says` of
the inputs). A person who has never seen the kit reads "cancel it", not `cancel`.
"""

from collections.abc import Iterator

from ...adapters.private import cleaned
from ..findings import CHECKS, Finding
from ..kit import KindReport, Report
from .verdicts import Verdict, cells, counted, in_order, in_the_way, rows_untaken, says


def headline(finding: Finding) -> str:
    """In one line: which rent type, where, what was done."""
    if finding.story == f"check {finding.spot}":
        return f"{finding.check}: {finding.kind}, {finding.spot}"
    last = finding.word[-1] if finding.word else finding.story
    story = f" ({finding.story})" if finding.story and not finding.story.startswith("check ") else ""
    return f"{finding.check}: {finding.spot or finding.kind}, {_said(finding.kind, last)}{story}"


def _said(kind: str, name: str) -> str:
    return " and at once ".join(says(kind, part) for part in name.split("+"))


def lines(finding: Finding) -> Iterator[tuple[str, str]]:
    """Everything about it, as (what, text)."""
    check = CHECKS.get(finding.check)
    if check is not None:
        yield "must hold", f"{check.demands} [{check.lines}]"
    yield "expected", cleaned(finding.expected)
    yield "came", cleaned(finding.got)
    if finding.rows or finding.evidence:
        yield (
            "says so",
            " ".join(part for part in (", ".join(finding.rows), f"[{finding.evidence}]" if finding.evidence else "") if part),
        )
    if finding.word:
        yield (
            "shortest way" if not finding.story.startswith("check ") else "its last rent",
            "; ".join(_said(finding.kind, name) for name in finding.word),
        )
        yield "as a word", " ".join(finding.word)
    if finding.repeated[1]:
        again, of = finding.repeated
        yield "again", f"{again} of {of} times on fresh rents" + ("" if again == of else " - it does not happen each time")
    yield "id", finding.id


def verdict_line(report: Report) -> str:
    """The end of a report, in one line."""
    found = len(in_order(report.findings))
    tail = f"{report.requests} requests in {report.seconds:.1f} s"
    known = f", {len(report.known)} known deviation(s) accepted" if report.known else ""
    spent = "; the budget ended it before everything was tried" if report.spent else ""
    if found:
        return f"does not conform: {found} violation(s) found{known}; {tail}{spent}"
    if not any(kind.cells for kind in report.kinds):
        return f"nothing could be tried; {tail}{spent}"
    return f"conforms{known}; {tail}{spent}"


def summary(report: Report, kind: KindReport) -> Iterator[tuple[str, str]]:
    """What is to be said of a rent type, as (what, text)."""
    verdicts = counted(cells(report, kind))
    yield "cells", ", ".join(f"{count} {verdict}" for verdict, count in verdicts.items()) or "none"
    yield "tried", f"{kind.words} words, {kind.steps} steps in {kind.seconds:.1f} s"
    untaken = rows_untaken(kind)
    yield (
        "rows taken",
        f"{len(kind.every_row) - len(untaken)} of {len(kind.every_row)}" + (f"; not: {', '.join(untaken)}" if untaken else ""),
    )
    for reading, holds in kind.probed.readings.known.items():
        yield "it reads", f"{reading}: {'yes' if holds else 'no'} ({reading.decides})"
    for name, why in kind.probed.missing.items():
        yield "not tested", f"{says(kind.kind, name)} ({name}): {why}"
    for why, count in in_the_way(kind).items():
        yield "inconclusive", f"{count} words: {cleaned(why)}"
    complete = not report.spent and not verdicts.get(Verdict.FAIL)
    yield ("proves" if complete else "would prove"), kind.proves
