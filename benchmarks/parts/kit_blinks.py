"""Pretend Blinks for the kit: the simulator or a copy of it with a fault, whose webhooks really leave.

May not judge. Non-obvious choice: a world without a sender of its own posts over loopback, as a server does, so that the kit's
mailbox is tested with it.
"""

from collections.abc import Generator
from contextlib import contextmanager

from parcelflow.conformance import orders, tasks
from parcelflow.conformance.bearer import AsgiBearer
from parcelflow.conformance.driver import Application
from parcelflow.conformance.hooks import Hooks
from parcelflow.conformance.kit import KindReport, Options
from parcelflow.simulator import app, clock, handle, settings, world

from .faulty import Copy, Fault
from .kit_servers import copy_of, hooks

HOOKS: Hooks = hooks()
SETTINGS = settings.Settings()
ORIGINAL = Copy("parcelflow.simulator", app.create_app, world.World, handle.Handle, clock.Clock, settings.Settings)


def served(copy: Copy, reads: settings.Settings | None = None) -> Application:
    """A fresh world of a copy, as an application."""
    return copy.create_app(copy.World(clock=copy.Clock(frozen_at=handle.START), settings=reads))


def judged(server: Application, kind: str, options: Options, hooks: Hooks = HOOKS) -> KindReport:
    """What the kit says of a server's orders or tasks."""
    if kind == "order":
        with AsgiBearer(server, base_path="/blink", reaches_us=True) as driver:
            return orders.conformance_of(driver, options, login=(SETTINGS.blink_username, SETTINGS.blink_password), hooks=hooks)
    with AsgiBearer(server, base_path="/logistics", token=SETTINGS.logistics_token, reaches_us=True) as driver:
        return tasks.conformance_of(driver, options, kind=kind, hooks=hooks)


@contextmanager
def faulty(fault: Fault) -> Generator[Application]:
    """A server with a fault."""
    with copy_of(fault) as copy:
        yield served(copy)
