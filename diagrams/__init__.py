"""How it looks: pictures of every machine and of any live case.

May import `machines` and nothing else of ours. Non-obvious choice: a pipeline (machine → picture → DOT text → file) whose first
three stations are pure, so that what a picture shows is tested without drawing it.
"""

from .dot import dot
from .of_case import CaseView, Passed, case_picture
from .of_machine import machine_picture
from .picture import Arrow, Cluster, Look, Node, Picture
from .render import FORMATS, render

__all__ = [
    "FORMATS",
    "Arrow",
    "CaseView",
    "Cluster",
    "Look",
    "Node",
    "Passed",
    "Picture",
    "case_picture",
    "dot",
    "machine_picture",
    "render",
]
