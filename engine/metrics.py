"""Metrics: what is told of the engine's work, counted for Prometheus, and how it is, measured when somebody asks.

May not be imported by the rest of the engine: prometheus_client is an optional package (`pip install parcelflow[metrics]`).
Non-obvious choice: what waits is not counted up and down but read from the database at each scrape. A counter of a queue drifts
with the first crash, and every process of a shared database would have its own opinion of it.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from ..machines import StoreFailedError
from .breaker import Circuit
from .health import Health
from .notices import (
    AnomalyFound,
    CaseForgotten,
    DecisionMade,
    LookWished,
    MessageAccepted,
    MessageDead,
    MessageRepeated,
    Notice,
    StoreFailed,
    TimerFired,
)
from .outgoing import CallAnswered, CallDead, CallsDoubted, CircuitOpened, RetryScheduled


class Metric(NamedTuple):
    """A metric: its name, of which sort, what it is told apart by, and what it says."""

    name: str
    sort: str
    labels: tuple[str, ...]
    says: str


C, H, G = "counter", "histogram", "gauge"
METRICS: Sequence[Metric] = (
    Metric("parcelflow_messages_total", C, ("source", "repeated"), "messages that came in; `repeated` is `yes` or `no`"),
    Metric("parcelflow_decisions_total", C, ("kind", "outcome"), "messages decided"),
    Metric("parcelflow_cases_opened_total", C, ("kind",), "cases that were begun"),
    Metric("parcelflow_states_entered_total", C, ("kind", "state"), "cases that entered a state"),
    Metric("parcelflow_dwell_seconds", H, ("kind", "state"), "how long cases were in the states that they left"),
    Metric("parcelflow_anomalies_total", C, ("kind", "sort"), "`contradiction`, `reconciled` or `call_refused`"),
    Metric("parcelflow_timers_fired_total", C, ("kind", "trigger"), "timers that became messages"),
    Metric("parcelflow_looks_total", C, ("kind",), "silent cases that were to be looked at"),
    Metric("parcelflow_cases_forgotten_total", C, ("kind",), "cases of which nothing personal is kept any more"),
    Metric("parcelflow_calls_total", C, ("operation", "outcome"), "calls and look-ups: `done`, `refused`, `later`, `unknown`"),
    Metric("parcelflow_call_seconds", H, ("operation",), "how long they were out"),
    Metric("parcelflow_retries_total", C, ("operation",), "calls that are tried again"),
    Metric("parcelflow_calls_doubted_total", C, (), "calls that were out when their process ended, or too long"),
    Metric("parcelflow_died_total", C, ("what",), "dead letters since the start, `message` or `call`"),
    Metric("parcelflow_circuit_openings_total", C, ("system",), "how often a remote was left alone because it did not answer"),
    Metric("parcelflow_store_failures_total", C, ("worker",), "how often a thread could not go on because the database failed"),
    Metric("parcelflow_database_up", G, (), "1 where the database could be read for this page, else 0, and the rest is missing"),
    Metric("parcelflow_alive", G, (), "1 while both threads are at work"),
    Metric("parcelflow_inbox_messages", G, ("status",), "messages not decided: `new`, `held`, `parked`"),
    Metric("parcelflow_inbox_lag_seconds", G, (), "for how long the oldest new one has waited"),
    Metric("parcelflow_outbox_calls", G, ("system",), "calls that wait"),
    Metric("parcelflow_outbox_age_seconds", G, ("system",), "for how long the first of them has been due"),
    Metric("parcelflow_calls_under_way", G, (), "calls that are out"),
    Metric("parcelflow_dead_letters", G, ("what",), "dead letters that nobody has seen to, `message` or `call`"),
    Metric("parcelflow_overdue", G, ("what",), "`timers` and `looks` that are due and not done"),
    Metric("parcelflow_overdue_age_seconds", G, ("what",), "by how long the first of them is late"),
    Metric("parcelflow_blocked_lockers", G, ("kind",), "lockers that a rent was left behind in"),
    Metric("parcelflow_blocked_age_seconds", G, (), "for how long the first of them has been"),
    Metric("parcelflow_circuit_state", G, ("system", "state"), "1 for the state that it is in: `closed`, `open`, `half-open`"),
)
"""Every metric there is."""

_OF = {metric.name: metric for metric in METRICS}
MINUTE, HOUR, DAY = 60, 3600, 86_400
DWELLS = (1, 10, MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 4 * HOUR, 12 * HOUR, DAY, 2 * DAY, 4 * DAY, 7 * DAY, 14 * DAY)
"""Seconds: a courier takes minutes, and a parcel lies for days."""
CALLS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, MINUTE)


class Metrics:
    """Counts, and answers a scrape: `Habits(listeners=(metrics,))`, and then `metrics.measure(engine.health)`.

    Args:
        registry: Where the metrics are; None for one of their own.
    """

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.registry = registry or CollectorRegistry()
        self._counters = {name: self._counter(metric) for name, metric in _OF.items() if metric.sort == C}
        self._children: dict[tuple[str, tuple[str, ...]], Counter] = {}
        self._dwells = self._histogram("parcelflow_dwell_seconds", DWELLS)
        self._seconds = self._histogram("parcelflow_call_seconds", CALLS)

    def measure(self, health: Callable[[], Health]) -> None:
        """Have what waits be measured at each scrape, by `engine.health`."""
        self.registry.register(_Measured(health))

    def page(self) -> tuple[bytes, str]:
        """What a scrape is answered with, and its content type."""
        return generate_latest(self.registry), CONTENT_TYPE_LATEST

    def hear(self, notice: Notice) -> None:
        """Count one fact."""
        match notice:
            case DecisionMade():
                self._decided(notice)
            case CallAnswered():
                self._seconds.labels(notice.operation).observe(notice.seconds)
                self._count("parcelflow_calls_total", notice.operation, notice.answer)
            case _:
                self._count_other(notice)

    def _decided(self, notice: DecisionMade) -> None:
        self._count("parcelflow_decisions_total", notice.kind, notice.outcome)
        if notice.opened:
            self._count("parcelflow_cases_opened_total", notice.kind)
        if notice.source != notice.target:
            self._count("parcelflow_states_entered_total", notice.kind, notice.target)
        if notice.dwelt is not None:
            self._dwells.labels(notice.kind, notice.source).observe(notice.dwelt)

    def _count_other(self, notice: Notice) -> None:
        match notice:
            case MessageAccepted() | MessageRepeated():
                repeated = "yes" if isinstance(notice, MessageRepeated) else "no"
                self._count("parcelflow_messages_total", notice.source, repeated)
            case AnomalyFound():
                self._count("parcelflow_anomalies_total", notice.kind, notice.sort)
            case TimerFired():
                self._count("parcelflow_timers_fired_total", notice.kind, notice.trigger)
            case LookWished() | CaseForgotten():
                name = "parcelflow_looks_total" if isinstance(notice, LookWished) else "parcelflow_cases_forgotten_total"
                self._count(name, notice.kind)
            case RetryScheduled():
                self._count("parcelflow_retries_total", notice.operation)
            case MessageDead() | CallDead():
                self._count("parcelflow_died_total", "message" if isinstance(notice, MessageDead) else "call")
            case CircuitOpened():
                self._count("parcelflow_circuit_openings_total", notice.system)
            case StoreFailed():
                self._count("parcelflow_store_failures_total", notice.worker)
            case CallsDoubted():
                self._count("parcelflow_calls_doubted_total", by=notice.calls)
            case _:
                """Nothing to count."""

    def _count(self, name: str, *labels: str, by: int = 1) -> None:
        child = self._children.get((name, labels))
        if child is None:  # to find one by its labels takes the package longer than to count
            counter = self._counters[name]
            child = self._children[name, labels] = counter.labels(*labels) if labels else counter
        child.inc(by)

    def _counter(self, metric: Metric) -> Counter:
        return Counter(metric.name, metric.says, metric.labels, registry=self.registry)

    def _histogram(self, name: str, buckets: Sequence[float]) -> Histogram:
        return Histogram(name, _OF[name].says, _OF[name].labels, buckets=buckets, registry=self.registry)


class _Measured(Collector):
    """What waits, as the database has it when somebody asks."""

    def __init__(self, health: Callable[[], Health]) -> None:
        self._health = health

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """The names, so that nobody has to ask the database for them."""
        return (_gauge(metric.name) for metric in METRICS if metric.sort == G)

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Everything as it is now."""
        try:
            health = self._health()
        except StoreFailedError:
            yield _gauge("parcelflow_database_up", ((), 0))
            return
        yield _gauge("parcelflow_database_up", ((), 1))
        yield _gauge("parcelflow_alive", ((), int(health.alive is True)))
        yield from _waiting(health)
        yield from _standing_still(health)


def _waiting(health: Health) -> Iterator[GaugeMetricFamily]:
    inbox = {"new": health.inbox, "held": health.held, "parked": health.parked}
    yield _gauge("parcelflow_inbox_messages", *(((status,), queue.count) for status, queue in inbox.items()))
    yield _gauge("parcelflow_inbox_lag_seconds", ((), health.inbox.age.total_seconds()))
    calls = health.outbox.items()
    yield _gauge("parcelflow_outbox_calls", *(((system,), queue.count) for system, queue in calls))
    yield _gauge("parcelflow_outbox_age_seconds", *(((system,), queue.age.total_seconds()) for system, queue in calls))
    yield _gauge("parcelflow_calls_under_way", ((), health.under_way))
    late = {"timers": health.timers, "looks": health.looks}
    yield _gauge("parcelflow_overdue", *(((what,), queue.count) for what, queue in late.items()))
    yield _gauge("parcelflow_overdue_age_seconds", *(((what,), queue.age.total_seconds()) for what, queue in late.items()))


def _standing_still(health: Health) -> Iterator[GaugeMetricFamily]:
    yield _gauge("parcelflow_dead_letters", (("message",), health.dead_messages), (("call",), health.dead_calls))
    kinds = [blocked.kind for blocked in health.blocked]
    yield _gauge("parcelflow_blocked_lockers", *(((kind,), kinds.count(kind)) for kind in dict.fromkeys(kinds)))
    ages = [blocked.age.total_seconds() for blocked in health.blocked]
    yield _gauge("parcelflow_blocked_age_seconds", ((), max(ages, default=0.0)))
    yield _gauge(
        "parcelflow_circuit_state",
        *(((system, word), int(gate.word is word)) for system, gate in health.circuits.items() for word in Circuit),
    )


def _gauge(name: str, *samples: tuple[tuple[str, ...], float]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, _OF[name].says, labels=_OF[name].labels)
    for labels, value in samples:
        family.add_metric(labels, value)
    return family
