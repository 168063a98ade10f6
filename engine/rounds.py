"""Rounds: what whoever decides sees to now and then, and need not with every message.

May not decide. Non-obvious choice: a round is made by the clock of its own process and leaves no trace; where many processes make
rounds on one database, all but the first find nothing to do.
"""

from datetime import UTC, datetime, timedelta

from . import strangers
from .store import Store

EVERY = timedelta(hours=1)
_EVER = datetime.min.replace(tzinfo=UTC)


class Rounds:
    """Makes rounds.

    Args:
        store: Of what.
        wait: For how long messages wait for a case that carries what they tell of.
    """

    def __init__(self, store: Store, *, wait: timedelta) -> None:
        self._store = store
        self._wait = wait
        self._next = _EVER

    def make(self, now: datetime) -> None:
        """Make a round if one is due.

        Raises:
            StoreFailedError: The database failed.
        """
        if now < self._next:
            return
        self._next = now + EVERY
        found = strangers.AT_ONCE
        while found == strangers.AT_ONCE:
            with self._store.deciding() as tx:
                found = strangers.give_up(tx, now - self._wait)
