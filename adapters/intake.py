"""The intake: messages that come while others are being stored are stored together, in one transaction.

May not verify, parse or answer anything. Non-obvious choice: whoever waits for the database waits in the event loop and not in a
thread. A thread for each request costs more than the request, and each of them would wait for the disk alone.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeAlias

from starlette.concurrency import run_in_threadpool

from ..machines import Arrival

Accept: TypeAlias = Callable[[Sequence[Arrival]], Sequence[bool]]
"""The port to the inbox: makes arrivals durable before it returns, all or none; for each whether it is new."""


class Intake:
    """Brings arrivals to the inbox. Belongs to one event loop.

    Args:
        accept: Called in a worker thread, never twice at a time.
    """

    def __init__(self, accept: Accept) -> None:
        self._accept = accept
        self._waiting: list[tuple[Arrival, asyncio.Future[bool]]] = []
        self._bringing: asyncio.Task[None] | None = None

    async def bring(self, arrival: Arrival) -> bool:
        """Make an arrival durable; False for one that came before.

        Raises:
            Exception: Whatever `accept` raises of this arrival.
        """
        stored: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((arrival, stored))
        if self._bringing is None:
            # A task of its own: the request that began it may be given up by its sender, and the others are still to be answered.
            self._bringing = asyncio.create_task(self._bring_all())
        return await stored

    async def _bring_all(self) -> None:
        while self._waiting:
            together, self._waiting = self._waiting, []
            await self._bring_some(together)
        self._bringing = None

    async def _bring_some(self, together: list[tuple[Arrival, asyncio.Future[bool]]]) -> None:
        try:
            new = await run_in_threadpool(self._accept, [arrival for arrival, _ in together])
        except Exception as error:  # noqa: BLE001 - handed to the request that it belongs to, which answers for it
            if len(together) > 1:  # perhaps one of them is to blame; alone it is known whose error it is
                for one in together:
                    await self._bring_some([one])
            elif not together[0][1].done():
                together[0][1].set_exception(error)
            return
        for (_, stored), is_new in zip(together, new, strict=True):
            if not stored.done():  # its sender has hung up
                stored.set_result(is_new)
