"""How it looks: pictures of every machine, of any live case, and of what differs between two machines.

May import `machines` and nothing else of ours. Non-obvious choice: a pipeline (machine → picture → DOT or Mermaid text → file)
whose first three stations are pure, so that what a picture shows is tested without drawing it.
"""

from .dot import Theme, dot
from .mermaid import mermaid
from .of_case import CaseView, Passed, case_picture
from .of_diff import Difference, diff_picture, difference
from .of_machine import machine_picture
from .picture import Arrow, Cluster, Detail, Look, Node, Picture
from .render import FORMATS, TEXTS, render

__all__ = [
    "FORMATS",
    "TEXTS",
    "Arrow",
    "CaseView",
    "Cluster",
    "Detail",
    "Difference",
    "Look",
    "Node",
    "Passed",
    "Picture",
    "Theme",
    "case_picture",
    "diff_picture",
    "difference",
    "dot",
    "machine_picture",
    "mermaid",
    "render",
]
