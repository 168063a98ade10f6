"""A pretend remote for engine tests: it has effects, not endpoints, and counts them by what they mean.

May not know the engine. Non-obvious choice: it counts by (case, operation, how often it was decided) as well as by key, because a
caller that invents a fresh key for each try would look innocent to a world that only counted keys.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from parcelflow.machines import Answer, Done, Effect, Facts, Refused, TryLater, Unknown

FATES = ("done", "lost", "never", "busy", "refused", "thrown")
"""What may become of a call: it happens; it happens and the answer is lost; it is lost on the way; 429; a plain no; an error."""


class OutOfOrderError(Exception):
    """What a broken caller raises, after the effect has happened."""


@dataclass
class World:
    """Keeps every effect that really happened.

    Attributes:
        fates: What becomes of the next calls; when they run out, every call succeeds.
        meanwhile: What goes on elsewhere while a call is out: after its effect, before its answer.
    """

    fates: Iterator[str] = field(default_factory=lambda: iter(()))
    meanwhile: Callable[[], None] = lambda: None
    happened: Counter[str] = field(default_factory=Counter[str])
    meant: Counter[tuple[str, str, str]] = field(default_factory=Counter[tuple[str, str, str]])
    keys: set[str] = field(default_factory=set[str])
    looked_up: int = 0
    refused: set[str] = field(default_factory=set[str])

    def call(self, effect: Effect, key: str) -> Answer:
        """One call, with the fate that is its turn."""
        fate = next(self.fates, "done")
        match fate:
            case "never":
                return Unknown("the request was lost on its way there")
            case "busy":
                return TryLater("429", timedelta(seconds=1))
            case "refused":
                self.refused.add(key)
                return Refused("409")
            case _:
                self._do(effect, key)
        self.meanwhile()
        if fate == "lost":
            return Unknown("the answer was lost on its way back")
        if fate == "thrown":
            raise OutOfOrderError(key)
        return self._done(effect)

    def look_up(self, effect: Effect, key: str) -> Answer:
        """What became of `key`: this world can always prove it."""
        self.looked_up += 1
        return self._done(effect) if key in self.happened else TryLater("it did not happen", timedelta())

    def _do(self, effect: Effect, key: str) -> None:
        self.happened[key] += 1
        self.meant[effect.kind, effect.case_key, f"{effect.operation} {effect.trigger}"] += 1

    def _done(self, effect: Effect) -> Done:
        data: Facts = {"locker_id": "L1"} if effect.trigger.startswith("create_") else {}
        return Done(data, remote_id=f"remote-{effect.kind}-{effect.case_key}")
