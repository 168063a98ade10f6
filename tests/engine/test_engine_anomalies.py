"""Anomalies and drift: what did not fit is listed with its evidence, from an index that holds nothing else."""

# pyright: reportPrivateUsage=false
# A mutant is the code under test with one wrong line; it has to reach inside.

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from killing import Mutant, dies
from sqlalchemy import ColumnElement, Exists, FromClause, and_, bindparam, exists, false, literal, select

from parcelflow.engine import NEVER, Drift, Engine, Habits, ManualClock, Place, Ports, views
from parcelflow.engine.statements import Statement, said
from parcelflow.engine.store import CASE, JOURNAL
from parcelflow.machines import (
    JUMP,
    REMOTE_STATE,
    Answer,
    Arrival,
    Caller,
    Cause,
    Done,
    Effect,
    Event,
    Facts,
    Outcome,
    Policies,
    Refused,
    Unknown,
    catalogue,
)

START = datetime(2026, 1, 1, tzinfo=UTC)
TABLES = catalogue(Policies({"reject_dispatched": "refuse"}))
BLIND = {kind for kind, table in TABLES.items() if table.machine.read is None}


class Elsewhere:
    """A remote whose rents are in `state` whenever they are read, and that refuses to make any."""

    def __init__(self, state: str) -> None:
        self.state = state

    def call(self, effect: Effect, key: str) -> Answer:
        """A read is answered, a make refused, anything else done."""
        del key
        if effect.trigger == REMOTE_STATE:
            return Done({"state": self.state})
        return Refused("409") if effect.trigger == "make_requested" else Done(remote_id=f"r-{effect.case_key}")

    def look_up(self, effect: Effect, key: str) -> Answer:
        """Nothing is known."""
        del effect, key
        return Unknown("no way to know")


class Life:
    """An engine over such a remote."""

    def __init__(self, place: Place, state: str = "locker_opened") -> None:
        self.clock = ManualClock(START)
        self.remote = Elsewhere(state)
        callers: dict[str, Caller] = dict.fromkeys(("bloqit", "blink", "logistics"), self.remote)
        self.engine = Engine(place, TABLES, callers, ports=Ports(clock=self.clock), habits=Habits(looks=NEVER))
        self._told = 0

    def tell(self, kind: str, key: str, *names: str, data: Facts | None = None) -> None:
        """A remote tells things, one after the other."""
        for name in names:
            self._told += 1
            event = Event(name=name, at=self.clock.now(), by=Cause.WEBHOOK, data=data or {}, evidence=f"webhook {self._told}")
            self.engine.accept(
                Arrival(source="x", external_id=str(self._told), system="x", event=event, raw=b"", kind=kind, key=key)
            )
            self.engine.drain()

    def reserve(self, key: str) -> None:
        """A delivery with a locker."""
        self.engine.ask("delivery", key, "create_with_locker", data={"locker_id": "L", "expiry_at": "2026-02-01T00:00:00+00:00"})
        self.engine.drain()

    def contradict(self, key: str) -> None:
        """An expired delivery whose door opens, and which is read then."""
        self.reserve(key)
        self.tell("delivery", key, "rent.started", "rent.in_progress", "rent.expired", "rent.locker_opened")


def test_contradictions_jumps_and_refusals_are_listed_with_their_evidence(place: Place) -> None:
    life = Life(place)
    with life.engine as engine:
        life.contradict("1")
        life.reserve("2")
        engine.ask("delivery", "2", "make_requested")
        engine.drain()
        found = engine.views.anomalies()
        assert [(line.key, line.name, line.outcome) for line in found] == [
            ("1", "rent.locker_opened", Outcome.CONTRADICTION),
            ("1", REMOTE_STATE, Outcome.RECONCILED),
            ("2", "call_refused", Outcome.NOTED),
            ("2", REMOTE_STATE, Outcome.RECONCILED),
            ("2", REMOTE_STATE, Outcome.RECONCILED),
        ]
        assert (found[0].evidence, found[1].row) == ("webhook 4", JUMP)
        assert found[2].reason == "make_requested was refused: 409"
        assert found[2].evidence.startswith("answer to bloqit.deliveries.make")


def test_anomalies_are_told_from_an_instant_on(place: Place) -> None:
    life = Life(place)
    with life.engine as engine:
        life.contradict("1")
        life.clock.advance(timedelta(hours=1))
        life.contradict("2")
        assert {line.key for line in engine.views.anomalies(START + timedelta(hours=1))} == {"2"}
        assert engine.views.anomalies(START + timedelta(hours=2)) == []
        assert [drift.count for drift in engine.views.drift(START + timedelta(hours=1))] == [1]


def test_drift_is_counted_by_where_we_were_and_where_the_remote_was(place: Place) -> None:
    life = Life(place)
    with life.engine as engine:
        for key in ("1", "2", "3", "4"):
            life.contradict(key)
        life.remote.state = "locker_opened"
        life.clock.advance(timedelta(hours=1))
        life.reserve("5")
        engine.ask("delivery", "5", "make_requested")  # refused, so it is read: several steps on from where we had it
        engine.drain()
        assert len([line for line in engine.views.journal("delivery", "5") if line.outcome == Outcome.RECONCILED]) == 2
        assert engine.views.drift() == [
            Drift("delivery", "expired", "locker_opened", 4, START, ("4", "3", "2")),
            Drift("delivery", "reserved", "locker_opened", 1, START + timedelta(hours=1), ("5",)),
        ]


def test_orders_wait_for_a_person_until_something_moves_them(place: Place) -> None:
    life = Life(place)
    with life.engine as engine:
        life.contradict("1")
        for key in ("1", "2"):
            life.tell("order", key, "order_webhook", data={"type": "PICK-UP"})
            life.tell("order", key, "accept", "dispatch", "reject")  # which the policy does not believe
        assert [(line.key, line.name) for line in engine.views.contradicted(BLIND)] == [("1", "reject"), ("2", "reject")]
        life.tell("order", "1", "deliver")
        assert [line.key for line in engine.views.contradicted(BLIND)] == ["2"]
        assert engine.views.contradicted(()) == []
        assert engine.views.contradicted({"delivery"}) == []
        life.tell("order", "2", "deliver")
        assert engine.views.contradicted(BLIND) == []


def test_the_index_holds_only_what_is_odd_and_is_used(tmp_path: Path) -> None:
    odd = select(JOURNAL.c.id).where(views._ODD, JOURNAL.c.recorded_at >= bindparam("since")).order_by(JOURNAL.c.recorded_at)
    with Life(tmp_path / "x.db").engine as engine, engine._store.reading() as tx:
        ready = Statement(odd).on(tx.dialect)
        cursor = tx._cursor()
        cursor.execute(f"EXPLAIN QUERY PLAN {ready.sql}", ready.encode({"since": START}, None))
        assert "USING INDEX journal_odd" in str(cursor.fetchall()[0][3])


def _checks(check: Callable[[Place], None], folder: Path) -> Callable[[], None]:
    return lambda: check(folder / "x.db")


def _never() -> Exists:
    return exists(select(JOURNAL.c.id).where(false()))


def _of_any_case(kind: ColumnElement[str], key: ColumnElement[str], *, journal: FromClause = JOURNAL) -> ColumnElement[bool]:
    """What was: the lines are looked for under the message that opened some case."""
    opened_by = select(CASE.c.opened_by).where(CASE.c.kind == kind, CASE.c.key == key).scalar_subquery()
    return and_(journal.c.opened_by.in_([literal(0), opened_by]), journal.c.kind == kind, journal.c.key == key)


MUTANTS: dict[str, tuple[str, object, Callable[[Place], None]]] = {
    "refusals are left out": (
        "_ODD",
        said("outcome IN ('contradiction', 'reconciled')"),
        test_contradictions_jumps_and_refusals_are_listed_with_their_evidence,
    ),
    "every example": ("EXAMPLES", 9, test_drift_is_counted_by_where_we_were_and_where_the_remote_was),
    "any reconciliation": ("REMOTE_STATE", "another", test_drift_is_counted_by_where_we_were_and_where_the_remote_was),
    "what one case went through resolves it, or not": (
        "lines_of",
        _of_any_case,
        test_orders_wait_for_a_person_until_something_moves_them,
    ),
    "nothing resolves": ("exists", _never, test_orders_wait_for_a_person_until_something_moves_them),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_the_mutant_is_noticed(name: str, tmp_path: Path) -> None:
    attribute, wrong, check = MUTANTS[name]
    assert dies(Mutant(views, attribute, wrong, _checks(check, tmp_path)))
