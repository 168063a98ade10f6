"""The operator's desk: `parcelflow letters | letter | retry | skip | health | anomalies | adopt | drift | forget`.

May not decide or call, and starts no engine: it reads and writes the database of one that runs, or will run again, and that finds
by itself what was put back. Non-obvious choice: `parcelflow letter` shows a message's bytes as they came, personal facts
included; whoever has to mend a message has to see it, and whoever reads the database could see it anyway.
"""

import json
import sys
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table as Grid

from ..engine import (
    Health,
    InboxRow,
    JournalRow,
    Letters,
    Store,
    Stranger,
    Strangers,
    SystemClock,
    Views,
    forget_customer,
    measure,
)
from ..machines import BadSettingsError, catalogue
from .options import NAME, OUT
from .settings import database, load, vault_of


class Desk(NamedTuple):
    """What the commands work on."""

    store: Store
    views: Views
    letters: Letters
    strangers: Strangers
    clock: SystemClock


@contextmanager
def desk(folder: Path, url: str | None) -> Generator[Desk]:
    """The desk over a folder, or over the database that a URL names.

    Raises:
        BadSettingsError: There is no such database, or it cannot be used.
    """
    # With a URL the folder is not asked for anything: its key would mark a database as sealed that is not.
    place, vault, ahead = (database(folder), vault_of(folder), _ahead(folder)) if url is None else (url, None, 0.0)
    clock = SystemClock(timedelta(seconds=ahead))
    store = Store(place, vault)
    try:
        strangers = Strangers(store, catalogue(), clock)
        yield Desk(store, Views(store), Letters(store, clock), strangers, clock)
    finally:
        store.close()


def _ahead(folder: Path) -> float:
    return load(folder).clock_ahead if (folder / NAME).is_file() else 0.0


def place_options(command: Any) -> Any:  # noqa: ANN401 - click's decorators take and give what they like
    """`--folder` and `--database`."""
    folder = click.Path(path_type=Path, file_okay=False)
    command = click.option("--database", "url", metavar="URL", help="A postgresql:// URL instead of a folder.")(command)
    return click.option("--folder", type=folder, default=OUT, show_default=True, help="Database and settings.")(command)


def _since(_context: click.Context, _option: click.Parameter, said: str | None) -> datetime | None:
    if said is None:
        return None
    try:
        at = datetime.fromisoformat(said)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise BadSettingsError(f"an instant has a date, a time and a zone, as in 2026-03-01T12:00:00Z, got {said!r}")
    return at


SINCE = click.option("--since", metavar="INSTANT", callback=_since, help="From when on, as 2026-03-01T12:00:00Z; without, ever.")


@click.command()
@place_options
def letters(folder: Path, url: str | None) -> None:
    """List dead letters: messages that cannot be decided, and calls that were given up."""
    with desk(folder, url) as at:
        rows = (
            (found.id, _case(found.kind, found.key), found.what, f"{found.since:%Y-%m-%d %H:%M:%S}", found.why)
            for found in at.letters.list()
        )
        Console().print(_grid("dead letters", ("letter", "case", "what", "since", "why"), rows))


@click.command()
@click.argument("name", metavar="ID")
@place_options
def letter(name: str, folder: Path, url: str | None) -> None:
    """Show one dead letter: what it brings, what it died of, and the history of its case."""
    with desk(folder, url) as at:
        found = at.letters.read(name)
    head = found.letter
    click.echo(f"{head.id}: {head.what} of {_case(head.kind, head.key)}, since {head.since.isoformat()}")
    click.echo(f"why: {head.why}")
    click.echo(f"data: {json.dumps(found.row.data, ensure_ascii=False)}")
    if isinstance(found.row, InboxRow) and found.row.raw is not None:
        click.echo(f"raw: {found.row.raw.decode(errors='backslashreplace')}")
    rows = (
        (str(line.seq), f"{line.at:%m-%d %H:%M:%S}", line.name, line.outcome, f"{line.source} → {line.target}", line.reason)
        for line in found.journal
    )
    Console().print(_grid("its case", ("#", "at", "event", "outcome", "way", "why"), rows))


@click.command()
@click.argument("name", metavar="ID")
@place_options
def retry(name: str, folder: Path, url: str | None) -> None:
    """Have a dead message decided again; a dead call is looked up first, and called again if it did not happen."""
    with desk(folder, url) as at:
        at.letters.retry(name)
    click.echo(f"{name} is on its way again")


@click.command()
@click.argument("name", metavar="ID")
@click.option("--because", required=True, metavar="TEXT", help="Why; it is kept with the letter.")
@place_options
def skip(name: str, because: str, folder: Path, url: str | None) -> None:
    """Put a dead letter away for good: a message is never decided, a call never made."""
    with desk(folder, url) as at:
        at.letters.skip(name, because)
    click.echo(f"{name} is put away")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Everything that was measured, as one JSON object.")
@place_options
def health(folder: Path, url: str | None, *, as_json: bool) -> None:
    """Measure what waits, and since when. Exit 1 if somebody should see to it."""
    with desk(folder, url) as at, at.store.reading() as tx:
        found = measure(tx, catalogue(), at.clock.now())
    click.echo(json.dumps(told(found)) if as_json else "\n".join(found.troubles) or "all is well")
    raise SystemExit(1 if found.troubles else 0)


@click.command()
@SINCE
@place_options
def anomalies(since: datetime | None, folder: Path, url: str | None) -> None:
    """List what did not go as it should, with evidence; last the orders that wait for a person, and what no case carries."""
    blind = [kind for kind, table in catalogue().items() if table.machine.read is None]
    with desk(folder, url) as at:
        found = at.views.anomalies(since) if since else at.views.anomalies()
        waiting = at.views.contradicted(blind)
        strangers = at.strangers.list()
    for title, lines in (("anomalies", found), ("contradicted, and nobody can look", waiting)):
        rows = (_anomaly(line) for line in lines)
        Console().print(_grid(title, ("recorded", "case", "event", "outcome", "way", "from whom, why"), rows))
    Console().print(
        _grid("of nobody that we know", ("system", "id", "messages", "first", "last", "newest"), map(_stranger, strangers))
    )


@click.command()
@click.argument("name", metavar="KIND/KEY")
@click.argument("remote_id", metavar="REMOTE_ID")
@place_options
def adopt(name: str, remote_id: str, folder: Path, url: str | None) -> None:
    """Have a case, new or without a remote id, carry a remote thing that messages tell of (`parcelflow anomalies`)."""
    kind, stroke, key = name.partition("/")
    if not (stroke and key):
        raise BadSettingsError(f"a case is kind/key, as delivery/7, got {name!r}")
    with desk(folder, url) as at:
        new = at.strangers.adopt(kind, key, remote_id)
    click.echo(f"{name} carries {remote_id}" if new else f"{name} was to carry {remote_id} before")


@click.command()
@SINCE
@place_options
def drift(since: datetime | None, folder: Path, url: str | None) -> None:
    """Report where look-ups found cases elsewhere than we had them."""
    with desk(folder, url) as at:
        found = at.views.drift(since) if since else at.views.drift()
    rows = (
        (line.kind, line.ours, line.theirs, str(line.count), f"{line.last:%Y-%m-%d %H:%M:%S}", ", ".join(line.examples))
        for line in found
    )
    Console().print(_grid("drift", ("machine", "ours", "theirs", "times", "last", "e.g."), rows))


@click.command()
@click.argument("customer", metavar="CUSTOMER|-")
@place_options
def forget(customer: str, folder: Path, url: str | None) -> None:
    """Forget what is personal of a customer: id, telephone number or e-mail address; - reads it from standard input."""
    name = sys.stdin.readline() if customer == "-" else customer
    if not name.strip():
        raise BadSettingsError("forget whom? give an id, a telephone number or an e-mail address")
    with desk(folder, url) as at:
        found = forget_customer(at.store, catalogue(), name.strip(), at.clock.now())
    click.echo(f"forgotten in {found.now} cases; in {found.later} more as soon as they have ended")


def told(found: Health) -> dict[str, Any]:
    """Health as JSON: ages in seconds, instants in ISO form."""
    said = json.loads(json.dumps(asdict(found), default=_plain))
    return {**said, "live": found.live, "ready": found.ready, "troubles": list(found.troubles)}


def _plain(value: object) -> object:
    return value.total_seconds() if isinstance(value, timedelta) else str(value)


def _anomaly(line: JournalRow) -> tuple[str, ...]:
    why = "; ".join(word for word in (line.evidence, line.reason) if word)
    way = f"{line.source} → {line.target}"
    return f"{line.recorded_at:%Y-%m-%d %H:%M:%S}", _case(line.kind, line.key), line.name, line.outcome, way, why


def _stranger(found: Stranger) -> tuple[str, ...]:
    first, last = (f"{at:%Y-%m-%d %H:%M:%S}" for at in (found.first, found.last))
    return found.system, found.remote_id, str(found.count), first, last, found.newest


def _case(kind: str | None, key: str | None) -> str:
    return f"{kind}/{key}" if kind is not None and key is not None else "nobody we know"


def _grid(title: str, columns: Iterable[str], rows: Iterable[tuple[str, ...]]) -> Grid:
    grid = Grid(title=title, title_justify="left")
    for column in columns:
        grid.add_column(column, overflow="fold")
    for row in rows:
        grid.add_row(*(escape(cell) for cell in row))
    return grid
