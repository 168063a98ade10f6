"""Logs on the command line: JSON or words, one line a fact, from a level on, and never the words of an error."""

import json
import logging
import sys
import tempfile
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from killing import Mutant, dies

from parcelflow.console import logs
from parcelflow.console import run as at_work
from parcelflow.console.logs import Json, Text, log_options, set_up
from parcelflow.console.run import run, worker
from parcelflow.console.settings import Settings
from parcelflow.engine.notices import MessageAccepted
from parcelflow.engine.outgoing import CircuitClosed, CircuitOpened
from parcelflow.engine.watch import write_down

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
PHONE = "+351912345678"
OTHERS, QUIET = "others.loud", "others.quiet"
"""Loggers of packages that nobody else in this process has set up, as a server that other tests start may have its own."""


@contextmanager
def written(log: str, level: str) -> Generator[StringIO]:
    """What is written to standard error meanwhile."""
    heard, ours = StringIO(), logging.getLogger(logs.OURS)
    before = ours.level
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stderr", heard)
        handler = set_up(log, level)
        try:
            yield heard
        finally:
            logging.getLogger().removeHandler(handler)
            ours.setLevel(before)


def a_fact_is_one_json_object() -> None:
    with written("json", "info") as heard:
        write_down(CircuitOpened("bloqit", 5, AT))
        write_down(MessageAccepted("bloqit", "1", "rent.started", None, None))  # not as loud as that
    (line,) = heard.getvalue().splitlines()
    told = json.loads(line)
    assert datetime.fromisoformat(told.pop("at")).tzinfo is not None
    assert told == {
        "level": "warning",
        "logger": "parcelflow.engine",
        "event": "circuit_opened",
        "system": "bloqit",
        "failures": 5,
        "until": "2026-03-01T12:00:00+00:00",
    }


def a_fact_is_one_line_of_words() -> None:
    with written("text", "debug") as heard:
        write_down(MessageAccepted("bloqit", "1", "rent\nstarted", "delivery", None))
    lines = heard.getvalue().splitlines()
    assert len(lines) == 1
    said = "debug parcelflow.engine message_accepted source=bloqit external_id=1 trigger='rent\\nstarted' kind=delivery"
    assert lines[0].partition(" ")[2] == said


def what_others_say_is_cleaned_and_of_errors_only_the_place_is_told() -> None:
    with written("json", "info") as heard:
        try:
            int(PHONE + "x")
        except ValueError:
            logging.getLogger(OTHERS).exception("no answer\nfor %s", PHONE)
        logging.getLogger(QUIET).info("others are heard from WARNING on")
        logging.getLogger(OTHERS).error("no error", exc_info=(None, None, None))
    lines = [json.loads(line) for line in heard.getvalue().splitlines()]
    assert len(lines) == 2
    told, other = lines
    assert (told["message"], told["error"]) == ("no answer for (kept secret)", "ValueError")
    assert told["where"].startswith("test_console_logs.py:")
    assert PHONE not in heard.getvalue()
    assert "error" not in other


CHECKS: tuple[Callable[[], None], ...] = (
    a_fact_is_one_json_object,
    a_fact_is_one_line_of_words,
    what_others_say_is_cleaned_and_of_errors_only_the_place_is_told,
)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_a_log_keeps(check: Callable[[], None]) -> None:
    check()


def the_options_reach_the_log_before_it_begins_and_leave_nothing_behind() -> None:
    @click.command()
    @click.option("--times", type=int)
    @log_options
    def work(times: int) -> None:
        """Do something, and fail at it if it is too much."""
        for _ in range(times):
            write_down(CircuitClosed("bloqit"))  # as loud as `info`
        if times > 1:
            raise click.UsageError("too often")

    ours = logging.getLogger(logs.OURS)
    level, handlers = ours.level, list(logging.getLogger().handlers)
    lines: list[list[str]] = []
    try:
        for words in (("1", "json", "info"), ("2", "json", "info"), ("1", "text", "info"), ("1", "json", "error")):
            ran = CliRunner().invoke(work, ["--times", words[0], "--log", words[1], "--log-level", words[2]])
            assert ran.stdout == ""  # it is what others read by machine
            lines.append([line for line in ran.stderr.splitlines() if "circuit_closed" in line])
            left = [handler for handler in logging.getLogger().handlers if handler not in handlers]
            for handler in left:
                logging.getLogger().removeHandler(handler)
            assert left == []
    finally:
        ours.setLevel(level)
    assert [len(each) for each in lines] == [1, 2, 1, 0]
    assert [each[0][0] == "{" for each in lines[:3]] == [True, True, False]


def test_the_options_reach_the_log_before_it_begins_and_leave_nothing_behind() -> None:
    the_options_reach_the_log_before_it_begins_and_leave_nothing_behind()


NOWHERE = {
    **dict.fromkeys(("bloqit", "blink", "logistics"), "http://127.0.0.1:9"),
    **dict.fromkeys(("bloqit_api_key", "blink_username", "blink_password", "logistics_token"), "x"),
    "webhook_secret": "a-secret-that-is-long-enough",
    "path_token": "a-path-token-that-is-long",
}


def what_works_logs(command: click.Command, **settings: object) -> None:
    """A process from its start to its end, as its log has it; it is told to end as soon as it has begun."""
    ours, ended = logging.getLogger(logs.OURS), threading.Event()
    ended.set()
    level = ours.level
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        Settings.model_validate({**NOWHERE, **settings}).save(Path(folder))
        patch.setattr(at_work, "told_to_end", lambda: ended)
        try:
            ran = CliRunner().invoke(command, ["--folder", folder, "--log", "json", "--log-level", "info"])
        finally:
            ours.setLevel(level)
    assert ran.exit_code == 0
    assert list(json.loads(ran.stdout))  # what it says to whoever started it, and nothing else
    events = [json.loads(line)["event"] for line in ran.stderr.splitlines() if line.startswith("{")]
    assert [event for event in events if event.startswith("engine_")] == ["engine_started", "engine_stopped"]


def test_run_logs() -> None:
    what_works_logs(run)


def test_a_worker_logs(url: str) -> None:
    what_works_logs(worker, database=url)


def in_words(error: BaseException) -> str:
    return f"test_console_logs.py:1 {error}"


def first_come(log: str, level: str) -> logging.Handler:
    """Sets the level of everybody."""
    handler = logging.StreamHandler()
    handler.setFormatter({"json": Json, "text": Text}[log]())
    logging.getLogger().addHandler(handler)
    logging.getLogger(QUIET).setLevel(level.upper())
    logging.getLogger(logs.OURS).setLevel(level.upper())
    return handler


def before(command: Callable[..., Any], *, then: Callable[[str, str], logging.Handler | None]) -> Callable[..., Any]:
    """`log_options` with another way of setting up."""

    def logged(*args: Any, log: str, log_level: str, **options: Any) -> Any:
        handler = then(log, log_level)
        try:
            return command(*args, **options)
        finally:
            if handler is not None:
                logging.getLogger().removeHandler(handler)

    logged.__name__, logged.__doc__ = command.__name__, command.__doc__
    logged.__dict__ |= vars(command)
    level = click.option("--log-level", type=click.Choice(logs.LEVELS), default="warning")
    return level(click.option("--log", type=click.Choice(tuple(logs.FORMATS)), default="text")(logged))


def optioned(then: Callable[[str, str], logging.Handler | None]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return lambda command: before(command, then=then)


def left_behind(log: str, level: str) -> None:
    set_up(log, level)


def to_standard_output(log: str, level: str) -> logging.Handler:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stderr", sys.stdout)
        return set_up(log, level)


def as_text(_log: str, level: str) -> logging.Handler:
    return set_up("text", level)


def as_json(_log: str, level: str) -> logging.Handler:
    return set_up("json", level)


def as_loud_as_usual(log: str, _level: str) -> logging.Handler:
    return set_up(log, "warning")


def as_loud_as_can_be(log: str, _level: str) -> logging.Handler:
    return set_up(log, "debug")


def nothing_at_all(_log: str, _level: str) -> None:
    return None


OPTIONS: dict[str, Callable[[str, str], logging.Handler | None]] = {
    "left behind": left_behind,
    "to standard output": to_standard_output,
    "always text": as_text,
    "always json": as_json,
    "the level is ignored": as_loud_as_usual,
    "everything is told": as_loud_as_can_be,
    "nothing is set up": nothing_at_all,
}
MUTANTS = (
    Mutant(logs, "where", in_words, CHECKS[2]),
    Mutant(logs, "cleaned", str, CHECKS[2]),
    Mutant(logs, "shown", str, CHECKS[1]),
    Mutant(logs, "_plain", repr, CHECKS[0]),
    Mutant(sys.modules[__name__], "set_up", first_come, CHECKS[2]),
)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_the_mutant_is_noticed(mutant: Mutant) -> None:
    level = logging.getLogger(QUIET).level
    try:
        assert dies(mutant)
    finally:
        logging.getLogger(QUIET).setLevel(level)


@pytest.mark.parametrize("name", OPTIONS)
def test_the_mutant_of_the_options_is_noticed(name: str) -> None:
    check = the_options_reach_the_log_before_it_begins_and_leave_nothing_behind
    assert dies(Mutant(sys.modules[__name__], "log_options", optioned(OPTIONS[name]), check))


@pytest.mark.parametrize("wrong", [nothing_at_all, as_loud_as_usual, as_text], ids=lambda wrong: wrong.__name__)
def test_the_mutant_of_what_works_is_noticed(wrong: Callable[[str, str], object], url: str) -> None:
    """Their options are bound when they are declared; what they do with them is looked up when they run."""

    def up(log: str, level: str) -> object:
        return wrong(log, level) or logging.NullHandler()

    assert dies(Mutant(logs, "set_up", up, lambda: what_works_logs(run)))
    assert dies(Mutant(logs, "set_up", up, lambda: what_works_logs(worker, database=url)))
