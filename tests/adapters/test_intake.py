"""The intake: what comes together is stored together, each request hears of its own, and an error is its message's alone."""

# pyright: reportPrivateUsage=false
# A mutant is the code under test with one wrong line; it has to reach inside.

import asyncio
import threading
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from killing import Mutant, dies

from parcelflow.adapters.intake import Intake
from parcelflow.machines import Arrival, Cause, Event, MalformedEventError, OursError

AT = datetime(2026, 3, 1, tzinfo=UTC)


def arrival(name: str) -> Arrival:
    event = Event(name="rent.created", at=AT, by=Cause.WEBHOOK)
    return Arrival(source="bloqit", external_id=name, system="bloqit", event=event, raw=b"{}")


class Inbox:
    """Keeps names; the first batch is held until it is let go, so that the next ones gather behind it."""

    def __init__(self, bad: str = "") -> None:
        self.batches: list[list[str]] = []
        self.kept: set[str] = set()
        self.bad = bad
        self.begun = threading.Event()
        self.go = threading.Event()

    def accept(self, arrivals: Sequence[Arrival]) -> Sequence[bool]:
        """All or none."""
        names = [each.external_id for each in arrivals]
        self.batches.append(names)
        self.begun.set()
        assert self.go.wait(10)
        if self.bad in names:
            raise MalformedEventError(f"{self.bad} cannot be kept")
        new = [name not in self.kept for name in names]
        self.kept.update(names)
        return new


async def together(intake: Intake, inbox: Inbox, *names: str) -> list[bool | BaseException]:
    """One message, and then others while it is being stored."""
    first = asyncio.create_task(intake.bring(arrival("first")))
    await asyncio.to_thread(inbox.begun.wait, 10)
    others = [asyncio.create_task(intake.bring(arrival(name))) for name in names]
    await asyncio.sleep(0)
    inbox.go.set()
    return await asyncio.gather(first, *others, return_exceptions=True)


def test_what_comes_while_others_are_stored_is_stored_in_one_go() -> None:
    inbox = Inbox()
    assert asyncio.run(together(Intake(inbox.accept), inbox, "a", "b", "first")) == [True, True, True, False]
    assert inbox.batches == [["first"], ["a", "b", "first"]]


def test_an_error_is_its_messages_alone() -> None:
    inbox = Inbox(bad="b")
    new = asyncio.run(together(Intake(inbox.accept), inbox, "a", "b", "c"))
    assert [new[0], new[1], new[3]] == [True, True, True]
    assert isinstance(new[2], MalformedEventError)
    assert inbox.batches == [["first"], ["a", "b", "c"], ["a"], ["b"], ["c"]]


@pytest.mark.parametrize("bad", ["", "first"])
def test_whoever_hangs_up_keeps_nobody_else_waiting(bad: str) -> None:
    inbox = Inbox(bad=bad)
    intake = Intake(inbox.accept)

    async def hang_up() -> bool:
        first = asyncio.create_task(intake.bring(arrival("first")))
        await asyncio.to_thread(inbox.begun.wait, 10)
        first.cancel()
        second = asyncio.create_task(intake.bring(arrival("second")))
        await asyncio.sleep(0)
        inbox.go.set()
        return await second

    assert asyncio.run(hang_up())
    assert inbox.kept == ({"second"} if bad else {"first", "second"})


def test_it_goes_on_after_a_failure() -> None:
    inbox = Inbox(bad="a")
    inbox.go.set()
    intake = Intake(inbox.accept)

    async def two() -> bool:
        with pytest.raises(MalformedEventError):
            await intake.bring(arrival("a"))
        return await intake.bring(arrival("b"))

    assert asyncio.run(two())


def test_the_failure_of_all_is_everybodys() -> None:
    def full(_arrivals: Sequence[Arrival]) -> Sequence[bool]:
        raise OursError("disk full")

    async def three() -> list[bool | BaseException]:
        intake = Intake(full)
        return await asyncio.gather(*(intake.bring(arrival(name)) for name in "abc"), return_exceptions=True)

    assert [str(error) for error in asyncio.run(three())] == ["disk full"] * 3


async def _alone(intake: Intake, waiting: list[tuple[Arrival, asyncio.Future[bool]]]) -> None:
    """Each message in a transaction of its own."""
    for one in waiting:
        await HONEST(intake, [one])


async def _blames_all(intake: Intake, waiting: list[tuple[Arrival, asyncio.Future[bool]]]) -> None:
    """One message's error is told to all that came with it."""
    try:
        new = await asyncio.to_thread(intake._accept, [arrival for arrival, _ in waiting])
        for (_, stored), is_new in zip(waiting, new, strict=True):
            stored.set_result(is_new)
    except MalformedEventError as error:
        for _, stored in waiting:
            stored.set_exception(error)


HONEST = Intake._bring_some
MUTANTS = [
    Mutant(Intake, "_bring_some", _alone, test_what_comes_while_others_are_stored_is_stored_in_one_go),
    Mutant(Intake, "_bring_some", _blames_all, test_an_error_is_its_messages_alone),
]


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.wrong.__name__)
def test_a_mutant_dies(mutant: Mutant) -> None:
    assert dies(mutant)
