"""The deciding transaction: answers are settled, what is due fires, what has come is decided, and what follows is claimed.

May not call out. Non-obvious choice: all of it is one transaction, whatever of it there is to do. Each step by itself would be as
safe, and wait for the disk by itself; and an answer would wait for the thread that settles before the one that decides.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from . import commit, forget, inbox, reconcile, timers
from .calling import Calling
from .driver import CALLS, Driver
from .dues import Dues, dues, reached
from .habits import Ports
from .inbox import Message
from .rounds import Rounds
from .rules import Rules
from .store import Right, Store
from .turn import Portion
from .tx import Tx
from .wake import earliest

AT_ONCE = 250
"""Messages decided in one transaction while nobody waits for it."""
NOTHING = commit.Follows(calls=False, wishes=False)


class Left(NamedTuple):
    """What a deciding transaction leaves: whether there may be more to do now, and if not, when the next is due."""

    more: bool
    due: datetime | None


class Deciding:
    """Decides, one transaction at a time.

    Args:
        store: Where everything is.
        rules: What decisions are made by.
        ports: Clock and crash points.
        driver: Has called what a transaction leaves to be called.
        calling: Where calls come back from and go out.
        rounds: What is seen to now and then.
    """

    def __init__(self, store: Store, rules: Rules, ports: Ports, *, driver: Driver, calling: Calling, rounds: Rounds) -> None:
        self._store = store
        self._rules = rules
        self._ports = ports
        self._driver = driver
        self._calling = calling
        self._rounds = rounds
        self._portion = Portion(AT_ONCE)

    def some(self, *, heard: bool = False) -> Left:
        """Do some of what is to be done.

        Args:
            heard: Whoever decides now has heard the same as we, and will look for it: nobody need wait for them.

        Raises:
            StoreFailedError: The database failed, and nothing was written.
        """
        now, size = self._ports.clock.now(), self._portion.size
        with self._calling.beside() as calls, self._store.writing() as tx:
            # Asked before we may decide, not to wait twice. Whoever decides between the two looks to what it sets itself.
            before = dues(tx)
            right = self._store.may_decide(tx, patient=bool(calls.back), polite=heard)
            if right is Right.LEFT_TO_OTHERS:
                return Left(more=False, due=None)
            calls.settle(tx, now)
            round_ = self._rounds.make(tx, now)
            due = (dues(tx) if round_.drawn_near else before)()
            fired = self._fire(tx, due, now, size)
            forgot = forget.forget_due(tx, self._rules.tables, now) if reached(due.forget, now) else 0
            messages = inbox.pick(tx, now, size)
            follows = self._decide(tx, messages, now) if messages else NOTHING
            if not calls.claim(tx, now, sent=follows.calls):
                self._driver.enqueue(tx, CALLS, now)
            after = dues(tx) if fired or messages else None
            waited = self._store.waiting > 0
        self._portion.taken(waited=waited)
        if fired:
            self._ports.reach("fired")
        if messages:
            self._ports.reach("committed")
        left = self._next(due if after is None else after())
        full = len(messages) >= size or follows.wishes or forgot >= forget.AT_ONCE or round_.more
        return Left(full or right is Right.AFTER_WAITING or reached(left, now), left)

    def _next(self, due: Dues) -> datetime | None:
        return earliest(due.timer, due.held, due.look if self._rules.looks.first else None)

    def _fire(self, tx: Tx, due: Dues, now: datetime, size: int) -> int:
        """Have what is due become messages: fewer than are decided beside them, or others would wait longer and longer."""
        fired = timers.fire_due(tx, now, most=size // 2) if reached(due.timer, now) else 0
        if reached(due.look, now):
            fired += reconcile.look_at_silent(tx, self._rules.looks, now, most=size // 4)
        if fired:
            self._ports.reach("firing")
        return fired

    def _decide(self, tx: Tx, messages: Sequence[Message], now: datetime) -> commit.Follows:
        self._ports.reach("deciding")
        follows = commit.decide_some(tx, self._rules, messages, now)
        self._ports.reach("committing")
        return follows
