"""What may happen: the state machines of rents, orders, tasks, lockers and bloq locations, pure.

May not import any other room, nor a database, a client or a scheduler. Non-obvious choice: the single machines are not public
names; they are had by kind (`table_of("delivery")`), so that a kind of somebody's own is used like one of ours.
"""

from .answers import Answer, Caller, Done, Refused, TryLater, Unknown
from .catalogue import MACHINES, catalogue, table_of
from .classify import classify
from .compile import compile_machine
from .decide import decide
from .decision import JUMP, Decision, Outcome, Step
from .errors import (
    BadBodyError,
    BadParametersError,
    BadSettingsError,
    BadSignatureError,
    BrokenMachineError,
    CallersError,
    EventNotAllowedError,
    MalformedEventError,
    NetworksError,
    OursError,
    ParcelflowError,
    RemoteRefusedError,
    RemotesError,
    UnknownCaseError,
    UnknownMachineError,
    UnknownPolicyError,
)
from .explain import why
from .linking import DEFAULT_LINKS
from .links import Link, Wish, linked
from .policies import API_LEVELS, DEFAULTS, POLICIES, Policies, Policy, Stance
from .questions import coarse, explain, path, possible
from .row import Guard, Row
from .table import TOGETHER, Arm, Deadline, Group, Machine, Table
from .ways import Possible, nexts, pick, timers, way
from .words import (
    ABSENT,
    CALL_REFUSED,
    NO_FACTS,
    REMOTE_STATE,
    Arrival,
    Case,
    Cause,
    Confidence,
    Effect,
    Event,
    Facts,
    Json,
)

__all__ = [
    "ABSENT",
    "API_LEVELS",
    "CALL_REFUSED",
    "DEFAULTS",
    "DEFAULT_LINKS",
    "JUMP",
    "MACHINES",
    "NO_FACTS",
    "POLICIES",
    "REMOTE_STATE",
    "TOGETHER",
    "Answer",
    "Arm",
    "Arrival",
    "BadBodyError",
    "BadParametersError",
    "BadSettingsError",
    "BadSignatureError",
    "BrokenMachineError",
    "Caller",
    "CallersError",
    "Case",
    "Cause",
    "Confidence",
    "Deadline",
    "Decision",
    "Done",
    "Effect",
    "Event",
    "EventNotAllowedError",
    "Facts",
    "Group",
    "Guard",
    "Json",
    "Link",
    "Machine",
    "MalformedEventError",
    "NetworksError",
    "OursError",
    "Outcome",
    "ParcelflowError",
    "Policies",
    "Policy",
    "Possible",
    "Refused",
    "RemoteRefusedError",
    "RemotesError",
    "Row",
    "Stance",
    "Step",
    "Table",
    "TryLater",
    "Unknown",
    "UnknownCaseError",
    "UnknownMachineError",
    "UnknownPolicyError",
    "Wish",
    "catalogue",
    "classify",
    "coarse",
    "compile_machine",
    "decide",
    "explain",
    "linked",
    "nexts",
    "path",
    "pick",
    "possible",
    "table_of",
    "timers",
    "way",
    "why",
]
