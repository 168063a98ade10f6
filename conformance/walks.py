"""Walks by Hypothesis: several rents at once, drawn step by step, each begun in a drawn state.

May not shrink over the network: `shrink` does that, on words. Non-obvious choices: a walk begins where the machine can be, by
its access word, and not at the creation, and there is one rule with a drawn input instead of a rule for each. Measured on this
kind of machine, rules per input find half (terminal states swallow walks, and Hypothesis disables rules at random), and
`@example` on a rule is ignored.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from .bench import InfrastructureError
from .findings import Finding
from .levels import Level
from .mealy import Word
from .oracle import Step
from .runner import FATAL, Outcome, Runner
from .tested import Tested

EXAMPLES = {Level.SMOKE: 10, Level.STANDARD: 40, Level.DEEP: 200, Level.NIGHTLY: 2000}
LONGEST, RENTS = 12, 3
SLOW = (HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large)
"""A network is slow, and that is no fault of a walk's."""


class FoundError(Exception):
    """A walk has found something."""


def walk(runner: Runner, number: int, level: Level) -> Iterator[Outcome]:
    """Walk, until enough was tried; each walk that finds something is an outcome, and so is all the rest together.

    Args:
        runner: The rent type on its server.
        number: Seed.
        level: How many walks.
    """
    done: list[Outcome] = []

    @seed(number)
    @settings(max_examples=EXAMPLES[level], deadline=None, database=None, phases=[Phase.generate], print_blob=False,
              suppress_health_check=SLOW, report_multiple_bugs=False)  # fmt: skip
    @given(st.data())
    def walked(data: st.DataObject) -> None:
        outcome = _walk(runner, data)
        done.append(outcome)
        if outcome.findings:
            raise FoundError

    with suppress(FoundError):
        walked()
    yield from done


def _walk(runner: Runner, data: st.DataObject) -> Outcome:
    machine = runner.oracle.mealy
    states = [state for state in machine.states if state != machine.start and not _alone(machine.access[state])]
    begun = data.draw(st.lists(st.sampled_from(states), min_size=2, max_size=RENTS)) if states else []
    rents: list[Tested] = []
    seen: list[str] = []
    try:
        for state in begun:
            tested = runner.ready(machine.access[state], lockers=2)
            if tested is None:
                break
            rents.append(tested)
            for name in machine.access[state]:
                if (found := _stepped(runner, tested, name, seen)) is not None:
                    return found
        return _wandered(runner, data, rents, seen)
    except InfrastructureError as error:
        return Outcome((), tuple(seen), inconclusive=str(error))
    finally:
        for tested in rents:
            tested.ajar = True
            with suppress(InfrastructureError):
                runner.cleaned(tested)


def _alone(word: Word) -> bool:
    return bool({"expire", "drop_off_offline"} & set(word))


def _wandered(runner: Runner, data: st.DataObject, rents: Sequence[Tested], seen: list[str]) -> Outcome:
    for _ in range(data.draw(st.integers(1, LONGEST))):
        tested = data.draw(st.sampled_from(rents)) if rents else None
        names = _offered(runner, tested) if tested else []
        if tested is None or not names:
            break
        if (found := _stepped(runner, tested, data.draw(st.sampled_from(names)), seen)) is not None:
            return found
    faults = [runner.finding(tested, fault, "") for tested in rents for fault in runner.reread(tested)]
    return Outcome(rents[0].done if rents else (), tuple(seen), tuple(faults))


def _offered(runner: Runner, tested: Tested) -> list[str]:
    steps = {name: runner.oracle.step(tested.spot, name) for name in runner.oracle.mealy.inputs}
    return [name for name, step in steps.items() if _walks(step) and not _alone((name,)) and (tested.lockers[1:] or step)]


def _walks(step: Step | None) -> bool:
    return step is not None and step.open is None


def _stepped(runner: Runner, tested: Tested, name: str, seen: list[str]) -> Outcome | None:
    faults = list(runner.did(tested, name, seen))
    if not any(fault.check in FATAL for fault in faults):
        return None
    findings: tuple[Finding, ...] = tuple(runner.finding(tested, fault, name) for fault in faults)
    return Outcome(tested.done, tuple(seen), findings)
