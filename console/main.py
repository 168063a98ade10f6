"""The command line: `parcelflow simulate | run | demo | cases | case | diagram | scenario | conform | ...`.

May not contain a rule of the domain, and may not load a command that was not asked for: `parcelflow --help` and each command wait
for what they need and for nothing else. Non-obvious choice: the one broad handler of the program is here, at its top: what we
raise on purpose becomes one sentence and exit 2, anything else, in loading a command too, says that it is a defect and exits 70;
neither shows a stack trace.
"""

import sys

import click

from .lazy import Lazy, LazyGroup

DEFECT = 70
"""Exit status of a defect of ours (EX_SOFTWARE)."""
ERRORS = "parcelflow.machines.errors"

COMMANDS = {
    "adopt": Lazy(
        "desk:adopt",
        "Have a case, new or without a remote id, carry a remote thing that messages tell of (`parcelflow anomalies`).",
    ),
    "anomalies": Lazy(
        "desk:anomalies",
        "List what did not go as it should, with evidence; last the orders that wait for a person, and what no case carries.",
    ),
    "case": Lazy("cases:case", "Show one case: its history, and what may come next."),
    "cases": Lazy("cases:cases", "List the cases of a folder."),
    "conform": Lazy("conform:conform", "Try a server against the machines."),
    "demo": Lazy(
        "demo:demo", "One order, from the kitchen through a courier into a locker, over real HTTP against the simulator."
    ),
    "diagram": Lazy(
        "diagram:diagram",
        "Draw a machine, a live case, or what differs between two machines: to a file, or as text to the terminal.",
    ),
    "doctor": Lazy(
        "remotes:doctor", "Find out, without doing anything there, which of the routes that no document gives a server has."
    ),
    "drift": Lazy("desk:drift", "Report where look-ups found cases elsewhere than we had them."),
    "forget": Lazy(
        "desk:forget",
        "Forget what is personal of a customer: id, telephone number or e-mail address; - reads it from standard input.",
    ),
    "health": Lazy("desk:health", "Measure what waits, and since when."),
    "letter": Lazy("desk:letter", "Show one dead letter: what it brings, what it died of, and the history of its case."),
    "letters": Lazy("desk:letters", "List dead letters: messages that cannot be decided, and calls that were given up."),
    "migrate": Lazy("migrate:migrate", "Bring a database to the version that this parcelflow works with."),
    "retry": Lazy(
        "desk:retry", "Have a dead message decided again; a dead call is looked up first, and called again if it did not happen."
    ),
    "routes": Lazy(
        "remotes:routes",
        "List every operation of the three APIs, where it lives, how well that is known, and the rows that it makes happen.",
    ),
    "run": Lazy("run:run", "Run the engine and its receiver of webhooks over a folder, until interrupted."),
    "scenario": Lazy(
        "scenarios:scenario",
        "Tell each scenario of FILES to a fresh simulator; exit 1 if the world is not as one of them expects.",
    ),
    "simulate": Lazy("simulate:simulate", "Serve a pretend Bloq.it, Blink and Blink Logistics."),
    "skip": Lazy("desk:skip", "Put a dead letter away for good: a message is never decided, a call never made."),
    "worker": Lazy(
        "run:worker",
        "Decide and call, on a PostgreSQL that others share, without receiving webhooks, until told to end (SIGTERM).",
    ),
}
"""Where each command is, and the first sentence of what it says of itself."""


@click.group(cls=LazyGroup, table=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Keep locker rents, restaurant orders and delivery tasks in a known state."""


def main() -> None:
    """The console script."""
    try:
        cli(prog_name="parcelflow")
    except Exception as error:  # noqa: BLE001 - the top of the command line, one of the two places where everything ends
        click.echo(f"parcelflow: {_sentence(error)}", err=True)
        raise SystemExit(2 if _meant(error) else DEFECT) from None


def _meant(error: Exception) -> bool:
    """Whether we raised it on purpose: where our errors were never loaded, nobody can have."""
    errors = sys.modules.get(ERRORS)
    return errors is not None and isinstance(error, errors.ParcelflowError)


def _sentence(error: Exception) -> str:
    return str(error) if _meant(error) else f"a defect of ours, please report it: {type(error).__name__}: {error}"


if __name__ == "__main__":
    main()
