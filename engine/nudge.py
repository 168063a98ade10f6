"""Nudges: how another process, the console, has running engines look at what it wrote.

May not hold any truth: what there is to do is in the rows, and an engine that hears no nudge looks within `wake.SWEEP`.
Non-obvious choice: a row that is read every other second, and no signal or socket. It reaches every engine on the database, on
another machine too, in the very transaction of what it tells of, and asks nothing of whoever nudges but the database.
"""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import bindparam, select
from sqlalchemy.dialects import postgresql, sqlite

from .ports import RandomIds
from .statements import Statement
from .store import MARK, Store
from .tx import Tx

NAME = "nudge"
EVERY = timedelta(seconds=2)
"""How often a running engine listens: the longest that what the console did is unknown to it."""


def _putting(dialect: str) -> postgresql.Insert | sqlite.Insert:
    insert = (sqlite.insert if dialect == "sqlite" else postgresql.insert)(MARK).values(name=NAME, value=bindparam("value"))
    return insert.on_conflict_do_update(index_elements=["name"], set_={"value": insert.excluded.value})


PUT = Statement(_putting)
READ = Statement(select(MARK.c.value).where(MARK.c.name == NAME))


def nudge(tx: Tx) -> None:
    """Have every engine on the database look, once the transaction is committed."""
    tx.run(PUT, {"value": RandomIds().fresh().encode()})


class Ear:
    """Hears nudges.

    Args:
        store: Where they are.
        wake: Called when there was one since the last time.
    """

    def __init__(self, store: Store, wake: Callable[[], None]) -> None:
        self._store = store
        self._wake = wake
        self._last = self._heard()

    def listen(self) -> None:
        """Wake if there was a nudge since the last time, or since this was made.

        Raises:
            StoreFailedError: The database failed.
        """
        heard = self._heard()
        if heard != self._last:
            self._last = heard
            self._wake()

    def _heard(self) -> bytes | None:
        with self._store.reading() as tx:
            found = tx.one(READ)
        return None if found is None else bytes(found[0])
