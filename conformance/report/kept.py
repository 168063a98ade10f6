"""`report.json`: a run as it is kept, to be asked for a finding again, and for other programs.

May not hold a key or a body. Non-obvious choice: a kept finding is its word and its check and not its requests. Ids and dates
of an old run are worth nothing on a server that was started anew; the word is, for as long as the machines have the same
inputs.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from ...adapters.private import cleaned
from ...machines import BadSettingsError
from ..findings import Finding
from ..kit import Options, Report
from ..levels import Level
from .verdicts import cells, in_order

NAME = "report.json"
VERSION = 1


@dataclass(frozen=True, slots=True)
class Kept:
    """What of a run is needed to try something of it again.

    Attributes:
        base_url: The server's API.
        options: What was tried.
        hooks: The file of hooks, empty for none.
        findings: What was found, without the requests.
    """

    base_url: str
    options: Options
    hooks: str
    findings: tuple[Finding, ...]

    def finding(self, name: str) -> Finding:
        """The finding of an id, or the only one whose id begins so.

        Raises:
            BadSettingsError: There is none, or there are several.
        """
        exact = [finding for finding in self.findings if finding.id == name]
        found = exact or [finding for finding in self.findings if finding.id.startswith(name)]
        if len(found) == 1:
            return found[0]
        ids = ", ".join(finding.id for finding in found or self.findings) or "none"
        raise BadSettingsError(f"{name!r} names {'several findings' if found else 'no finding'} of this report; there are: {ids}")


def kept(report: Report, *, base_url: str, hooks: str = "") -> str:
    """The JSON of a run."""
    options = report.options
    told = {
        "version": VERSION,
        "base_url": base_url,
        "hooks": hooks,
        "conforms": report.conforms,
        "requests": report.requests,
        "seconds": round(report.seconds, 3),
        "spent": report.spent,
        "options": {
            "kinds": list(options.kinds),
            "level": str(options.level),
            "strict": options.strict,
            "api_level": options.api_level,
            "seed": options.seed,
            "budget": options.budget,
        },
        "findings": [_finding(found) for kind in report.kinds for found in in_order(kind.findings)],
        "known": [found.id for found in report.known],
        "cells": [
            {"name": cell.name, "kind": cell.kind, "state": cell.spot, "input": cell.input, "verdict": str(cell.verdict),
             "why": cleaned(cell.why)}
            for kind in report.kinds for cell in cells(report, kind)
        ],
        "readings": {str(reading): holds for kind in report.kinds for reading, holds in kind.probed.readings.known.items()},
        "missing": {kind.kind: kind.probed.missing for kind in report.kinds},
        "proves": {kind.kind: kind.proves for kind in report.kinds},
    }  # fmt: skip
    return json.dumps(told, indent=1, ensure_ascii=False) + "\n"


def _finding(finding: Finding) -> dict[str, object]:
    return {
        "id": finding.id,
        "check": finding.check,
        "kind": finding.kind,
        "word": list(finding.word),
        "spot": finding.spot,
        "expected": cleaned(finding.expected),
        "got": cleaned(finding.got),
        "rows": list(finding.rows),
        "evidence": finding.evidence,
        "story": finding.story,
        "repeated": list(finding.repeated),
    }


def read(folder: Path) -> Kept:
    """What is kept in a folder.

    Raises:
        BadSettingsError: There is no report in it, or one that cannot be read.
    """
    file = folder / NAME
    try:
        told: dict[str, Any] = json.loads(file.read_text())
        return _read(told)
    except OSError as error:
        raise BadSettingsError(f"there is no report in {folder}: {NAME} cannot be read ({error.strerror})") from error
    except (ValueError, KeyError, TypeError) as error:
        raise BadSettingsError(f"{file} is no report of this version: {type(error).__name__} {error}") from error


def _read(told: dict[str, Any]) -> Kept:
    if told["version"] != VERSION:
        raise ValueError(f"version {told['version']}")
    options = cast("dict[str, Any]", told["options"])
    return Kept(
        str(told["base_url"]),
        Options(
            kinds=tuple(options["kinds"]),
            level=Level(options["level"]),
            strict=bool(options["strict"]),
            api_level=str(options["api_level"]),
            seed=int(options["seed"]),
            budget=options["budget"],
        ),
        str(told["hooks"]),
        tuple(_found(found) for found in told["findings"]),
    )


def _found(told: dict[str, Any]) -> Finding:
    again, of = told["repeated"]
    texts = {name: str(told[name]) for name in ("check", "kind", "spot", "expected", "got", "evidence", "story")}
    return Finding(**texts, word=tuple(told["word"]), rows=tuple(told["rows"]), repeated=(again, of))  # pyright: ignore[reportArgumentType]
