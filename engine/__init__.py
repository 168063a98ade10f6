"""What happened: the durable engine that decides, records, calls out and wakes up.

May import `machines` (its vocabulary, no single machine) and nothing else of ours. Its goals, in this order: nothing is lost,
nothing is done twice. Non-obvious choice: five tables and one file are all its state; every object here can be thrown away.
"""

from .backoff import pause
from .engine import Engine, Ports
from .points import POINTS, Crash, unmarked
from .ports import Clock, CountedIds, Ids, ManualClock, RandomIds, SystemClock
from .store import Store
from .tables import UNSETTLED, CaseRow, InboxRow, InboxStatus, JournalRow, OutboxRow, OutboxStatus, TimerRow
from .views import Views

__all__ = [
    "POINTS",
    "UNSETTLED",
    "CaseRow",
    "Clock",
    "CountedIds",
    "Crash",
    "Engine",
    "Ids",
    "InboxRow",
    "InboxStatus",
    "JournalRow",
    "ManualClock",
    "OutboxRow",
    "OutboxStatus",
    "Ports",
    "RandomIds",
    "Store",
    "SystemClock",
    "TimerRow",
    "Views",
    "pause",
    "unmarked",
]
