"""How statements travel, what is told later than it is done, and when whoever sleeps is woken; with mutants to kill.

May not look at what the engine does with them. Non-obvious choice: statements are of a table of its own,
which fails as it is told to.
"""

import threading
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from killing import Mutant, dies, patience
from postgres import schema
from sqlalchemy import bindparam, text

from parcelflow.engine import wake
from parcelflow.engine.places import Place
from parcelflow.engine.statements import Statement
from parcelflow.engine.store import Store
from parcelflow.engine.tx import Tx
from parcelflow.engine.wake import Alarms
from parcelflow.machines import StoreFailedError

LARGE = 20_000_000
"""Bytes: more than any socket takes at once."""
MAKE, FILL = Statement(text("CREATE TABLE kept (number INTEGER PRIMARY KEY)")), Statement(text("INSERT INTO kept VALUES (1)"))
COUNT = Statement(text("SELECT count(*) FROM kept"))
EMPTY = Statement(text("DELETE FROM kept"))


@pytest.fixture
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Place]:
    """An empty database of either kind."""
    if request.param == "sqlite":
        yield tmp_path / "x.db"
        return
    with schema(request.getfixturevalue("postgres")) as url:
        yield url


@contextmanager
def opened(place: Place) -> Generator[Store]:
    with closing(Store(place, migrate=True)) as store:
        with store.writing() as tx:
            tx.run(MAKE)
            tx.run(FILL)
        yield store


both = pytest.mark.parametrize("place", ["sqlite", "postgresql"], indirect=True)
shared = pytest.mark.parametrize("place", ["postgresql"], indirect=True)


@both
def test_what_is_told_later_is_what_was_so_when_it_was_asked(place: Place) -> None:
    with opened(place) as store:
        with store.writing() as tx:
            before, emptied, after = tx.all_later(COUNT), tx.run_later(EMPTY), tx.all_later(COUNT)
            filled = tx.many(FILL, [{}])
            last = tx.all_later(COUNT)
        assert (before(), emptied(), after(), filled(), last()) == ([(1,)], 1, [(0,)], 1, [(1,)])


def nothing_stands_unless_it_is_as_expected(place: Place) -> None:
    with opened(place) as store:
        refused = False
        try:
            with store.writing() as tx:
                tx.expect(tx.run_later(EMPTY), 2, "there were not two")
        except StoreFailedError as error:
            refused = str(error) == "there were not two"
        with store.writing() as tx:
            tx.expect(tx.run_later(Statement(text("UPDATE kept SET number = 2"))), 1, "there was not one")
        with store.reading() as tx:
            assert (refused, tx.all(Statement(text("SELECT number FROM kept")))) == (True, [(2,)])


@both
def test_nothing_stands_unless_it_is_as_expected(place: Place) -> None:
    nothing_stands_unless_it_is_as_expected(place)


def unchecked(_self: Tx) -> None:
    return None


@both
def test_the_check_kills_whoever_expects_nothing(place: Place) -> None:
    assert dies(Mutant(Tx, "check", unchecked, lambda: nothing_stands_unless_it_is_as_expected(place)))


def filled_twice(store: Store) -> None:
    with store.writing() as tx:
        tx.run_later(Statement(text("INSERT INTO kept VALUES (7)")))
        tx.run_later(FILL)


@both
def test_what_fails_unasked_fails_the_transaction(place: Place) -> None:
    """Nobody asks what became of either statement; the second meets the row that is there already."""
    with opened(place) as store:
        with pytest.raises(StoreFailedError, match=r"(?i)unique"):
            filled_twice(store)
        with store.reading() as tx:
            assert tx.all(COUNT) == [(1,)]
        with store.writing() as tx:  # and the connection is as good as new
            assert tx.run(EMPTY) == 1


@shared
def test_what_is_large_is_sent_while_what_is_large_comes(place: Place) -> None:
    """A server that cannot get rid of an answer takes nothing more; whoever only sent then would wait for ever."""
    told = Statement(text(f"SELECT repeat('x', {LARGE})"))
    length = Statement(text("SELECT length(:body)").bindparams(bindparam("body")))
    with opened(place) as store, store.writing() as tx:
        large, sent, emptied = tx.all_later(told), tx.all_later(length, {"body": "y" * LARGE}), tx.run_later(EMPTY)
        assert (emptied(), sent(), len(large()[0][0])) == (1, [(LARGE,)], LARGE)


def rung(*after: float) -> bool:
    """Whether one of the alarms rings that are set one after the other under one name, each after so many seconds."""
    alarms, heard = Alarms(), threading.Event()
    alarms.start()
    try:
        for seconds in after:
            alarms.ring("same", heard.set, after=timedelta(seconds=seconds))
        return heard.wait(patience())
    finally:
        alarms.stop()


def whoever_is_to_be_woken_earlier_is() -> None:
    assert rung(3600, 0.1)


def whoever_was_to_be_woken_earlier_is_all_the_same() -> None:
    assert rung(0.1, 3600)


CHECKS = (whoever_is_to_be_woken_earlier_is, whoever_was_to_be_woken_earlier_is_all_the_same)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_of_alarms(check: Callable[[], None]) -> None:
    check()


def test_the_check_kills_alarms_that_take_any_other_for_the_same() -> None:
    assert dies(Mutant(wake, "AS_SOON", timedelta(days=1), whoever_is_to_be_woken_earlier_is))
