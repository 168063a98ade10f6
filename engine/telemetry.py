"""Telemetry: traces from webhook to answer, kept with OpenTelemetry, whose place in a row outlives a restart.

May not be imported by the rest of the engine but by who asks whether the package is there. It sends nothing: where spans go is
what the program says that sets an SDK up, and without one nothing is begun. Non-obvious choice: a decision's span ends after the
commit and not in it. One that is never committed is never ended, and what is never ended no exporter ever sees.
"""

from collections.abc import Generator
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import ProxyTracerProvider, Span, SpanKind, StatusCode, TracerProvider
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from .watch import Ending, Said

PLACE = "traceparent"
_WRITING = TraceContextTextMapPropagator()


class Telemetry:
    """Keeps traces.

    Args:
        provider: Of spans; None for the one that the program has set up, now or later.
    """

    def __init__(self, provider: TracerProvider | None = None) -> None:
        self._provider = provider
        self._tracer = trace.get_tracer("parcelflow.engine", tracer_provider=provider)

    @property
    def at_work(self) -> bool:
        """Whether anybody has said where traces go."""
        return self._provider is not None or not isinstance(trace.get_tracer_provider(), ProxyTracerProvider)

    def here(self) -> str | None:
        """Where the thread is that asks; None where it is in no trace."""
        return _place(trace.get_current_span())

    def deciding(self, parent: str | None, name: str, said: Said) -> tuple[str | None, Ending]:
        """A decision's place, and what is to be called once it is committed."""
        span = self._tracer.start_span(name, context=_after(parent), attributes=_attributes(said))
        return _place(span), span.end

    @contextmanager
    def calling(self, parent: str | None, name: str, said: Said) -> Generator["Called"]:
        """A call, which is where its thread is meanwhile: a client that keeps traces itself goes on from there."""
        kind, attributes = SpanKind.CLIENT, _attributes(said)
        with self._tracer.start_as_current_span(name, context=_after(parent), kind=kind, attributes=attributes) as span:
            yield Called(span, parent)


class Called:
    """A call that is out.

    Args:
        span: Its own.
        parent: The place of its decision, which is handed on where nobody keeps traces.
    """

    def __init__(self, span: Span, parent: str | None) -> None:
        self._span = span
        self.trace = _place(span) or parent

    def answered(self, answer: str, *, well: bool) -> None:
        """What came back."""
        self._span.set_attribute("parcelflow.answer", answer)
        if not well:
            self._span.set_status(StatusCode.ERROR, answer)


def _attributes(said: Said) -> dict[str, str | int | bool]:
    return {f"parcelflow.{name}": value for name, value in said.items()}


def _after(parent: str | None) -> Context:
    """A context in which a place is the present one; whatever the thread is in does not matter to a row."""
    return _WRITING.extract({} if parent is None else {PLACE: parent}, context=Context())


def _place(span: Span) -> str | None:
    carrier: dict[str, str] = {}
    _WRITING.inject(carrier, context=trace.set_span_in_context(span, Context()))
    return carrier.get(PLACE)
