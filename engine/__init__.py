"""What happened: the durable engine that decides, records, calls out and wakes up.

May import `machines` (its vocabulary, no single machine) and nothing else of ours. Its goals, in this order: nothing is lost,
nothing is done twice. Non-obvious choice: five tables and one file are all its state; every object here can be thrown away.
"""

from .backoff import Stamina, pause
from .breaker import Circuit
from .driver import Driver
from .engine import Engine
from .forget import Forgotten
from .gates import GateState
from .habits import Habits, Ports
from .health import Blocked, Health, Queue, measure
from .letters import Letter, Letters, Opened
from .looks import NEVER, Looks
from .manners import Manners
from .pace import Pace
from .places import Place
from .points import POINTS, Crash, unmarked
from .ports import Clock, CountedIds, Ids, ManualClock, RandomIds, SystemClock
from .store import Store, migrate
from .tables import UNSETTLED, CaseRow, InboxRow, InboxStatus, JournalRow, OutboxRow, OutboxStatus, TimerRow
from .vault import Vault
from .views import Drift, Views

__all__ = [
    "NEVER",
    "POINTS",
    "UNSETTLED",
    "Blocked",
    "CaseRow",
    "Circuit",
    "Clock",
    "CountedIds",
    "Crash",
    "Drift",
    "Driver",
    "Engine",
    "Forgotten",
    "GateState",
    "Habits",
    "Health",
    "Ids",
    "InboxRow",
    "InboxStatus",
    "JournalRow",
    "Letter",
    "Letters",
    "Looks",
    "Manners",
    "ManualClock",
    "Opened",
    "OutboxRow",
    "OutboxStatus",
    "Pace",
    "Place",
    "Ports",
    "Queue",
    "RandomIds",
    "Stamina",
    "Store",
    "SystemClock",
    "TimerRow",
    "Vault",
    "Views",
    "measure",
    "migrate",
    "pause",
    "unmarked",
]
