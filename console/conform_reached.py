"""The server that a command of `parcelflow conform` tries, and its hooks.

May not try anything. Non-obvious choice: what is in the way of a run ends the program here, with whose fault it is, so that no
command can take a server that does not answer for one that answers wrongly.
"""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import click

from ..conformance.bench import InfrastructureError
from ..conformance.doors import guard
from ..conformance.driver import HttpDriver
from ..conformance.hooks import Hooks
from ..conformance.hooks import read as read_hooks
from ..machines import BadSettingsError

NO_RUN = 2
"""Exit status of a run that could not be made."""


@contextmanager
def reached(base_url: str | None, api_key: str | None, *, workers: int, allow_doors: bool) -> Generator[HttpDriver]:
    """A server that may be tried; what is in the way of that ends the program with whose fault it is.

    Raises:
        BadSettingsError: What was given cannot be used, or doors would open that nobody has allowed to.
        SystemExit: The server does not answer.
    """
    if not base_url:
        raise BadSettingsError("which server? say --base-url URL, up to and including /api/v1/public")
    guard(base_url, allowed=allow_doors)
    with HttpDriver(base_url, api_key or "", workers=workers) as driver:
        try:
            yield driver
        except InfrastructureError as error:
            click.echo(f"parcelflow: no run, and the server or the network is at fault: {error}", err=True)
            raise SystemExit(NO_RUN) from None


def hooks_of(file: Path | None) -> Hooks:
    """The hooks that a file describes; none without one.

    Raises:
        BadSettingsError: It cannot be used.
    """
    return read_hooks(file) if file is not None else Hooks()
