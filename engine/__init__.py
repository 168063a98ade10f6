"""What happened: the durable engine that decides, records, calls out and wakes up.

May import `machines` (its vocabulary, no single machine) and nothing else of ours. Its goals, in this order: nothing is lost,
nothing is done twice. Non-obvious choice: five tables and one file are all its state; every object here can be thrown away.
"""

from .backoff import Stamina, pause
from .breaker import Circuit
from .calling import Manners
from .driver import Driver
from .engine import Engine
from .forget import Forgotten
from .gates import GateState
from .habits import Habits, Ports
from .looks import NEVER, Looks
from .pace import Pace
from .points import POINTS, Crash, unmarked
from .ports import Clock, CountedIds, Ids, ManualClock, RandomIds, SystemClock
from .store import Place, Store, migrate
from .tables import UNSETTLED, CaseRow, InboxRow, InboxStatus, JournalRow, OutboxRow, OutboxStatus, TimerRow
from .vault import Vault
from .views import Views

__all__ = [
    "NEVER",
    "POINTS",
    "UNSETTLED",
    "CaseRow",
    "Circuit",
    "Clock",
    "CountedIds",
    "Crash",
    "Driver",
    "Engine",
    "Forgotten",
    "GateState",
    "Habits",
    "Ids",
    "InboxRow",
    "InboxStatus",
    "JournalRow",
    "Looks",
    "Manners",
    "ManualClock",
    "OutboxRow",
    "OutboxStatus",
    "Pace",
    "Place",
    "Ports",
    "RandomIds",
    "Stamina",
    "Store",
    "SystemClock",
    "TimerRow",
    "Vault",
    "Views",
    "migrate",
    "pause",
    "unmarked",
]
