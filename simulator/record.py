"""What really happened in the pretend world, in order, so that a test can say "exactly one make".

May not be edited: there is no way to remove or change an entry. Non-obvious choice: only *effects* are recorded; a refused or
repeated request leaves nothing here, which is what makes counting meaningful.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from .words import Cause, JsonObject, iso


@dataclass(frozen=True, slots=True)
class Thing:
    """What an effect happened to: its own id, and the id under which the partner knows it (externalID, mappingKey)."""

    id: str
    external: str = ""


@dataclass(frozen=True, slots=True)
class Effect:
    """One change of the world. `before` is `-` for a creation."""

    seq: int
    at: datetime
    thing: Thing
    cause: Cause
    before: str
    after: str

    def view(self) -> JsonObject:
        """As `GET /sim/record` shows it."""
        return {
            "seq": self.seq,
            "at": iso(self.at),
            "api": self.cause.operation.partition(".")[0],
            "operation": self.cause.operation,
            "object": self.thing.id,
            "external": self.thing.external,
            "from": self.before,
            "to": self.after,
            "by": self.cause.source,
        }


class Record:
    """The append-only list of effects."""

    def __init__(self) -> None:
        self._effects: list[Effect] = []

    def __iter__(self) -> Iterator[Effect]:
        return iter(self._effects)

    def __len__(self) -> int:
        return len(self._effects)

    def add(self, thing: Thing, cause: Cause, *, at: datetime, before: str, after: str) -> None:
        """Append one effect.

        Args:
            thing: What it happened to.
            cause: Who did it, by which operation.
            at: Virtual instant.
            before: State before; `-` when it did not exist.
            after: State after.
        """
        self._effects.append(Effect(len(self._effects) + 1, at, thing, cause, before, after))

    def find(self, *, thing: str = "", operation: str = "") -> list[Effect]:
        """Effects on a thing (by either id) and by an operation; an empty argument matches everything."""
        return [
            effect
            for effect in self._effects
            if thing in ("", effect.thing.id, effect.thing.external) and operation in ("", effect.cause.operation)
        ]
