"""The default links, step by step, against the policy that they are named after (table 3.12); every other step tells nobody."""

from decimal import Decimal

import pytest
from scenes import AT

from parcelflow.machines import DEFAULT_LINKS, MACHINES, Facts, Json, Step, linked, table_of
from parcelflow.machines.linking import courier_task

BY_DOOR: Facts = {"type": "DELIVERY", "order": "7"}
INTO_ANY: Facts = {**BY_DOOR, "bloq_id": "B", "customer_name": "Ann", "customer_email": None}
INTO_L1: Facts = {**INTO_ANY, "locker_id": "L1"}
RETRIEVED: Facts = {**INTO_ANY, "retrieved": True}
FETCHED: Facts = {"type": "PICK-UP", "order": "7"}
SITUATIONS = {"door": BY_DOOR, "any": INTO_ANY, "chosen": INTO_L1, "retrieved": RETRIEVED, "fetched": FETCHED}

ACCEPTED = {
    "door": [("task", "task_created")],
    "any": [("task", "task_created"), ("delivery", "create_without_locker")],
    "retrieved": [("task", "task_created"), ("delivery", "create_without_locker")],
    "chosen": [("task", "task_created"), ("delivery", "create_with_locker")],
    "fetched": [],
}
CUSTOMER_AT_THE_DOOR = {"locker_opened", "collect_item", "price_calculation", "payment_attempt"}


def _policy(kind: str, source: str, target: str, where: str) -> list[tuple[str, str]]:
    """Table 3.12 with the choices of `docs/manual.md`, said again in other words than the links'."""
    told: list[tuple[str, str]] = []
    match kind, target:
        case _ if source == target:
            pass
        case "order", "accepted":
            told = ACCEPTED[where]
        case "task", "started":
            told = [("order", "dispatch")]
        case "task", "finished" if where in {"door", "fetched"}:
            told = [("order", "deliver")]
        case "task-return", "finished":
            told = [("order", "reject")]
        case "delivery", "in_progress" if source not in CUSTOMER_AT_THE_DOOR | {"expired", "cancelled"}:
            told = [("order", "dispatch")]
        case "delivery", "finished" if source in CUSTOMER_AT_THE_DOOR - {"locker_opened"} and where != "retrieved":
            told = [("order", "deliver")]
        case _:
            pass
    return told


def _told(kind: str, source: str, target: str, facts: Facts) -> list[tuple[str, str]]:
    step = Step("row", source, target)
    return [(wish.kind, wish.event.name) for wish in linked(DEFAULT_LINKS, kind, "7", step, facts=facts, at=AT)]


def _steps() -> set[tuple[str, str, str]]:
    arms = ((kind, arm) for kind in MACHINES for found in table_of(kind).arms.values() for arm in found)
    return {(kind, arm.source, arm.target) for kind, arm in arms}


@pytest.mark.parametrize("where", SITUATIONS)
def test_each_step_tells_exactly_whom_the_policy_names(where: str) -> None:
    told = {step: _told(*step, SITUATIONS[where]) for step in _steps()}
    assert told == {step: _policy(*step, where) for step in _steps()}
    assert any(told.values())


def test_a_case_that_stands_alone_tells_nobody() -> None:
    assert _told("task", "arrived", "started", {}) == []


def test_a_wish_brings_what_the_other_needs_and_nothing_unknown() -> None:
    facts: dict[str, Json] = {**INTO_L1, "paid": False, "subtotal": "9.50", "delivery_charges": "1.00"}
    task, rent = linked(DEFAULT_LINKS, "order", "7", Step("OR1", "pending", "accepted"), facts=facts, at=AT)

    assert task.event.asked
    assert task.event.data == {
        "customer_name": "Ann",
        "bloq_id": "B",
        "payment_type": "COD",
        "sub_total": "9.50",
        "delivery_charges": "1.00",
        "to_collect": "10.50",
        "pickup_at": "2026-05-01T12:20:00+00:00",
        "delivery_at": "2026-05-01T13:00:00+00:00",
        "order": "7",
    }
    assert rent.event.data == {"bloq_id": "B", "locker_id": "L1", "customer_name": "Ann", "order": "7"}


COLLECTED: dict[str, tuple[Facts, dict[str, str]]] = {
    "the sum of all parts, where there is no total": (
        {"subtotal": "100", "tax": "17.5", "delivery_charges": "9", "discount": "10"},
        {"sub_total": "100", "tax": "17.5", "delivery_charges": "9", "discount": "10", "to_collect": "116.5"},
    ),
    "the total, which the parts come to": (
        {"subtotal": "100", "tax": "17", "delivery_charges": "9", "discount": "10", "total_price": "116"},
        {"sub_total": "100", "tax": "17", "delivery_charges": "9", "discount": "10", "to_collect": "116"},
    ),
    "more than the parts: a charge of the till": (
        {"subtotal": "59", "tax": "0", "total_price": "66.67"},
        {"sub_total": "66.67", "tax": "0", "to_collect": "66.67", "collect_difference": "7.67"},
    ),
    "less than the parts: a wallet": (
        {"subtotal": "59", "tax": "1", "discount": "5", "total_price": "20"},
        {"sub_total": "59", "tax": "1", "discount": "40", "to_collect": "20", "collect_difference": "-35"},
    ),
    "a total alone": (
        {"total_price": "20", "delivery_charges": "5"},
        {"sub_total": "15", "delivery_charges": "5", "to_collect": "20"},
    ),
    "nothing of what is paid": ({"subtotal": "59", "paid": True}, {"sub_total": "59", "to_collect": "0"}),
    "what nobody knows": ({}, {}),
    "what nobody can reckon with": ({"subtotal": "much", "tax": "NaN", "total_price": True}, {}),
}


@pytest.mark.parametrize("which", COLLECTED)
def test_a_courier_collects_what_the_customer_owes(which: str) -> None:
    facts, told = COLLECTED[which]
    task = courier_task(facts, AT)
    assert {name: value for name, value in task.items() if name not in {"payment_type", "pickup_at", "delivery_at"}} == told
    assert task["payment_type"] == ("ONLINE" if facts.get("paid") else "COD")
    if "to_collect" in told and not facts.get("paid"):
        sub, tax, way, less = (Decimal(told.get(name, "0")) for name in ("sub_total", "tax", "delivery_charges", "discount"))
        assert sub + tax + way - less == Decimal(told["to_collect"])  # E11: what Logistics makes of it
