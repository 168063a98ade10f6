"""What every client is made of: the plans of asking, looking up and reading on, and the two runners that carry them out.

May not know any API. Non-obvious choice: a lost creation is looked up *inside* the call. The user of `deliveries.create` gets
the rent, whether its first answer arrived or not, or an error that says which of "not done" and "nobody knows" is true.
"""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Any, Self, TypedDict, cast

import httpx

from ..machines import (
    BadBodyError,
    InvalidRequestError,
    LostAnswerError,
    NotFoundError,
    NotSentError,
    ParcelflowError,
)
from .operation import NO_ROUTES, Arrays, Idempotency, Operation, Reply, Routes, build, find, names_of, overridden
from .page import Page, Pages
from .patience import Patience, in_doubt
from .plan import Ask, Judged, Plan, adrive, drive, plainly
from .reading import WRONG_METHOD, read
from .sender import DEFAULT_LIMITS, DEFAULT_TIMEOUTS, NO_HEADERS, AsyncSender, Exchange, NotSent, Sender, WireOptions
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """The plans of one API.

    Attributes:
        operations: By id, with the user's routes.
        arrays: How arrays travel in a query.
        way: How one request is asked: plainly, or with a token that may have to be fetched.
    """

    operations: Mapping[str, Operation]
    arrays: Arrays = Arrays.REPEATED
    way: Callable[[Ask], Plan[Judged]] = plainly
    _verbs: dict[str, Operation] = field(default_factory=dict[str, Operation])

    def ask(self, operation: Operation, parameters: Mapping[str, object], *, again: bool = True) -> Plan[Tolerant]:
        """Ask and read the answer; a creation whose answer was lost is looked up, and sent `again` once if it made nothing.

        Raises:
            BadParametersError: The request cannot be built.
            RemotesError: The remote said no, failed, or answered something that cannot be read.
            NetworksError: No answer came.
        """
        called, exchange = yield from self._asked(operation, parameters)
        found = _found(called, exchange)
        if isinstance(found, Tolerant):
            return (yield from self._read_back(operation, parameters, found))
        doubtful = in_doubt(exchange) or isinstance(found, BadBodyError)
        if not operation.found_by or called.id != operation.id or not doubtful:
            raise found
        known = yield from self._looked_up(operation, parameters)
        if known is not None:
            return known
        if not again:
            raise found
        return (yield from self.ask(operation, parameters, again=False))

    def page(self, operation: Operation, parameters: Mapping[str, object]) -> Plan[Page[Any]]:
        """One page; where the remote refuses a filter that it may not know, all are asked for and filtered here (A5)."""
        try:
            return cast("Page[Any]", (yield from self.ask(operation, parameters)))
        except InvalidRequestError:
            name, value, attribute = operation.refilter or ("", None, "")
            if value is None or parameters.get(name) != value:
                raise
        page = cast("Page[Any]", (yield from self.ask(operation, {**parameters, name: None})))
        return page.filtered(lambda doc: getattr(doc, attribute) == value)

    def check(self, operation: Operation, parameters: Mapping[str, object]) -> None:
        """Raise what asking would raise before anything is sent.

        Raises:
            BadParametersError: The request cannot be built.
        """
        self._ask(operation, parameters)

    def _ask(self, operation: Operation, parameters: Mapping[str, object]) -> Ask:
        called = self._verbs.get(operation.id) or self.operations[operation.id]
        return Ask(called, build(called, parameters, arrays=self.arrays))

    def _asked(self, operation: Operation, parameters: Mapping[str, object]) -> Plan[Judged]:
        """Ask; a read whose verb is not allowed is asked with the other one that the document has, for good (C1, E4)."""
        ask = self._ask(operation, parameters)
        called, exchange = yield from self.way(ask)
        refused = isinstance(exchange, Reply) and exchange.status == WRONG_METHOD
        if not refused or called.id != operation.id or called.idempotency is not Idempotency.SAFE or not called.alternates:
            return called, exchange
        (method, path), *_ = called.alternates
        self._verbs[operation.id] = replace(called, method=method, path=path, alternates=((called.method, called.path),))
        return (yield from self.way(self._ask(operation, parameters)))

    def _looked_up(self, operation: Operation, parameters: Mapping[str, object]) -> Plan[Tolerant | None]:
        """What a creation made, None when it made nothing."""
        look_up = self.operations[operation.found_by]
        key = {name: parameters[name] for name in names_of(look_up)}
        found = _found(*(yield from self._asked(look_up, key)))
        if isinstance(found, Tolerant):
            return found
        if isinstance(found, NotFoundError):
            return None
        raise LostAnswerError(f"{operation.id}: nobody knows whether it was done, and it could not be looked up: {found}")

    def _read_back(self, operation: Operation, parameters: Mapping[str, object], found: Tolerant) -> Plan[Tolerant]:
        if not operation.read_back or not found.is_blank():
            return found
        reading = self.operations[operation.read_back]
        return (yield from self.ask(reading, {name: parameters[name] for name in names_of(reading)}))


def _found(operation: Operation, exchange: Exchange) -> Tolerant | ParcelflowError:
    if isinstance(exchange, Reply):
        return read(operation, exchange)
    kind = NotSentError if isinstance(exchange, NotSent) else LostAnswerError
    return kind(f"{operation.id}: {exchange.reason}")


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
        way: Pages[Any] = Pages(parameters)
        while way.more:
            yield from way.fresh(drive(self._talk.page(operation, way.parameters), self._send))

    def _send(self, ask: Ask) -> Exchange:
        return self._patience.retrying(ask.operation)(self._sender.send, ask.request, headers=ask.headers)


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
        way: Pages[Any] = Pages(parameters)
        while way.more:
            for doc in way.fresh(await adrive(self._talk.page(operation, way.parameters), self._send)):
                yield doc

    async def _send(self, ask: Ask) -> Exchange:
        return await self._patience.aretrying(ask.operation)(self._sender.send, ask.request, headers=ask.headers)


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


def talk_of(operations: Mapping[str, Operation], options: Options, way: Callable[[Ask], Plan[Judged]] = plainly) -> Talk:
    """The plans of an API, as the user wants them.

    Raises:
        BadSettingsError: A route override does not fit its operation.
    """
    routes = options.get("routes", NO_ROUTES)
    called = {name: overridden(operation, routes) for name, operation in operations.items()}
    return Talk(operations=called, arrays=options.get("arrays", Arrays.REPEATED), way=way)


def wire_of(options: Options, *, headers: Mapping[str, str] = NO_HEADERS, secrets: Sequence[str] = ()) -> WireOptions:
    """What concerns a client's sender: of its options, and of its credentials."""
    return {
        "headers": headers,
        "secrets": secrets,
        "timeouts": options.get("timeouts", DEFAULT_TIMEOUTS),
        "limits": options.get("limits", DEFAULT_LIMITS),
    }
