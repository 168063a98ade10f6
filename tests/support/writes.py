"""What the engine's code writes in one busy life, statement by statement: recorded, kept as data, and written again.

May not look at what it writes. It is run by hand (`python tests/support/writes.py`) as long as a version of the schema is not
released, and never after: what it kept for a version is what code of that version does, whatever becomes of the code.
Non-obvious choice: what is kept is SQL with its values and not a database, because the question of a rolling upgrade is whether
a newer schema takes what older code writes into it.
"""

import json
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeAlias, cast

import pytest
from postgres import schema, server
from psycopg import Binary
from psycopg.types.json import Json

from parcelflow.engine import CountedIds, Crash, Engine, ManualClock, Place, Ports, Store
from parcelflow.engine.schema import VERSIONS
from parcelflow.engine.statements import Statement, Values
from parcelflow.engine.tx import NOTHING, Later, Tx
from parcelflow.machines import Answer, Arrival, Caller, Cause, Done, Effect, Event, TryLater, Unknown, catalogue

FOLDER = Path(__file__).parents[2] / "engine" / "migrations"
Write: TypeAlias = tuple[str, list[Sequence[Any]]]
"""A statement, and the values that it was run with, once for each."""
HERE = {"locker_id": "L", "bloq_id": "B", "expiry_at": "2026-01-03T00:00:00+00:00"}
TOLD = ("rent.started", "rent.in_progress", "rent.collect_item", "rent.price_calculation", "rent.finished")


class Remote:
    """Does what is asked, but for two parcels."""

    def call(self, effect: Effect, key: str) -> Answer:
        """One call."""
        if effect.kind == "order":
            return TryLater("503", timedelta(hours=1))
        if effect.trigger == "make_requested" and effect.case_key == "unsure":
            return Unknown("the answer was lost on its way back")
        return Done({"locker_id": "L1", "key": key}, remote_id=f"remote-{effect.kind}-{effect.case_key}")

    def look_up(self, effect: Effect, key: str) -> Answer:
        """Nothing is known."""
        return Unknown(f"nothing is known of {key} of {effect.case_key}")


def live(place: Place) -> None:
    """A life in which everything is written that the engine ever writes, and that ends with a call out."""
    clock = ManualClock()
    deadly: set[str] = set()

    def reach(point: str) -> None:
        if point in deadly:
            raise Crash(point)

    callers: dict[str, Caller] = dict.fromkeys(("bloqit", "blink", "logistics"), Remote())
    with Engine(place, catalogue(), callers, ports=Ports(clock=clock, ids=CountedIds(), reach=reach)) as engine:
        for key in ("unsure", "early", "due", "finished", "claimed"):
            engine.ask("delivery", key, "create_with_locker", data=HERE)
        engine.drain()
        for number, name in enumerate(TOLD):
            engine.accept(_told(f"{number}", "finished", name, clock.now()))
        engine.accept(_told("parked", None, "rent.started", clock.now()))
        engine.drain()
        engine.ask("delivery", "unsure", "make_requested", data=HERE)
        engine.ask("delivery", "unsure", "cancel_requested", data=HERE)
        engine.drain()
        clock.advance(timedelta(hours=11))  # silent cases are looked at, one after another
        for _ in range(10):
            engine.drain()
            clock.advance(timedelta(seconds=30))
        engine.accept(_told("order", "1", "order_webhook", clock.now(), kind="order"))
        engine.ask("order", "1", "accept", data=HERE)
        engine.drain()
        engine.accept(_told("early", "early", "rent.in_progress", clock.now()))
        engine.drain()
        engine.ask("delivery", "claimed", "make_requested", data=HERE)
        deadly.add("called")
        with suppress(Crash):
            engine.drain()


def _told(name: str, key: str | None, event: str, now: datetime, *, kind: str = "delivery") -> Arrival:
    remote_id = None if key else "remote-delivery-late"
    happened = Event(name=event, at=now, by=Cause.WEBHOOK, data={"type": "DELIVERY"})
    return Arrival(
        source="remote",
        external_id=name,
        system="bloqit",
        event=happened,
        raw=b"{}",
        kind=kind if key else None,
        key=key,
        remote_id=remote_id,
    )


@contextmanager
def listening() -> Generator[list[Write]]:
    """What is written meanwhile."""
    heard: list[Write] = []
    run, execute = Tx.run_later, Tx.execute

    def heard_run(self: Tx, statement: Statement, values: Values = NOTHING) -> Later[int]:
        heard.append((statement.on(self.dialect).sql, [statement.on(self.dialect).encode(values, None)]))
        return run(self, statement, values)

    def heard_execute(self: Tx, encoded: Write) -> Later[int]:
        if encoded[1]:
            heard.append(encoded)
        return execute(self, encoded)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Tx, "run_later", heard_run)
        patch.setattr(Tx, "execute", heard_execute)
        yield heard


def written_again(place: Place, writes: Iterable[Write]) -> None:
    """Write what was recorded, each as a transaction of its own."""
    store = Store(place)
    try:
        for sql, rows in writes:
            with store.writing() as tx:
                tx.execute((sql, rows))
    finally:
        store.close()


def kept(version: str, dialect: str) -> list[Write]:
    """What code of a version writes."""
    told = json.loads((FOLDER / f"writes_{version}_{dialect}.json").read_text())
    return [(told["statements"][number], [_values(row) for row in rows]) for number, rows in told["writes"]]


def keep(version: str, dialect: str, writes: list[Write]) -> None:
    """Write down what code of a version writes."""
    statements = list(dict.fromkeys(sql for sql, _ in writes))
    lines = ",\n".join(json.dumps([statements.index(sql), rows], default=_plain) for sql, rows in writes)
    told = f'{{"statements": {json.dumps(statements, indent=1)},\n"writes": [\n{lines}\n]}}\n'
    (FOLDER / f"writes_{version}_{dialect}.json").write_text(told)


def _plain(value: object) -> dict[str, Any]:
    match value:
        case datetime():
            return {"instant": value.isoformat()}
        case timedelta():
            return {"seconds": value.total_seconds()}
        case bytes() | memoryview():
            return {"bytes": value.hex()}
        case Binary():
            return {"bytes": value.obj.hex()}
        case Json():
            return {"json": value.obj}
        case _:
            raise TypeError(f"{value!r} is nothing that the engine writes")


def _values(row: Sequence[Any]) -> list[Any]:
    return [_value(cell) for cell in row]


def _value(cell: object) -> object:
    if not isinstance(cell, dict):
        return cell
    ((kind, told),) = cast("dict[str, Any]", cell).items()
    match kind:
        case "instant":
            return datetime.fromisoformat(told)
        case "seconds":
            return timedelta(seconds=told)
        case "bytes":
            return bytes.fromhex(told)
        case _:
            return Json(told)


def main() -> None:
    """Keep what the present code writes."""
    with TemporaryDirectory() as folder, listening() as writes:
        live(Path(folder) / "x.db")
        keep(VERSIONS[-1], "sqlite", writes)
    with server() as url, schema(url) as place, listening() as writes:
        live(place)
        keep(VERSIONS[-1], "postgresql", writes)


if __name__ == "__main__":
    main()
