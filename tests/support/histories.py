"""Records histories of every machine, as an engine writes them into its journal.

May not be told what is legal; the engine decides. It is run by hand (`python tests/support/histories.py`) after a machine has
changed: it writes a file for each kind and version of parcelflow, and leaves a file that is there alone, because what was
recorded once has to stay legal. Non-obvious choice: lives are random, and a life is kept when it travels an arrow that none
before it did, so that a file is small and still knows nearly every arrow that anything can make happen.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from scenes import LATER, SPACES
from walks import RAM

from parcelflow.engine import NEVER, CountedIds, Engine, Habits, JournalRow, ManualClock, Ports
from parcelflow.machines import Answer, Arrival, Caller, Cause, Done, Effect, Event, Facts, Outcome, Table, catalogue

FOLDER = Path(__file__).parents[1] / "histories"
LIVES, LENGTH = 120, 14
ARROW = ("row", "source", "target")


class Willing:
    """A remote that does whatever it is asked."""

    def call(self, effect: Effect, key: str) -> Answer:
        """One call."""
        return Done({"locker_id": "L", "key": key}, remote_id=f"remote-{effect.case_key}")

    def look_up(self, effect: Effect, key: str) -> Answer:
        """Whatever was asked has been done."""
        return self.call(effect, key)


def recorded(table: Table) -> Iterator[list[dict[str, Any]]]:
    """Histories of one machine that together travel what its random lives travelled."""
    kind = table.machine.kind
    clock = ManualClock()
    seen: set[tuple[object, ...]] = set()
    callers: dict[str, Caller] = {name: Willing() for name in ("bloqit", "blink", "logistics")}
    with TemporaryDirectory(dir=RAM if RAM.is_dir() else None) as folder:
        ports = Ports(clock=clock, ids=CountedIds())
        with Engine(Path(folder) / "x.db", {kind: table}, callers, links=(), ports=ports, habits=Habits(looks=NEVER)) as engine:
            for life in range(LIVES):
                for number, event in enumerate(_events(table, Random(f"{kind} {life}"))):  # noqa: S311 - lives, not secrets
                    happened = replace(event, at=clock.now())
                    engine.accept(_arrival(kind, f"{life}", f"{life}/{number}", happened))
                    engine.drain()
                    clock.advance(timedelta(seconds=15))
                lines = [_line(row) for row in engine.views.journal(kind, f"{life}")]
                travelled = {tuple(line[name] for name in ARROW) for line in lines if line["row"] is not None}
                if travelled - seen:
                    seen |= travelled
                    yield lines


def _events(table: Table, chance: Random) -> Iterator[Event]:
    """Mostly what a table knows in the order in which it lists it, with something else in between."""
    data = SPACES[table.machine.kind][1]
    rows = [row for row in table.rows if chance.random() < 0.7]
    for row in sorted(rows, key=lambda _: chance.random())[:LENGTH] if chance.random() < 0.5 else rows:
        names = [row.trigger, *row.signals]
        asked = chance.random() < 0.5
        name = row.trigger if asked else chance.choice(names)
        told: Facts = {"locker_id": "L", "bloq_id": "B", "expiry_at": LATER, **chance.choice(data)}
        yield Event(name=name, at=ManualClock().now(), by=Cause.API if asked else Cause.WEBHOOK, asked=asked, data=told)


def _arrival(kind: str, key: str, name: str, event: Event) -> Arrival:
    return Arrival(source="told", external_id=name, system="x", event=event, raw=b"", kind=kind, key=key)


def _line(row: JournalRow) -> dict[str, Any]:
    told = {name: getattr(row, name) for name in ("seq", "name", "outcome", *ARROW, "inferred", "asked", "by")}
    return {**told, "outcome": Outcome(row.outcome).value}


def main() -> None:
    """Record what is not recorded yet."""
    FOLDER.mkdir(exist_ok=True)
    for kind, table in catalogue().items():
        file = FOLDER / f"{kind}-{version('parcelflow')}.json"
        if not file.exists():
            told = [",\n ".join(json.dumps(line) for line in lines) for lines in recorded(table)]
            file.write_text(f'{{"kind": "{kind}", "histories": [\n[' + "],\n[".join(told) + "]\n]}\n")


if __name__ == "__main__":
    main()
