"""The page `/metrics` of a running parcelflow and of a worker, with the package that measures and without it."""

import secrets
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from killing import Check, Mutant, dies
from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from parcelflow.console import service, watching
from parcelflow.console.service import running, working
from parcelflow.console.settings import Settings
from parcelflow.engine import Engine, Habits
from parcelflow.engine.metrics import Metrics
from parcelflow.engine.notices import Notice
from parcelflow.machines import catalogue

SETTINGS = Settings.model_validate(
    {
        **dict.fromkeys(("bloqit", "blink", "logistics"), "http://127.0.0.1:9"),
        **dict.fromkeys(("bloqit_api_key", "blink_username", "blink_password", "logistics_token"), "x"),
        "webhook_secret": secrets.token_hex(16),
        "path_token": secrets.token_hex(16),
    }
)
TOLD = b'{"eventId": 77, "event": "TASK_TELEPORTED", "data": {"taskId": "never-heard-of", "type": 1}}'


def asked(*told: bytes) -> list[httpx.Response]:
    """The page of a running parcelflow, before and after it is told something of a task."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder), SETTINGS) as made,
        httpx.Client(trust_env=False, timeout=60) as http,
    ):
        page = made.url.replace("/hooks", "/metrics")
        found = [http.get(page)]
        for body in told:
            assert http.post(made.tasks_url, content=body).is_success
            found.append(http.get(page))
        return found


def a_running_parcelflow_tells_prometheus_how_it_is() -> None:
    before, after = asked(TOLD)
    for answer in (before, after):
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/plain; version=")
        assert {"parcelflow_database_up 1.0", "parcelflow_alive 1.0"} <= set(answer.text.splitlines())
    line = 'parcelflow_messages_total{repeated="no",source="logistics"} 1.0'
    assert [line in answer.text.splitlines() for answer in (before, after)] == [False, True]


def without_the_package_everything_works_and_the_page_says_what_is_missing() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(watching, "Metrics", None)
        _, answer = asked(TOLD)
    assert (answer.status_code, answer.text) == (501, watching.MISSING)
    assert "pip install parcelflow[metrics]" in answer.text


def an_engine_that_nobody_counts_says_so() -> None:
    with tempfile.TemporaryDirectory() as folder, Engine(Path(folder) / "x.db", catalogue(), {}) as engine:
        answer = watching.metrics_page(engine)(Request({"type": "http"}))
    assert (answer.status_code, answer.body) == (501, watching.UNWATCHED.encode())
    assert "pip install" not in watching.UNWATCHED  # it would not help


class Ears:
    """Listens."""

    def hear(self, notice: Notice) -> None:
        """To nothing."""


def whoever_listened_before_still_does() -> None:
    first = Ears()
    found = watching.watched(Habits(listeners=(first,)))
    assert [type(listener) for listener in found.listeners] == [Ears, Metrics]
    assert found.listeners[0] is first


def two_in_one_process_are_counted_apart() -> None:
    one, other = (watching.watched(Habits()).listeners[-1] for _ in range(2))
    assert one is not other


CHECKS: tuple[Check, ...] = (
    a_running_parcelflow_tells_prometheus_how_it_is,
    without_the_package_everything_works_and_the_page_says_what_is_missing,
    an_engine_that_nobody_counts_says_so,
    whoever_listened_before_still_does,
    two_in_one_process_are_counted_apart,
)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_it_is_so(check: Check) -> None:
    check()


def a_worker_tells_prometheus_how_it_is_and_takes_no_webhook(url: str) -> None:
    """It has a page of its own, for what it does itself is counted nowhere else."""
    settings = SETTINGS.model_copy(update={"database": SecretStr(url)})
    with (
        tempfile.TemporaryDirectory() as folder,
        working(Path(folder), settings, 0) as health,
        httpx.Client(trust_env=False, timeout=60) as http,
    ):
        answer = http.get(health.replace("/health", "/metrics"))
        hook = http.post(health.replace("/health", f"/hooks/logistics/{settings.path_token.get_secret_value()}"), content=TOLD)
    assert (answer.status_code, hook.status_code) == (200, 404)
    assert {"parcelflow_database_up 1.0", "parcelflow_alive 1.0"} <= set(answer.text.splitlines())


def test_a_worker_tells_prometheus_how_it_is_and_takes_no_webhook(url: str) -> None:
    a_worker_tells_prometheus_how_it_is_and_takes_no_webhook(url)


# --- wrong versions -------------------------------------------------------------------------------------------------------

Page = Callable[[Request], Response]
SHARED = Metrics()
HONEST_PAGES = service._pages  # pyright: ignore[reportPrivateUsage]


def uncounted(habits: Habits) -> Habits:
    """Nobody counts."""
    return habits


def counted_alone(habits: Habits) -> Habits:
    """Whoever counts is told, and nobody else any more."""
    return replace(habits, listeners=(Metrics(),))


def counted_together(habits: Habits) -> Habits:
    """Everybody in the process is counted by one."""
    return replace(habits, listeners=(*habits.listeners, SHARED))


def who_counts(engine: Engine) -> Metrics:
    return next(listener for listener in engine.listeners if isinstance(listener, Metrics))


def unmeasured(engine: Engine) -> Page:
    """What waits is not measured."""
    counting = who_counts(engine)
    return lambda _request: Response(counting.page()[0], media_type=counting.page()[1])


def once_for_all(engine: Engine) -> Page:
    """How it was when somebody asked first."""
    counting, kept = who_counts(engine), list[tuple[bytes, str]]()
    counting.measure(engine.health)

    def page(_request: Request) -> Response:
        kept.append(kept[0] if kept else counting.page())
        return Response(kept[0][0], media_type=kept[0][1])

    return page


def as_html(engine: Engine) -> Page:
    """A type that Prometheus does not read."""
    counting = who_counts(engine)
    counting.measure(engine.health)
    return lambda _request: Response(counting.page()[0], media_type="text/html")


def as_if_all_were_well(_engine: Engine) -> Page:
    """Nothing is measured, and that looks as if nothing happened."""
    return lambda _request: PlainTextResponse(watching.MISSING)


def health_alone(engine: Engine) -> Sequence[BaseRoute]:
    return [page for page in HONEST_PAGES(engine) if isinstance(page, Route) and page.path != "/metrics"]


RUNNING, MISSING = CHECKS[0], CHECKS[1]
MUTANTS = {
    "nobody counts": Mutant(service, "watched", uncounted, RUNNING),
    "nothing is measured": Mutant(service, "metrics_page", unmeasured, RUNNING),
    "measured once for all": Mutant(service, "metrics_page", once_for_all, RUNNING),
    "not of its type": Mutant(service, "metrics_page", as_html, RUNNING),
    "no page": Mutant(service, "_pages", health_alone, RUNNING),
    "what is missing looks well": Mutant(service, "metrics_page", as_if_all_were_well, MISSING),
    "nobody who counts looks well": Mutant(watching, "metrics_page", as_if_all_were_well, an_engine_that_nobody_counts_says_so),
    "one reason for another": Mutant(watching, "UNWATCHED", watching.MISSING, an_engine_that_nobody_counts_says_so),
    "nobody else listens": Mutant(watching, "watched", counted_alone, whoever_listened_before_still_does),
    "one count for all": Mutant(watching, "watched", counted_together, two_in_one_process_are_counted_apart),
}
WORKERS: dict[str, tuple[str, object]] = {
    "nobody counts": ("watched", uncounted),
    "nothing is measured": ("metrics_page", unmeasured),
    "no page": ("_pages", health_alone),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_the_mutant_is_noticed(name: str) -> None:
    assert dies(MUTANTS[name])


@pytest.mark.parametrize("name", WORKERS)
def test_the_mutant_of_a_worker_is_noticed(name: str, url: str) -> None:
    attribute, wrong = WORKERS[name]
    check = a_worker_tells_prometheus_how_it_is_and_takes_no_webhook
    assert dies(Mutant(service, attribute, wrong, lambda: check(url)))
