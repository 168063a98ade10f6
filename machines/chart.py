"""The strict base chart: python-statemachine with its unsafe defaults set right, once.

May not know any single machine. Non-obvious choice: `StateChart` and not `StateMachine`, because only the former is generic
and is where the library is going; but as shipped it swallows an action's exception *and moves*, and ignores unknown events
without a word, so the three flags below are not a matter of taste.
"""

from typing import Any

from statemachine import State, StateChart
from statemachine.states import States

from .words import ABSENT


class StrictChart(StateChart[Any]):
    """Base of every machine. Used for declaration, pictures and proof; events are decided on the compiled table."""

    allow_event_without_transition = False
    catch_errors_as_events = False
    atomic_configuration_update = True
    enable_self_transition_entries = False


def states_of(*names: str, final: tuple[str, ...] = ()) -> States:
    """Fresh states for one chart, `ABSENT` first.

    Fresh each time, because charts that share `State` objects share their transitions too (a subclass's row would appear
    in its base).

    Args:
        *names: State names in reading order, without `ABSENT`.
        final: Those that no row leaves, not even to itself. States that absorb late events by rows of their own (`O11`,
            `K1-20`) are not final to the library, which forbids such rows; `Table.finals` knows them all the same.
    """
    states = {ABSENT: State(initial=True)}
    states.update((name, State(final=name in final)) for name in names)
    return States(states)


def region_of(first: str, *names: str) -> States:
    """Fresh states for one region of a parallel state, the one that is assumed before anything is heard first."""
    return States({name: State(initial=name == first) for name in (first, *names)})
