"""Everything that is tried on a task or an order, in order, and the report of it: the shape of `kit`, for what is no rent.

May not know a request. Non-obvious choice: the stories that depend on no open reading come before anything is found out. Some
faults happen to the first subjects of a server only, and one that hides in a reading would be told as something else.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import cast

from .bench import SPENT, InfrastructureError, SpentError
from .findings import Finding
from .judge import Fault
from .kit import KindReport, Options, Progress, Told
from .levels import EXTRA, ROUNDS, Level
from .mealy import Mealy, Word, pumped, tour, without_beginnings, wp
from .pairs import races
from .probe import Probed
from .runner import Outcome, Runner
from .shrink import shrunk
from .stories import Story
from .subjects import Runs, Thing

LONGEST_CYCLE = 2
"""States of a cycle that is gone round: these machines are dense, and longer ones are a suite of tens of thousands of words."""


class UnreachedError(Exception):
    """A check could not be brought about here; says why."""


Inspection = Callable[[Runs, Thing], Iterator[Fault]]
"""A named check, with a subject that does not exist yet and whose name it may use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is tried of one kind.

    Attributes:
        stories: The document's stories.
        checks: Named checks, by title.
        missing: Why some inputs cannot be given.
        every_row: Rows that a client can see taken.
    """

    stories: Sequence[Story]
    checks: Mapping[str, Inspection]
    missing: dict[str, str] = field(default_factory=dict[str, str])
    every_row: tuple[str, ...] = ()


def tried(runs: Runs, options: Options, plan: Plan, *, told: Told) -> KindReport:
    """Try everything."""
    began, law = monotonic(), runs.oracle
    one = KindReport(law.kind, Probed(law.readings, frozenset(law.inputs), dict(plan.missing)), every_row=plan.every_row)
    try:
        early = _possible(runs, plan)
        _gather(one, _stories(runs, early), options)
        _gather(one, _learnt(runs), options)
        one.probed = replace(one.probed, readings=runs.oracle.readings)
        one.cells, one.rows, one.possible = runs.cells, runs.rows, tuple(runs.oracle.mealy.cells())
        one.proves = _proves(runs.oracle.mealy, options.level)
        for part, outcomes in _parts(
            runs, one, options, replace(plan, stories=[story for story in plan.stories if story not in early]), told=told
        ):
            if part in options.parts and not _enough(one, options):
                _gather(one, outcomes, options)
        if options.shrink:
            # Two cells may have one shortest word, and are one finding then.
            shortest = [_shortest(runs, found) for found in one.findings]
            one.findings = list({(found.check, found.word, found.word or found.story): found for found in shortest}.values())
    except SpentError:
        one.inconclusive[SPENT] = 1
    one.seconds = monotonic() - began
    return one


def _possible(runs: Runs, plan: Plan) -> list[Story]:
    return [story for story in plan.stories if runs.oracle.mealy.run(story.word) is not None]


def _learnt(runs: Runs) -> Iterator[Outcome]:
    yield from (Outcome(finding.word, (), (finding,)) for finding in runs.learn())


def _parts(runs: Runs, one: KindReport, options: Options, plan: Plan, *, told: Told) -> Iterator[tuple[str, Iterable[Outcome]]]:
    machine = runs.oracle.mealy
    yield "words", _stories(runs, _possible(runs, plan))
    yield "checks", (_inspected(runs, one, title, inspect) for title, inspect in plan.checks.items())
    yield "words", _words(runs, one, _suite(machine, options.level), told)
    yield "races", races(runs)


def _suite(machine: Mealy, level: Level) -> list[Word]:
    first = tour(machine)
    more = (
        [*wp(machine, extra=EXTRA[level]), *pumped(machine, rounds=ROUNDS[level], longest=LONGEST_CYCLE)]
        if EXTRA[level] >= 0
        else []
    )
    rest = set(without_beginnings({*first, *more})) - set(first)
    return [*first, *sorted(rest, key=lambda word: (len(word), word))]


def _proves(machine: Mealy, level: Level) -> str:
    cells = len(list(machine.cells()))
    known = f"each of {cells} cells ({len(machine.states)} places, every input that can be given there) answers as it must"
    if level is Level.SMOKE:
        return f"{known}, once, by one way to each"
    return (
        f"{known}; and every deterministic server whose states are reached by a specified way and at most {EXTRA[level]}"
        " arbitrary request(s) more is equivalent to the machine as far as answers show it (Vaandrager and Melse, CONCUR 2025);"
        f" no cycle of up to {LONGEST_CYCLE} places behaves otherwise within {ROUNDS[level]} rounds. Assumed: subjects are"
        " independent of those before them"
    )


def _stories(runs: Runs, stories: Sequence[Story]) -> Iterator[Outcome]:
    for story in stories:
        outcome = runs.run(story.word)
        yield replace(outcome, findings=tuple(replace(finding, story=story.title) for finding in outcome.findings))


def _inspected(runs: Runs, one: KindReport, title: str, inspect: Inspection) -> Outcome:
    thing = runs.ready()
    try:
        faults = list(inspect(runs, thing))
    except UnreachedError as error:
        one.probed.missing[f"check {title}"] = str(error)
        return Outcome((), ())
    except InfrastructureError as error:
        return Outcome((), (), inconclusive=str(error))
    # By its story, and by no word: what a check wants is not what a word's last input does.
    found = (replace(runs.finding(thing, fault, story=f"check {title}: {fault.expected}"), word=()) for fault in faults)
    return Outcome(thing.done, (), tuple(found))


def _words(runs: Runs, one: KindReport, words: Sequence[Word], told: Told) -> Iterator[Outcome]:
    for done, outcome in enumerate(_each(runs, words)):
        told(Progress(runs.oracle.kind, "words", done + 1, len(one.findings)))
        yield outcome


def _each(runs: Runs, words: Sequence[Word]) -> Iterator[Outcome]:
    if runs.bench.driver.workers == 1:
        yield from map(runs.run, words)
        return
    with ThreadPoolExecutor(runs.bench.driver.workers) as pool:
        yield from pool.map(runs.run, words)


def _enough(one: KindReport, options: Options) -> bool:
    return options.enough is not None and len(one.findings) >= options.enough


def _gather(one: KindReport, outcomes: Iterable[Outcome], options: Options) -> None:
    seen: dict[tuple[str, str, str], Finding] = {_cell(finding): finding for finding in one.findings}
    for outcome in outcomes:
        one.words += 1
        one.steps += len(outcome.seen)
        if outcome.inconclusive:
            one.inconclusive[outcome.inconclusive] = one.inconclusive.get(outcome.inconclusive, 0) + 1
        for finding in outcome.findings:
            known = seen.get(_cell(finding))
            if known is None or len(finding.word) < len(known.word):
                seen[_cell(finding)] = replace(finding, story=known.story) if known else finding
        one.findings = list(seen.values())
        if _enough(one, options):
            return


def _cell(finding: Finding) -> tuple[str, str, str]:
    return (finding.check, finding.story, "") if finding.story.startswith("check ") else finding.cell


def _shortest(runs: Runs, finding: Finding) -> Finding:
    if not finding.word or finding.story.startswith("check "):
        return finding
    try:
        # Shrinking asks a runner for `run` and for its oracle's machine, and these have both.
        return shrunk(cast("Runner", cast("object", runs)), finding)
    except SpentError:
        return finding
