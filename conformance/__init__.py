"""The conformance kit: does a server, or a recorded history, do what the machines say.

May import `machines` and `adapters`, never the engine. Non-obvious choice: what is tried is reached through a `Driver` of three
methods, so that a server, an application in this process and a user's own code are tried by the same words; and this package is
its own pytest plugin (`pytest -p parcelflow.conformance`), so that there is one name to know.
"""

from .bench import InfrastructureError, Record
from .driver import AsgiDriver, Driver, HttpDriver
from .findings import CHECKS, Finding
from .history import Travelled, Verdict, check_history
from .hooks import Hooks, hooks_of
from .kit import KindReport, Options, Progress, Report, conformance
from .levels import Level
from .plugin import pytest_addoption, pytest_collection_finish, pytest_collection_modifyitems

__all__ = [
    "CHECKS",
    "AsgiDriver",
    "Driver",
    "Finding",
    "Hooks",
    "HttpDriver",
    "InfrastructureError",
    "KindReport",
    "Level",
    "Options",
    "Progress",
    "Record",
    "Report",
    "Travelled",
    "Verdict",
    "check_history",
    "conformance",
    "hooks_of",
    "pytest_addoption",
    "pytest_collection_finish",
    "pytest_collection_modifyitems",
]
