"""The page `/metrics` of a running parcelflow, with the package that measures and without it."""

import secrets
from pathlib import Path

import httpx
import pytest
from starlette.requests import Request

from parcelflow.console import watching
from parcelflow.console.service import running
from parcelflow.console.settings import Settings
from parcelflow.console.watching import metrics_page, watched
from parcelflow.engine import Engine, Habits
from parcelflow.engine.metrics import Metrics
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


def test_a_running_parcelflow_tells_prometheus_how_it_is(tmp_path: Path) -> None:
    with running(tmp_path, SETTINGS) as service, httpx.Client(trust_env=False, timeout=60) as http:
        assert http.post(service.tasks_url, content=TOLD).is_success
        answer = http.get(service.url.replace("/hooks", "/metrics"))
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    lines = answer.text.splitlines()
    assert 'parcelflow_messages_total{repeated="no",source="logistics"} 1.0' in lines
    assert "parcelflow_database_up 1.0" in lines
    assert "parcelflow_alive 1.0" in lines


def test_without_the_package_everything_works_and_the_page_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "Metrics", None)
    with running(tmp_path, SETTINGS) as service, httpx.Client(trust_env=False, timeout=60) as http:
        assert http.post(service.tasks_url, content=TOLD).is_success
        answer = http.get(service.url.replace("/hooks", "/metrics"))
    assert (answer.status_code, answer.text) == (501, watching.MISSING)
    assert "pip install parcelflow[metrics]" in answer.text


def test_an_engine_that_nobody_counts_says_so(tmp_path: Path) -> None:
    with Engine(tmp_path / "x.db", catalogue(), {}) as engine:
        assert metrics_page(engine)(Request({"type": "http"})).status_code == 501


def test_whoever_listened_before_still_does() -> None:
    first = Metrics()
    found = watched(Habits(listeners=(first,)))
    assert found.listeners[0] is first
    assert len(found.listeners) == 2
