"""Processes and their database: `parcelflow worker | migrate`, and how a process is told to end.

May not contain a rule of the domain. Non-obvious choice: a worker listens too, on loopback and for questions after its health
alone; whoever starts many processes can then watch over all of them in the same way.
"""

import json
import signal
import sys
from pathlib import Path
from threading import Event
from types import FrameType

import click

from ..engine import Place
from ..engine import migrate as bring_up
from ..machines import BadSettingsError
from .habits import install_queue
from .logs import log_options
from .service import working
from .settings import NAME, database, load

OUT = Path("out/demo")
PORT = click.IntRange(0, 65_535)
FOLDER = click.option(
    "--folder", type=click.Path(path_type=Path, file_okay=False), default=OUT, show_default=True, help="Database and settings."
)
DRIVERS = click.Choice(("local", "procrastinate"))


def told_to_end() -> Event:
    """Set by SIGTERM and by SIGINT, from now on."""
    ended = Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        ended.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    return ended


@click.command()
@FOLDER
@click.option(
    "--port", type=PORT, default=0, show_default=True, help="Of the pages on its health, on loopback; 0 for a free one."
)
@log_options
def worker(folder: Path, port: int) -> None:
    """Decide and call, on a PostgreSQL that others share, without receiving webhooks, until told to end (SIGTERM).

    Calls that are out are waited for, and what became of them is written down.
    """
    ended = told_to_end()
    with working(folder, load(folder), port) as url:
        click.echo(json.dumps({"health": url}))
        sys.stdout.flush()
        ended.wait()


@click.command()
@click.option(
    "--database", "name", metavar="URL|FILE", envvar="PARCELFLOW_DATABASE", help="A postgresql:// URL, or a SQLite file."
)
@click.option(
    "--folder", type=click.Path(path_type=Path, file_okay=False), help="Or the folder that has it, or says where it is."
)
@click.option("--driver", type=DRIVERS, help="`procrastinate` has its tables made too; without, what the folder's settings say.")
def migrate(name: str | None, folder: Path | None, driver: str | None) -> None:
    """Bring a database to the version that this parcelflow works with. A present one is left alone; two at once do no harm."""
    if folder is None and name is None:
        raise BadSettingsError("which database? say --database URL, or --folder DIR")
    place = database(folder) if folder is not None else _named(name or "")
    wanted = driver or (load(folder).driver if folder is not None and (folder / NAME).is_file() else "local")
    before, after = bring_up(place)
    click.echo(
        f"version {after} already" if before == after else f"from {f'version {before}' if before else 'nothing'} to {after}"
    )
    if wanted == "procrastinate":
        click.echo("the tables of procrastinate: " + ("made" if install_queue(place) else "there already"))


def _named(name: str) -> Place:
    """A database as it is named on the command line."""
    return name if "://" in name else Path(name)


COMMANDS = (worker, migrate)
