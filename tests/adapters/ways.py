"""Both ways of every client behind one face, so that one test asks both.

May not assert anything. Non-obvious choice: the transport of a scripted remote serves both ways, and what a call did is told by
what left; a test that passes for one way only is a difference between them.
"""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, cast

import anyio
import pytest

from parcelflow.adapters.blink.client import AsyncBlink, Blink
from parcelflow.adapters.bloqit.client import AsyncBloqit, Bloqit
from parcelflow.adapters.logistics.client import AsyncLogistics, Logistics
from parcelflow.adapters.patience import Patience

from .fakes import KEY, Remote

Ask = Callable[[Any], Any]
"""What to ask a client: a call of one of its methods."""


@dataclass
class Waits:
    """How long a client would have waited, in seconds."""

    seconds: list[float] = field(default_factory=list[float])

    def patience(self, **changed: Any) -> Patience:
        """Patience that notes its waits instead of waiting."""
        return Patience(sleep=self.seconds.append, asleep=self._asleep, **changed)

    async def _asleep(self, seconds: float) -> None:
        self.seconds.append(seconds)


@dataclass(frozen=True)
class Way:
    """One way of asking: `blocking` or `awaiting`."""

    name: str

    def __str__(self) -> str:
        return self.name

    def ask(self, clients: tuple[Any, Any], credentials: tuple[str, ...], ask: Ask, **options: Any) -> Any:
        """What a fresh client answers; lists as a list."""
        blocking, awaiting = clients
        if self.name == "blocking":
            with blocking(*credentials, **options) as client:
                answer = ask(client)
                return list(cast("Iterator[Any]", answer)) if isinstance(answer, Iterator) else answer

        async def once() -> Any:
            async with awaiting(*credentials, **options) as client:
                answer = ask(client)
                if isinstance(answer, AsyncIterator):
                    return [doc async for doc in cast("AsyncIterator[Any]", answer)]
                return await answer

        return anyio.run(once)

    def bloqit(self, remote: Remote, ask: Ask, waits: Waits | None = None, **options: Any) -> Any:
        """What a client of Bloq.it answers."""
        options = {"patience": (waits or Waits()).patience(), **options}
        return self.ask((Bloqit, AsyncBloqit), (KEY,), ask, transport=remote.transport, **options)

    def blink(self, remote: Remote, ask: Ask, **options: Any) -> Any:
        """What a client of Blink answers."""
        options = {"patience": Waits().patience(), **options}
        return self.ask((Blink, AsyncBlink), ("user", KEY), ask, transport=remote.transport, **options)

    def logistics(self, remote: Remote, ask: Ask, **options: Any) -> Any:
        """What a client of Logistics answers."""
        options = {"patience": Waits().patience(), **options}
        return self.ask((Logistics, AsyncLogistics), (KEY,), ask, transport=remote.transport, **options)


both_ways = pytest.mark.parametrize("way", [Way("blocking"), Way("awaiting")], ids=str)
