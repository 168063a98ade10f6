"""Reading a compiled table: which arm an event takes, which way leads where, what may come next, which timers run.

May not build decisions, nor read a clock, a database or a client. Non-obvious choice: of several causes of one arrow
(`rent.started`: an API call or a code typed at the bloq) the one that the event names is taken, else the first of the table.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from heapq import heappop, heappush
from itertools import count

from .compile import Arm, Table
from .row import Row
from .words import Case, Event, Facts


@dataclass(frozen=True, slots=True)
class Possible:
    """One thing that may happen next: by whom, through which operation, and where it leads."""

    trigger: str
    row: Row
    target: str
    sendable: bool


def pick(table: Table, case: Case, event: Event) -> Arm | None:
    """The arm that `event` takes, or None. Of two causes of one arrow, the one that the event names is taken."""
    found: Arm | None = None
    for arm in table.arms.get((case.state, event.name), ()):
        if event.asked and not arm.sendable:
            continue
        guard = arm.row.guard
        if guard is not None and not guard.holds(case.facts, event):
            continue
        if event.by in arm.row.causes:
            return arm
        found = found or arm
    return found


def path(table: Table, source: str, target: str, *, guesses: bool = True) -> tuple[Arm, ...] | None:
    """Likeliest way from one state to another by the table's arrows; None if there is none.

    An arrow of the everyday way counts one, any other two, and the table's order decides among equals: a parcel that is gone
    was rather picked up (D22, D26, D27) than cancelled and its empty box released (D50, D52), though that is shorter. Guards
    are not asked: this is the way that a remote may have gone unheard, and what it did it was allowed to do. With `guesses` off
    no arrow is used that a policy governs: nobody should be told that a guess has happened.
    """
    leaving = _leaving(table, guesses=guesses)
    order = count()
    queue: list[tuple[int, int, str, tuple[Arm, ...]]] = [(0, next(order), source, ())]
    seen: set[str] = set()
    while queue:
        cost, _, state, way = heappop(queue)
        if state == target:
            return way
        if state not in seen:
            seen.add(state)
            for arm in leaving.get(state, ()):
                step = 1 if arm.row.id in table.machine.happy else 2
                heappush(queue, (cost + step, next(order), arm.target, (*way, arm)))
    return None


def _leaving(table: Table, *, guesses: bool) -> Mapping[str, list[Arm]]:
    """Arrows to another state, by the state that they leave."""
    leaving: dict[str, list[Arm]] = {}
    for (state, name), arms in table.arms.items():
        for arm in arms:
            if name == arm.row.trigger and arm.target != state and (guesses or arm.row.policy is None):
                leaving.setdefault(state, []).append(arm)
    return leaving


def possible(table: Table, case: Case) -> tuple[Possible, ...]:
    """What may happen next to a case, by whom and through which operation; guards are not asked (they need the event)."""
    return tuple(
        Possible(name, arm.row, arm.target, arm.sendable)
        for (state, name), arms in table.arms.items()
        if state == case.state
        for arm in arms
        if name == arm.row.trigger
    )


def timers(table: Table, state: str, facts: Facts) -> Mapping[str, datetime]:
    """The timers that must run for a case in `state` with `facts`: due instants by trigger, and no others."""
    wanted: dict[str, datetime] = {}
    for deadline in table.machine.deadlines:
        if state in deadline.states and (due := deadline.due(facts)) is not None:
            wanted[deadline.trigger] = due
    return wanted
