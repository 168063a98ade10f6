"""What a code means: a check, the id of a finding, or a row of the tables.

May not judge. Non-obvious choice: a finding's id is explained without its report, because a person pastes it from a log whose
files are gone.
"""

from collections.abc import Iterator

from ...machines import Row, catalogue
from ..findings import CHECKS
from ..stories import STORIES


def explained(code: str) -> Iterator[tuple[str, str]]:
    """What is to be said of a code, as (what, text); nothing of one that is unknown."""
    check, _, rest = code.partition("~")
    found = CHECKS.get(check)
    if found is not None:
        yield from (("check", check), ("must hold", found.demands), ("document", found.lines))
        spot, _, given = rest.rpartition("~")
        if spot:
            yield from (("met at", spot.replace("-", " ")), ("when given", given))
    for table in catalogue().values():
        for row in table.rows:
            if row.id.lower() == code.lower():
                yield from _row(table.machine.title, row)
    for kind, stories in STORIES.items():
        for story in stories:
            if story.title == code:
                yield from (("story", f"{story.title} ({kind})"), ("document", story.lines), ("as a word", " ".join(story.word)))


def _row(title: str, row: Row) -> Iterator[tuple[str, str]]:
    yield "row", f"{row.id} of {title}"
    yield "must hold", f"{row.trigger} leads from {', '.join(row.sources)} to {row.target or 'the same state'}"
    yield "by", ", ".join(sorted(row.causes)) + (f", through {row.call}" if row.call else "")
    if row.condition:
        yield "needs", row.condition
    if row.signals:
        yield "told by", ", ".join(row.signals)
    if row.policy:
        yield "policy", row.policy
    yield "document", f"{row.evidence} (confidence: {row.confidence})"
