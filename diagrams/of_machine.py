"""A compiled machine as a picture.

May not draw. Non-obvious choice: rows that leave a state for itself stand as lines inside the state, and rows between the same
two states share one arrow, because at 38 rows it is the labels and not the arrows that make a picture unreadable.
"""

from collections.abc import Iterable

from ..machines import ABSENT, Arm, Cause, Confidence, Table
from .picture import Arrow, Cluster, Look, Node, Picture

SYMBOLS = {
    Cause.API: "⇄",
    Cause.LOCKER: "▣",
    Cause.TIMER: "◷",
    Cause.WEBHOOK: "⚑",
    Cause.AUTOMATIC: "⚙",
    Cause.BACK_OFFICE: "☏",
}
LEGEND = (
    *(f"{symbol} {cause.value}" for cause, symbol in SYMBOLS.items()),
    "heavy: the everyday way",
    "dashed: expiry, cancellation, rejection",
    "dotted: a guess behind a policy",
    "↻ stays in its state",
)
ENDINGS = frozenset({"expired", "cancelled", "rejected"})


def machine_picture(table: Table) -> Picture:
    """The picture of a machine: every row of it, and nothing else."""
    leaving = tuple(own_arms(table))
    return Picture(
        title=table.machine.title,
        nodes=tuple(node(table, leaving, state) for state in table.states),
        arrows=tuple(_arrows(table, leaving)),
        clusters=clusters(table),
        legend=LEGEND,
    )


def own_arms(table: Table) -> Iterable[Arm]:
    """Every arm once, under its own trigger."""
    for (_, name), arms in table.arms.items():
        yield from (arm for arm in arms if arm.row.trigger == name)


def clusters(table: Table) -> tuple[Cluster, ...]:
    """The machine's groups of states."""
    return tuple(Cluster(title, states) for title, states in table.machine.groups.items())


def node(table: Table, arms: Iterable[Arm], state: str) -> Node:
    """One state, with the rows that stay in it."""
    staying: dict[tuple[str, str], str] = {}
    for arm in arms:
        if arm.source == arm.target == state:
            staying[arm.row.id, arm.row.trigger] = f"↻ {label(arm)}"
    return Node(state, state.replace("_", " "), notes=tuple(staying.values()), start=state == ABSENT, final=state in table.finals)


def label(arm: Arm) -> str:
    """What stands at an arrow: row id, trigger, and who causes it."""
    causes = "".join(SYMBOLS[cause] for cause in sorted(arm.row.causes))
    return f"{arm.row.id} {arm.row.trigger.replace('_', ' ')} {causes}"


def _arrows(table: Table, arms: Iterable[Arm]) -> Iterable[Arrow]:
    between: dict[tuple[str, str, Look], list[Arm]] = {}
    for arm in arms:
        if arm.source != arm.target:
            between.setdefault((arm.source, arm.target, _look(table, arm)), []).append(arm)
    for (source, target, look), found in between.items():
        yield arrow(source, target, found, look)


def arrow(source: str, target: str, arms: Iterable[Arm], look: Look) -> Arrow:
    """Several arms between two states as one arrow."""
    found = {(arm.row.id, arm.row.trigger): arm for arm in arms}.values()
    tip = "; ".join(f"{arm.row.id} ({arm.row.confidence}): {arm.row.evidence}" for arm in found)
    ids = tuple(dict.fromkeys(arm.row.id for arm in found))
    return Arrow(source, target, ids, tuple(dict.fromkeys(label(arm) for arm in found)), tip, look)


def _look(table: Table, arm: Arm) -> Look:
    if arm.row.id in table.machine.happy:
        return Look.HAPPY
    if arm.row.confidence is Confidence.LOW:
        return Look.GUESS
    return Look.ENDING if arm.target in ENDINGS or arm.source in ENDINGS else Look.PLAIN
