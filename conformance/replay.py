"""A finding of a kept report, tried again on fresh rents.

May not choose what is tried. Non-obvious choice: what is tried again is the word and not the recorded requests. Ids and dates
of another day are refused by every server, which would prove nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from .bench import Bench
from .checks import BY_TITLE, Inspector
from .driver import Driver
from .findings import Finding
from .furnishing import furnish
from .hooks import Hooks
from .kit import Options
from .probe import acquainted
from .races import races
from .readings import Readings
from .runner import Outcome, Runner

TIMES = 3


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of it.

    Attributes:
        finding: The finding as it was met this time, the kept one if it was not.
        failed: How often it was met.
        tried: How often it was tried; 0 if that was impossible.
        why: Why it could not be tried, or had no verdict.
    """

    finding: Finding
    failed: int
    tried: int
    why: str = ""


def replay(driver: Driver, finding: Finding, options: Options, *, hooks: Hooks = Hooks(), times: int = TIMES) -> Replayed:  # noqa: B008
    """Try a finding again.

    Args:
        driver: The system.
        finding: What was found.
        options: What the run was given that found it.
        hooks: The system's test hooks.
        times: How often it is tried.

    Raises:
        BadSettingsError: The system does not answer as Bloq.it's API.
        InfrastructureError: It does not answer at all.
    """
    bench = Bench(driver, hooks)
    furnish(bench)
    readings = Readings(strict=options.strict, api_level=options.api_level)
    _, runner = acquainted(bench, finding.kind, readings, prefix="replay")
    outcomes = list(_outcomes(runner, finding, times))
    met = [found for outcome in outcomes if (found := _same(outcome, finding))]
    inconclusive = "; ".join(dict.fromkeys(outcome.inconclusive for outcome in outcomes if outcome.inconclusive))
    tried = sum(not outcome.inconclusive for outcome in outcomes)
    why = inconclusive if outcomes else "this server, as it reads the document, has no such way: " + " ".join(finding.word)
    found = replace(met[0], story=finding.story, repeated=(len(met), tried)) if met else finding
    return Replayed(found, len(met), tried, "" if tried else why)


def _outcomes(runner: Runner, finding: Finding, times: int) -> Iterator[Outcome]:
    named = BY_TITLE.get(finding.spot)
    if named is not None and finding.story == f"check {named.title}":
        yield from (Inspector(runner).inspect(named) for _ in range(times))
    elif finding.check == "race":
        yield from (outcome for outcome in races(runner, repeats=times) if outcome.word == finding.word)
    elif runner.oracle.mealy.run(finding.word) is not None:
        yield from (runner.run(finding.word) for _ in range(times))


def _same(outcome: Outcome, finding: Finding) -> Finding | None:
    return next((found for found in outcome.findings if found.check == finding.check), None)
