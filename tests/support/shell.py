"""The command line as a user has it: words in; exit status, and what was said, out.

May not be mended where `main` would end otherwise. Non-obvious choice: most commands are run in this process, by `main` and its
handler of all errors, since a process of its own imports everything once more, for a second or two. What is about a process
itself (its signals, its environment, its first line, its death) has one, and so has every command that waits until it is told to
end, for that one changes how this process ends.
"""

import io
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout

import pytest

from parcelflow.console.main import main

COMMAND = (sys.executable, "-m", "parcelflow.console.main")
KEY = "PARCELFLOW_API_KEY"
"""Whoever runs the tests may have one; the tests say their own."""


def parcelflow(*words: str, stdin: str = "", **env: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end.

    Args:
        words: After `parcelflow`.
        stdin: What is typed.
        env: What the environment has besides.
    """
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["parcelflow", *words])
        patch.setattr(sys, "stdin", io.StringIO(stdin))
        patch.delenv(KEY, raising=False)
        for name, value in env.items():
            patch.setenv(name, value)
        with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
            main()
    code = ended.value.code
    assert isinstance(code, int)
    return subprocess.CompletedProcess(words, code, out.getvalue(), err.getvalue())


def in_a_process(*words: str, **env: str) -> subprocess.CompletedProcess[str]:
    """The same, in a process of its own."""
    plain = {name: value for name, value in os.environ.items() if name != KEY}
    return subprocess.run((*COMMAND, *words), capture_output=True, text=True, check=False, timeout=300, env={**plain, **env})
