"""What watches over a running parcelflow: its metrics, where prometheus_client is installed, as a page for Prometheus.

May not count anything. Non-obvious choice: a parcelflow without the package works all the same, and only its page says what is
missing; whoever watches over it sees that nothing is measured, and not that nothing happens.
"""

from collections.abc import Callable
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from ..engine import Engine, Habits

try:
    from ..engine.metrics import Metrics
except ModuleNotFoundError:
    Metrics = None

MISSING = "nothing is measured here: it takes `pip install parcelflow[metrics]`, and a restart\n"
UNWATCHED = "nothing is measured here: the engine was made without anybody who counts\n"


def watched(habits: Habits) -> Habits:
    """The same habits, with somebody who counts where that can be done."""
    return habits if Metrics is None else replace(habits, listeners=(*habits.listeners, Metrics()))


def metrics_page(engine: Engine) -> Callable[[Request], Response]:
    """The page `/metrics` of an engine whose habits are `watched`; 501 where nobody counts."""
    if Metrics is None:
        return lambda _request: PlainTextResponse(MISSING, 501)
    for listener in engine.listeners:
        if isinstance(listener, Metrics):
            listener.measure(engine.health)
            return _page(listener.page)
    return lambda _request: PlainTextResponse(UNWATCHED, 501)


def _page(page: Callable[[], tuple[bytes, str]]) -> Callable[[Request], Response]:
    def answer(_request: Request) -> Response:
        body, kind = page()
        return Response(body, media_type=kind)

    return answer
