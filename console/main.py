"""The command line: `parcelflow simulate | run | demo | cases | case | diagram | scenario | ...`, `conform`, `work`, `desk`.

May not contain a rule of the domain. Non-obvious choice: the one broad handler of the program is here, at its top: what we
raise on purpose becomes one sentence and exit 2, anything else says that it is a defect and exits 70; neither shows a stack
trace.
"""

import json
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console

from ..adapters.catalogue import EVERY
from ..adapters.doctor import examine
from ..adapters.routes import save
from ..adapters.sender import Sender
from ..diagrams import FORMATS, Detail, Theme, render
from ..engine import Store, Views
from ..machines import API_LEVELS, BadSettingsError, ParcelflowError, Policies
from ..simulator import serve
from . import desk, work
from .conform import conform
from .demo import demonstrate
from .logs import log_options
from .pretend import world_of
from .routes import WIDE, findings_grid, found, routes_grid, routes_of
from .scenarios import told
from .service import register_webhooks, running
from .settings import database, load, policies_of, vault_of
from .show import case_grid, find_case, format_of, history_grid, next_grid, picture_of, picture_of_difference
from .work import FOLDER, PORT, told_to_end

DEFECT = 70
"""Exit status of a defect of ours (EX_SOFTWARE)."""


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Keep locker rents, restaurant orders and delivery tasks in a known state."""


@cli.command()
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


@cli.command()
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


@cli.command()
@FOLDER
def demo(folder: Path) -> None:
    """One order, from the kitchen through a courier into a locker, over real HTTP against the simulator."""
    raise SystemExit(0 if demonstrate(folder, Console()) else 1)


@cli.command()
@FOLDER
def cases(folder: Path) -> None:
    """List the cases of a folder."""
    with _views(folder) as views:
        Console().print(case_grid(views.cases(), f"cases in {folder}"))


@cli.command()
@click.argument("name", metavar="CASE")
@FOLDER
def case(name: str, folder: Path) -> None:
    """Show one case: its history, and what may come next. CASE is kind/key, or the key where one kind has it."""
    with _views(folder) as views:
        shown = find_case(views, name)
        console = Console()
        console.print(history_grid(shown, views.journal(shown.kind, shown.key)))
        console.print(next_grid(shown, policies_of(folder)))


@cli.command()
@click.argument("name", metavar="CASE|MACHINE")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="File to write; without, to the terminal.")
@click.option(
    "--format", "wanted", type=click.Choice(FORMATS), help="How; without, by the file's ending, to the terminal as dot."
)
@click.option(
    "--detail",
    type=click.Choice([word.value for word in Detail]),
    default=Detail.CAUSES.value,
    show_default=True,
    help="How much it says.",
)
@click.option(
    "--theme",
    type=click.Choice([word.value for word in Theme]),
    default=Theme.LIGHT.value,
    show_default=True,
    help="The ground it is looked at on.",
)
@click.option("--against", metavar="MACHINE", help="Draw what differs from this machine instead.")
@click.option("--api-level", type=click.Choice(API_LEVELS), help="Version of Bloq.it's API; without, the folder's, else 1.35.")
@FOLDER
def diagram(
    name: str,
    output: Path | None,
    wanted: str | None,
    detail: str,
    theme: str,
    against: str | None,
    api_level: str | None,
    folder: Path,
) -> None:
    """Draw a machine, a live case, or what differs between two machines: to a file, or as text to the terminal."""
    file_format = format_of(output, wanted)
    policies = policies_of(folder) if api_level is None else Policies(api_level=api_level)
    if against is None:
        with _maybe_views(folder) as views:
            picture = picture_of(views, name, Detail(detail), policies=policies)
    else:
        picture = picture_of_difference(against, name, Detail(detail), policies)
    drawn = render(picture, file_format, theme=Theme(theme))
    if output is None:
        click.echo(drawn.decode(), nl=False)
        return
    try:
        output.write_bytes(drawn)
    except OSError as error:
        raise BadSettingsError(f"{output} cannot be written: {error.strerror}") from error


@cli.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False))
def scenario(files: tuple[Path, ...]) -> None:
    """Tell each scenario of FILES to a fresh simulator; exit 1 if the world is not as one of them expects."""
    kept = [told(file) for file in files]
    raise SystemExit(0 if all(kept) else 1)


@cli.command()
@FOLDER
def routes(folder: Path) -> None:
    """List every operation of the three APIs, where it lives, how well that is known, and the rows that it makes happen."""
    WIDE.print(routes_grid(routes_of(folder)))


@cli.command()
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


for command in (conform, *work.COMMANDS, *desk.COMMANDS):
    cli.add_command(command)


@contextmanager
def _views(folder: Path) -> Generator[Views, None, None]:
    store = Store(database(folder), vault_of(folder), migrate=False)  # who only looks changes nothing under whoever works
    try:
        yield Views(store)
    finally:
        store.close()


@contextmanager
def _maybe_views(folder: Path) -> Generator[Views | None, None, None]:
    """Views where there is a database; a machine is drawn without one."""
    try:
        database(folder)
    except BadSettingsError:
        yield None
        return
    with _views(folder) as views:
        yield views


def main() -> None:
    """The console script."""
    try:
        cli(prog_name="parcelflow")
    except ParcelflowError as error:
        click.echo(f"parcelflow: {error}", err=True)
        raise SystemExit(2) from None
    except Exception as error:  # noqa: BLE001 - the top of the command line, one of the two places where everything ends
        click.echo(f"parcelflow: a defect of ours, please report it: {type(error).__name__}: {error}", err=True)
        raise SystemExit(DEFECT) from None


if __name__ == "__main__":
    main()
