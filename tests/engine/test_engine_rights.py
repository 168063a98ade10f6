"""On PostgreSQL one decides and one waits, and whoever else comes leaves it to them; and a lost connection is lost once."""

# pyright: reportPrivateUsage=false

import threading
from collections.abc import Callable, Generator
from contextlib import closing
from datetime import UTC, datetime
from typing import TypeAlias

import psycopg
import pytest
from killing import Mutant, dies
from postgres import schema
from sqlalchemy import text

from parcelflow.engine import Engine, ManualClock, Store
from parcelflow.engine.deciding import Left
from parcelflow.engine.distributed import ON_DUTY
from parcelflow.engine.inbox import put
from parcelflow.engine.schema import LOCK
from parcelflow.engine.statements import Found, Statement
from parcelflow.engine.store import DECIDERS, IDLE, TRY_TO_DECIDE, TRY_TO_WAIT, WAITING, Right
from parcelflow.engine.tx import Later, Tx
from parcelflow.machines import Arrival, Cause, Event, StoreFailedError, catalogue

AT = datetime(2026, 3, 1, tzinfo=UTC)
PATIENCE = 20
"""Seconds after which what has not happened never will."""
HELD = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND granted"
PlaceCheck: TypeAlias = Callable[[str], None]


@pytest.fixture
def place(postgres: str) -> Generator[str]:
    """An empty database."""
    with schema(postgres) as made:
        Store(made, migrate=True).close()
        yield made


def begun(place: str, act: Callable[[], object]) -> threading.Thread:
    """A thread that does something, and has come to wait for the right to decide or has ended."""
    thread = threading.Thread(target=act, daemon=True)
    thread.start()
    with psycopg.connect(place, autocommit=True) as connection:
        while thread.is_alive() and not connection.execute(HELD, (WAITING,)).fetchone():
            thread.join(0.01)
    return thread


def right(store: Store, *, patient: bool) -> Right:
    """What somebody is told who wants to decide."""
    with store.writing() as tx:
        return store.may_decide(tx, patient=patient)


def whoever_comes_while_somebody_waits_leaves_it_to_them(place: str) -> None:
    one, other, third = (Store(place) for _ in range(3))
    found: list[Right] = []
    with one.deciding():
        thread = begun(place, lambda: found.append(right(other, patient=False)))
        waited = thread.is_alive()
        left = right(third, patient=False)
    thread.join(PATIENCE)
    found += [left, right(third, patient=False)]
    for store in (one, other, third):
        store.close()
    assert (waited, found) == (True, [Right.AFTER_WAITING, Right.LEFT_TO_OTHERS, Right.AT_ONCE])


def whoever_must_decide_waits_behind_who_waits(place: str) -> None:
    one, other, third = (Store(place) for _ in range(3))
    found: list[Right] = []
    with one.deciding():
        first = begun(place, lambda: found.append(right(other, patient=False)))
        second = threading.Thread(target=lambda: found.append(right(third, patient=True)), daemon=True)
        second.start()
        second.join(0.2)  # the right one is still waiting then
        early = list(found)
    for thread in (first, second):
        thread.join(PATIENCE)
    for store in (one, other, third):
        store.close()
    assert (early, set(found)) == ([], {Right.AFTER_WAITING, Right.AT_ONCE})


def told() -> Arrival:
    event = Event(name="rent.created", at=AT, by=Cause.WEBHOOK)
    return Arrival(source="bloqit", external_id="1", system="bloqit", event=event, raw=b"", kind="delivery", key="1")


def an_engine_that_waited_looks_once_more_and_one_that_left_does_nothing(place: str) -> None:
    other = Store(place)
    left: list[Left] = []
    with Engine(place, catalogue(), {}) as first, Engine(place, catalogue(), {}) as second:
        first.accept(told())
        with other.deciding():
            thread = begun(place, lambda: left.append(first._decide_some()))
            left.append(second._decide_some())
        thread.join(PATIENCE)
        left.append(first._decide_some())
    other.close()
    assert [each.more for each in left] == [False, True, False]


def cut(place: str) -> None:
    """Take away every connection but one's own."""
    with psycopg.connect(place, autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")


def drawn_together(store: Store, number: int) -> None:
    """Have the pool hold so many connections."""
    if number:
        with store.writing() as tx:
            assert tx.all(TRY_TO_WAIT)
            drawn_together(store, number - 1)


def connections_that_were_lost_fail_once_for_all(place: str) -> None:
    store = Store(place)
    store._clock = ManualClock(AT)
    store._doubted = AT - IDLE
    drawn_together(store, 3)
    cut(place)
    failed = 0
    for _ in range(3):
        try:
            drawn_together(store, 3)
        except StoreFailedError:
            failed += 1
    store.close()
    assert failed == 1


def an_idle_connection_is_asked_before_it_is_used(place: str) -> None:
    store = Store(place)
    store._clock = clock = ManualClock(AT)
    store._doubted = AT - IDLE
    drawn_together(store, 3)
    cut(place)
    clock.advance(IDLE)
    failed: list[StoreFailedError] = []
    try:
        drawn_together(store, 3)
    except StoreFailedError as error:
        failed.append(error)
    store.close()
    assert failed == []


CHECKS: tuple[PlaceCheck, ...] = (
    whoever_comes_while_somebody_waits_leaves_it_to_them,
    whoever_must_decide_waits_behind_who_waits,
    an_engine_that_waited_looks_once_more_and_one_that_left_does_nothing,
    connections_that_were_lost_fail_once_for_all,
    an_idle_connection_is_asked_before_it_is_used,
)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_it_is_so(place: str, check: PlaceCheck) -> None:
    check(place)


HONEST = Store.may_decide


def as_if_it_had_not_waited(self: Store, tx: Tx, *, patient: bool, asking: object = None) -> Right:
    del asking
    found = HONEST(self, tx, patient=patient)
    return Right.AT_ONCE if found is Right.AFTER_WAITING else found


def never_waiting(_self: Store, tx: Tx, *, patient: bool, **_: object) -> Right:  # noqa: ARG001 - as they are called
    return Right.AT_ONCE if tx.all(TRY_TO_DECIDE)[0][0] else Right.LEFT_TO_OTHERS


def regardless(_self: Store, _tx: Tx, *, patient: bool, **_: object) -> Right:  # noqa: ARG001 - as they are called
    return Right.AT_ONCE


def believed(_self: Store, _connection: object) -> bool:
    return True


MESSAGES = Statement(text("SELECT count(*) FROM inbox"))


MUTANTS: dict[str, tuple[str, object, PlaceCheck]] = {
    "who waited does not look again": (
        "may_decide",
        as_if_it_had_not_waited,
        an_engine_that_waited_looks_once_more_and_one_that_left_does_nothing,
    ),
    "nobody waits": ("may_decide", never_waiting, an_engine_that_waited_looks_once_more_and_one_that_left_does_nothing),
    "nobody asks": ("may_decide", regardless, whoever_must_decide_waits_behind_who_waits),
    "connections are believed": ("_is_there", believed, an_idle_connection_is_asked_before_it_is_used),
    "lost ones are believed": ("_is_there", believed, connections_that_were_lost_fail_once_for_all),
}


@pytest.mark.parametrize(("name", "wrong", "check"), MUTANTS.values(), ids=MUTANTS)
def test_the_check_kills_the_mutant_of_the_store(place: str, name: str, wrong: object, check: PlaceCheck) -> None:
    assert dies(Mutant(Store, name, wrong, lambda: check(place)))


def test_no_two_locks_have_one_number() -> None:
    numbers = (DECIDERS, WAITING, LOCK, ON_DUTY)
    assert len(set(numbers)) == len(numbers)


def test_whoever_had_to_wait_asks_again(place: str) -> None:
    """What the one before wrote is not in what was asked before it was committed."""
    seen: list[Later[list[Found]]] = []
    with closing(Store(place)) as one, closing(Store(place)) as other:

        def decide() -> None:
            with other.writing() as tx:
                other.may_decide(tx, patient=False, asking=lambda: seen.append(tx.all_later(MESSAGES)))

        with one.deciding() as tx:
            thread = begun(place, decide)
            event = Event(name="rent.created", at=AT, by=Cause.WEBHOOK)
            put(tx, Arrival(source="x", external_id="1", system="x", event=event, raw=b""), AT)
        thread.join()
    assert [found() for found in seen] == [[(0,)], [(1,)]]
