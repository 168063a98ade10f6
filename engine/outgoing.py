"""Notices of what goes out: calls, what came back of them, and remotes that do not answer.

May not hold anything personal, as `notices` says, which lists these among all that is told. Non-obvious choice: an answer is one
word here. What a remote gave as its reason is in the journal of the case, for it may repeat what it was sent.
"""

from datetime import datetime
from typing import NamedTuple


class CallMade(NamedTuple):
    """A call, or the look-up of one whose outcome is not known, is being made."""

    operation: str
    kind: str
    key: str
    effect: str
    attempt: int
    looked_up: bool


class CallAnswered(NamedTuple):
    """A call has come back. `answer` is `done`, `refused`, `later` or `unknown`; `seconds` is how long it was out."""

    operation: str
    kind: str
    key: str
    effect: str
    attempt: int
    looked_up: bool
    answer: str
    seconds: float


class CallFailed(NamedTuple):
    """A caller raised something, so nobody knows what became of the call."""

    operation: str
    effect: str
    error: str
    where: str


class RetryScheduled(NamedTuple):
    """A call is tried again at `due_at`; looked up first, where its outcome is not known (`unsure`)."""

    operation: str
    kind: str
    key: str
    effect: str
    attempt: int
    due_at: datetime
    unsure: bool


class CallDead(NamedTuple):
    """A call was given up: a dead letter."""

    operation: str
    kind: str
    key: str
    effect: str
    attempt: int


class AnswerStale(NamedTuple):
    """An answer came after the lease of its call had run out and somebody else had claimed it; it changes nothing."""

    operation: str
    effect: str
    attempt: int


class CallsDoubted(NamedTuple):
    """Calls were out when the process that made them ended, or for longer than their lease; they are looked up."""

    calls: int


class CircuitOpened(NamedTuple):
    """A remote did not answer so often that it is left alone until `until`."""

    system: str
    failures: int
    until: datetime


class CircuitClosed(NamedTuple):
    """A remote answers again."""

    system: str
