"""The kit: everything that is tried on a system, in order, and the report of it.

May not judge a single answer, nor print. Non-obvious choice: what runs alone runs last. Time passes for every rent of a server,
and a code that is typed opens whichever locker the server likes; the words that need neither run side by side before them.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from time import monotonic

from ..adapters.operation import NO_ROUTES, Routes
from ..machines import API_LEVELS
from .bench import Bench, Record, SpentError
from .checks import Inspector
from .crowds import concurrent
from .driver import Driver
from .findings import Finding
from .furnishing import furnish
from .hooks import Hooks
from .inputs import RENTS
from .levels import Level, suite
from .mealy import Word
from .probe import Probed, acquainted
from .races import races
from .readings import Readings
from .runner import ALONE, Outcome, Runner
from .shrink import shrunk
from .walks import walk

PARTS = frozenset({"words", "checks", "races", "walks"})
"""Words of the level, named checks, races, and walks over several rents."""


CROWDS = {Level.SMOKE: 10, Level.STANDARD: 40, Level.DEEP: 200, Level.NIGHTLY: 1000}
"""Histories of several clients at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What is tried.

    Attributes:
        kinds: Rent types.
        level: How much.
        strict: Whether what the document leaves open is refused rather than left to the server.
        api_level: Version of the API.
        seed: Of everything that is drawn.
        budget: Requests that may be sent; None for as many as it takes.
        prefix: Begins the external ids of what the run makes; what follows is of this run alone.
        parts: Which parts are run, of `PARTS`.
        enough: Findings of a rent type after which no more are looked for; None for all.
        shrink: Whether the shortest word for each finding is looked for.
    """

    kinds: tuple[str, ...] = RENTS
    level: Level = Level.STANDARD
    strict: bool = False
    api_level: str = API_LEVELS[0]
    seed: int = 0
    budget: int | None = None
    prefix: str = "conform"
    parts: frozenset[str] = PARTS
    enough: int | None = None
    shrink: bool = True


@dataclass
class KindReport:
    """What came of one rent type.

    Attributes:
        kind: The rent type.
        probed: What the server can do, and how it reads.
        cells: Verdict (`pass`, `fail`) by (spot, input); every cell that could be tried is in `possible`.
        possible: Every cell of the machine as this server reads it.
        rows: Rows of the tables that were taken.
        every_row: Rows that the machine has.
        words, steps: How many were run.
        inconclusive: Why words had no verdict, each with how many.
        findings: One for each cell, the shortest found.
        proves: What holds if there is no finding.
        seconds: What it took.
    """

    kind: str
    probed: Probed
    possible: tuple[tuple[str, str], ...] = ()
    cells: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    rows: set[str] = field(default_factory=set[str])
    every_row: tuple[str, ...] = ()
    words: int = 0
    steps: int = 0
    inconclusive: dict[str, int] = field(default_factory=dict[str, int])
    findings: list[Finding] = field(default_factory=list[Finding])
    proves: str = ""
    seconds: float = 0.0


@dataclass
class Report:
    """What came of a run.

    Attributes:
        options: What was tried.
        kinds: By rent type, in order.
        requests: How many were sent.
        seconds: What it took.
        spent: Whether the budget ended it.
        known: Findings that a baseline accepts.
    """

    options: Options
    kinds: list[KindReport] = field(default_factory=list[KindReport])
    requests: int = 0
    seconds: float = 0.0
    spent: bool = False
    known: list[Finding] = field(default_factory=list[Finding])

    @property
    def findings(self) -> list[Finding]:
        """All of them that no baseline accepts."""
        accepted = {finding.id for finding in self.known}
        return [finding for kind in self.kinds for finding in kind.findings if finding.id not in accepted]

    @property
    def conforms(self) -> bool:
        """Whether nothing was found, and something was tried."""
        return not self.findings and any(kind.cells for kind in self.kinds)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: for which rent type, what is being done, how much of it is done, and what was found so far."""

    kind: str
    doing: str
    done: int
    findings: int


Told = Callable[[Progress], None]


def nobody(_: Progress) -> None:
    """Tells nobody."""


def conformance(
    driver: Driver,
    options: Options = Options(),
    *,
    hooks: Hooks = Hooks(),  # noqa: B008 - frozen
    routes: Routes = NO_ROUTES,
    told: Told = nobody,
    record: Callable[[Record], None] | None = None,
) -> Report:
    """Try everything on a system.

    Args:
        driver: The system.
        options: What is tried.
        hooks: The system's test hooks.
        routes: Routes that are known better than the document has them.
        told: Told how far it is.
        record: Told every request.

    Raises:
        BadSettingsError: The system does not answer as Bloq.it's API.
        InfrastructureError: It does not answer at all.
    """
    began = monotonic()
    bench = Bench(driver, hooks, routes=dict(routes), budget=options.budget, told=record)
    report = Report(options)
    try:
        furnish(bench)
        for kind in options.kinds:
            _try_kind(bench, report, kind, told)
    except SpentError:
        report.spent = True
    report.requests, report.seconds = bench.sent, monotonic() - began
    return report


def _try_kind(bench: Bench, report: Report, kind: str, told: Told) -> None:
    began, options = monotonic(), report.options
    known = Readings(strict=options.strict, api_level=options.api_level)
    probed, runner = acquainted(bench, kind, known, prefix=options.prefix)
    one = KindReport(kind, probed, findings=_first_of_each(probed.findings))
    report.kinds.append(one)
    one.cells, one.rows = runner.cells, runner.rows
    one.possible = tuple(runner.oracle.mealy.cells())
    rows = (row.id for own in runner.oracle.kinds for row in probed.readings.table(own).rows)
    one.every_row = tuple(dict.fromkeys(rows))
    try:
        for part, tried in _parts(runner, one, options):
            if part in options.parts and not _enough(one, options):
                _gather(one, _watched(one, part, tried, told), options)
    finally:
        one.seconds = monotonic() - began
    one.findings = _unexplained(one.findings)
    if options.shrink:
        short = (_shortest(runner, found) for found in one.findings)
        one.findings = list({found.id: found for found in short}.values())  # two may have the same shortest way


def _unexplained(findings: Sequence[Finding]) -> list[Finding]:
    """Without races that one of their requests explains alone: what goes wrong after one request goes wrong after two."""
    alone = {finding.word[-1] for finding in findings if finding.check != "race" and finding.word}
    return [found for found in findings if found.check != "race" or not alone & set(found.word[-1].split("+"))]


def _watched(one: KindReport, part: str, outcomes: Iterable[Outcome], told: Told) -> Iterator[Outcome]:
    for done, outcome in enumerate(outcomes):
        told(Progress(one.kind, part, done + 1, len(one.findings)))
        yield outcome


def _first_of_each(findings: Iterable[Finding]) -> list[Finding]:
    cells: dict[tuple[str, str, str], Finding] = {}
    for finding in findings:
        cells.setdefault(finding.cell, finding)
    return list(cells.values())


def _enough(one: KindReport, options: Options) -> bool:
    return options.enough is not None and len(one.findings) >= options.enough


def _parts(runner: Runner, one: KindReport, options: Options) -> Iterator[tuple[str, Iterable[Outcome]]]:
    chosen = suite(runner.oracle, options.level)
    one.proves = chosen.proves
    yield "words", _stories(runner, chosen.stories)
    yield "checks", Inspector(runner).outcomes()
    yield "races", races(runner)
    yield "races", concurrent(runner, options.seed, histories=CROWDS[options.level])
    yield "words", _words(runner, chosen.words)
    yield "walks", walk(runner, options.seed, options.level)


def _stories(runner: Runner, stories: Sequence[tuple[str, Word]]) -> Iterator[Outcome]:
    for title, word in stories:
        outcome = runner.run(word)
        yield replace(outcome, findings=tuple(replace(finding, story=title) for finding in outcome.findings))


def _words(runner: Runner, words: Sequence[Word]) -> Iterator[Outcome]:
    beside = [word for word in words if not ALONE & set(word)]
    alone = [word for word in words if ALONE & set(word)]
    workers = max(1, min(runner.bench.driver.workers, sum(map(len, runner.bench.free.values())) // 2))
    yield from _each(runner, beside, alone, workers)


def _each(runner: Runner, beside: Sequence[Word], alone: Sequence[Word], workers: int) -> Iterator[Outcome]:
    if workers == 1:
        yield from map(runner.run, beside)
    else:
        with ThreadPoolExecutor(workers) as pool:
            yield from pool.map(runner.run, beside)
    yield from map(runner.run, alone)


def _gather(one: KindReport, outcomes: Iterable[Outcome], options: Options) -> None:
    seen: dict[tuple[str, str, str], Finding] = {finding.cell: finding for finding in one.findings}
    try:
        for outcome in outcomes:
            one.words += 1
            one.steps += len(outcome.seen)
            if outcome.inconclusive:
                one.inconclusive[outcome.inconclusive] = one.inconclusive.get(outcome.inconclusive, 0) + 1
            for finding in outcome.findings:
                known = seen.get(finding.cell)
                if known is None or len(finding.word) < len(known.word):
                    seen[finding.cell] = replace(finding, story=known.story) if known else finding
            one.findings = list(seen.values())
            if _enough(one, options):
                return
    finally:
        one.findings = list(seen.values())


def _shortest(runner: Runner, finding: Finding) -> Finding:
    if not finding.word or finding.story.startswith("check "):
        return finding
    try:
        return shrunk(runner, finding)
    except SpentError:
        return finding
