"""The watch: whoever wants to know what an engine does is told here, of what is committed and of nothing else.

May not decide what is told (`notices` declares it), nor change anything: an engine that nobody listens to does the same.
Non-obvious choice: what is told is made after the commit, of what was written, and only for a listener that wants it. Without
one, a transaction costs a question to the logger and nothing for each event in it.
"""

import logging
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any, Protocol, TypeAlias, cast

from ..machines import Arrival
from .blame import where
from .notices import LEVELS, ListenerFailed, Notice

log = logging.getLogger("parcelflow.engine")

Said: TypeAlias = Mapping[str, str | int | bool]
"""What a span says of itself: the same words as notices have, and nothing else."""
Ending: TypeAlias = Callable[[], None]


class Listener(Protocol):
    """Is told of everything that an engine does, in the thread that did it, after the commit; it has to be quick."""

    def hear(self, notice: Notice) -> None:
        """One fact."""
        ...


class Tracing(Protocol):
    """Keeps traces. A place in one is a `traceparent` of W3C's Trace Context; None is the beginning of a new one."""

    @property
    def at_work(self) -> bool:
        """Whether anybody has said where traces go; without, none is begun, and places are handed on as they are."""
        ...

    def here(self) -> str | None:
        """Where the thread is that asks."""
        ...

    def deciding(self, parent: str | None, name: str, said: Said) -> tuple[str | None, Ending]:
        """A decision's place, and what is to be called once it is committed; where it never is, nothing is ever told of it."""
        ...

    def calling(self, parent: str | None, name: str, said: Said) -> AbstractContextManager["Calling"]:
        """A call, for as long as it is out."""
        ...


class Calling(Protocol):
    """A call that is out."""

    trace: str | None
    """Its place."""

    def answered(self, answer: str, *, well: bool) -> None:
        """What came back, in one word, and whether that is well."""
        ...


class Watch:
    """Tells.

    Args:
        listeners: Who is told, beside the log.
        tracing: Keeps traces; None where nobody does.
    """

    def __init__(self, listeners: Sequence[Listener] = (), tracing: Tracing | None = None) -> None:
        self._listeners = listeners
        self._tracing = tracing

    def wants(self, sort: type[Notice]) -> bool:
        """Whether anybody wants to know of it."""
        return bool(self._listeners) or log.isEnabledFor(LEVELS[sort])

    def tell(self, notice: Notice) -> None:
        """Tell everybody, and let nobody be in the way."""
        for listener in self._listeners:
            try:
                listener.hear(notice)
            except Exception as error:  # noqa: BLE001 - a listener is a user's code; what is told has happened, and stays so
                write_down(ListenerFailed(type(listener).__name__, type(error).__name__, where(error)))
        write_down(notice)

    def tell_all(self, notices: Iterable[Notice]) -> None:
        """Tell one after the other."""
        for notice in notices:
            self.tell(notice)

    def later(self, afterwards: Callable[[Ending], None], sort: type[Notice], notices: Iterable[Notice]) -> None:
        """Tell once a transaction is committed (`Tx.afterwards`). What nobody wants is not even made: give a generator."""
        if self.wants(sort):
            afterwards(lambda: self.tell_all(notices))

    def placed(self, arrival: Arrival) -> Arrival:
        """An arrival that knows its place in a trace: that of whoever brings it, unless it has one."""
        here = self._tracing.here() if arrival.trace is None and self.traced and self._tracing is not None else None
        return arrival if here is None else replace(arrival, trace=here)

    @property
    def traced(self) -> bool:
        """Whether anybody keeps traces. Asked once for a transaction, since to find out takes as long as half a decision."""
        return self._tracing is not None and self._tracing.at_work

    def deciding(self, parent: str | None, name: str, said: Said, afterwards: Callable[[Ending], None]) -> str | None:
        """The place of a decision; where nobody keeps traces, that of what is decided, so that the next process may go on."""
        if self._tracing is None:
            return parent
        trace, end = self._tracing.deciding(parent, name, said)
        afterwards(end)
        return trace

    def calling(self, parent: str | None, name: str, said: Said) -> AbstractContextManager[Calling]:
        """A call, for as long as it is out."""
        if self._tracing is None or not self.traced:
            return nullcontext(_Untraced(parent))
        return self._tracing.calling(parent, name, said)


class _Untraced:
    """A call of which no trace is kept."""

    def __init__(self, trace: str | None) -> None:
        self.trace = trace

    def answered(self, answer: str, *, well: bool) -> None:
        """Nobody asks."""


def write_down(notice: Notice) -> None:
    """Have the log say it: `event`, and the notice's fields, are attributes of the record."""
    level = LEVELS[type(notice)]
    if log.isEnabledFor(level):
        event, fields = event_of(type(notice)), told_in(notice)
        log.log(level, "%s%s", event, Shown(fields), extra={"event": event, **fields})


@cache
def event_of(sort: type[Notice]) -> str:
    """The name of a sort of notice, as logs have it: `decision_made`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", sort.__name__).lower()


def fields_of(sort: type[Notice]) -> tuple[str, ...]:
    """The names of its fields."""
    return cast("tuple[str, ...]", cast("Any", sort)._fields)  # as every NamedTuple has them


def told_in(notice: Notice) -> dict[str, Any]:
    """What a notice says, by field."""
    return dict(zip(fields_of(type(notice)), notice, strict=True))


class Shown:
    """Fields as a line of text has them, made when somebody reads it."""

    __slots__ = ("_fields",)

    def __init__(self, fields: Mapping[str, Any]) -> None:
        self._fields = fields

    def __str__(self) -> str:
        return "".join(f" {name}={shown(value)}" for name, value in self._fields.items() if value is not None)


def shown(value: object) -> str:
    """A value as one word: what a remote has named may hold anything, and a line of a log is one fact."""
    text = value.isoformat() if isinstance(value, datetime) else f"{value}"
    return text if text.isprintable() and text and not set(text) & set(' "=') else ascii(text)
