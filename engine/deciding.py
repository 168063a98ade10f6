"""The deciding transaction: answers are settled, what is due fires, what has come is decided, and what follows is claimed.

May not call out. Non-obvious choice: all of it is one transaction, whatever of it there is to do. Each step by itself would be as
safe, and wait for the disk by itself; and an answer would wait for the thread that settles before the one that decides.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from ..machines import Arrival
from . import commit, forget, inbox, reconcile, timers
from .calling import Beside, Calling
from .driver import CALLS, INBOX, Driver
from .dues import Dues, dues, reached
from .habits import Ports
from .inbox import Message
from .rounds import Rounds
from .rules import Rules
from .store import Right, Store
from .turn import Portion
from .tx import Later, Tx
from .wake import earliest

AT_ONCE = 250
"""Messages decided in one transaction while nobody waits for it."""
NOTHING = commit.Follows(calls=False, wishes=False, due=None)


class Left(NamedTuple):
    """What a deciding transaction leaves: whether there may be more to do now, and if not, when the next is due."""

    more: bool
    due: datetime | None


class Done(NamedTuple):
    """What was done in a deciding transaction.

    Attributes:
        fired: How many messages came of what was due.
        messages: How many were decided.
        more: Whether there may be more to do, however many those were.
        due: When what is next.
    """

    fired: int
    messages: int
    more: bool
    due: Later[Dues]


class Accepted(NamedTuple):
    """What became of messages from outside: for each whether it is new, and when the first of what follows is due."""

    new: list[bool]
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

    @property
    def calm(self) -> bool:
        """Whether nobody had to wait lately for whoever decides. Where somebody had, to be short is all that helps them."""
        return self._portion.quiet

    def accept(self, arrivals: Sequence[Arrival]) -> Accepted | None:
        """Make messages durable and, where nobody else decides and nothing older waits, decide them with that.

        Returns:
            What became of them. None where they could have been made durable and not decided; nothing was written then.

        Raises:
            StoreFailedError: The database failed, and nothing was written.
            MalformedEventError: One of them is none that can be kept.
        """
        written, due = False, None
        try:
            with self._calling.beside(settling=False) as calls, self._store.writing() as tx:
                now = self._ports.clock.now()
                taken = inbox.take_in(tx, arrivals, now)
                may, oldest = self._store.may_decide_now(tx), inbox.pick(tx, now, len(arrivals))
                new = taken()
                written = True
                messages = oldest() if may() else []
                at_once = inbox.are_new(messages, arrivals)
                if at_once:
                    due = self._decide_at_once(tx, calls, messages, now)
                else:
                    self._driver.enqueue(tx, INBOX, now)
                self._ports.reach("accepting")
        except Exception:
            # Perhaps a statement of the decision failed, or a rule. Whoever decides meets it too, and says so; what was told us
            # need not be lost for it.
            if written:
                return None
            raise
        if at_once:
            self._ports.reach("committed")
        return Accepted(new, due)

    def _decide_at_once(self, tx: Tx, calls: Beside, messages: Sequence[Message], now: datetime) -> datetime | None:
        follows = self._decide(tx, messages, now)
        if not calls.claim(tx, now, sent=follows.calls, waiting=True):  # nobody has asked here whether anything does
            self._driver.enqueue(tx, CALLS, now)
        if follows.wishes:
            self._driver.enqueue(tx, INBOX, now)
        elif follows.due is not None:
            self._driver.enqueue(tx, INBOX, follows.due)
        return follows.due

    def some(self) -> Left:
        """Do some of what is to be done.

        Raises:
            StoreFailedError: The database failed, and nothing was written.
        """
        now, size = self._ports.clock.now(), self._portion.size
        with self._calling.beside() as calls, self._store.writing() as tx:
            done = self._done(tx, calls, now, size)
            waited = self._store.waiting > 0
        if done is None:
            return Left(more=False, due=None)
        self._portion.taken(waited=waited)
        if done.fired:
            self._ports.reach("fired")
        if done.messages:
            self._ports.reach("committed")
        due = self._next(done.due())
        return Left(done.more or done.messages >= size or reached(due, now), due)

    def _done(self, tx: Tx, calls: Beside, now: datetime, size: int) -> Done | None:
        """Do it in a transaction; None where it is left to others."""
        asked, hoped = list[Later[Dues]](), list[Later[list[Message]]]()

        def asking() -> None:
            asked.append(dues(tx))
            calls.ask(tx)
            if not calls.back:  # what comes back is to be among it
                hoped.append(inbox.pick(tx, now, size))

        right = self._store.may_decide(tx, patient=bool(calls.back), asking=asking)
        if right is Right.LEFT_TO_OTHERS:
            return None
        calls.settle(tx, now)
        made = self._rounds.make(tx, now)
        due = (asked[-1] if asked and not made.drawn_near else dues(tx))()
        fired = self._fire(tx, due, now, size)
        forgot = forget.forget_due(tx, self._rules.tables, now) if reached(due.forget, now) else 0
        known = hoped[-1] if hoped and not fired else inbox.pick(tx, now, size)
        messages = known()
        follows = self._decide(tx, messages, now) if messages else NOTHING
        if not calls.claim(tx, now, sent=follows.calls, waiting=due.calls):
            self._driver.enqueue(tx, CALLS, now)
        more = right is Right.AFTER_WAITING or made.more or follows.wishes or forgot >= forget.AT_ONCE
        return Done(fired, len(messages), more, dues(tx) if fired or messages else lambda: due)

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
