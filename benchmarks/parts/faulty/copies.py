"""A copy of the simulator under a name of its own, with one fault or none.

May not touch the simulator, nor leave anything on the import path. Non-obvious choice: a copy is found by its place and not
through `sys.path`; that works because the simulator imports relatively, and lets many copies live side by side in one process.
"""

import importlib
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import module_from_spec, spec_from_file_location
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import cast

from starlette.applications import Starlette

from parcelflow import simulator
from parcelflow.simulator.clock import Clock
from parcelflow.simulator.handle import Handle
from parcelflow.simulator.settings import Settings
from parcelflow.simulator.world import World

from .fault import Fault

_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy that can be used like the simulator. Its classes are its own: an `isinstance` with the simulator's fails.

    Attributes:
        package: The top-level name under which it was imported.
        create_app: Makes the ASGI application of a world. It lets an exception out after it has answered 500, as every Starlette
            application does: a client in process has to ask for the answer (`raise_app_exceptions=False`).
        serve: A handle's `served` puts it on loopback.
    """

    package: str
    create_app: Callable[[World], Starlette]
    World: type[World]
    Handle: type[Handle]
    Clock: type[Clock]
    Settings: type[Settings]


def copied(fault: Fault | None, folder: Path) -> Copy:
    """Copy the simulator, put the fault in, and import it.

    Args:
        fault: What to do to it; `None` for a clean copy.
        folder: Where; must exist, and stay as long as the copy is used.

    Raises:
        ValueError: The fault does not fit the simulator any more.
    """
    package = f"faulty_{next(_numbers)}_{fault.name if fault else 'clean'}"
    place = folder / package
    # With what was compiled before: it stays valid for every file that is not changed, and saves most of the import.
    shutil.copytree(Path(str(simulator.__file__)).parent, place)
    if fault is not None:
        file = place / fault.file
        file.write_text(fault.apply(file.read_text(encoding="utf-8")), encoding="utf-8")
    _imported(package, place)
    handle, world, app = (importlib.import_module(f"{package}.{name}") for name in ("handle", "world", "app"))
    clock, settings = (importlib.import_module(f"{package}.{name}") for name in ("clock", "settings"))
    return Copy(
        package,
        cast("Callable[[World], Starlette]", app.create_app),
        cast("type[World]", world.World),
        cast("type[Handle]", handle.Handle),
        cast("type[Clock]", clock.Clock),
        cast("type[Settings]", settings.Settings),
    )


def forget(copy: Copy) -> None:
    """Let a copy go; whoever still holds something of it can go on using that."""
    for name in [name for name in sys.modules if name == copy.package or name.startswith(f"{copy.package}.")]:
        del sys.modules[name]


def _imported(package: str, place: Path) -> ModuleType:
    spec = spec_from_file_location(package, place / "__init__.py", submodule_search_locations=[str(place)])
    if spec is None or spec.loader is None:
        raise ImportError(f"there is no package in {place}")
    module = sys.modules[package] = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
