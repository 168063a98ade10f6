"""Accepting: messages from outside are durable before anybody is told that we have them.

May not decide; `deciding` does. Non-obvious choice: where nobody else decides and nothing older waits, a message is decided in
the transaction that makes it durable. Whoever is answered then sees what came of it, and the disk is waited for once and not
twice. Accepting never depends on it: what cannot be decided so is written down by itself, and left to whoever decides.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import RLock
from typing import TypeAlias

from ..machines import Arrival
from . import inbox
from .deciding import AT_ONCE, Deciding
from .driver import INBOX, Driver
from .points import Reach
from .ports import Clock
from .store import Store

Expect: TypeAlias = Callable[[datetime], None]
"""Has it looked at an instant whether anything is due."""


class Accepting:
    """The way in for messages from outside.

    Args:
        store: Where they are kept.
        clock: Tells when they came.
        driver: Has them decided.
        reach: Crash points.
    """

    def __init__(self, store: Store, clock: Clock, *, driver: Driver, reach: Reach) -> None:
        self._store = store
        self._clock = clock
        self._driver = driver
        self._reach = reach
        self._deciding: Deciding | None = None
        self._expect: Expect | None = None
        self._waiting: deque[_Ticket] = deque()
        # The same thread may come again: a listener is told of a commit in the thread that made it, and may wish for something.
        self._turn = RLock()

    def decide(self, deciding: Deciding | None, expect: Expect | None = None) -> None:
        """Have what is accepted from now on decided at once, or no more. Nothing is being decided so when this returns.

        Args:
            deciding: Decides it; None to leave it to whoever decides.
            expect: Called with the instant when the first of what follows is due.
        """
        with self._turn:
            self._deciding, self._expect = deciding, expect

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

    def accept_all(self, arrivals: Sequence[Arrival]) -> list[bool]:
        """Make messages durable in one transaction: all of them or, where one cannot be kept, none.

        Returns:
            For each whether it is new.
        """
        with self._turn:
            deciding = self._deciding
            if deciding is not None and deciding.calm and len(arrivals) <= AT_ONCE:
                accepted = deciding.accept(arrivals)
                if accepted is not None:
                    if self._expect is not None and accepted.due is not None:
                        self._expect(accepted.due)
                    return accepted.new
            return self._accept_only(arrivals)

    def _accept_only(self, arrivals: Sequence[Arrival]) -> list[bool]:
        with self._store.writing() as tx:
            now = self._clock.now()
            new = inbox.take_in(tx, arrivals, now)()
            self._driver.enqueue(tx, INBOX, now)
            self._reach("accepting")
        return new

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
        for ticket, new in zip(batch, self.accept_all([ticket.arrival for ticket in batch]), strict=True):
            ticket.new = new


@dataclass(slots=True, eq=False)
class _Ticket:
    """A message that waits to be written. `new` is None until it is."""

    arrival: Arrival
    new: bool | None = None
