"""The vocabulary: events, cases, effects and arrivals, as plain frozen values.

May not import anything of ours but `errors`, nor read a clock, a database or a network. Non-obvious choice: an event says
whether it is *asked* (somebody wants it; we still have to call) or *told* (the remote, a locker or a clock says that it
happened). Both carry the same name from the tables, because they are the same arrow of the same machine; only a told event
moves a case, an asked one sends an effect and leaves the state to the one who owns it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import TypeAlias

from .errors import MalformedEventError

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Facts: TypeAlias = Mapping[str, Json]

NO_FACTS: Facts = MappingProxyType({})


def no_facts() -> Facts:
    """The empty facts, as a dataclass default (a mapping is not hashable, so it cannot be one itself)."""
    return NO_FACTS


ABSENT = "absent"
"""The state before creation, the tables' `-`: nothing exists at the remote yet."""

REMOTE_STATE = "remote_state"
"""Name of the told event that carries what a look-up read: `data["state"]` in the machine's own words."""

CALL_REFUSED = "call_refused"
"""Name of the told event by which a refused call reports to its case: `data["trigger"]`, `data["reason"]`."""


class Cause(StrEnum):
    """Who can make an event happen, in the tables' words (column *cause*)."""

    API = "API call"
    WEBHOOK = "webhook"
    LOCKER = "locker hardware"
    TIMER = "timer"
    AUTOMATIC = "automatic"
    BACK_OFFICE = "back office"


class Confidence(StrEnum):
    """How well the documents support a row: stated or sampled, one inference step, a guess behind a policy."""

    HIGH = "H"
    MEDIUM = "M"
    LOW = "L"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A fact or a wish with a name from the tables.

    Attributes:
        name: A trigger (`make_requested`) or, for what webhooks tell, a signal (`rent.started`).
        at: When it happened, timezone-aware.
        by: Who caused it.
        asked: True when somebody wants it and we have to call; False when it has happened.
        data: Facts that it carries, named as the case's facts are; they are merged into the case when it moves.
        evidence: Where we know it from, for a person to read (`bloqit webhook 65f0c0ffee`).

    Raises:
        MalformedEventError: `at` has no timezone, or `name` is empty.
    """

    name: str
    at: datetime
    by: Cause
    asked: bool = False
    data: Facts = field(default_factory=no_facts)
    evidence: str = ""

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise MalformedEventError(f"event {self.name!r} at {self.at.isoformat()} has no timezone; give an aware datetime")
        if not self.name:
            raise MalformedEventError("an event needs a name from the tables, got ''")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One rent, order or task as `decide` sees it.

    Attributes:
        kind: The machine's name: `delivery`, `order`, `task`, `task-return`.
        key: Our key, unique within the kind.
        state: A state of the machine, `ABSENT` before creation.
        facts: What we know of it.
        remote_id: The remote's id once it is known.
        pending: Triggers of calls that are under way for this case.
    """

    kind: str
    key: str
    state: str = ABSENT
    facts: Facts = field(default_factory=no_facts)
    remote_id: str | None = None
    pending: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """Something to be done outside because of a decision.

    Attributes:
        kind: Kind of the case that wants it.
        case_key: Key of the case that wants it.
        remote_id: The remote's id of the case when the effect was decided.
        operation: The adapter's operation, e.g. `bloqit.deliveries.make`.
        trigger: The event that its success will tell.
        data: The case's facts merged with what the wish brought.
        wish: What the wish brought; it becomes facts of the case when the call has succeeded.
    """

    kind: str
    case_key: str
    remote_id: str | None
    operation: str
    trigger: str
    data: Facts = field(default_factory=no_facts)
    wish: Facts = field(default_factory=no_facts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A verified, parsed message from a remote on its way into the inbox: the event, whom it concerns, and its raw bytes.

    Attributes:
        source: Which door it came through (`bloqit`, `blink`, `logistics`); with `external_id` it names the message for good.
        external_id: The remote's id of the message, or one that we made because the remote gives none.
        system: Whose ids `remote_id` belongs to.
        event: What it tells.
        raw: The bytes as they came.
        kind: Kind of the case, when the message says so.
        key: Our key of the case, when the message says so.
        remote_id: The remote's id of the case, when the message says so.
        trace: Its place in a trace (a `traceparent` of W3C's Trace Context); None where nobody keeps one.
    """

    source: str
    external_id: str
    system: str
    event: Event
    raw: bytes
    kind: str | None = None
    key: str | None = None
    remote_id: str | None = None
    trace: str | None = None
