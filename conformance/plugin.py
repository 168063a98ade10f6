"""The kit as a pytest plugin: `pytest -p parcelflow.conformance --parcelflow-url URL`, one item for each cell.

May not import pytest: it is read by everybody who imports `parcelflow.conformance`, and pytest is an extra. Non-obvious choice:
items are collected from the machines alone, and the server is asked when the first of them runs. `--collect-only` sends
nothing, and the names are the same for every server and every run, which is what a CI needs to show a trend.
"""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pytest

LEVELS = ("smoke", "standard", "deep", "nightly")
OPTIONS: Mapping[str, Mapping[str, Any]] = {
    "--parcelflow-url": {"metavar": "URL", "help": "Bloq.it's API as the server to be tried has it; without, nothing is tried."},
    "--parcelflow-key": {"metavar": "KEY", "help": "Secret; better given as PARCELFLOW_API_KEY."},
    "--parcelflow-level": {"choices": LEVELS, "default": "standard", "help": "How much is tried (standard)."},
    "--parcelflow-rent-type": {"action": "append", "metavar": "TYPE", "help": "Only this one; may be repeated."},
    "--parcelflow-api-level": {"metavar": "LEVEL", "help": "Version of the API (1.35)."},
    "--parcelflow-strict": {"action": "store_true", "help": "What the document leaves open has to be refused."},
    "--parcelflow-hooks": {"metavar": "FILE", "help": "TOML: how this server's test hooks are called."},
    "--parcelflow-baseline": {"metavar": "FILE", "help": "TOML: deviations that are accepted, each with a reason."},
    "--parcelflow-budget": {"type": int, "metavar": "REQUESTS", "help": "Requests that may be sent at most."},
    "--parcelflow-seed": {"type": int, "default": 0, "help": "Of everything that is drawn (0)."},
    "--parcelflow-workers": {"type": int, "default": 4, "help": "Rents that are tried side by side (4)."},
    "--parcelflow-allow-doors": {"action": "store_true", "help": "Needed for a server that is not on loopback."},
}


def pytest_addoption(parser: "pytest.Parser") -> None:
    """Add what the command line of `parcelflow conform` has, each with `--parcelflow-` before it."""
    group = parser.getgroup("parcelflow", "parcelflow conformance")
    for name, said in OPTIONS.items():
        group.addoption(name, dest=name.removeprefix("--").replace("-", "_"), **said)


def pytest_collection_modifyitems(session: "pytest.Session", config: "pytest.Config", items: "list[pytest.Item]") -> None:
    """Add the items, before `-k` and the like choose among them."""
    if config.getoption("parcelflow_url"):
        from .items import collected  # noqa: PLC0415 - see the module

        key = config.getoption("parcelflow_key") or os.environ.get("PARCELFLOW_API_KEY", "")
        items.extend(collected(session, key))


def pytest_collection_finish(session: "pytest.Session") -> None:
    """Nothing of a rent type is tried of which no item is left."""
    if session.config.getoption("parcelflow_url"):
        from .items import restrict  # noqa: PLC0415 - see the module

        restrict(session.items)


setattr(pytest_collection_modifyitems, "pytest_impl", {"tryfirst": True})  # noqa: B010 - what `pytest.hookimpl` would set
