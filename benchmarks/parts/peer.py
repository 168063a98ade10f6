"""The peer of the conformance kit: a schemathesis run on the OpenAPI document of a faulty server, links included.

May not judge: whoever compares counts what was found. Non-obvious choice: the peer is helped as much as a user could help it: it
is told the ids of bloqs and lockers, and what has nothing to do with the faults is left out. It ends by examples first and by the
clock only then, so that a busy machine does not make it blind. What it says of the clean server too is no find.
"""

import time
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from math import inf
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import schemathesis
from schemathesis import config, engine
from schemathesis.engine import events
from starlette.types import ASGIApp, Receive, Scope, Send

from parcelflow.simulator import World
from parcelflow.simulator.openapi import APIS, document
from parcelflow.simulator.words import Cause

from .faulty import Copy, Fault, copied, forget
from .faulty.reproductions import START

fuzzer: Any = schemathesis  # its types lean on packages that it does without, and are of no use to a checker
configs: Any = config
engines: Any = engine
told: Any = events

BUDGET = 60.0
"""Seconds for one server, where nobody says otherwise; it ends by itself before that where the machine has nothing else to do."""

EXAMPLES, SCENARIOS = 8, 40
"""Of one operation, and of operations that follow one another by links: some 1,700 requests to Bloq.it in one run."""

SEED = 1
LEARNING, AGAIN = range(SEED, SEED + 6), range(SEED + 6, SEED + 8)
"""Seeds of the runs on the clean server: before the first fault, and whenever something new is reported of one."""

LEFT_OUT = ("couriers", "customers", "labels", "locations")
"""Tags of operations that no fault is about."""

PREJUDICES = ("unsupported_method",)
"""Checks that a right server fails almost everywhere: no document says how a wrong method is answered."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a run on one faulty server came to.

    Attributes:
        fault: Its name.
        failures: What was reported of it and never of the clean server: operation and title of each failure.
        requests: How many were sent.
        seconds: How long it took, without the making of the copy.
    """

    fault: str
    failures: tuple[str, ...]
    requests: int
    seconds: float

    @property
    def found(self) -> bool:
        """Whether anything was reported."""
        return bool(self.failures)


def peer(fault: Fault, *, budget: float = BUDGET) -> Found:
    """Let the peer loose on a faulty server, in process.

    Args:
        fault: What is wrong with it.
        budget: Seconds for the run. The runs on the clean server come on top, once for each API.
    """
    accepted = _accepted(fault.api)
    with _copy(fault) as copy:
        begun = time.monotonic()
        reported, requests = _run(copy, fault.api, budget=budget, seed=SEED)
        seconds = time.monotonic() - begun
    doubts = reported - accepted
    if doubts:
        doubts -= _said_of_clean(fault.api, AGAIN)
    return Found(fault.name, tuple(sorted(doubts)), requests, seconds)


@cache
def _accepted(api: str) -> frozenset[str]:
    return _said_of_clean(api, LEARNING)


def _said_of_clean(api: str, seeds: range) -> frozenset[str]:
    """Everything that is reported of a clean server."""
    with _copy(None) as clean:
        found = [_run(clean, api, budget=inf, seed=seed)[0] for seed in seeds]
    return frozenset(failure for failures in found for failure in failures)


@contextmanager
def _copy(fault: Fault | None) -> Generator[Copy]:
    with TemporaryDirectory() as folder:
        copy = copied(fault, Path(folder))
        try:
            yield copy
        finally:
            forget(copy)


def _run(copy: Copy, api: str, *, budget: float, seed: int) -> tuple[set[str], int]:
    """What is reported in one run, and how many requests it took."""
    world = copy.World(clock=copy.Clock(frozen_at=START), sender=lambda _delivery: 200)
    cause = Cause("sim.blink.orders", "blink_app", "customer")
    for number in (1, 2):
        world.blink.place({"blink_order_id": f"o{number}"}, cause=cause)
    settings = configs.SchemathesisConfig.from_dict(_settings(world, api) | {"seed": seed})
    schema = fuzzer.openapi.from_dict(one_path_each(api), config=settings)
    schema.config.update(base_url=f"http://testserver{APIS[api].prefixes[0]}")
    schema.app = _answering(copy, world)
    reported: set[str] = set()
    requests, ends = 0, time.monotonic() + budget
    stream = engines.from_schema(schema).execute()
    for event in stream:
        if isinstance(event, told.ScenarioFinished):
            requests += len(event.recorder.interactions)
            reported.update(_failures(event.recorder.checks.values()))
            if time.monotonic() > ends:
                stream.stop()
    return reported, requests


def _failures(checked: Iterable[Iterable[Any]]) -> Iterator[str]:
    for check in (check for checks in checked for check in checks if check.failure_info is not None):
        yield f"{check.failure_info.failure.operation}: {check.failure_info.failure.title}"


def _answering(copy: Copy, world: World) -> ASGIApp:
    """The application as a server shows it: what it lets out after a 500 stays inside, and no worker lives as long as it."""
    app = copy.create_app(world)

    async def answering(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise NotImplementedError
        with suppress(Exception):  # whatever it is, it has been answered with 500: Starlette raises it for the log alone
            await app(scope, receive, send)

    return answering


def one_path_each(api: str) -> dict[str, Any]:
    """The document without the alternates of a path, and without what no fault is about."""
    known: dict[str, Any] = deepcopy(document(api))
    seen: set[str] = set()
    for path, methods in [*known["paths"].items()]:
        for method, operation in [*methods.items()]:
            if operation["x-operation"] in seen or operation["tags"][0] in LEFT_OUT:
                del known["paths"][path][method]
            seen.add(operation["x-operation"])
        if not known["paths"][path]:
            del known["paths"][path]
    return known


def _settings(world: World, api: str) -> dict[str, Any]:
    settings = world.settings
    blink = world.blink.login(settings.blink_username, settings.blink_password)
    headers: Mapping[str, dict[str, str]] = {
        "bloqit": {"X-API-KEY": settings.bloqit_api_key},
        "blink": {"Authorization": f"Bearer {blink}"},
        "logistics": {"Authorization": f"Bearer {settings.logistics_token}"},
    }
    bloqs = [*world.bloqit.bloqs.values()]
    known: Mapping[str, Sequence[str]] = {
        "bloqs": [bloq.id for bloq in bloqs],
        "lockers": [locker.id for bloq in bloqs for locker in bloq.lockers],
        "orders": [*world.blink.orders],
        "keys": ["k1", "k2"],
        "tasks": ["XYZAB-12345", "XYZAB-12346"],
    }
    named = {
        **dict.fromkeys(("query.bloqID", "path.bloq"), "bloqs"),
        **dict.fromkeys(("query.lockerID", "path.locker"), "lockers"),
        **dict.fromkeys(("query.mappingKey", "body.mappingKey"), "keys"),
        "body.taskId": "tasks",
        "body.blink_order_id": "orders",
    }
    return {
        "headers": headers[api],
        "checks": {name: {"enabled": False} for name in PREJUDICES},
        "generation": {"max-examples": EXAMPLES},
        "phases": {"stateful": {"generation": {"max-examples": SCENARIOS}}},
        "dictionaries": {name: {"values": [*values]} for name, values in known.items()},
        "parameters": {name: {"dictionary": values, "probability": 0.7} for name, values in named.items()},
    }
