"""A picture as DOT text: pure, and the same text for the same picture.

May not run Graphviz. Non-obvious choice: everything is written as quoted strings with the three characters escaped that DOT reads
inside them (backslash, quote, newline); no HTML labels, whose parser refuses text that a vendor may send.
"""

from collections.abc import Iterator, Mapping

from .picture import Arrow, Cluster, Look, Node, Picture

FONT = "Helvetica"
STYLES: Mapping[Look, Mapping[str, str]] = {
    # Okabe and Ito's palette: told apart by colour-blind eyes; line style and width tell the same without colour.
    Look.HAPPY: {"color": "#0072B2", "fontcolor": "#004a75", "penwidth": "3", "weight": "40"},
    Look.PLAIN: {"color": "#404040", "fontcolor": "#303030", "penwidth": "1.2", "weight": "4"},
    Look.ENDING: {"color": "#D55E00", "fontcolor": "#9c4500", "style": "dashed", "penwidth": "1.2", "weight": "1"},
    Look.GUESS: {"color": "#8a6d8f", "fontcolor": "#6d4f73", "style": "dotted", "penwidth": "1.6", "weight": "1"},
    Look.TRAVELLED: {"color": "#0072B2", "fontcolor": "#004a75", "penwidth": "3.2", "weight": "40"},
    Look.INFERRED: {"color": "#0072B2", "fontcolor": "#004a75", "style": "dashed", "penwidth": "2.6", "weight": "40"},
    Look.POSSIBLE: {"color": "#009E73", "fontcolor": "#00694c", "style": "dashed", "penwidth": "1.6", "weight": "6"},
    Look.PALE: {"color": "#d0d0d0", "fontcolor": "#b0b0b0", "penwidth": "0.8", "weight": "1"},
}


def dot(picture: Picture) -> str:
    """The picture in the DOT language."""
    return "\n".join(_lines(picture)) + "\n"


def quoted(text: str) -> str:
    """A DOT string that reads as `text`; control characters, which no font draws, become spaces."""
    plain = "".join(char if char == "\n" or char.isprintable() else " " for char in text)
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _attributes(values: Mapping[str, str]) -> str:
    return "[" + ", ".join(f"{name}={quoted(value)}" for name, value in values.items()) + "]"


def _lines(picture: Picture) -> Iterator[str]:
    yield "digraph parcelflow {"
    heading = "\n".join((picture.title, *picture.remarks, "", "   ".join(picture.legend[:6]), "   ".join(picture.legend[6:])))
    graph = {
        "label": heading,
        "labelloc": "t",
        "fontname": FONT,
        "fontsize": "15",
        "rankdir": "TB",
        "nodesep": "0.55",
        "ranksep": "0.75",
        "newrank": "true",
        "bgcolor": "white",
    }
    yield f"  graph {_attributes(graph)};"
    yield f"  node {_attributes({'fontname': FONT, 'fontsize': '12', 'shape': 'box', 'style': 'rounded,filled'})};"
    yield f"  edge {_attributes({'fontname': FONT, 'fontsize': '10', 'arrowsize': '0.8'})};"
    grouped = {name for cluster in picture.clusters for name in cluster.nodes}
    yield from (_node(node) for node in picture.nodes if node.name not in grouped)
    nodes = {node.name: node for node in picture.nodes}
    for number, cluster in enumerate(picture.clusters):
        yield from _cluster(number, cluster, nodes)
    yield from (_arrow(arrow) for arrow in picture.arrows)
    yield "}"


def _cluster(number: int, cluster: Cluster, nodes: Mapping[str, Node]) -> Iterator[str]:
    frame = {"label": cluster.title, "style": "rounded", "color": "#bbbbbb", "fontcolor": "#777777", "labeljust": "l"}
    yield f"  subgraph cluster_{number} {{"
    yield f"    graph {_attributes(frame)};"
    yield from ("  " + _node(nodes[name]) for name in cluster.nodes)
    yield "  }"


def _node(node: Node) -> str:
    look = {"label": "\n".join((node.label, *node.notes)), "fillcolor": "#f7f7f7", "color": "#404040", "tooltip": node.label}
    if node.start:
        look |= {"label": "", "shape": "circle", "style": "filled", "fillcolor": "#404040", "width": "0.2", "fixedsize": "true"}
    if node.visited:
        look |= {"fillcolor": "#d6e9f5"}
    if node.current:
        look |= {"fillcolor": "#0072B2", "fontcolor": "white", "penwidth": "3"}
    if node.final:
        look |= {"peripheries": "2"}
    return f"  {quoted(node.name)} {_attributes(look)};"


def _arrow(arrow: Arrow) -> str:
    look = {"label": "\n".join(arrow.lines), "tooltip": arrow.tip, "labeltooltip": arrow.tip, **STYLES[arrow.look]}
    return f"  {quoted(arrow.source)} -> {quoted(arrow.target)} {_attributes(look)};"
