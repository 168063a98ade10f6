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

FDS = Path("/proc/self/fd")


def _open_files() -> Counter[str]:
    found: Counter[str] = Counter()
    for entry in FDS.iterdir() if FDS.exists() else ():
        try:
            found[os.readlink(entry)] += 1  # noqa: PTH115 - Path.readlink would make paths of "socket:[1]"
        except FileNotFoundError:
            continue
    return found


@pytest.fixture(autouse=True)
def _no_leak() -> Iterator[None]:  # pyright: ignore[reportUnusedFunction] - pytest uses it
    threads = set(threading.enumerate())
    files = _open_files()
    yield
    gc.collect()
    left = [thread.name for thread in threading.enumerate() if thread not in threads and not thread.daemon]
    assert not left, f"threads left running: {left}"
    leaked = _open_files() - files
    leaked = {name: count for name, count in leaked.items() if not name.startswith(("/dev/", "pipe:", "anon_inode:"))}
    assert not leaked, f"files left open: {leaked}"
