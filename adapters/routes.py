"""The file of route overrides: what is known better than the documents about where an operation lives (A1).

May not know a particular operation. Non-obvious choice: a line reads like a request line, `"bloqit.rents.update": "PUT
/rents/{rentID}"`, so that it can be copied from a vendor's mail.
"""

import json
from pathlib import Path

from ..machines import BadBodyError, BadSettingsError
from .catalogue import EVERY
from .operation import Routes, overridden
from .tolerant import load_object

NAME = "routes.json"


def load(file: Path) -> Routes:
    """The overrides in a file.

    Raises:
        BadSettingsError: It cannot be read, names an operation that does not exist, or a route that does not fit one.
    """
    try:
        lines = load_object(file.read_bytes())
    except OSError as error:
        raise BadSettingsError(f"{file} cannot be read: {error.strerror}") from error
    except BadBodyError as error:
        raise BadSettingsError(f"{file}: {error}") from error
    routes = {name: _route(file, name, line) for name, line in lines.items()}
    for name in routes:
        overridden(EVERY[name], routes)
    return routes


def _route(file: Path, name: str, line: object) -> tuple[str, str]:
    if name not in EVERY:
        raise BadSettingsError(f"{file}: no operation is called {name!r}; `parcelflow routes` lists them")
    method, _, path = line.partition(" ") if isinstance(line, str) else ("", "", "")
    if method not in {"GET", "POST", "PUT", "DELETE"} or not path.startswith("/"):
        right = f"{EVERY[name].method} {EVERY[name].path}"
        raise BadSettingsError(f"{file}: {name!r} needs a method and a path, as in {right!r}, got {line!r}")
    return method, path


def save(file: Path, routes: Routes) -> None:
    """Write the overrides.

    Raises:
        BadSettingsError: The file cannot be written.
    """
    try:
        file.write_text(json.dumps({name: f"{method} {path}" for name, (method, path) in routes.items()}, indent=2) + "\n")
    except OSError as error:
        raise BadSettingsError(f"{file} cannot be written: {error.strerror}") from error
