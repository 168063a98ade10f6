"""The pytest fixture `parcelflow_world`: a fresh pretend world for each test, standing still until it is told to go on.

May not be imported by anything but pytest, which finds it by its entry point. Non-obvious choice: the rest of the simulator is
imported inside the fixture, so that a test run that does not use it pays for a few lines and no more.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .handle import Handle


@pytest.fixture
def parcelflow_world() -> Generator[Handle]:
    """A pretend Bloq.it, Blink and Blink Logistics; see `parcelflow.simulator.handle.Handle`."""
    from .handle import Handle  # noqa: PLC0415 - as the module's docstring says

    with Handle.fresh() as world:
        yield world
