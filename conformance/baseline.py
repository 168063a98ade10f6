"""The baseline: deviations that somebody has accepted, each with a reason, in a TOML file that is kept with the server.

May not accept anything without a reason. Non-obvious choice: an id in the file that is not found any more is told on every run.
A baseline that only grows would one day accept a defect that came back.
"""

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

from ..machines import BadSettingsError
from .findings import CHECKS, Finding
from .kit import Report

HEAD = "# Accepted deviations of parcelflow conform: an id as the report has it, and why it is accepted.\n[accepted]\n"

NOTHING: Mapping[str, str] = MappingProxyType({})
"""Accepts nothing."""


def read(file: Path) -> Mapping[str, str]:
    """Reasons by the ids that they accept.

    Raises:
        BadSettingsError: The file cannot be read, or says something else than ids with reasons.
    """
    try:
        told: dict[str, Any] = tomllib.loads(file.read_text())
    except OSError as error:
        raise BadSettingsError(f"the baseline {file} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSettingsError(f"the baseline {file} is not TOML: {error}") from error
    accepted = told.get("accepted")
    if set(told) != {"accepted"} or not isinstance(accepted, dict):
        raise BadSettingsError(f'the baseline {file} has one table, [accepted], whose lines read "id" = "reason"')
    for name, reason in cast("dict[str, object]", accepted).items():
        if not isinstance(reason, str) or not reason.strip():
            raise BadSettingsError(f"the baseline {file} accepts {name!r} without a reason")
    return cast("dict[str, str]", accepted)


def accept(report: Report, accepted: Mapping[str, str]) -> tuple[str, ...]:
    """Count accepted findings as known, and say what of the baseline has no use any more.

    Returns:
        A remark for each id that was not found: it is fixed, was not tried, or never was the id of anything.
    """
    found = [finding for kind in report.kinds for finding in kind.findings]
    report.known = [finding for finding in found if finding.id in accepted]
    ids = {finding.id for finding in found}
    return tuple(_remark(name, reason, report) for name, reason in accepted.items() if name not in ids)


def _remark(name: str, reason: str, report: Report) -> str:
    if name.partition("~")[0] not in CHECKS:
        return f"{name} names no check: nothing can ever be found under it"
    tried = {f"{spot} {given}".replace(" ", "-") for kind in report.kinds for spot, given in kind.cells}
    _, spot, given = (*name.split("~", 2), "", "")[:3]
    if f"{spot}-{given}" in tried:
        return f"{name} was tried and is not found any more: take it out (accepted because: {reason})"
    return f"{name} was not found, and this run did not try it as such (accepted because: {reason})"


def text(findings: Sequence[Finding]) -> str:
    """A baseline file that would accept these, each with a reason still to be written."""
    lines = (f'"{finding.id}" = ""  # expected {_line(finding.expected)}; came {_line(finding.got)}' for finding in findings)
    return HEAD + "\n".join(lines) + "\n"


def _line(words: str) -> str:
    return "".join(char if char.isprintable() else " " for char in words)
