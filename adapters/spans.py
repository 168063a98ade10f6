"""Spans: the beginning of a trace, kept with OpenTelemetry where it is installed and set up, and nowhere else.

May not tell what a webhook holds. Non-obvious choice: a trace begins with the webhook, unless whoever serves us, or the proxy
before us, is in one already; then it goes on from there. Its place travels with the arrival into the inbox, and from there on the
engine goes on, in another process perhaps.
"""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

try:
    from opentelemetry import trace
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
except ModuleNotFoundError:
    trace = TraceContextTextMapPropagator = None

PLACE = "traceparent"


@dataclass(slots=True)
class Taking:
    """A webhook that is being taken.

    Attributes:
        trace: Its place in a trace; None where nobody keeps one.
        answer: What it is answered with.
    """

    trace: str | None = None
    answer: Response | None = None


@contextmanager
def taking(request: Request, door: str) -> Generator[Taking]:
    """A webhook, for as long as it is being taken."""
    if (
        trace is None
        or TraceContextTextMapPropagator is None
        or isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider)
    ):
        yield Taking()
        return
    around = trace.get_current_span().get_span_context().is_valid
    writing, carrier = TraceContextTextMapPropagator(), dict[str, str]()
    context = None if around else writing.extract({PLACE: request.headers.get(PLACE, "")})
    tracer = trace.get_tracer("parcelflow.receiver")
    with tracer.start_as_current_span(f"webhook {door}", context=context, kind=trace.SpanKind.SERVER) as span:
        writing.inject(carrier)
        taken = Taking(carrier.get(PLACE))
        yield taken
        if taken.answer is not None:
            span.set_attribute("http.response.status_code", taken.answer.status_code)
