"""Turns: threads that write take them in the order in which they came, and who has one sees whether others wait.

May not know what is written. Non-obvious choice: a turn is handed to whoever is next. A plain lock is free for a moment, and the
thread that has just let go of it is the one that runs and takes it again; one that decides batch after batch would let a webhook
wait for all of them.
"""

from collections import deque
from threading import Lock
from types import TracebackType


class Turn:
    """A fair lock."""

    def __init__(self) -> None:
        self._guard = Lock()
        self._taken = False
        self._queue: deque[Lock] = deque()

    @property
    def waiting(self) -> int:
        """How many wait for whoever has it."""
        return len(self._queue)

    def __enter__(self) -> None:
        with self._guard:
            if not self._taken:
                self._taken = True
                return
            mine = Lock()
            mine.acquire()
            self._queue.append(mine)
        try:
            mine.acquire()  # until whoever has the turn hands it over
        except BaseException:
            self._give_up(mine)
            raise

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        with self._guard:
            self._hand_over()

    def _give_up(self, mine: Lock) -> None:
        """Somebody was interrupted while it waited; the turn may have become its own meanwhile, and nobody else's ever would."""
        with self._guard:
            if mine in self._queue:
                self._queue.remove(mine)
            else:
                self._hand_over()

    def _hand_over(self) -> None:
        if self._queue:
            self._queue.popleft().release()
        else:
            self._taken = False


QUIET = 8
"""Turns: where webhooks come while others are decided, few of so many pass without one that waits."""


class Portion:
    """How much whoever decides takes into one turn: much while nobody waits for it, and little for some time after somebody has.

    Args:
        most: When nobody waits; what a batch saves per message has long been saved by then.
        least: After somebody has waited: some milliseconds.
        calm: Turns without anybody waiting after which more is taken again, twice as much each time.
    """

    def __init__(self, most: int, least: int = 16, calm: int = 32) -> None:
        self._most = most
        self._least = least
        self._wanted = calm
        self._calm = calm
        self.size = most
        """How much is taken now."""

    @property
    def quiet(self) -> bool:
        """Whether nobody has waited for some turns."""
        return self._calm >= QUIET

    def taken(self, *, waited: bool) -> None:
        """One was taken, and somebody waited meanwhile or did not."""
        self._calm = 0 if waited else self._calm + 1
        if waited:
            self.size = self._least
        elif self._calm >= self._wanted:
            self.size = min(self.size * 2, self._most)
