"""A simulator in this process with the kit's hooks, and what it told of the rents of the document's stories.

May not judge. Non-obvious choice: a recording comes out of the simulator and not out of the machines' tables, because the reader
of recordings is made of these; the simulator shares nothing with them.
"""

from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from typing import Any

from parts.kit_servers import hooks

from parcelflow.conformance.bench import Bench
from parcelflow.conformance.driver import Application, AsgiDriver
from parcelflow.conformance.furnishing import furnish
from parcelflow.conformance.levels import Level, suite
from parcelflow.conformance.probe import acquainted
from parcelflow.conformance.readings import Readings
from parcelflow.conformance.runner import Runner
from parcelflow.simulator import Clock, World, create_app
from parcelflow.simulator.handle import START


@contextmanager
def benched(app: Application | None = None) -> Generator[Bench]:
    """A furnished bench over a fresh simulator, or over what is given for one."""
    served = create_app(World(clock=Clock(frozen_at=START))) if app is None else app
    with AsgiDriver(served, base_path="/bloqit", api_key="pretend-bloqit-key") as driver:
        bench = Bench(driver, hooks())
        furnish(bench)
        yield bench


def runner_of(bench: Bench, kind: str) -> Runner:
    """A runner that has found out how the server reads."""
    return acquainted(bench, kind, Readings(strict=True), prefix="walked")[1]


@cache
def lives() -> tuple[tuple[str, tuple[dict[str, Any], ...]], ...]:
    """(rent type, events) of every rent that the document's stories make, as the simulator tells them, with their instants."""
    world = World(clock=Clock(frozen_at=START))
    found: list[tuple[str, tuple[dict[str, Any], ...]]] = []
    with benched(create_app(world)) as bench:
        for kind in ("store", "send", "delivery", "return"):
            runner = runner_of(bench, kind)
            told = len(world.bloqit.hooks.history)
            for _, word in suite(runner.oracle, Level.SMOKE).stories:
                assert not runner.run(word).findings
            rents: dict[str, list[dict[str, Any]]] = {}
            for at, event in world.bloqit.hooks.history[told:]:
                if event["rent"] is not None:
                    rents.setdefault(str(event["rent"]), []).append({**event, "createdAt": at.isoformat()})
            found += ((kind, tuple(events)) for events in rents.values())
    return tuple(found)
