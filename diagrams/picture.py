"""A picture, neutral of any drawing program: nodes, arrows, clusters and notes, as frozen values.

May not know Graphviz, nor any machine. Non-obvious choice: a style is a *meaning* (`happy`, `ending`, `guess`), and only the
drawing says what colour and line that is, so that black-and-white, dark and other drawings need no second picture.
"""

from dataclasses import dataclass
from enum import StrEnum


def printable(text: str) -> str:
    """Text that any font can draw: control characters but the end of a line become spaces."""
    return "".join(char if char == "\n" or char.isprintable() else " " for char in text)


class Look(StrEnum):
    """What an arrow means to the eye."""

    HAPPY = "happy"
    PLAIN = "plain"
    ENDING = "ending"
    GUESS = "guess"
    TRAVELLED = "travelled"
    INFERRED = "inferred"
    POSSIBLE = "possible"
    PALE = "pale"
    ADDED = "added"
    REMOVED = "removed"
    RETARGETED = "retargeted"
    FAILED = "failed"


class Detail(StrEnum):
    """How much a picture says, each with all that the one before says; tooltips say everything always."""

    STATES = "states"
    """States and arrows."""
    CAUSES = "causes"
    """What triggers an arrow, and who."""
    CALLS = "calls"
    """Through which operation, and by which signals it is heard of."""
    EVIDENCE = "evidence"
    """The row's id, how sure it is, and the lines of the vendor's document."""


@dataclass(frozen=True, slots=True)
class Node:
    """A state. `notes` are lines under its name: rows that leave it for itself."""

    name: str
    label: str
    notes: tuple[str, ...] = ()
    tip: str = ""
    start: bool = False
    final: bool = False
    current: bool = False
    visited: bool = False


@dataclass(frozen=True, slots=True)
class Arrow:
    """One or several rows from one state to another.

    Attributes:
        source: A node's name, or a cluster's for what leaves every state in it.
        target: A node's name.
        rows: The rows' ids.
        lines: The label.
        tip: What a pointer shows.
        look: What it means.
    """

    source: str
    target: str
    rows: tuple[str, ...]
    lines: tuple[str, ...]
    tip: str
    look: Look


@dataclass(frozen=True, slots=True)
class Cluster:
    """States that belong together. `notes` are rows that leave every one of them for itself."""

    name: str
    title: str
    nodes: tuple[str, ...]
    inner: tuple["Cluster", ...] = ()
    notes: tuple[str, ...] = ()
    tip: str = ""

    @property
    def all_nodes(self) -> tuple[str, ...]:
        """Every node in it, at any depth, the inner clusters' first."""
        return (*(name for cluster in self.inner for name in cluster.all_nodes), *self.nodes)


@dataclass(frozen=True, slots=True)
class Picture:
    """All of it. `legend` explains the symbols; `remarks` are lines under the title."""

    title: str
    nodes: tuple[Node, ...]
    arrows: tuple[Arrow, ...]
    clusters: tuple[Cluster, ...]
    legend: tuple[str, ...]
    remarks: tuple[str, ...] = ()
