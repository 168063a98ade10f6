"""What several commands are given: a folder, a port; and what the files of a folder are called.

May not import any other room, nor read a file: every command's first look is here. Non-obvious choice: the names of a folder's
files stand here and not where the files are read, so that a command can see that there are none without loading what reads them.
"""

from pathlib import Path

import click

OUT = Path("out/demo")
NAME = "parcelflow.json"
"""The settings of a folder."""
DATABASE = "parcelflow.db"
"""The database of a folder, where its settings name no other."""
PORT = click.IntRange(0, 65_535)
FOLDER = click.option(
    "--folder", type=click.Path(path_type=Path, file_okay=False), default=OUT, show_default=True, help="Database and settings."
)
