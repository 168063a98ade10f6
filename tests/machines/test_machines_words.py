"""The vocabulary's own rules, the error tree's drawing, and what a broken declaration is told."""

# pyright: reportUnknownMemberType=false
# `send` takes any payload, and says so by being untyped.

import re
from datetime import datetime

import pytest
from statemachine import State
from statemachine.exceptions import TransitionNotAllowed
from statemachine.states import States

from parcelflow import machines
from parcelflow.machines import (
    BrokenMachineError,
    Cause,
    Confidence,
    Event,
    Machine,
    MalformedEventError,
    compile_machine,
    errors,
)
from parcelflow.machines.chart import StrictChart, region_of, states_of
from parcelflow.machines.row import Declare


def test_the_error_tree_is_drawn_as_it_is() -> None:
    drawn: list[tuple[str, str]] = []
    above: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        found = re.match(r"^    ([│├└─ ]*)(\w+Error)\b", line)
        if found:
            depth = len(found[1]) // 4
            above[depth:] = [found[2]]
            drawn.append((found[2], above[depth - 1] if depth else "Exception"))
    classes = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    assert drawn == [(kind.__name__, kind.__bases__[0].__name__) for kind in classes]


def test_every_error_is_public() -> None:
    assert {name for name, kind in vars(errors).items() if isinstance(kind, type)} <= set(machines.__all__)


def test_the_public_names_exist() -> None:
    assert all(hasattr(machines, name) for name in machines.__all__)


def test_an_event_needs_a_zone_and_a_name() -> None:
    with pytest.raises(MalformedEventError, match=r"'rent\.started' at 2026-05-01T12:00:00 has no timezone"):
        Event(name="rent.started", at=datetime(2026, 5, 1, 12), by=Cause.WEBHOOK)  # noqa: DTZ001 - the point of the test
    with pytest.raises(MalformedEventError, match="needs a name"):
        Event(name="", at=datetime.fromisoformat("2026-05-01T12:00:00+00:00"), by=Cause.WEBHOOK)


def test_a_guess_without_policy_and_a_call_without_cause_are_refused() -> None:
    row = Declare(states_of("a"), "X")
    with pytest.raises(BrokenMachineError, match="X01 is a guess"):
        row("01", "absent", "go", "a", Cause.LOCKER, evidence="", confidence=Confidence.LOW)
    with pytest.raises(BrokenMachineError, match="X02 must name its call"):
        row("02", "absent", "go", "a", Cause.API, evidence="", confidence=Confidence.HIGH)


def _machine(chart: type[StrictChart]) -> Machine:
    return Machine(kind="x", title="x", system="x", chart=chart, read=None, happy=(), groups=(), hold=0)


def test_two_ways_for_one_name_and_an_undeclared_arrow_are_refused() -> None:
    class Forked(StrictChart):
        s = states_of("a", "b", final=("a", "b"))
        row = Declare(s, "X")
        row("01", "absent", "go", "a", Cause.LOCKER, evidence="", confidence=Confidence.HIGH)
        row("02", "absent", "go", "b", Cause.LOCKER, evidence="", confidence=Confidence.HIGH)

    class Bare(StrictChart):
        s = states_of("a", final=("a",))
        go = s.absent.to(s.a)

    with pytest.raises(BrokenMachineError, match="'go' in 'absent' may take X01, X02 to different states"):
        compile_machine(_machine(Forked))
    with pytest.raises(BrokenMachineError, match="a transition leaves 'absent' that no row declares"):
        compile_machine(_machine(Bare))


def test_regions_may_not_nest_deeper_nor_share_a_name() -> None:
    def region(name: str, trigger: str) -> States:
        states = region_of(f"{name}_off", f"{name}_on")
        Declare(states, "X")("01", f"{name}_off", trigger, f"{name}_on", Cause.LOCKER, evidence="", confidence=Confidence.HIGH)
        Declare(states, "X")(
            "02", f"{name}_on", f"un{name}", f"{name}_off", Cause.LOCKER, evidence="", confidence=Confidence.HIGH
        )
        return states

    class Shared(StrictChart):
        class both(State.Parallel):  # noqa: N801
            class left(State.Compound):  # noqa: N801
                states_in_order = region("l", "switch")

            class right(State.Compound):  # noqa: N801
                states_in_order = region("r", "switch")

    class Deep(StrictChart):
        class both(State.Parallel):  # noqa: N801
            class left(State.Compound):  # noqa: N801
                class inner(State.Compound, initial=True):  # noqa: N801
                    states_in_order = region("l", "go")

            class right(State.Compound):  # noqa: N801
                states_in_order = region("r", "come")

    with pytest.raises(BrokenMachineError, match="'switch' moves two regions; give row X01 a trigger of its own"):
        compile_machine(_machine(Shared))
    with pytest.raises(BrokenMachineError, match="Deep: states are nested deeper than the regions of one parallel state"):
        compile_machine(_machine(Deep))


def test_the_strict_base_chart_lets_no_failing_action_move_and_no_unknown_event_pass() -> None:
    class Failing(StrictChart):
        s = states_of("a", final=("a",))
        go = s.absent.to(s.a, on="explode")

        def explode(self) -> None:
            raise ZeroDivisionError

    chart = Failing()
    with pytest.raises(ZeroDivisionError):
        chart.send("go")
    assert chart.current_state_value == "absent"
    with pytest.raises(TransitionNotAllowed):
        chart.send("nonsense")
