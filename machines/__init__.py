"""What may happen: the state machines of rents, orders and tasks, pure.

May not import any other room, nor a database, a client or a scheduler. Non-obvious choice: importing this package compiles
nothing; `catalogue` does, once per set of policies, and keeps what it compiled.
"""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from .answers import Answer, Caller, Done, Refused, TryLater, Unknown
from .classify import classify
from .compile import Arm, Deadline, Machine, Table, compile_machine
from .decide import decide
from .decision import JUMP, Decision, Outcome, Step
from .delivery import DELIVERY
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
from .explain import explain
from .linking import DEFAULT_LINKS
from .links import Link, Wish, linked
from .order import ORDER
from .policies import DEFAULTS, POLICIES, Policies, Policy, Stance
from .row import Guard, Row
from .task import TASK, TASK_RETURN
from .ways import Possible, path, pick, possible, timers
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

MACHINES: Mapping[str, Machine] = MappingProxyType({machine.kind: machine for machine in (DELIVERY, ORDER, TASK, TASK_RETURN)})


@lru_cache(maxsize=32)
def catalogue(policies: Policies = DEFAULTS) -> Mapping[str, Table]:
    """Every machine compiled under `policies`, by kind."""
    return MappingProxyType({kind: compile_machine(machine, policies) for kind, machine in MACHINES.items()})


def table_of(kind: str, policies: Policies = DEFAULTS) -> Table:
    """The compiled machine called `kind`.

    Raises:
        UnknownMachineError: There is none of this name.
    """
    try:
        return catalogue(policies)[kind]
    except KeyError:
        raise UnknownMachineError(f"no machine is called {kind!r}; there are: {', '.join(MACHINES)}") from None


__all__ = [
    "ABSENT",
    "CALL_REFUSED",
    "DEFAULTS",
    "DEFAULT_LINKS",
    "JUMP",
    "MACHINES",
    "NO_FACTS",
    "POLICIES",
    "REMOTE_STATE",
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
    "compile_machine",
    "decide",
    "explain",
    "linked",
    "path",
    "pick",
    "possible",
    "table_of",
    "timers",
]
