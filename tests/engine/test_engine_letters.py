"""Dead letters: who gave up is told of, can be tried again, and holds up nobody; wrong versions of that are noticed."""

# pyright: reportPrivateUsage=false
# A mutant is the code under test with one wrong line; it has to reach inside.

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from killing import Mutant, dies
from sqlalchemy import false, update
from world import World

from parcelflow.engine import (
    Engine,
    Habits,
    InboxRow,
    InboxStatus,
    Letters,
    Manners,
    ManualClock,
    OutboxRow,
    OutboxStatus,
    Place,
    Ports,
    Stamina,
    Store,
    letters,
)
from parcelflow.engine.statements import Statement
from parcelflow.engine.store import OUTBOX
from parcelflow.machines import Arrival, BadLetterError, Caller, Cause, Event, Outcome, catalogue

START = datetime(2026, 1, 1, tzinfo=UTC)
TABLES = catalogue()


def opened(place: Place, world: World, *, without: str = "", clock: ManualClock | None = None) -> Engine:
    """An engine that gives up after two tries; `without` a machine."""
    tables = {kind: table for kind, table in TABLES.items() if kind != without}
    callers: dict[str, Caller] = dict.fromkeys(("bloqit", "blink", "logistics"), world)
    habits = Habits(manners=Manners(stamina=Stamina(2)))
    return Engine(place, tables, callers, ports=Ports(clock=clock or ManualClock(START)), habits=habits)


def told(engine: Engine, number: int, kind: str | None, key: str | None = "1", *, remote_id: str | None = None) -> None:
    event = Event(name="order_webhook", at=START, by=Cause.WEBHOOK, data={"type": "PICK-UP"})
    arrival = Arrival(
        source="blink",
        external_id=str(number),
        system="blink",
        event=event,
        raw=b"%d" % number,
        kind=kind,
        key=key,
        remote_id=remote_id,
    )
    engine.accept(arrival)


def given_up(place: Place, fates: Iterator[str] | None = None) -> tuple[Engine, World, ManualClock]:
    """An engine with `call/1`, the creation of delivery/1, given up: lost on its way, and looked up in vain."""
    world, clock = World(fates or iter(["never"])), ManualClock(START)
    engine = opened(place, world, clock=clock)
    engine.ask("delivery", "1", "create_with_locker", data={"locker_id": "L1", "expiry_at": "2026-01-03T00:00:00+00:00"})
    engine.drain()
    clock.advance(timedelta(minutes=1))
    engine.drain()
    return engine, world, clock


def status(engine: Engine, name: str) -> tuple[str, str]:
    """Status and last word of a letter that may be dead no more."""
    where, _, number = name.partition("/")
    if where == "message":
        return next((row.status, row.note) for row in engine.views.inbox() if row.id == int(number))
    return next((row.status, row.answer) for row in engine.views.outbox() if row.id == int(number))


def test_a_call_that_is_given_up_tells_its_case_and_is_a_letter(place: Place) -> None:
    engine, world, _ = given_up(place)
    with engine:
        line = engine.views.journal("delivery", "1")[-1]
        assert (line.outcome, line.name) == (Outcome.NOTED, "call_refused")
        assert line.reason.startswith("create_with_locker was refused: given up after 2 tries")
        (letter,) = engine.letters.list()
        assert (letter.id, letter.what, letter.kind, letter.key) == ("call/1", "bloqit.deliveries.create", "delivery", "1")
        assert "it did not happen" in letter.why
        read = engine.letters.read("call/1")
        assert isinstance(read.row, OutboxRow)
        assert (read.letter, read.row.data["locker_id"]) == (letter, "L1")
        assert [line.name for line in read.journal] == ["create_with_locker", "call_refused"]
        assert world.happened.total() == 0


def test_a_retried_call_is_looked_up_first_and_then_moves_its_case(place: Place) -> None:
    engine, world, _ = given_up(place)
    with engine:
        looked_up = world.looked_up
        engine.letters.retry("call/1")
        engine.drain()
        assert (world.looked_up, world.happened.total()) == (looked_up + 1, 1)
        assert engine.views.case("delivery", "1").state == "reserved"
        assert engine.letters.list() == []


def test_what_had_happened_after_all_is_not_done_again(place: Place) -> None:
    engine, world, _ = given_up(place)
    with engine:
        name = engine.views.outbox()[0].effect_key
        world.happened[name] += 1  # the remote was only slow to show it
        engine.letters.retry("call/1")
        engine.drain()
        assert world.happened[name] == 1
        assert engine.views.case("delivery", "1").state == "reserved"


def test_a_retried_call_may_be_given_up_again_and_its_case_is_told_again(place: Place) -> None:
    engine, _, clock = given_up(place, iter(["never", "never"]))
    with engine:
        engine.letters.retry("call/1")
        engine.drain()  # looked up, called, lost again: two tries
        clock.advance(timedelta(minutes=1))
        engine.drain()
        assert [line.name for line in engine.views.journal("delivery", "1")].count("call_refused") == 2
        assert [row.source for row in engine.views.inbox()] == ["ask", "answer", "answer/1"]
        engine.letters.retry("call/1")
        engine.drain()
        assert engine.views.case("delivery", "1").state == "reserved"


def test_while_a_retried_call_is_under_way_its_case_makes_no_other(place: Place) -> None:
    engine, world, _ = given_up(place)
    with engine:
        engine.letters.retry("call/1")
        engine.ask("delivery", "1", "create_with_locker", data={"locker_id": "L1"})
        engine.drain()
        assert world.meant["delivery", "1", "bloqit.deliveries.create create_with_locker"] == 1


def test_a_call_is_not_retried_beside_another_of_its_case(place: Place) -> None:
    engine, _, _ = given_up(place, iter(["never", "busy"]))
    with engine:
        engine.ask("delivery", "1", "create_with_locker", data={"locker_id": "L1"})
        engine.drain()
        with pytest.raises(BadLetterError, match="call/1 cannot be retried while create_with_locker of delivery/1 is under way"):
            engine.letters.retry("call/1")
        assert status(engine, "call/1")[0] == OutboxStatus.DEAD


def test_a_call_is_not_retried_before_its_case_was_told(place: Place) -> None:
    engine, _, _ = given_up(place)
    with engine:
        with engine._store.writing() as tx:
            tx.run(Statement(update(OUTBOX).values(over=false())))
        with pytest.raises(BadLetterError, match="delivery/1 has not yet been told that call/1 was given up"):
            engine.letters.retry("call/1")


def test_a_poison_message_is_decided_once_its_machine_is_mended(place: Place) -> None:
    with opened(place, World(), without="order") as engine:
        told(engine, 7, "order")
        engine.drain()
        (letter,) = engine.letters.list()
        assert (letter.id, letter.what, letter.since) == ("message/1", "order_webhook", START)
        assert letter.why == "no machine is called 'order'"
        engine.letters.retry("message/1")
        engine.drain()
        assert [letter.id for letter in engine.letters.list()] == ["message/1"]
    with opened(place, World()) as engine:
        assert engine.drain() is None
        assert engine.letters.list() != []
        engine.letters.retry("message/1")
        engine.drain()
        assert status(engine, "message/1") == (InboxStatus.DONE, "")
        assert engine.views.case("order", "1").state == "pending"


def test_a_message_is_read_with_its_bytes_and_the_history_of_the_case_that_it_names_by_either_name(place: Place) -> None:
    with opened(place, World()) as engine:
        event = Event(name="order_webhook", at=START, by=Cause.WEBHOOK)
        first = Arrival(
            source="x", external_id="x", system="blink", event=event, raw=b"", kind="order", key="1", remote_id="remote-1"
        )
        engine.accept(first)
        engine.drain()
    with opened(place, World(), without="order") as engine:
        told(engine, 7, "order", "1")
        told(engine, 8, None, None, remote_id="remote-1")
        told(engine, 9, "order", "2")
        engine.drain()
        found = [engine.letters.read(letter.id) for letter in engine.letters.list()]
        raw = [read.row.raw for read in found if isinstance(read.row, InboxRow)]
        assert raw == [b"7", b"8", b"9"]
        assert [[line.name for line in read.journal] for read in found] == [["order_webhook"], ["order_webhook"], []]


def test_skipping_is_final_and_its_reason_is_kept(place: Place) -> None:
    engine, world, clock = given_up(place)
    with engine:
        told(engine, 7, "spaceship")
        engine.drain()
        for name, end in (("message/3", InboxStatus.DONE), ("call/1", OutboxStatus.REFUSED)):
            with pytest.raises(BadLetterError, match=f"{name} is not skipped without a reason"):
                engine.letters.skip(name, "  ")
            engine.letters.skip(name, "seen by hand")
            assert status(engine, name) == (end, "skipped: seen by hand")
            for again in (lambda name=name: engine.letters.retry(name), lambda name=name: engine.letters.skip(name, "again")):
                with pytest.raises(BadLetterError, match=f"{name} is not dead but {end}"):
                    again()
        clock.advance(timedelta(days=1))
        engine.drain()
        assert (engine.letters.list(), world.happened.total()) == ([], 0)
        assert engine.views.case("delivery", "1").state == "absent"


@pytest.mark.parametrize("name", ["", "7", "case/7", "call/", "call/x", "call/-1", "call/٣", "message/1/2", f"call/{'9' * 19}"])
def test_what_is_no_id_is_told_as_one(place: Place, name: str) -> None:
    with opened(place, World()) as engine:
        asks = (lambda: engine.letters.read(name), lambda: engine.letters.retry(name), lambda: engine.letters.skip(name, "why"))
        for ask in asks:
            with pytest.raises(BadLetterError, match="is no id of a dead letter; those are like message/12 and call/7"):
                ask()


def test_a_letter_that_is_none_is_told_as_one(place: Place) -> None:
    with opened(place, World()) as engine:
        told(engine, 7, "order")
        engine.drain()
        with pytest.raises(BadLetterError, match="message/1 is not dead but done"):
            engine.letters.read("message/1")
        for name in ("message/2", "call/1", f"call/{'9' * 18}"):
            with pytest.raises(BadLetterError, match=f"there is no {name}"):
                engine.letters.read(name)


def test_a_thousand_poison_messages_hold_up_nobody(place: Place) -> None:
    with opened(place, World()) as engine:
        for number in range(1000):
            told(engine, number, "spaceship", str(number))
        told(engine, 1000, "order")
        engine.drain()
        assert engine.views.case("order", "1").state == "pending"
        assert len(engine.letters.list()) == 1000


def test_another_process_may_retry_and_whoever_decides_finds_it(tmp_path: Path) -> None:
    engine, _, _ = given_up(tmp_path / "x.db")
    with engine:
        store = Store(tmp_path / "x.db")
        Letters(store, ManualClock(START)).retry("call/1")
        store.close()
        engine.drain()
        assert engine.views.case("delivery", "1").state == "reserved"


def test_a_retry_wakes_the_threads(tmp_path: Path) -> None:
    engine, _, _ = given_up(tmp_path / "x.db")
    with engine:
        woken: list[str] = []
        Letters(engine._store, ManualClock(START), wake=lambda: woken.append("woken")).retry("call/1")
        assert woken == ["woken"]


def _checks(check: Callable[[Place], None], folder: Path) -> Callable[[], None]:
    return lambda: check(folder / "x.db")


def _call_again(**wrong: object) -> Statement:
    values = {"status": OutboxStatus.UNSURE.value, "lives": OUTBOX.c.lives + 1, "over": false(), **wrong}
    return Statement(
        update(OUTBOX)
        .where(OUTBOX.c.id == letters.bindparam("of"))
        .values(due_at=letters.bindparam("now"), **{name: value for name, value in values.items() if value is not None})
    )


MUTANTS: dict[str, tuple[str, object, Callable[[Place], None]]] = {
    "called again without a look": (
        "CALL_AGAIN",
        _call_again(status=OutboxStatus.OPEN.value),
        test_what_had_happened_after_all_is_not_done_again,
    ),
    "the same life": (
        "CALL_AGAIN",
        _call_again(lives=None),
        test_a_retried_call_is_looked_up_first_and_then_moves_its_case,
    ),
    "over though it is out": (
        "CALL_AGAIN",
        _call_again(over=None),
        test_while_a_retried_call_is_under_way_its_case_makes_no_other,
    ),
    "skipped, and still dead": (
        "END_CALL",
        letters.END_MESSAGE,
        test_skipping_is_final_and_its_reason_is_kept,
    ),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_the_mutant_is_noticed(name: str, tmp_path: Path) -> None:
    attribute, wrong, check = MUTANTS[name]
    assert dies(Mutant(letters, attribute, wrong, _checks(check, tmp_path)))
