"""The plans of a client: asking, looking up what became of a lost answer, and reading on.

May not know any API nor send anything. Non-obvious choice: a lost answer is looked up *inside* the call. The user of
`deliveries.create` or `rents.cancel` gets the rent, whether the first answer arrived or not, or an error that says which of "not
done" and "nobody knows" is true.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

from ..machines import (
    AcceptedOnlyError,
    BadBodyError,
    InvalidRequestError,
    LostAnswerError,
    NotFoundError,
    ParcelflowError,
    StateConflictError,
)
from .operation import PLACEHOLDER, Arrays, Idempotency, Operation, Reply, build, names_of
from .page import Page
from .patience import in_doubt
from .plan import Ask, Judged, Plan, plainly
from .proof import Proving, Verdict
from .reading import WRONG_METHOD, outcome, told_at
from .sender import Exchange
from .tolerant import Tolerant

REMOVAL = "DELETE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """The plans of one API.

    Attributes:
        operations: By id, with the user's routes.
        arrays: How arrays travel in a query.
        way: How one request is asked: plainly, or with a token that may have to be fetched.
        proofs: How a lost answer is judged, by operation.
    """

    operations: Mapping[str, Operation]
    arrays: Arrays = Arrays.REPEATED
    way: Callable[[Ask], Plan[Judged]] = plainly
    proofs: Mapping[str, Proving] = field(default_factory=dict[str, Proving])
    _verbs: dict[str, Operation] = field(default_factory=dict[str, Operation])

    def ask(self, operation: Operation, parameters: Mapping[str, object], *, again: bool = True) -> Plan[Tolerant]:
        """Ask and read the answer; where it was lost, look up what became of it, and ask `again` once if nothing did.

        Raises:
            BadParametersError: The request cannot be built.
            RemotesError: The remote said no, failed, only accepted, or answered something that cannot be read.
            NetworksError: No answer came.
        """
        called, exchange = yield from self._asked(operation, parameters)
        found = outcome(called, exchange)
        if isinstance(found, Tolerant):
            return (yield from self._read_back(operation, parameters)) if _is_blank(operation, found) else found
        if called.id != operation.id:
            raise found
        if isinstance(found, BadBodyError) and operation.read_back:
            return (yield from self._read_back(operation, parameters))
        if _is_gone(operation, exchange, found):
            return _removed(operation, parameters)
        if not self._is_doubtful(operation, exchange, found, first=again):
            raise found
        known = yield from self._looked_up(operation, parameters, found)
        if known is not None:
            return known
        if not again or isinstance(found, AcceptedOnlyError):
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

    def _is_doubtful(self, operation: Operation, exchange: Exchange, found: ParcelflowError, *, first: bool) -> bool:
        """Whether it may have been done although `found` says otherwise, and can be looked up."""
        # A conflict at the second attempt may be what the first one led to, if that arrived after we had looked.
        unsaid = isinstance(found, BadBodyError | AcceptedOnlyError) or (isinstance(found, StateConflictError) and not first)
        known = bool(operation.found_by) or self._proof(operation) is not None
        return known and (unsaid or in_doubt(exchange))

    def _proof(self, operation: Operation) -> Proving | None:
        # A door is never looked up here: "it opened" minutes ago is no answer to who stands before it now.
        return self.proofs.get(operation.id) if operation.idempotency is Idempotency.LOOK_UP_FIRST else None

    def _looked_up(self, operation: Operation, parameters: Mapping[str, object], found: ParcelflowError) -> Plan[Tolerant | None]:
        """What a call did whose answer was `found`, None when it did nothing."""
        proof = self._proof(operation)
        try:
            if proof is None:
                return (yield from self._created(operation, parameters))
            return (yield from self._judged(proof, operation, parameters))
        except LostAnswerError:
            if isinstance(found, AcceptedOnlyError):
                raise found from None  # it says more
            raise

    def _created(self, operation: Operation, parameters: Mapping[str, object]) -> Plan[Tolerant | None]:
        """What a creation made."""
        look_up = self.operations[operation.found_by]
        key = {name: parameters[name] for name in names_of(look_up)}
        called, exchange = yield from self._asked(look_up, key)
        found = outcome(called, exchange)
        if isinstance(found, NotFoundError):
            return None
        if not isinstance(found, Tolerant):
            raise _nobody_knows(operation, f"it could not be looked up: {found}")
        now = told_at(exchange) if isinstance(exchange, Reply) else None
        why = None if operation.unlike is None else operation.unlike(found, now)
        if why is not None:
            raise _nobody_knows(operation, f"what has this key is older: {why}")
        return found

    def _judged(self, proof: Proving, operation: Operation, parameters: Mapping[str, object]) -> Plan[Tolerant | None]:
        """What a call changed."""
        proven = yield from proof(parameters, self._reading)
        if proven.verdict is Verdict.OPEN:
            raise _nobody_knows(operation, proven.says)
        # Where it no longer can happen it is asked again too: that is harmless, and the remote says best why it refuses.
        return proven.read if proven.verdict is Verdict.HAPPENED else None

    def _reading(self, name: str, parameters: Mapping[str, object]) -> Plan[Tolerant | ParcelflowError]:
        return outcome(*(yield from self._asked(self.operations[name], parameters)))

    def _read_back(self, operation: Operation, parameters: Mapping[str, object]) -> Plan[Tolerant]:
        reading = self.operations[operation.read_back]
        return (yield from self.ask(reading, {name: parameters[name] for name in names_of(reading)}))


def _is_blank(operation: Operation, found: Tolerant) -> bool:
    return bool(operation.read_back) and found.is_blank()


def _is_gone(operation: Operation, exchange: Exchange, found: ParcelflowError) -> bool:
    """Whether a removal was done, and not said so: by an empty 2xx, or by "there is no such thing" after an earlier attempt."""
    if operation.method != REMOVAL or not isinstance(exchange, Reply):
        return False
    if isinstance(found, NotFoundError):
        return exchange.doubted
    return isinstance(found, BadBodyError) and not exchange.body.strip()


def _removed(operation: Operation, parameters: Mapping[str, object]) -> Tolerant:
    """What is known of a thing that was removed: its id, which is what its path ends with."""
    return operation.answer.model_validate({"id": parameters[PLACEHOLDER.findall(operation.path)[-1]]})


def _nobody_knows(operation: Operation, why: str) -> LostAnswerError:
    return LostAnswerError(f"{operation.id}: nobody knows whether it was done: {why}")
