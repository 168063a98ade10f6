"""A recording against the machines: each rent's longest legal prefix, the first illegal step, and what would have been legal.

May not print. Non-obvious choice: a log is read once and line by line, but a rent is judged when the last line is read: an event
that was late, or was sent twice, may stand anywhere. Kept of a line is its place, its time, its name and its id, and histories
that read the same are judged once.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from time import perf_counter

from ..machines import API_LEVELS, POLICIES, Policies, Stance, Table, table_of
from .hearing import Heard, hear_any
from .history import Verdict, check_history
from .inputs import RENTS
from .recorded import Aside, Entry, Told, Travels, Unreadable, entries
from .telling import KNOWN, rows_of, tells

SHOWN = 1000
"""Rents that are wrong, and lines that cannot be used, of which a report keeps the particulars; all of them are counted."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """A rent, or a case of a journal, that is not as its machine says.

    Attributes:
        whose: Its id; of a journal, its kind and case.
        line: The line of the first illegal step.
        step: The illegal step.
        fault: What is wrong with it.
        legal: How many of its steps before this are legal.
        total: How many it has.
        kinds: The rent types that it can be.
        states: Where it may have been.
        allowed: What would have been legal.
    """

    whose: str
    line: int
    step: str
    fault: str
    legal: int
    total: int
    kinds: tuple[str, ...]
    states: tuple[str, ...]
    allowed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Gap:
    """A rent that is legal if events of it were lost: before which line, and which."""

    whose: str
    line: int
    events: tuple[str, ...]


@dataclass
class LogReport:
    """What a recording amounts to.

    Attributes:
        lines: How many it has.
        steps: How many of them are steps of a rent or a case.
        whole: Rents and cases that are legal as they stand.
        gapped: Those that are legal if something was lost.
        broken: Those that are not legal whatever was lost.
        wrong: Particulars of the broken ones, `SHOWN` at most.
        gaps: Particulars of the gaps, `SHOWN` at most.
        lost: How often each event must have been lost.
        rows: Rows that were certainly seen, by kind.
        perhaps: Rows that may have been: the rent's type is not certain, or another row is told by the same event.
        every: How many rows a history of a kind can show.
        readings: What was taken for allowed that the document leaves open, with how many rents rest on it.
        unknown: Events that the document does not know, with how often.
        notes: Events that say nothing of a rent's state, with how often.
        asides: What else is in it.
        repeated: Events that were told more than once, by their id.
        moved: Events that stood before an earlier one.
        unreadable: Lines that cannot be used, `SHOWN` at most; all of them are counted in `bad`.
        bad: How many lines cannot be used.
        seconds: What it took.
    """

    lines: int = 0
    steps: int = 0
    whole: int = 0
    gapped: int = 0
    broken: int = 0
    wrong: list[Wrong] = field(default_factory=list[Wrong])
    gaps: list[Gap] = field(default_factory=list[Gap])
    lost: Counter[str] = field(default_factory=Counter[str])
    rows: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    perhaps: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    every: dict[str, int] = field(default_factory=dict[str, int])
    readings: Counter[str] = field(default_factory=Counter[str])
    unknown: Counter[str] = field(default_factory=Counter[str])
    notes: Counter[str] = field(default_factory=Counter[str])
    asides: Counter[str] = field(default_factory=Counter[str])
    repeated: int = 0
    moved: int = 0
    unreadable: list[Unreadable] = field(default_factory=list[Unreadable])
    bad: int = 0
    seconds: float = 0.0

    @property
    def conforms(self) -> bool:
        """Whether no rent is broken, and there was one."""
        return not self.broken and bool(self.whole + self.gapped)


@dataclass
class _Life:
    """What was told of one rent: (instant, line, name, own id), its type where something says it, and the latest instant."""

    told: list[tuple[float, int, str, str]] = field(default_factory=list[tuple[float, int, str, str]])
    kind: str = ""
    latest: float = float("-inf")


def check_file(file: Path, kinds: Iterable[str] = RENTS, *, api_level: str = API_LEVELS[0]) -> LogReport:
    """Check a file of histories, webhooks or journals.

    Args:
        file: JSON lines (`recorded` says of what).
        kinds: Types that a rent can be of whose type nothing says.
        api_level: Version of the API.

    Raises:
        BadSettingsError: The file cannot be read.
    """
    return check_log(entries(file), kinds, api_level=api_level)


def check_log(log: Iterable[Entry], kinds: Iterable[str] = RENTS, *, api_level: str = API_LEVELS[0]) -> LogReport:
    """As `check_file`, of what was read already."""
    began = perf_counter()
    report = LogReport()
    rents: dict[str, _Life] = {}
    cases: dict[tuple[str, str], list[Travels]] = {}
    for entry in log:
        _sort_in(report, entry, rents, cases)
    judge = _Judge(report, tuple(kinds), api_level)
    for rent, life in rents.items():
        judge.rent(rent, life)
    for (kind, case), steps in cases.items():
        judge.case(kind, case, steps)
    report.seconds = perf_counter() - began
    return report


def _sort_in(report: LogReport, entry: Entry, rents: dict[str, _Life], cases: dict[tuple[str, str], list[Travels]]) -> None:
    report.lines = max(report.lines, entry.line)
    if isinstance(entry, Told):
        life = rents.get(entry.rent)
        if life is None:
            life = rents[entry.rent] = _Life()
        # What has no instant is as late as the latest that was told before it: a log's order is all that is known of it.
        at = life.latest if entry.at is None else entry.at
        life.latest = max(life.latest, at)
        life.told.append((at, entry.line, entry.name, entry.id))
        life.kind = life.kind or entry.kind
    elif isinstance(entry, Travels):
        cases.setdefault((entry.kind, entry.case), []).append(entry)
    elif isinstance(entry, Aside):
        report.asides[entry.what] += 1
    else:
        _unusable(report, entry)


def _unusable(report: LogReport, entry: Unreadable) -> None:
    report.bad += 1
    if len(report.unreadable) < SHOWN:
        report.unreadable.append(entry)


@dataclass
class _Judge:
    report: LogReport
    kinds: tuple[str, ...]
    api_level: str
    _known: dict[tuple[tuple[str, ...], tuple[str, ...]], Heard] = field(
        default_factory=dict[tuple[tuple[str, ...], tuple[str, ...]], Heard]
    )

    def rent(self, rent: str, life: _Life) -> None:
        """Judge one rent."""
        events = list(self._steps(life))
        if not events:
            return
        self.report.steps += len(events)
        kinds = (life.kind,) if life.kind else self.kinds
        word = tuple(name for _, name in events)
        heard = self._known.get((kinds, word))
        if heard is None:
            heard = self._known[kinds, word] = hear_any(kinds, word, api_level=self.api_level)
            self._cover(heard)
        for loss in heard.lost:
            self.report.lost.update(loss.events)
            if len(self.report.gaps) < SHOWN:
                self.report.gaps.append(Gap(rent, events[loss.position][0], loss.events))
        self.report.readings.update(heard.readings)
        if heard.obeys:
            self.report.gapped += bool(heard.lost)
            self.report.whole += not heard.lost
        else:
            line, name = events[heard.legal]
            fault = f"{name} cannot follow in {_either(heard.states)} of a {_either(heard.kinds)}, whatever was lost in between"
            self._broken(Wrong(rent, line, name, fault, heard.legal, heard.total, heard.kinds, heard.states, heard.allowed))

    def case(self, kind: str, case: str, steps: list[Travels]) -> None:
        """Judge one case of a journal."""
        self.report.steps += len(steps)
        table = _table(kind, self.api_level)
        verdict = check_history(table, (entry.step for entry in steps))
        self.report.every[kind] = len({arm.row.id for arms in table.arms.values() for arm in arms})
        self.report.rows.setdefault(kind, set()).update(entry.step.row for entry in steps[: verdict.legal])
        if verdict.obeys:
            self.report.whole += 1
        else:
            self._broken(_wrong_case(f"{kind}/{case}", kind, steps[verdict.legal], verdict))

    def _steps(self, life: _Life) -> Iterator[tuple[int, str]]:
        """Its events in the order of their time, each once, without those that tell of no row; a tie keeps the log's order."""
        ordered = sorted(life.told, key=_time)
        if ordered != life.told:
            self.report.moved += sum(one[0] > other[0] for one, other in zip(life.told, life.told[1:], strict=False))
        telling = _telling(self.api_level)
        been: dict[str, str] = {}
        for _, line, name, own in ordered:
            if own and own in been:
                self._again(line, name, own, been[own])
                continue
            been[own] = name
            if name in telling:
                yield line, name
            else:
                (self.report.notes if name in KNOWN else self.report.unknown)[name] += 1

    def _again(self, line: int, name: str, own: str, first: str) -> None:
        self.report.repeated += 1
        if name != first:
            _unusable(self.report, Unreadable(line, f"the id {own} was {first} before, and is {name} here"))

    def _cover(self, heard: Heard) -> None:
        certain = len(heard.kinds) == 1
        for kind in heard.kinds:
            self._covered(kind, heard.rows[kind], self.report.rows if certain else self.report.perhaps)
            self._covered(kind, heard.perhaps[kind], self.report.perhaps)

    def _covered(self, kind: str, rows: frozenset[str], seen: dict[str, set[str]]) -> None:
        """A delivery that went on as a return has taken rows of both."""
        for one in (kind, "return"):
            own = rows_of(one, self.api_level)
            if one == kind or (kind == "delivery" and rows & own):
                self.report.every.setdefault(one, len(own))
                seen.setdefault(one, set()).update(rows & own)

    def _broken(self, wrong: Wrong) -> None:
        self.report.broken += 1
        if len(self.report.wrong) < SHOWN:
            self.report.wrong.append(wrong)


def _time(told: tuple[float, int, str, str]) -> float:
    return told[0]


@cache
def _telling(api_level: str) -> frozenset[str]:
    """Of every type: what tells of a row of another one is wrong here, and no note."""
    return frozenset(name for kind in RENTS for name in tells(kind, api_level))


@cache
def _table(kind: str, api_level: str) -> Table:
    return table_of(kind, Policies(dict.fromkeys(POLICIES, Stance.SEND), api_level=api_level))


def _wrong_case(whose: str, kind: str, entry: Travels, verdict: Verdict) -> Wrong:
    step = f"{entry.step.row} from {entry.step.source} to {entry.step.target}"
    states = (verdict.state,)
    return Wrong(whose, entry.line, step, verdict.fault, verdict.legal, verdict.total, (kind,), states, verdict.allowed)


def _either(words: tuple[str, ...]) -> str:
    return " or ".join(words)
