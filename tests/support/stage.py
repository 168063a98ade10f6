"""An engine over a pretend world, driven by hand.

May not reach inside the engine.
"""

from datetime import UTC, datetime, timedelta

from world import World

from parcelflow.engine import CountedIds, Engine, Habits, ManualClock, Place, Ports, Views
from parcelflow.machines import Arrival, Caller, Cause, Event, Facts, catalogue

START = datetime(2026, 1, 1, tzinfo=UTC)


class Stage:
    """An engine over a world, driven by hand."""

    def __init__(self, place: Place, caller: World | None = None, habits: Habits | None = None) -> None:
        self.clock = ManualClock(START)
        self.world = caller or World()
        callers: dict[str, Caller] = dict.fromkeys(("bloqit", "blink", "logistics"), self.world)
        self.place = place
        self.engine = Engine(place, catalogue(), callers, ports=Ports(clock=self.clock, ids=CountedIds()), habits=habits)
        self._told = 0

    @property
    def views(self) -> Views:
        """What the engine knows."""
        return self.engine.views

    def tell(
        self, kind: str | None, key: str | None, name: str, *, remote_id: str | None = None, data: Facts | None = None
    ) -> None:
        """A remote tells something new."""
        self._told += 1
        event = Event(name=name, at=self.clock.now(), by=Cause.WEBHOOK, data=data or {})
        arrival = Arrival(
            source="remote",
            external_id=str(self._told),
            system="bloqit",
            event=event,
            raw=b"{}",
            kind=kind,
            key=key,
            remote_id=remote_id,
        )
        assert self.engine.accept(arrival)
        self.engine.drain()

    def ask(self, kind: str, key: str, name: str, **data: str) -> None:
        """Somebody wants something."""
        self.engine.ask(kind, key, name, data=data)
        self.engine.drain()

    def advance(self, **by: float) -> None:
        """Time passes."""
        self.clock.advance(timedelta(**by))
        self.engine.drain()

    def state(self, kind: str, key: str) -> str:
        """Where a case is."""
        return self.views.case(kind, key).state

    def outcomes(self, kind: str, key: str) -> list[str]:
        """What became of each event of a case."""
        return [line.outcome for line in self.views.journal(kind, key)]
