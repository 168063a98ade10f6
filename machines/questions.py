"""What a person asks of a case: what may come next, why not this, which way leads there, and what the customer sees.

May not change, call or read anything; each answer is a pure function of the case. Non-obvious choice: these four take the case
and find its machine themselves, under the default policies unless told otherwise; whoever holds a table of their own (a fifth
rent type) asks `nexts`, `why` and `way` instead.
"""

from .catalogue import table_of
from .errors import EventNotAllowedError
from .explain import why
from .policies import DEFAULTS, Policies
from .table import Arm, Table
from .ways import SHORTEST, UNDATED, Possible, nexts, way
from .words import Case, Cause, Event


def possible(case: Case, *, policies: Policies = DEFAULTS) -> tuple[Possible, ...]:
    """What may happen next to a case: the trigger, who may cause it, through which operation, and what is still needed.

    Raises:
        UnknownMachineError: No machine is called `case.kind`.
    """
    return nexts(table_of(case.kind, policies), case)


def explain(case: Case, trigger: str, *, policies: Policies = DEFAULTS) -> str:
    """Why `trigger` is or is not allowed now, in one sentence with what would allow it.

    It is taken as a wish that brings nothing where a call of ours can cause it, else as told.

    Raises:
        UnknownMachineError: No machine is called `case.kind`.
    """
    table = table_of(case.kind, policies)
    causes = {cause for row in table.rows if row.trigger == trigger for cause in row.causes}
    by = Cause.API if Cause.API in causes else next(iter(sorted(causes)), Cause.API)
    return why(table, case, Event(name=trigger, at=UNDATED, by=by, asked=by is Cause.API))


def path(case: Case, to: str, *, policies: Policies = DEFAULTS) -> tuple[Arm, ...] | None:
    """The shortest way from where a case is to a state, empty if it is there, None if none leads there; guards are not asked.

    Raises:
        UnknownMachineError: No machine is called `case.kind`.
        EventNotAllowedError: The machine has no state `to`.
    """
    table = table_of(case.kind, policies)
    _refuse_unknown_state(table, to)
    return way(table, case.state, to, weights=SHORTEST)


def coarse(case: Case) -> str | None:
    """The customer's step of a case, None where there is nothing to show (not created yet; a locker; an unknown state).

    Rents have the four steps of Bloq.it's own teaching model; orders and tasks have four of the same grain, and `called_off`.

    Raises:
        UnknownMachineError: No machine is called `case.kind`.
    """
    return table_of(case.kind).machine.coarse.get(case.state)


def _refuse_unknown_state(table: Table, state: str) -> None:
    if state not in table.states:
        raise EventNotAllowedError(f"{table.kind} has no state {state!r}; it has: {', '.join(table.states)}")
