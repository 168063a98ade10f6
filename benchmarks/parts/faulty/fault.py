"""What a fault is, and all of them as they stand in `faults.yaml`.

May not run anything. Non-obvious choice: a fault names a piece of one line that occurs once in its file, and not a line number,
so that an edit of the simulator either leaves the fault as it was or breaks it loudly.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal, TypeAlias, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter

from .reproductions import changing

Family: TypeAlias = Literal[
    "state", "guard", "list", "history", "webhook", "locker", "expiry", "concurrency", "long-path", "once-only", "data"
]
FAMILIES: tuple[Family, ...] = get_args(Family)

Need: TypeAlias = Literal[
    "clock", "dropoff", "offline", "wrong_pin", "spontaneous", "webhooks", "concurrency", "second rent", "blink app", "rider"
]
"""What a client needs besides the vendor's API: a hook of the server, a receiver of webhooks, two requests at once, a second
rent, a hand in Blink's app, or a rider."""
NEEDS: tuple[Need, ...] = get_args(Need)

Kind: TypeAlias = Literal["store", "send", "delivery", "return", "locker", "bloq", "order", "task"]

OneLine: TypeAlias = Annotated[str, StringConstraints(min_length=1, pattern=r"^[^\n]+$")]


class Fault(BaseModel):
    """One line that is wrong.

    Attributes:
        name: Of the fault; a word that can be part of a module's name.
        family: What kind of thing goes wrong.
        file: The simulator's file.
        was: A piece of one line that occurs once in that file.
        now: What stands there instead; one line too.
        kinds: What it happens to.
        needs: What a client needs to see it, besides requests one after the other about one thing; nothing if empty.
        about: What one sees, in a sentence.
        steps: The shortest reproduction that is known, as a script (see `reproductions`). Its last line shows the difference, and
            no line before it does.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    family: Family
    file: Annotated[str, Field(pattern=r"^[a-z_]+\.py$")]
    was: OneLine
    now: OneLine
    kinds: Annotated[tuple[Kind, ...], Field(min_length=1)]
    needs: tuple[Need, ...] = ()
    about: OneLine
    steps: Annotated[tuple[OneLine, ...], Field(min_length=1)]

    @property
    def shortest(self) -> int:
        """Requests of the reproduction that change something, creations included; what only looks is not counted."""
        return changing(self.steps)

    @property
    def api(self) -> Literal["bloqit", "blink", "logistics"]:
        """Whose document says what is right."""
        return "blink" if "order" in self.kinds else "logistics" if "task" in self.kinds else "bloqit"

    def apply(self, source: str) -> str:
        """The file with its fault.

        Raises:
            ValueError: The piece of the line is not there, or more than once.
        """
        if (found := source.count(self.was)) != 1:
            raise ValueError(f"{self.name}: {self.file} has {self.was!r} {found} times, and not once")
        return source.replace(self.was, self.now)


def _read() -> Sequence[Fault]:
    text = Path(__file__).with_name("faults.yaml").read_text(encoding="utf-8")
    return TypeAdapter(tuple[Fault, ...]).validate_python(yaml.safe_load(text))


FAULTS = _read()
"""All of them, family by family."""
