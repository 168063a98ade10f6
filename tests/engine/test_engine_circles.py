"""Links that lead in a circle end: the default ones because they lead in none, all others by a bound."""

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from killing import Mutant, dies
from stage import START
from walks import RAM
from world import World

from parcelflow.engine import NEVER, Engine, Habits, ManualClock, Place, Ports, batch, commit
from parcelflow.machines import DEFAULT_LINKS, MACHINES, Answer, Caller, Effect, Link, catalogue, table_of

MOST_CALLS = 2000


class Called(BaseException):
    """Ends the engine: it survives whatever else its callers raise."""


class Strict(World):
    """Objects to being called for ever."""

    def call(self, effect: Effect, key: str) -> Answer:
        """One call."""
        if self.happened.total() >= MOST_CALLS:
            raise Called("it runs away")
        return super().call(effect, key)


@contextmanager
def opened(place: Place, links: tuple[Link, ...]) -> Generator[tuple[Engine, World]]:
    world = Strict()
    callers: dict[str, Caller] = dict.fromkeys(("bloqit", "blink", "logistics"), world)
    ports = Ports(clock=ManualClock(START))
    with Engine(place, catalogue(), callers, links=links, ports=ports, habits=Habits(looks=NEVER)) as engine:
        yield engine, world


def drained(engine: Engine) -> None:
    try:
        engine.drain()
    except Called as error:
        raise AssertionError(str(error)) from error


def _undoing() -> Iterator[Link]:
    """A locker that is put into service whenever it is taken out, and the other way round."""
    for other in ("free", "allocated"):
        yield Link(name="on", source="locker", state=f"closed+inactive+{other}", target="locker", trigger="enable")
        yield Link(name="off", source="locker", state=f"closed+active+{other}", target="locker", trigger="disable")


UNDOING = tuple(_undoing())


def what_undoes_itself_for_ever_is_ended(place: Place) -> None:
    with opened(place, UNDOING) as (engine, world):
        engine.ask("locker", "7", "disable", data={"order": "7"})
        drained(engine)
        states = [line.target for line in engine.views.journal("locker", "7") if line.source != line.target]
        assert len(states) == world.happened.total() <= 2 * (commit.ROUND_AND_ROUND + 1)
        (line,) = engine.views.anomalies()
        assert line.reason.endswith("was entered more than 100 times; links no longer follow from it")
        engine.ask("locker", "7", "enable" if states[-1].startswith("closed+inactive") else "disable")
        drained(engine)  # what somebody asks for is done all the same
        assert world.happened.total() == len(states) + 1


def test_what_undoes_itself_for_ever_is_ended(place: Place) -> None:
    what_undoes_itself_for_ever_is_ended(place)


def what_happens_seldom_is_followed_as_ever(place: Place) -> None:
    """Thirty times a locker is taken out of service, and another is asked for something each time."""
    told = Link(name="told", source="locker", state="closed+inactive+free", target="location", trigger="churn")
    with opened(place, (told,)) as (engine, _):
        for number in range(60):
            engine.ask("locker", "7", "enable" if number % 2 else "disable", data={"order": "7"})
            drained(engine)
        assert len([row for row in engine.views.inbox() if row.source == "link"]) == 30


def test_what_happens_seldom_is_followed_as_ever(place: Place) -> None:
    what_happens_seldom_is_followed_as_ever(place)


def _leads(links: tuple[Link, ...]) -> dict[tuple[str, str], set[tuple[str, str]]]:
    """From each state that a link follows from to each that its wish may bring about, and what may follow from there."""
    leads: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for link in links:
        arms = table_of(link.target).named.get(link.trigger, ())
        leads.setdefault((link.source, link.state), set()).update((link.target, arm.target) for arm in arms)
    return leads


def _circle(links: tuple[Link, ...]) -> bool:
    leads = _leads(links)
    reached = {start: set(ends) for start, ends in leads.items()}
    for _ in leads:
        for ends in reached.values():
            ends |= {further for end in ends for further in leads.get(end, ())}
    return any(start in ends for start, ends in reached.items())


def test_the_default_links_lead_in_no_circle() -> None:
    assert not _circle(DEFAULT_LINKS)
    assert _circle(UNDOING)


ANY = st.sampled_from([(kind, state) for kind in MACHINES for state in table_of(kind).states])
WISHES = st.sampled_from(sorted({(kind, arm.row.trigger) for kind in MACHINES for arm in table_of(kind).arrows if arm.sendable}))


@st.composite
def any_links(draw: st.DrawFn) -> tuple[Link, ...]:
    """Links from anywhere to anything, as many as one likes."""
    made: list[Link] = []
    for number in range(draw(st.integers(1, 12))):
        (source, state), (target, trigger) = draw(ANY), draw(WISHES)
        made.append(Link(name=str(number), source=source, state=state, target=target, trigger=trigger))
    return (*made, *draw(st.sampled_from([(), UNDOING])))


@settings(
    max_examples=30, deadline=None, derandomize=True, suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large)
)
@given(any_links(), WISHES)
def test_whatever_links_there_are_the_engine_comes_to_an_end(links: tuple[Link, ...], first: tuple[str, str]) -> None:
    with (
        pytest.MonkeyPatch.context() as patch,
        TemporaryDirectory(dir=RAM) as folder,
        opened(Path(folder) / "x.db", links) as (engine, _),
    ):
        patch.setattr(commit, "ROUND_AND_ROUND", 3)
        for kind, trigger in (first, ("locker", "disable")):
            engine.ask(kind, "7", trigger, data={"order": "7", "locker_id": "L", "bloq_id": "B"})
            drained(engine)


# --- wrong versions ---------------------------------------------------------------------------------------------------


def never(_self: batch.Batch, _case: object, _state: str) -> int:
    return 0


def every_line(self: batch.Batch, case: batch.Case, _state: str) -> int:
    return len(self.been(case)) * 1000


MUTANTS: dict[str, tuple[object, str, object, Callable[[Place], None]]] = {
    "it runs away": (batch.Batch, "entered", never, what_undoes_itself_for_ever_is_ended),
    "links tire at once": (commit, "ROUND_AND_ROUND", 10, what_happens_seldom_is_followed_as_ever),
    "whatever was entered": (batch.Batch, "entered", every_line, what_happens_seldom_is_followed_as_ever),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_the_mutant_is_noticed(name: str, tmp_path: Path) -> None:
    where, attribute, wrong, check = MUTANTS[name]
    assert dies(Mutant(where, attribute, wrong, lambda: check(tmp_path / "x.db")))
