"""What `parcelflow conform learn` does: learns a server's machine of a rent type, says how it differs, and draws it.

May not judge an answer. Non-obvious choice: the words of a level are only watched. A judge stops a word at its first failure, and
what comes after that is what shows the failure's shape.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from ..conformance.bench import Bench, SpentError
from ..conformance.difference import SAYS, Difference, Mark, difference, dot, lines, mermaid
from ..conformance.driver import Driver
from ..conformance.furnishing import furnish
from ..conformance.hooks import Hooks
from ..conformance.inputs import RENTS
from ..conformance.learning import Learned, Limits, learned
from ..conformance.levels import Level, suite
from ..conformance.probe import acquainted
from ..conformance.readings import Readings
from ..conformance.recording import ContradictionError, Recording
from ..conformance.runner import Runner
from ..conformance.watcher import Watcher
from .conform_options import BUDGET, DOORS, HOOKS, KEY, KINDS, LEVELS, REPORT, URL
from .conform_reached import hooks_of, reached

CONFORMS, VIOLATIONS, UNUSABLE = 0, 1, 2
"""Exit statuses."""


def learn_server(
    driver: Driver,
    kinds: Sequence[str] = RENTS,
    *,
    hooks: Hooks = Hooks(),  # noqa: B008 - frozen
    level: Level = Level.SMOKE,
    strict: bool = False,
    budget: int | None = None,
    limits: Limits = Limits(),  # noqa: B008 - frozen
    folder: Path | None = None,
) -> int:
    """Learn the machine of each rent type; the exit status.

    Args:
        driver: The system.
        kinds: Rent types.
        hooks: Its test hooks.
        level: Words that are watched first: the more, the less can stay hidden.
        strict: Whether what the document leaves open is refused.
        budget: Requests that may be sent.
        limits: When a learner is stopped.
        folder: Where the pictures go, as DOT and Mermaid.

    Raises:
        BadSettingsError: The system does not answer as Bloq.it's API, or AALpy is not installed.
        InfrastructureError: It does not answer at all.
    """
    bench = Bench(driver, hooks, budget=budget)
    furnish(bench)
    worst = CONFORMS
    for kind in kinds:
        _, runner = acquainted(bench, kind, Readings(strict=strict), prefix="learn")
        worst = max(worst, _one(runner, level, limits, folder))
    return worst


def _one(runner: Runner, level: Level, limits: Limits, folder: Path | None) -> int:
    watcher = Watcher(runner)
    recording = Recording(watcher.right)
    stopped = _watched(runner, watcher, recording, level)
    watched = watcher.words
    found = learned(recording, watcher.seen, limits)
    for line in _told(runner.kind, found, watched, stopped):
        click.echo(line)
    if found.machine is None:
        return UNUSABLE
    seen = difference(watcher.right, found.machine)
    for line in lines(seen):
        click.echo(f"  {line}")
    if folder is not None:
        _draw(folder, runner.kind, seen)
    return CONFORMS if seen.same and not found.stopped else VIOLATIONS


def _watched(runner: Runner, watcher: Watcher, recording: Recording, level: Level) -> str:
    """Watch the words of a level; why that ended early, empty if it did not."""
    chosen = suite(runner.oracle, level)
    try:
        for word in (*(word for _, word in chosen.stories), *chosen.words):
            recording.add(word, watcher.seen(word))
    except (ContradictionError, SpentError) as error:
        return str(error)
    return ""


def _told(kind: str, found: Learned, watched: int, stopped: str) -> Iterator[str]:
    states = 0 if found.machine is None else len(found.machine.states)
    yield f"{kind}: {states} states, from {watched} words that were watched, {found.asked} more and {found.rounds} rounds"
    for why in filter(None, (stopped, found.stopped)):
        yield f"  not all of it: {why}"


def _draw(folder: Path, kind: str, seen: Difference) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    drawn = dot(seen, f"{kind}: learned and specified")
    (folder / f"learned-{kind}.dot").write_text(drawn)
    (folder / f"learned-{kind}.mmd").write_text(mermaid(seen))
    click.echo(f"  drawn: {folder / f'learned-{kind}.dot'}, .mmd")
    for mark in dict.fromkeys(arrow.mark for arrow in seen.arrows if arrow.mark is not Mark.RIGHT):
        click.echo(f"  {mark}: {SAYS[mark]}")


@click.command("learn")
@URL
@KEY
@HOOKS
@DOORS
@KINDS
@click.option("--level", type=click.Choice(LEVELS), default="standard", show_default=True)
@click.option("--strict/--lenient", default=False, help="As for a run.")
@BUDGET
@click.option("--report", "folder", type=REPORT, help="Folder for the pictures.")
def learn(
    base_url: str | None, api_key: str | None, hooks_file: Path | None, kinds: tuple[str, ...], level: str, budget: int | None,
    folder: Path | None, *, strict: bool, allow_doors: bool,
) -> None:  # fmt: skip
    """Learn a server's machine from a run, and show in what it differs from the document's."""
    with reached(base_url, api_key, workers=1, allow_doors=allow_doors) as driver:
        hooks = hooks_of(hooks_file)
        code = learn_server(driver, kinds or RENTS, hooks=hooks, level=Level(level), strict=strict, budget=budget, folder=folder)
    raise SystemExit(code)
