"""Recipe of `tests/data/populated-0001.sql`: a database as version 0001 left it, with something in every state that there was.

May not be run with the present code: it is kept because it made the file, with the engine of commit aee2403 and that one's fields
(`python tests/support/populate_0001.py FILE` with a folder first on PYTHONPATH in which `parcelflow` is a checkout of it).
Non-obvious choice: it reaches inside, to stop between a call's settlement and its decision while another call is out.
"""

import sqlite3
import sys
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

from parcelflow.engine import CountedIds, Crash, Engine, ManualClock, Ports
from parcelflow.machines import Answer, Arrival, Cause, Done, Effect, Event, Facts, TryLater, Unknown, catalogue

HERE: Facts = {"locker_id": "L", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00"}


class Remote:
    """Does what is asked, but for two parcels."""

    def call(self, effect: Effect, key: str) -> Answer:
        """One call."""
        if effect.trigger == "make_requested" and effect.case_key == "open":
            return TryLater("503", timedelta(hours=1))
        if effect.trigger == "make_requested" and effect.case_key == "unsure":
            return Unknown("the answer was lost on its way back")
        return Done({"locker_id": "L1", "key": key}, remote_id=f"remote-{effect.kind}-{effect.case_key}")

    def look_up(self, _effect: Effect, _key: str) -> Answer:
        """Nothing is known."""
        return Unknown("not yet")


class Past:
    """What happened, in its order."""

    def __init__(self, engine: Engine, clock: ManualClock) -> None:
        self._engine = engine
        self._clock = clock
        self._told = 0

    def tell(self, kind: str | None, key: str | None, name: str, remote_id: str | None = None) -> None:
        """A remote tells something."""
        self._told += 1
        event = Event(name=name, at=self._clock.now(), by=Cause.WEBHOOK, data={"type": "DELIVERY"})
        arrival = Arrival(
            source="remote",
            external_id=f"{self._told}",
            system="bloqit",
            event=event,
            raw=b"{}",
            kind=kind,
            key=key,
            remote_id=remote_id,
        )
        self._engine.accept(arrival)

    def ask(self, kind: str, key: str, name: str) -> None:
        """Somebody wants something."""
        self._engine.ask(kind, key, name, data=HERE)


def populate(file: Path) -> None:
    """Make the database."""
    clock = ManualClock()
    deadly: list[str] = []

    def reach(point: str) -> None:
        if point in deadly:
            raise Crash(point)

    callers = cast("Any", dict.fromkeys(("bloqit", "blink", "logistics"), Remote()))
    with Engine(file, catalogue(), callers, ports=Ports(clock=clock, ids=CountedIds(), reach=reach)) as engine:
        past = Past(engine, clock)
        for key in ("open", "unsure", "early", "timer", "finished", "undecided", "claimed"):
            past.ask("delivery", key, "create_with_locker")
            engine.drain()
        for key, last in (("timer", 2), ("finished", 5)):
            for name in ("rent.started", "rent.in_progress", "rent.collect_item", "rent.price_calculation", "rent.finished")[
                :last
            ]:
                past.tell("delivery", key, name)
                engine.drain()
        past.tell("order", "1", "order_webhook")
        past.ask("order", "1", "accept")
        past.tell(None, None, "rent.started", "remote-delivery-late")
        engine.drain()
        for key, name in (("open", "make_requested"), ("open", "cancel_requested"), ("unsure", "make_requested")):
            past.ask("delivery", key, name)
            engine.drain()
        past.tell("delivery", "early", "rent.in_progress")
        engine.drain()
        clock.advance(timedelta(milliseconds=1))
        inside = cast("Any", engine)
        for key in ("undecided", "claimed"):
            past.ask("delivery", key, "make_requested")
        while inside._decide_one():
            pass
        inside._outbox.work_one()
        deadly.append("called")
        with suppress(Crash):
            inside._outbox.work_one()


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        made = Path(folder) / "x.db"
        populate(made)
        with closing(sqlite3.connect(made)) as database:
            Path(sys.argv[1]).write_text("\n".join(database.iterdump()) + "\n")
