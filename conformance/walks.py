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
TURNS = st.lists(st.tuples(st.integers(0, RENTS - 1), st.integers(0, 1000)), min_size=1, max_size=LONGEST)
"""Which of the rents, and which of what can be done to it: drawn beforehand, because what there is depends on the server."""
SLOW = (HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large)
"""A network is slow, and that is no fault of a walk's."""


def walk(runner: Runner, number: int, level: Level) -> Iterator[Outcome]:
    """Walk, until enough was tried; each walk that finds something is an outcome, and so is all the rest together.

    Args:
        runner: The rent type on its server.
        number: Seed.
        level: How many walks.
    """
    done: list[Outcome] = []

    machine = runner.oracle.mealy
    begins = [state for state in machine.states if state != machine.start and not _alone(machine.access[state])]
    if not begins:
        return

    @seed(number)
    @settings(max_examples=EXAMPLES[level], deadline=None, database=None, phases=[Phase.generate], print_blob=False,
              suppress_health_check=SLOW)  # fmt: skip
    @given(st.lists(st.sampled_from(begins), min_size=2, max_size=RENTS), TURNS)
    def walked(begun: list[str], turns: list[tuple[int, int]]) -> None:
        # What is found is no exception: Hypothesis would walk the same way again, on other rents, and call the server flaky.
        if not any(outcome.findings for outcome in done):
            done.append(_walk(runner, begun, turns))

    walked()
    yield from done


def _walk(runner: Runner, begun: Sequence[str], turns: Sequence[tuple[int, int]]) -> Outcome:
    rents: list[Tested] = []
    seen: list[str] = []
    try:
        for state in begun:
            access = runner.oracle.mealy.access[state]
            tested = runner.ready(access, lockers=2)
            if tested is None:
                break
            rents.append(tested)
            for name in access:
                if (found := _stepped(runner, tested, name, seen)) is not None:
                    return found
        return _wandered(runner, turns, rents, seen)
    except InfrastructureError as error:
        return Outcome((), tuple(seen), inconclusive=str(error))
    finally:
        for tested in rents:
            tested.ajar = True
            with suppress(InfrastructureError):
                runner.cleaned(tested)


def _alone(word: Word) -> bool:
    return bool({"expire", "drop_off_offline"} & set(word))


def _wandered(runner: Runner, turns: Sequence[tuple[int, int]], rents: Sequence[Tested], seen: list[str]) -> Outcome:
    for which, what in turns if rents else ():
        tested = rents[which % len(rents)]
        names = _offered(runner, tested)
        if names and (found := _stepped(runner, tested, names[what % len(names)], seen)) is not None:
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
