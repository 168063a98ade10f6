"""A picture as Mermaid text, for pages that draw it themselves (GitHub, GitLab, most wikis): pure, the same text each time.

May not run anything. Non-obvious choice: names are numbered (`s3`, `g1`) and every word is a label. Mermaid reads names as
syntax, and a colon or semicolon in a label ends the statement, so those are written as the entities that it decodes.
"""

import json
from collections.abc import Iterator, Mapping

from .picture import Arrow, Cluster, Look, Node, Picture, printable

STYLES: Mapping[str, str] = {
    # Okabe and Ito's palette, as in `dot`; Mermaid styles states, not transitions.
    "current": "fill:#0072B2,color:#ffffff,stroke-width:3px",
    "visited": "fill:#d6e9f5,color:#222222",
}
MARKS: Mapping[Look, str] = {
    Look.HAPPY: "● ",
    Look.GUESS: "? ",
    Look.ENDING: "✕ ",
    Look.INFERRED: "(inferred) ",
    Look.POSSIBLE: "may: ",
}
"""Transitions have one line style in Mermaid, so a mark says what it would have said."""
MARKS_LEGEND = "● everyday way   ✕ expiry, cancellation, rejection   ? a guess behind a policy   ↻ stays"


def mermaid(picture: Picture) -> str:
    """The picture as a Mermaid `stateDiagram-v2`; pale arrows, which it cannot draw pale, are left out."""
    return "\n".join(_Writer(picture).lines()) + "\n"


def escaped(text: str) -> str:
    """Text that Mermaid shows as it is: one line, without what it reads as syntax."""
    plain = printable(text)
    for char in '#;:<>"{}`':
        plain = plain.replace(char, f"\0{ord(char)}\1")
    return plain.replace("\n", "<br/>").replace("\0", "#").replace("\1", ";")


class _Writer:
    """Writes one picture."""

    def __init__(self, picture: Picture) -> None:
        self._picture = picture
        self._names = {node.name: f"s{number}" for number, node in enumerate(picture.nodes)}
        self._nodes = {node.name: node for node in picture.nodes}

    def lines(self) -> Iterator[str]:
        yield "---"
        yield f"title: {json.dumps(self._picture.title, ensure_ascii=False)}"  # YAML, where no entity is decoded
        yield "---"
        yield "stateDiagram-v2"
        for note in (*self._picture.remarks, *self._picture.legend[:1], MARKS_LEGEND):
            yield f"  %% {' '.join(note.split())}"
        grouped = {name for cluster in self._picture.clusters for name in cluster.all_nodes}
        for cluster in self._picture.clusters:
            yield from self._cluster(cluster, "  ")
        yield from (self._node(node, "  ") for node in self._picture.nodes if node.name not in grouped and not node.start)
        for arrow in self._picture.arrows:
            if arrow.look is not Look.PALE:
                yield f"  {self._arrow(arrow)}"
        yield from (f"  {self._names[node.name]} --> [*]" for node in self._picture.nodes if node.final)
        yield from self._styles()

    def _cluster(self, cluster: Cluster, indent: str) -> Iterator[str]:
        name = self._names[cluster.name] = f"g{len(self._names) - len(self._nodes)}"
        title = escaped("\n".join((cluster.title, *cluster.notes)))
        yield f'{indent}state "{title}" as {name} {{'
        for inner in cluster.inner:
            yield from self._cluster(inner, indent + "  ")
        yield from (self._node(self._nodes[name], indent + "  ") for name in cluster.nodes)
        yield f"{indent}}}"

    def _node(self, node: Node, indent: str) -> str:
        return f'{indent}state "{escaped(chr(10).join((node.label, *node.notes)))}" as {self._names[node.name]}'

    def _arrow(self, arrow: Arrow) -> str:
        source, target = ("[*]" if self._starts(place) else self._names[place] for place in (arrow.source, arrow.target))
        label = escaped(MARKS.get(arrow.look, "") + "\n".join(arrow.lines))
        return f"{source} --> {target}" + (f" : {label}" if arrow.lines else "")

    def _starts(self, place: str) -> bool:
        return place in self._nodes and self._nodes[place].start

    def _styles(self) -> Iterator[str]:
        nodes = [node for node in self._picture.nodes if not node.start]
        marked = {
            "visited": [self._names[node.name] for node in nodes if node.visited and not node.current],
            "current": [self._names[node.name] for node in nodes if node.current],
        }
        for style, found in marked.items():
            if found:
                values = STYLES[style]
                yield f"  classDef {style} {values}"
                yield f"  class {','.join(found)} {style}"
