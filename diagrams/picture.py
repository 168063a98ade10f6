"""A picture, neutral of any drawing program: nodes, arrows, clusters and notes, as frozen values.

May not know Graphviz, nor any machine. Non-obvious choice: a style is a *meaning* (`happy`, `expiry`, `guess`), and only the
drawing says what colour and line that is, so that black-and-white and other drawings need no second picture.
"""

from dataclasses import dataclass
from enum import StrEnum


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


@dataclass(frozen=True, slots=True)
class Node:
    """A state. `notes` are lines under its name: rows that leave it for itself."""

    name: str
    label: str
    notes: tuple[str, ...] = ()
    start: bool = False
    final: bool = False
    current: bool = False
    visited: bool = False


@dataclass(frozen=True, slots=True)
class Arrow:
    """One or several rows from one state to another. `rows` are their ids, `lines` the label, `tip` what a pointer shows."""

    source: str
    target: str
    rows: tuple[str, ...]
    lines: tuple[str, ...]
    tip: str
    look: Look


@dataclass(frozen=True, slots=True)
class Cluster:
    """States that belong together."""

    title: str
    nodes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """All of it. `legend` explains the symbols; `remarks` are lines under the title."""

    title: str
    nodes: tuple[Node, ...]
    arrows: tuple[Arrow, ...]
    clusters: tuple[Cluster, ...]
    legend: tuple[str, ...]
    remarks: tuple[str, ...] = ()
