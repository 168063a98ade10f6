"""Draw `docs/pictures/` (every machine, one live case, one difference); with `--check`, only say which are stale.

May not draw anything that a test does not compare. Non-obvious choice: the DOT text is what is compared, kept beside each
picture, because Graphviz's coordinates may differ between its builds while the machine has not changed. `drawn.json` keeps of
which text, and with which bytes, each picture was drawn, so that neither a forgotten nor a retouched one goes unnoticed.
"""

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import cast

from parcelflow.diagrams import CaseView, Passed, Picture, case_picture, diff_picture, dot, machine_picture, render
from parcelflow.machines import Case, Cause, Event, Outcome, Policies, Table, catalogue, classify, decide, table_of

FOLDER = Path(__file__).parent / "pictures"
LEDGER = FOLDER / "drawn.json"
DRAWN = ("svg", "png")
BEGAN = datetime(2026, 5, 1, 9, tzinfo=UTC)
LIFE: tuple[tuple[int, str, bool], ...] = (
    # Minutes after the beginning, what was heard or (True) wished for. A wish comes too early, the closing of the door is never
    # told, the customer looks into the box twice and then forgets the parcel.
    (0, "rent.reserved", False),
    (4, "collect_requested", True),
    (31, "rent.started", False),
    (95, "rent.locker_opened", False),
    (96, "rent.in_progress", False),
    (310, "rent.locker_opened", False),
    (312, "rent.in_progress", False),
    (2880, "rent.expired", False),
)


def live_case() -> Picture:
    """A delivery that went wrong, as the machine itself decided it."""
    table = table_of("delivery")
    case = Case(kind="delivery", key="parcel-42")
    steps: list[Passed] = []
    refused: list[str] = []
    for minutes, name, asked in LIFE:
        event = Event(name=name, at=BEGAN + timedelta(minutes=minutes), by=Cause.LOCKER, asked=asked)
        decision = decide(table, case, event)
        if decision.outcome is Outcome.CONTRADICTION:
            decision = classify(table, case, event, {step.target for step in steps})
        steps += (Passed(step.row, step.source, step.target, event.at, step.inferred) for step in decision.steps)
        refused += (f"{decision.outcome}: {decision.reason}",) if decision.outcome is Outcome.REFUSED else ()
        case = Case(kind=case.kind, key=case.key, state=decision.state, facts={**case.facts, **decision.facts})
    return case_picture(table, CaseView(case.kind, case.key, case.state, tuple(steps), tuple(refused)))


def later_version(table: Table) -> Picture:
    """What version 1.64 of Bloq.it's API changes."""
    return diff_picture(table, table_of(table.kind, Policies(api_level="1.64")))


def pictures() -> Iterator[tuple[str, Picture]]:
    """Every picture of the manual, by name."""
    yield from ((kind, machine_picture(table)) for kind, table in catalogue().items())
    yield "live-case", live_case()
    yield "delivery-1.64", later_version(table_of("delivery"))


def _sum(content: bytes) -> str:
    return sha256(content).hexdigest()


def stale() -> list[str]:
    """Pictures that are not drawn of what the machines are now, or were changed since."""
    ledger = cast("dict[str, list[str]]", json.loads(LEDGER.read_text()) if LEDGER.is_file() else {})
    found: list[str] = []
    for name, picture in pictures():
        text = dot(picture).encode()
        kept = FOLDER / f"{name}.dot"
        fresh = kept.is_file() and kept.read_bytes() == text
        for ending in DRAWN:
            file = FOLDER / f"{name}.{ending}"
            fresh = fresh and file.is_file() and ledger.get(file.name) == [_sum(text), _sum(file.read_bytes())]
        found += [] if fresh else [name]
    return found


def draw() -> None:
    """Write every picture, and what each was drawn of."""
    FOLDER.mkdir(exist_ok=True)
    ledger: dict[str, list[str]] = {}
    for name, picture in pictures():
        text = dot(picture).encode()
        (FOLDER / f"{name}.dot").write_bytes(text)
        for ending in DRAWN:
            content = render(picture, ending)
            (FOLDER / f"{name}.{ending}").write_bytes(content)
            ledger[f"{name}.{ending}"] = [_sum(text), _sum(content)]
    LEDGER.write_text(json.dumps(ledger, indent=1, sort_keys=True) + "\n")


def main() -> int:
    """Draw, or check."""
    if "--check" in sys.argv[1:]:
        found = stale()
        for name in found:
            print(f"docs/pictures/{name} is stale; run `make pictures`")
        return 1 if found else 0
    draw()
    return 0


if __name__ == "__main__":
    sys.exit(main())
