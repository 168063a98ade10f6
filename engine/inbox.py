"""The inbox: everything that is to be decided, once, durable before anybody is told that we have it.

May not decide. Non-obvious choice: what a remote tells, what a person or a link wishes, what a timer fires and what a call
answered all come through this one door and are named for good by (source, external id); being told the same thing twice is
then not a case to handle but a row that cannot be inserted.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, CompoundSelect, bindparam, select, tuple_, union_all, update

from ..machines import Arrival, Cause, Event, Facts, MalformedEventError
from .answers import LONGEST_NAME
from .notices import MessageAccepted, MessageRepeated, Notice
from .statements import LISTED, Found, Statement, Values, insertion, listed, said
from .store import INBOX, insert_once
from .tables import InboxStatus
from .tx import Later, Tx


class Message(NamedTuple):
    """What a decision needs of a row of the inbox; its raw bytes stay where they are. The columns, in this order."""

    id: int
    source: str
    external_id: str
    system: str
    kind: str | None
    key: str | None
    remote_id: str | None
    name: str
    at: datetime
    by: str
    asked: bool
    data: Facts
    evidence: str
    status: str
    due_at: datetime | None
    trace: str | None = None

    @property
    def event(self) -> Event:
        """The event that it carries."""
        return Event(name=self.name, at=self.at, by=Cause(self.by), asked=self.asked, data=self.data, evidence=self.evidence)


def accepted(arrivals: Sequence[Arrival], new: Sequence[bool]) -> Iterator[Notice]:
    """What is told of messages, new ones and others."""
    for arrival, is_new in zip(arrivals, new, strict=True):
        named = (arrival.source, arrival.external_id, arrival.event.name)
        yield MessageAccepted(*named, arrival.kind, arrival.key) if is_new else MessageRepeated(*named)


def take_in(tx: Tx, arrivals: Sequence[Arrival], now: datetime) -> Later[list[bool]]:
    """Insert messages from outside; for each whether it is new.

    Raises:
        MalformedEventError: One of them cannot be kept.
    """
    numbers = [put(tx, arrival, now) for arrival in arrivals]

    def whether_new() -> list[bool]:
        new = [number() == 1 for number in numbers]
        tx.watch.later(tx.afterwards, MessageAccepted, accepted(arrivals, new))
        return new

    return whether_new


PUT = insertion(INBOX, once=True)


def put(tx: Tx, arrival: Arrival, now: datetime) -> Later[int]:
    """Insert a message, unless it is there already; how many were inserted, 1 or 0.

    Raises:
        MalformedEventError: It cannot be kept.
    """
    if max(len(name or "") for name in (arrival.external_id, arrival.key, arrival.remote_id)) > LONGEST_NAME:
        raise MalformedEventError(f"{arrival.event.name!r} cannot be kept: an id or key of more than {LONGEST_NAME} characters")
    return insert_once(tx, PUT, row_of(arrival, now))


def row_of(arrival: Arrival, now: datetime) -> Values:
    """The row that a message is kept as."""
    event = arrival.event
    return {
        "source": arrival.source,
        "external_id": arrival.external_id,
        "system": arrival.system,
        "kind": arrival.kind,
        "key": arrival.key,
        "remote_id": arrival.remote_id,
        "name": event.name,
        "at": event.at,
        "by": event.by.value,
        "asked": event.asked,
        "data": dict(event.data),
        "evidence": event.evidence,
        "raw": arrival.raw or None,
        "received_at": now,
        "status": InboxStatus.NEW.value,
        "due_at": None,
        "note": "",
        "trace": arrival.trace,
    }


_COLUMNS = tuple(INBOX.c[name] for name in Message._fields)
_NEW = said("status = 'new'")
_HELD = said("status = 'held'")
_PARKED = said("status = 'parked'")


def _picking() -> CompoundSelect[*tuple[Any, ...]]:
    most: BindParameter[int] = bindparam("most")
    new = select(*_COLUMNS).where(_NEW).order_by(INBOX.c.id).limit(most).subquery()
    due = select(*_COLUMNS).where(_HELD, INBOX.c.due_at <= bindparam("now")).order_by(INBOX.c.due_at).limit(most).subquery()
    return union_all(select(new), select(due))


PICK = Statement(_picking())


def pick(tx: Tx, now: datetime, most: int) -> Later[list[Message]]:
    """The messages to decide next, oldest first: those that are new, or held and due; at most `most` of either."""
    found = _messages(tx.all_later(PICK, {"now": now, "most": most}))
    return lambda: sorted(found())


def are_new(messages: Sequence[Message], arrivals: Sequence[Arrival]) -> bool:
    """Whether the messages to decide next are some that have just come: nothing older is new."""
    just_come = {(arrival.source, arrival.external_id) for arrival in arrivals}
    new = [message for message in messages if message.status == InboxStatus.NEW]
    return bool(new) and all((message.source, message.external_id) in just_come for message in new)


HELD = Statement(
    lambda dialect: select(*_COLUMNS).where(_HELD, tuple_(INBOX.c.kind, INBOX.c.key).in_(listed(dialect, "kind", "key")))
)
PARKED = Statement(
    lambda dialect: select(*_COLUMNS).where(
        _PARKED, tuple_(INBOX.c.system, INBOX.c.remote_id).in_(listed(dialect, "system", "remote_id"))
    )
)


def held(tx: Tx, keys: str) -> Later[list[Message]]:
    """What is held for cases, which are given as `statements.listed` takes them."""
    return _messages(tx.all_later(HELD, {LISTED: keys}))


def parked(tx: Tx, keys: str) -> Later[list[Message]]:
    """What came before anybody knew whose remote ids, given by their systems as `statements.listed` takes them, it names."""
    return _messages(tx.all_later(PARKED, {LISTED: keys}))


def _messages(found: Later[list[Found]]) -> Later[list[Message]]:
    return lambda: [Message(*cells) for cells in found()]


FINISH = Statement(
    update(INBOX)
    .where(INBOX.c.id == bindparam("of"))
    .values({name: bindparam(name) for name in ("status", "kind", "key", "due_at", "note")})
)
"""Moves a message on: to done or dead for good, to held or parked until something changes."""
