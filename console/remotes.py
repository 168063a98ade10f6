"""`parcelflow routes | doctor`: where the operations of the three APIs live, by the documents, by a folder, and by a server.

May not do anything at a server but look. Non-obvious choice: `doctor` ends with 1 unless every route was found, so that a script
can wait for a server that has all of them.
"""

from pathlib import Path

import click

from ..adapters.catalogue import EVERY
from ..adapters.doctor import examine
from ..adapters.routes import save
from ..adapters.sender import Sender
from .options import FOLDER
from .routes import WIDE, findings_grid, found, routes_grid, routes_of


@click.command()
@FOLDER
def routes(folder: Path) -> None:
    """List every operation of the three APIs, where it lives, how well that is known, and the rows that it makes happen."""
    WIDE.print(routes_grid(routes_of(folder)))


@click.command()
@click.option("--base-url", required=True, help="Where Bloq.it's API is, e.g. https://api.demo.bloq.it/api/v1/public.")
@click.option("--api-key", required=True, envvar="PARCELFLOW_API_KEY", help="Secret; better given as PARCELFLOW_API_KEY.")
@click.option(
    "--write",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File for what was found, e.g. routes.json in a folder of `run`.",
)
def doctor(base_url: str, api_key: str, write: Path | None) -> None:
    """Find out, without doing anything there, which of the routes that no document gives a server has. Exit 1 if not all."""
    with Sender(base_url, headers={"X-API-KEY": api_key}) as sender:
        diagnoses = list(examine(EVERY, sender))
    WIDE.print(findings_grid(diagnoses))
    if write is not None:
        save(write, found(diagnoses))
    raise SystemExit(0 if all(diagnosis.route for diagnosis in diagnoses) else 1)
