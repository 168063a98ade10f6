"""Reading a compiled table: which arm an event takes, which way leads where, what may come next, which timers run.

May not build decisions, nor read a clock, a database or a client. Non-obvious choice: of several causes of one arrow
(`rent.started`: an API call or a code typed at the bloq) the one that the event names is taken, else the first of the table.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from heapq import heappop, heappush
from itertools import count

from .row import Row
from .table import Arm, Table
from .words import Case, Cause, Event, Facts

LIKELIEST = (1, 2)
"""A parcel that is gone was rather picked up (D22, D26, D27) than cancelled and its empty box released (D50, D52), though that
is shorter."""

SHORTEST = (1000, 1001)
"""The fewest arrows, and of equally few the everyday ones."""

UNDATED = datetime.min.replace(tzinfo=UTC)
"""The instant of an event that is only imagined: a guard compares it with what the event brings, and it brings nothing."""


@dataclass(frozen=True, slots=True)
class Possible:
    """One thing that may happen next: by whom, through which operation, and where it leads.

    Attributes:
        trigger: The event's name.
        row: The row that would be taken; its `causes` say who, its `call` through which operation.
        target: Where it leads.
        sendable: Whether it may be asked for.
        needs: What its guard still wants of a wish, empty if nothing.
    """

    trigger: str
    row: Row
    target: str
    sendable: bool
    needs: str = ""


def pick(table: Table, case: Case, event: Event) -> Arm | None:
    """The arm that `event` takes, or None. Of two causes of one arrow, the one that the event names is taken."""
    found: Arm | None = None
    arms = table.arms.get((case.state, event.name), ())
    for arm in arms:
        if event.asked and not arm.sendable:
            continue
        guard = arm.row.guard
        if guard is not None and not guard.holds(case.facts, event):
            continue
        if len(arms) == 1 or event.by in arm.row.causes:
            return arm
        found = found or arm
    return found


def way(
    table: Table, source: str, target: str, *, guesses: bool = True, weights: tuple[int, int] = LIKELIEST
) -> tuple[Arm, ...] | None:
    """Best way from one state to another by the table's arrows; None if there is none.

    The table's order decides among equals. Guards are not asked: this is the way that a remote may have gone unheard, and what
    it did it was allowed to do.

    Args:
        table: The machine.
        source: Where the way begins.
        target: Where it ends.
        guesses: Whether arrows that a policy governs are used: nobody should be told that a guess has happened.
        weights: What an arrow of the everyday way counts, and any other: `LIKELIEST` or `SHORTEST`.
    """
    leaving = table.leaving[guesses]
    order = count()
    queue: list[tuple[int, int, str, tuple[Arm, ...]]] = [(0, next(order), source, ())]
    seen: set[str] = set()
    while queue:
        cost, _, state, found = heappop(queue)
        if state == target:
            return found
        if state not in seen:
            seen.add(state)
            for arm in leaving.get(state, ()):
                step = weights[arm.row.id not in table.machine.happy]
                heappush(queue, (cost + step, next(order), arm.target, (*found, arm)))
    return None


def nexts(table: Table, case: Case) -> tuple[Possible, ...]:
    """What may happen next to a case, by whom and through which operation, and what a wish for it would still have to bring."""
    return tuple(
        Possible(name, arm.row, arm.target, arm.sendable, _needs(arm, case))
        for (state, name), arms in table.arms.items()
        if state == case.state
        for arm in arms
        if name == arm.row.trigger
    )


def _needs(arm: Arm, case: Case) -> str:
    guard = arm.row.guard
    if guard is None:
        return ""
    by = Cause.API if arm.sendable else next(iter(sorted(arm.row.causes)))
    return "" if guard.holds(case.facts, Event(name=arm.row.trigger, at=UNDATED, by=by, asked=arm.sendable)) else guard.says


def timers(table: Table, state: str, facts: Facts) -> Mapping[str, datetime]:
    """The timers that must run for a case in `state` with `facts`: due instants by trigger, and no others."""
    wanted: dict[str, datetime] = {}
    for deadline in table.machine.deadlines:
        if state in deadline.states and (due := deadline.due(facts)) is not None:
            wanted[deadline.trigger] = due
    return wanted
