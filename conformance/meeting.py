"""Rents at which several requests meet: brought there, asked for what is to be sent, and what was found told.

May not send what meets, nor say in which order it counted. Non-obvious choice: a door is held to be ajar afterwards, whatever
the rent says, because nobody knows which of the requests moved it last.
"""

from collections.abc import Callable

from ..adapters.operation import Request
from .bench import InfrastructureError
from .findings import Finding
from .judge import Fault
from .mealy import Word
from .runner import Outcome, Runner
from .tested import Tested

Meet = Callable[[Tested], Fault | None]


def met(runner: Runner, access: Word, last: str, meet: Meet, *, sent: int) -> Outcome:
    """Bring a fresh rent somewhere and let requests meet there.

    Args:
        runner: The system.
        access: The word that brings it there.
        last: What meets, as the word has it.
        meet: Lets it meet, and judges it.
        sent: How many requests that is.
    """
    word = (*access, last)
    tested = runner.ready(word)
    if tested is None:
        return Outcome(word, (), inconclusive="no free locker is left")
    try:
        fault = meet(tested) if _brought(runner, tested, access) else None
    except InfrastructureError as error:
        return Outcome(word, (), inconclusive=str(error))
    finally:
        runner.cleaned(tested)
    return Outcome(word, ("",) * (len(access) + sent), () if fault is None else (_finding(runner, tested, word, fault),))


def request_of(runner: Runner, tested: Tested, name: str) -> Request:
    """The request of an input, for a rent as it is."""
    given = runner.oracle.input(tested.spot, name)
    assert given is not None  # noqa: S101 - it was offered
    return runner.bench.request(given.operation, tested.filled(given.sends))


def _brought(runner: Runner, tested: Tested, access: Word) -> bool:
    for name in access:
        given, step = runner.oracle.input(tested.spot, name), runner.oracle.step(tested.spot, name)
        if given is None or step is None:
            return False
        tested.follow(given, step, tested.give(given))
        if not tested.rent:
            return False
    tested.ajar = True
    return True


def _finding(runner: Runner, tested: Tested, word: Word, fault: Fault) -> Finding:
    records = tuple(record for record in runner.bench.recent if record.word == tested.name)
    return Finding(
        check=fault.check, kind=runner.kind, word=word, spot=str(tested.spot), expected=fault.expected, got=fault.got,
        evidence="B:54", records=records, story="check race",
    )  # fmt: skip
