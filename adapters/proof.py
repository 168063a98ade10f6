"""How it is told by what a remote has whether a call took effect whose answer was lost.

May not know any API. Non-obvious choice: a proof is a plan, so that the engine's callers and both kinds of client carry out the
same one; it says what was read besides the verdict, because a client answers with that.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from ..machines import ParcelflowError
from .plan import Plan
from .tolerant import Tolerant


class Verdict(Enum):
    """What is known of the call."""

    HAPPENED = "it happened"
    NOT_YET = "it did not happen and still may"
    NEVER = "it did not happen and no longer can"
    OPEN = "neither is proven"


@dataclass(frozen=True, slots=True)
class Proven:
    """What a look-up found.

    Attributes:
        verdict: What that proves.
        says: What was found, in words.
        read: What the operation would have answered; needed where it happened.
    """

    verdict: Verdict
    says: str
    read: Tolerant | None = None


Reading: TypeAlias = Callable[[str, Mapping[str, object]], Plan[Tolerant | ParcelflowError]]
"""Asks an operation by its id, with parameters under the document's names."""
Proving: TypeAlias = Callable[[Mapping[str, object], Reading], Plan[Proven]]
"""Judges a call that was made with these parameters."""
NO_PROOFS: Mapping[str, Proving] = {}
