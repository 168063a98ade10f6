"""A picture as the bytes of a file: drawn by the Graphviz that pygraphviz's wheel brings along, or as text.

May not be bypassed: pygraphviz carries no types and is imported here alone. Non-obvious choice: no `dot` program is run or looked
for, so a picture comes out the same on a machine that has none or another version. PNG goes through gd, whose 256 colours are
plenty for a diagram: half the time and a third of the bytes of Cairo's own.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import cast

import pygraphviz

from ..machines import BadParametersError
from .dot import Theme, dot
from .mermaid import mermaid
from .picture import Picture

DRAWN: Mapping[str, str] = MappingProxyType({"svg": "svg", "png": "png:cairo:gd", "pdf": "pdf"})
"""What Graphviz draws, and by which of its drawers."""
SHARP, COARSE = 84, 66
"""Dots per inch of a PNG, and of one whose text is longer than `LONG`: painting dots is nine tenths of its time."""
LONG = 32_000
FORMATS = (*DRAWN, "dot", "mermaid")
TEXTS = frozenset({"svg", "dot", "mermaid"})
"""Formats that a terminal can show."""


def render(picture: Picture, file_format: str = "svg", *, theme: Theme = Theme.LIGHT) -> bytes:
    """The picture as a file.

    Args:
        picture: What to draw.
        file_format: `svg`, `png`, `pdf`, or `dot` or `mermaid` for the text itself.
        theme: The ground that it will be looked at on; Mermaid takes it from its page.

    Raises:
        BadParametersError: Another format.
    """
    if file_format not in FORMATS:
        raise BadParametersError(f"a picture cannot be drawn as {file_format!r}; it can as {', '.join(FORMATS)}")
    if file_format == "mermaid":
        return mermaid(picture).encode()
    text = dot(picture, theme)
    if file_format == "dot":
        return text.encode()
    dots = f"-Gdpi={COARSE if len(text) > LONG else SHARP}" if file_format == "png" else ""
    graph = pygraphviz.AGraph(text)
    try:
        return cast(
            "bytes",
            graph.draw(format=DRAWN[file_format], prog="dot", args=dots),  # pyright: ignore[reportUnknownMemberType]
        )
    finally:
        graph.close()
