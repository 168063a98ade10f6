"""Links: the rules by which one case's step becomes a wish of another case (order, task and rent; table 3.12).

May not know the engine; `linked` is pure. Non-obvious choice: a link only ever *asks*. The other case's own machine decides
whether the wish is allowed, already true or too early, so no link can force a state, and a chain of links ends: every hop
needs a step, and a wish that has come true makes none. (Links that undo each other need a bound, which is the engine's.)
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from .decision import Step
from .words import Cause, Event, Facts, no_facts

Condition: TypeAlias = Callable[[Facts], bool]
Build: TypeAlias = Callable[[Facts, datetime], Facts]


def _always(_facts: Facts) -> bool:
    return True


def _nothing(_facts: Facts, _at: datetime) -> Facts:
    return no_facts()


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One rule: when a case of `source` enters `state`, ask a case of `target` for `trigger`.

    Attributes:
        name: What it is called in the journal and in settings.
        source: Kind of the case that moves.
        state: State that it enters.
        target: Kind of the case that is asked.
        trigger: What it is asked for.
        leaving: States that it must have left for `state`; empty for any.
        when: Condition on the moving case's facts.
        build: Facts that the wish brings.
    """

    name: str
    source: str
    state: str
    target: str
    trigger: str
    leaving: frozenset[str] = frozenset()
    when: Condition = field(default=_always)
    build: Build = field(default=_nothing)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a link asks for: of which case, and the event."""

    kind: str
    key: str
    event: Event


def linked(links: Iterable[Link], kind: str, key: str, step: Step, *, facts: Facts, at: datetime) -> Iterator[Wish]:
    """The wishes that follow from one step of the case (`kind`, `key`), whose `facts` already hold it.

    Linked cases share the order's key, which they carry as the fact `order`; a case without it stands alone.
    """
    order = key if kind == "order" else facts.get("order")
    if step.source == step.target or not isinstance(order, str):
        return
    for link in links:
        if link.source != kind or link.state != step.target or not link.when(facts):
            continue
        if link.leaving and step.source not in link.leaving:
            continue
        data = {**link.build(facts, at), "order": order}
        event = Event(name=link.trigger, at=at, by=Cause.API, asked=True, data=data, evidence=f"link {link.name}")
        yield Wish(link.target, order, event)
