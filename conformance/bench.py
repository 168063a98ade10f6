"""The bench: a system under test with its lockers, its routes, its clock and a record of every request.

May not judge anything. Non-obvious choice: the present is read off the rents that the server creates. Its clock may be virtual
and a year away from ours, and every date that we send has to be a date there.
"""

import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from secrets import token_hex
from time import monotonic

from pydantic import ValidationError

from ..adapters.bloqit.operations import OPERATIONS
from ..adapters.bloqit.wire import Bloq, Rent, UpdatedRent
from ..adapters.operation import Operation, Reply, Request, Routes, build, overridden
from ..adapters.sender import Exchange
from ..adapters.tolerant import load, object_of, text_of, whole_of
from ..machines import BadBodyError, Json
from .driver import Driver
from .hooks import Hooks

NO_ROUTE = frozenset({404, 405, 501})
"""What a server answers that has no such route."""

BUSY = frozenset({429, 502, 503, 504})
"""What says nothing about the rent: the word is run again on a fresh one."""

DROP_OFF_CODE = "dropOffCode"
NEVER = datetime(2000, 1, 1, tzinfo=UTC)
STANDING = 0.05
"""Seconds after which a clock that goes tells another instant."""

SPENT = "the budget of requests is spent"


class InfrastructureError(Exception):
    """No verdict: the network or an overloaded server was in the way."""


class SpentError(Exception):
    """The budget of requests is spent."""


@dataclass(frozen=True, slots=True)
class Record:
    """One request and what came of it."""

    number: int
    word: str
    operation: str
    request: Request
    exchange: Exchange
    seconds: float


@dataclass
class Bench:
    """See the module.

    Attributes:
        driver: The system.
        hooks: Its hooks.
        routes: Routes that the user gave, or that were found out.
        budget: Requests that may be sent; None for as many as it takes.
        told: Called with every record.
        bloqs: Bloqs by id.
        free: Lockers that nothing has, by bloq.
        sent: Requests that were sent.
        stands: Whether the server's clock stands still unless it is advanced.
        recent: The latest records.
    """

    driver: Driver
    hooks: Hooks = field(default_factory=Hooks)
    routes: Routes = field(default_factory=dict[str, tuple[str, str]])
    budget: int | None = None
    told: Callable[[Record], None] | None = None
    bloqs: dict[str, Bloq] = field(default_factory=dict[str, Bloq])
    free: dict[str, deque[str]] = field(default_factory=dict[str, "deque[str]"])
    sent: int = 0
    stands: bool = False
    recent: "deque[Record]" = field(default_factory=lambda: deque(maxlen=400))
    _settled: dict[str, Operation] = field(default_factory=dict[str, Operation])
    _now: tuple[datetime, float] = (NEVER, 0.0)
    _told_at: tuple[datetime, float] = (NEVER, 0.0)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def call(self, name: str, parameters: Mapping[str, object], *, word: str = "") -> Exchange:
        """Call an operation, by whichever of its possible routes this server has.

        Raises:
            InfrastructureError: No answer, or one that says nothing (429, 502, 503, 504).
            SpentError: The budget is spent.
        """
        operation = self._settled.get(name) or overridden(OPERATIONS[name], self.routes)
        exchange = self._exchange(operation, parameters, word)
        if name in self._settled:
            return exchange
        if isinstance(exchange, Reply) and exchange.status in NO_ROUTE:
            for method, path in operation.alternates:
                other = replace(operation, method=method, path=path)
                found = self._exchange(other, parameters, word)
                if isinstance(found, Reply) and found.status not in NO_ROUTE:
                    self._settled[name] = other
                    return found
        elif isinstance(exchange, Reply):
            self._settled[name] = operation
        return exchange

    def route(self, name: str) -> tuple[str, str]:
        """Method and path template by which an operation is called here."""
        operation = self._settled.get(name) or overridden(OPERATIONS[name], self.routes)
        return operation.method, operation.path

    def request(self, name: str, parameters: Mapping[str, object]) -> Request:
        """The request that calling it would send."""
        return build(self._settled.get(name) or overridden(OPERATIONS[name], self.routes), parameters)

    def send(self, request: Request, *, operation: str = "", word: str = "") -> Exchange:
        """Send a request as it is.

        Raises:
            InfrastructureError: As `call`.
            SpentError: As `call`.
        """
        self._spend(1)
        began = monotonic()
        exchange = self.driver.send(request)
        self._note(word, operation, request, exchange, monotonic() - began)
        return _useful(exchange, self)

    def together(self, requests: Sequence[Request], *, word: str = "") -> list[Exchange]:
        """Send requests at once.

        Raises:
            InfrastructureError: As `call`.
            SpentError: As `call`.
        """
        self._spend(len(requests))
        exchanges = self.driver.together(requests)
        for request, exchange in zip(requests, exchanges, strict=True):
            self._note(word, "", request, exchange, 0.0)
        return [_useful(exchange, self) for exchange in exchanges]

    def hook(self, name: str, *, word: str = "", **values: object) -> Exchange | None:
        """Use a hook; the last answer, None where it consists of nothing."""
        exchange: Exchange | None = None
        for request in self.hooks.requests(name, **values):
            exchange = self.send(request, operation=f"hook {name}", word=word)
        if name == "advance_clock" and isinstance(exchange, Reply) and exchange.status < 400:  # noqa: PLR2004 - an error
            with self._lock:
                self._now = (self._now[0] + timedelta(seconds=float(str(values["seconds"]))), self._now[1])
        return exchange

    def rent(self, rent: str, *, word: str = "") -> Rent | Reply:
        """A rent as it is now, or the answer that has none."""
        exchange = self.call("bloqit.rents.get", {"rentID": rent}, word=word)
        assert isinstance(exchange, Reply)  # noqa: S101 - `_useful` lets nothing else through
        return rent_in(exchange) or exchange

    def bloq(self, bloq: str, *, word: str = "") -> Bloq | None:
        """A bloq as it is now."""
        exchange = self.call("bloqit.bloqs.get", {"bloqID": bloq}, word=word)
        if not isinstance(exchange, Reply) or exchange.status >= 300:  # noqa: PLR2004 - not a success
            return None
        try:
            return Bloq.model_validate(load(exchange.body))
        except (ValidationError, BadBodyError):
            return None

    @property
    def now(self) -> datetime:
        """The server's present, as far as its rents have told it."""
        return self._now[0] + timedelta(seconds=monotonic() - self._now[1])

    @property
    def heard(self) -> datetime:
        """The latest instant that the server's clock has certainly reached: it may stand still while ours goes on."""
        return self._now[0]

    def tell(self, instant: datetime | None) -> None:
        """A rent began at an instant of the server's clock."""
        if instant is None:
            return
        with self._lock:
            if instant == self._told_at[0] and monotonic() - self._told_at[1] > STANDING:
                self.stands = True
            elif instant != self._told_at[0]:
                self._told_at = (instant, monotonic())
            self.reach(instant)

    def reach(self, instant: datetime) -> None:
        """The server's clock has certainly reached an instant."""
        with self._lock:
            if instant > self._now[0]:
                self._now = (instant, monotonic())

    def lease(self, kind: str, count: int) -> tuple[str, tuple[str, ...]]:
        """Lockers of one bloq that nobody else here uses and that supports a rent type; empty where there are too few."""
        with self._lock:
            for bloq, lockers in self.free.items():
                supports = self.bloqs[bloq].supports
                if len(lockers) >= count and (not supports or kind in supports):
                    return bloq, tuple(lockers.popleft() for _ in range(count))
        return "", ()

    def give_back(self, bloq: str, lockers: Sequence[str]) -> None:
        """Lockers that are empty again."""
        with self._lock:
            self.free[bloq].extend(lockers)

    def _exchange(self, operation: Operation, parameters: Mapping[str, object], word: str) -> Exchange:
        return self.send(build(operation, parameters), operation=operation.id, word=word)

    def _spend(self, count: int) -> None:
        with self._lock:
            if self.budget is not None and self.sent + count > self.budget:
                raise SpentError(SPENT)
            self.sent += count

    def _note(self, word: str, operation: str, request: Request, exchange: Exchange, seconds: float) -> None:
        record = Record(self.sent, word, operation, request, exchange, seconds)
        self.recent.append(record)
        if self.told is not None:
            self.told(record)


def _useful(exchange: Exchange, bench: Bench) -> Exchange:
    if not isinstance(exchange, Reply):
        raise InfrastructureError(exchange.reason)
    if exchange.status == 429:  # noqa: PLR2004 - too many requests
        after = exchange.headers.get("retry-after", "1")
        bench.driver.wait(min(float(after) if after.isdigit() else 1.0, 30.0))
    if exchange.status in BUSY:
        raise InfrastructureError(f"the server answered {exchange.status}")
    return exchange


def rent_in(exchange: Exchange) -> Rent | None:
    """The rent in an answer; an envelope with one in it is one (A12)."""
    if not isinstance(exchange, Reply) or exchange.status >= 300:  # noqa: PLR2004 - not a success
        return None
    try:
        rent = UpdatedRent.model_validate(load(exchange.body))
    except (ValidationError, BadBodyError):
        return None
    return None if rent.is_blank() else rent


def drop_off_code_of(rent: Rent) -> str:
    """The code that a rent shows for its drop-off, itself or among its details (B:1633 leaves open what these hold)."""
    return text_of((rent.model_extra or {}).get(DROP_OFF_CODE)) or text_of(rent.details.get(DROP_OFF_CODE)) or ""


def docs_in(exchange: Exchange) -> list[dict[str, Json]]:
    """The documents of a list, as they came."""
    try:
        told = load(exchange.body) if isinstance(exchange, Reply) else None
    except BadBodyError:
        return []
    docs = told.get("docs") if isinstance(told, dict) else told
    return [doc for doc in docs if isinstance(doc, dict)] if isinstance(docs, list) else []


def total_in(exchange: Exchange) -> int | None:
    """How many documents a list has on all its pages, as it says; None where it does not."""
    try:
        return whole_of(object_of(load(exchange.body)).get("totalDocs")) if isinstance(exchange, Reply) else None
    except BadBodyError:
        return None


def unique(prefix: str) -> str:
    """A prefix that no other run has: a key that a server has seen before is another story than a fresh one."""
    return f"{prefix}-{token_hex(3)}"
