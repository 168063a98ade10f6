"""Metrics: what happened is counted once, what waits is read when somebody asks, and what is declared is what there is."""

# pyright: reportPrivateUsage=false
# A mutant is the code under test with one wrong line; it has to reach inside.

import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from killing import Mutant, dies
from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families
from stage import Stage

from parcelflow.engine import Crash, Habits, Looks, Manners, Stamina, metrics, notices
from parcelflow.engine.metrics import METRICS, C, G, H, Metrics
from parcelflow.engine.notices import DecisionMade, Notice, StoreFailed
from parcelflow.engine.outgoing import CallsDoubted
from parcelflow.machines import StoreFailedError

HERE = {"locker_id": "L1", "expiry_at": "2026-01-03T00:00:00+00:00"}


@dataclass
class Counted:
    """An engine that is counted."""

    stage: Stage
    metrics: Metrics = field(default_factory=Metrics)

    def value(self, name: str, **labels: str) -> float | None:
        """What a scrape has; None where it has not got it."""
        return self.metrics.registry.get_sample_value(name, labels)


@contextmanager
def counted() -> Generator[Counted]:
    with tempfile.TemporaryDirectory() as folder:
        counting = Metrics()
        manners = Manners(stamina=Stamina(attempts=2))
        made = Habits(manners=manners, looks=Looks(), listeners=(counting,), keep=timedelta(days=1))
        stage = Stage(Path(folder) / "x.db", habits=made)
        counting.measure(stage.engine.health)
        with stage.engine:
            yield Counted(stage, counting)


def a_rent(at: Counted) -> None:
    """One that expires after two hours under way, in a locker that stays blocked."""
    at.stage.ask("delivery", "1", "create_with_locker", **HERE)
    at.stage.advance(hours=1)
    for name in ("rent.started", "rent.in_progress"):
        at.stage.tell("delivery", "1", name)
    at.stage.advance(hours=2)
    at.stage.tell("delivery", "1", "rent.expired")


def what_happened_is_counted_once() -> None:
    with counted() as at:
        a_rent(at)
        assert at.value("parcelflow_cases_opened_total", kind="delivery") == 1
        entered = ("reserved", "starting", "in_progress", "expired")
        assert [at.value("parcelflow_states_entered_total", kind="delivery", state=state) for state in entered] == [1] * 4
        assert at.value("parcelflow_messages_total", source="remote", repeated="no") == 3
        assert at.value("parcelflow_decisions_total", kind="delivery", outcome="moved") == 4
        assert at.value("parcelflow_calls_total", operation="bloqit.deliveries.create", outcome="done") == 1
        assert at.value("parcelflow_call_seconds_count", operation="bloqit.deliveries.create") == 1


def test_what_happened_is_counted_once() -> None:
    what_happened_is_counted_once()


def a_state_is_dwelt_in_until_it_is_left() -> None:
    with counted() as at:
        a_rent(at)
        assert at.value("parcelflow_dwell_seconds_sum", kind="delivery", state="reserved") == 3600
        assert at.value("parcelflow_dwell_seconds_sum", kind="delivery", state="in_progress") == 7200
        assert at.value("parcelflow_dwell_seconds_count", kind="delivery", state="in_progress") == 1
        assert at.value("parcelflow_dwell_seconds_count", kind="delivery", state="expired") is None


def test_a_state_is_dwelt_in_until_it_is_left() -> None:
    a_state_is_dwelt_in_until_it_is_left()


def what_goes_wrong_is_counted_by_its_sort() -> None:
    with counted() as at:
        at.stage.world.fates = iter(["never"])
        at.stage.ask("delivery", "1", "create_with_locker", **HERE)
        at.stage.advance(minutes=5)
        assert at.value("parcelflow_calls_total", operation="bloqit.deliveries.create", outcome="unknown") == 1
        assert at.value("parcelflow_calls_total", operation="bloqit.deliveries.create", outcome="later") == 1
        assert at.value("parcelflow_retries_total", operation="bloqit.deliveries.create") == 1
        assert at.value("parcelflow_died_total", what="call") == 1
        assert at.value("parcelflow_anomalies_total", kind="delivery", sort="call_refused") == 1
        a_rent(at)
        at.stage.tell("delivery", "1", "rent.locker_opened")
        assert at.value("parcelflow_anomalies_total", kind="delivery", sort="contradiction") == 1
        at.stage.tell("nothing", "1", "rent.started")
        assert at.value("parcelflow_died_total", what="message") == 1


def test_what_goes_wrong_is_counted_by_its_sort() -> None:
    what_goes_wrong_is_counted_by_its_sort()


def what_waits_is_read_when_somebody_asks() -> None:
    with counted() as at:
        a_rent(at)
        at.stage.clock.advance(timedelta(hours=1))
        assert at.value("parcelflow_blocked_lockers", kind="delivery") == 1
        assert at.value("parcelflow_blocked_age_seconds") == 3600
        at.stage.engine.ask("task", "1", "task_created")
        at.stage.clock.advance(timedelta(seconds=90))
        assert at.value("parcelflow_inbox_messages", status="new") == 1
        assert at.value("parcelflow_inbox_lag_seconds") == 90
        assert at.value("parcelflow_overdue", what="looks") == 1
        at.stage.world.fates = iter(["never"] * 9)
        at.stage.engine.drain()
        at.stage.clock.advance(timedelta(minutes=10))
        assert at.value("parcelflow_outbox_calls", system="logistics") == 1
        assert 590 < (at.value("parcelflow_outbox_age_seconds", system="logistics") or 0) < 600
        assert at.value("parcelflow_circuit_state", system="bloqit", state="closed") == 1
        assert at.value("parcelflow_circuit_state", system="bloqit", state="open") == 0
        assert at.value("parcelflow_database_up") == 1
        assert at.value("parcelflow_alive") == 0  # it is driven by hand
        assert at.value("parcelflow_dead_letters", what="call") == 0
        assert at.value("parcelflow_calls_under_way") == 0


def test_what_waits_is_read_when_somebody_asks() -> None:
    what_waits_is_read_when_somebody_asks()


def test_an_engine_at_work_is_alive() -> None:
    with counted() as at:
        at.stage.engine.start()
        assert at.value("parcelflow_alive") == 1


def a_database_that_is_down_is_said_to_be() -> None:
    def fails() -> None:
        raise StoreFailedError("the database failed")

    counting = Metrics()
    counting.measure(fails)  # pyright: ignore[reportArgumentType] - it answers nothing at all
    page, kind = counting.page()
    assert b"parcelflow_database_up 0.0" in page
    assert b"parcelflow_inbox_lag" not in page
    assert kind.startswith("text/plain")


def test_a_database_that_is_down_is_said_to_be() -> None:
    a_database_that_is_down_is_said_to_be()


def what_was_rolled_back_is_not_counted() -> None:
    with counted() as at:
        deadly = ["committing"]

        def reach(point: str) -> None:
            if point in deadly:
                deadly.remove(point)
                raise Crash(point)

        deciding = at.stage.engine._deciding
        deciding._ports = deciding._ports.__class__(clock=at.stage.clock, reach=reach)
        at.stage.engine.ask("task", "1", "task_created")
        with pytest.raises(Crash):
            at.stage.engine.drain()
        assert at.value("parcelflow_decisions_total", kind="task", outcome="asked") is None
        at.stage.engine.drain()
        assert at.value("parcelflow_decisions_total", kind="task", outcome="asked") == 1


def test_what_was_rolled_back_is_not_counted() -> None:
    what_was_rolled_back_is_not_counted()


def test_two_engines_are_counted_apart_and_the_packages_own_registry_is_left_alone() -> None:
    with counted() as one, counted() as other:
        one.stage.ask("delivery", "1", "create_with_locker", **HERE)
        assert one.value("parcelflow_cases_opened_total", kind="delivery") == 1
        assert other.value("parcelflow_cases_opened_total", kind="delivery") is None
    assert not [family.name for family in REGISTRY.collect() if family.name.startswith("parcelflow")]


def test_to_register_asks_no_database() -> None:
    """A registry that is asked for names when something registers asks `describe`, and `describe` knows them by heart."""

    def never() -> None:
        raise AssertionError("the database is asked")

    registry = CollectorRegistry(auto_describe=True)
    Metrics(registry).measure(never)  # pyright: ignore[reportArgumentType] - it never answers
    with pytest.raises(ValueError, match="Duplicated timeseries"):
        Metrics(registry).measure(never)  # pyright: ignore[reportArgumentType]


FIELDS: dict[str, object] = {"float": 1.0, "int": 1, "bool": True, "str": "x", "datetime": None}


def every_notice() -> Generator[Notice]:
    """One of each sort, with whatever fits."""
    for sort in notices.SORTS:
        kinds = {name: str(hint) for name, hint in sort.__annotations__.items()}
        told = {name: next((value for word, value in FIELDS.items() if word in kind), None) for name, kind in kinds.items()}
        yield cast("Any", sort)(**told)


def what_is_declared_is_what_there_is() -> None:
    with counted() as at:
        at.stage.ask("delivery", "1", "create_with_locker", **HERE)
        at.stage.tell("delivery", "1", "rent.expired")
        at.stage.world.fates = iter(["never"] * 3)
        at.stage.ask("task", "1", "task_created")
        for notice in every_notice():
            at.metrics.hear(notice)
        parsed = text_string_to_metric_families(at.metrics.page()[0].decode())
        families = {family.name: family for family in parsed if not family.name.endswith("_created")}
        declared = {metric.name.removesuffix("_total"): metric for metric in METRICS}
        assert set(families) == set(declared)
        for name, metric in declared.items():
            family = families[name]
            assert (family.type, family.documentation) == (metric.sort, metric.says)
            found = [set(sample.labels) - {"le"} for sample in family.samples if not sample.name.endswith("_created")]
            assert found, f"{name} is told of nothing"
            assert all(labels == set(metric.labels) for labels in found), name
        assert at.value("parcelflow_calls_doubted_total") == 1


def test_what_is_declared_is_what_there_is() -> None:
    what_is_declared_is_what_there_is()
    assert {metric.sort for metric in METRICS} == {C, H, G}
    assert len({metric.name for metric in METRICS}) == len(METRICS)


# --- wrong ones -----------------------------------------------------------------------------------------------------------

HONEST_HEAR, HONEST_WAITING = Metrics.hear, metrics._waiting


def every_outcome(self: Metrics, notice: DecisionMade) -> None:
    """Counts a state as entered by whatever is decided in it."""
    self._count("parcelflow_decisions_total", notice.kind, notice.outcome)
    self._count("parcelflow_states_entered_total", notice.kind, notice.target)


def where_it_went(self: Metrics, notice: DecisionMade) -> None:
    """Books the time on the state that was entered."""
    if notice.dwelt is not None:
        self._dwells.labels(notice.kind, notice.target).observe(notice.dwelt)


def twice(self: Metrics, notice: Notice) -> None:
    HONEST_HEAR(self, notice)
    HONEST_HEAR(self, notice)


def deaf(self: Metrics, notice: Notice) -> None:
    if not isinstance(notice, StoreFailed | CallsDoubted):
        HONEST_HEAR(self, notice)


def once_for_all(self: Metrics, health: Callable[[], object]) -> None:
    """Measures once, and tells the same for ever."""
    found = health()
    self.registry.register(metrics._Measured(lambda: found))  # pyright: ignore[reportArgumentType, reportUnknownLambdaType]


def unlabelled(self: Metrics, _notice: Notice) -> None:
    self._count("parcelflow_anomalies_total", "delivery", "contradiction")


MUTANTS = (
    Mutant(Metrics, "_decided", every_outcome, what_happened_is_counted_once),
    Mutant(Metrics, "_decided", where_it_went, a_state_is_dwelt_in_until_it_is_left),
    Mutant(Metrics, "hear", twice, what_happened_is_counted_once),
    Mutant(Metrics, "hear", deaf, what_is_declared_is_what_there_is),
    Mutant(Metrics, "measure", once_for_all, what_waits_is_read_when_somebody_asks),
    Mutant(Metrics, "_count_other", unlabelled, what_goes_wrong_is_counted_by_its_sort),
    Mutant(metrics, "_standing_still", lambda _health: iter(()), what_waits_is_read_when_somebody_asks),  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: f"{mutant.name} is {mutant.wrong.__name__}")
def test_the_mutant_is_noticed(mutant: Mutant) -> None:
    assert dies(mutant)
