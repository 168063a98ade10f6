"""`parcelflow cases | case`: the cases of a folder, and what became of one.

May not change anything. Non-obvious choice: a database is not brought to another version here; who only looks changes nothing
under whoever works.
"""

from pathlib import Path

import click
from rich.console import Console

from .options import FOLDER
from .settings import policies_of
from .show import case_grid, find_case, history_grid, next_grid, views_of


@click.command()
@FOLDER
def cases(folder: Path) -> None:
    """List the cases of a folder."""
    with views_of(folder) as views:
        Console().print(case_grid(views.cases(), f"cases in {folder}"))


@click.command()
@click.argument("name", metavar="CASE")
@FOLDER
def case(name: str, folder: Path) -> None:
    """Show one case: its history, and what may come next. CASE is kind/key, or the key where one kind has it."""
    with views_of(folder) as views:
        shown = find_case(views, name)
        console = Console()
        console.print(history_grid(shown, views.journal(shown.kind, shown.key)))
        console.print(next_grid(shown, policies_of(folder)))
