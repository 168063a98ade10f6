"""`parcelflow conform`: the conformance kit on the command line, and what a person asks of a report afterwards.

May not judge a server (`conformance` does), nor load what does before it is wanted. Non-obvious choice: to try a server is what
the group itself does, where none of its commands is named; the most usual thing has the fewest words.
"""

from typing import Any

import click

from ..machines import API_LEVELS
from .conform_options import BUDGET, DOORS, FILE, HOOKS, KEY, KINDS, LEVELS, REPORT, URL, blink_options
from .lazy import Lazy, LazyGroup

COMMANDS = {
    "explain": Lazy(
        "conform_explain:explain",
        "Explain a check, a finding's id, or a row as D09: what must hold, and which line of the document says so.",
    ),
    "learn": Lazy("conform_learn:learn", "Learn a server's machine from a run, and show in what it differs from the document's."),
    "mutants": Lazy("conform_mutants:worth_of_levels", "How many wrong machines each level finds: what a clean run is worth."),
    "replay": Lazy("conform_replay:replay_finding", "Try one finding of a report again, on fresh rents."),
}
"""Where each command is, and the first sentence of what it says of itself."""


@click.group(cls=LazyGroup, table=COMMANDS, invoke_without_command=True)
@URL
@KEY
@KINDS
@click.option("--api-level", type=click.Choice(API_LEVELS), default=API_LEVELS[0], show_default=True, help="Version of the API.")
@click.option("--strict/--lenient", default=False, help="What the document leaves open is refused, or the server's own.")
@click.option("--level", type=click.Choice(LEVELS), default="standard", show_default=True, help="How much.")
@BUDGET
@click.option("--seed", type=int, default=0, show_default=True, help="Of everything that is drawn.")
@click.option("--workers", type=click.IntRange(1, 32), default=4, show_default=True, help="Rents that are tried side by side.")
@HOOKS
@click.option("--report", "folder", type=REPORT, help="Folder for the files of the run.")
@click.option("--baseline", type=FILE, help="TOML: deviations that are accepted, each with a reason.")
@DOORS
@blink_options
@click.option("--history", type=FILE, help="JSON lines: judge recorded webhooks and histories instead of a server.")
@click.pass_context
def conform(context: click.Context, **given: Any) -> None:  # noqa: ANN401 - click gives what its options say
    """Try a server against the machines. Exit 0: it conforms; 1: violations found; 2: it could not be tried."""
    if context.invoked_subcommand is None:
        from .conform_run import tried  # noqa: PLC0415 - see the module

        raise SystemExit(tried(**given))
