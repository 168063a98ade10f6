"""What Bloq.it told while nobody heard: its history of events as arrivals, and the rents that reached a state.

May not store or decide anything. Non-obvious choices: an event of the history is the webhook that it was, under the same name for
good (`_id`), so one that did arrive is a duplicate and changes nothing; one without an id is left out, for nobody could know it
again. And the history says of no event when it was (B:3860): an id that is a MongoDB ObjectId begins with the second of its
making, which is believed where it lies in the window that was asked for, else an event happened at the window's end.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from ...machines import Arrival
from .client import Bloqit
from .translate import state_word, told_of
from .webhook import SOURCE, SYSTEM
from .wire import WebhookEvent

STATES = (
    "created",
    "reserved",
    "ready_for_pickup",
    "in_transit",
    "starting",
    "in_progress",
    "locker_opened",
    "collect_item",
    "expired",
    "cancelled",
)
"""States whose reaching may be asked for; `finished` may not (B:1538), and the two that settle the price pass by themselves."""

_OBJECT_ID = re.compile(r"[0-9a-f]{24}")


class BloqitHistory:
    """Implements `machines.Historian`.

    Args:
        client: Asks. It is its owner's to close.
        states: Whose reaching is asked for, each by a call of its own; empty for none.
    """

    def __init__(self, client: Bloqit, *, states: Sequence[str] = STATES) -> None:
        self._client = client
        self._states = states

    def told(self, since: datetime, until: datetime) -> Sequence[Arrival]:
        """Every event between two instants, as a webhook would have told it; see `machines.Historian`."""
        events = [event for event in self._client.webhooks.history(start_date=since, end_date=until, limit=100) if event.id]
        if all(_OBJECT_ID.fullmatch(event.id or "") for event in events):
            events.sort(key=lambda event: event.id or "")
        return [_arrival(event, _at(event.id or "", since, until)) for event in events]

    def reached(self, since: datetime, until: datetime) -> Iterable[tuple[str, str]]:
        """Ids of rents that entered a state between two instants, with the state; see `machines.Historian`."""
        return list(self._reached(since, until))

    def _reached(self, since: datetime, until: datetime) -> Iterator[tuple[str, str]]:
        for state in self._states:
            for rent in self._client.rents.list_reached(state, since, until, limit=100):
                yield rent.id, state_word(state)


def _at(number: str, since: datetime, until: datetime) -> datetime:
    if not _OBJECT_ID.fullmatch(number):
        return until
    made = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(number[:8], 16))
    return made if since <= made <= until else until


def _arrival(event: WebhookEvent, at: datetime) -> Arrival:
    return Arrival(
        source=SOURCE,
        external_id=event.id or "",
        system=SYSTEM,
        event=told_of(event, at, evidence=f"bloqit history {event.id}"),
        raw=b"",
        remote_id=event.rent,
    )
