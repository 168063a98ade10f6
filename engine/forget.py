"""Forgetting: what is personal of a case that has ended is taken out of every row that tells of it.

May not decide who is forgotten. Non-obvious choice: rows stay and only lose what is personal, so a history stays legal, counts
stay right and a late webhook is still recognised; a case that has not ended keeps what it needs until it has.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import count

from sqlalchemy import Text, bindparam, select, tuple_, update

from ..machines import Facts, Table
from .cases import lines_of
from .notices import CaseForgotten
from .personal import concerns, without
from .rows import effect_key
from .statements import LISTED, Statement, listed, said
from .store import CASE, INBOX, JOURNAL, OUTBOX, Store
from .tx import Tx

AT_ONCE = 50
"""Cases forgotten in one transaction."""
PAGE = 500
"""Cases read at a time in search of a customer."""
FORGOTTEN = "forgotten"
"""What stands where a sentence was that may have repeated something personal."""

_OF = (bindparam("kind", type_=Text), bindparam("key", type_=Text))
DUE = Statement(
    lambda dialect: (
        select(CASE.c.kind, CASE.c.key)
        .where(
            said("forget_at IS NOT NULL"),
            CASE.c.forget_at <= bindparam("now"),
            # Asked of the database: those that have not ended yet would stand before the others for as long as they go on.
            tuple_(CASE.c.kind, CASE.c.state).in_(listed(dialect, "kind", "state")),
        )
        .order_by(CASE.c.forget_at)
        .limit(bindparam("most"))
    )
)
AFTER = Statement(
    select(CASE.c.kind, CASE.c.key, CASE.c.facts)
    .where(tuple_(CASE.c.kind, CASE.c.key) > tuple_(*_OF))
    .order_by(CASE.c.kind, CASE.c.key)
    .limit(bindparam("most"))
)
FLAG = Statement(
    update(CASE).where(CASE.c.kind == bindparam("of_kind"), CASE.c.key == bindparam("of_key")).values(forget_at=bindparam("now"))
)
READ_CASE = Statement(select(CASE.c.facts, CASE.c.version).where(CASE.c.kind == _OF[0], CASE.c.key == _OF[1]))
READ_JOURNAL = Statement(select(JOURNAL.c.id, JOURNAL.c.data, JOURNAL.c.inbox_id).where(lines_of(*_OF)))
READ_OUTBOX = Statement(
    lambda dialect: select(OUTBOX.c.id, OUTBOX.c.effect_key, OUTBOX.c.data, OUTBOX.c.wish).where(
        OUTBOX.c.effect_key.in_(listed(dialect, "effect_key")), OUTBOX.c.kind == _OF[0], OUTBOX.c.key == _OF[1]
    )
)
READ_MESSAGE = Statement(select(INBOX.c.data).where(INBOX.c.id == bindparam("of")))
CASE_FORGETS = Statement(
    update(CASE)
    .where(CASE.c.kind == bindparam("of_kind"), CASE.c.key == bindparam("of_key"))
    .values(facts=bindparam("facts"), forget_at=None)
)
JOURNAL_FORGETS = Statement(
    update(JOURNAL).where(JOURNAL.c.id == bindparam("of")).values(data=bindparam("data"), reason=FORGOTTEN)
)
OUTBOX_FORGETS = Statement(
    update(OUTBOX).where(OUTBOX.c.id == bindparam("of")).values(data=bindparam("data"), wish=bindparam("wish"), answer=FORGOTTEN)
)
INBOX_FORGETS = Statement(
    update(INBOX).where(INBOX.c.id == bindparam("of")).values(data=bindparam("data"), raw=None, note=FORGOTTEN)
)


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What became of a wish to be forgotten: how many cases have forgotten, and how many will as soon as they have ended."""

    now: int
    later: int


def forget_customer(store: Store, tables: Mapping[str, Table], customer: str, now: datetime) -> Forgotten:
    """Forget a customer: what is personal of every case that concerns them, as soon as it has ended.

    Args:
        store: Where they are kept; an engine may be at work on it.
        tables: Machines by kind.
        customer: Their id, telephone number or e-mail address, as cases have it.
        now: When.

    Raises:
        StoreFailedError: The database failed; what was forgotten before stays so, and the rest may be asked for again.
    """
    with store.deciding() as tx:
        flagged = flag(tx, customer, now)
    ended = 0
    while True:
        with store.deciding() as tx:
            found = forget_due(tx, tables, now)
        ended += found
        if found < AT_ONCE:
            return Forgotten(now=ended, later=flagged - ended)


def forget_due(tx: Tx, tables: Mapping[str, Table], now: datetime) -> int:
    """Forget what is due of cases that have ended; how many those were."""
    ends = json.dumps([[kind, state] for kind, table in tables.items() for state in sorted(table.finals)])
    ended = tx.all(DUE, {"now": now, "most": AT_ONCE, LISTED: ends})
    for kind, key in ended:
        forget_case(tx, kind, key)
    tx.watch.later(tx.afterwards, CaseForgotten, (CaseForgotten(kind, key) for kind, key in ended))
    return len(ended)


def flag(tx: Tx, customer: str, now: datetime) -> int:
    """Have every case forgotten that concerns a customer (id, telephone number or e-mail address); how many there are."""
    found = [(kind, key) for kind, key, facts in _every(tx) if concerns(facts, customer)]
    tx.many(FLAG, [{"of_kind": kind, "of_key": key, "now": now} for kind, key in found])
    return len(found)


def _every(tx: Tx) -> Iterator[tuple[str, str, Facts]]:
    last: tuple[str, str] = ("", "")
    while page := tx.all(AFTER, {"kind": last[0], "key": last[1], "most": PAGE}):
        for kind, key, facts in page:
            yield kind, key, facts
            last = (kind, key)


def forget_case(tx: Tx, kind: str, key: str) -> None:
    """Take what is personal out of a case, its journal, its effects and the messages that were decided for it."""
    of = {"kind": kind, "key": key}
    for facts, version in tx.all(READ_CASE, of):
        tx.run(CASE_FORGETS, {"of_kind": kind, "of_key": key, "facts": without(facts)})
        effects = list(_effects(tx, kind, key, range(1, version + 1)))
        tx.many(OUTBOX_FORGETS, [{"of": row, "data": without(data), "wish": without(wish)} for row, data, wish in effects])
    journal = tx.all(READ_JOURNAL, of)
    tx.many(JOURNAL_FORGETS, [{"of": line, "data": without(data)} for line, data, _ in journal])
    for message in {inbox_id for _, _, inbox_id in journal}:
        for (data,) in tx.all(READ_MESSAGE, {"of": message}):
            tx.run(INBOX_FORGETS, {"of": message, "data": without(data)})


def _effects(tx: Tx, kind: str, key: str, lines: Iterable[int]) -> Iterator[tuple[int, Facts, Facts]]:
    """A case's effects: id, data and wish.

    By the names that they may have, for what is over is in no index by its case, and a table of them is long.
    """
    for number in count():
        names = {effect_key(kind, key, line, number): line for line in lines}
        found = tx.all(READ_OUTBOX, {"kind": kind, "key": key, LISTED: json.dumps([[name] for name in names])})
        yield from ((row, data, wish) for row, _, data, wish in found)
        lines = [names[name] for _, name, _, _ in found]  # a decision that had no such effect has no further one
        if not lines:
            return
