"""A picture as DOT text: pure, and the same text for the same picture.

May not run Graphviz. Non-obvious choice: everything is written as quoted strings with the three characters escaped that DOT reads
inside them (backslash, quote, newline); no HTML labels, whose parser refuses text that a vendor may send.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from .picture import Arrow, Cluster, Look, Node, Picture, printable

FONT = "Helvetica"


class Theme(StrEnum):
    """On which ground a picture is looked at."""

    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True, slots=True)
class Line:
    """How an arrow of one look is drawn: colours on a light and on a dark ground, line style, width, pull on its ends."""

    light: str
    dark: str
    style: str = "solid"
    width: str = "1.2"
    weight: str = "2"


LINES: Mapping[Look, Line] = {
    # Okabe and Ito's palette: told apart by colour-blind eyes; line style and width tell the same without colour.
    Look.HAPPY: Line("#0072B2", "#56B4E9", width="3.4", weight="1000"),
    Look.PLAIN: Line("#404040", "#c8c8c8", weight="3"),
    Look.ENDING: Line("#C04F00", "#F0A060", style="dashed", width="1.4", weight="1"),
    Look.GUESS: Line("#7a5a80", "#c9a9d0", style="dotted", width="1.8", weight="1"),
    Look.TRAVELLED: Line("#0072B2", "#56B4E9", width="3.4", weight="1000"),
    Look.INFERRED: Line("#0072B2", "#56B4E9", style="dashed", width="2.8", weight="1000"),
    Look.POSSIBLE: Line("#00805a", "#3fd0a0", style="dashed", width="1.8", weight="6"),
    Look.PALE: Line("#cfcfcf", "#505050", width="0.9", weight="1"),
    Look.ADDED: Line("#00805a", "#3fd0a0", width="2.8", weight="4"),
    Look.REMOVED: Line("#C04F00", "#F0A060", style="dashed", width="2.2"),
    Look.RETARGETED: Line("#7a5a80", "#c9a9d0", style="bold", width="2.2", weight="4"),
    Look.FAILED: Line("#C00020", "#FF7080", style="bold", width="3.6", weight="4"),
}


@dataclass(frozen=True, slots=True)
class Ground:
    """The colours of everything but arrows."""

    paper: str
    ink: str
    faint: str
    frame: str
    state: str
    visited: str
    current: str
    current_ink: str


GROUNDS: Mapping[Theme, Ground] = {
    Theme.LIGHT: Ground("white", "#222222", "#5f5f5f", "#c4c4c4", "#f7f7f7", "#d6e9f5", "#0072B2", "white"),
    Theme.DARK: Ground("#16191d", "#e6e6e6", "#a0a0a0", "#474d55", "#262b31", "#1d3f55", "#56B4E9", "#10161c"),
}


LEFT = "\\l"
"""How a line ends that begins at the left; DOT's other line ends centre it."""
STRAIGHT = frozenset({Look.HAPPY, Look.TRAVELLED, Look.INFERRED})


def dot(picture: Picture, theme: Theme = Theme.LIGHT) -> str:
    """The picture in the DOT language."""
    return "\n".join(_Writer(picture, theme).lines()) + "\n"


def quoted(text: str, *, line_end: str = "\\n") -> str:
    r"""A DOT string that reads as `text`; control characters, which no font draws, become spaces.

    Args:
        text: What it says.
        line_end: How a line ends: `\n` for centred lines, `\l` for lines that begin at the left.
    """
    return '"' + printable(text).replace("\\", "\\\\").replace('"', '\\"').replace("\n", line_end) + '"'


def _attributes(values: Mapping[str, str], *, line_end: str = "\\n") -> str:
    return "[" + ", ".join(f"{name}={quoted(value, line_end=line_end)}" for name, value in values.items()) + "]"


class _Writer:
    """Writes one picture on one ground."""

    def __init__(self, picture: Picture, theme: Theme) -> None:
        self._picture = picture
        self._theme = theme
        self._ground = GROUNDS[theme]
        self._nodes = {node.name: node for node in picture.nodes}
        self._places = {node.name: number for number, node in enumerate(picture.nodes)}
        self._clusters: dict[str, tuple[int, Cluster]] = {}
        self._straight = self._line()

    def lines(self) -> Iterator[str]:
        picture, ground = self._picture, self._ground
        graph = {
            "label": "\n".join((picture.title, *picture.remarks)) + "\n ",
            "labelloc": "t",
            "fontname": FONT,
            "fontsize": "14",
            "fontcolor": ground.ink,
            "rankdir": "TB",
            "nodesep": "0.4",
            "ranksep": "0.38",
            "newrank": "true",
            "compound": "true",
            "bgcolor": ground.paper,
        }
        yield "digraph parcelflow {"
        yield f"  graph {_attributes(graph)};"
        node = {"fontname": FONT, "fontsize": "11", "fontcolor": ground.ink, "shape": "box", "style": "rounded,filled"}
        yield f"  node {_attributes({**node, 'margin': '0.12,0.06', 'height': '0.35'})};"
        yield f"  edge {_attributes({'fontname': FONT, 'fontsize': '9.5', 'arrowsize': '0.75'})};"
        grouped = {name for cluster in picture.clusters for name in cluster.all_nodes}
        yield from (self._node(node) for node in picture.nodes if node.name not in grouped)
        for cluster in picture.clusters:
            yield from self._cluster(cluster, "  ")
        yield from (self._arrow(arrow) for arrow in picture.arrows)
        yield from self._legend()
        yield "}"

    def _cluster(self, cluster: Cluster, indent: str) -> Iterator[str]:
        number = len(self._clusters)
        self._clusters[cluster.name] = number, cluster
        frame = {"label": cluster.title, "tooltip": cluster.tip or cluster.title, "style": "rounded", "color": self._ground.frame}
        frame |= {"fontcolor": self._ground.faint, "fontsize": "10", "labeljust": "l"}
        yield f"{indent}subgraph cluster_{number} {{"
        yield f"{indent}  graph {_attributes(frame)};"
        for inner in cluster.inner:
            yield from self._cluster(inner, indent + "  ")
        yield from (indent + self._node(self._nodes[name]) for name in cluster.nodes)
        if cluster.notes:
            # A node of its own and not lines of the cluster's label: arrows run around nodes, and straight through labels.
            beside = cluster.nodes[0]
            yield f"{indent}  {self._text(f'notes {number}', cluster.notes, '9.5')}"
            yield f'{indent}  {{rank="same"; "notes {number}" -> {quoted(beside)} [style="invis"];}}'
        yield f"{indent}}}"

    def _legend(self) -> Iterator[str]:
        yield f"  {self._text('the legend', self._picture.legend, '9')}"
        lowest = [node.name for node in self._picture.nodes if node.final] or [node.name for node in self._picture.nodes][-1:]
        yield from (f'  {quoted(name)} -> "the legend" [style="invis", weight="0"];' for name in lowest)

    def _text(self, name: str, lines: Iterable[str], size: str) -> str:
        """A node that is nothing but text; its name has a space, which no state's can have."""
        look = {"label": "".join(line + "\n" for line in lines), "shape": "plaintext", "style": "", "fontsize": size}
        look |= {"fontcolor": self._ground.faint, "margin": "0.04,0.02"}
        return f"{quoted(name)} {_attributes(look, line_end=LEFT)};"

    def _node(self, node: Node) -> str:
        ground = self._ground
        look = {"label": "\n".join((node.label, *node.notes)), "fillcolor": ground.state, "color": ground.faint}
        look |= {"tooltip": node.tip or node.label}
        if node.name in self._straight:
            look |= {"group": "way"}
        if node.start:
            look |= {"label": "", "shape": "circle", "style": "filled", "fillcolor": ground.ink, "width": "0.2", "height": "0.2"}
            look |= {"fixedsize": "true"}
        if node.visited:
            look |= {"fillcolor": ground.visited}
        if node.current:
            look |= {"fillcolor": ground.current, "fontcolor": ground.current_ink, "penwidth": "3"}
        if node.final:
            look |= {"peripheries": "2"}
        return f"  {quoted(node.name)} {_attributes(look)};"

    def _line(self) -> frozenset[str]:
        """Nodes to put below each other where clusters within clusters would push the way aside; elsewhere weight does it."""
        if not any(cluster.inner for cluster in self._picture.clusters):
            return frozenset()
        way = {place for arrow in self._picture.arrows if arrow.look in STRAIGHT for place in (arrow.source, arrow.target)}
        return frozenset(name for name in way if not self._nodes[name].final)

    def _leaves_inner(self, arrow: Arrow) -> bool:
        """Whether it leaves a cluster within a cluster."""
        inner = (cluster.all_nodes for outer in self._picture.clusters for cluster in outer.inner)
        return any(arrow.source in nodes and arrow.target not in nodes for nodes in inner)

    def _order(self, place: str) -> int:
        """Where a node, or the first of a cluster, stands in the reading order."""
        first = self._clusters[place][1].all_nodes[0] if place in self._clusters else place
        return self._places[first]

    def _arrow(self, arrow: Arrow) -> str:
        line = LINES[arrow.look]
        colour = line.dark if self._theme is Theme.DARK else line.light
        look = {
            "label": "\n".join(f"  {line}  " for line in arrow.lines),
            "tooltip": arrow.tip,
            "labeltooltip": arrow.tip,
            "color": colour,
        }
        look |= {"fontcolor": colour, "style": line.style, "penwidth": line.width, "weight": line.weight}
        source = arrow.source
        if self._order(arrow.target) < self._order(source):
            look |= {"constraint": "false"}
        elif arrow.look in STRAIGHT and self._leaves_inner(arrow):
            look |= {"minlen": "2"}  # past the cluster's other states, so that the line can stay straight
        if source in self._clusters:
            number, cluster = self._clusters[source]
            source = cluster.all_nodes[-1]
            look |= {"ltail": f"cluster_{number}"}
        return f"  {quoted(source)} -> {quoted(arrow.target)} {_attributes(look)};"
