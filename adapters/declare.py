"""The declaration of an operation: one function signature from which everything else is made.

    class Rents(Group[W], prefix="bloqit.rents", base=Ours):
        @put("/rents/{rentID}/collect", DOOR, "B:2009-2058")
        def collect(self, rent_id: Key) -> Rent:
            '''Open the locker for the last time.'''
            ...

The signature says the parameters (names, types, defaults), the return annotation the answer, the docstring the meaning, and the
decorator what HTTP needs. Out of it come the `Operation` (with its strict parameter model) and the method that an editor
completes.

May not send anything nor know any API. Non-obvious choice: a method is a *descriptor*, whose type depends on the way of its
group: on a `Group[Blocking]` it answers `Rent`, on a `Group[Awaiting]` it answers a coroutine of `Rent`. So the sync and the
async client are one declaration, and no line of either is a twin of the other.
"""

import inspect
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import update_wrapper
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, Self, TypeVar, cast, get_type_hints, overload
from uuid import uuid4

from pydantic import BaseModel, create_model, model_validator

from .operation import PLACEHOLDER, Idempotency, Operation, Parameters, RouteConfidence, Rule, Unlike
from .page import Page
from .tolerant import Tolerant

P = ParamSpec("P")
A = TypeVar("A")
T = TypeVar("T", bound=Tolerant)


class Blocking:
    """The way of a client whose methods return what they were asked for."""


class Awaiting:
    """The way of a client whose methods are awaited."""


W = TypeVar("W", Blocking, Awaiting)


class Runner(Protocol):
    """What a group hands its calls to; see `client`."""

    def ask(self, operation: Operation, parameters: Mapping[str, object]) -> object:
        """The answer, or a coroutine of it."""
        ...

    def pages(self, operation: Operation, parameters: Mapping[str, object]) -> object:
        """An iterator over the documents of all pages, or an async one."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the decorator says; see `Operation` for the fields of the same name."""

    method: str
    path: str
    idempotency: Idempotency
    evidence: tuple[str, ...]
    confidence: RouteConfidence = RouteConfidence.GIVEN
    query: tuple[str, ...] = ()
    refusals: Mapping[int, str] = field(default_factory=dict[int, str])
    rule: Rule | None = None
    base: type[Parameters] | None = None
    accepted_is_unknown: bool | None = None
    mute: bool = False
    plan: str = ""
    found_by: str = ""
    unlike: Unlike | None = None
    read_back: str = ""
    windows: tuple[str, str] | None = None
    refilter: tuple[str, str, str] | None = None
    alternates: tuple[tuple[str, str], ...] = ()
    fresh: str = ""
    """Name of an argument that is a new id where it is not given; the operation itself has to be given one."""


class _Declared(Generic[P, A]):
    """A declared function; its group completes it with the operation."""

    operation: Operation

    def __init__(self, function: Callable[Concatenate[Any, P], A], terms: Terms) -> None:
        self.function = function
        self.terms = terms
        self._signature = inspect.signature(function)

    def complete(self, prefix: str, base: type[Parameters]) -> None:
        """Make the operation."""
        self.operation = _operation(self.function, self.terms, prefix=prefix, base=self.terms.base or base)
        fields = self.operation.parameters.model_fields
        self._names = {name: declared.alias or name for name, declared in fields.items()}

    def named(self, args: tuple[object, ...], kwargs: Mapping[str, object]) -> dict[str, object]:
        """The arguments under the document's names, defaults included.

        Raises:
            TypeError: They are not those of the function; Python's own error, with the method and what it takes besides.
        """
        try:
            bound = self._signature.bind(None, *args, **kwargs)
        except TypeError as error:
            takes = ", ".join(list(self._signature.parameters)[1:]) or "nothing"
            raise TypeError(f"{self.operation.id}: {error}; it takes: {takes}") from None
        bound.apply_defaults()
        fresh = self.terms.fresh
        if fresh and bound.arguments[fresh] is None:
            bound.arguments[fresh] = uuid4().hex
        return {self._names[name]: value for name, value in list(bound.arguments.items())[1:]}


class Method(_Declared[P, A]):
    """An operation as a method that answers once."""

    @overload
    def __get__(self, group: None, owner: type) -> Self: ...
    @overload
    def __get__(self, group: "Group[Blocking]", owner: type) -> Callable[P, A]: ...
    @overload
    def __get__(self, group: "Group[Awaiting]", owner: type) -> Callable[P, Coroutine[Any, Any, A]]: ...
    def __get__(self, group: "Group[Any] | None", owner: type) -> object:
        if group is None:
            return self
        runner = group.runner

        def method(*args: P.args, **kwargs: P.kwargs) -> object:
            return runner.ask(self.operation, self.named(args, kwargs))

        return update_wrapper(method, self.function)


class Listing(_Declared[P, Any], Generic[P, T]):
    """An operation as a method that iterates over the documents of all pages, each of them once."""

    @overload
    def __get__(self, group: None, owner: type) -> Self: ...
    @overload
    def __get__(self, group: "Group[Blocking]", owner: type) -> Callable[P, Iterator[T]]: ...
    @overload
    def __get__(self, group: "Group[Awaiting]", owner: type) -> Callable[P, AsyncIterator[T]]: ...
    def __get__(self, group: "Group[Any] | None", owner: type) -> object:
        if group is None:
            return self
        runner = group.runner

        def method(*args: P.args, **kwargs: P.kwargs) -> object:
            return runner.pages(self.operation, self.named(args, kwargs))

        return update_wrapper(method, self.function)


class Group(Generic[W]):
    """Operations that belong together, e.g. all about deliveries.

    Args:
        runner: Does what the methods ask for.
    """

    operations: Mapping[str, Operation] = {}

    def __init__(self, runner: Runner) -> None:
        self.runner = runner

    def __init_subclass__(cls, *, prefix: str, base: type[Parameters]) -> None:
        super().__init_subclass__()
        declared = [cast("_Declared[..., object]", member) for member in vars(cls).values() if isinstance(member, _Declared)]
        for member in declared:
            member.complete(prefix, base)
        cls.operations = {member.operation.id: member.operation for member in declared}


def operation(terms: Terms) -> Callable[[Callable[Concatenate[Any, P], A]], Method[P, A]]:
    """Declare an operation that answers once."""

    def declare(function: Callable[Concatenate[Any, P], A]) -> Method[P, A]:
        return Method(function, terms)

    return declare


def listing(terms: Terms) -> Callable[[Callable[Concatenate[Any, P], Page[T]]], Listing[P, T]]:
    """Declare an operation that answers page by page."""

    def declare(function: Callable[Concatenate[Any, P], Page[T]]) -> Listing[P, T]:
        return Listing(function, terms)

    return declare


def _operation(function: Callable[..., object], terms: Terms, *, prefix: str, base: type[Parameters]) -> Operation:
    hints = get_type_hints(function, include_extras=True)
    answer = cast("type[Tolerant]", hints.pop("return"))
    name = function.__name__
    parameters = _parameters(function, hints, model=f"{prefix}.{name}", base=base, rule=terms.rule)
    reads = terms.idempotency is Idempotency.SAFE
    same: dict[str, Any] = {
        one.name: getattr(terms, one.name) for one in fields(Terms) if one.name not in {"rule", "base", "fresh"}
    }
    same["query"] = terms.query or _query(terms, parameters)
    same["accepted_is_unknown"] = not reads if terms.accepted_is_unknown is None else terms.accepted_is_unknown
    return Operation(id=f"{prefix}.{name}", parameters=parameters, answer=answer, title=inspect.getdoc(function) or "", **same)


def _query(terms: Terms, parameters: type[Parameters]) -> tuple[str, ...]:
    """What a GET or DELETE sends in its query: all that is not in its path."""
    if terms.method not in {"GET", "DELETE"}:
        return ()
    names = (declared.alias or name for name, declared in parameters.model_fields.items())
    return tuple(name for name in names if name not in PLACEHOLDER.findall(terms.path))


def _parameters(
    function: Callable[..., object], hints: Mapping[str, Any], *, model: str, base: type[Parameters], rule: Rule | None
) -> type[Parameters]:
    declared = list(inspect.signature(function).parameters.values())[1:]
    fields: dict[str, Any] = {
        one.name: (hints[one.name], ... if one.default is inspect.Parameter.empty else one.default) for one in declared
    }
    judges: dict[str, Any] = {} if rule is None else {"_judge": model_validator(mode="after")(_judging(rule))}
    return create_model(model, __base__=base, __validators__=judges, **fields)


def _judging(rule: Rule) -> Callable[[BaseModel], BaseModel]:
    def judge(model: BaseModel) -> BaseModel:
        rule(dict(model))
        return model

    return judge
