"""What the commands of `parcelflow conform` are given.

May not import `conformance`: it takes a second to load, for which `parcelflow conform --help` would wait. Non-obvious choice:
rent types and levels therefore stand here a second time, and a test holds them against the kit's. A password and a token may come
from the environment alone, so that neither has to stand in the history of a shell.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

RENTS = ("store", "send", "delivery", "return")
LEVELS = ("smoke", "standard", "deep", "nightly")
FILE = click.Path(path_type=Path, dir_okay=False)
REPORT = click.Path(path_type=Path, file_okay=False)
URL = click.option("--base-url", metavar="URL", help="The API's base, up to and including /api/v1/public.")
KEY = click.option("--api-key", envvar="PARCELFLOW_API_KEY", metavar="KEY", help="Secret; better given as PARCELFLOW_API_KEY.")
HOOKS = click.option("--hooks", "hooks_file", type=FILE, help="TOML: how this server's test hooks are called.")
DOORS = click.option("--allow-doors", is_flag=True, help="Needed for a server that is not on loopback: its doors will open.")
KINDS = click.option("--rent-type", "kinds", type=click.Choice(RENTS), multiple=True, help="Only these; may be repeated.")
BUDGET = click.option("--budget", type=click.IntRange(1), metavar="REQUESTS", help="Requests that may be sent at most.")
BLINK = (
    click.option("--logistics-url", metavar="URL", help="Blink Logistics: what stands before /api/client/task."),
    click.option("--logistics-token", envvar="PARCELFLOW_LOGISTICS_TOKEN", metavar="TOKEN", help="Its static token."),
    click.option("--blink-url", metavar="URL", help="Blink: what stands before /interface/v1."),
    click.option("--blink-user", metavar="NAME", help="Whom to log in as there."),
    click.option("--blink-password", envvar="PARCELFLOW_BLINK_PASSWORD", metavar="PASSWORD", help="And with what."),
)
Command = Callable[..., Any]


def blink_options(command: Command) -> Command:
    """The options of a command that tries orders and tasks, too."""
    for option in reversed(BLINK):
        command = option(command)
    return command
