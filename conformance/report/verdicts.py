"""The verdict of each cell: what came of one input in one state of a rent.

May not read a request or an answer. Non-obvious choice: a cell that nobody reached is `inconclusive` and not missing. A report
that shows only what was tried looks the same for a run that tried everything and for one whose budget ended after a tenth.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from ..checks import BY_TITLE, NAMED, Named
from ..findings import Finding
from ..inputs import alphabet
from ..kit import KindReport, Report
from ..oracle import Oracle


class Verdict(StrEnum):
    """What came of a cell."""

    PASS = "pass"  # noqa: S105 - a verdict, no password
    FAIL = "fail"
    KNOWN = "known deviation"
    INCONCLUSIVE = "inconclusive"
    NOT_TESTABLE = "not testable"


MARKS: Mapping[Verdict, str] = {
    Verdict.PASS: "·",
    Verdict.FAIL: "X",
    Verdict.KNOWN: "~",
    Verdict.INCONCLUSIVE: "?",
    Verdict.NOT_TESTABLE: "-",
}
"""One character for each, for grids; told apart without colour."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One input in one state, or a named check.

    Attributes:
        kind: The rent type.
        spot: The state with what else decides about the rent's future, as `delivery cancelled with locker`.
        input: The input's name; a check's title, where there is no state.
        verdict: What came of it.
        findings: What was found there, accepted ones included.
        why: Why there is no verdict, where there is none.
    """

    kind: str
    spot: str
    input: str
    verdict: Verdict
    findings: tuple[Finding, ...] = ()
    why: str = ""

    @property
    def name(self) -> str:
        """As in `delivery: in_progress with locker and item--cancel`; a rent that was turned keeps the type that it then has."""
        kind, _, state = self.spot.partition(" ")
        shown = state if kind == self.kind else self.spot
        return f"{self.kind}: {shown}--{self.input}" if self.spot else f"{self.kind}: {self.input}"


def cells(report: Report, kind: KindReport) -> tuple[Cell, ...]:
    """Every cell of a rent type: those of the machine first, then the named checks, then what was found outside of both."""
    accepted = {finding.id for finding in report.known}
    at: dict[tuple[str, str], list[Finding]] = {}
    for finding in kind.findings:
        at.setdefault(_place(finding), []).append(finding)
    why = _unreached(report, kind)
    own = [_cell(kind, place, tuple(at.pop(place, ())), accepted, why) for place in kind.possible]
    untestable = [_untestable(kind, place) for place in _whole(kind) if place not in set(kind.possible)]
    checks = [_check(report, kind, named, tuple(at.pop(("", named.title), ())), accepted) for named in _checks(report, kind)]
    rest = (
        Cell(kind.kind, "", f"{place[0]} {place[1]}".strip(), _of(tuple(found), accepted), tuple(found))
        for place, found in at.items()
    )
    return (*own, *untestable, *checks, *rest)


def _checks(report: Report, kind: KindReport) -> Iterator[Named]:
    return (named for named in NAMED if kind.kind in named.kinds and "checks" in report.options.parts)


def _check(report: Report, kind: KindReport, named: Named, found: tuple[Finding, ...], accepted: set[str]) -> Cell:
    if found:
        return Cell(kind.kind, "", named.title, _of(found, accepted), found)
    why = next((told for told in kind.inconclusive if told.startswith(f"{named.title}: ")), "")
    if why:
        return Cell(kind.kind, "", named.title, Verdict.NOT_TESTABLE, why=why.removeprefix(f"{named.title}: "))
    if report.spent:
        return Cell(kind.kind, "", named.title, Verdict.INCONCLUSIVE, why="the budget of requests was spent")
    return Cell(kind.kind, "", named.title, Verdict.PASS)


def _place(finding: Finding) -> tuple[str, str]:
    if finding.story == f"check {finding.spot}":
        return "", finding.spot
    return finding.spot, finding.word[-1] if finding.word else ""


def _cell(kind: KindReport, place: tuple[str, str], found: tuple[Finding, ...], accepted: set[str], why: str) -> Cell:
    if found:
        return Cell(kind.kind, *place, verdict=_of(found, accepted), findings=found)
    tried = kind.cells.get(place)
    if tried is None:
        return Cell(kind.kind, *place, verdict=Verdict.INCONCLUSIVE, why=why)
    if tried == "pass":
        return Cell(kind.kind, *place, verdict=Verdict.PASS)
    # Its finding was met by a shorter way, at another cell where the same was asked.
    alike = tuple(finding for finding in kind.findings if finding.word[-1:] == place[1:]) or tuple(kind.findings)
    return Cell(kind.kind, *place, verdict=_of(alike, accepted), findings=alike, why="met by a shorter way at another cell")


def _of(found: tuple[Finding, ...], accepted: set[str]) -> Verdict:
    return Verdict.KNOWN if found and all(finding.id in accepted for finding in found) else Verdict.FAIL


def _unreached(report: Report, kind: KindReport) -> str:
    if report.spent:
        return "the budget of requests was spent before"
    if stopped := in_the_way(kind):
        return "no word to it came to its end: " + "; ".join(f"{why} ({count})" for why, count in stopped.items())
    return "no word of this run led there"


def _whole(kind: KindReport) -> Iterator[tuple[str, str]]:
    """The cells of the machine as the server reads it, with every input."""
    return Oracle(kind.kind, kind.probed.readings, None).mealy.cells()


def _untestable(kind: KindReport, place: tuple[str, str]) -> Cell:
    missing = kind.probed.missing
    why = missing.get(place[1]) or f"a way there needs what is missing: {', '.join(dict.fromkeys(missing.values())) or 'unknown'}"
    return Cell(kind.kind, *place, verdict=Verdict.NOT_TESTABLE, why=why)


def in_the_way(kind: KindReport) -> Mapping[str, int]:
    """What kept words from a verdict, without what a check could not bring about, which is told at the check."""
    titles = tuple(f"{named.title}: " for named in NAMED)
    return {why: count for why, count in kind.inconclusive.items() if not why.startswith(titles)}


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings as they are told: each once, those first that are reached by the shortest way."""
    once = {finding.id: finding for finding in findings}
    return tuple(sorted(once.values(), key=lambda finding: (bool(finding.spot in BY_TITLE), len(finding.word))))


def counted(found: tuple[Cell, ...]) -> Mapping[Verdict, int]:
    """How many cells have each verdict, in the order of `Verdict`."""
    counts = Counter(cell.verdict for cell in found)
    return {verdict: counts[verdict] for verdict in Verdict if counts[verdict]}


def rows_untaken(kind: KindReport) -> tuple[str, ...]:
    """Rows of the table that no word took."""
    return tuple(row for row in kind.every_row if row not in kind.rows)


def says(kind: str, name: str) -> str:
    """An input for a person: what its name stands for."""
    given = alphabet(kind).get(name) or (alphabet("return").get(name) if kind == "delivery" else None)
    return given.says if given is not None else name
