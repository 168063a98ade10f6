"""The difference between a machine that was learned and the specification: a picture in DOT or Mermaid, and lines.

May not ask a server. Non-obvious choice: a learned state is called by the specified state that it behaves most like, and not by
the one that its shortest word should lead to: where an arrow leads astray, that word is the lie.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from .mealy import Mealy
from .recording import UNTRIED


class Mark(StrEnum):
    """What is to be said of an arrow."""

    RIGHT = "right"
    WRONG = "wrong"
    MISSING = "missing"
    ASTRAY = "astray"
    HIDDEN = "hidden"


SAYS: Mapping[Mark, str] = {
    Mark.WRONG: "a wrong answer, or a state that it must not lead to",
    Mark.MISSING: "an arrow that is specified and not there",
    Mark.ASTRAY: "it looks right and leads elsewhere: what follows is another state's",
    Mark.HIDDEN: "it leads into a hidden copy, which looks like its original and behaves otherwise",
}
COLOURS: Mapping[Mark, str] = {
    Mark.RIGHT: "#6b7280",
    Mark.WRONG: "#c62828",
    Mark.MISSING: "#9e9e9e",
    Mark.ASTRAY: "#c62828",
    Mark.HIDDEN: "#e67700",
}


@dataclass(frozen=True, slots=True)
class Arrow:
    """One arrow: between which states, by which input, what is to be said of it, and what it says itself."""

    source: str
    target: str
    name: str
    mark: Mark
    says: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """See the module.

    Attributes:
        start: The first state.
        states: Learned states by their names; a hidden copy has the name of its original and primes.
        copies: Those that are hidden copies.
        unreached: Specified states that nothing behaves like.
        arrows: Arrows that move or are not as specified.
    """

    start: str
    states: tuple[str, ...]
    copies: frozenset[str]
    unreached: tuple[str, ...]
    arrows: tuple[Arrow, ...]

    @property
    def same(self) -> bool:
        """Whether there is none."""
        return all(arrow.mark is Mark.RIGHT for arrow in self.arrows)


def difference(right: Mealy, learned: Mealy) -> Difference:
    """What differs between the specification and a learned machine, both in the words of a recording."""
    likes = {state: _like(right, learned, state) for state in learned.states}
    names = _named(right, learned, likes)
    arrows = tuple(arrow for state in learned.states for arrow in _arrows(right, learned, state, likes, names))
    like = frozenset(likes.values())
    return Difference(
        start=names[learned.start],
        states=tuple(names[state] for state in learned.states),
        copies=frozenset(name for state, name in names.items() if name != likes[state]),
        unreached=tuple(state for state in right.states if state not in like),
        arrows=arrows,
    )


def _agreeing(right: Mealy, learned: Mealy, state: str, other: str) -> int:
    """How many inputs are answered alike; what one of the two was never given says nothing."""
    total = 0
    for name in right.offered(other):
        output = learned.steps[state, name][0]
        total += 0 if output == UNTRIED else 1 if output == right.steps[other, name][0] else -1
    return total


def _like(right: Mealy, learned: Mealy, state: str) -> str:
    """The specified state that a learned one behaves most like; among equals the one that its shortest word should lead to.

    The first states are like each other and like no other one, whatever they do: nothing was there before them.
    """
    if state == learned.start:
        return right.start
    meant = _meant(right, learned.access[state])
    return max(right.states[1:], key=lambda other: (_agreeing(right, learned, state, other), other == meant))


def _meant(right: Mealy, word: Iterable[str]) -> str:
    state = right.start
    for name in word:
        state = right.steps.get((state, name), ("", state))[1]
    return state


def _named(right: Mealy, learned: Mealy, likes: Mapping[str, str]) -> dict[str, str]:
    """Names: of those that are like the same state, the most alike is the original, and the others are its copies."""
    names: dict[str, str] = {}
    for original in dict.fromkeys(likes.values()):
        alike = [state for state in learned.states if likes[state] == original]
        alike.sort(key=lambda state: (-_agreeing(right, learned, state, original), len(learned.access[state])))
        names.update((state, original + "'" * count) for count, state in enumerate(alike))
    return names


def _arrows(right: Mealy, learned: Mealy, state: str, likes: Mapping[str, str], names: Mapping[str, str]) -> Iterator[Arrow]:
    here = likes[state]
    for name in right.offered(here):
        wanted, target = right.steps[here, name]
        output, after = learned.steps[state, name]
        if output == UNTRIED:
            continue
        goes = Arrow(names[state], names[after], name, Mark.RIGHT)
        if output != wanted:
            missing = target != here and after == state
            yield Arrow(names[state], names[after], name, Mark.WRONG, f"{output}; must be {wanted}")
            if missing:
                yield Arrow(names[state], target, name, Mark.MISSING)
        elif likes[after] != target:
            yield Arrow(names[state], names[after], name, Mark.ASTRAY, f"must lead to {target}")
        elif names[after] != target and names[state] != names[after]:
            yield Arrow(names[state], names[after], name, Mark.HIDDEN)
        elif after != state:
            yield goes


def lines(found: Difference) -> Iterator[str]:
    """The difference in words."""
    for name in sorted(found.copies):
        yield f"hidden copy: {name}"
    for name in found.unreached:
        yield f"never reached: {name}"
    for arrow in found.arrows:
        if arrow.mark is not Mark.RIGHT:
            yield f"{arrow.mark}: {arrow.name} in {arrow.source} leads to {arrow.target}{f': {arrow.says}' if arrow.says else ''}"


def _grouped(found: Difference) -> Iterator[tuple[str, str, Mark, str]]:
    """Arrows side by side become one: (source, target, mark, label)."""
    groups: dict[tuple[str, str, Mark], list[str]] = {}
    for arrow in found.arrows:
        label = f"{arrow.name}: {arrow.says}" if arrow.says else arrow.name
        groups.setdefault((arrow.source, arrow.target, arrow.mark), []).append(label)
    for (source, target, mark), labels in groups.items():
        yield source, target, mark, "\n".join(labels)


def dot(found: Difference, title: str = "") -> str:
    """The picture for Graphviz."""
    head = [
        "digraph difference {",
        "  rankdir=LR; node [shape=box style=rounded fontname=Helvetica];",
        "  edge [fontname=Helvetica];",
    ]
    if title:
        head.append(f"  label={_quoted(title)}; labelloc=t;")
    nodes = [f"  {_quoted(name)}{_node_style(found, name)};" for name in found.states]
    ghosts = [f"  {_quoted(name)} [style=dotted color={_quoted(COLOURS[Mark.MISSING])}];" for name in found.unreached]
    edges = [
        f"  {_quoted(source)} -> {_quoted(target)} [label={_quoted(label)}{_edge_style(mark)}];"
        for source, target, mark, label in _grouped(found)
    ]
    return "\n".join((*head, *nodes, *ghosts, *edges, "}", ""))


def _node_style(found: Difference, name: str) -> str:
    if name in found.copies:
        return f' [style="rounded,dashed" color={_quoted(COLOURS[Mark.WRONG])} fontcolor={_quoted(COLOURS[Mark.WRONG])}]'
    return " [penwidth=2]" if name == found.start else ""


def _edge_style(mark: Mark) -> str:
    dashes = {Mark.MISSING: " style=dotted", Mark.HIDDEN: " style=dashed"}.get(mark, "")
    return f" color={_quoted(COLOURS[mark])} fontcolor={_quoted(COLOURS[mark])}{dashes}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def mermaid(found: Difference) -> str:
    """The picture for Mermaid."""
    every = dict.fromkeys((*found.states, *found.unreached, *(arrow.target for arrow in found.arrows)))
    ids = {name: f"s{count}" for count, name in enumerate(every)}
    nodes = [f'  {ids[name]}["{_plain(name)}"]{_class(found, name)}' for name in every]
    edges: list[str] = []
    styles: list[str] = []
    for count, (source, target, mark, label) in enumerate(_grouped(found)):
        line = "-.->" if mark in (Mark.MISSING, Mark.HIDDEN) else "-->"
        edges.append(f'  {ids[source]} {line}|"{_plain(label)}"| {ids[target]}')
        if mark is not Mark.RIGHT:
            styles.append(f"  linkStyle {count} stroke:{COLOURS[mark]},color:{COLOURS[mark]}")
    classes = [
        f"  classDef copy stroke:{COLOURS[Mark.WRONG]},color:{COLOURS[Mark.WRONG]},stroke-dasharray:4",
        f"  classDef unreached stroke:{COLOURS[Mark.MISSING]},color:{COLOURS[Mark.MISSING]},stroke-dasharray:2",
    ]
    return "\n".join(("flowchart LR", *nodes, *edges, *classes, *styles, ""))


def _class(found: Difference, name: str) -> str:
    return ":::copy" if name in found.copies else "" if name in found.states else ":::unreached"


def _plain(text: str) -> str:
    return text.replace('"', "#quot;").replace("\n", "<br/>")
