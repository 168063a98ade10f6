"""Logs on the command line: JSON or words, one line a fact, from a level on, and never the words of an error."""

import json
import logging
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from io import StringIO

import click
import pytest
from click.testing import CliRunner
from killing import Mutant, dies

from parcelflow.console import logs
from parcelflow.console.logs import Json, Text, log_options, set_up
from parcelflow.console.main import run
from parcelflow.engine.notices import MessageAccepted
from parcelflow.engine.outgoing import CircuitOpened
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


def test_run_has_the_options_and_they_reach_the_log_before_it_begins() -> None:
    assert {"log", "log_level"} <= {option.name for option in run.params}

    @click.command()
    @click.option("--times", type=int)
    @log_options
    def work(times: int) -> None:
        """Do something."""
        for _ in range(times):
            write_down(CircuitOpened("bloqit", 5, AT))

    level = logging.getLogger(logs.OURS).level
    handlers = list(logging.getLogger().handlers)
    try:
        ran = CliRunner().invoke(work, ["--times", "2", "--log", "json", "--log-level", "info"])
    finally:
        logging.getLogger(logs.OURS).setLevel(level)
    assert (ran.exit_code, ran.stdout) == (0, "")
    assert [json.loads(line)["event"] for line in ran.stderr.splitlines()] == ["circuit_opened"] * 2
    assert logging.getLogger().handlers == handlers


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
