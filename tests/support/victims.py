"""Processes to kill: what `parcelflow run` runs, with a customer in it, forked from a process that has imported everything.

May not be spared: each is ended by SIGKILL, and only what it had said before counts. Non-obvious choice: a fork has nothing to
import, so that five hundred lives take minutes; what is killed is a process of its own all the same, with its own threads,
files and sockets. It speaks into a named pipe, whose end of file is the proof that it is dead.
"""

import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from pathlib import Path
from select import select
from threading import Event
from typing import IO, Any

import pytest
from sqlalchemy import select as rows_of

from parcelflow.console import service
from parcelflow.console.settings import load
from parcelflow.engine import Engine, Habits, Manners, Ports, SystemClock
from parcelflow.engine.distributed import Procrastinate
from parcelflow.engine.statements import Statement
from parcelflow.engine.store import CASE
from parcelflow.machines import Caller, Facts, StoreFailedError, Table

log = logging.getLogger(__name__)

BLOQ = "5d5a6e83d1682b7194fc5f91"
LOCKERS = tuple(f"{int('5d5a6e83d1682b7194fc5f9c', 16) + number:024x}" for number in range(5))
OVER = ("finished", "delivered", "rejected")
BEGUN = 4
"""New things that a customer wants in one life, doors not counted."""
TICK = 0.05
NEXT = {
    ("delivery", "reserved"): "make_requested",
    ("delivery", "in_progress"): "collect_requested",
    ("delivery", "created"): "cancel_requested",
    ("delivery", "cancelled"): "finish_requested",
    ("order", "pending"): "accept",
    ("order", "accepted"): "deliver",
}
"""What a customer wants of a case in a state."""
_UNFINISHED = (CASE.c.state != state for state in OVER)
OPEN = Statement(rows_of(CASE.c.kind, CASE.c.key, CASE.c.state, CASE.c.version).where(*_UNFINISHED).order_by(CASE.c.opened_at))
LEASE = timedelta(seconds=4)
"""Longer than the simulator keeps anything waiting, and shorter than a life."""


@dataclass(frozen=True, slots=True)
class Birth:
    """What a victim is told.

    Attributes:
        folder: Its settings, and its database unless there is a shared one.
        pipe: Where it speaks.
        life: Its number; what it begins is called after it.
        port: Of its receiver.
        place: A shared database; empty for none.
        doors: Numbers of the lockers that its customer uses.
    """

    folder: str
    pipe: str
    life: int
    port: int
    place: str = ""
    doors: tuple[int, ...] = (0, 1, 2, 3, 4)


def live(birth: Birth) -> None:
    """One life, until somebody ends it."""
    os.dup2(os.open(birth.pipe, os.O_WRONLY), 1)
    _say(str(os.getpid()))
    folder = Path(birth.folder)
    settings = load(folder).model_copy(update={"port": birth.port})
    if birth.place:
        service.Engine = _sharing(birth.place)
    with service.running(folder, settings) as running:
        _say("up")
        customer, pause = Customer(running.engine, birth), Event()
        while True:
            try:
                customer.look()
            except StoreFailedError:  # nothing was answered, and the wish is told again
                log.exception("life %s", birth.life)
            pause.wait(TICK)


def _sharing(place: str) -> type[Engine]:
    """An engine on a shared database, where the console would have made one on a file."""

    class Shared(Engine):
        """The same engine elsewhere."""

        def __init__(
            self, _file: Path, tables: dict[str, Table], callers: dict[str, Caller], *, ports: Ports, habits: Habits
        ) -> None:
            driver, manners = Procrastinate(place, SystemClock()), Manners(lease=LEASE)
            shared = replace(habits, driver=driver, manners=manners, sweep=timedelta(seconds=1))
            super().__init__(place, tables, callers, ports=ports, habits=shared)

    return Shared


@contextmanager
def idle(folder: Path, clock: SystemClock, place: str = "") -> Generator[Engine]:
    """An engine for whoever sorts out what victims left behind."""
    with pytest.MonkeyPatch.context() as patch:
        if place:
            patch.setattr(service, "Engine", _sharing(place))
        with service.idle_engine(folder, load(folder), clock) as engine:
            yield engine


def _say(word: str) -> None:
    os.write(1, f"{word}\n".encode())


class Customer:
    """Wants things, as long as the process lives, and says what was answered."""

    def __init__(self, engine: Engine, birth: Birth) -> None:
        self._engine = engine
        self._birth = birth
        self._begun = 0
        self._told: set[str] = set()

    def look(self) -> None:
        """Want whatever comes next of each case, and something new."""
        with self._engine._store.reading() as tx:  # pyright: ignore[reportPrivateUsage] - views would read what is finished, too
            found = tx.all(OPEN)
        busy: set[int] = set()
        for kind, key, state, version in found:
            number = int(key.split("-")[1]) if key.startswith("door-") else None
            if number is not None and state != "absent":
                busy.add(number)
            wish = NEXT.get((kind, state))
            if wish is not None and (number is None or number in self._birth.doors):
                self._ask(kind, key, wish, name=f"{key}/{wish}/{version}", data={"locker_empty": True})
        self._begin(busy)

    def _begin(self, busy: set[int]) -> None:
        life = self._birth.life
        for door in set(self._birth.doors) - busy:
            key = f"door-{door}-{life}"
            self._ask("delivery", key, "create_with_locker", name=key, data={"bloq_id": BLOQ, "locker_id": LOCKERS[door]})
        if self._begun < BEGUN:
            self._begun += 1
            key = f"{life}-{self._begun}"
            self._ask("delivery", f"box-{key}", "create_without_locker", name=f"box-{key}", data={"bloq_id": BLOQ})
            self._ask("task", f"task-{key}", "task_created", name=f"task-{key}", data=TASK)

    def _ask(self, kind: str, key: str, wish: str, *, name: str, data: Facts) -> None:
        if name not in self._told:
            self._engine.ask(kind, key, wish, data=data, request_id=name)
            self._told.add(name)
            _say(name)


TASK: Facts = {
    "branch_id": "12345",
    "customer_name": "Ann",
    "customer_address": "Tonglong station",
    "customer_phone": "+923300000000",
    "lat": "27.4654584",
    "lng": "64.846548",
    "payment_type": "ONLINE",
    "sub_total": 1,
    "tax": 0,
    "discount": 0,
    "pickup_at": "2099-01-01T00:00:00+00:00",
    "delivery_at": "2099-01-01T01:00:00+00:00",
    "delivery_charges": 0,
}


def nursery() -> None:
    """Fork one for each line, until there are no more."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them: the end of the pipe says it
    for line in sys.stdin:
        told: dict[str, Any] = json.loads(line)
        if os.fork() == 0:
            try:
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                live(Birth(**told))
            except BaseException:
                log.exception("life %s", line)
                raise
            finally:
                os._exit(1)


class Victim:
    """A process, as whoever kills it hears it.

    Args:
        pipe: Where it speaks.
    """

    def __init__(self, pipe: Path) -> None:
        self._pipe = pipe.open("rb", buffering=0)
        self._rest = b""
        self.said: list[str] = []

    def listen(self, seconds: float) -> bool:
        """Hear it until it is silent for so long, or has spoken; whether it lives."""
        if not select([self._pipe], [], [], seconds)[0]:
            return True
        heard = self._pipe.read(65536) or b""
        *words, self._rest = (self._rest + heard).split(b"\n")
        self.said += [word.decode() for word in words]
        return bool(heard)

    def is_up(self) -> bool:
        """Wait until it works; False if it died over it, because its predecessor's lock or the database was not free yet."""
        while "up" not in self.said:
            if not self.listen(60):
                return False
        return True

    def kill(self) -> list[str]:
        """End it; what it has answered until its last instant."""
        with suppress(ProcessLookupError):
            os.kill(int(self.said[0]), signal.SIGKILL)
        while self.listen(60):
            pass
        self._pipe.close()
        return self.said[2:]


@dataclass(slots=True)
class Nursery:
    """Where victims come from.

    Attributes:
        births: Takes them.
        folder: Settings, pipes and log.
        place: A shared database; empty for a file in the folder.
        lives: How many there were.
    """

    births: IO[str]
    folder: Path
    place: str = ""
    lives: int = 0

    def bear(self, port: int, doors: tuple[int, ...] = (0, 1, 2, 3, 4)) -> Victim:
        """A process at work."""
        for _ in range(100):
            self.lives += 1
            pipe = self.folder / f"{self.lives}.pipe"
            os.mkfifo(pipe)
            told = asdict(Birth(str(self.folder), str(pipe), self.lives, port, self.place, doors))
            self.births.write(json.dumps(told) + "\n")
            self.births.flush()
            victim = Victim(pipe)
            pipe.unlink()
            if victim.is_up():
                return victim
            victim.kill()
        raise AssertionError((self.folder / "log").read_text()[-3000:])


@contextmanager
def nursery_in(folder: Path, place: str = "") -> Generator[Nursery]:
    """A nursery, closed at the end."""
    words = (sys.executable, __file__)
    with (folder / "log").open("w") as log, subprocess.Popen(words, stdin=subprocess.PIPE, stderr=log, text=True) as process:
        assert process.stdin is not None
        yield Nursery(process.stdin, folder, place)


if __name__ == "__main__":
    nursery()
