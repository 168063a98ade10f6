"""The kit on a server that is not ours and reads the document on its own: it finds nothing there, and all that is put wrong.

The server is `tests/support/second`. It is not mended towards us: what the kit finds on it is judged by the document, and one of
the two changes.
"""

# pyright: reportPrivateUsage=false
# A mutant is the code under test with one wrong line; it has to reach inside.

import ast
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import second
from corner import serving
from second import BASE, KEY, START, World, app, create_app, doors, keypad, lives, posting
from second.things import Locker, Rent
from second.words import RefusedError

from parcelflow.conformance.driver import AsgiDriver, Driver, HttpDriver
from parcelflow.conformance.hooks import read
from parcelflow.conformance.inputs import RENTS
from parcelflow.conformance.kit import KindReport, Options, conformance
from parcelflow.conformance.levels import Level
from parcelflow.conformance.oracle import Oracle

HERE = Path(second.__file__).parent
HOOKS = read(HERE / "hooks.toml")
ROUTES = {"bloqit.lockers.set_availability": ("PUT", "/bloqs/{bloqID}/lockers/{lockerID}")}
"""Where it has an operation that the document gives no path, and that the kit does not guess."""

SMOKE = Options(level=Level.SMOKE)
WEBHOOKS = ("events are told by webhooks", "a webhook tells what was asked for")
LEFT_OUT = ("strict server only", "this machine's loopback", "may know wrong ones only", "on a clock that stands")
"""Reasons for which a named check may leave this server alone."""


def going() -> Callable[[], datetime]:
    """A clock that goes on by a millisecond whenever somebody looks."""
    looks = count()
    return lambda: START + timedelta(milliseconds=next(looks))


def world_for(kind: str, clock: Callable[[], datetime] | None = None) -> World:
    """A world whose last bloq does not take the rents that are tried, so that this is tried, too."""
    world = World() if clock is None else World(clock=clock)
    *_, last = world.bloqs.values()
    last.supports.remove(kind)
    return world


@contextmanager
def in_process(world: World) -> Generator[Driver]:
    with AsgiDriver(create_app(world), base_path=BASE, api_key=KEY) as driver:
        yield driver


@contextmanager
def on_loopback(world: World, *, workers: int = 1) -> Generator[Driver]:
    with serving(create_app(world)) as url, HttpDriver(url + BASE, KEY, workers=workers) as driver:
        yield driver


def judged(driver: Driver, kind: str, **changes: Any) -> KindReport:
    asked = replace(SMOKE, kinds=(kind,), **changes)
    (report,) = conformance(driver, asked, hooks=HOOKS, routes=ROUTES).kinds
    return report


def told(report: KindReport) -> list[str]:
    return [f"{one.check}: {' '.join(one.word)} ({one.story}): {one.expected}, got {one.got}" for one in report.findings]


def within_reach(report: KindReport) -> set[str]:
    """Rows that some way through this server's machine takes."""
    oracle = Oracle(report.kind, report.probed.readings, report.probed.inputs)
    steps = (oracle.step(oracle.spots[text], name) for text, name in oracle.mealy.steps)
    return {row.id for step in steps if step is not None for row in step.rows}


def left_out(report: KindReport) -> list[str]:
    return [why for why in report.inconclusive if not any(reason in why for reason in LEFT_OUT)]


CELLS = {"store": 120, "send": 110, "delivery": 500, "return": 220}


def assert_tried(report: KindReport) -> None:
    assert set(report.cells) == set(report.possible)
    assert len(report.cells) >= CELLS[report.kind]
    assert within_reach(report) <= report.rows
    assert not report.probed.missing


@pytest.mark.parametrize("clock", [None, going], ids=["standing", "going"])
@pytest.mark.parametrize("kind", RENTS)
def test_nothing_is_found_on_a_second_reading(kind: str, clock: Callable[[], Callable[[], datetime]] | None) -> None:
    with in_process(world_for(kind, clock() if clock else None)) as driver:
        report = judged(driver, kind)
    assert told(report) == []
    assert_tried(report)
    refused = "a locker in another bloq leaves the old one free"  # a return is reserved once (B:2998)
    assert [why for why in left_out(report) if kind != "return" or not why.startswith(refused)] == []


@pytest.mark.parametrize("kind", RENTS)
def test_its_webhooks_come_and_are_right(kind: str) -> None:
    with on_loopback(world_for(kind)) as driver:
        report = judged(driver, kind, parts=frozenset({"checks"}))
    assert told(report) == []
    assert [why for why in report.inconclusive if why.startswith(WEBHOOKS)] == []


@pytest.mark.soak
@pytest.mark.parametrize("kind", RENTS)
def test_nothing_is_found_at_the_standard_level_either(kind: str) -> None:
    with in_process(world_for(kind, going())) as driver:
        report = judged(driver, kind, level=Level.STANDARD)
    print(f"\n{kind}: {report.words} words, {report.steps} steps, {len(report.cells)} cells, {report.seconds:.0f} s")
    assert told(report) == []
    assert_tried(report)


@pytest.mark.soak
@pytest.mark.parametrize("kind", RENTS)
def test_nothing_is_found_side_by_side(kind: str) -> None:
    with on_loopback(world_for(kind), workers=4) as driver:
        report = judged(driver, kind)
    assert told(report) == []
    assert_tried(report)


MOVE, NEED, CLOSED, LIMIT = lives.move, lives.need, lives.closed, lives.limit_of
CHECKED, POSTED, SIGNED, WRONG_PIN = doors.check_free, posting._posted, posting.signed, keypad.wrong_pin


def frees_when_cancelled(world: World, rent: Rent, state: str, by: dict[str, str], **more: object) -> None:
    MOVE(world, rent, state, by, **more)
    if state == "cancelled" and (locker := world.of(rent)) is not None:
        locker.rent = None


def forgets_a_state(world: World, rent: Rent, state: str, by: dict[str, str], **more: object) -> None:
    MOVE(world, rent, state, by, **more)
    if state == "locker_opened":
        rent.states.pop()


def forgets_an_event(world: World, rent: Rent, state: str, by: dict[str, str], **more: object) -> None:
    MOVE(world, rent, state, by, **more)
    if state == "collect_item":
        world.events.pop()


def moves_the_limit_all_the_same(rent: Rent, states: tuple[str, ...], what: str) -> None:
    if rent.expiry is not None and rent.state not in states:
        rent.expiry += timedelta(days=1)
    NEED(rent, states, what)


def finishes_again(rent: Rent, states: tuple[str, ...], what: str) -> None:
    NEED(rent, (*states, "finished") if what == "finished" else states, what)


def cancels_again(rent: Rent, states: tuple[str, ...], what: str) -> None:
    NEED(rent, (*states, "cancelled") if what == "cancelled" else states, what)


def leaves_the_door_open(world: World, locker: Locker, by: dict[str, str]) -> None:
    CLOSED(world, locker, by)
    locker.is_open = True


def gives_what_is_taken(world: World, locker: Locker, kind: str, rent: Rent | None = None) -> None:
    if locker.rent is None:
        CHECKED(world, locker, kind, rent)


def gives_what_is_disabled(world: World, locker: Locker, kind: str, rent: Rent | None = None) -> None:
    if locker.active:
        CHECKED(world, locker, kind, rent)


def lets_everybody_in(_: object) -> None:
    return None


def opens_for_any_code(world: World, rent: Rent, code: str) -> None:
    WRONG_PIN(world, rent, code)
    if rent.state == "in_progress":
        lives.collect(world, rent, {"source": "locker"})


def tells_nothing_of_a_closing(world: World, hook: Any, letter: str) -> bool:
    return '"rent.in_progress"' in letter or POSTED(world, hook, letter)


def signed_otherwise(text: str, secret: str) -> str:
    return SIGNED(text, f"not {secret}")


def an_hour_late(rent: Rent) -> datetime | None:
    limit = LIMIT(rent)
    return limit + timedelta(hours=1) if limit is not None else None


def takes_any_size(world: World, bloq: Any, kind: str, size: str | None, rent: Rent | None = None) -> Locker:
    del kind, size, rent
    return next(filter(doors.is_free, world.doors(bloq)))


def is_enabled(locker: Locker) -> bool:
    return locker.active


def as_a_bad_request(code: str, message: str) -> RefusedError:
    return RefusedError(400, code, message)


Mutant: TypeAlias = tuple[str, object, str, object]
"""Rent type that shows it, where, what, and what instead."""

MUTANTS: dict[str, Mutant] = {
    "a cancelled rent frees its locker": ("store", lives, "move", frees_when_cancelled),
    "a rent forgets a state": ("send", lives, "move", forgets_a_state),
    "the history forgets a collection": ("store", lives, "move", forgets_an_event),
    "a refused request moves the limit": ("send", lives, "need", moves_the_limit_all_the_same),
    "what is finished can be finished": ("return", lives, "need", finishes_again),
    "what is cancelled can be cancelled": ("store", lives, "need", cancels_again),
    "a door that is closed stays open": ("send", lives, "closed", leaves_the_door_open),
    "a locker has two rents": ("store", doors, "check_free", gives_what_is_taken),
    "a disabled locker is given": ("send", doors, "check_free", gives_what_is_disabled),
    "a wrong code opens": ("return", keypad, "wrong_pin", opens_for_any_code),
    "a rent expires an hour late": ("return", lives, "limit_of", an_hour_late),
    "a locker of any size is given": ("return", doors, "pick", takes_any_size),
    "taken lockers are free": ("send", doors, "is_free", is_enabled),
    "a wrong state is a bad request": ("store", lives, "conflict", as_a_bad_request),
    "nobody needs a key": ("send", app, "_check_key", lets_everybody_in),
}
UNHEARD: dict[str, Mutant] = {
    "a webhook of a closing is missing": ("store", posting, "_posted", tells_nothing_of_a_closing),
    "a webhook is signed by another secret": ("send", posting, "signed", signed_otherwise),
}  # fmt: skip


@pytest.mark.parametrize("name", MUTANTS)
def test_a_wrong_second_server_is_found_out(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kind, where, what, instead = MUTANTS[name]
    monkeypatch.setattr(where, what, instead)
    with in_process(world_for(kind)) as driver:
        found = judged(driver, kind, enough=1, shrink=False)
    assert told(found)
    assert not any(one.got.startswith("500") for one in found.findings), "a server that breaks down is no wrong reading"


@pytest.mark.parametrize("name", UNHEARD)
def test_wrong_webhooks_are_found_out(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kind, where, what, instead = UNHEARD[name]
    monkeypatch.setattr(where, what, instead)
    with on_loopback(world_for(kind)) as driver:
        assert told(judged(driver, kind, enough=1, shrink=False, parts=frozenset({"checks"})))


def foreign(source: str) -> set[str]:
    """Packages that a module imports anywhere, and that are neither Python's, nor Starlette, nor of its own package."""
    named: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            named |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            named |= {str(node.module).partition(".")[0]} if node.level == 0 else {".."} if node.level > 1 else set()
    return named - (sys.stdlib_module_names - {"importlib"}) - {"starlette"}


def test_it_shares_nothing_with_parcelflow() -> None:
    files = sorted(HERE.glob("*.py"))
    assert len(files) > 10
    assert {file.name: foreign(file.read_text()) for file in files} == {file.name: set[str]() for file in files}


@pytest.mark.parametrize(
    "line",
    ["import parcelflow.machines", "from parcelflow import machines", "def f():\n    from .. import walked", "import importlib"],
)
def test_what_is_shared_is_noticed(line: str) -> None:
    assert foreign(line)
