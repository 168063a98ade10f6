"""DOT text to bytes of a picture file, by the Graphviz that pygraphviz's wheel brings along.

May not be bypassed: pygraphviz carries no types and is imported here alone. Non-obvious choice: no `dot` program is run or looked
for, so a picture comes out the same on a machine that has none or another version.
"""

from typing import cast

import pygraphviz

from ..machines import BadParametersError
from .dot import dot
from .picture import Picture

FORMATS = ("svg", "png", "pdf", "dot")


def render(picture: Picture, file_format: str = "svg") -> bytes:
    """The picture as a file.

    Args:
        picture: What to draw.
        file_format: `svg`, `png`, `pdf`, or `dot` for the text itself.

    Raises:
        BadParametersError: Another format.
    """
    if file_format not in FORMATS:
        raise BadParametersError(f"a picture cannot be drawn as {file_format!r}; it can as {', '.join(FORMATS)}")
    text = dot(picture)
    if file_format == "dot":
        return text.encode()
    graph = pygraphviz.AGraph(text)
    return cast("bytes", graph.draw(format=file_format, prog="dot"))  # pyright: ignore[reportUnknownMemberType]
