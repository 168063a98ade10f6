"""Rules: what decisions are made by, given once when the engine is made.

May not decide. Non-obvious choice: a habit that changes what a decision writes (when to look, how long to keep) is a rule like a
machine is, so that a decision needs nothing but rules, a case and a message.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from ..machines import Link, Table
from .looks import Looks


@dataclass(frozen=True, slots=True)
class Rules:
    """What decisions are made by.

    Attributes:
        tables: Compiled machines by kind.
        links: Rules between cases.
        systems: Those that can be called.
        looks: When silent cases are looked at.
        keep: How long what is personal of a case is kept once it has ended; None for ever.
    """

    tables: Mapping[str, Table]
    links: tuple[Link, ...]
    systems: frozenset[str]
    looks: Looks
    keep: timedelta | None = None
