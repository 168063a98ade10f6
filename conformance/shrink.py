"""Shrinking: the shortest word that still fails the same check, and how often it fails on fresh rents.

May not judge. Non-obvious choice: a candidate has to be possible by the machine before it is tried. Most of what is left out of
a word leaves one that cannot be, and finding that out costs nothing.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

from .findings import Finding
from .mealy import Word
from .runner import Runner

MOST = 120
"""Words that are tried for one finding."""

REPEATS = 3


def shrunk(runner: Runner, finding: Finding, *, most: int = MOST) -> Finding:
    """The finding with the shortest word that was found for it, and how often that failed in `REPEATS` more runs.

    Raises:
        SpentError: The budget of requests is spent.
    """
    best = finding
    tried: set[Word] = {finding.word}

    def fails(word: Word) -> Finding | None:
        if len(tried) > most or word in tried or runner.oracle.mealy.run(word) is None:
            return None
        tried.add(word)
        return next((found for found in runner.run(word).findings if found.check == finding.check), None)

    best = _by_access(runner, best, fails)
    while shorter := next((found for word in _without(best.word) if (found := fails(word))), None):
        best = shorter
    again = sum(any(found.check == best.check for found in runner.run(best.word).findings) for _ in range(REPEATS))
    return replace(best, repeated=(again, REPEATS), story=finding.story)


def _by_access(runner: Runner, finding: Finding, fails: Callable[[Word], Finding | None]) -> Finding:
    """The shortest way to where it failed, with as much of the end as is needed: mostly no more than the last input."""
    for length in range(1, len(finding.word)):
        head, tail = finding.word[:-length], finding.word[-length:]
        found = runner.oracle.mealy.run(head)
        access = () if found is None else runner.oracle.mealy.access[found[1]]
        if len(access) < len(head) and (shorter := fails((*access, *tail))):
            return shorter
    return finding


def _without(word: Word) -> Iterator[Word]:
    """A word without a part of it, larger parts first; the creation and the end stay."""
    for size in range(len(word) - 2, 0, -1):
        for start in range(1, len(word) - size):
            yield (*word[:start], *word[start + size :])
