"""Plans: what is to be asked, in which order, and what follows from each outcome, without sending anything.

May not know any API. Non-obvious choice: a plan is a generator that yields what it wants to ask and is sent what became of it.
Looking up a lost creation, renewing a token and reading on are then written once, and two loops of six lines (`drive`, `adrive`)
run them with or without an event loop.
"""

from collections.abc import Awaitable, Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar

from .operation import Operation, Request
from .sender import Exchange

A = TypeVar("A")


@dataclass(frozen=True, slots=True)
class Ask:
    """One request that a plan wants to be sent: the operation it is of, and headers besides the sender's own."""

    operation: Operation
    request: Request
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)


Plan: TypeAlias = Generator[Ask, Exchange, A]
Judged: TypeAlias = tuple[Operation, Exchange]
"""An outcome, and the operation that it is an outcome of: a login that failed is not a failure of what it was needed for."""


def plainly(ask: Ask) -> Plan[Judged]:
    """Ask, and nothing else."""
    exchange = yield ask
    return ask.operation, exchange


def drive(plan: Plan[A], send: Callable[[Ask], Exchange]) -> A:
    """Run a plan to its end."""
    try:
        ask = next(plan)
        while True:
            ask = plan.send(send(ask))
    except StopIteration as stop:
        return stop.value


async def adrive(plan: Plan[A], send: Callable[[Ask], Awaitable[Exchange]]) -> A:
    """Run a plan to its end, awaiting each outcome."""
    try:
        ask = next(plan)
        while True:
            ask = plan.send(await send(ask))
    except StopIteration as stop:
        return stop.value
