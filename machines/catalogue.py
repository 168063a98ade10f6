"""Every machine there is, and each compiled under a set of policies.

May not decide anything. Non-obvious choice: importing compiles nothing; the first question about a machine does, once per set of
policies, and keeps what it compiled.
"""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from .compile import compile_machine
from .errors import UnknownMachineError
from .kinds import DELIVERY, LOCATION, LOCKER_MACHINE, ORDER, RETURN, SEND, STORE, TASK, TASK_RETURN
from .policies import DEFAULTS, Policies
from .table import Machine, Table

MACHINES: Mapping[str, Machine] = MappingProxyType(
    {machine.kind: machine for machine in (STORE, SEND, DELIVERY, RETURN, ORDER, TASK, TASK_RETURN, LOCKER_MACHINE, LOCATION)}
)


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
