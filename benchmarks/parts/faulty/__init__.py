"""Servers with one known fault each: what the conformance kit and its peer are measured on.

May not change the simulator: every fault lives in a copy. Non-obvious choice: the faults are data (`faults.yaml`), each with its
shortest known reproduction as a script, because a fault that nobody has shown to differ would count as missed for ever.
"""

from .copies import Copy, copied, forget
from .fault import FAMILIES, FAULTS, NEEDS, Family, Fault, Need
from .reproductions import Transcript, transcript

__all__ = [
    "FAMILIES",
    "FAULTS",
    "NEEDS",
    "Copy",
    "Family",
    "Fault",
    "Need",
    "Transcript",
    "copied",
    "forget",
    "transcript",
]
