"""What `parcelflow conform mutants` prints: what each level is worth, measured on this very specification.

May not draw or judge anything. Non-obvious choice: it always ends well. A level that misses mutants is no error but what one
wants to know before one believes a clean run of it.
"""

from collections.abc import Sequence
from time import perf_counter

import click

from ..conformance.inputs import RENTS
from ..conformance.levels import Level
from ..conformance.worth import Worth, table_of_worth, worth
from .conform_options import KINDS, LEVELS

MEASURED = (Level.SMOKE, Level.STANDARD, Level.DEEP)
SURVIVORS = 3
"""Survivors of a class that are shown."""


def print_worth(
    kinds: Sequence[str] = RENTS, levels: Sequence[Level] = MEASURED, *, sample: int = 100, seed: int = 0, survivors: bool = False
) -> list[Worth]:
    """Measure levels and print the table.

    Args:
        kinds: Rent types.
        levels: What is measured.
        sample: Mutants of each class, at most.
        seed: Draws them.
        survivors: Whether to say what a level did not notice.
    """
    began = perf_counter()
    found = [one for kind in kinds for level in levels for one in worth(kind, level, sample=sample, seed=seed)]
    for line in table_of_worth(found):
        click.echo(line)
    for one in found if survivors else ():
        for said in one.survivors[:SURVIVORS]:
            click.echo(f"not noticed by {one.level} of a {one.kind}: {one.fault}: {said}")
    click.echo(f"{sum(one.total for one in found):,} mutants in {perf_counter() - began:.1f} s, drawn with seed {seed}")
    return found


@click.command("mutants")
@KINDS
@click.option("--level", "levels", type=click.Choice(LEVELS), multiple=True, help="Only these.")
@click.option("--sample", type=click.IntRange(1), default=100, show_default=True, help="Wrong machines of a class at most.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of what is drawn.")
@click.option("--survivors", is_flag=True, help="Name the wrong machines that no word tells from the right one.")
def worth_of_levels(kinds: tuple[str, ...], levels: tuple[str, ...], sample: int, seed: int, *, survivors: bool) -> None:
    """How many wrong machines each level finds: what a clean run is worth."""
    chosen = tuple(Level(level) for level in levels) or (Level.SMOKE, Level.STANDARD)
    print_worth(kinds or RENTS, chosen, sample=sample, seed=seed, survivors=survivors)
