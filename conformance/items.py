"""Items of the pytest plugin: one for each cell and each named check, and one for what is found outside of them.

May not be imported but by `plugin`, for it needs pytest. Non-obvious choice: all items share one run, made when the first of
them is asked for. A cell cannot be tried alone: what makes it worth trying is the ways to it, and those are shared.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import Any, cast

import pytest

from ..machines import API_LEVELS, ParcelflowError
from . import baseline
from .bench import InfrastructureError
from .checks import NAMED
from .doors import guard
from .driver import HttpDriver
from .hooks import Hooks
from .hooks import read as read_hooks
from .inputs import RENTS
from .kit import Options, Report, conformance
from .levels import Level
from .oracle import Oracle
from .readings import Reading, Readings
from .report.junit import message, readable
from .report.verdicts import Cell, Verdict, cells

REST = "everything else"
NO_RUN = 2


class DeviationError(Exception):
    """What fails an item; its text is the report of it."""


@dataclass
class Run:
    """The run that all items share.

    Attributes:
        config: What pytest was given.
        key: The API key.
        kinds: Rent types of the items that are left after `-k` and the like.
    """

    config: pytest.Config
    key: str
    kinds: tuple[str, ...] = RENTS

    @cached_property
    def found(self) -> dict[tuple[str, str, str], Cell]:
        """Every cell of the report, by rent type, spot and input."""
        try:
            report = self._made()
        except (ParcelflowError, InfrastructureError) as error:
            pytest.exit(f"parcelflow: no run: {error}", returncode=NO_RUN)
        return {(cell.kind, cell.spot, cell.input): cell for kind in report.kinds for cell in cells(report, kind)}

    def option(self, name: str) -> Any:  # noqa: ANN401 - options are of many types
        """What was said under `--parcelflow-NAME`."""
        return self.config.getoption(f"parcelflow_{name}")

    def _made(self) -> Report:
        url, hooks, accepted = self.option("url"), self.option("hooks"), self.option("baseline")
        guard(url, allowed=self.option("allow_doors"))
        options = Options(
            kinds=self.kinds, level=Level(self.option("level")), strict=self.option("strict"),
            api_level=self.option("api_level") or API_LEVELS[0], seed=self.option("seed"), budget=self.option("budget"),
        )  # fmt: skip
        known = baseline.read(Path(accepted)) if accepted else baseline.NOTHING
        with HttpDriver(url, self.key, workers=self.option("workers")) as driver:
            report = conformance(driver, options, hooks=read_hooks(Path(hooks)) if hooks else Hooks())
        baseline.accept(report, known)
        return report


class CellItem(pytest.Item):
    """One cell, or one named check."""

    def __init__(self, *, run: Run, cell: tuple[str, str, str], **given: Any) -> None:  # noqa: ANN401 - pytest's own
        super().__init__(**given)  # pyright: ignore[reportUnknownMemberType] - pytest's own
        self.run, self.place = run, cell
        self.kind = cell[0]

    def runtest(self) -> None:
        """Look it up in the run."""
        found = self.run.found.get(self.place)
        if found is None:
            pytest.skip("this server reads the document so that there is no such cell")
        _judged(found)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:  # noqa: ANN401 - pytest's own
        """The report of a deviation, without a trace of ours."""
        if isinstance(excinfo.value, DeviationError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Where pytest says that it stands."""
        return Path("parcelflow"), None, self.name


class RestItem(CellItem):
    """What is found of a rent type that belongs to no item."""

    def runtest(self) -> None:
        """Fail with every cell that failed and has no item."""
        own = {item.place for item in self.session.items if isinstance(item, CellItem)}
        left = [cell for place, cell in self.run.found.items() if cell.kind == self.kind and place not in own]
        if failed := [cell for cell in left if cell.verdict is Verdict.FAIL]:
            raise DeviationError("\n\n".join(map(readable, failed)))


def _judged(cell: Cell) -> None:
    if cell.verdict is Verdict.FAIL:
        raise DeviationError(readable(cell))
    if cell.verdict is Verdict.KNOWN:
        pytest.xfail(message(cell))
    if cell.verdict is not Verdict.PASS:
        pytest.skip(cell.why or str(cell.verdict))


def collected(session: pytest.Session, key: str) -> Iterator[CellItem]:
    """The items of the rent types that were asked for.

    Raises:
        UsageError: Something that was given is none of what there is.
    """
    config = session.config
    kinds: tuple[str, ...] = tuple(config.getoption("parcelflow_rent_type") or RENTS)
    if wrong := [kind for kind in kinds if kind not in RENTS]:
        raise pytest.UsageError(f"--parcelflow-rent-type: {wrong[0]!r} is none of {', '.join(RENTS)}")
    level = config.getoption("parcelflow_api_level") or API_LEVELS[0]
    if level not in API_LEVELS:
        raise pytest.UsageError(f"--parcelflow-api-level: {level!r} is none of {', '.join(API_LEVELS)}")
    run = Run(config, key, kinds)
    for kind in kinds:
        for spot, name in _places(kind, level):
            yield _item(CellItem, session, run, Cell(kind, spot, name, Verdict.PASS))
        for named in NAMED:
            if kind in named.kinds:
                yield _item(CellItem, session, run, Cell(kind, "", named.title, Verdict.PASS))
        yield _item(RestItem, session, run, Cell(kind, "", REST, Verdict.PASS))


def _item(shape: type[CellItem], session: pytest.Session, run: Run, cell: Cell) -> CellItem:
    place = (cell.kind, cell.spot, cell.input)
    nodeid = f"parcelflow/conformance/{cell.kind}::{cell.name}"
    make = cast("Callable[..., CellItem]", shape.from_parent)  # pyright: ignore[reportUnknownMemberType] - pytest's own
    return make(session, name=cell.name, nodeid=nodeid, run=run, cell=place)


def _places(kind: str, api_level: str) -> dict[tuple[str, str], None]:
    """Every cell that a server may have, whichever way it reads what is open; in the order of the machine."""
    places: dict[tuple[str, str], None] = {}
    for strict, holds in product((True, False), repeat=2):
        readings = Readings(strict=strict, api_level=api_level)
        while (open_one := _open(kind, readings)) is not None:
            readings = readings.learnt(open_one, holds=holds)
        places |= dict.fromkeys(Oracle(kind, readings).mealy.cells())
    return places


def _open(kind: str, readings: Readings) -> Reading | None:
    """A reading that is open and that some known way leads to."""
    oracle = Oracle(kind, readings)
    steps = (oracle.step(oracle.spots[state], name) for state in oracle.mealy.states for name in oracle.mealy.inputs)
    return next((step.open for step in steps if step is not None and step.open is not None), None)


def restrict(items: list[pytest.Item]) -> None:
    """Have the run try only the rent types of the items that are left."""
    ours = [item for item in items if isinstance(item, CellItem)]
    for item in ours[:1]:
        item.run.kinds = tuple(dict.fromkeys(each.kind for each in ours))
