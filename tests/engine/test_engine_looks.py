"""A look for work costs as little as it can: one transaction where there is nothing, and no more looks than are of use."""

# pyright: reportPrivateUsage=false

import threading
from collections.abc import Collection, Generator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from killing import Mutant, dies
from world import World

from parcelflow.engine import NEVER, Engine, Habits, Manners, ManualClock, Pace, Ports, forget
from parcelflow.engine.calling import Calling
from parcelflow.engine.deciding import Left
from parcelflow.engine.gates import Gates
from parcelflow.engine.outbox import Work
from parcelflow.engine.store import Store
from parcelflow.engine.tx import Tx
from parcelflow.engine.wake import earliest
from parcelflow.machines import Answer, Effect, TryLater, catalogue


class Held(World):
    """Answers when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.may = threading.Event()

    def call(self, effect: Effect, key: str) -> Answer:
        """One call."""
        assert self.may.wait(60)
        return super().call(effect, key)


class Sulking(World):
    """Wants to be called again later."""

    def call(self, effect: Effect, key: str) -> Answer:  # noqa: ARG002 - the port's names
        """Not now."""
        return TryLater("not now")


def deciding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many writing transactions it takes to find that there is nothing to do."""
    count: list[Store] = []
    right = Store.writing

    @contextmanager
    def counted(self: Store) -> Generator[Tx]:
        count.append(self)
        with right(self) as tx:
            yield tx

    with Engine(tmp_path / "p.db", catalogue(), {}) as engine:
        monkeypatch.setattr(Store, "writing", counted)
        engine.drain()
    return len(count)


def transactions(tmp_path: Path) -> list[int]:
    """How many transactions write until a call goes out, and until its answer is applied, where threads do it."""
    world, back = Held(), threading.Event()
    count: list[int] = []
    honest = Store.writing

    @contextmanager
    def counted(self: Store) -> Generator[Tx]:
        count.append(1)
        with honest(self) as tx:
            yield tx

    found: list[int] = []
    with Engine(tmp_path / "p.db", catalogue(), {"bloqit": world}) as engine, pytest.MonkeyPatch.context() as patch:
        engine.ask("delivery", "1", "create_with_locker", data={"locker_id": "L"})
        engine._calling.start(back.set, lambda: None)
        patch.setattr(Store, "writing", counted)
        engine._drain_inbox()
        found.append(len(count))
        world.may.set()
        assert back.wait(60)
        engine._drain_inbox()
        found.append(len(count) - found[0])
        engine._calling.stop()
        assert engine.views.case("delivery", "1").state == "reserved"
    return found


def roused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether who sees to calls is told that a gate is shut, after each of two effects; and of what is tried again."""
    shut: list[bool] = []
    rousings: list[int] = []
    again, back = threading.Event(), threading.Event()
    habits = Habits(manners=Manners(default=Pace(rate=1 / 3600)))
    tmp_path.mkdir(exist_ok=True)
    with Engine(tmp_path / "p.db", catalogue(), {"bloqit": Sulking()}, habits=habits) as engine:
        monkeypatch.setattr(engine._crew.caller, "wake", again.set)
        engine._calling.start(back.set, lambda: rousings.append(1))
        for key in "12":
            engine.ask("delivery", key, "create_with_locker", data={"locker_id": "L"})
            engine._drain_inbox()
            shut.append(bool(rousings))
            rousings.clear()
        assert back.wait(60)
        engine._drain_inbox()
        engine._calling.stop()
    return [*shut, again.is_set()]


def test_who_sees_to_calls_is_told_of_those_that_have_to_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert roused(tmp_path, monkeypatch) == [True, True, True]


def test_who_does_not_tell_of_a_shut_gate_or_of_what_is_tried_again_is_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle = Calling.settle

    def once(self: Calling, tx: Tx, back: Sequence[tuple[Work, Answer]], now: datetime, *, ours: Collection[int]) -> bool:
        settle(self, tx, back, now, ours=ours)
        return False

    def open_always(_self: Gates, _now: datetime) -> None:
        return None

    with monkeypatch.context() as patch:
        patch.setattr(Gates, "next_at", open_always)
        assert roused(tmp_path / "1", patch) == [False, False, True]
    monkeypatch.setattr(Calling, "settle", once)
    assert roused(tmp_path / "2", monkeypatch) == [True, True, False]


def test_what_is_due_is_decided_and_forgotten_in_one_transaction(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert deciding(tmp_path, monkeypatch) == 1


def test_a_call_costs_two_transactions(tmp_path: Path) -> None:
    assert transactions(tmp_path) == [1, 1]


def test_an_engine_that_forgets_by_itself_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drain = Engine._decide_some

    def forgetful(self: Engine) -> Left:
        with self._store.deciding() as tx:
            forget.forget_due(tx, self._rules.tables, self._ports.clock.now())
        return drain(self)

    with monkeypatch.context() as patch:
        patch.setattr(Engine, "_decide_some", forgetful)
        assert deciding(tmp_path, patch) == 2


def what_falls_due_during_the_last_look_is_done(tmp_path: Path) -> None:
    """The call is put off by a second, and the second passes after it was looked for."""
    world, clock = World(iter(["busy"])), ManualClock()
    with (
        Engine(tmp_path / "p.db", catalogue(), {"bloqit": world}, ports=Ports(clock=clock), habits=Habits(looks=NEVER)) as engine,
        pytest.MonkeyPatch.context() as patch,
    ):
        honest = engine._calling.due

        def due() -> datetime | None:
            found = honest()
            clock.advance(timedelta(seconds=1))
            return found

        patch.setattr(engine._calling, "due", due)
        engine.ask("delivery", "1", "create_with_locker", data={"locker_id": "L"})
        assert engine.drain() is None
        assert engine.views.case("delivery", "1").state == "reserved"


def test_what_falls_due_during_the_last_look_is_done(tmp_path: Path) -> None:
    what_falls_due_during_the_last_look_is_done(tmp_path)


def test_an_engine_that_looks_at_the_clock_too_soon_is_found_out(tmp_path: Path) -> None:
    def drain(self: Engine) -> datetime | None:
        left = self._decide_some()
        while left.more or self._calling.work_one():
            left = self._decide_some()
        return earliest(left.due, self._calling.due())

    assert dies(Mutant(Engine, "drain", drain, lambda: what_falls_due_during_the_last_look_is_done(tmp_path)))
