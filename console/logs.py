"""Logs of a running parcelflow: one line per fact to standard error, as text or as JSON, by `--log` and `--log-level`.

May not decide what is told, and may not show a value that is personal. Non-obvious choice: the words of an exception are never
written, not even of a defect in a package of somebody else's: they quote what went wrong, and that may be a telephone number. Its
type and the lines of code that it came from are. Other packages are heard from WARNING on, whatever the level, and what they say
is cleaned.
"""

import json
import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import wraps
from types import MappingProxyType
from typing import Any, ParamSpec, TypeVar

import click

from ..adapters.private import cleaned
from ..engine.blame import where
from ..engine.watch import shown

P = ParamSpec("P")
R = TypeVar("R")

OURS = "parcelflow"
LEVELS = ("debug", "info", "warning", "error")
_USUAL = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class _Facts(logging.Formatter):
    """A record as a fact: when, how loud, from whom, and what it says."""

    def facts(self, record: logging.LogRecord) -> dict[str, object]:
        """By name, in the order of a line."""
        told: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        if "event" in vars(record):
            told |= {name: value for name, value in vars(record).items() if name not in _USUAL and value is not None}
        else:
            told["message"] = " ".join(cleaned(record.getMessage()).split())
        if record.exc_info is not None and (error := record.exc_info[1]) is not None:
            told |= {"error": type(error).__name__, "where": where(error)}
        return told


class Json(_Facts):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        return json.dumps(self.facts(record), default=_plain)


class Text(_Facts):
    """One line of words: the same, for a person."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        told = self.facts(record)
        head = [str(told.pop(name)) for name in ("at", "level", "logger", "event", "message") if name in told]
        return " ".join([*head, *(f"{name}={shown(value)}" for name, value in told.items())])


FORMATS: Mapping[str, type[_Facts]] = MappingProxyType({"json": Json, "text": Text})


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def set_up(log: str, level: str) -> logging.Handler:
    """Have everything written to standard error from now on.

    Args:
        log: `json` or `text`.
        level: How loud a fact of ours must be to be written.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(FORMATS[log]())
    logging.getLogger().addHandler(handler)
    logging.getLogger(OURS).setLevel(level.upper())
    return handler


def log_options(command: Callable[P, R]) -> Callable[P, R]:
    """`--log` and `--log-level` for a command that works; logs are set up before it begins."""

    @wraps(command)
    def logged(*args: Any, log: str, log_level: str, **options: Any) -> R:  # noqa: ANN401 - click's, passed on as they are
        handler = set_up(log, log_level)
        try:
            return command(*args, **options)
        finally:
            logging.getLogger().removeHandler(handler)

    level = click.option(
        "--log-level", type=click.Choice(LEVELS), default="warning", show_default=True, help="From which level on."
    )
    return level(click.option("--log", type=click.Choice(tuple(FORMATS)), default="text", show_default=True, help="How.")(logged))
