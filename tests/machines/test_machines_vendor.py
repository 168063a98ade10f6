"""The vendors' words and ours: total over the documents, both ways, and an unknown word survives."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parcelflow.machines import MACHINES, Cause, catalogue
from parcelflow.machines.vendor import (
    BLOQIT_EVENT,
    EVENT_SOURCE,
    LOCATION_STATE,
    LOCKER_SIZE,
    ORDER_STATUS,
    ORDER_TYPE,
    PAYMENT_TYPE,
    RENT_STATE,
    RENT_TYPE,
    TASK_EVENT,
    TASK_STATES,
    TASK_TYPE,
    Raw,
    Vocabulary,
    order_signal,
)

# Copied out of the documents, each list with its lines.
DOCUMENTED: dict[str, tuple[Vocabulary, list[Raw]]] = {
    "rent states, B:1344": (
        RENT_STATE,
        [
            *("created", "starting", "in_progress", "locker_opened", "collect_item", "price_calculation", "payment_attempt"),
            *("expired", "finished", "reserved", "cancelled", "in_transit", "ready_for_pickup"),
        ],
    ),
    "rent types, B:100": (RENT_TYPE, ["store", "send", "delivery", "return"]),
    "location states, B:819": (LOCATION_STATE, ["created", "deployed", "churned"]),
    "locker sizes, B:94": (LOCKER_SIZE, ["XS", "S", "M", "L", "XL"]),
    "events, B:3444-3485": (
        BLOQIT_EVENT,
        [
            *(f"locker.{name}" for name in ("locker_opened", "locker_closed", "locker_timeout", "open_warning", "locker_active")),
            *(f"locker.{name}" for name in ("locker_inactive", "created", "open_locker_error", "spontaneous_locker_opening")),
            *("locker.maintenance_status_update", "rent.created", "rent.started", "rent.in_progress", "rent.locker_opened"),
            *(f"rent.{name}" for name in ("collect_item", "price_calculation", "finished", "reserved", "cancelled", "expired")),
            *(f"rent.{name}" for name in ("extended", "in_transit", "ready_for_pickup", "automatic_notification_sent")),
            *(f"rent.{name}" for name in ("drop_off_confirmation", "drop_off_cancellation", "drop_off_code_check")),
            *(f"rent.{name}" for name in ("drop_off_code_check_offline", "pin_attempt", "offline_dropoff")),
            *("rent.waiting_offline_dropoff_sync", "bloq.label_printed", "bloq.print_label_error", "bloq.reconnected"),
            *(f"bloq.{name}" for name in ("created", "active", "inactive", "courier_authentication", "courier_logout")),
            *(f"customer.customer_{name}" for name in ("created", "updated", "deleted")),
        ],
    ),
    "event sources, B:3493-3497": (EVENT_SOURCE, ["bloq_it_admin", "locker", "public_api", "expiration"]),
    "order statuses, K:142-156": (ORDER_STATUS, [0, 1, 2, 3, 4]),
    "order types, K:76": (ORDER_TYPE, ["PICK-UP", "DINE-IN", "DELIVERY"]),
    "task events, K:247-258": (TASK_EVENT, [20, 21, 22, 23, 24, 25, 26, 27, 28, 29]),
    "task types, K:195": (TASK_TYPE, [1, 2]),
    "payment types, K:184": (PAYMENT_TYPE, ["COD", "ONLINE"]),
}
NAMES: dict[Vocabulary, list[str]] = {
    # What stands beside the numbers in the same lines.
    ORDER_STATUS: ["Pending", "Accepted", "Dispatched", "Delivered", "Rejected"],
    TASK_EVENT: [
        *("TASK_CREATED", "TASK_UPDATED", "TASK_UNASSIGN", "TASK_ASSIGNED", "TASK_ACCEPTED"),
        *("TASK_ARRIVED", "TASK_STARTED", "TASK_FINISHED", "TASK_CANCELLED", "TASK_REASSIGNED"),
    ],
}


@pytest.mark.parametrize("name", DOCUMENTED)
def test_every_documented_word_is_known_and_comes_back_as_it_was(name: str) -> None:
    vocabulary, words = DOCUMENTED[name]
    assert sorted(vocabulary.theirs, key=str) == sorted(words, key=str)
    assert [vocabulary.write(vocabulary.read(word)) for word in words] == words
    assert all(vocabulary.knows(vocabulary.read(word)) for word in words)
    assert [vocabulary.read(vocabulary.write(ours)) for ours in vocabulary.ours] == list(vocabulary.ours)


def test_there_are_42_events() -> None:
    assert len(BLOQIT_EVENT.theirs) == 42


@pytest.mark.parametrize("vocabulary", NAMES, ids=["order", "task"])
def test_a_number_and_its_name_are_one_word(vocabulary: Vocabulary) -> None:
    for raw, name in zip(vocabulary.theirs, NAMES[vocabulary], strict=True):
        assert vocabulary.read(name) == vocabulary.read(raw) == vocabulary.read(str(raw))


@pytest.mark.parametrize(
    ("vocabulary", "raw", "ours"),
    [
        (RENT_STATE, "CANCELED", "cancelled"),
        (RENT_STATE, "OPEN", "locker_opened"),
        (RENT_STATE, "In Progress", "in_progress"),
        (RENT_STATE, "ReadyForPickup", "ready_for_pickup"),
        (ORDER_STATUS, "DISPACTCHED", "dispatched"),
        (TASK_EVENT, "TASK_UNASSIGNED", "task_unassign"),
        (TASK_EVENT, "TASK_CANCELED", "task_cancelled"),
        (LOCKER_SIZE, "xl", "XL"),
        (EVENT_SOURCE, "Public API", "API call"),
    ],
)
def test_spellings_are_forgiven(vocabulary: Vocabulary, raw: str, ours: str) -> None:
    assert vocabulary.read(raw) == ours


@pytest.mark.parametrize("raw", ["2.0", "-2", "02", "2 ", "", "二"])
def test_what_only_looks_like_a_number_is_none(raw: str) -> None:
    assert not ORDER_STATUS.knows(ORDER_STATUS.read(raw))
    assert not TASK_EVENT.knows(TASK_EVENT.read(raw))


VOCABULARIES = [vocabulary for vocabulary, _ in DOCUMENTED.values()]


@given(st.sampled_from(VOCABULARIES), st.text() | st.integers(-(10**6), 10**6))
def test_an_unknown_word_survives_a_round_trip(vocabulary: Vocabulary, raw: Raw) -> None:
    word = vocabulary.read(raw)
    if vocabulary.knows(word):
        return
    written = vocabulary.write(word)
    assert written == raw or str(written) == str(raw)


def test_the_words_are_the_machines_own() -> None:
    tables = catalogue()
    for kind in RENT_TYPE.ours:
        assert set(tables[kind].states) - {"absent"} <= set(RENT_STATE.ours)
    assert set(tables["delivery"].states) - {"absent"} == set(RENT_STATE.ours)
    assert set(tables["location"].states) - {"absent"} == set(LOCATION_STATE.ours)
    assert set(tables["order"].states) - {"absent"} == set(ORDER_STATUS.ours)
    assert set(TASK_STATES) == set(TASK_EVENT.ours) - {"task_updated"}
    assert set(TASK_STATES.values()) == set(tables["task"].states) - {"absent"}
    assert set(TASK_TYPE.ours) <= set(MACHINES)
    assert {Cause(word) for word in EVENT_SOURCE.ours} < set(Cause)
    assert {order_signal(raw) for raw in ORDER_STATUS.theirs} <= set(tables["order"].named)
    rents = set[str]().union(*(set(tables[kind].named) | tables[kind].machine.notes for kind in RENT_TYPE.ours))
    told = {word for word in BLOQIT_EVENT.ours if word.startswith(("rent.", "locker."))}
    assert told - rents - set(tables["locker"].named) == {"locker.created"}
    assert get_args(Raw) == (int, str)
