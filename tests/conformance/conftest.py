"""What the tests of the report share: one run on the shop of docs/conformance.md, made once."""

from collections.abc import Generator
from dataclasses import dataclass, field

import pytest
from corner import shop

from parcelflow.conformance import AsgiDriver, Level, Options, Record, Report, conformance


@dataclass
class Ran:
    """A run, with its records."""

    report: Report
    records: list[Record] = field(default_factory=list[Record])


@pytest.fixture(scope="session")
def ran() -> Generator[Ran]:
    """A run on the shop, which has two mistakes."""
    module = shop()
    records: list[Record] = []
    with AsgiDriver(module.app, api_key=module.KEY) as driver:
        yield Ran(conformance(driver, Options(kinds=("store",), level=Level.SMOKE), record=records.append), records)
