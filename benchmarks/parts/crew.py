"""Worker processes: four real ones, started once, that each do the work of whichever contender they are told to.

May not measure. Non-obvious choice: a process is kept and told its next role, since four interpreters that start on two cores
take longer than what is measured; what a role needs (engine, connections, threads) is made for it and ended with it.
"""

import multiprocessing
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import TypeAlias, cast

MOST = 4
PATIENCE = 120
"""Seconds after which a worker that says nothing is taken for lost."""

Role: TypeAlias = Callable[[str, list[str]], AbstractContextManager[Callable[[], object]]]
"""Given a database and a list for the names of calls that are made: makes ready, and gives what begins the work."""


class Shift:
    """Workers that are ready for one role.

    Args:
        lines: To each of them.
    """

    def __init__(self, lines: list[Connection]) -> None:
        self._lines = lines
        self.calls: Counter[str] = Counter()
        """Calls that they made, by name; known when the shift is over."""

    def begin(self) -> None:
        """Have them work from now on."""
        for line in self._lines:
            line.send("go")


class Crew:
    """The processes.

    Args:
        lines: To each of them.
    """

    def __init__(self, lines: list[Connection]) -> None:
        self._lines = lines

    @contextmanager
    def shift(self, role: Role, url: str, workers: int) -> Generator[Shift]:
        """Some of them in a role at a database, ready and not yet at work; what they called is counted at the end."""
        lines = self._lines[:workers]
        for line in lines:
            line.send((role, url))
        for line in lines:
            _heard(line)
        shift = Shift(lines)
        try:
            yield shift
        finally:
            for line in lines:
                line.send("stop")
        for line in lines:
            shift.calls.update(_heard(line))


@contextmanager
def crew() -> Generator[Crew]:
    """Start the processes, and end each of them."""
    context = multiprocessing.get_context("spawn")
    with ExitStack() as stack:
        lines: list[Connection] = []
        for _ in range(MOST):
            here, there = (cast("Connection", end) for end in multiprocessing.Pipe())  # its type has Windows' kind beside it
            process = context.Process(target=_work, args=(there,), daemon=True)
            process.start()
            stack.callback(_end, process, here)
            lines.append(here)
        yield Crew(lines)


def _end(process: SpawnProcess, line: Connection) -> None:
    line.send(None)
    process.join(10)
    if process.is_alive():
        process.kill()
        process.join()


def _heard(line: Connection) -> list[str]:
    assert line.poll(PATIENCE), "a worker is lost"
    return line.recv()


def _work(line: Connection) -> None:
    for role, url in _asked(line):
        calls: list[str] = []
        with role(url, calls) as begin:
            line.send([])
            if line.recv() == "go":
                begin()
                line.recv()
        line.send(calls)


def _asked(line: Connection) -> Iterator[tuple[Role, str]]:
    while (asked := line.recv()) is not None:
        yield asked
