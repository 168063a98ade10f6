"""Traces: one from webhook to answer, through restarts and other processes, of what is committed and of nothing personal."""

# pyright: reportPrivateUsage=false
# A mutant is the code under test with one wrong line; it has to reach inside.

import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
from between import DROP_OFF, PERSONAL, START, Between, between
from killing import Mutant, dies
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from stage import Stage
from starlette.requests import Request
from starlette.responses import Response

from parcelflow.adapters import spans
from parcelflow.engine import NEVER, Crash, Engine, Habits, Place, batch, habits, outbox, rows, telemetry
from parcelflow.engine.batch import Batch
from parcelflow.engine.telemetry import Telemetry
from parcelflow.engine.watch import Ending, Said, Watch
from parcelflow.machines import Arrival, Cause, Event, catalogue

PLACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
"""As the document of Trace Context has one."""


class Process:
    """Where one process sends its spans."""

    def __init__(self) -> None:
        self._out = InMemorySpanExporter()
        self.provider = TracerProvider(shutdown_on_exit=False)
        self.provider.add_span_processor(SimpleSpanProcessor(self._out))

    @property
    def spans(self) -> Sequence[ReadableSpan]:
        """Those that have ended, in that order."""
        return self._out.get_finished_spans()

    def names(self) -> list[str]:
        """Their names."""
        return [span.name for span in self.spans]

    def clear(self) -> None:
        """Forget them."""
        self._out.clear()

    @contextmanager
    def sets_up(self) -> Generator[None]:
        """Be what the program has said about where spans go."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(trace, "_TRACER_PROVIDER", self.provider)
            yield


def ancestry(span: ReadableSpan, among: Sequence[ReadableSpan]) -> list[str]:
    """The names from the beginning of a span's trace down to it."""
    ids = {each.context.span_id: each for each in among if each.context is not None}
    names = [span.name]
    while span.parent is not None:
        assert span.context is not None
        assert span.parent.trace_id == span.context.trace_id
        span = ids[span.parent.span_id]
        names.insert(0, span.name)
    return names


def arrival(name: str, *, key: str = "1", place: str | None = None) -> Arrival:
    event = Event(name="order_webhook", at=START, by=Cause.WEBHOOK)
    return Arrival(source="remote", external_id=name, system="blink", event=event, raw=b"", kind="order", key=key, trace=place)


@contextmanager
def traced(process: Process) -> Generator[Stage]:
    with tempfile.TemporaryDirectory() as folder:
        stage = Stage(Path(folder) / "x.db", habits=Habits(looks=NEVER, tracing=Telemetry(process.provider)))
        with stage.engine:
            yield stage


# --- one trace ------------------------------------------------------------------------------------------------------------

ON_ITS_WAY = [
    "webhook logistics",
    "decide task task_started",
    "decide order dispatch",
    "call blink.orders.sync_status",
    "decide order dispatch",
]
"""A courier has set off: the task knows it, and wishes it of the order, whose remote is told."""


@contextmanager
def accepted(process: Process) -> Generator[Between]:
    """An order that goes into a locker, with a courier who is about to set off."""
    with tempfile.TemporaryDirectory() as folder, process.sets_up(), between(Path(folder), Habits(looks=NEVER)) as at:
        at.order("1")
        at.ask("order", "1", "accept", **at.into_locker())
        process.clear()
        yield at


def from_webhook_to_answer_it_is_one_trace() -> None:
    process = Process()
    with accepted(process) as at:
        at.act("/logistics/tasks/1/walk", {"until": 26})
        at.deliver()
        assert at.engine.views.case("order", "1").state == "dispatched"
    ways = [ancestry(span, process.spans) for span in process.spans]
    assert ON_ITS_WAY in ways
    (call,) = (span for span in process.spans if span.name == "call blink.orders.sync_status")
    assert (call.kind, dict(call.attributes or {})) == (
        SpanKind.CLIENT,
        {
            "parcelflow.operation": "blink.orders.sync_status",
            "parcelflow.kind": "order",
            "parcelflow.key": "1",
            "parcelflow.effect": "order/1/4",
            "parcelflow.attempt": 1,
            "parcelflow.looked_up": False,
            "parcelflow.answer": "done",
        },
    )
    webhook = next(span for span in process.spans if span.name == "webhook logistics")
    assert (webhook.kind, webhook.parent, dict(webhook.attributes or {})) == (
        SpanKind.SERVER,
        None,
        {"http.response.status_code": 200},
    )


def test_from_webhook_to_answer_it_is_one_trace() -> None:
    from_webhook_to_answer_it_is_one_trace()


def restarts_and_other_processes_go_on_with_it() -> None:
    """The webhook comes to one process, a second decides and dies before it calls, and a third calls."""
    processes = [Process() for _ in range(3)]
    with accepted(processes[0]) as at:
        at.act("/logistics/tasks/1/walk", {"until": 26})
        at.world.settle()
        for sent in at.world.sent[at.posted :]:
            assert at.post(sent.url.removeprefix("https://parcelflow.example"), sent.body, sent.headers) == 200

        def dies_there(point: str) -> None:
            if point == "claiming":
                raise Crash(point)

        at.reach = dies_there
        at.engine.stop()
        with processes[1].sets_up():
            at.born()
            with suppress(Crash):
                at.engine.drain()
            at.engine.stop()
        at.reach = lambda _point: None
        with processes[2].sets_up():
            at.born()
            at.engine.drain()
    assert set(processes[0].names()) == {"webhook logistics"}
    assert not [name for name in processes[1].names() if name.startswith("call")]
    every = [span for process in processes for span in process.spans]
    assert ON_ITS_WAY in [ancestry(span, every) for span in processes[2].spans]


def test_restarts_and_other_processes_go_on_with_it() -> None:
    restarts_and_other_processes_go_on_with_it()


def what_comes_twice_is_called_once() -> None:
    process = Process()
    with accepted(process) as at:
        at.act("/logistics/tasks/1/walk", {"until": 26})
        at.deliver(twice=True)
        rent = at.engine.views.case("delivery", "1").remote_id
        at.act(f"/rents/{rent}/dropoff", {"code": DROP_OFF})
        at.deliver(twice=True)
        messages = len([row for row in at.engine.views.inbox() if row.trace is not None])
    called = Counter((span.attributes or {})["parcelflow.effect"] for span in process.spans if span.name.startswith("call"))
    assert called
    assert set(called.values()) == {1}
    decisions = [span for span in process.spans if span.name.startswith("decide")]
    assert len({span.context.span_id for span in decisions if span.context}) == len(decisions) <= messages


def test_what_comes_twice_is_called_once() -> None:
    what_comes_twice_is_called_once()


def test_a_call_that_is_tried_again_is_in_its_trace_with_each_try() -> None:
    process = Process()
    with traced(process) as stage:
        stage.world.fates = iter(["never"])
        stage.ask("task", "1", "task_created")
        stage.advance(minutes=1)
        stage.advance(minutes=1)
    calls = [span for span in process.spans if span.name == "call logistics.tasks.create"]
    told = [((span.attributes or {})["parcelflow.answer"], span.status.status_code) for span in calls]
    assert told == [("unknown", StatusCode.ERROR), ("later", StatusCode.ERROR), ("done", StatusCode.UNSET)]
    assert len({span.context.trace_id for span in process.spans if span.context}) == 1
    assert [(span.attributes or {})["parcelflow.looked_up"] for span in calls] == [False, True, False]


def a_wish_goes_on_from_where_it_was_told_and_a_caller_from_its_call() -> None:
    process = Process()
    within: list[str] = []
    with traced(process) as stage:
        stage.world.meanwhile = lambda: within.append(trace.get_current_span().name)  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownArgumentType]
        tracer = trace.get_tracer("a shop", tracer_provider=process.provider)
        with tracer.start_as_current_span("checkout"):
            stage.engine.ask("task", "1", "task_created")
        stage.engine.drain()
    assert within == ["call logistics.tasks.create"]
    way = ["checkout", "decide task task_created", "call logistics.tasks.create", "decide task task_created"]
    assert way in [ancestry(span, process.spans) for span in process.spans]


def test_a_wish_goes_on_from_where_it_was_told_and_a_caller_from_its_call() -> None:
    a_wish_goes_on_from_where_it_was_told_and_a_caller_from_its_call()


def what_has_a_place_keeps_it() -> None:
    process = Process()
    with traced(process) as stage:
        with trace.get_tracer("x", tracer_provider=process.provider).start_as_current_span("something else"):
            stage.engine.accept(arrival("1", place=PLACE))
        stage.engine.drain()
        assert [row.trace for row in stage.views.inbox()] == [PLACE]
    (decision,) = (span for span in process.spans if span.name.startswith("decide"))
    assert decision.parent is not None
    assert f"{decision.parent.trace_id:032x}-{decision.parent.span_id:016x}" in PLACE


def test_what_has_a_place_keeps_it() -> None:
    what_has_a_place_keeps_it()


def test_a_place_that_is_none_begins_a_new_trace() -> None:
    process = Process()
    with traced(process) as stage:
        stage.engine.accept(arrival("1", place="whatever somebody wrote"))
        stage.engine.drain()
    assert [(span.name, span.parent) for span in process.spans] == [("decide order order_webhook", None)]


# --- what is committed, and nothing personal ------------------------------------------------------------------------------


def what_is_rolled_back_is_in_no_trace() -> None:
    process = Process()
    with traced(process) as stage:
        deadly = ["committing"]

        def reach(point: str) -> None:
            if point in deadly:
                deadly.remove(point)
                raise Crash(point)

        deciding = stage.engine._deciding
        deciding._ports = deciding._ports.__class__(clock=stage.clock, reach=reach)
        stage.engine.accept(arrival("1"))
        with pytest.raises(Crash):
            stage.engine.drain()
        assert process.names() == []
        stage.engine.drain()
        assert process.names() == ["decide order order_webhook"]


def test_what_is_rolled_back_is_in_no_trace() -> None:
    what_is_rolled_back_is_in_no_trace()


def what_a_batch_dropped_is_in_no_trace() -> None:
    """One message of three cannot be decided, and the others are decided twice; once they are committed."""
    process = Process()
    with traced(process) as stage:
        strange = replace(arrival("bad", key="2"), kind="delivery")
        honest = Batch.write

        def failing(self: Batch, message: object, followed: object, **rest: object) -> int:
            if getattr(message, "external_id", "") == "bad":
                raise ZeroDivisionError
            return honest(self, message, followed, **rest)  # pyright: ignore[reportArgumentType]

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Batch, "write", failing)
            stage.engine.accept_all([arrival("1"), strange, arrival("3", key="3")])
            stage.engine.drain()
        assert process.names() == ["decide order order_webhook"] * 2


def test_what_a_batch_dropped_is_in_no_trace() -> None:
    what_a_batch_dropped_is_in_no_trace()


def no_span_shows_what_is_personal() -> None:
    process = Process()
    with accepted(process) as at:
        at.act("/logistics/tasks/1/walk", {"until": 26})
        at.deliver()
        at.order("2")
        at.ask("order", "2", "reject", comment=PERSONAL["notes"])
        assert at.post("/bloqit", PERSONAL["phone"].encode(), {"x-signature": PERSONAL["phone"]}) == 401
    shown = [span.to_json() for span in process.spans]
    assert len(shown) > 10
    assert [what for what, value in PERSONAL.items() if any(value in text for text in shown)] == []


def test_no_span_shows_what_is_personal() -> None:
    no_span_shows_what_is_personal()


# --- nobody keeps traces --------------------------------------------------------------------------------------------------


def where_nobody_keeps_traces_places_are_handed_on(place: Place) -> None:
    """For the process that decides may keep none, and the one that calls may."""
    stage = Stage(place, habits=Habits(looks=NEVER))
    with stage.engine:
        stage.engine.accept(arrival("1", place=PLACE))
        stage.engine.accept(arrival("2", key="2"))
        stage.engine.drain()
        for key in ("1", "2"):
            event = Event(name="accept", at=START, by=Cause.API, asked=True)
            place_of = PLACE if key == "1" else None
            wish = Arrival(
                source="ask", external_id=key, system="blink", event=event, raw=b"", kind="order", key=key, trace=place_of
            )
            stage.engine.accept(wish)
        stage.engine.drain()
        assert {row.trace for row in stage.views.outbox() if row.key == "1"} == {PLACE}
        assert {row.trace for row in stage.views.inbox() if row.key == "1"} == {PLACE}, "answers and wishes that follow, too"
        assert {row.trace for row in stage.views.outbox() if row.key == "2"} == {None}


def test_where_nobody_keeps_traces_places_are_handed_on(place: Place) -> None:
    where_nobody_keeps_traces_places_are_handed_on(place)


def test_without_an_sdk_nothing_is_begun() -> None:
    assert not Telemetry().at_work
    assert Telemetry().here() is None
    with Process().sets_up():
        assert Telemetry().at_work
    with Telemetry().calling(PLACE, "call x", {}) as called:
        assert called.trace == PLACE
    with Telemetry().calling(None, "call x", {}) as called:
        assert called.trace is None


def test_a_watch_without_traces_hands_places_on() -> None:
    endings: list[Ending] = []
    bare = Watch()
    assert bare.deciding(PLACE, "decide x", {}, endings.append) == PLACE
    assert endings == []
    with bare.calling(PLACE, "call x", {}) as called:
        called.answered("unknown", well=False)
    assert called.trace == PLACE
    told = arrival("1")
    assert bare.placed(told) is told


def test_without_the_package_everything_works(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    monkeypatch.delitem(sys.modules, "parcelflow.engine.telemetry", raising=False)
    assert habits._installed() is None
    spec = spec_from_file_location("spans_without", spans.__file__)
    assert spec is not None
    assert spec.loader is not None
    without = module_from_spec(spec)
    spec.loader.exec_module(without)
    assert without.trace is None
    with without.taking(Request({"type": "http", "headers": [(b"traceparent", PLACE.encode())]}), "bloqit") as taken:
        assert taken.trace is None
    with Engine(tmp_path / "x.db", catalogue(), {}) as engine:
        engine.accept(arrival("1"))
        engine.drain()
        assert [row.trace for row in engine.views.inbox()] == [None]


def test_a_webhook_goes_on_from_whoever_serves_us_or_the_proxy_before_us() -> None:
    process = Process()
    told = Request({"type": "http", "headers": [(b"traceparent", PLACE.encode())]})
    with process.sets_up():
        with spans.taking(told, "bloqit") as taken:
            taken.answer = Response(status_code=401)
        assert taken.trace is not None
        assert taken.trace.split("-")[1] == PLACE.split("-")[1]
        with trace.get_tracer("a server").start_as_current_span("POST /hooks"), spans.taking(told, "blink"):
            pass  # it is cut off, and nothing is answered
    first, second, around = process.spans
    assert dict(first.attributes or {}) == {"http.response.status_code": 401}
    assert ancestry(second, process.spans) == ["POST /hooks", "webhook blink"]
    assert around.parent is None


# --- wrong ones -----------------------------------------------------------------------------------------------------------

HONEST_DECIDING, HONEST_MESSAGE, HONEST_SENT = Telemetry.deciding, outbox._message, rows.sent


def ended_at_once(self: Telemetry, parent: str | None, name: str, said: Said) -> tuple[str | None, Ending]:
    place, end = HONEST_DECIDING(self, parent, name, said)
    end()
    return place, lambda: None


def rootless(_parent: str | None) -> object:
    return telemetry.Context()


def forgetful(*told: object, **more: object) -> Arrival | None:
    """An answer that does not know what it answers."""
    message = HONEST_MESSAGE(*told, **more)  # pyright: ignore[reportArgumentType]
    if message is not None:
        object.__setattr__(message, "trace", None)
    return message


def unplaced(*told: object, **more: object) -> object:
    return {**HONEST_SENT(*told, **more), "trace": None}  # pyright: ignore[reportArgumentType]


def alone(self: Batch, wished: Arrival) -> None:
    """A wish that does not know what it follows from."""
    self._wishes.append(wished)


def overwritten(self: Watch, told: Arrival) -> Arrival:
    here = self._tracing.here() if self._tracing else None
    object.__setattr__(told, "trace", here)
    return told


def told_all(span: telemetry.Span) -> str | None:
    del span
    return None


def chatty(work: outbox.Work) -> Said:
    return {"operation": work.effect.operation, "effect": work.key, "data": str(work.effect.data), "wish": str(work.effect.wish)}


def handed(check: Callable[[Place], None]) -> Callable[[], None]:
    def checked() -> None:
        with tempfile.TemporaryDirectory() as folder:
            check(Path(folder) / "x.db")

    return checked


MUTANTS = (
    Mutant(Telemetry, "deciding", ended_at_once, what_is_rolled_back_is_in_no_trace),
    Mutant(Telemetry, "deciding", ended_at_once, what_a_batch_dropped_is_in_no_trace),
    Mutant(telemetry, "_after", rootless, from_webhook_to_answer_it_is_one_trace),
    Mutant(telemetry, "_after", rootless, restarts_and_other_processes_go_on_with_it),
    Mutant(telemetry, "_place", told_all, a_wish_goes_on_from_where_it_was_told_and_a_caller_from_its_call),
    Mutant(outbox, "_message", forgetful, from_webhook_to_answer_it_is_one_trace),
    Mutant(batch, "sent", unplaced, restarts_and_other_processes_go_on_with_it),
    Mutant(batch, "sent", unplaced, handed(where_nobody_keeps_traces_places_are_handed_on)),
    Mutant(Batch, "wish", alone, from_webhook_to_answer_it_is_one_trace),
    Mutant(Watch, "placed", overwritten, what_has_a_place_keeps_it),
    Mutant(Watch, "placed", lambda _self, told: told, a_wish_goes_on_from_where_it_was_told_and_a_caller_from_its_call),  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
    Mutant(sys.modules["parcelflow.engine.errands"], "said_of", chatty, no_span_shows_what_is_personal),
)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: f"{mutant.name} is {mutant.wrong.__name__}")
def test_the_mutant_is_noticed(mutant: Mutant) -> None:
    assert dies(mutant)
