"""Dead letters: messages that cannot be decided and calls that were given up, for somebody to read, retry or skip.

May not decide or call: a letter is put back where its way broke off, and goes on from there like any other. Non-obvious choice:
a call that is retried is always looked up first, even if its last answer was that nothing had happened. Hours may lie between
the two, and somebody who has a dead letter before them may well have opened the door by hand.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Table, Text, bindparam, false, select, update

from ..machines import BadLetterError
from . import cases
from .notices import LetterRetried, LetterSkipped
from .nudge import nudge
from .ports import Clock
from .statements import Found, Statement, said
from .store import CASE, INBOX, JOURNAL, OUTBOX, Store
from .tables import InboxRow, InboxStatus, JournalRow, OutboxRow, OutboxStatus, is_answer
from .tx import Tx

MESSAGE = "message"
CALL = "call"
_NAME = re.compile(rf"({MESSAGE}|{CALL})/([0-9]{{1,18}})")


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter.

    Attributes:
        id: `message/12` or `call/7`.
        what: Name of the event, or the operation.
        kind: Of its case; None where the message does not say.
        key: Of its case; None where the message does not say.
        since: When the message came, or the call was given up.
        why: What it died of.
    """

    id: str
    what: str
    kind: str | None
    key: str | None
    since: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A dead letter with everything that is known of it.

    Attributes:
        letter: Which one.
        row: The message, raw bytes included, or the effect.
        journal: The history of its case, oldest first; empty where the case is not known.
    """

    letter: Letter
    row: InboxRow | OutboxRow
    journal: Sequence[JournalRow]


_DEAD = "status = 'dead'"
_MESSAGE = tuple(INBOX.c[name] for name in ("id", "name", "kind", "key", "received_at", "note"))
_CALL = tuple(OUTBOX.c[name] for name in ("id", "operation", "kind", "key", "due_at", "answer"))
MESSAGES = Statement(select(*_MESSAGE).where(said(_DEAD)).order_by(INBOX.c.id))
CALLS = Statement(select(*_CALL).where(said(_DEAD)).order_by(OUTBOX.c.id))
ONE_MESSAGE = Statement(select(INBOX).where(INBOX.c.id == bindparam("of", type_=BigInteger)))
ONE_CALL = Statement(select(OUTBOX).where(OUTBOX.c.id == bindparam("of", type_=BigInteger)))
OF_REMOTE = Statement(
    select(CASE.c.kind, CASE.c.key).where(
        CASE.c.system == bindparam("system", type_=Text), CASE.c.remote_id == bindparam("remote_id", type_=Text)
    )
)
HISTORY = Statement(
    select(JOURNAL).where(cases.lines_of(bindparam("kind", type_=Text), bindparam("key", type_=Text))).order_by(JOURNAL.c.seq)
)
OTHERS = Statement(
    select(OUTBOX.c.id, OUTBOX.c.trigger)
    .where(said("NOT over"), OUTBOX.c.kind == bindparam("kind", type_=Text), OUTBOX.c.key == bindparam("key", type_=Text))
    .order_by(OUTBOX.c.id)
    .limit(1)
)
DECIDE_AGAIN = Statement(
    update(INBOX)
    .where(INBOX.c.id == bindparam("of", type_=BigInteger))
    .values(status=InboxStatus.NEW.value, due_at=None, note="")
)
CALL_AGAIN = Statement(
    update(OUTBOX)
    .where(OUTBOX.c.id == bindparam("of", type_=BigInteger))
    .values(status=OutboxStatus.UNSURE.value, due_at=bindparam("now"), lives=OUTBOX.c.lives + 1, over=false())
)
END_MESSAGE = Statement(
    update(INBOX)
    .where(INBOX.c.id == bindparam("of", type_=BigInteger))
    .values(status=InboxStatus.DONE.value, note=bindparam("why"))
)
END_CALL = Statement(
    update(OUTBOX)
    .where(OUTBOX.c.id == bindparam("of", type_=BigInteger))
    .values(status=OutboxStatus.REFUSED.value, answer=bindparam("why"))
)

RELEASE = Statement(
    update(INBOX)
    .where(
        said("status = 'held'"),
        INBOX.c.due_at.is_(None),
        INBOX.c.kind == bindparam("kind", type_=Text),
        INBOX.c.key == bindparam("key", type_=Text),
    )
    .values(due_at=bindparam("now"))
)


class Letters:
    """The dead letters of a store.

    Args:
        store: Where they are kept.
        clock: Tells when a retried call is due: now.
        wake: Called when there is something to do again. Engines in other processes are nudged.
    """

    def __init__(self, store: Store, clock: Clock, *, wake: Callable[[], None] | None = None) -> None:
        self._store = store
        self._clock = clock
        self._wake = wake or _nobody

    def list(self) -> Sequence[Letter]:
        """Every dead letter: messages, then calls, oldest first."""
        with self._store.reading() as tx:
            messages = [_letter(MESSAGE, found) for found in tx.all(MESSAGES)]
            return [*messages, *(_letter(CALL, found) for found in tx.all(CALLS))]

    def read(self, name: str) -> Opened:
        """One dead letter, with raw bytes or call data, and the history of its case.

        Raises:
            BadLetterError: No dead letter has this id.
        """
        with self._store.reading() as tx:
            row = _dead(tx, name)
            return Opened(_letter(name.partition("/")[0], _cells(row)), row, _history(tx, row))

    def retry(self, name: str) -> None:
        """Have a message decided again, or a call looked up and, if it did not happen, called again, as often as at first.

        Raises:
            BadLetterError: No dead letter has this id, or another call of its case is under way.
        """
        with self._store.deciding() as tx:
            row = _dead(tx, name)
            if isinstance(row, InboxRow):
                tx.run(DECIDE_AGAIN, {"of": row.id})
            else:
                _let_alone(tx, name, row)
                tx.run(CALL_AGAIN, {"of": row.id, "now": self._clock.now()})
            nudge(tx)
            tx.watch.later(tx.afterwards, LetterRetried, (LetterRetried(name),))
        self._wake()

    def skip(self, name: str, why: str) -> None:
        """Put a letter away for good: a message is done without having been decided, a call is refused, its case untouched.

        Raises:
            BadLetterError: No dead letter has this id, or `why` is empty.
        """
        if not why.strip():
            raise BadLetterError(f"{name} is not skipped without a reason; whoever asks later finds it there")
        with self._store.deciding() as tx:
            row = _dead(tx, name)
            tx.run(END_MESSAGE if isinstance(row, InboxRow) else END_CALL, {"of": row.id, "why": f"skipped: {why}"})
            if isinstance(row, InboxRow) and is_answer(row.source):
                tx.run(cases.OVER, {"of": row.external_id})  # its case no longer waits to hear of it, nor what waits for its case
                tx.run(RELEASE, {"kind": row.kind, "key": row.key, "now": self._clock.now()})
                nudge(tx)
            tx.watch.later(tx.afterwards, LetterSkipped, (LetterSkipped(name),))
        self._wake()


def _dead(tx: Tx, name: str) -> InboxRow | OutboxRow:
    named = _NAME.fullmatch(name)
    if named is None:
        raise BadLetterError(f"{name!r} is no id of a dead letter; those are like message/12 and call/7")
    message = named[1] == MESSAGE
    found = tx.one(ONE_MESSAGE if message else ONE_CALL, {"of": int(named[2])})
    if found is None:
        raise BadLetterError(f"there is no {name}")
    row = InboxRow(**_by_name(INBOX, found)) if message else OutboxRow(**_by_name(OUTBOX, found))
    if row.status != InboxStatus.DEAD:  # the same word for both
        raise BadLetterError(f"{name} is not dead but {row.status}")
    return row


def _let_alone(tx: Tx, name: str, row: OutboxRow) -> None:
    """A case makes one call at a time, and what is older is called first: with a younger one out there would be two."""
    other = tx.one(OTHERS, {"kind": row.kind, "key": row.key})
    if other is None:
        return
    if other[0] == row.id:
        raise BadLetterError(f"{row.kind}/{row.key} has not yet been told that {name} was given up; retry it when it has")
    raise BadLetterError(f"{name} cannot be retried while {other[1]} of {row.kind}/{row.key} is under way; wait for its answer")


def _history(tx: Tx, row: InboxRow | OutboxRow) -> Sequence[JournalRow]:
    kind, key = row.kind, row.key
    if kind is None or key is None:
        kind, key = tx.one(OF_REMOTE, {"system": row.system, "remote_id": row.remote_id}) or (None, None)
    return [JournalRow(**_by_name(JOURNAL, found)) for found in tx.all(HISTORY, {"kind": kind, "key": key})]


def _cells(row: InboxRow | OutboxRow) -> Found:
    if isinstance(row, InboxRow):
        return row.id, row.name, row.kind, row.key, row.received_at, row.note
    return row.id, row.operation, row.kind, row.key, row.due_at, row.answer


def _letter(where: str, cells: Found) -> Letter:
    number, what, kind, key, since, why = cells
    return Letter(f"{where}/{number}", what, kind, key, since, why)


def _by_name(table: Table, found: Found) -> dict[str, Any]:
    return dict(zip((column.name for column in table.c), found, strict=True))


def _nobody() -> None:
    """Nobody is to be woken."""
