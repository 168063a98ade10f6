"""Reachability, endings and the pure functions, exhaustively where the space allows."""

from datetime import timedelta

import pytest
import scenes
from hypothesis import given
from hypothesis import strategies as st

from parcelflow.machines import (
    ABSENT,
    CALL_REFUSED,
    MACHINES,
    REMOTE_STATE,
    Case,
    Cause,
    Event,
    Facts,
    Outcome,
    Policies,
    Stance,
    Table,
    UnknownMachineError,
    UnknownPolicyError,
    catalogue,
    classify,
    compile_machine,
    decide,
    explain,
    path,
    possible,
    table_of,
    timers,
)

KINDS = tuple(MACHINES)


def told(name: str, by: Cause = Cause.WEBHOOK, **data: str) -> Event:
    return Event(name=name, at=scenes.AT, by=by, data=data)


def asked(name: str, data: Facts | None = None) -> Event:
    return Event(name=name, at=scenes.AT, by=Cause.API, asked=True, data=data or {})


def case(kind: str, state: str, facts: Facts | None = None, *pending: str) -> Case:
    return Case(kind=kind, key="1", state=state, facts=facts or {}, pending=frozenset(pending))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("stance", ["accept", "send", "default"])
def test_every_state_is_reached_and_every_other_state_reaches_a_final_one(kind: str, stance: str) -> None:
    table = compile_machine(MACHINES[kind], scenes.POLICY_SETS[stance])
    for state in table.states:
        assert path(table, ABSENT, state) is not None, state
        ways = [path(table, state, final) for final in table.finals]
        assert any(way is not None for way in ways), state


@pytest.mark.parametrize("kind", KINDS)
def test_without_any_guess_only_the_guessed_state_is_out_of_reach(kind: str) -> None:
    table = compile_machine(MACHINES[kind], scenes.POLICY_SETS["refuse"])
    unreached = {state for state in table.states if path(table, ABSENT, state) is None}
    assert unreached == ({"payment_attempt"} if kind == "delivery" else set())


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_leaves_a_final_state(kind: str) -> None:
    table = catalogue()[kind]
    assert table.finals == {"delivery": {"finished"}, "order": {"delivered", "rejected"}}.get(kind, {"finished", "cancelled"})
    for final in table.finals:
        for name in table.named:
            for facts, event in scenes.scenes(kind, name, guarded=True):
                now = case(kind, final, facts)
                decision = decide(table, now, event)
                if decision.outcome is Outcome.CONTRADICTION:
                    decision = classify(table, now, event, {ABSENT, final})
                assert decision.state == final


@pytest.mark.parametrize("kind", KINDS)
def test_a_told_event_told_twice_moves_once(kind: str) -> None:
    table = catalogue()[kind]
    for (state, name), arms in table.arms.items():
        for facts, event in scenes.scenes(kind, name, guarded=True):
            if event.asked:
                continue
            first = decide(table, case(kind, state, facts), event)
            if first.outcome is not Outcome.MOVED:
                continue
            after = case(kind, first.state, {**facts, **first.facts})
            again = decide(table, after, event)
            if again.outcome is Outcome.CONTRADICTION:
                again = classify(table, after, event, {ABSENT, state, first.state})
            assert again.state == first.state, (state, name, [arm.row.id for arm in arms])


def test_a_wish_sends_the_call_and_leaves_the_state_alone() -> None:
    decision = decide(table_of("delivery"), case("delivery", "reserved", {"locker_id": "L"}), asked("make_requested"))
    assert (decision.outcome, decision.state) == (Outcome.ASKED, "reserved")
    (effect,) = decision.effects
    assert (effect.operation, effect.trigger, effect.data) == ("bloqit.deliveries.make", "make_requested", {"locker_id": "L"})


def test_one_call_at_a_time_for_a_case() -> None:
    table = table_of("delivery")
    known = {"locker_id": "L"}
    assert decide(table, case("delivery", "reserved", known, "make_requested"), asked("make_requested")).outcome is Outcome.NO_OP
    waits = decide(table, case("delivery", "reserved", known, "make_requested"), asked("cancel_requested"))
    assert (waits.outcome, waits.effects) == (Outcome.WAIT, ())
    assert decide(table, case("delivery", "finished", known, "x"), asked("cancel_requested")).outcome is Outcome.WAIT


def test_a_wish_that_has_come_true_is_no_op_and_an_impossible_one_is_refused_with_a_reason() -> None:
    table = table_of("order")
    assert decide(table, case("order", "accepted"), asked("accept")).outcome is Outcome.NO_OP
    refused = decide(table, case("order", "delivered"), asked("accept"))
    assert refused.outcome is Outcome.REFUSED
    assert refused.reason == "order 1 in 'delivered' cannot take 'accept': it is allowed in pending."


@pytest.mark.parametrize(
    ("state", "event", "words"),
    [
        ("reserved", asked("door_closed"), "it is allowed in starting, locker_opened, collect_item"),
        ("starting", asked("door_closed"), "row D12 is caused by locker hardware and cannot be asked for"),
        ("expired", asked("cancel_requested"), "row D51 is not sent while policy cancel_expired is not 'send'"),
        ("created", asked("make_requested"), "row D10 needs a locker chosen or given"),
        ("reserved", told("no_such_thing"), "delivery has no such trigger"),
        ("starting", told("rent.in_progress"), "may take 'rent.in_progress' to 'in_progress' (row D12)"),
        ("finished", told(REMOTE_STATE, state="created"), "the remote says 'created'"),
    ],
)
def test_explain_says_why_in_one_sentence(state: str, event: Event, words: str) -> None:
    sentence = explain(table_of("delivery"), case("delivery", state), event)
    assert words in sentence
    assert sentence.startswith(f"delivery 1 in '{state}'")


def test_possible_names_cause_operation_and_target() -> None:
    found = {
        (item.row.id, item.target, item.row.call, item.sendable)
        for item in possible(table_of("delivery"), case("delivery", "starting"))
    }
    assert found == {
        ("D12", "in_progress", None, False),
        ("D13", "starting", None, False),
        ("D17", "starting", "bloqit.rents.update", True),
        ("D50", "cancelled", "bloqit.rents.cancel", True),
        ("D60", "starting", "bloqit.rents.extend", True),
    }


@pytest.mark.parametrize(
    ("state", "event", "been", "outcome", "rows"),
    [
        ("starting", told("make_requested"), {"reserved", "starting"}, Outcome.NO_OP, ()),
        ("in_progress", told("rent.started"), {"reserved", "starting", "in_progress"}, Outcome.LATE, ()),
        ("reserved", told("rent.created"), {ABSENT, "reserved"}, Outcome.LATE, ()),
        ("reserved", told("rent.in_progress"), {ABSENT, "reserved"}, Outcome.EARLY, ("D09", "D12")),
        ("finished", told("rent.expired"), {"in_progress"}, Outcome.LATE, ()),
        ("price_calculation", told("rent.reserved"), {"in_progress"}, Outcome.LATE, ()),
        ("price_calculation", told("rent.in_transit"), {"in_progress"}, Outcome.CONTRADICTION, ()),
        ("expired", told("rent.locker_opened"), {"in_progress"}, Outcome.CONTRADICTION, ()),
    ],
)
def test_classify(state: str, event: Event, been: set[str], outcome: Outcome, rows: tuple[str, ...]) -> None:
    table = table_of("delivery")
    now = case("delivery", state)
    assert decide(table, now, event).outcome is Outcome.CONTRADICTION
    decision = classify(table, now, event, been)
    assert decision.outcome is outcome
    assert tuple(step.row for step in decision.steps) == rows
    assert [step.inferred for step in decision.steps] == [True] * (len(rows) - 1) + [False] * bool(rows)


def test_an_inferred_way_leaves_the_facts_of_its_rows() -> None:
    decision = classify(table_of("delivery"), case("delivery", "reserved"), told("rent.collect_item"), {ABSENT, "reserved"})
    assert decision.state == "collect_item"
    assert decision.facts["item_inside"] is True
    assert decision.facts["in_progress_at"] == scenes.AT.isoformat()


def test_a_late_event_fills_gaps_and_overwrites_nothing() -> None:
    now = case("delivery", "in_progress", {"locker_id": "mine"})
    decision = classify(table_of("delivery"), now, told("rent.started", locker_id="old", bloq_id="B"), {"starting"})
    assert decision.facts == {"bloq_id": "B"}


@pytest.mark.parametrize(
    ("remote", "outcome", "state", "rows"),
    [
        ("in_progress", Outcome.NO_OP, "in_progress", ()),
        ("finished", Outcome.RECONCILED, "finished", ("D22", "D26", "D27")),
        ("created", Outcome.RECONCILED, "created", ("reconciled",)),
        ("pre_advised", Outcome.NOTED, "in_progress", ()),
    ],
)
def test_reconcile_brings_a_case_to_the_remote(remote: str, outcome: Outcome, state: str, rows: tuple[str, ...]) -> None:
    event = told(REMOTE_STATE, state=remote, seen="3", locker_id="L")
    decision = classify(table_of("delivery"), case("delivery", "in_progress"), event, set())
    assert (decision.outcome, decision.state) == (outcome, state)
    assert tuple(step.row for step in decision.steps) == rows
    assert "state" not in decision.facts
    assert "seen" not in decision.facts


def test_words_outside_the_vocabulary_are_noted_and_never_raise() -> None:
    table = table_of("delivery")
    for name in ("rent.drop_off_misalignment", CALL_REFUSED, "locker.locker_opened", "rent.pin_attempt"):
        assert decide(table, case("delivery", "reserved"), told(name)).outcome is Outcome.NOTED, name


@given(st.text(min_size=1), st.sampled_from(KINDS), st.data())
def test_no_word_raises(name: str, kind: str, data: st.DataObject) -> None:
    table = catalogue()[kind]
    state = data.draw(st.sampled_from(table.states))
    decision = decide(table, case(kind, state), told(name))
    if name not in table.named:
        assert decision.outcome is Outcome.NOTED


@pytest.mark.parametrize(
    ("name", "state", "signal", "row"),
    [
        ("reselect_locker", "reserved", told("select_locker"), "D04"),
        ("in_transit_unannounced", "reserved", told("rent.in_transit"), "D08"),
        ("dropoff_cancelled_stays", "starting", told("rent.drop_off_cancellation"), "D13"),
        ("return_expired_delivery", "expired", told("return_requested"), "D19"),
        ("payment_attempts", "price_calculation", told("payment_required"), "D28"),
        ("payment_attempts", "payment_attempt", told("rent.finished"), "D29"),
        ("payment_attempts", "payment_attempt", told("payment_failed"), "D30"),
        ("finish_without_pricing", "collect_item", told("rent.finished"), "D31"),
        ("expire_while_open", "locker_opened", told("rent.expired"), "D41"),
        ("cancel_expired", "expired", told("rent.cancelled"), "D51"),
        ("extend_revives_expired", "expired", told("rent.extended"), "D61"),
        ("reject_dispatched", "dispatched", told("order.status_4"), "O08"),
        ("finish_unstarted_task", "arrived", told("task_finished"), "K1-10"),
        ("unassign_started_task", "started", told("task_unassign"), "K1-13"),
        ("reassign_started_task", "started", told("task_reassigned"), "K1-15"),
    ],
)
def test_each_policy_in_every_setting(name: str, state: str, signal: Event, row: str) -> None:
    kind = {"D": "delivery", "O": "order", "K": "task"}[row[0]]
    tables: dict[Stance, Table] = {s: compile_machine(MACHINES[kind], Policies({name: s.value})) for s in Stance}
    now = case(kind, state)
    believed = {stance: [step.row for step in decide(table, now, signal).steps] for stance, table in tables.items()}
    assert believed == {Stance.REFUSE: [], Stance.ACCEPT: [row], Stance.SEND: [row]}
    arms = {stance: table.arms.get((state, signal.name), ()) for stance, table in tables.items()}
    sendable = {stance: any(arm.sendable for arm in found) for stance, found in arms.items()}
    declared = next(r for r in tables[Stance.SEND].rows if r.id == row)
    assert sendable == {Stance.REFUSE: False, Stance.ACCEPT: False, Stance.SEND: Cause.API in declared.causes}


def test_a_policy_that_does_not_exist_is_named() -> None:
    with pytest.raises(UnknownPolicyError, match="no policy is called 'extend_revive'; there are: reselect_locker"):
        Policies({"extend_revive": "send"})
    with pytest.raises(UnknownPolicyError, match="'cancel_expired' cannot be 'yes'; it can be refuse, accept or send"):
        Policies({"cancel_expired": "yes"})
    with pytest.raises(UnknownMachineError, match="no machine is called 'rent'; there are: delivery, order"):
        table_of("rent")


LIMITS = {
    "expiry first": ({"expiry_at": scenes.LATER, "in_progress_at": scenes.EARLIER, "collect_limit_hours": 1}, scenes.LATER),
    "then the collect hours": (
        {"in_progress_at": scenes.EARLIER, "collect_limit_hours": 24, "bloq_collect_hours": 1},
        "2026-05-01T12:00:00+00:00",
    ),
    "then the bloq's": ({"in_progress_at": scenes.EARLIER, "bloq_collect_hours": 48}, scenes.LATER),
    "else none": ({"in_progress_at": scenes.EARLIER}, None),
    "nor without a start": ({"collect_limit_hours": 24}, None),
    "nor for a date without zone": ({"expiry_at": "2026-05-02T12:00:00"}, None),
}


@pytest.mark.parametrize("name", LIMITS)
def test_the_collect_limit_takes_precedence_in_order(name: str) -> None:
    facts, due = LIMITS[name]
    found = timers(table_of("delivery"), "in_progress", facts)
    assert {trigger: at.isoformat() for trigger, at in found.items()} == ({} if due is None else {"expiry_reached": due})


def test_the_drop_off_limit_takes_precedence_in_order() -> None:
    table = table_of("delivery")
    facts: Facts = {"created_at": scenes.EARLIER, "bloq_delivery_hours": 24}
    assert timers(table, "reserved", facts) == {"dropoff_deadline_reached": scenes.AT}
    facts = {**facts, "expiry_at": scenes.LATER}
    assert timers(table, "reserved", facts) == {"dropoff_deadline_reached": scenes.AT + timedelta(days=1)}
    facts = {**facts, "dropoff_limit_at": scenes.EARLIER}
    assert timers(table, "reserved", facts) == {"dropoff_deadline_reached": scenes.AT - timedelta(days=1)}
    assert timers(table, "starting", facts) == {}
