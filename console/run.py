"""`parcelflow run | worker`: a process that works until it is told to end.

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

from .logs import log_options
from .options import FOLDER, PORT
from .routes import routes_of
from .service import register_webhooks, running, working
from .settings import load


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
@click.option("--register/--no-register", default=False, help="Have Bloq.it send its events here first.")
@log_options
def run(folder: Path, *, register: bool) -> None:
    """Run the engine and its receiver of webhooks over a folder, until interrupted."""
    ended = told_to_end()
    settings = load(folder)
    with running(folder, settings) as service:
        if register:
            register_webhooks(service, settings, ["*"], routes=routes_of(folder))
        urls = {"bloqit": service.bloqit_url, "orders": service.orders_url, "statuses": service.statuses_url}
        click.echo(json.dumps({**urls, "tasks": service.tasks_url}))
        sys.stdout.flush()
        ended.wait()


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
