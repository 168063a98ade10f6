"""The locker: everything that may happen to a door, to its availability, its allocation and its maintenance is in this file.

May not know a rent; what a locker and its rent do to each other is `coupling`. Non-obvious choice: four regions that move
independently, and no state before creation. The box hangs on its wall whether we heard of it or not, so a locker begins as what
most are (closed, active, free), and the first look-up says what it is.
"""

from statemachine import State

from ..chart import StrictChart, region_of
from ..row import Declare, Guard
from ..table import Group, Machine
from ..words import Cause, Confidence, Event, Facts

API, LOCKER, TIMER, AUTOMATIC, BACK_OFFICE = Cause.API, Cause.LOCKER, Cause.TIMER, Cause.AUTOMATIC, Cause.BACK_OFFICE
HIGH = Confidence.HIGH
OPENED = "locker.locker_opened"
COLLECTABLE = frozenset({"in_progress", "expired", "cancelled"})
"""States of a rent that may be collected (B:2011)."""


def no_rent(facts: Facts, _event: Event) -> bool:
    """No rent points to it (B:456)."""
    return facts.get("rent") is None


def no_rent_or_collectable(facts: Facts, event: Event) -> bool:
    """Free, or its rent satisfies what collecting asks (B:656); whoever asks says in which state the rent is."""
    return no_rent(facts, event) or event.data.get("rent_state") in COLLECTABLE


UNALLOCATED = Guard("a locker without a rent", no_rent)
COLLECTS = Guard("a locker without a rent, or rent_state in_progress, expired or cancelled", no_rent_or_collectable)


def _doors(row: Declare) -> None:
    # A row reads like the table's row, in its columns' order; the formatter would stack its arguments one below the other.
    # fmt: off
    row("01", "closed", "open_locker", "open", API, call="bloqit.lockers.open", signals=OPENED, guard=UNALLOCATED,
        evidence="B:454-456, 500, 3444", confidence=HIGH)
    row("02", "closed", "open_lockers_bulk", "open", API, call="bloqit.lockers.open_bulk", signals=OPENED, guard=UNALLOCATED,
        condition="all: not allocated, not open, of the same bloq", evidence="B:510", confidence=HIGH)
    row("03", "closed", "open_or_collect", "open", API, call="bloqit.lockers.open_or_collect", signals=OPENED, guard=COLLECTS,
        evidence="B:656", confidence=HIGH)
    row("04", "closed", "rent_command", "open", API, signals=OPENED, elsewhere="its rent, whose call opens the door",
        condition="the rent's row holds", evidence="B:2551, 1907, 2011, 2294, 3455", confidence=HIGH)
    row("05", "closed", "code_entered", "open", LOCKER, signals=OPENED, condition="the rent's row holds",
        evidence="B:2117, 3470", confidence=HIGH)
    row("06", "closed", "spontaneous", "open", LOCKER, signals="locker.spontaneous_locker_opening",
        condition="none; an alert, and no step of a rent", evidence="B:3452", confidence=HIGH)
    row("07", "open", "close", "closed", LOCKER, signals="locker.locker_closed", evidence="B:549, 593, 2168, 3445",
        confidence=HIGH)
    row("08", "open", "left_open", None, TIMER, signals="locker.open_warning", condition="threshold unknown",
        evidence="B:3447", confidence=HIGH)
    row("09", ("closed", "open"), "command_failed", None, LOCKER, signals=("locker.locker_timeout", "locker.open_locker_error"),
        condition="outcome unknown: the door may still move later", evidence="B:3446, 3451, 57-58", confidence=HIGH)
    # fmt: on


def _availabilities(row: Declare) -> None:
    # fmt: off
    row("10", "active", "disable", "inactive", API, AUTOMATIC, call="bloqit.lockers.set_availability",
        signals="locker.locker_inactive", condition="an existing rent is kept (inferred)",
        evidence="B:603, 625, 3449, 3501-3504", confidence=HIGH)
    row("11", "inactive", "enable", "active", API, call="bloqit.lockers.set_availability", signals="locker.locker_active",
        evidence="B:603, 625, 3448", confidence=HIGH)
    # fmt: on


def _maintenances(row: Declare) -> None:
    # fmt: off
    row("12", "maintenance", "maintenance_status_update", None, BACK_OFFICE, signals="locker.maintenance_status_update",
        condition="opaque: the event brings the status before and after", evidence="B:3453", confidence=HIGH)
    # fmt: on


def _allocations(row: Declare) -> None:
    # fmt: off
    row("13", "free", "allocate", "allocated", API, condition="active and free; the event brings the rent",
        elsewhere="a rent, whose creation or choice of a locker allocates it", evidence="B:201, 2409, 2998", confidence=HIGH)
    row("14", "allocated", "release", "free", AUTOMATIC, condition="the rent finished (not cancelled, not expired)",
        evidence="B:1960, 2393, 3070", confidence=HIGH, sets={"rent": None})
    # fmt: on


DOORS, AVAILABILITIES = region_of("closed", "open"), region_of("active", "inactive")
ALLOCATIONS, MAINTENANCES = region_of("free", "allocated"), region_of("maintenance")
for _states, _declare in (
    (DOORS, _doors),
    (AVAILABILITIES, _availabilities),
    (ALLOCATIONS, _allocations),
    (MAINTENANCES, _maintenances),
):
    _declare(Declare(_states, "L"))


class Locker(StrictChart):
    """The chart of a locker, rows L01-L14."""

    class locker(State.Parallel):  # noqa: N801  the library names a state by its class
        """Four regions at once."""

        class door(State.Compound):  # noqa: N801
            """Closed or open."""

            states_in_order = DOORS

        class availability(State.Compound):  # noqa: N801
            """Active or inactive: whether new rents may have it."""

            states_in_order = AVAILABILITIES

        class allocation(State.Compound):  # noqa: N801
            """Free or allocated: whether an unfinished rent points to it."""

            states_in_order = ALLOCATIONS

        class maintenance_status(State.Compound):  # noqa: N801
            """One opaque status, which is a fact and no state: its values are nobody's but Bloq.it's."""

            states_in_order = MAINTENANCES


LOCKER_MACHINE = Machine(
    kind="locker",
    title="Bloq.it locker",
    system="bloqit",
    chart=Locker,
    read="bloqit.bloqs.get",  # a locker is read with its bloq; there is no endpoint for one alone
    happy=("L13", "L04", "L05", "L07", "L14"),
    groups=(
        Group("door", ("closed", "open")),
        Group("availability", ("active", "inactive")),
        Group("allocation", ("free", "allocated")),
        Group("maintenance status", ("maintenance",)),
    ),
    hold=0.0,
)
