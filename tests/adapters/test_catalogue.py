"""Operations and rows: every row that an API call causes has an operation, every change that an operation makes has its rows."""

from dataclasses import replace

import pytest

from parcelflow.adapters import catalogue as book
from parcelflow.adapters.bloqit.caller import BloqitCaller
from parcelflow.adapters.bloqit.deeds import DEEDS
from parcelflow.adapters.bloqit.look_ups import LOOKS
from parcelflow.adapters.bloqit.proving import PROVINGS
from parcelflow.adapters.catalogue import EVERY, HARDWARE, SAME_AS, UNFOLLOWED, links
from parcelflow.adapters.operation import Idempotency, Operation
from parcelflow.machines import MACHINES, Cause, Refused, Table, catalogue

from .fakes import KEY, Remote, clock, effect

TABLES = catalogue()
NAMED = {row.call for table in TABLES.values() for row in table.rows if row.call is not None}
READS = {machine.read for machine in MACHINES.values() if machine.read is not None}


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.kind)
def test_every_row_that_an_api_call_causes_has_an_operation_or_says_what_to_ask_instead(table: Table) -> None:
    for row in table.rows:
        if Cause.API in row.causes:
            assert row.call in EVERY or row.elsewhere, row.id
    assert table.machine.read is None or table.machine.read in EVERY


@pytest.mark.parametrize("operation", EVERY.values(), ids=lambda operation: operation.id)
def test_every_operation_that_changes_something_has_its_rows_or_says_why_not(operation: Operation) -> None:
    rows = links(TABLES)[operation.id]
    if operation.idempotency is Idempotency.SAFE:
        assert not rows
    else:
        assert bool(rows) != (operation.id in UNFOLLOWED)


def test_what_stands_besides_the_rows_exists_and_stands_for_something() -> None:
    assert set(HARDWARE) | set(SAME_AS) | set(SAME_AS.values()) | set(UNFOLLOWED) <= set(EVERY)
    triggers = {row.trigger for table in TABLES.values() for row in table.rows}
    assert frozenset[str]().union(*HARDWARE.values()) <= triggers
    assert not (set(HARDWARE) | set(UNFOLLOWED)) & NAMED


def test_the_links_are_by_row() -> None:
    found = links(TABLES)
    assert found["bloqit.deliveries.make"] == ("delivery D09", "delivery D10")
    assert found["bloqit.rents.cancel"] == tuple(f"{kind} {initial}{number}" for kind, initial in _RENTS for number in (50, 51))
    assert found["bloqit.locations.update"] == found["bloqit.locations.update_by_external_id"]
    assert found["bloqit.rent_sims.keypad"] == tuple(f"{kind} {initial}22" for kind, initial in _RENTS)


_RENTS = (("store", "S"), ("send", "N"), ("delivery", "D"), ("return", "T"))


def test_a_row_without_its_operation_and_an_operation_without_its_rows_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    delivery = TABLES["delivery"]
    bare = replace(delivery, rows=tuple(row for row in delivery.rows if row.call != "bloqit.deliveries.make"))
    assert not links({"delivery": bare})["bloqit.deliveries.make"]
    monkeypatch.setattr(book, "EVERY", {name: one for name, one in EVERY.items() if name != "bloqit.rents.finish"})
    assert "bloqit.rents.finish" not in links(TABLES)


@pytest.mark.parametrize("name", sorted(name for name in NAMED | READS if name.startswith("bloqit.")))
def test_the_caller_serves_every_operation_that_a_machine_asks_for(name: str) -> None:
    assert name in DEEDS
    kind = EVERY[name].idempotency
    if kind in {Idempotency.DOOR, Idempotency.LOOK_UP_FIRST}:
        assert name in LOOKS or name in PROVINGS


@pytest.mark.parametrize("name", sorted(set(EVERY) - set(DEEDS)))
def test_what_concerns_no_case_is_refused_and_nothing_is_sent(name: str) -> None:
    remote = Remote()
    answer = BloqitCaller("https://a.example", api_key=KEY, clock=clock, transport=remote.transport).call(effect(name), "key")
    assert isinstance(answer, Refused)
    assert remote.lines == []
