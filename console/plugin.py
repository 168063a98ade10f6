"""The pytest fixture `parcelflow_world`: a fresh pretend world for each test, standing still until it is told to go on.

May not be imported by anything but pytest, which finds it by its entry point. Non-obvious choice: it stands here and imports the
simulator inside the fixture, because every pytest run of everybody who has parcelflow installed imports this module: the
simulator's package would cost each of them a third of a second, this one costs nothing that can be measured.
"""

from collections.abc import Generator
from importlib import import_module
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from ..simulator.handle import Handle


@pytest.fixture
def parcelflow_world() -> "Generator[Handle]":
    """A pretend Bloq.it, Blink and Blink Logistics; an editor knows it by `parcelflow_world: Handle` in your test's signature."""
    with import_module("parcelflow.simulator.handle").Handle.fresh() as world:
        yield world
