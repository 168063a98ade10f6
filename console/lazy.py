"""A group of commands that loads one of them when it is asked for, and none to say what there is.

May not know a command. Non-obvious choice: every command stands among `commands` as one that has its name, its first sentence and
nothing else, because click reads them there for `--help` and for "did you mean"; whoever wants a command itself asks
`get_command`. What a table says of a command and what that command says of itself is compared by a test.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import Any, NamedTuple

import click


class Lazy(NamedTuple):
    """A command that is not loaded.

    Attributes:
        where: Its module in this room and its name there, as `module:name`.
        says: The first sentence of its help.
    """

    where: str
    says: str

    def load(self) -> click.Command:
        """The command itself."""
        module, _, name = self.where.partition(":")
        return getattr(import_module(f".{module}", __package__), name)


class LazyGroup(click.Group):
    """A group of commands that are loaded one by one.

    Attributes:
        table: What there is, by name.
    """

    def __init__(self, *args: Any, table: Mapping[str, Lazy], **options: Any) -> None:  # noqa: ANN401 - click's, passed on
        super().__init__(*args, **options)
        self.table = table
        self.commands = {name: click.Command(name, help=lazy.says) for name, lazy in table.items()}

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name, loaded; None for none."""
        del ctx  # click's, and the same command for all
        return self.table[cmd_name].load() if cmd_name in self.table else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands as click does, of which a plain group asks no more than what stands in the table."""
        click.Group(commands=self.commands).format_commands(ctx, formatter)
