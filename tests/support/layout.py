"""Where Graphviz puts words and lines, and which of them lie on each other.

May not know a machine. Non-obvious choice: it reads Graphviz's own drawing commands (its JSON output) and not the SVG, for they
carry the width of each text as the layout saw it.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pygraphviz carries no types, and neither does JSON.

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias, cast

import pygraphviz

Point: TypeAlias = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle with what stands in it; `owner` tells whose word it is."""

    left: float
    low: float
    right: float
    high: float
    says: str
    owner: str

    def meets(self, other: "Box") -> bool:
        """Whether they overlap by more than a point."""
        apart = (
            self.left + 1 >= other.right,
            other.left + 1 >= self.right,
            self.low + 1 >= other.high,
            other.low + 1 >= self.high,
        )
        return not any(apart)

    def holds(self, point: Point) -> bool:
        """Whether a point lies in its middle."""
        return self.left + 2 < point[0] < self.right - 2 and self.low + 1 < point[1] < self.high - 1


@dataclass(slots=True)
class Layout:
    """Words, states and lines of a drawing."""

    words: list[Box] = field(default_factory=list[Box])
    states: list[Box] = field(default_factory=list[Box])
    lines: list[tuple[str, list[Point]]] = field(default_factory=list[tuple[str, list[Point]]])

    def overlaps(self) -> Iterator[str]:
        """Words on words, and words on states."""
        for number, word in enumerate(self.words):
            for other in (*self.words[number + 1 :], *self.states):
                if word.owner != other.owner and word.meets(other):
                    yield f"{word.says!r} lies on {other.says!r}"

    def crossings(self) -> Iterator[str]:
        """Lines that run through a word."""
        for word in self.words:
            for owner, points in self.lines:
                if any(word.holds(point) for point in points):
                    yield f"{owner} runs through {word.says!r}"


def layout(text: str) -> Layout:
    """Lay out DOT text."""
    graph = pygraphviz.AGraph(text)
    told = json.loads(cast("bytes", graph.draw(format="json", prog="dot")))
    graph.close()
    found = Layout()
    for thing in told.get("objects", ()):
        if "pos" not in thing or thing.get("shape") == "plaintext":
            found.words += _words(thing, thing["name"])
        else:
            x, y = (float(number) for number in thing["pos"].split(","))
            width, height = float(thing["width"]) * 72, float(thing["height"]) * 72
            box = Box(x - width / 2, y - height / 2, x + width / 2, y + height / 2, thing["name"], thing["name"])
            found.states.append(box)
    for edge in told.get("edges", ()):
        if edge.get("style") != "invis":
            owner = f"arrow {edge['_gvid']}"
            found.words += _words(edge, owner)
            found.lines += [(owner, list(_samples(act["points"]))) for act in edge.get("_draw_", ()) if act["op"] in "bB"]
    return found


def _words(thing: dict[str, Any], owner: str) -> Iterator[Box]:
    size = 10.0
    for act in thing.get("_ldraw_", ()):
        if act["op"] == "F":
            size = act["size"]
        elif act["op"] == "T" and act["text"].strip():
            x, y = act["pt"]
            left = {"l": x, "c": x - act["width"] / 2, "r": x - act["width"]}[act["align"]]
            yield Box(left, y - size / 4, left + act["width"], y + size * 3 / 4, act["text"].strip(), owner)


def _samples(points: list[list[float]]) -> Iterator[Point]:
    """Points along a chain of Bézier curves."""
    for start in range(0, len(points) - 1, 3):
        curve = points[start : start + 4]
        for step in range(21):
            t = step / 20
            share = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
            x, y = (sum(part * point[axis] for part, point in zip(share, curve, strict=True)) for axis in (0, 1))
            yield x, y
