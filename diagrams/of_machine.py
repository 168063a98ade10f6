"""A compiled machine as a picture.

May not draw. Non-obvious choice: what every state of a group does is drawn once, from the group. Cancellations, deadlines and
codes leave each of many states for the same place, and drawn one by one they hide the way that the picture is there to show.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from textwrap import shorten, wrap

from ..machines import ABSENT, Arm, Cause, Confidence, Group, Table
from .picture import Arrow, Cluster, Detail, Look, Node, Picture

SYMBOLS = {
    Cause.API: "⇄",
    Cause.LOCKER: "▣",
    Cause.TIMER: "◷",
    Cause.WEBHOOK: "⚑",
    Cause.AUTOMATIC: "⚙",
    Cause.BACK_OFFICE: "☏",
}
CAUSES_LEGEND = "  ".join(f"{symbol} {cause.value}" for cause, symbol in SYMBOLS.items())
LEGEND = (
    CAUSES_LEGEND,
    "━━ everyday way   ── other ways   ╌╌ expiry, cancellation, rejection   ┈┈ a guess behind a policy   ↻ stays",
)
ENDINGS = frozenset({"expired", "cancelled", "rejected", "churned", "inactive"})
NARROW = 34
"""Characters of evidence in a line, and `LONG` in all: the rest is in the tooltip."""
LONG = 64


def machine_picture(table: Table, detail: Detail = Detail.CAUSES) -> Picture:
    """The picture of a machine: every row of it, and nothing else; at full detail those too that are switched off."""
    clusters = clusters_of(table, detail)
    drawn = (*arrows(table.arrows, clusters, looks(table), detail), *(_switched_off(table, clusters, detail)))
    return Picture(
        title=table.machine.title,
        nodes=tuple(nodes(table, detail)),
        arrows=drawn,
        clusters=clusters,
        legend=LEGEND,
    )


def _switched_off(table: Table, clusters: Iterable[Cluster], detail: Detail) -> Iterator[Arrow]:
    """What a policy refuses, or a later version of the API would bring."""
    if detail is Detail.EVIDENCE:
        for drawn in arrows(table.refused, clusters, lambda _arm: Look.GUESS, detail):
            rows = {arm.row.policy or f"api_level {arm.row.since}" for arm in table.refused if arm.row.id in drawn.rows}
            yield replace(drawn, lines=(*drawn.lines, f"off: {', '.join(sorted(rows))}"))


def everyday(table: Table) -> frozenset[tuple[str, str]]:
    """(Row id, source) of each arrow of the everyday way: of a row with several sources, only the one that lies on it."""
    found: set[tuple[str, str]] = set()
    held = {region[0] for region in table.regions}
    for row in table.machine.happy:
        for arm in table.arrows:
            if arm.row.id == row and arm.source in held:
                found.add((row, arm.source))
                held = {arm.target, *held} if len(table.regions) > 1 else {arm.target}
                break
    return frozenset(found)


def nodes(table: Table, detail: Detail) -> Iterator[Node]:
    """The states, each with the rows that stay in it and in no whole group around it."""
    shared = {
        (arm.row.id, arm.row.trigger, state)
        for group in _groups(table)
        for arm in _staying(table, group)
        for state in group.states
    }
    finals = table.finals if len(table.regions) == 1 else frozenset[str]()
    for state in (state for region in table.regions for state in region):
        own = [arm for arm in table.arrows if arm.source == arm.target == state]
        left = [arm for arm in own if (arm.row.id, arm.row.trigger, state) not in shared]
        yield Node(
            state,
            state.replace("_", " "),
            notes=notes(left, detail),
            tip=tip(own),
            start=state == ABSENT,
            final=state in finals,
        )


def clusters_of(table: Table, detail: Detail) -> tuple[Cluster, ...]:
    """The machine's groups of states."""
    return tuple(_cluster(table, group, detail) for group in table.machine.groups)


def _cluster(table: Table, group: Group, detail: Detail, *, above: frozenset[tuple[str, str]] = frozenset()) -> Cluster:
    staying = [arm for arm in _staying(table, group) if (arm.row.id, arm.row.trigger) not in above]
    told = above | {(arm.row.id, arm.row.trigger) for arm in staying}
    return Cluster(
        name=f"{group.title} of {table.kind}",
        title=group.title,
        nodes=tuple(member for member in group.members if isinstance(member, str)),
        inner=tuple(_cluster(table, member, detail, above=told) for member in group.members if isinstance(member, Group)),
        notes=notes(staying, detail),
        tip=tip(staying),
    )


def _groups(table: Table) -> Iterator[Group]:
    """Every group, at any depth."""
    queue = list(table.machine.groups)
    while queue:
        group = queue.pop(0)
        yield group
        queue.extend(member for member in group.members if isinstance(member, Group))


def _staying(table: Table, group: Group) -> list[Arm]:
    """One arm for each row by which every state of a group (of two at least) stays where it is."""
    states = set(group.states)
    by_row: dict[tuple[str, str], list[Arm]] = {}
    for arm in table.arrows:
        if arm.source == arm.target and arm.source in states:
            by_row.setdefault((arm.row.id, arm.row.trigger), []).append(arm)
    return [arms[0] for arms in by_row.values() if len(states) > 1 and {arm.source for arm in arms} == states]


def notes(arms: Iterable[Arm], detail: Detail) -> tuple[str, ...]:
    """Rows that leave a state for itself, as lines under its name."""
    return tuple(dict.fromkeys(line for arm in arms for line in marked("↻ ", label(arm, detail))))


def marked(mark: str, lines: tuple[str, ...]) -> tuple[str, ...]:
    """Lines with a mark before the first; none stay none."""
    return (mark + lines[0], *lines[1:]) if lines else ()


def label(arm: Arm, detail: Detail) -> tuple[str, ...]:
    """What stands at an arrow, line by line."""
    row = arm.row
    if detail is Detail.STATES:
        return ()
    symbols = "".join(SYMBOLS[cause] for cause in sorted(row.causes))
    first = f"{row.trigger.replace('_', ' ')} {symbols}"
    if detail is Detail.CAUSES:
        return (first,)
    ways = (*((row.call,) if row.call else ()), *(f"⚑ {signal}" for signal in row.signals))
    if detail is Detail.CALLS:
        return (first, *ways)
    return (f"{row.id} ({row.confidence}) {first}", *ways, *wrap(shorten(row.evidence, LONG, placeholder=" …"), NARROW))


def tip(arms: Iterable[Arm]) -> str:
    """What a pointer shows: everything that the rows say, one row a line."""
    found = {(arm.row.id, arm.row.trigger): arm.row for arm in arms}.values()
    lines = (
        f"{row.id} ({row.confidence}) {row.trigger} by {', '.join(sorted(row.causes))}"
        f"{f' through {row.call}' if row.call else ''}{f'; needs {row.condition}' if row.condition else ''}; {row.evidence}"
        for row in found
    )
    return "\n".join(lines)


def arrows(arms: Iterable[Arm], clusters: Iterable[Cluster], look: Callable[[Arm], Look], detail: Detail) -> Iterator[Arrow]:
    """The arms that lead somewhere else as arrows; rows between the same two places share one."""
    same: dict[tuple[str, str, Look], dict[str, list[Arm]]] = {}
    for arm in arms:
        if arm.source != arm.target:
            means = look(arm)
            trigger = arm.row.id + arm.source if means is Look.HAPPY else arm.row.trigger
            same.setdefault((trigger, arm.target, means), {}).setdefault(arm.source, []).append(arm)
    between: dict[tuple[str, str, Look], list[Arm]] = {}
    for (_, target, means), found in same.items():
        for source, states in _gathered(found, tuple(clusters)):
            between.setdefault((source, target, means), []).extend(arm for state in states for arm in found[state])
    for (source, target, means), gathered in between.items():
        yield arrow(source, target, gathered, means, detail)


def arrow(source: str, target: str, arms: Iterable[Arm], look: Look, detail: Detail) -> Arrow:
    """Several arms between two places as one arrow."""
    found = {(arm.row.id, arm.row.trigger): arm for arm in arms}.values()
    lines = tuple(dict.fromkeys(line for arm in found for line in label(arm, detail)))
    return Arrow(source, target, tuple(dict.fromkeys(arm.row.id for arm in found)), lines, tip(found), look)


def _gathered(found: dict[str, list[Arm]], clusters: tuple[Cluster, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Where arrows of one trigger to one place begin: in the widest clusters all of whose states have it, else in the states.

    Such a cluster never holds the place itself, for a row that stays where it is makes no arrow.
    """
    left = dict.fromkeys(found)
    for cluster in _widest_first(clusters):
        inside = cluster.all_nodes
        if len(inside) > 1 and left.keys() >= set(inside):
            yield cluster.name, inside
            left = dict.fromkeys(state for state in left if state not in inside)
    yield from ((state, (state,)) for state in left)


def _widest_first(clusters: Iterable[Cluster]) -> Iterator[Cluster]:
    for cluster in clusters:
        yield cluster
        yield from _widest_first(cluster.inner)


def looks(table: Table) -> Callable[[Arm], Look]:
    """What an arm of a machine means to the eye."""
    heavy = everyday(table)

    def look(arm: Arm) -> Look:
        if (arm.row.id, arm.source) in heavy:
            return Look.HAPPY
        if arm.row.confidence is Confidence.LOW:
            return Look.GUESS
        return Look.ENDING if arm.target in ENDINGS or arm.source in ENDINGS else Look.PLAIN

    return look
