"""The files of a run: one folder with everything that a person, a CI or a mender of the server needs.

May not hold a key or anything personal. Non-obvious choice: requests are written while the run goes on and not at its end, so
that a run that was killed leaves what it did.
"""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Self, cast

from ...adapters.operation import Reply
from ...adapters.private import KEPT, cleaned, is_private, quiet_path, quiet_query
from ...machines import BadSettingsError
from ..bench import Record
from ..findings import Finding
from ..kit import Report
from .junit import junit
from .kept import NAME, kept
from .markdown import markdown
from .page import page
from .program import program
from .shell import shell
from .telling import headline, lines
from .testfile import as_test
from .verdicts import in_order

REQUESTS, HTML, JUNIT, SUMMARY = "requests.ndjson", "report.html", "junit.xml", "summary.md"
REPRODUCTIONS = "reproductions"

_clean = lru_cache(4096)(cleaned)


class Recorder:
    """Writes every request of a run as a line of JSON, without anything private.

    Args:
        folder: Where to, made if there is none.

    Raises:
        BadSettingsError: The folder or the file in it cannot be made.
    """

    def __init__(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file = (folder / REQUESTS).open("w", encoding="utf-8")
        except OSError as error:
            raise BadSettingsError(f"nothing can be written to {folder}: {error.strerror}") from error
        self._lock = Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __call__(self, record: Record) -> None:
        """Write one; from any thread."""
        line = json.dumps(shown(record), ensure_ascii=False, separators=(",", ":"))
        with self._lock:
            self._file.write(line + "\n")


def shown(record: Record) -> dict[str, object]:
    """A request and its answer, without anything private."""
    request, exchange = record.request, record.exchange
    path = quiet_path(request.path, request.kept)
    told: dict[str, object] = {
        "number": record.number,
        "word": record.word,
        "operation": record.operation,
        "method": request.method,
        "path": f"{path}?{quiet_query(request.query)}" if request.query else path,
        "body": _body(request.body),
        "seconds": round(record.seconds, 6),
    }
    if isinstance(exchange, Reply):
        return {**told, "status": exchange.status, "answer": _body(exchange.body)}
    return {**told, "status": None, "lost": cleaned(exchange.reason)}


def _body(raw: bytes | None) -> object:
    if not raw:
        return None
    try:
        return _quiet(json.loads(raw))
    except ValueError:
        return f"{len(raw)} bytes that are not JSON"


def _quiet(value: object) -> object:
    """As `private.redacted`; it remembers what it has cleaned, for a run repeats the same words a hundred thousand times."""
    if isinstance(value, dict):
        members = cast("dict[str, object]", value)
        return {name: KEPT if is_private(name) and item is not None else _quiet(item) for name, item in members.items()}
    if isinstance(value, list):
        return [_quiet(item) for item in cast("list[object]", value)]
    return _clean(value) if isinstance(value, str) else value


def write(  # noqa: PLR0913 - one argument for each thing that only the caller knows
    folder: Path,
    report: Report,
    *,
    base_url: str,
    today: datetime,
    hooks: str = "",
    pictures: Mapping[str, str] | None = None,
    stale: tuple[str, ...] = (),
) -> tuple[Path, ...]:
    """Write every file of a run but the requests, which a `Recorder` has written.

    Args:
        folder: Where to, made if there is none.
        report: What came of the run.
        base_url: The server's API.
        today: The present, with a zone.
        hooks: The file of hooks that was used, empty for none.
        pictures: SVG by rent type.
        stale: Remarks on the baseline.

    Returns:
        The files.

    Raises:
        BadSettingsError: Something cannot be written.
    """
    files: dict[str, bytes] = {
        NAME: kept(report, base_url=base_url, hooks=hooks).encode(),
        JUNIT: junit(report),
        SUMMARY: markdown(report, stale=stale).encode(),
        HTML: page(report, base_url=base_url, today=today, pictures=pictures or {}, stale=stale).encode(),
    }
    for kind in report.kinds:
        for finding in in_order(kind.findings):
            files.update(_reproduction(finding, base_url, today, set(files)))
    try:
        (folder / REPRODUCTIONS).mkdir(parents=True, exist_ok=True)
        for old in (folder / REPRODUCTIONS).iterdir():
            if old.suffix in {".sh", ".py"}:
                old.unlink()
        for name, told in files.items():
            (folder / name).write_bytes(told)
    except OSError as error:
        raise BadSettingsError(f"nothing can be written to {folder}: {error.strerror}") from error
    return tuple(folder / name for name in files)


def _reproduction(finding: Finding, base_url: str, today: datetime, taken: set[str]) -> Iterator[tuple[str, bytes]]:
    told = program(finding, today=today)
    if not told.sent:
        return
    plain = re.sub(r"\W+", "_", finding.id).strip("_")
    name = next(
        one for one in (plain, *(f"{plain}_{number}" for number in range(2, 999))) if f"{REPRODUCTIONS}/{one}.sh" not in taken
    )
    comments = (headline(finding), *(f"{what}: {text}" for what, text in lines(finding)))
    yield f"{REPRODUCTIONS}/{name}.sh", shell(told, kind=finding.kind, base_url=base_url, comments=comments).encode()
    yield f"{REPRODUCTIONS}/test_{name}.py", as_test(told, finding, base_url=base_url).encode()
