"""Many rows at once on PostgreSQL: what is written is what each row by itself would have written, and in the same order."""

# pyright: reportPrivateUsage=false
# A mutant is the code under test with one wrong line; it has to reach inside.

import json
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, TypeAlias

import pytest
from cryptography.fernet import Fernet
from hypothesis import given, settings
from hypothesis import strategies as st
from killing import SEARCH, Check, Mutant, dies
from postgres import schema
from sqlalchemy import JSON, Select, Table, select
from world import World

from parcelflow.engine import CountedIds, Engine, Habits, ManualClock, Ports, Store, bulk, inbox, statements
from parcelflow.engine.bulk import Bulk
from parcelflow.engine.cases import CHANGE, OPEN
from parcelflow.engine.schema import TABLES
from parcelflow.engine.statements import Statement
from parcelflow.engine.store import CASE, INBOX
from parcelflow.engine.vault import Sealing, sealing
from parcelflow.machines import Arrival, Cause, Event, Facts, catalogue

AT = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=timezone(timedelta(hours=5, minutes=30)))
HERE: Facts = {"locker_id": 'L"1\\', "bloq_id": "B", "expiry_at": "2026-03-03T00:00:00+00:00", "note": "1 % {é} :x %s \U0001f6aa"}
Seal: TypeAlias = Sealing | None
LIFE = ("rent.started", "rent.in_progress", "rent.collect_item")

TEXTS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=12)
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), TEXTS)
NESTED = st.recursive(SCALARS, lambda part: st.lists(part, max_size=3) | st.dictionaries(TEXTS, part, max_size=3), max_leaves=6)
ZONES = st.sampled_from((UTC, timezone(timedelta(hours=5)), timezone(-timedelta(hours=3, minutes=30))))
INSTANTS = st.datetimes(min_value=datetime(1900, 1, 2), max_value=datetime(2200, 1, 1), timezones=ZONES)  # noqa: DTZ001 - zones come
EVENTS = st.builds(
    Event,
    name=TEXTS.filter(bool),
    at=INSTANTS,
    by=st.sampled_from(Cause),
    asked=st.booleans(),
    data=st.dictionaries(TEXTS, NESTED, max_size=3),
    evidence=TEXTS,
)
ARRIVALS = st.builds(
    Arrival, source=TEXTS, external_id=TEXTS, system=TEXTS, event=EVENTS, raw=st.binary(max_size=8), key=st.none() | TEXTS
)


class UndoneError(Exception):
    """Whatever was written shall not stay."""


@pytest.fixture(scope="module")
def url(postgres: str) -> Generator[str]:
    """An empty database with the engine's tables."""
    with schema(postgres) as place:
        Store(place, migrate=True).close()
        yield place


def read_back(store: Store, arrivals: Sequence[Arrival]) -> list[tuple[Any, ...]]:
    """What the inbox has of messages that are put into it together; nothing stays."""
    columns = [column for column in INBOX.c if column.name != "id"]
    found: list[tuple[Any, ...]] = []
    with suppress(UndoneError), store.writing() as tx:
        tx.many(inbox.PUT, [inbox.row_of(arrival, AT) for arrival in arrivals])
        found += tx.all(Statement(select(*columns).order_by(INBOX.c.id)))
        raise UndoneError
    return found


def alike(store: Store, arrivals: Sequence[Arrival]) -> None:
    """Messages read as they were given, in their order."""
    rows = [inbox.row_of(arrival, AT) for arrival in arrivals]
    assert read_back(store, arrivals) == [tuple(row[name] for name in INBOX.c.keys() if name != "id") for row in rows]  # noqa: SIM118


def three_are_what_was_given(url: str) -> None:
    with closing(Store(url)) as store:
        alike(store, [_told(name, f"{name}\"\\'", "rent.created") for name in ("b", "a", "c % {é}")])


@pytest.mark.parametrize("count", [2, 3])
def test_what_is_put_in_together_is_what_was_given(url: str, count: int) -> None:
    @settings(SEARCH, max_examples=40)
    @given(st.lists(ARRIVALS, min_size=count, max_size=count, unique_by=lambda arrival: (arrival.source, arrival.external_id)))
    def given_back(arrivals: list[Arrival]) -> None:
        alike(store, arrivals)

    with closing(Store(url)) as store:
        given_back()


def tables(place: str, seal: Seal) -> dict[str, list[str]]:
    """Every row as it reads, without the numbers that rows are given: of what is due at one instant any may be the first."""
    with closing(Store(place, seal)) as store, store.reading() as tx:
        return {table.name: sorted(map(repr, tx.all(Statement(_all_of(table))))) for table in TABLES if table.name != "mark"}


def _all_of(table: Table) -> Select[*tuple[Any, ...]]:
    return select(*(column for column in table.c if column.name not in ("id", "inbox_id")))


def crowd(place: str, seal: Seal) -> dict[str, list[str]]:
    """A life of ten parcels at once: wishes, calls and answers, webhooks that come twice, too early or for nobody, timers."""
    clock = ManualClock()
    ports, habits = Ports(clock=clock, ids=CountedIds()), Habits(sealing=seal)
    keys = [f"p{number} '\"\\" for number in range(10)]
    with Engine(place, catalogue(), {"bloqit": World()}, ports=ports, habits=habits) as engine:
        engine.accept_all([_asked(key, "create_with_locker") for key in keys])
        engine.drain()
        for number, name in enumerate(LIFE):
            told = [_told(f"{key}/{number % 2}", key, name) for key in keys]
            engine.accept_all([*told, *told[:3], _told(f"stranger {number}", None, name)])
        engine.drain()
        engine.accept_all([_told(f"{key}/early", key, "rent.finished") for key in keys[:4]])
        engine.accept_all([_asked(key, "cancel_requested") for key in keys])
        engine.drain()
        engine.accept_all([_told(f"back {number}", None, "bloq.reconnected", bloq_id="B") for number in range(2)])
        engine.drain()
        clock.advance(timedelta(days=900))
        engine.drain()
    return tables(place, seal)


def _asked(key: str, trigger: str) -> Arrival:
    event = Event(name=trigger, at=AT, by=Cause.API, asked=True, data=HERE)
    return Arrival(source="ask", external_id=f"{key}/{trigger}", system="bloqit", event=event, raw=b"", kind="delivery", key=key)


def _told(name: str, key: str | None, event: str, **data: Any) -> Arrival:
    happened = Event(name=event, at=AT, by=Cause.WEBHOOK, data={**HERE, **data})
    remote = None if "bloq_id" in data else f"remote-delivery-{key}"
    return Arrival(source="remote", external_id=name, system="bloqit", event=happened, raw=b"\x00\xff\\x41", remote_id=remote)


def one_by_one(_statement: object, _dialect: object, _many: object) -> None:
    """There is no statement for many rows."""


def a_crowd_lives_as_it_would_one_by_one(postgres: str, seal: Seal = None) -> None:
    with schema(postgres) as place:
        together = crowd(place, seal)
    with schema(postgres) as place, pytest.MonkeyPatch.context() as patch:
        patch.setattr(statements, "in_bulk", one_by_one)
        for statement in _statements():
            patch.setattr(statement, "_bulk", {})
        alone = crowd(place, seal)
    assert together == alone
    assert {name: len(rows) > 1 for name, rows in together.items()} == dict.fromkeys(together, True) | {"timer": False}


def _statements() -> Iterable[Statement]:
    from parcelflow.engine import batch, cases, outbox, reconcile, timers  # noqa: PLC0415 - only here

    for module in (batch, cases, inbox, outbox, reconcile, timers):
        yield from (value for value in vars(module).values() if isinstance(value, Statement))


def of_three_cases_only_those_count_that_are_as_they_were(postgres: str) -> None:
    """That a case was decided by somebody else meanwhile is seen by the number of rows alone."""
    with schema(postgres) as place, closing(Store(place, migrate=True)) as store:
        fresh: dict[str, Any] = dict.fromkeys(column.name for column in CASE.c)
        fresh |= {"kind": "delivery", "system": "bloqit", "state": "absent", "facts": {}, "looks": 0, "changed_at": AT}
        fresh |= {"opened_at": AT, "since": AT, "opened_by": 1}
        moved = fresh | {"state": "created", "version": 2, "was": 1, "of_kind": "delivery"}
        with store.writing() as tx:
            tx.many(OPEN, [fresh | {"key": key, "version": 1} for key in "abc"])
            changed = tx.many(CHANGE, [moved | {"of_key": key} for key in "ab"] + [moved | {"of_key": "c", "was": 7}])
            states = tx.all(Statement(select(CASE.c.key, CASE.c.state).order_by(CASE.c.key)))
    assert (changed(), states) == (2, [("a", "created"), ("b", "created"), ("c", "absent")])


@pytest.mark.parametrize("sealed", [False, True], ids=["plain", "sealed"])
def test_a_crowd_lives_as_it_would_one_by_one(postgres: str, *, sealed: bool) -> None:
    a_crowd_lives_as_it_would_one_by_one(postgres, sealing([Fernet.generate_key().decode()]) if sealed else None)


def test_of_three_cases_only_those_count_that_are_as_they_were(postgres: str) -> None:
    of_three_cases_only_those_count_that_are_as_they_were(postgres)


HONEST = Bulk.encode


def backwards(self: Bulk, rows: Iterable[Sequence[Any]]) -> list[Any]:
    return HONEST(self, reversed([*rows]))


def without_the_last(self: Bulk, rows: Iterable[Sequence[Any]]) -> list[Any]:
    return HONEST(self, [*rows][:-1])


def read_backwards(value: Any) -> str:
    return bulk._plain(value[::-1] if isinstance(value, bytes) else value)


def to_the_second(value: Any) -> str:
    return value.isoformat(timespec="seconds") if isinstance(value, datetime) else bulk._plain(value)


def packed(plain: Callable[[Any], str]) -> Callable[[object], str]:
    return json.JSONEncoder(allow_nan=False, default=plain).encode


def test_three_are_what_was_given(url: str) -> None:
    three_are_what_was_given(url)


def test_what_has_no_place_in_a_row_is_refused() -> None:
    with pytest.raises(TypeError, match="complex has no place in a row"):
        bulk._PACK([1j])


MUTANTS = {
    "backwards": (Bulk, "encode", backwards),
    "without the last": (Bulk, "encode", without_the_last),
    "bytes that are read backwards": (bulk, "_PACK", packed(read_backwards)),
    "instants to the second": (bulk, "_PACK", packed(to_the_second)),
    "documents within the document": (bulk, "Text", JSON),
}  # fmt: skip


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_dies(url: str, name: str) -> None:
    place, attribute, wrong = MUTANTS[name]
    check: Check = lambda: three_are_what_was_given(url)  # noqa: E731 - a mutant takes a function of nothing
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inbox.PUT, "_bulk", {})  # compiled anew, by the wrong code
        assert dies(Mutant(place, attribute, wrong, check))
