"""Turns are taken in their order, and whoever decides takes less while others wait."""

# pyright: reportPrivateUsage=false

import signal
import tempfile
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import pytest
from killing import Check, Mutant, comes, dies

from parcelflow.engine import Engine, Ports, deciding, inbox
from parcelflow.engine.inbox import Message
from parcelflow.engine.turn import Portion, Turn
from parcelflow.engine.tx import Later, Tx
from parcelflow.machines import Arrival, Cause, Event, catalogue

AT = datetime(2026, 3, 1, tzinfo=UTC)
PATIENCE = 60
"""Seconds after which a turn that has not come never will."""


class InterruptedTestError(Exception):
    """What a signal's handler may raise in the middle of a wait."""


def waiting(turn: Turn, act: Callable[[], object], count: int) -> threading.Thread:
    """A thread that does something in its turn, once it is the `count`-th of those that wait."""

    def run() -> None:
        with turn:
            act()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    for _ in range(PATIENCE * 1000):
        if turn.waiting == count:
            break
        thread.join(0.001)
    assert turn.waiting == count
    return thread


def turns_are_taken_in_their_order() -> None:
    turn = Turn()
    order: list[int] = []
    with turn:
        first = waiting(turn, lambda: order.append(1), 1)
        second = waiting(turn, lambda: order.append(2), 2)
    with turn:
        order.append(3)  # whoever has just had it is behind those who waited
    for thread in (first, second):
        thread.join(PATIENCE)
        assert not thread.is_alive(), "its turn never came"
    assert order == [1, 2, 3]


def no_turn_is_free_while_somebody_waits() -> None:
    turn, letting_go = Turn(), threading.Event()
    with turn:
        thread = waiting(turn, lambda: letting_go.wait(PATIENCE), 1)
    free = not turn._taken
    letting_go.set()
    thread.join()
    assert not free


def only_one_has_the_turn() -> None:
    turn = Turn()
    others: list[int] = []
    with turn:
        thread = waiting(turn, lambda: others.append(1), 1)
        assert others == []
    thread.join(PATIENCE)
    with turn:
        assert others == [1]


def interrupted(turn: Turn) -> None:
    """Wait for the turn until a signal comes whose handler raises."""

    def handler(_number: int, _frame: object) -> NoReturn:
        raise InterruptedTestError

    ours = threading.get_ident()

    def interrupt() -> None:
        if comes(lambda: turn.waiting == 1, within=PATIENCE):
            signal.pthread_kill(ours, signal.SIGALRM)

    before = signal.signal(signal.SIGALRM, handler)
    other = threading.Thread(target=interrupt)
    try:
        with pytest.raises(InterruptedTestError):
            # Whoever waits is seen to do so a moment before it does. A signal of that moment is one of its wait all the same.
            wait_for(turn, other)
    finally:
        other.join()
        signal.signal(signal.SIGALRM, before)


def wait_for(turn: Turn, other: threading.Thread) -> None:
    """Have the turn, which somebody has, once another thread is on its way to interrupt that."""
    other.start()
    with turn:
        pytest.fail("somebody else has the turn")


def who_gives_up_waiting_holds_up_nobody() -> None:
    turn, letting_go, begun = Turn(), threading.Event(), threading.Event()

    def hold() -> None:
        with turn:
            begun.set()
            letting_go.wait(PATIENCE)

    holder = threading.Thread(target=hold)
    holder.start()
    assert begun.wait(PATIENCE)
    interrupted(turn)
    left = turn.waiting
    letting_go.set()
    holder.join()
    assert [left, turn._taken] == [0, False]


def who_gives_up_what_it_was_just_given_hands_it_on() -> None:
    turn = Turn()
    turn.__enter__()
    ours = threading.Lock()
    ours.acquire()
    turn._queue.append(ours)  # as whoever waits leaves it
    turn.__exit__(None, None, None)
    turn._give_up(ours)
    assert not turn._taken


def told(number: int) -> Arrival:
    event = Event(name="rent.created", at=AT, by=Cause.WEBHOOK)
    return Arrival(source="bloqit", external_id=str(number), system="bloqit", event=event, raw=b"")


def whoever_decides_takes_less_while_others_wait() -> None:
    sizes: list[int] = []
    honest = inbox.pick

    def pick(tx: Tx, now: datetime, most: int) -> Later[list[Message]]:
        sizes.append(most)
        return honest(tx, now, most)

    others: list[threading.Thread] = []

    def reach(point: str) -> None:
        if point == "deciding" and not others:
            turn = engine._store._turn
            assert turn is not None
            others.append(waiting(turn, lambda: None, 1))

    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        engine = Engine(Path(folder) / "x.db", catalogue(), {}, ports=Ports(reach=reach))
        patch.setattr(inbox, "pick", pick)
        engine.accept(told(1))
        for _ in range(2):
            engine.drain()
        others[0].join()
        engine.stop()
    assert sizes == [deciding.AT_ONCE, 16]


def a_portion_grows_again_after_a_while_of_calm() -> None:
    portion = Portion(100, least=10, calm=3)
    sizes: list[int] = []
    for waited in (False, True, False, False, True, False, False, False, False, False, False, False):
        portion.taken(waited=waited)
        sizes.append(portion.size)
    assert sizes == [100, 10, 10, 10, 10, 10, 10, 20, 40, 80, 100, 100]


CHECKS: tuple[Check, ...] = (
    turns_are_taken_in_their_order,
    no_turn_is_free_while_somebody_waits,
    only_one_has_the_turn,
    who_gives_up_waiting_holds_up_nobody,
    who_gives_up_what_it_was_just_given_hands_it_on,
    whoever_decides_takes_less_while_others_wait,
    a_portion_grows_again_after_a_while_of_calm,
)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_it_is_so(check: Check) -> None:
    check()


def in_no_order(self: Turn) -> None:
    if self._queue:
        self._queue.pop().release()
    else:
        self._taken = False


def in_nobodys(self: Turn) -> None:
    self._taken = False
    if self._queue:
        self._queue.popleft().release()


def gone(self: Turn, mine: threading.Lock) -> None:
    if mine in self._queue:
        self._queue.remove(mine)


def still_there(self: Turn, mine: threading.Lock) -> None:
    if mine not in self._queue:
        self._hand_over()


def always_much(self: Portion, *, waited: bool) -> None:
    """Takes no notice."""


def much_at_once(self: Portion, *, waited: bool) -> None:
    self.size = self._least if waited else self._most


MUTANTS = {
    "the last comes first": Mutant(Turn, "_hand_over", in_no_order, turns_are_taken_in_their_order),
    "free for a moment": Mutant(Turn, "_hand_over", in_nobodys, no_turn_is_free_while_somebody_waits),
    "what is given to nobody is lost": Mutant(Turn, "_give_up", gone, who_gives_up_what_it_was_just_given_hands_it_on),
    "who has given up is still served": Mutant(Turn, "_give_up", still_there, who_gives_up_waiting_holds_up_nobody),
    "always much": Mutant(Portion, "taken", always_much, whoever_decides_takes_less_while_others_wait),
    "much at once": Mutant(Portion, "taken", much_at_once, a_portion_grows_again_after_a_while_of_calm),
}


@pytest.mark.parametrize("mutant", MUTANTS.values(), ids=MUTANTS)
def test_the_check_kills_the_mutant(mutant: Mutant) -> None:
    assert dies(mutant)
