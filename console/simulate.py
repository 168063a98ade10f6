"""`parcelflow simulate`: the pretend vendors, served.

May not know what they answer (`simulator` does). Non-obvious choice: the first line printed is JSON and is flushed at once, since
whoever starts this reads where it is from that line, and waits for it.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path

import click

from ..machines import BadSettingsError
from ..simulator import serve
from .options import PORT
from .pretend import world_of


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to bind; the credentials are public.")
@click.option("--port", type=PORT, default=8700, show_default=True, help="Port to bind; 0 for a free one.")
@click.option("--frozen", metavar="INSTANT", help="Where the clock stands still, as 2026-03-01T12:00:00Z; without, it runs.")
@click.option("--setting", "wanted", metavar="NAME=VALUE", multiple=True, help="Of docs/simulator.md; VALUE is JSON or text.")
@click.option("--world", "file", type=click.Path(path_type=Path, dir_okay=False), help="YAML: bloqs, branches, customers ...")
@click.option("--bloqit-port", type=PORT, help="A port of its own for Bloq.it, whose paths then begin at the root.")
@click.option("--blink-port", type=PORT, help="The same for Blink.")
@click.option("--logistics-port", type=PORT, help="The same for Blink Logistics.")
def simulate(host: str, port: int, frozen: str | None, wanted: tuple[str, ...], file: Path | None, **own: int | None) -> None:
    """Serve a pretend Bloq.it, Blink and Blink Logistics. The first line printed says where, as JSON."""
    ports = {name.removesuffix("_port"): number for name, number in own.items() if number is not None}

    def announce(told: Mapping[str, str]) -> None:
        click.echo(json.dumps(dict(told)))
        sys.stdout.flush()

    try:
        serve(host=host, port=port, world=world_of(frozen, wanted, file), announce=announce, ports=ports)
    except OSError as error:
        raise BadSettingsError(f"the simulator cannot listen on {host}:{port}: {error.strerror}") from error
