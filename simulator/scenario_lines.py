"""Where something stands in a scenario's file, and what is wrong with it there.

May not read a file. Non-obvious choice: two errors for two readers: an unusable file is its author's matter, an unexpected world
is what the scenario was written to find.
"""

from typing import Any


class ScenarioError(Exception):
    """Something is wrong at a line of a scenario.

    Args:
        line: Where, from 1.
        message: What, and what would be right.
    """

    def __init__(self, line: int, message: str) -> None:
        super().__init__(f"line {line}: {message}")
        self.line = line


class UnusableError(ScenarioError):
    """The file cannot be used."""


class UnexpectedError(ScenarioError):
    """The world is not as it should be."""


class Lined(dict[str, Any]):
    """A mapping that knows where it stands."""

    line = 1
