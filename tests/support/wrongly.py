"""Run tests against a wrong version of one module: `python wrongly.py < mutants.json`, in a process of its own.

May not touch a file. Non-obvious choice: the wrong text is compiled by an import hook, in a child that is forked after everything
from elsewhere was imported; a mutant costs half a second then, and none can see another one or leave bytecode behind.

Reads a list of `[file, old, new, tests]`, the files and tests relative to the tree; prints a list of pytest's exit codes.
"""

import importlib.util
import json
import os
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType

import httpx
import jwt
import pydantic
import pytest
import starlette.applications
import statemachine

ROOT = Path(__file__).parents[2]
FROM_ELSEWHERE = (httpx, jwt, pydantic, starlette.applications, statemachine)
"""Imported once, for all children."""
OPTIONS = ("-x", "-q", "-p", "no:cacheprovider", "-W", "ignore::pytest.PytestAssertRewriteWarning", "--rootdir", str(ROOT))
"""The warning is about anyio, which is a plugin and imported already."""
NOT_THERE = 99
"""Exit code where the text that is to be made wrong is not in the file exactly once."""


class Wrong(SourceFileLoader):
    """Loads a module with `old` replaced by `new`."""

    def __init__(self, name: str, path: str, change: tuple[str, str]) -> None:
        super().__init__(name, path)
        self.change = change

    def get_code(self, fullname: str) -> CodeType:
        """The wrong code; never from a cache, and never into one."""
        path = self.get_filename(fullname)
        return compile(Path(path).read_text().replace(*self.change), path, "exec")


class Finder(MetaPathFinder):
    """Finds the one module that is wrong."""

    def __init__(self, file: str, change: tuple[str, str]) -> None:
        self.file, self.change = file, change
        self.name = "parcelflow." + file.removesuffix(".py").replace("/", ".")

    def find_spec(self, fullname: str, _path: Sequence[str] | None, _target: ModuleType | None = None) -> ModuleSpec | None:
        """Its spec; None for every other module."""
        if fullname != self.name:
            return None
        place = str(ROOT / self.file)
        return importlib.util.spec_from_file_location(fullname, place, loader=Wrong(fullname, place, self.change))


def tried(file: str, old: str, new: str, tests: list[str]) -> int:
    """The exit code of pytest with this change."""
    if (ROOT / file).read_text().count(old) != 1:
        return NOT_THERE
    child = os.fork()
    if child == 0:
        sink = os.open(os.devnull, os.O_WRONLY)
        os.dup2(sink, 1)
        os.dup2(sink, 2)
        sys.meta_path.insert(0, Finder(file, (old, new)))
        os._exit(int(pytest.main([*OPTIONS, *(str(ROOT / test) for test in tests)])))
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    os.chdir(ROOT)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # none is needed, and they take longer than most of the tests
    print(json.dumps([tried(*mutant) for mutant in json.load(sys.stdin)]))
