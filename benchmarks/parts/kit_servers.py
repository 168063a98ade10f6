"""Servers for the conformance kit: the simulator, or a faulty copy of it, in process or on loopback, and its hooks.

May not judge. Non-obvious choice: a copy that has to post webhooks is served on a socket, because the handle's worlds catch
what they send; everything else is faster in process.
"""

import importlib
import json
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from parcelflow.conformance.driver import AsgiDriver, Driver, HttpDriver
from parcelflow.conformance.hooks import Hooks, read

from .faulty import Copy, Fault, copied, forget

KEY = "pretend-bloqit-key"


HOOKS = Path(__file__).parents[2] / "docs" / "simulator-hooks.toml"
"""The simulator's control routes, as the kit's hooks."""


def hooks() -> Hooks:
    """The simulator's hooks."""
    return read(HOOKS)


@contextmanager
def copy_of(fault: Fault | None) -> Generator[Copy]:
    """A copy of the simulator with one fault, or with none."""
    with TemporaryDirectory(prefix="parcelflow-faulty-") as folder:
        copy = copied(fault, Path(folder))
        try:
            yield copy
        finally:
            forget(copy)


@contextmanager
def in_process(copy: Copy, **settings: Any) -> Generator[Driver]:  # noqa: ANN401 - the settings say what they take
    """A fresh world of a copy, in this process."""
    with copy.Handle.fresh(copy.Settings(**settings)) as handle:
        app = copy.create_app(handle.world)
        with AsgiDriver(app, base_path="/bloqit", api_key=KEY) as driver:
            yield driver


@contextmanager
def on_loopback(copy: Copy, *, workers: int = 1) -> Generator[Driver]:
    """A fresh world of a copy, on a socket of its own; its clock stands."""
    handle = importlib.import_module(f"{copy.package}.handle")
    serve = importlib.import_module(f"{copy.package}.serve")
    world = copy.World(clock=copy.Clock(frozen_at=handle.START))
    with serve.served(world) as urls, HttpDriver(urls["bloqit"], KEY, workers=workers) as driver:
        yield driver


@contextmanager
def apart(*, workers: int = 4) -> Generator[Driver]:
    """The simulator in a process of its own on loopback, as a server under test is; its clock stands."""
    words = (sys.executable, "-m", "parcelflow.console.main", "simulate", "--port", "0", "--frozen", "2026-03-01T12:00:00Z")
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own
        try:
            assert process.stdout is not None
            urls = json.loads(process.stdout.readline())
            with HttpDriver(urls["bloqit"], KEY, workers=workers) as driver:
                yield driver
        finally:
            process.terminate()
