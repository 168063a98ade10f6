"""What was found: one line for each thing that was measured, the table of them, and the machine they were measured on.

May not measure anything but the disk. Non-obvious choice: how long an fsync takes is measured beside everything else and printed
with it, since a ratio to a floor that waits for the disk says little about code where the disk is slow.
"""

import math
import os
import platform
import sqlite3
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median

PACKAGES = ("sqlalchemy", "sqlmodel", "python-statemachine", "dbos")
SYNCS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One thing that was measured.

    Attributes:
        part: The letter by which `--only` calls it.
        what: What was done.
        unit: Of all figures.
        ours: The engine's figures, round by round.
        theirs: The figures of what it is compared with; none where the bar is an absolute one.
        beside: What it is compared with.
        bar: What the ratio must reach or not pass; None for what is only told.
        least: Whether the bar is to be reached.
    """

    part: str
    what: str
    unit: str
    ours: Sequence[float]
    theirs: Sequence[float] = ()
    beside: str = ""
    bar: float | None = None
    least: bool = True

    @property
    def ratio(self) -> float:
        """Our median to theirs, or our median itself where there is nothing beside it."""
        return median(self.ours) / (median(self.theirs) if self.theirs else 1)

    @property
    def rounds(self) -> tuple[float, float]:
        """The least and the largest ratio of any round: how far the one above is to be trusted."""
        ratios = [one / other for one, other in zip(self.ours, self.theirs or [1] * len(self.ours), strict=True)]
        return min(ratios), max(ratios)

    @property
    def ok(self) -> bool:
        """Whether the bar, if there is one, is met."""
        return self.bar is None or (self.ratio >= self.bar if self.least else self.ratio <= self.bar)

    @property
    def cells(self) -> tuple[str, ...]:
        """What the table shows."""
        figures = (_figure(median(self.ours)), _figure(median(self.theirs)) if self.theirs else "")
        ratios = (_figure(self.ratio), " to ".join(map(_figure, self.rounds)))
        bar = "" if self.bar is None else f"{'at least' if self.least else 'at most'} {self.bar:g}"
        verdict = "told" if self.bar is None else "met" if self.ok else "MISSED"
        return (self.part, self.what, self.unit, *figures, self.beside, *ratios, bar, verdict)


HEADS = ("", "what", "unit", "ours", "theirs", "beside", "ratio", "rounds", "bar", "verdict")


def _figure(number: float) -> str:
    """With three digits, which is more than any of them can be trusted for."""
    places = max(2 - math.floor(math.log10(number)), 0) if number else 0
    return f"{number:,.{min(places, 4)}f}"


def table(found: Sequence[Found]) -> Iterator[str]:
    """The lines of the table, as wide as a terminal needs them."""
    rows = [HEADS, *(line.cells for line in found)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADS))]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def fsync_ms(folder: Path) -> float:
    """Milliseconds that a small append and its fsync take in a folder, the median of some."""
    spent: list[float] = []
    with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
        for _ in range(SYNCS):
            began = time.perf_counter()
            file.write(b"\0" * 4096)
            os.fsync(file.fileno())
            spent.append((time.perf_counter() - began) * 1000)
    return median(spent)


def facts(syncs: Sequence[float]) -> Iterator[str]:
    """What one has to know of the machine and the run.

    Args:
        syncs: What `fsync_ms` said before each part, and after the last.
    """
    yield f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()} {platform.release()}"
    yield f"an append of 4 KiB with its fsync: {median(syncs):.2f} ms ({min(syncs):.2f} to {max(syncs):.2f} during the run)"
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    yield f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {packages}"


def page(found: Sequence[Found], syncs: Sequence[float], notes: Sequence[str]) -> str:
    """The table as a page of Markdown."""
    rows = [HEADS, ("---",) * len(HEADS), *(line.cells for line in found)]
    lines = [f"| {' | '.join(row)} |" for row in rows]
    told = [f"- {line}" for line in (*facts(syncs), f"measured on {datetime.now(UTC).date().isoformat()}")]
    return "\n".join(["# Speed", "", *notes, "", *lines, "", *told, ""])
