"""What every test has: a guard against leaks.

Non-obvious choice: open files are counted by what they are, so that a leaked database, socket or lock is named in the failure.
"""

import gc
import os
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]  # runs a user's test file in a process of its own

FDS = Path("/proc/self/fd")


def _open_files() -> Counter[str]:
    found: Counter[str] = Counter()
    for entry in FDS.iterdir() if FDS.exists() else ():
        try:
            found[os.readlink(entry)] += 1  # noqa: PTH115 - Path.readlink would make paths of "socket:[1]"
        except FileNotFoundError:
            continue
    return found


def _left(threads: set[threading.Thread], files: Counter[str]) -> list[str]:
    running = [f"thread {each.name}" for each in threading.enumerate() if each not in threads and not each.daemon]
    opened = [name for name in _open_files() - files if not name.startswith(("/dev/", "pipe:", "anon_inode:"))]
    return running + opened


@pytest.fixture(autouse=True)
def _no_leak() -> Iterator[None]:  # pyright: ignore[reportUnusedFunction] - pytest uses it
    threads = set(threading.enumerate())
    files = _open_files()
    yield
    # A collection costs more than most tests, so it is only made where something is open that garbage might still hold.
    if _left(threads, files):
        gc.collect()
        left = _left(threads, files)
        assert not left, f"left behind: {left}"
