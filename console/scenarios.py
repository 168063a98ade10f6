"""What `parcelflow scenario` does with one file: read it, play it, say what became of it.

May not judge: the scenario does. Non-obvious choice: a file that cannot be used is the caller's error and ends the command; a
world that is not as expected is a result, and the other files are played.
"""

from pathlib import Path

import click

from ..machines import BadSettingsError
from ..simulator.scenario import play
from ..simulator.scenario_file import UnexpectedError, UnusableError, read


def told(file: Path) -> bool:
    """Play a file; whether the world was as it expects.

    Raises:
        BadSettingsError: The file cannot be read or used; the message names the line.
    """
    try:
        scenario = read(file.read_text())
        play(scenario)
    except OSError as error:
        raise BadSettingsError(f"{file} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise BadSettingsError(f"{file} is no UTF-8 text") from error
    except UnusableError as error:
        raise BadSettingsError(f"{file}, {error}") from error
    except UnexpectedError as error:
        click.echo(f"failed  {file}, {error}")
        return False
    click.echo(f"passed  {file}: {scenario.title}")
    return True


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False))
def scenario(files: tuple[Path, ...]) -> None:
    """Tell each scenario of FILES to a fresh simulator; exit 1 if the world is not as one of them expects."""
    kept = [told(file) for file in files]
    raise SystemExit(0 if all(kept) else 1)
