"""The inbox: everything that is to be decided, once, durable before anybody is told that we have it.

May not decide. Non-obvious choice: what a remote tells, what a person or a link wishes, what a timer fires and what a call
answered all come through this one door and are named for good by (source, external id); being told the same thing twice is
then not a case to handle but a row that cannot be inserted.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any

from sqlalchemy import Connection, and_, or_, select, update

from ..machines import Arrival
from .points import Reach
from .ports import Clock
from .store import INBOX, Store, insert_once
from .tables import InboxRow, InboxStatus


class Inbox:
    """The door for messages from outside.

    Args:
        store: Where they are kept.
        clock: Tells when they came.
        reach: Crash points.
    """

    def __init__(self, store: Store, clock: Clock, *, reach: Reach) -> None:
        self._store = store
        self._clock = clock
        self._reach = reach
        self._waiting: deque[_Ticket] = deque()
        self._turn = Lock()

    def accept(self, arrival: Arrival) -> bool:
        """Make a message durable. After it returns, 2xx may be answered.

        Messages that come while another is being written are written together: one of the threads that wait for their turn
        writes for all of them, in one transaction. A disk that syncs a hundred times a second then takes thousands of them.

        Returns:
            False for a message that came before; it changes nothing.
        """
        ticket = _Ticket(arrival)
        self._waiting.append(ticket)
        with self._turn:
            if ticket.new is None:
                self._write(ticket)
        self._reach("accepted")
        return bool(ticket.new)

    def _write(self, own: "_Ticket") -> None:
        """Write everything that waits, or only `own` where the others' company has failed: an error is its message's alone."""
        batch = [self._waiting.popleft() for _ in range(len(self._waiting))] if own in self._waiting else [own]
        try:
            self._commit(batch)
        except Exception:
            if batch == [own]:
                raise
            self._commit([own])

    def _commit(self, batch: "list[_Ticket]") -> None:
        with self._store.writing() as tx:
            now = self._clock.now()
            written = [put(tx, ticket.arrival, now) for ticket in batch]
            self._reach("accepting")
        for ticket, new in zip(batch, written, strict=True):
            ticket.new = new


@dataclass(slots=True, eq=False)
class _Ticket:
    """A message that waits to be written. `new` is None until it is."""

    arrival: Arrival
    new: bool | None = None


def put(tx: Connection, arrival: Arrival, now: datetime) -> bool:
    """Insert a message, unless it is there already; whether it was inserted."""
    event = arrival.event
    values = {
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
        "status": InboxStatus.NEW,
        "note": "",
    }
    return insert_once(tx, INBOX, values)


def pick(tx: Connection, now: datetime) -> InboxRow | None:
    """The message to decide next: the oldest that is new, or held and due."""
    due = and_(INBOX.c.status == InboxStatus.HELD, INBOX.c.due_at <= now)
    query = select(INBOX).where(or_(INBOX.c.status == InboxStatus.NEW, due)).order_by(INBOX.c.id).limit(1)
    found = tx.execute(query).mappings().first()
    return None if found is None else InboxRow(**found)


def finish(tx: Connection, row: InboxRow, status: InboxStatus, **values: object) -> None:
    """Move a message on: to done or dead for good, to held or parked until something changes."""
    changes: Mapping[str, Any] = {"status": status, **values}
    tx.execute(update(INBOX).where(INBOX.c.id == row.id).values(changes))


def release_case(tx: Connection, kind: str, key: str) -> None:
    """Have the messages reconsidered that are held for a case that has changed."""
    held = and_(INBOX.c.kind == kind, INBOX.c.key == key, INBOX.c.status == InboxStatus.HELD)
    tx.execute(update(INBOX).where(held).values(status=InboxStatus.NEW))


def release_remote(tx: Connection, system: str, remote_id: str) -> None:
    """Have the messages considered that came before anybody knew whose remote id they name."""
    parked = and_(INBOX.c.system == system, INBOX.c.remote_id == remote_id, INBOX.c.status == InboxStatus.PARKED)
    tx.execute(update(INBOX).where(parked).values(status=InboxStatus.NEW))


def next_due(tx: Connection) -> datetime | None:
    """When the next held message is due."""
    query = select(INBOX.c.due_at).where(INBOX.c.status == InboxStatus.HELD, INBOX.c.due_at.is_not(None))
    return tx.execute(query.order_by(INBOX.c.due_at).limit(1)).scalar()
