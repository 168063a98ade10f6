"""The inbox: messages that come together are written together, each of them once, and an error is its message's alone."""

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from parcelflow.engine import RandomIds, Store, SystemClock
from parcelflow.engine.accepting import Accepting, _Ticket  # pyright: ignore[reportPrivateUsage] - what waits for its turn
from parcelflow.engine.driver import Local
from parcelflow.engine.statements import Statement
from parcelflow.engine.store import INBOX
from parcelflow.machines import Arrival, Cause, Event, MalformedEventError

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def _arrival(name: str, **data: Any) -> Arrival:
    event = Event(name="rent.created", at=AT, by=Cause.WEBHOOK, data=data)
    return Arrival(source="bloqit", external_id=name, system="bloqit", event=event, raw=b"{}")


@pytest.fixture
def store(tmp_path: Path) -> Generator[Store]:
    store = Store(tmp_path / "parcelflow.db")
    yield store
    store.close()


def _kept(store: Store) -> list[str]:
    with store.reading() as tx:
        return [name for (name,) in tx.all(Statement(select(INBOX.c.external_id).order_by(INBOX.c.id)))]


def _waiting(accepting: Accepting, *arrivals: Arrival) -> list[_Ticket]:
    tickets = [_Ticket(arrival) for arrival in arrivals]
    accepting._waiting.extend(tickets)  # pyright: ignore[reportPrivateUsage] - as threads would have left them
    return tickets


def test_whoever_has_the_turn_writes_for_all_that_wait_in_one_transaction(store: Store) -> None:
    points: list[str] = []
    accepting = Accepting(store, SystemClock(), driver=Local(SystemClock()), reach=points.append)
    _waiting(accepting, _arrival("a"), _arrival("b"), _arrival("a"))
    assert accepting.accept(_arrival("c")) is True
    assert _kept(store) == ["a", "b", "c"]
    assert points == ["accepting", "accepted"]


def test_each_hears_whether_its_own_message_was_new(store: Store) -> None:
    accepting = Accepting(store, SystemClock(), driver=Local(SystemClock()), reach=lambda _point: None)
    first, second, again = _waiting(accepting, _arrival("a"), _arrival("b"), _arrival("a"))
    accepting.accept(_arrival("c"))
    assert (first.new, second.new, again.new) == (True, True, False)


def test_a_message_that_cannot_be_kept_spoils_no_other(store: Store) -> None:
    accepting = Accepting(store, SystemClock(), driver=Local(SystemClock()), reach=lambda _point: None)
    (bad,) = _waiting(accepting, _arrival("bad", thing=object()))
    assert accepting.accept(_arrival("good")) is True
    assert bad.new is None  # its own thread writes it when it has its turn, and hears of the error
    assert _kept(store) == ["good"]
    with pytest.raises(MalformedEventError):
        accepting.accept(bad.arrival)


def test_many_threads_keep_every_message_once(store: Store) -> None:
    accepting = Accepting(store, SystemClock(), driver=Local(SystemClock()), reach=lambda _point: None)
    names = [RandomIds().fresh() for _ in range(60)]
    with ThreadPoolExecutor(8) as pool:
        new = list(pool.map(accepting.accept, [_arrival(name) for name in (*names, *names)]))
    assert sorted(new) == [False] * 60 + [True] * 60
    assert sorted(_kept(store)) == sorted(names)
