"""The bloq location: a place where a bloq may stand; everything that may happen to it is in this file.

May not call anything. Non-obvious choice: `churned` is final although the remote may be told `churned` again (X05), and whatever
else is asked of it is answered with what to do instead: only a new location brings the place back (B:955).
"""

from ..chart import StrictChart, states_of
from ..row import Declare, Guard
from ..table import Group, Machine
from ..words import Cause, Confidence, Event, Facts

API, BACK_OFFICE = Cause.API, Cause.BACK_OFFICE
HIGH, MEDIUM = Confidence.HIGH, Confidence.MEDIUM
CHURN = "bloqit.locations.update_by_external_id"  # no answer shows a location's id (A24)


def placed(facts: Facts, event: Event) -> bool:
    """Address, latitude and longitude are given (B:712-778)."""
    return all(event.data.get(name, facts.get(name)) is not None for name in ("address", "latitude", "longitude"))


PLACED = Guard("an address, a latitude and a longitude", placed)


class Location(StrictChart):
    """The chart of a bloq location, rows X01-X06."""

    states_in_order = states_of("created", "deployed", "churned")
    row = Declare(states_in_order, "X")

    # A row reads like the table's row, in its columns' order; the formatter would stack its arguments one below the other.
    # fmt: off
    row("01", "absent", "create", "created", API, call="bloqit.locations.create", guard=PLACED, evidence="B:712-778",
        confidence=HIGH)
    row("02", "created", "bloq_placed", "deployed", BACK_OFFICE, condition="a bloq is installed; seen when it is read",
        evidence="B:819, 714 'reference for a future Bloq placement'; inferred: the API refuses other values (B:955)",
        confidence=MEDIUM)
    row("03", "deployed", "churn", "churned", API, call=CHURN, evidence="B:951-955, 971, 1079-1083", confidence=HIGH)
    row("04", "created", "churn", "churned", API, call=CHURN, evidence="inferred: no source state is excluded",
        confidence=MEDIUM)
    row("05", "churned", "churn", None, API, call=CHURN, evidence="inferred; idempotent", confidence=MEDIUM)
    row("06", "churned", "anything", None, API, signals=("create", "bloq_placed"), elsewhere="for a new location (create)",
        evidence="inferred because only 'churned' is accepted (B:955)", confidence=MEDIUM)
    # fmt: on


LOCATION = Machine(
    kind="location",
    title="Bloq location",
    system="bloqit",
    chart=Location,
    read="bloqit.locations.get_by_external_id",
    happy=("X01", "X02", "X03"),
    groups=(Group("in use", ("created", "deployed")), Group("endings", ("churned",))),
    hold=0.0,
)
