"""Reachability, endings and the pure functions, exhaustively where the space allows."""

import re
from datetime import timedelta

import pytest
import scenes
from hypothesis import given
from hypothesis import strategies as st

from parcelflow.machines import (
    ABSENT,
    API_LEVELS,
    CALL_REFUSED,
    MACHINES,
    POLICIES,
    REMOTE_STATE,
    Case,
    Cause,
    Event,
    EventNotAllowedError,
    Facts,
    Outcome,
    Policies,
    Row,
    Stance,
    Table,
    UnknownMachineError,
    UnknownPolicyError,
    catalogue,
    classify,
    coarse,
    compile_machine,
    decide,
    explain,
    nexts,
    path,
    possible,
    table_of,
    timers,
    way,
    why,
)

KINDS = tuple(MACHINES)
RENTS = ("store", "send", "delivery", "return")


def told(name: str, by: Cause = Cause.WEBHOOK, **data: str) -> Event:
    return Event(name=name, at=scenes.AT, by=by, data=data)


def asked(name: str, data: Facts | None = None) -> Event:
    return Event(name=name, at=scenes.AT, by=Cause.API, asked=True, data=data or {})


def case(kind: str, state: str, facts: Facts | None = None, *pending: str) -> Case:
    return Case(kind=kind, key="1", state=state, facts=facts or {}, pending=frozenset(pending))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("stance", ["accept", "send", "default"])
def test_every_state_is_reached_and_every_other_state_reaches_an_end(kind: str, stance: str) -> None:
    table = compile_machine(MACHINES[kind], scenes.POLICY_SETS[stance])
    # A locker has no end: it comes back to where it began.
    ends = table.finals or {table.start}
    for state in table.states:
        assert way(table, table.start, state) is not None, state
        assert any(way(table, state, end) is not None for end in ends), state


@pytest.mark.parametrize("kind", KINDS)
def test_without_any_guess_only_the_guessed_state_is_out_of_reach(kind: str) -> None:
    table = compile_machine(MACHINES[kind], scenes.POLICY_SETS["refuse"])
    unreached = {state for state in table.states if way(table, table.start, state) is None}
    assert unreached == ({"payment_attempt"} if kind in RENTS else set())


FINALS = {"order": {"delivered", "rejected"}, "location": {"churned"}, "locker": set[str]()}


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_leaves_a_final_state(kind: str) -> None:
    table = catalogue()[kind]
    usual = {"finished"} if kind in RENTS else {"finished", "cancelled"}
    assert table.finals == FINALS.get(kind, usual)
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
    sentence = why(table_of("delivery"), case("delivery", state), event)
    assert words in sentence
    assert sentence.startswith(f"delivery 1 in '{state}'")


def test_possible_names_cause_operation_and_target() -> None:
    found = {
        (item.row.id, item.target, item.row.call, item.sendable)
        for item in nexts(table_of("delivery"), case("delivery", "starting"))
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


GUESSES = [(kind, row) for kind, table in catalogue().items() for row in table.rows if row.policy is not None]


@pytest.mark.parametrize(("kind", "row"), GUESSES, ids=[row.id for _, row in GUESSES])
def test_each_guess_in_every_setting(kind: str, row: Row) -> None:
    name = str(row.policy)
    tables: dict[Stance, Table] = {s: compile_machine(MACHINES[kind], Policies({name: s.value})) for s in Stance}
    for state in row.sources:
        arms = {
            s: [arm for arm in table.arms.get((state, row.trigger), ()) if arm.row.id == row.id] for s, table in tables.items()
        }
        assert {s: len(found) for s, found in arms.items()} == {Stance.REFUSE: 0, Stance.ACCEPT: 1, Stance.SEND: 1}
        sendable = {s: any(arm.sendable for arm in found) for s, found in arms.items()}
        assert sendable == {Stance.REFUSE: False, Stance.ACCEPT: False, Stance.SEND: row.call is not None}
        now = case(kind, state)
        believed = {s: [step.row for step in decide(table, now, told(row.trigger)).steps] for s, table in tables.items()}
        assert believed == {Stance.REFUSE: [], Stance.ACCEPT: [row.id], Stance.SEND: [row.id]}


def test_each_policy_says_which_rows_it_decides() -> None:
    for name, policy in POLICIES.items():
        (cited,) = re.findall(r"\(([^()]+)\)$", policy.decides)
        # `*28` is row 28 of every rent type
        spelled = [
            prefix + word.removeprefix("*") for word in cited.split(", ") for prefix in ("SNDT" if word[0] == "*" else [""])
        ]
        assert set(spelled) == {row.id for _, row in GUESSES if row.policy == name}, name


def test_a_later_version_brings_its_rows_and_its_words() -> None:
    old, new = (Policies(api_level=level) for level in API_LEVELS)
    for kind in RENTS:
        now = case(kind, "expired", {"locker_id": "L"})
        before, after = (decide(table_of(kind, policies), now, asked("open_requested")) for policies in (old, new))
        assert (before.outcome, after.outcome) == (Outcome.REFUSED, Outcome.ASKED)
        assert before.reason.endswith("it is allowed in in_progress, and here with api_level 1.64.")
        heard = decide(table_of(kind, new), now, told("rent.locker_opened"))
        assert [(step.row[1:], step.target) for step in heard.steps] == [("20", "locker_opened")]
    with pytest.raises(UnknownPolicyError, match=r"no differences are known for api_level '1\.50'; it can be 1\.35 or 1\.64"):
        Policies(api_level="1.50")


def test_a_policy_that_does_not_exist_is_named() -> None:
    with pytest.raises(UnknownPolicyError, match="no policy is called 'extend_revive'; there are: reselect_locker"):
        Policies({"extend_revive": "send"})
    with pytest.raises(UnknownPolicyError, match="'cancel_expired' cannot be 'yes'; it can be refuse, accept or send"):
        Policies({"cancel_expired": "yes"})
    with pytest.raises(UnknownMachineError, match="no machine is called 'rent'; there are: store, send, delivery, return"):
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


def test_a_store_expires_by_its_bloqs_hours_and_a_return_by_its_date() -> None:
    started: Facts = {"created_at": scenes.EARLIER, "bloq_rent_hours": 24}
    for kind in ("store", "send"):
        assert timers(table_of(kind), "in_progress", started) == {"expiry_reached": scenes.AT}
        assert timers(table_of(kind), "created", started) == {}
    both: Facts = {"collect_limit_at": scenes.LATER, "expiry_at": scenes.EARLIER}
    assert timers(table_of("return"), "in_progress", both) == {"expiry_reached": scenes.AT - timedelta(days=1)}
    limited: Facts = {"collect_limit_at": scenes.LATER, "dropoff_limit_at": scenes.EARLIER}
    assert timers(table_of("return"), "in_progress", limited) == {"expiry_reached": scenes.AT + timedelta(days=1)}
    assert timers(table_of("return"), "reserved", limited) == {"dropoff_deadline_reached": scenes.AT - timedelta(days=1)}


def test_possible_says_who_may_by_which_operation_and_what_is_missing() -> None:
    found = {item.row.id: item for item in possible(case("delivery", "expired", {"locker_id": "L", "item_inside": True}))}
    assert set(found) == {"D17", "D19", "D25", "D51", "D52"}
    assert (found["D25"].row.call, found["D25"].sendable, found["D25"].needs) == ("bloqit.rents.collect", True, "")
    assert found["D52"].needs == "an empty locker, asserted with locker_empty"
    assert found["D51"].sendable is False
    assert {item.trigger for item in possible(case("delivery", "expired"), policies=Policies(api_level="1.64"))} > {
        "open_requested"
    }


@pytest.mark.parametrize(
    ("now", "trigger", "words"),
    [
        (case("store", "created"), "door_opened", "may take 'door_opened' to 'starting' (row S02)"),
        (case("store", "expired"), "collect_requested", "row S25 needs a locker allocated"),
        (
            case("send", "absent", {"locker_id": "L"}),
            "start_requested",
            "row N01 needs a locker_id and the phone_number",
        ),
        (case("return", "absent"), "converted_from_delivery", "row T14 cannot be asked for here; ask the delivery"),
        (case("return", "expired", {"plan_features": []}), "finish_return_requested", "row T09 needs a plan with finish_return"),
        (case("locker", "closed+active+allocated", {"rent": "R"}), "open_locker", "row L01 needs a locker without a rent"),
        (case("locker", "closed+active+free"), "rent_command", "row L04 cannot be asked for here; ask its rent"),
        (case("location", "churned"), "create", "row X06 cannot be asked for here; ask for a new location (create)"),
        (case("order", "accepted"), "same_status", "row O10 cannot be asked for here; ask for accept"),
        (case("order", "pending"), "fly", "order has no such trigger"),
        (case("send", "expired"), "open_requested", "it is allowed in in_progress, and here with api_level 1.64."),
        (case("delivery", "expired"), "extend_requested", "locker_opened, and here with policy extend_revives_expired."),
    ],
)
def test_explain_takes_a_case_and_a_trigger(now: Case, trigger: str, words: str) -> None:
    assert words in explain(now, trigger)


def test_explain_names_the_switch_of_a_trigger_that_is_off_everywhere() -> None:
    off = Policies({"payment_attempts": "refuse"})
    sentence = explain(case("store", "price_calculation"), "payment_required", policies=off)
    assert sentence.endswith("cannot take 'payment_required': it is allowed here with policy payment_attempts.")
    assert explain(case("store", "created"), "payment_required", policies=off).endswith("store has no such trigger.")


def test_path_is_the_shortest_way_and_the_likeliest_may_be_longer() -> None:
    now = case("delivery", "in_progress")
    assert [arm.row.id for arm in path(now, "finished") or ()] == ["D22", "D31"]
    assert [arm.row.id for arm in way(table_of("delivery"), "in_progress", "finished", guesses=False) or ()] == [
        "D22",
        "D26",
        "D27",
    ]
    assert path(now, "in_progress") == ()
    assert path(now, "created") is None
    with pytest.raises(EventNotAllowedError, match="delivery has no state 'done'; it has: absent, created"):
        path(now, "done")


@pytest.mark.parametrize("kind", KINDS)
def test_no_way_is_shorter_than_the_shortest(kind: str) -> None:
    table = table_of(kind)
    for source in table.states:
        reached, steps = {source}, 0
        while reached:
            for state in reached:
                assert len(path(case(kind, source), state) or ()) == steps, (source, state)
            seen = {
                state for state in table.states if (found := path(case(kind, source), state)) is not None and len(found) <= steps
            }
            reached = {arm.target for arms in table.arms.values() for arm in arms if arm.source in reached} - seen
            steps += 1


def test_the_customers_view_is_bloqits_own_teaching_model() -> None:
    # The four states that newcomers are taught, as a quotient of the thirteen.
    quotient = {
        "created": {"created"},
        "waiting_dropoff": {"reserved", "ready_for_pickup", "in_transit", "starting"},
        "waiting_pickup": {"in_progress", "locker_opened", "expired", "cancelled", "collect_item"},
        "delivered": {"price_calculation", "payment_attempt", "finished"},
    }
    for step, states in quotient.items():
        assert {coarse(case("delivery", state)) for state in states} == {step}
    assert coarse(case("delivery", ABSENT)) is None
    assert coarse(case("locker", "closed+active+free")) is None
    assert {coarse(case("order", state)) for state in ("accepted", "rejected")} == {"in_preparation", "called_off"}
