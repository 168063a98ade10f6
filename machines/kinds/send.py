"""Rent type *send*: somebody leaves a thing in a locker for somebody else; everything that may happen to it is in this file.

May not call anything; rows 20-61 are the shared half in `rent`. Non-obvious choice: a send has no call that ends it (the one
that B:2328 announces is not in the document), so it ends by code, by collection, or by being cancelled and finished (A29).
"""

from ..chart import StrictChart
from ..row import Declare
from .conditions import SENDABLE, STORED_FIELDS, brings_only
from .limits import rent_limit
from .rent import API, HIGH, LOCKER, MEDIUM, Sources, pick_up_half, rent_machine, rent_states

WAITING = ("created",)


class Send(StrictChart):
    """The chart of a send, rows N01-N70."""

    states_in_order = rent_states()
    row = Declare(states_in_order, "N")

    # A row reads like the table's row, in its columns' order; the formatter would stack its arguments one below the other.
    # fmt: off
    row("01", "absent", "start_requested", "created", API, call="bloqit.sends.start", signals="rent.created", guard=SENDABLE,
        evidence="B:2332, 2337-2339, 2349-2353, 3454; transient", confidence=MEDIUM, stamps="created_at")
    row("02", "created", "door_opened", "starting", LOCKER, signals="rent.started", evidence="B:2378, 3455", confidence=HIGH)
    row("03", "starting", "door_closed", "in_progress", LOCKER, signals="rent.in_progress", evidence="B:3456, 2353, 3467",
        confidence=HIGH, sets={"item_inside": True}, stamps="in_progress_at")
    row("70", (*WAITING, "starting", "in_progress", "locker_opened", "expired", "cancelled"), "update_pickup_fields", None, API,
        call="bloqit.rents.update", guard=brings_only(STORED_FIELDS), evidence="B:1745, 1800", confidence=MEDIUM)
    # fmt: on
    pick_up_half(row, WAITING, Sources(expiry="B:3463, 3497, 2381-2382"))


SEND = rent_machine(
    "send",
    Send,
    happy=("N01", "N02", "N03", "N22", "N26", "N27"),
    waiting=WAITING,
    expires=rent_limit,
    drops_off=False,
)
