"""A scene: fresh rents brought somewhere for one named check, and what it asks the server about them.

May not judge. Non-obvious choice: a rent that cannot be brought where a check wants it ends the check without a verdict. Why it
cannot is found by the words, which come to it by every way; a check that failed for it would only say so once more, and less
clearly.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from ...adapters.bloqit.wire import Locker, Rent
from ...adapters.operation import Reply, Request
from ..bench import Bench, docs_in
from ..runner import Runner
from ..tested import Tested

MOST_PAGES, PAGE = 40, 100
REFUSED = 400
YEAR = timedelta(days=365)
"""How far off the end is of a rent that shall not expire meanwhile."""


class UnreachedError(Exception):
    """A rent could not be brought where the check wants it."""


@dataclass
class Scene:
    """See the module.

    Attributes:
        runner: Brings rents.
        used: The rents of this scene.
    """

    runner: Runner
    used: list[Tested] = field(default_factory=list[Tested])

    @property
    def bench(self) -> Bench:
        """The system."""
        return self.runner.bench

    @property
    def kind(self) -> str:
        """The rent type."""
        return self.runner.kind

    def has(self, *names: str) -> bool:
        """Whether all these inputs can be given."""
        inputs = self.runner.inputs
        return inputs is None or inputs >= frozenset(names)

    def at(self, words: str, *, lockers: int = 2, sends: Mapping[str, object] | None = None) -> Tested:
        """A fresh rent to which a word was done.

        Args:
            words: Inputs, with spaces between them.
            lockers: How many it may use.
            sends: Parameters of its creation besides those of the alphabet; None for one leaves it out.

        Raises:
            UnreachedError: It did not come there.
        """
        word = tuple(words.split())
        tested = self.runner.ready(word, lockers=lockers)
        if tested is None:
            raise UnreachedError("no free locker is left")
        self.used.append(tested)
        tested.besides = dict(sends or {})
        for name in word:
            self.give(tested, name)
        return tested

    def give(self, tested: Tested, name: str) -> None:
        """Give one more input.

        Raises:
            UnreachedError: It cannot be given, or was not taken as it must be.
        """
        oracle = self.runner.oracle
        given, step = oracle.input(tested.spot, name), oracle.step(tested.spot, name)
        if given is None or step is None or step.open is not None:
            raise UnreachedError(f"{name} cannot be given to a {tested.spot}")
        exchange = tested.give(given)
        tested.follow(given, step, exchange)
        if not tested.rent or (step.accepted and isinstance(exchange, Reply) and exchange.status >= REFUSED):
            raise UnreachedError(f"{name} was not accepted")
        if tested.spot.locker and not tested.holds:
            tested.holds = self.read(tested).locker.id or ""

    def read(self, tested: Tested) -> Rent:
        """A rent as it is now.

        Raises:
            UnreachedError: It cannot be read.
        """
        rent = self.bench.rent(tested.rent, word=tested.name)
        if not isinstance(rent, Rent):
            raise UnreachedError(f"the rent cannot be read: {rent.status}")
        return rent

    def ask(self, operation: str, **parameters: object) -> Reply:
        """Call an operation; its parameters by the document's names."""
        exchange = self.bench.call(operation, parameters, word=self.word)
        assert isinstance(exchange, Reply)  # noqa: S101 - the bench lets nothing else through
        return exchange

    def ask_raw(self, method: str, path: str, body: object = None, *, query: Mapping[str, str] | None = None) -> Reply:
        """Send a request that no operation would build."""
        raw = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        request = Request(method=method, path=path, query=tuple((query or {}).items()), body=raw)
        exchange = self.bench.send(request, word=self.word)
        assert isinstance(exchange, Reply)  # noqa: S101 - the bench lets nothing else through
        return exchange

    def listed(self, operation: str, **filters: object) -> list[dict[str, Any]]:
        """Every document of a list."""
        found: dict[str, dict[str, Any]] = {}
        for page in range(1, MOST_PAGES + 1):
            reply = self.ask(operation, page=page, limit=PAGE, **filters)
            if reply.status >= REFUSED:
                raise UnreachedError(f"{operation} answered {reply.status}")
            docs = docs_in(reply)
            fresh = {str(doc.get("_id", doc.get("id"))): doc for doc in docs}
            if not fresh.keys() - found.keys():
                break
            found |= fresh
            if len(docs) < 10:  # noqa: PLR2004 - the smallest page that a server may prefer to ours (A43)
                break
        return list(found.values())

    def locker(self, tested: Tested, locker: str = "") -> Locker:
        """A locker of a rent's bloq as it is now: the rent's own, unless another is asked for.

        Raises:
            UnreachedError: The bloq does not show it.
        """
        bloq = self.bench.bloq(tested.bloq, word=tested.name)
        wanted = locker or tested.holds
        found = next((one for one in (bloq.lockers if bloq else ()) if one.id == wanted), None)
        if found is None:
            raise UnreachedError(f"the bloq does not show the locker {wanted}")
        return found

    @property
    def word(self) -> str:
        """Under which name its requests are recorded."""
        return self.used[-1].name if self.used else f"{self.runner.prefix}-{self.kind}-check-{id(self):x}"

    def leave(self) -> None:
        """Bring every rent to its end; what cannot be is found by the words."""
        for tested in self.used:
            tested.ajar = True
            self.runner.cleaned(tested)
        self.used.clear()


def ids(docs: list[dict[str, Any]]) -> set[str]:
    """The ids of documents."""
    return {str(doc.get("_id", doc.get("id"))) for doc in docs}
