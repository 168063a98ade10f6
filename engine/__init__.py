"""What happened: the durable engine that decides, records, calls out and wakes up.

May import `machines` (its vocabulary, no single machine) and nothing else of ours. Its goals, in this order: nothing is lost,
nothing is done twice. Non-obvious choice: five tables and one file are all its state; every object here can be thrown away.
"""

from .backoff import Stamina, pause
from .breaker import Circuit
from .driver import Driver
from .engine import Engine
from .forget import Forgotten, forget_customer
from .gates import GateState
from .habits import Habits, Ports
from .health import Blocked, Health, Queue, measure
from .letters import Letter, Letters, Opened
from .looks import NEVER, Looks
from .manners import Manners
from .notices import Notice
from .pace import Pace
from .places import Place
from .points import POINTS, Crash, unmarked
from .ports import Clock, CountedIds, Ids, ManualClock, RandomIds, SystemClock
from .store import Store, migrate
from .strangers import Stranger, Strangers
from .tables import UNSETTLED, CaseRow, InboxRow, InboxStatus, JournalRow, OutboxRow, OutboxStatus, TimerRow
from .vault import Vault
from .views import Drift, Views
from .watch import Listener, Tracing

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
    "Listener",
    "Looks",
    "Manners",
    "ManualClock",
    "Notice",
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
    "Stranger",
    "Strangers",
    "SystemClock",
    "TimerRow",
    "Tracing",
    "Vault",
    "Views",
    "forget_customer",
    "measure",
    "migrate",
    "pause",
    "unmarked",
]
