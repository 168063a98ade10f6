"""Rows: one arrow of a transition table, and the `row` statement that declares it on a python-statemachine chart.

May not know any single machine. Non-obvious choice: a row *is* its transition's `on` action (`Row.fired` returns the row), so
that sending an event to the chart answers with the row that fired. The library's own semantics can then be compared with
the compiled table arrow by arrow, and no second list ties ids to transitions.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

from statemachine import State
from statemachine.states import States

from .errors import BrokenMachineError
from .policies import DEFAULTS, Policies, Stance
from .words import NO_FACTS, Cause, Confidence, Event, Facts, Json, no_facts

Check: TypeAlias = Callable[[Facts, Event], bool]


@dataclass(frozen=True, slots=True)
class Guard:
    """A condition on the case's facts (as they are before the event) and on the event; never on a clock or a database.

    Attributes:
        says: What must hold, as it reads after "needs": "a locker chosen or given".
        check: The condition.
        asked_only: True when it binds only what *we* ask for. A fact that the remote reports has passed the remote's own
            guard already, and refusing to believe it would only lose it.
    """

    says: str
    check: Check
    asked_only: bool = True

    def holds(self, facts: Facts, event: Event) -> bool:
        """Whether the row may be taken."""
        return (self.asked_only and not event.asked) or self.check(facts, event)


@dataclass(frozen=True, slots=True)
class Scene:
    """What a chart's conditions see: one object, because python-statemachine silently drops payload names that it reserves."""

    facts: Facts
    event: Event
    policies: Policies = DEFAULTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of a transition table, with everything the table says of it.

    Attributes:
        id: The table's row id, `D09`.
        trigger: The event's name.
        sources: States it leaves.
        target: State it enters, None where the table has `=` (unchanged).
        causes: Who can cause it; a row without `Cause.API` cannot be asked for.
        call: Operation that makes it happen when asked, if there is one.
        signals: Names under which webhooks tell it.
        guard: Evaluated condition, if there is one.
        condition: The table's guard column, in words; what only the remote can check stays words.
        evidence: Lines of the vendor's document (`B:2551`) or why it was inferred.
        confidence: How well it is supported.
        policy: Switch that governs it; every low-confidence row has one.
        sets: Facts that hold once it was taken.
        stamps: Name of the fact that keeps the instant at which it was taken.
        since: Version of Bloq.it's API that brought it, None for those of the tables.
        elsewhere: What to ask instead, where an API call causes the row but none of this case's: "its rent".
    """

    id: str
    trigger: str
    sources: tuple[str, ...]
    target: str | None
    causes: frozenset[Cause]
    call: str | None = None
    signals: tuple[str, ...] = ()
    guard: Guard | None = None
    condition: str = ""
    evidence: str = ""
    confidence: Confidence = Confidence.HIGH
    policy: str | None = None
    sets: Facts = field(default_factory=no_facts)
    stamps: str | None = None
    since: str | None = None
    elsewhere: str = ""

    def fired(self) -> "Row":
        """The chart's `on` action: answers with the row itself."""
        return self

    def allows(self, scene: Scene) -> bool:
        """The chart's `cond`: policy, cause and guard, read afresh from the scene (the table precomputes the first two)."""
        stance = self.stance(scene.policies)
        if stance is Stance.REFUSE or (scene.event.asked and not self.sendable(stance)):
            return False
        return self.guard is None or self.guard.holds(scene.facts, scene.event)

    def stance(self, policies: Policies) -> Stance:
        """How far the row is trusted under `policies`; a row that is no guess is trusted wholly."""
        if not policies.knows(self.since):
            return Stance.REFUSE
        return Stance.SEND if self.policy is None else policies[self.policy]

    def sendable(self, stance: Stance) -> bool:
        """Whether it may be asked for: a call of this very case causes it, and it is trusted so far."""
        return stance is Stance.SEND and self.call is not None


class Declare:
    """The `row` statement of one chart: each call declares one row on the states it is given.

    Args:
        states: The chart's states.
        prefix: Put before the row numbers, `D` for `D09`; the shared pick-up half is declared once with each type's own.
    """

    def __init__(self, states: States, prefix: str) -> None:
        self._states = states
        self._prefix = prefix

    def __call__(  # noqa: PLR0913 - one argument per column of the table
        self,
        number: str,
        sources: str | Iterable[str],
        trigger: str,
        target: str | None,
        *causes: Cause,
        call: str | None = None,
        signals: str | Iterable[str] = (),
        guard: Guard | None = None,
        condition: str = "",
        evidence: str,
        confidence: Confidence,
        policy: str | None = None,
        sets: dict[str, Json] | None = None,
        stamps: str | None = None,
        since: str | None = None,
        elsewhere: str = "",
    ) -> None:
        """Declare one row; the arguments are the table's columns, in the table's order.

        Raises:
            BrokenMachineError: A low-confidence row without a policy, or an API row that says neither its call nor what to ask
                instead.
        """
        names = (sources,) if isinstance(sources, str) else tuple(sources)
        row = Row(
            id=self._prefix + number,
            trigger=trigger,
            sources=names,
            target=target,
            causes=frozenset(causes),
            call=call,
            signals=(signals,) if isinstance(signals, str) else tuple(signals),
            guard=guard,
            condition=condition or (guard.says if guard else ""),
            evidence=evidence,
            confidence=confidence,
            policy=policy,
            sets=sets or NO_FACTS,
            stamps=stamps,
            since=since,
            elsewhere=elsewhere,
        )
        _refuse_half_rows(row)
        for name in names:
            _arrow(self._states, row, name)


def _arrow(states: States, row: Row, name: str) -> None:
    source: State = getattr(states, name)
    if row.target is None:
        # Without a target the library neither leaves nor enters the state. `internal=True` would do the same in a flat chart, but
        # within parallel regions it enters the first state of *another* region beside the one that holds (3.2.2).
        source.to(None, event=row.trigger, cond=row.allows, on=row.fired)
    else:
        source.to(getattr(states, row.target), event=row.trigger, cond=row.allows, on=row.fired)


def _refuse_half_rows(row: Row) -> None:
    if row.confidence is Confidence.LOW and row.policy is None:
        raise BrokenMachineError(f"row {row.id} is a guess (confidence L) and needs a policy")
    if (row.call is not None or bool(row.elsewhere)) != (Cause.API in row.causes):
        raise BrokenMachineError(
            f"row {row.id} must name its call (or what to ask instead) if, and only if, an API call causes it: {row.call!r}"
        )
