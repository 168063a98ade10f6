"""One engine per file: a lock that the operating system gives back when the process dies, however it dies.

May not know the database. Non-obvious choice: a second engine on the same SQLite file would take the first one's calls under way
for interrupted ones; a lock file left behind by a SIGKILL would keep the first restart out. A `flock` does neither.
"""

import fcntl
from pathlib import Path

from ..machines import BadSettingsError


class Alone:
    """Holds `<path>.lock` until released.

    Raises:
        BadSettingsError: Another process holds it, or the folder is not there.
    """

    def __init__(self, path: Path) -> None:
        name = path.with_name(path.name + ".lock")
        try:
            self._file = name.open("w")
        except OSError as error:
            raise BadSettingsError(f"{path} cannot be parcelflow's database: {error}") from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.close()
            raise BadSettingsError(f"{path} is in use by another engine; one file takes one engine at a time") from None

    def release(self) -> None:
        """Let the next one in."""
        self._file.close()
