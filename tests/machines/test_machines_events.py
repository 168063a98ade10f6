"""Every event of the documents on its whole way: the body as it is posted, read, and decided on a case that it concerns.

May not read the rows. Non-obvious choice: what each event does is written down here once more, from the documents' descriptions
(B:3444-3485, K:142-156, K:247-258), one everyday case for each; a name that falls out of a vocabulary or a row is missed then.
"""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from parcelflow.adapters.blink.webhook import parse as parse_blink
from parcelflow.adapters.bloqit.webhook import Unsigned
from parcelflow.adapters.bloqit.webhook import parse as parse_bloqit
from parcelflow.adapters.logistics.webhook import parse as parse_logistics
from parcelflow.machines import Arrival, Case, Outcome, classify, decide, table_of
from parcelflow.machines.vendor import BLOQIT_EVENT, ORDER_STATUS, TASK_EVENT

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
FREE = "closed+active+free"

MOVES: dict[str, tuple[str, str, str, str]] = {
    "locker.locker_opened": ("locker", FREE, "L01", "open+active+free"),
    "locker.locker_closed": ("locker", "open+active+free", "L07", FREE),
    "locker.locker_timeout": ("locker", FREE, "L09", FREE),
    "locker.open_warning": ("locker", "open+active+free", "L08", "open+active+free"),
    "locker.locker_active": ("locker", "closed+inactive+free", "L11", FREE),
    "locker.locker_inactive": ("locker", FREE, "L10", "closed+inactive+free"),
    "locker.open_locker_error": ("locker", FREE, "L09", FREE),
    "locker.spontaneous_locker_opening": ("locker", FREE, "L06", "open+active+free"),
    "locker.maintenance_status_update": ("locker", FREE, "L12", FREE),
    "rent.created": ("delivery", "absent", "D01", "created"),
    "rent.started": ("delivery", "reserved", "D09", "starting"),
    "rent.in_progress": ("delivery", "starting", "D12", "in_progress"),
    "rent.locker_opened": ("delivery", "in_progress", "D20", "locker_opened"),
    "rent.collect_item": ("delivery", "in_progress", "D22", "collect_item"),
    "rent.price_calculation": ("delivery", "collect_item", "D26", "price_calculation"),
    "rent.finished": ("delivery", "price_calculation", "D27", "finished"),
    "rent.reserved": ("delivery", "created", "D03", "reserved"),
    "rent.cancelled": ("delivery", "in_progress", "D50", "cancelled"),
    "rent.expired": ("delivery", "in_progress", "D40", "expired"),
    "rent.extended": ("delivery", "in_progress", "D60", "in_progress"),
    "rent.in_transit": ("delivery", "ready_for_pickup", "D07", "in_transit"),
    "rent.ready_for_pickup": ("delivery", "created", "D06", "ready_for_pickup"),
    "rent.automatic_notification_sent": ("delivery", "in_progress", "D15", "in_progress"),
    "rent.drop_off_cancellation": ("delivery", "starting", "D13", "starting"),
    "rent.pin_attempt": ("delivery", "in_progress", "D23", "in_progress"),
    "rent.offline_dropoff": ("delivery", "reserved", "D14", "in_progress"),
    "task_created": ("task", "absent", "K1-01", "created"),
    "task_updated": ("task", "assigned", "K1-02", "assigned"),
    "task_unassign": ("task", "assigned", "K1-11", "unassigned"),
    "task_assigned": ("task", "created", "K1-03", "assigned"),
    "task_accepted": ("task", "assigned", "K1-04", "accepted"),
    "task_arrived": ("task", "accepted", "K1-05", "arrived"),
    "task_started": ("task", "arrived", "K1-07", "started"),
    "task_finished": ("task", "started", "K1-09", "finished"),
    "task_cancelled": ("task", "accepted", "K1-18", "cancelled"),
    "task_reassigned": ("task", "accepted", "K1-14", "assigned"),
    "order.status_0": ("order", "pending", "O10", "pending"),
    "order.status_1": ("order", "pending", "O02", "accepted"),
    "order.status_2": ("order", "accepted", "O04", "dispatched"),
    "order.status_3": ("order", "dispatched", "O05", "delivered"),
    "order.status_4": ("order", "accepted", "O07", "rejected"),
}
"""By event: the kind of a case, the state that it is in, the row that is taken, the state it is in then."""

KEPT = (
    "locker.created",
    "rent.drop_off_confirmation",
    "rent.drop_off_code_check",
    "rent.drop_off_code_check_offline",
    "rent.waiting_offline_dropoff_sync",
    "bloq.label_printed",
    "bloq.print_label_error",
    "bloq.reconnected",
    "bloq.created",
    "bloq.active",
    "bloq.inactive",
    "bloq.courier_authentication",
    "bloq.courier_logout",
    "customer.customer_created",
    "customer.customer_updated",
    "customer.customer_deleted",
)
"""Events that move nothing and are kept."""
TASKS = {name: number for number, name in enumerate((name for name in MOVES if name.startswith("task_")), start=20)}
"""Their numbers (K:247-258)."""
FACTS: dict[str, dict[str, Any]] = {"order": {"type": "DELIVERY"}, "delivery": {"locker_id": "L"}}


def posted(name: str) -> Arrival:
    """The event as its API posts it."""
    if name.startswith("order."):
        body: dict[str, Any] = {"blink_order_id": "1", "status": int(name[-1]), "comment": "no"}
        return parse_blink(json.dumps(body).encode(), now=NOW, fresh_id=lambda: "1")
    if name.startswith("task_"):
        body = {"eventId": TASKS[name], "data": {"taskId": "T", "type": 1, "mappingKey": "K"}}
        return parse_logistics(json.dumps(body).encode(), now=NOW, fresh_id=lambda: "1")
    body = {"_id": f"e-{name}", "codeName": name, "rent": "R", "bloq": "B", "message": "m", "metadata": {"code": "c"}}
    return parse_bloqit(json.dumps(body).encode(), Unsigned(), now=NOW)


NAMED = (*BLOQIT_EVENT.ours, *(f"order.status_{status}" for status in ORDER_STATUS.theirs), *TASK_EVENT.ours)


def test_these_are_the_events_of_the_documents() -> None:
    assert {*MOVES, *KEPT} == set(NAMED)
    assert len(NAMED) == len(MOVES) + len(KEPT) == 42 + 5 + 10


@pytest.mark.parametrize("name", MOVES)
def test_an_event_takes_the_row_that_the_documents_describe(name: str) -> None:
    kind, state, row, target = MOVES[name]
    event = posted(name).event
    assert event.name == name
    assert name in NAMED
    decision = decide(table_of(kind), Case(kind=kind, key="K", state=state, facts=FACTS.get(kind, {})), event)
    assert (decision.outcome, [step.row for step in decision.steps], decision.state) == (Outcome.MOVED, [row], target)


@pytest.mark.parametrize("name", [name for name, (_, state, _, target) in MOVES.items() if state != target])
def test_an_event_that_has_been_heard_already_moves_nothing(name: str) -> None:
    kind, _, row, target = MOVES[name]
    case = Case(kind=kind, key="K", state=target, facts={"last_event": name, **FACTS.get(kind, {})})
    table, event = table_of(kind), posted(name).event
    decision = decide(table, case, event)
    if decision.outcome is Outcome.CONTRADICTION:
        decision = classify(table, case, event, {target})
    assert (decision.outcome in {Outcome.NO_OP, Outcome.NOTED, Outcome.MOVED}, decision.state) == (True, target)
    assert row not in [step.row for step in decision.steps]


@pytest.mark.parametrize("name", KEPT)
def test_an_event_that_moves_nothing_is_kept_under_its_name(name: str) -> None:
    assert BLOQIT_EVENT.knows(name)
    arrival = posted(name)
    assert (arrival.event.name, arrival.remote_id, arrival.external_id) == (name, "R", f"e-{name}")
    assert arrival.event.data["message"] == "m"
    for state in ("reserved", "in_progress", "finished"):
        decision = decide(table_of("delivery"), Case(kind="delivery", key="K", state=state), arrival.event)
        assert (decision.outcome, decision.state, decision.steps) == (Outcome.NOTED, state, ())
