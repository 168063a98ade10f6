"""What events say of a rent: the machines' tables read through their signals, for somebody who was only told.

May not read files, nor know where an event comes from. Non-obvious choice: the *set* of places where the rent may be is kept, and
how cheaply each is explained. A log has holes, and which row an event tells is seldom certain: to follow one guess would call a
legal history illegal as soon as the guess is wrong. The sets that there are become the states of a machine of their own, which is
built as it is needed, so that a history costs one look into a table for each of its events.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import NamedTuple, TypeAlias

from ..machines import ABSENT, API_LEVELS
from .telling import Arrow, Place, arrows_of

Cost: TypeAlias = tuple[int, int]
"""Events that must have been lost, and open readings that must hold; the former weigh more than any number of the latter."""


class Hop(NamedTuple):
    """The cheapest ways from a place, over what nobody told, through one told event.

    Attributes:
        target: Where they lead.
        cost: What they cost.
        rows: The rows that the event may have told, one for each way.
        between: Rows that were taken before it.
        lost: Events of those that were lost.
        readings: What was taken for allowed.
    """

    target: Place
    cost: Cost
    rows: frozenset[str]
    between: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    readings: tuple[str, ...] = ()


@dataclass(slots=True)
class Turn:
    """What one event does to a set of places: what it costs at least, and from where each place of the next set is reached."""

    cost: Cost
    after: "Places"
    came: Mapping[Place, tuple[Place, Hop]]


@dataclass(slots=True)
class Places:
    """A set of places, each with what it costs more than the cheapest of them, and what was found out already of what follows."""

    costs: Mapping[Place, Cost]
    turns: dict[str, Turn | None]


@dataclass(frozen=True, slots=True)
class Loss:
    """Events that must have been lost before an event of a history, in their order."""

    position: int
    events: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Heard:
    """What a history of events amounts to for one rent type, or for those types that explain it equally well.

    Attributes:
        kinds: The types.
        total: How many events it has.
        legal: How many of them, from the first on, have an explanation.
        whole: How many of them have one in which nothing was lost.
        states: Where the rent may be after the legal ones, by the stories in which the least was lost.
        lost: What must have been lost.
        rows: The rows that were certainly taken, by rent type.
        perhaps: Those that may have been: their event was lost, or another row is told by it as well.
        readings: What was taken to be allowed that the document leaves open.
        allowed: Events that would have been legal instead of the first illegal one; empty where there is none.
    """

    kinds: tuple[str, ...]
    total: int
    legal: int
    whole: int
    states: tuple[str, ...]
    lost: tuple[Loss, ...]
    rows: Mapping[str, frozenset[str]]
    perhaps: Mapping[str, frozenset[str]]
    readings: tuple[str, ...]
    allowed: tuple[str, ...]

    @property
    def obeys(self) -> bool:
        """Whether everything has an explanation."""
        return self.legal == self.total


def hear(kind: str, events: Iterable[str], *, api_level: str = API_LEVELS[0]) -> Heard:
    """The cheapest explanation of a rent's events: the fewest of them lost, then the fewest open readings.

    Args:
        kind: The rent type.
        events: Names of events in their order; those that are not in `tells(kind)` are to be left out.
        api_level: Version of the API.
    """
    word = tuple(events)
    ear = _ear(kind, api_level)
    turns: list[Turn] = []
    here, lost, whole = ear.start, 0, 0
    for event in word:
        turn = here.turns[event] if event in here.turns else ear.turn(here, event)
        if turn is None:
            return ear.heard(word, turns, whole)
        turns.append(turn)
        here = turn.after
        lost += turn.cost[0]
        whole += not lost
    return ear.heard(word, turns, whole)


def hear_any(kinds: Iterable[str], events: Iterable[str], *, api_level: str = API_LEVELS[0]) -> Heard:
    """As `hear`, of a rent whose type is one of several: the types that explain most of it, with the least lost."""
    word = tuple(events)
    each = [hear(kind, word, api_level=api_level) for kind in kinds]
    best = max(map(_worth, each))
    fits = [heard for heard in each if _worth(heard) == best]
    return Heard(
        kinds=tuple(kind for heard in fits for kind in heard.kinds),
        total=len(word),
        legal=fits[0].legal,
        whole=fits[0].whole,
        states=tuple(dict.fromkeys(state for heard in fits for state in heard.states)),
        lost=fits[0].lost,
        rows={kind: rows for heard in fits for kind, rows in heard.rows.items()},
        perhaps={kind: rows for heard in fits for kind, rows in heard.perhaps.items()},
        readings=fits[0].readings,
        allowed=tuple(sorted({event for heard in fits for event in heard.allowed})),
    )


def _worth(heard: Heard) -> tuple[int, int, int]:
    return heard.legal, heard.whole, -sum(len(loss.events) for loss in heard.lost)


@dataclass(frozen=True)
class _Ear:
    """How one rent type is heard.

    Attributes:
        kind: The type.
        arrows: What may happen at each place.
    """

    kind: str
    arrows: Mapping[Place, tuple[Arrow, ...]]
    _hops: dict[tuple[Place, str], tuple[Hop, ...]] = field(default_factory=dict[tuple[Place, str], tuple[Hop, ...]])
    _sets: dict[frozenset[tuple[Place, Cost]], Places] = field(default_factory=dict[frozenset[tuple[Place, Cost]], Places])

    @cached_property
    def start(self) -> Places:
        """Before anything was told."""
        return self._places({Place(self.kind, ABSENT): (0, 0)})

    def turn(self, here: Places, event: str) -> Turn | None:
        """What an event does; None where nothing explains it."""
        costs: dict[Place, Cost] = {}
        came: dict[Place, tuple[Place, Hop]] = {}
        for place, cost in here.costs.items():
            for hop in self._through(place, event):
                total = _sum(cost, hop.cost)
                if hop.target not in costs or total < costs[hop.target]:
                    costs[hop.target], came[hop.target] = total, (place, hop)
        turn = None
        if costs:
            least = min(costs.values())
            turn = Turn(least, self._places({place: _sum(cost, least, -1) for place, cost in costs.items()}), came)
        here.turns[event] = turn
        return turn

    def heard(self, word: tuple[str, ...], turns: Sequence[Turn], whole: int) -> Heard:
        """What the turns of a word amount to, which may have been stopped before its end."""
        here = turns[-1].after if turns else self.start
        hops = list(_cheapest(here, turns))
        sure = frozenset(row for hop in hops if len(hop.rows) == 1 for row in hop.rows)
        every = frozenset(row for hop in hops for row in (*hop.rows, *hop.between))
        stopped = len(turns) < len(word)
        return Heard(
            kinds=(self.kind,),
            total=len(word),
            legal=len(turns),
            whole=whole,
            states=tuple(dict.fromkeys(place.state for place in _nearest(here))),
            lost=tuple(Loss(position, hop.lost) for position, hop in enumerate(hops) if hop.lost),
            rows={self.kind: sure - {""}},
            perhaps={self.kind: every - sure - {""}},
            readings=tuple(sorted({reading for hop in hops for reading in hop.readings})),
            allowed=tuple(sorted(self._allowed(here))) if stopped else (),
        )

    def _allowed(self, here: Places) -> frozenset[str]:
        """Events that need nothing to be lost."""
        ways = (way for place in _nearest(here) for way in self._ways(Hop(place, (0, 0), frozenset()), lossy=False))
        return frozenset(arrow.event for way in ways for arrow in self.arrows.get(way.target, ())) - {""}

    def _through(self, place: Place, event: str) -> tuple[Hop, ...]:
        if (place, event) not in self._hops:
            self._hops[place, event] = tuple(self._found(place, event).values())
        return self._hops[place, event]

    def _found(self, place: Place, event: str) -> dict[Place, Hop]:
        best: dict[Place, Hop] = {}
        for way in self._ways(Hop(place, (0, 0), frozenset()), lossy=True):
            for arrow in self.arrows.get(way.target, ()):
                if arrow.event == event:
                    hop = _told(way, arrow)
                    known = best.get(hop.target)
                    if known is not None and hop.cost == known.cost:
                        best[hop.target] = known._replace(rows=known.rows | hop.rows)
                    elif known is None or hop.cost < known.cost:
                        best[hop.target] = hop
        return best

    def _ways(self, start: Hop, *, lossy: bool) -> Iterable[Hop]:
        """The cheapest way to each place over what nobody tells, and if `lossy` over what should have been told and was not."""
        found = {start.target: start}
        waiting = [start.target]
        while waiting:
            way = found[waiting.pop()]
            for arrow in self.arrows.get(way.target, ()):
                if arrow.target != way.target and (lossy or not arrow.event):
                    further = _untold(way, arrow)
                    if arrow.target not in found or further.cost < found[arrow.target].cost:
                        found[arrow.target] = further
                        waiting.append(arrow.target)
        return found.values()

    def _places(self, costs: Mapping[Place, Cost]) -> Places:
        key = frozenset(costs.items())
        if key not in self._sets:
            self._sets[key] = Places(costs, {})
        return self._sets[key]


@cache
def _ear(kind: str, api_level: str) -> _Ear:
    return _Ear(kind, arrows_of(kind, api_level))


def _sum(one: Cost, other: Cost, sign: int = 1) -> Cost:
    return one[0] + sign * other[0], one[1] + sign * other[1]


def _untold(way: Hop, arrow: Arrow) -> Hop:
    return Hop(
        target=arrow.target,
        cost=_sum(way.cost, (bool(arrow.event), bool(arrow.reading))),
        rows=way.rows,
        between=(*way.between, arrow.row),
        lost=(*way.lost, arrow.event) if arrow.event else way.lost,
        readings=(*way.readings, arrow.reading) if arrow.reading else way.readings,
    )


def _told(way: Hop, arrow: Arrow) -> Hop:
    readings = (*way.readings, arrow.reading) if arrow.reading else way.readings
    return way._replace(
        target=arrow.target, cost=_sum(way.cost, (0, bool(arrow.reading))), rows=frozenset({arrow.row}), readings=readings
    )


def _nearest(here: Places) -> list[Place]:
    """The places on the way to which the least was lost."""
    least = min(here.costs.values())[0]
    return [place for place, cost in here.costs.items() if cost[0] == least]


def _cheapest(here: Places, turns: Sequence[Turn]) -> Iterator[Hop]:
    """The hops of the cheapest story, in their order."""
    place = min(here.costs, key=lambda one: here.costs[one])
    hops: list[Hop] = []
    for turn in reversed(turns):
        place, hop = turn.came[place]
        hops.append(hop)
    return reversed(hops)
