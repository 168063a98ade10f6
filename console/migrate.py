"""`parcelflow migrate`: a database, brought to the version that this parcelflow works with.

May not start an engine. Non-obvious choice: the tables of procrastinate are made here as well and nowhere else, so that one right
to change tables is all that has to be given, to whoever runs this.
"""

from pathlib import Path

import click

from ..engine import Place
from ..engine import migrate as bring_up
from ..machines import BadSettingsError
from .habits import install_queue
from .options import NAME
from .settings import database, load

DRIVERS = click.Choice(("local", "procrastinate"))


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
