"""What `parcelflow routes` and `parcelflow doctor` show: every operation, where it lives, and how well that is known.

May not send anything itself. Non-obvious choice: the file that `doctor` writes holds what it confirmed as well as what it
corrected; both are then known and no longer guessed.
"""

from collections.abc import Iterable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from ..adapters.catalogue import EVERY, links
from ..adapters.doctor import Diagnosis
from ..adapters.operation import Routes, overridden
from ..adapters.routes import NAME, load
from ..machines import catalogue

WIDE = Console(width=200)
"""A route is read in one piece or not at all; a narrow terminal breaks the line itself."""


def routes_of(folder: Path) -> Routes:
    """The overrides of a folder; none where none are kept.

    Raises:
        BadSettingsError: They cannot be used.
    """
    return load(folder / NAME) if (folder / NAME).is_file() else {}


def routes_grid(routes: Routes) -> Table:
    """Every operation with its route."""
    grid = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("operation", "method", "path", "route is", "twice is", "rows"):
        grid.add_column(title, overflow="fold")
    rows = links(catalogue())
    for name, operation in EVERY.items():
        shown = overridden(operation, routes)
        grid.add_row(
            name, shown.method, shown.path, shown.confidence, shown.idempotency, " ".join(row.split()[1] for row in rows[name])
        )
    return grid


def findings_grid(diagnoses: Iterable[Diagnosis]) -> Table:
    """What the doctor found."""
    grid = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("operation", "route", "finding"):
        grid.add_column(title, overflow="fold")
    for diagnosis in diagnoses:
        for (method, path), finding in diagnosis.findings.items():
            why = diagnosis.reasons.get((method, path), "")
            grid.add_row(diagnosis.operation.id, f"{method} {path}", f"{finding}: {why}" if why else finding)
    return grid


def found(diagnoses: Iterable[Diagnosis]) -> Routes:
    """The routes that are there."""
    return {diagnosis.operation.id: diagnosis.route for diagnosis in diagnoses if diagnosis.route is not None}
