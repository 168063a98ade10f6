"""What is personal is sealed where there is a key, opened for who needs it, and forgotten when its case has ended."""

# pyright: reportPrivateUsage=false
# What no life of today's machines has, is written by hand into the store.

import sqlite3
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import psycopg
import pytest
from cryptography.fernet import Fernet
from killing import Mutant, dies
from sqlalchemy import select
from stage import Stage
from world import World

from parcelflow.engine import Engine, Forgotten, Habits, Place, Vault, forget
from parcelflow.engine.batch import SEND
from parcelflow.engine.rows import effect_key
from parcelflow.engine.statements import Statement
from parcelflow.engine.store import CASE
from parcelflow.engine.tx import Tx
from parcelflow.machines import Answer, Arrival, BadSettingsError, Cause, Effect, Event, Refused, Table, catalogue

KEY, NEW_KEY = Fernet.generate_key().decode(), Fernet.generate_key().decode()
CODE, PHONE = "4711-0815", "+351 912 345 678"
PERSONAL = (CODE, PHONE, "Ana Silva")
TABLES = ("inbox", '"case"', "journal", "outbox", "timer", "mark")
ENDING = ("rent.started", "rent.in_progress", "rent.collect_item", "rent.price_calculation", "rent.finished")


class Chatty(World):
    """Refuses with what it was sent, as remotes do."""

    def call(self, effect: Effect, key: str) -> Answer:
        """One call."""
        if effect.trigger == "make_requested":
            return Refused(f"no such customer {PHONE}")
        assert effect.data.get("pickup_code") == CODE  # whoever calls needs it as it is
        return super().call(effect, key)


def everything(place: Place) -> str:
    """Every byte of every row, as somebody with the file but without the key reads it."""
    return "\n".join(map(str, _cells(place)))


def _cells(place: Place) -> Iterator[object]:
    if isinstance(place, Path):
        with closing(sqlite3.connect(place)) as connection:
            for table in TABLES:
                for row in connection.execute(f"SELECT * FROM {table}"):  # noqa: S608 - our own names
                    yield from row
    else:
        with psycopg.connect(place) as connection:
            for table in TABLES:
                for row in connection.execute(f"SELECT * FROM {table}".encode()):  # noqa: S608 - as above
                    yield from row


def lived(stage: Stage, key: str = "1", *, to_the_end: bool = True) -> None:
    """A delivery to somebody, with everything that is personal in it."""
    data = {"locker_id": f"L{key}", "bloq_id": "B", "pickup_code": CODE, "customer_phone": PHONE, "customer_name": "Ana Silva"}
    stage.ask("delivery", key, "create_with_locker", **data)
    stage.ask("delivery", key, "make_requested", comment=f"ring {PHONE}")
    for signal in ENDING if to_the_end else ENDING[:1]:
        stage.tell("delivery", key, signal, data={"metadata": {"tried": CODE}})


@pytest.fixture
def sealed(place: Place) -> Generator[Stage]:
    made = Stage(place, Chatty(), Habits(sealing=Vault([KEY])))
    yield made
    made.engine.stop()


def test_without_the_key_nothing_personal_can_be_read(sealed: Stage) -> None:
    lived(sealed)
    kept = everything(sealed.place)
    assert [word for word in PERSONAL if word in kept] == []
    assert "finished" in kept  # what is not personal stays readable
    case = sealed.views.case("delivery", "1")
    assert (case.facts["pickup_code"], case.facts["customer_phone"], case.state) == (CODE, PHONE, "finished")
    assert any(PHONE in line.reason for line in sealed.views.journal("delivery", "1"))
    assert any(PHONE in row.answer for row in sealed.views.outbox())


def test_what_is_kept_without_a_key_is_kept_as_it_is(place: Place) -> None:
    stage = Stage(place, Chatty())
    lived(stage)
    assert [word for word in PERSONAL if word not in everything(place)] == []
    stage.engine.stop()


def test_a_database_that_was_sealed_is_not_opened_without_its_key(sealed: Stage) -> None:
    lived(sealed, to_the_end=False)
    sealed.engine.stop()
    with pytest.raises(BadSettingsError, match="was sealed with a key, and none is given"):
        Engine(sealed.place, catalogue(), {})
    with pytest.raises(BadSettingsError, match="the key that it was sealed with is missing"):
        Engine(sealed.place, catalogue(), {}, habits=Habits(sealing=Vault([NEW_KEY])))
    with Engine(sealed.place, catalogue(), {}, habits=Habits(sealing=Vault([NEW_KEY, KEY]))) as engine:
        assert engine.views.case("delivery", "1").facts["pickup_code"] == CODE


def test_a_finished_case_forgets_and_stays_what_it_was(sealed: Stage) -> None:
    lived(sealed)
    before = [(line.row, line.source, line.target, line.outcome) for line in sealed.views.journal("delivery", "1")]
    assert sealed.engine.forget(PHONE) == Forgotten(now=1, later=0)
    case = sealed.views.case("delivery", "1")
    assert (case.state, case.remote_id, case.facts["locker_id"]) == ("finished", "remote-delivery-1", "L1")
    assert "pickup_code" not in case.facts
    told = [str(row.model_dump()) for rows in (sealed.views.journal("delivery", "1"), sealed.views.outbox()) for row in rows]
    told += [str(row.model_dump()) for row in sealed.views.inbox()]
    assert [word for word in PERSONAL if any(word in row for row in told)] == []
    assert [(line.row, line.source, line.target, line.outcome) for line in sealed.views.journal("delivery", "1")] == before
    sealed.tell("delivery", "1", "rent.finished")  # a late webhook still finds it
    assert sealed.outcomes("delivery", "1")[-1] == "no-op"


def every_effect_of_a_decision_forgets(stage: Stage) -> None:
    """Though none of them is found by its case, and one decision may have had several."""
    lived(stage)
    lived(stage, "12")  # which nobody asks for
    sent = stage.views.outbox()[0]
    with stage.engine._store.writing() as tx:
        for number in (1, 2):
            name = effect_key("delivery", "1", int(sent.effect_key.rpartition("/")[2]), number)
            tx.run(SEND, sent.model_dump() | {"effect_key": name, "data": {"customer_name": f"Ana Silva {number}"}})
    with stage.engine._store.deciding() as tx:
        forget.forget_case(tx, "delivery", "1")
    told = {row.effect_key: str(row.model_dump()) for row in stage.views.outbox()}
    assert {f"{sent.effect_key}/1", f"{sent.effect_key}/2"} < set(told)
    kept = {name for name, row in told.items() if any(word in row for word in PERSONAL)}
    assert {name.split("/")[1] for name in kept} == {"12"}


def test_every_effect_of_a_decision_forgets(sealed: Stage) -> None:
    every_effect_of_a_decision_forgets(sealed)


def the_first() -> range:
    """All numbers that an effect may have, if a decision had one at most."""
    return range(1)


def test_effects_that_do_not_forget_are_told_from_ours(tmp_path: Path) -> None:
    made = Stage(tmp_path / "x.db", Chatty())
    try:
        assert dies(Mutant(forget, "count", the_first, partial(every_effect_of_a_decision_forgets, made)))
    finally:
        made.engine.stop()


def test_an_unfinished_case_forgets_when_it_has_ended(sealed: Stage) -> None:
    lived(sealed, "1", to_the_end=False)
    lived(sealed, "2")
    assert sealed.engine.forget("00351912345678") == Forgotten(now=1, later=1)
    assert sealed.views.case("delivery", "1").facts["pickup_code"] == CODE
    for signal in ENDING[1:]:
        sealed.tell("delivery", "1", signal)
    sealed.engine.drain()
    assert "pickup_code" not in sealed.views.case("delivery", "1").facts
    assert sealed.engine.forget(PHONE) == Forgotten(now=0, later=0)


def those_that_go_on_hold_up_none_that_have_ended(stage: Stage) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(forget, "AT_ONCE", 1)
        lived(stage, "1", to_the_end=False)
        lived(stage, "2")
        lived(stage, "3")
        assert stage.engine.forget(PHONE) == Forgotten(now=2, later=1)
        assert ["pickup_code" in case.facts for case in stage.views.cases()] == [True, False, False]


def test_those_that_go_on_hold_up_none_that_have_ended(sealed: Stage) -> None:
    those_that_go_on_hold_up_none_that_have_ended(sealed)


def whoever_is_due_first(tx: Tx, tables: Mapping[str, Table], now: datetime) -> int:
    """What was: those that go on stand before the others."""
    query = select(CASE.c.kind, CASE.c.key, CASE.c.state).where(CASE.c.forget_at <= now).order_by(CASE.c.forget_at, CASE.c.key)
    due = tx.all(Statement(query.limit(forget.AT_ONCE)))
    ended = [(kind, key) for kind, key, state in due if state in tables[kind].finals]
    for kind, key in ended:
        forget.forget_case(tx, kind, key)
    return len(ended)


def test_those_that_go_on_first_are_told_from_ours(tmp_path: Path) -> None:
    made = Stage(tmp_path / "x.db", Chatty())
    try:
        check = partial(those_that_go_on_hold_up_none_that_have_ended, made)
        assert dies(Mutant(forget, "forget_due", whoever_is_due_first, check))
    finally:
        made.engine.stop()


def test_a_message_as_it_came_is_sealed_and_forgotten_with_its_case(sealed: Stage) -> None:
    lived(sealed)
    event = Event(name="rent.pin_attempt", at=sealed.clock.now(), by=Cause.WEBHOOK)
    raw = f'{{"metadata": {{"tried": "{CODE}"}}}}'.encode()
    sealed.engine.accept(
        Arrival(source="bloqit", external_id="raw", system="bloqit", event=event, raw=raw, kind="delivery", key="1")
    )
    sealed.engine.drain()
    assert CODE not in everything(sealed.place)
    assert [row.raw for row in sealed.views.inbox() if row.external_id == "raw"] == [raw]
    sealed.engine.forget(PHONE)
    assert [row.raw for row in sealed.views.inbox() if row.external_id == "raw"] == [None]


def test_a_case_is_kept_from_its_end_on_and_not_from_its_beginning(place: Place) -> None:
    stage = Stage(place, Chatty(), Habits(keep=timedelta(days=30)))
    lived(stage, to_the_end=False)
    stage.advance(days=20)
    for signal in ENDING[1:]:
        stage.tell("delivery", "1", signal)
    stage.advance(days=29)
    assert "pickup_code" in stage.views.case("delivery", "1").facts
    stage.advance(days=2)
    assert "pickup_code" not in stage.views.case("delivery", "1").facts
    stage.engine.stop()


def test_nobody_is_forgotten_for_somebody_else(sealed: Stage) -> None:
    lived(sealed)
    assert sealed.engine.forget("+351 912 345 679") == Forgotten(now=0, later=0)
    assert sealed.views.case("delivery", "1").facts["pickup_code"] == CODE


def test_finished_cases_forget_after_a_while_by_themselves(place: Place) -> None:
    stage = Stage(place, Chatty(), Habits(keep=timedelta(days=30)))
    lived(stage, "1")
    lived(stage, "2", to_the_end=False)
    stage.advance(days=29)
    assert "pickup_code" in stage.views.case("delivery", "1").facts
    stage.advance(days=2)
    assert "pickup_code" not in stage.views.case("delivery", "1").facts
    assert "pickup_code" in stage.views.case("delivery", "2").facts
    stage.engine.stop()
