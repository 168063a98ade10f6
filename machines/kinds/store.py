"""Rent type *store*: somebody keeps their own things in a locker; everything that may happen to it is in this file.

May not call anything; rows 20-61 are the shared half in `rent`. Non-obvious choice: a start is one call and two rows. The
answer already says `starting` (B:2263), so `created` is passed inside the call, and only the door's opening tells of it.
"""

from ..chart import StrictChart
from ..row import Declare
from .conditions import STARTABLE, STORED_FIELDS, brings_only
from .limits import rent_limit
from .rent import API, HIGH, LOCKER, MEDIUM, Sources, pick_up_half, rent_machine, rent_states

WAITING = ("created",)


class Store(StrictChart):
    """The chart of a store, rows S01-S70."""

    states_in_order = rent_states()
    row = Declare(states_in_order, "S")

    # A row reads like the table's row, in its columns' order; the formatter would stack its arguments one below the other.
    # fmt: off
    row("01", "absent", "start_requested", "created", API, call="bloqit.stores.start", signals="rent.created",
        guard=STARTABLE, confidence=MEDIUM, stamps="created_at",
        evidence="B:2223, 3454; created is transient inside the call: the answer already says starting")
    row("02", "created", "door_opened", "starting", LOCKER, signals="rent.started", evidence="B:2263, 3455", confidence=HIGH)
    row("03", "starting", "door_closed", "in_progress", LOCKER, signals="rent.in_progress", evidence="B:3456, 2204, 2168",
        confidence=HIGH, sets={"item_inside": True}, stamps="in_progress_at")
    row("10", "in_progress", "end_requested_open", "collect_item", API, call="bloqit.stores.end", signals="rent.collect_item",
        evidence="B:2289-2294, 3458 'the client asked to end the store and is retrieving the item'", confidence=MEDIUM)
    row("11", "in_progress", "end_requested_closed", "price_calculation", API, call="bloqit.stores.end",
        signals="rent.price_calculation", confidence=MEDIUM, sets={"item_inside": False},
        evidence="B:2278, 2313; price_calculation in between inferred because B:3460 makes finished follow it")
    row("70", (*WAITING, "starting", "in_progress", "locker_opened", "expired", "cancelled"), "update_pickup_fields", None, API,
        call="bloqit.rents.update", guard=brings_only(STORED_FIELDS), evidence="B:1745, 1800", confidence=MEDIUM)
    # fmt: on
    pick_up_half(row, WAITING, Sources(expiry="B:3463, 3497, 184, 2268-2269"))


STORE = rent_machine(
    "store",
    Store,
    happy=("S01", "S02", "S03", "S22", "S26", "S27"),
    waiting=WAITING,
    expires=rent_limit,
    drops_off=False,
)
