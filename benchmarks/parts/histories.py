"""What an engine leaves behind of a case, recorded: step by step, and as the rows of a whole history.

May not time anything. Non-obvious choice: a call that is under way is recorded from an engine whose process really died while it
called; whatever the engine writes on its way there, that is what a restart finds.
"""

import multiprocessing
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import NoReturn, TypeAlias

from parcelflow.engine import Engine, Habits, ManualClock, Ports
from parcelflow.machines import Arrival, Cause, Effect, Event, TryLater

from .database import Snapshot, TableShape, bare, shapes, snapshot
from .recording import Change, Comparison, Write, changes
from .workload import BEGAN, KIND, LIFE, OPEN_AFTER, Slow, Told, arrival, key, opened, token

Make: TypeAlias = Callable[[Path, int], None]
"""Has an engine make the history of one more case in a file."""
LONG_AGO = timedelta(days=1)
FOR_NOBODY = 50
"""More than three cases have messages."""
SCRATCH, FIRST, SECOND = 0, 1, 2
"""Cases: one that takes whatever only happens once, and the two that are compared."""


@dataclass(frozen=True, slots=True)
class LifeForms:
    """What is written at each step of a life: when its message is accepted, when it is decided, and for both at once."""

    accepted: tuple[tuple[Write, ...], ...]
    decided: tuple[tuple[Write, ...], ...]
    at_once: tuple[tuple[Write, ...], ...]


@dataclass(frozen=True, slots=True)
class History:
    """The rows of one case's whole history, all of them inserted."""

    writes: tuple[Write, ...]


def shaped(folder: Path) -> dict[str, TableShape]:
    """The tables that an engine makes."""
    file = folder / "shapes.db"
    opened(file).stop()
    with bare(file) as connection:
        return shapes(connection)


def life_forms(folder: Path) -> LifeForms:
    """Record an everyday life.

    Args:
        folder: Where the file may be.
    """
    tables = shaped(folder)
    apart = _recorded(folder / "life.db", tables, Habits())
    together = _recorded(folder / "life-at-once.db", tables, Habits(at_once=True))
    assert not any(decided for _, decided in together), "what is decided at once leaves nothing to be decided"
    return LifeForms(
        tuple(accepted for accepted, _ in apart),
        tuple(decided for _, decided in apart),
        tuple(accepted for accepted, _ in together),
    )


def _recorded(file: Path, tables: dict[str, TableShape], habits: Habits) -> list[tuple[tuple[Write, ...], tuple[Write, ...]]]:
    """What accepting each step's message writes, and what draining writes after that."""
    found: dict[int, list[tuple[list[Change], list[Change]]]] = {}
    with opened(file, habits=habits) as engine:
        _tell_nobody(engine)
        for case in (SCRATCH, FIRST, SECOND):
            found[case] = [_step(engine, file, tables, told=Told(case, step)) for step in range(len(LIFE))]
    comparison = Comparison(tables, (token(FIRST), token(SECOND)))
    return [
        (comparison.step(one[0], other[0]), comparison.step(one[1], other[1]))
        for one, other in zip(found[FIRST], found[SECOND], strict=True)
    ]


def _step(engine: Engine, file: Path, tables: dict[str, TableShape], *, told: Told) -> tuple[list[Change], list[Change]]:
    shots = [_shot(file)]
    engine.accept(arrival(told))
    shots.append(_shot(file))
    engine.drain()
    shots.append(_shot(file))
    first, second = (changes(old, new, tables, token(told.case)) for old, new in pairwise(shots))
    return first, second


def _shot(file: Path) -> Snapshot:
    with bare(file) as connection:
        return snapshot(connection)


def _tell_nobody(engine: Engine) -> None:
    """Tell what concerns no case, so that messages and what is made of them have no numbers in common by chance."""
    for number in range(FOR_NOBODY):
        event = Event(name="bloq.bloq_offline", at=BEGAN, by=Cause.WEBHOOK, evidence="a message that concerns no case")
        engine.accept(Arrival(source="bloqit", external_id=f"nobody-{number}", system="bloqit", event=event, raw=b"{}"))
    engine.drain()


def history(folder: Path, make: Make) -> History:
    """Record the rows that `make` leaves of a case."""
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        file, tables = Path(scratch) / "history.db", shaped(Path(scratch))
        with opened(file) as engine:
            _tell_nobody(engine)
        shots: list[Snapshot] = []
        for case in (SCRATCH, FIRST, SECOND):
            make(file, case)
            shots.append(_shot(file))
    one, other = (
        [change for change in changes(shots[case - 1], shots[case], tables, token(case)) if _is_of(change, token(case))]
        for case in (FIRST, SECOND)
    )
    return History(Comparison(tables, (token(FIRST), token(SECOND))).step(one, other))


def _is_of(change: Change, name: str) -> bool:
    """Whether a row was inserted for the case; a start may also write what concerns the cases before it."""
    return change[1] == "insert" and any(name in str(value) for value in change[3].values())


def finished(file: Path, case: int) -> None:
    """A life that is over."""
    with opened(file) as engine:
        _live(engine, case, len(LIFE))


def lying(file: Path, case: int) -> None:
    """A parcel in its locker; a timer says until when."""
    with opened(file) as engine:
        _live(engine, case, OPEN_AFTER)


def waiting(file: Path, case: int) -> None:
    """A parcel in its locker whose door is to be opened: a call that is due, and nobody has begun it."""
    clock = ManualClock(BEGAN - LONG_AGO)
    later = Slow(0, TryLater("the bloq is busy", timedelta(seconds=1)))
    with opened(file, {"bloqit": later}, ports=Ports(clock=clock)) as engine:
        _live(engine, case, OPEN_AFTER)
        engine.ask(KIND, key(token(case)), "open_requested", request_id=f"{token(case)}-open")
        engine.drain()


def under_way(file: Path, case: int) -> None:
    """A parcel in its locker whose door was being opened when the process died."""
    process = multiprocessing.get_context("spawn").Process(target=_die_calling, args=(file, case))
    process.start()
    process.join()
    assert process.exitcode == _Fatal.STATUS, "it did not die of its call"


def _die_calling(file: Path, case: int) -> None:
    engine = opened(file, {"bloqit": _Fatal()})
    _live(engine, case, OPEN_AFTER)
    engine.ask(KIND, key(token(case)), "open_requested", request_id=f"{token(case)}-open")
    engine.drain()


class _Fatal(Slow):
    """A caller that the process does not survive."""

    STATUS = 77

    def __init__(self) -> None:
        super().__init__(0)

    def call(self, effect: Effect, key: str) -> NoReturn:  # noqa: ARG002 - the port's names
        """Die as a SIGKILL would have it: nothing is tidied up."""
        os._exit(self.STATUS)


def _live(engine: Engine, case: int, steps: int) -> None:
    for step in range(steps):
        engine.accept(arrival(Told(case, step)))
        engine.drain()
