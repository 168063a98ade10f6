"""Notices: the closed list of what an engine tells of its work, one class for each sort of fact, and how loud each is.

May not tell anything itself, nor hold anything personal: fields are names, ids, words, numbers and instants that machines and
rows are made of. Non-obvious choice: what somebody wrote (a refusal's reason, a message's body, an exception's words) is in no
notice, however useful it would be. It may repeat a pick-up code, and a log is copied to more places than a database; the journal
and the dead letters have it, sealed where there is a key. An error is told by its type and the lines of code that it came from.
"""

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple, TypeAlias, get_args

from .outgoing import (
    AnswerStale,
    CallAnswered,
    CallDead,
    CallFailed,
    CallMade,
    CallsDoubted,
    CircuitClosed,
    CircuitOpened,
    RetryScheduled,
)


class EngineStarted(NamedTuple):
    """The threads of an engine are at work."""

    database: str


class EngineStopped(NamedTuple):
    """An engine has ended its work and let go of its database."""

    database: str


class MessageAccepted(NamedTuple):
    """A message is durable, and is decided with that or will be."""

    source: str
    external_id: str
    trigger: str
    kind: str | None
    key: str | None


class MessageRepeated(NamedTuple):
    """A message came that had come before; it changes nothing."""

    source: str
    external_id: str
    trigger: str


class MessageHeld(NamedTuple):
    """A message waits: for a call under way, or for what must have happened before it."""

    source: str
    external_id: str
    trigger: str
    kind: str
    key: str
    due_at: datetime | None


class MessageParked(NamedTuple):
    """A message waits for a case with the remote id that it names."""

    source: str
    external_id: str
    trigger: str
    system: str
    remote_id: str


class MessageUnclaimed(NamedTuple):
    """A message concerns no case, and nothing follows from it."""

    source: str
    external_id: str
    trigger: str


class MessageDead(NamedTuple):
    """A message cannot be decided (poison): a dead letter. `error` is the type of what it failed with, `where` the code."""

    source: str
    external_id: str
    trigger: str
    kind: str | None
    key: str | None
    error: str
    where: str


class DecisionMade(NamedTuple):
    """A message was decided. `target` is where the case is now; `dwelt` for how many seconds it was in the state it left."""

    kind: str
    key: str
    trigger: str
    by: str
    outcome: str
    source: str
    target: str
    row: str | None
    steps: int
    opened: bool
    dwelt: float | None
    external_id: str


class AnomalyFound(NamedTuple):
    """Something did not go as it should: a contradiction, a state that was read and is not ours, a call that came to nothing."""

    sort: str
    kind: str
    key: str
    trigger: str
    source: str
    target: str


class TimerFired(NamedTuple):
    """A timer has become a message. `late` is by how many seconds."""

    kind: str
    key: str
    trigger: str
    due_at: datetime
    late: float


class LookWished(NamedTuple):
    """A case was silent for so long that its remote is to be read. `looks` is how often that was wished since it last changed."""

    kind: str
    key: str
    looks: int


class CaseForgotten(NamedTuple):
    """What was personal of a case is no longer kept."""

    kind: str
    key: str


class LetterRetried(NamedTuple):
    """Somebody has put a dead letter on its way again."""

    letter: str


class LetterSkipped(NamedTuple):
    """Somebody has put a dead letter away for good."""

    letter: str


class GapFound(NamedTuple):
    """A remote told, of its history, what nobody had heard: so many messages, and so many cases that are read because of it."""

    system: str
    messages: int
    cases: int


class HistoryUnread(NamedTuple):
    """The history of a remote could not be read; it is read next time."""

    system: str
    error: str
    where: str


class HistoryUnkept(NamedTuple):
    """The history of a remote has something that cannot be kept; the rest of it is."""

    system: str
    external_id: str
    error: str


class StoreFailed(NamedTuple):
    """A thread could not go on because the database failed; it tries again. `code` is the database's own word for the error."""

    worker: str
    error: str
    code: str
    failures: int


class QueueLost(NamedTuple):
    """The queue of tokens is out of reach; it is tried again."""

    error: str
    code: str


class ListenerFailed(NamedTuple):
    """Whoever was to be told of something raised an error. The engine does not mind."""

    listener: str
    error: str
    where: str


Notice: TypeAlias = (
    EngineStarted
    | EngineStopped
    | MessageAccepted
    | MessageRepeated
    | MessageHeld
    | MessageParked
    | MessageUnclaimed
    | MessageDead
    | DecisionMade
    | AnomalyFound
    | TimerFired
    | LookWished
    | CaseForgotten
    | CallMade
    | CallAnswered
    | CallFailed
    | RetryScheduled
    | CallDead
    | AnswerStale
    | CallsDoubted
    | LetterRetried
    | LetterSkipped
    | GapFound
    | HistoryUnread
    | HistoryUnkept
    | CircuitOpened
    | CircuitClosed
    | StoreFailed
    | QueueLost
    | ListenerFailed
)
"""Everything that is ever told."""

SORTS: tuple[type[Notice], ...] = get_args(Notice)
"""The same, one after the other."""

LEVELS: Mapping[type[Notice], int] = {
    **dict.fromkeys(SORTS, logging.INFO),
    **dict.fromkeys((MessageAccepted, MessageRepeated, MessageUnclaimed, CallMade), logging.DEBUG),
    **dict.fromkeys((GapFound, HistoryUnread, HistoryUnkept), logging.WARNING),
    **dict.fromkeys((AnomalyFound, AnswerStale, CallsDoubted, CircuitOpened, QueueLost), logging.WARNING),
    **dict.fromkeys((MessageDead, CallFailed, CallDead, StoreFailed, ListenerFailed), logging.ERROR),
}
"""How loud a log says each."""
