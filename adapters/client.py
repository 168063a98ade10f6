"""What every client is made of: the two runners that carry plans out, and what clients can do besides their API's methods.

May not know any API nor what is asked next: that is `talk`'s. Non-obvious choice: a runner notes its doubts between the attempts
at one request, because what the last attempt is answered may be the consequence of the first (`Doubts`).
"""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Self, TypedDict

import httpx

from .operation import NO_ROUTES, Arrays, Operation, Routes, find, overridden
from .page import Pages
from .patience import Doubts, Patience
from .plan import Ask, Judged, Plan, adrive, drive, plainly
from .proof import NO_PROOFS, Proving
from .sender import DEFAULT_LIMITS, DEFAULT_TIMEOUTS, NO_HEADERS, AsyncSender, Exchange, Sender, WireOptions
from .talk import Talk
from .tolerant import Tolerant


class Options(TypedDict, total=False):
    """What every client can be given besides its credentials.

    Attributes:
        base_url: Where the API is.
        routes: Route overrides.
        arrays: How arrays travel in a query (A7).
        patience: How often and how long to try again.
        timeouts: Seconds for each phase.
        limits: Connections to this one host.
    """

    base_url: str
    routes: Routes
    arrays: Arrays
    patience: Patience
    timeouts: httpx.Timeout
    limits: httpx.Limits


class BlockingRunner:
    """Carries plans out and waits.

    Args:
        talk: The plans.
        sender: The way out.
        patience: How often and how long to try again.
    """

    def __init__(self, talk: Talk, sender: Sender, patience: Patience) -> None:
        self._talk, self._sender, self._patience = talk, sender, patience

    def ask(self, operation: Operation, parameters: Mapping[str, object]) -> Tolerant:
        """The answer; see `Talk.ask` for what it raises."""
        return drive(self._talk.ask(operation, parameters), self._send)

    def pages(self, operation: Operation, parameters: Mapping[str, object]) -> Iterator[Tolerant]:
        """The documents of all pages, each of them once. What is wrong with the parameters is said before the first is asked for.

        Raises:
            BadParametersError: The request cannot be built.
        """
        self._talk.check(operation, parameters)
        return self._documents(operation, parameters)

    def _documents(self, operation: Operation, parameters: Mapping[str, object]) -> Iterator[Tolerant]:
        way: Pages[Any] = Pages(parameters, windows=operation.windows)
        while way.more:
            yield from way.fresh(drive(self._talk.page(operation, way.parameters), self._send))

    def _send(self, ask: Ask) -> Exchange:
        doubts = Doubts()

        def once() -> Exchange:
            return doubts.noted(self._sender.send(ask.request, headers=ask.headers))

        return self._patience.retrying(ask.operation)(once)


class AwaitingRunner:
    """Carries plans out on an event loop; see `BlockingRunner`."""

    def __init__(self, talk: Talk, sender: AsyncSender, patience: Patience) -> None:
        self._talk, self._sender, self._patience = talk, sender, patience

    async def ask(self, operation: Operation, parameters: Mapping[str, object]) -> Tolerant:
        """The answer; see `Talk.ask` for what it raises."""
        return await adrive(self._talk.ask(operation, parameters), self._send)

    def pages(self, operation: Operation, parameters: Mapping[str, object]) -> AsyncIterator[Tolerant]:
        """As `BlockingRunner.pages`."""
        self._talk.check(operation, parameters)
        return self._documents(operation, parameters)

    async def _documents(self, operation: Operation, parameters: Mapping[str, object]) -> AsyncIterator[Tolerant]:
        way: Pages[Any] = Pages(parameters, windows=operation.windows)
        while way.more:
            for doc in way.fresh(await adrive(self._talk.page(operation, way.parameters), self._send)):
                yield doc

    async def _send(self, ask: Ask) -> Exchange:
        doubts = Doubts()

        async def once() -> Exchange:
            return doubts.noted(await self._sender.send(ask.request, headers=ask.headers))

        return await self._patience.aretrying(ask.operation)(once)


class BlockingClient:
    """What every client that waits can do besides its API's methods. Use it as a context manager, or `close` it.

    Args:
        talk: The plans.
        sender: The way out.
        options: What the user chose.
    """

    def __init__(self, talk: Talk, sender: Sender, options: Options) -> None:
        self._talk, self._sender = talk, sender
        self.runner = BlockingRunner(talk, sender, options.get("patience", Patience()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._sender!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back."""
        self._sender.close()

    def ask(self, operation: str, parameters: Mapping[str, object]) -> Tolerant:
        """Call an operation by its id, with parameters under the document's names; see `Talk.ask` for what it raises."""
        return self.runner.ask(find(self._talk.operations, operation), parameters)


class AwaitingClient:
    """As `BlockingClient`, for an event loop."""

    def __init__(self, talk: Talk, sender: AsyncSender, options: Options) -> None:
        self._talk, self._sender = talk, sender
        self.runner = AwaitingRunner(talk, sender, options.get("patience", Patience()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._sender!r})"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.close()

    async def close(self) -> None:
        """Give the connections back."""
        await self._sender.close()

    async def ask(self, operation: str, parameters: Mapping[str, object]) -> Tolerant:
        """Call an operation by its id, with parameters under the document's names; see `Talk.ask` for what it raises."""
        return await self.runner.ask(find(self._talk.operations, operation), parameters)


def talk_of(
    operations: Mapping[str, Operation],
    options: Options,
    *,
    way: Callable[[Ask], Plan[Judged]] = plainly,
    proofs: Mapping[str, Proving] = NO_PROOFS,
) -> Talk:
    """The plans of an API, as the user wants them.

    Raises:
        BadSettingsError: A route override does not fit its operation.
    """
    routes = options.get("routes", NO_ROUTES)
    called = {name: overridden(operation, routes) for name, operation in operations.items()}
    return Talk(operations=called, arrays=options.get("arrays", Arrays.REPEATED), way=way, proofs=proofs)


def wire_of(options: Options, *, headers: Mapping[str, str] = NO_HEADERS, secrets: Sequence[str] = ()) -> WireOptions:
    """What concerns a client's sender: of its options, and of its credentials."""
    return {
        "headers": headers,
        "secrets": secrets,
        "timeouts": options.get("timeouts", DEFAULT_TIMEOUTS),
        "limits": options.get("limits", DEFAULT_LIMITS),
    }
