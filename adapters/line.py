"""The line to one API: its operations, the user's routes and a sender, put together.

May not know any API. Non-obvious choice: parameters that cannot be built are a `Refused`, not an exception: the case learns why
its call was never made, and the outbox goes on.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeAlias, TypeVar

from ..machines import Answer, BadParametersError, Done, ParcelflowError, Refused
from .answers import answer, nothing_learnt
from .operation import NO_ROUTES, Operation, Request, Routes, build, find, overridden
from .plan import Ask, Plan, drive
from .reading import outcome
from .sender import NO_HEADERS, Exchange, Sender
from .tolerant import Tolerant

A = TypeVar("A")
Clock: TypeAlias = Callable[[], datetime]
"""Tells the aware present."""


class Line:
    """Calls the operations of one API.

    Args:
        operations: By id.
        sender: The way out.
        clock: Tells the present.
        routes: Route overrides; those of other APIs are ignored.

    Raises:
        BadSettingsError: A route override does not fit its operation.
    """

    def __init__(self, operations: Mapping[str, Operation], sender: Sender, *, clock: Clock, routes: Routes = NO_ROUTES) -> None:
        self._operations = {name: overridden(operation, routes) for name, operation in operations.items()}
        self._sender = sender
        self._clock = clock

    def operation(self, name: str) -> Operation:
        """The operation of this id.

        Raises:
            BadParametersError: There is none.
        """
        return find(self._operations, name)

    def request(self, name: str, parameters: Mapping[str, object]) -> Request:
        """The request that calling `name` would send.

        Raises:
            BadParametersError: There is no such operation, or a parameter is wrong.
        """
        return build(self.operation(name), parameters)

    def exchange(self, name: str, parameters: Mapping[str, object], *, headers: Mapping[str, str] = NO_HEADERS) -> Exchange:
        """Call `name` once and say what became of it.

        Raises:
            BadParametersError: As `request`.
        """
        return self._sender.send(self.request(name, parameters), headers=headers)

    def reading(self, name: str, parameters: Mapping[str, object]) -> Plan[Tolerant | ParcelflowError]:
        """What `name` answers, as a plan; see `proof.Reading`."""
        exchange = yield Ask(self.operation(name), self.request(name, parameters))
        return outcome(self.operation(name), exchange, now=self._clock())

    def driven(self, plan: Plan[A]) -> A:
        """What a plan comes to."""
        return drive(plan, lambda ask: self._sender.send(ask.request, headers=ask.headers))

    def answer(self, name: str, exchange: Exchange, *, done: Callable[[Tolerant], Done] = nothing_learnt) -> Answer:
        """What that means; see `answers`."""
        return answer(self.operation(name), exchange, now=self._clock(), done=done)

    def call(self, name: str, parameters: Mapping[str, object], *, done: Callable[[Tolerant], Done] = nothing_learnt) -> Answer:
        """Call `name` once and say what that means."""
        try:
            exchange = self.exchange(name, parameters)
        except BadParametersError as error:
            return Refused(str(error))
        return self.answer(name, exchange, done=done)
