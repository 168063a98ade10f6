"""A look for work costs as little as it can: one transaction where there is nothing, and no more looks than are of use."""

# pyright: reportPrivateUsage=false

import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
from world import World

from parcelflow.engine import Engine, forget
from parcelflow.engine.calling import Calling
from parcelflow.engine.engine import Left
from parcelflow.engine.statements import Tx
from parcelflow.engine.store import Store
from parcelflow.machines import Answer, Effect, catalogue


class Held(World):
    """Answers when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.may = threading.Event()

    def call(self, effect: Effect, key: str) -> Answer:
        """One call."""
        assert self.may.wait(60)
        return super().call(effect, key)


def deciding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many deciding transactions it takes to find that there is nothing to do."""
    count: list[Store] = []
    right = Store.deciding

    @contextmanager
    def counted(self: Store) -> Generator[Tx]:
        count.append(self)
        with right(self) as tx:
            yield tx

    with Engine(tmp_path / "p.db", catalogue(), {}) as engine:
        monkeypatch.setattr(Store, "deciding", counted)
        engine.drain()
    return len(count)


def looks(tmp_path: Path) -> list[bool]:
    """What `work` says of one effect: when it has gone out, and when its answer was settled."""
    world, back = Held(), threading.Event()
    with Engine(tmp_path / "p.db", catalogue(), {"bloqit": world}) as engine:
        engine.ask("delivery", "1", "create_with_locker", data={"locker_id": "L"})
        engine._drain_inbox()
        engine._calling.start(back.set)
        out = engine._calling.work()
        world.may.set()
        assert back.wait(60)
        settled = engine._calling.work()
        engine._calling.stop()
        engine.drain()
        assert engine.views.case("delivery", "1").state == "reserved"
    return [out, settled]


def test_what_is_due_is_decided_and_forgotten_in_one_transaction(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert deciding(tmp_path, monkeypatch) == 1


def test_nobody_looks_again_for_effects_unless_a_call_has_come_back(tmp_path: Path) -> None:
    assert looks(tmp_path) == [False, False]


def test_an_engine_that_forgets_by_itself_and_a_caller_that_looks_twice_are_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drain, exchange = Engine._decide_some, Calling._exchange

    def forgetful(self: Engine) -> Left:
        with self._store.deciding() as tx:
            forget.forget_due(tx, self._rules.tables, self._ports.clock.now())
        return drain(self)

    def twice(self: Calling) -> bool:
        assert self._threads is not None
        some = bool(self._back)
        works = exchange(self)
        for work in works:
            self._threads.submit(self._run, work)
        return some or bool(works)

    with monkeypatch.context() as patch:
        patch.setattr(Engine, "_decide_some", forgetful)
        assert deciding(tmp_path, patch) == 2
    monkeypatch.setattr(Calling, "work", twice)
    assert looks(tmp_path) == [True, True]
