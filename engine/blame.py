"""Blame: what may be told of an error in a log, which is its type and where it came from.

May not repeat an error's words. Non-obvious choice: they are left out always, not only where they look personal: an exception
that a guard raised on a telephone number quotes the number, and PostgreSQL quotes the whole row that a constraint refused.
"""

import traceback
from pathlib import PurePath

DEEPEST = 5
"""Lines of code that tell where an error came from."""


def where(error: BaseException) -> str:
    """The lines of code that an error came from, outermost first."""
    frames = traceback.extract_tb(error.__traceback__)[-DEEPEST:]
    return " > ".join(f"{PurePath(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames)


def code(error: BaseException) -> str:
    """A database's own word for an error, such as `SQLITE_FULL` or `53100`; the type of one that has none."""
    cause = error.__cause__ or error
    found: object = getattr(cause, "sqlite_errorname", None) or getattr(cause, "sqlstate", None)
    return f"{found}" if found else type(cause).__name__
