"""The work that is timed: lives of deliveries, told event by event as their remote would tell them.

May not know how a message is kept. Non-obvious choice: keys and ids are scattered over the whole range of what they could be (a
multiplication modulo 2**32, no two alike), as those of the vendors are; counted ones would only ever touch the right edge of an
index, which is always in memory.
"""

import json
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

from sqlalchemy import Table as SqlTable
from sqlalchemy import inspect

from parcelflow.engine import CaseRow, Engine, Habits, Ports
from parcelflow.machines import Answer, Arm, Arrival, Caller, Case, Cause, Done, Effect, Event, Facts, Table, TryLater, table_of

KIND = "delivery"
BEGAN = datetime.now(UTC)
PLACE: Facts = {"locker_id": "5d5a6e83d1682b7194fc5f9c", "bloq_id": "5d5a6e83d1682b7194fc5f91"}
LIMITS: Facts = {
    "dropoff_limit_at": (BEGAN + timedelta(days=30)).isoformat(),
    "expiry_at": (BEGAN + timedelta(days=60)).isoformat(),
}
"""Far away: a timer is set and cancelled by each life, and none is ever due."""
SENDERS = 64
"""Threads that accept together; what waits for the same fsync is written together."""


@dataclass(frozen=True, slots=True)
class Told:
    """One event of one case: `case` is its number, `step` the place in `LIFE`."""

    case: int
    step: int


def machine() -> Table:
    """The delivery's compiled machine."""
    return table_of(KIND)


def everyday() -> tuple[Arm, ...]:
    """The arms of a delivery's everyday life, from reservation to the end."""
    table = machine()
    return tuple(next(arm for arm in table.arrows if arm.row.id == row) for row in table.machine.happy)


LIFE = everyday()
OPEN_AFTER = next(number for number, arm in enumerate(LIFE, 1) if arm.target == "in_progress")
"""Steps after which a delivery lies in its locker, with a timer running."""


def token(number: int) -> str:
    """What names case `number` and nothing else: nine hexadecimal digits, the last one 1 (cases that are copied in have 0)."""
    return f"{(number * 2_654_435_761 + 0x9E3779B9) % 2**32:08x}1"


def key(name: str) -> str:
    """Our key of the case that a token names."""
    return f"d-{name}"


def arrival(told: Told, *, name: str | None = None) -> Arrival:
    """The message that tells an event, as the receiver makes it of a verified webhook.

    Args:
        told: Which event of which case.
        name: The case's token, when it is no numbered one.
    """
    name = name or token(told.case)
    signal = LIFE[told.step].row.signals[0]
    data = {**PLACE, **LIMITS} if told.step == 0 else PLACE
    body = {"_id": f"{name}-{told.step}", "codeName": signal, "rent": f"r-{name}", "bloq": PLACE["bloq_id"], "metadata": {}}
    event = Event(
        name=signal,
        at=BEGAN + timedelta(seconds=told.step),
        by=Cause.WEBHOOK,
        data=data,
        evidence=f"bloqit webhook {name}-{told.step}",
    )
    return Arrival(
        source="bloqit",
        external_id=f"{name}-{told.step}",
        system="bloqit",
        event=event,
        raw=json.dumps(body).encode(),
        kind=KIND,
        key=key(name),
        remote_id=f"r-{name}",
    )


def restored(step: int) -> tuple[Case, Event]:
    """A case before a step of its life and the event that takes it, for who decides without the engine."""
    told = arrival(Told(0, step))
    arm = LIFE[step]
    return Case(kind=KIND, key=told.key or "", state=arm.source, facts=PLACE), told.event


def lives(first: int, count: int, *, one_by_one: bool = False) -> list[Told]:
    """The events of whole lives, in the order in which they come.

    Args:
        first: Number of the first case.
        count: How many cases.
        one_by_one: Whether a case is finished before the next begins, or all of them take each step together.
    """
    cases, steps = range(first, first + count), range(len(LIFE))
    if one_by_one:
        return [Told(case, step) for case in cases for step in steps]
    return [Told(case, step) for step in steps for case in cases]


def opened(
    file: Path, callers: Mapping[str, Caller] | None = None, *, ports: Ports | None = None, habits: Habits | None = None
) -> Engine:
    """An engine that knows deliveries. Default links are asked and find nobody to tell; telling would be events of their own."""
    return Engine(file, {KIND: machine()}, callers or {}, ports=ports, habits=habits)


def accept_all(engine: Engine, events: Sequence[Told]) -> None:
    """Have everything accepted before the clock runs, by many threads, and yet each case's events in their order."""
    with ThreadPoolExecutor(SENDERS) as pool:
        for step in range(len(LIFE)):
            assert all(pool.map(engine.accept, [arrival(told) for told in events if told.step == step]))


CASE_TABLE = cast("SqlTable", inspect(CaseRow).local_table).name
"""Where the file has cases: `kind`, `key` and `state` of it are the engine's vocabulary, and are relied upon."""


class Slow:
    """A caller that takes as long as a remote does, and remembers nothing.

    Args:
        seconds: That each call takes.
        answer: Of a call; a look-up never proves anything.
    """

    def __init__(self, seconds: float, answer: Answer | None = None) -> None:
        self._pause = threading.Event()
        self._seconds = seconds
        self._answer = answer or Done()

    def call(self, effect: Effect, key: str) -> Answer:  # noqa: ARG002 - the port's names
        """Take the time."""
        self._pause.wait(self._seconds)
        return self._answer

    def look_up(self, effect: Effect, key: str) -> Answer:  # noqa: ARG002 - the port's names
        """Take the time, and learn that it did not happen."""
        self._pause.wait(self._seconds)
        return TryLater("it did not happen", timedelta(minutes=1))
