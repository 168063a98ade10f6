"""Before anything is tried: which bloqs and free lockers a server has, and how late it is there at least.

May not change anything there. Non-obvious choice: how late it is is read off what its rents tell, the newest too. A server with a
virtual clock that served a run before is months ahead of what its oldest rents say, and a limit that lies in its past would make
its first answers look wrong.
"""

import json
from collections import deque
from datetime import UTC, datetime

from ..adapters.bloqit.wire import Bloq
from ..adapters.operation import Reply
from ..adapters.sender import Exchange
from ..adapters.tolerant import load, moment_of
from ..machines import BadBodyError, BadSettingsError
from .bench import NEVER, NO_ROUTE, Bench, docs_in, rent_in, total_in

PAGE = 100
"""Rents that are asked for at once."""


def furnish(bench: Bench) -> None:
    """Find out which bloqs and free lockers there are, and how late it is there at least.

    Raises:
        BadSettingsError: The server does not answer with bloqs, whose fault it is is said.
    """
    _list_bloqs(bench)
    _reach_rents(bench)
    if bench.heard == NEVER:
        bench.tell(datetime.now(UTC))


def _reach_rents(bench: Bench) -> None:
    """The present is not before the last thing that a rent tells; the newest are on the first page or on the last (B:1402)."""
    first = bench.call("bloqit.rents.list", {"page": 1, "limit": PAGE})
    _tell_rents(bench, first)
    total = total_in(first) or 0
    if total > PAGE:
        _tell_rents(bench, bench.call("bloqit.rents.list", {"page": -(-total // PAGE), "limit": PAGE}))


def _tell_rents(bench: Bench, page: Exchange) -> None:
    for doc in docs_in(page):
        rent = rent_in(Reply(200, {}, json.dumps(doc).encode()))
        for instant in () if rent is None else (rent.start_date, *(moment_of(entry.get("date")) for entry in rent.states)):
            if instant is not None:
                bench.reach(instant)


def _list_bloqs(bench: Bench, *, most_pages: int = 20) -> None:
    for page in range(1, most_pages + 1):
        exchange = bench.call("bloqit.bloqs.list", {"page": page, "limit": 50})
        assert isinstance(exchange, Reply)  # noqa: S101 - `_useful` lets nothing else through
        if exchange.status != 200:  # noqa: PLR2004
            raise BadSettingsError(f"GET /bloqs answered {exchange.status}: {_said(exchange)}")
        docs = docs_in(exchange)
        for doc in docs:
            bloq = Bloq.model_validate(doc)
            if bloq.id in bench.bloqs:
                return
            bench.bloqs[bloq.id] = bloq
            bench.tell(max(filter(None, (bloq.created, bloq.updated)), default=None))
            bench.free[bloq.id] = deque(
                locker.id for locker in bloq.lockers if locker.rent is None and locker.active is not False and not locker.is_open
            )
        if len(docs) < 50:  # noqa: PLR2004 - the page was not full
            return


def _said(reply: Reply) -> str:
    if reply.status in {401, 403}:
        return "is the API key right?"
    if reply.status in NO_ROUTE:
        return "is the base URL right? It ends before /bloqs"
    try:
        return json.dumps(load(reply.body))[:200]
    except BadBodyError:
        return f"{len(reply.body)} bytes that are not JSON"
