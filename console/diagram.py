"""`parcelflow diagram`: a machine, a live case, or what differs between two machines, drawn.

May not read a database itself. Non-obvious choice: what reads one is loaded for a case alone; a machine, which is what most
people draw, is on the screen in a third of the time.
"""

from pathlib import Path

import click

from ..diagrams import FORMATS, TEXTS, Detail, Picture, Theme, diff_picture, machine_picture, render
from ..machines import API_LEVELS, DEFAULTS, MACHINES, BadSettingsError, Policies, table_of
from .options import FOLDER, NAME

ENDINGS = {**{f".{name}": name for name in FORMATS}, ".mmd": "mermaid"}


@click.command()
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
    policies = _policies_of(folder) if api_level is None else Policies(api_level=api_level)
    if against is not None:
        picture = diff_picture(table_of(against), table_of(name, policies), Detail(detail))
    elif name in MACHINES:
        picture = machine_picture(table_of(name, policies), Detail(detail))
    else:
        picture = _of_case(folder, name, Detail(detail), policies)
    drawn = render(picture, file_format, theme=Theme(theme))
    if output is None:
        click.echo(drawn.decode(), nl=False)
        return
    try:
        output.write_bytes(drawn)
    except OSError as error:
        raise BadSettingsError(f"{output} cannot be written: {error.strerror}") from error


def _policies_of(folder: Path) -> Policies:
    if not (folder / NAME).is_file():
        return DEFAULTS
    from .settings import policies_of  # noqa: PLC0415 - see the module

    return policies_of(folder)


def _of_case(folder: Path, name: str, detail: Detail, policies: Policies) -> Picture:
    from .show import picture_in  # noqa: PLC0415 - see the module

    return picture_in(folder, name, detail, policies=policies)


def format_of(output: Path | None, wanted: str | None) -> str:
    """The format of a picture: as wanted, else by the file's ending, else DOT text.

    Raises:
        BadSettingsError: The ending names no format, or a terminal would have to show what is no text.
    """
    if output is None:
        found = wanted or "dot"
        if found not in TEXTS:
            raise BadSettingsError(
                f"{found} is no text for a terminal; give it a file with -o, or take {', '.join(sorted(TEXTS))}"
            )
        return found
    found = wanted or ENDINGS.get(output.suffix)
    if found is None:
        raise BadSettingsError(f"{output} does not say which picture it wants; end it in {', '.join(ENDINGS)}, or give --format")
    return found
