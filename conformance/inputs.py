"""The alphabet: everything that can be done to a rent from outside, as data.

May not send anything, nor say what follows: that is the machines' word (`oracle`). Non-obvious choice: a guard becomes two
inputs, one that brings what it asks for and one that does not (`make_there` and `make`), because a finite machine has no other
way to say "without a locker it is refused", and a suite that only tries what is right tests half of a server.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType

from ..machines import Cause, Facts, Json

CONFLICT = (409,)
"""What a request meets whose rent is in the wrong state (B:54)."""

INCOMPLETE = (400, 409, 422)
"""What a request may meet that brings too little, whatever the state: the document names 400 (B:50)."""

CLOCK, DROP_OFF, OFFLINE, WRONG_PIN = "advance_clock", "dropoff", "dropoff_offline", "wrong_pin"
"""Test hooks that an input needs; nothing else reaches a courier, a keypad or the future."""

RENTS = ("store", "send", "delivery", "return")
LATER = "9999-01-01T00:00:00+00:00"
"""For the oracle's guards only: later than whenever it is asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One thing that can be done.

    Attributes:
        name: As words and reports have it.
        trigger: The machines' name of what it is meant to make happen.
        kinds: Rent types that have it.
        operation: The adapters' operation that it calls; empty where a hook or the clock does it.
        hook: The hook that it needs, empty for none.
        sends: Parameters by their names in the document; `$name` is filled in from the rent that is tested.
        brings: What its guard sees of it, in the machines' facts.
        by: Who does it.
        refused: Statuses of a refusal.
        creates: Whether it makes the rent.
        chooses: Whether it gives the rent another locker.
        says: What it is, for a person.
    """

    name: str
    trigger: str
    says: str
    kinds: tuple[str, ...] = RENTS
    operation: str = ""
    hook: str = ""
    sends: Mapping[str, Json] = field(default_factory=dict[str, Json])
    brings: Facts = field(default_factory=dict[str, Json])
    by: Cause = Cause.API
    refused: tuple[int, ...] = CONFLICT
    creates: bool = False
    chooses: bool = False


RENT: Mapping[str, Json] = MappingProxyType({"rentID": "$rent"})
IN_LOCKER: Mapping[str, Json] = MappingProxyType({"bloqID": "$bloq", "lockerID": "$locker"})
WAITING: Mapping[str, Json] = MappingProxyType({"expiryDate": "$limit", "externalID": "$external"})
CODED: Mapping[str, Json] = MappingProxyType({"pickUpCodes": {"user": "$pick_up_code"}})
CHOSEN: Facts = MappingProxyType({"locker_id": "chosen", "bloq_id": "chosen"})
ENDS: Facts = MappingProxyType({"expiry_at": LATER})
BY_DROP_OFF = ("delivery", "return")

CREATIONS = (
    Input(name="start", trigger="start_requested", says="start a store", kinds=("store",), operation="bloqit.stores.start",
          sends={"lockerID": "$locker", **CODED}, brings=CHOSEN, creates=True),
    Input(name="start", trigger="start_requested", says="start a send", kinds=("send",), operation="bloqit.sends.start",
          sends={"lockerID": "$locker", "phoneNumber": "+351910000001", **CODED}, brings={**CHOSEN, "phone_number": "1"},
          creates=True),
    Input(name="reserve", trigger="create_with_locker", says="create it with a locker", kinds=("delivery",),
          operation="bloqit.deliveries.create", sends={**IN_LOCKER, **WAITING, **CODED, "dropOffCode": "$drop_off_code"},
          brings={**CHOSEN, **ENDS}, creates=True),
    Input(name="announce", trigger="create_without_locker", says="create it without a locker", kinds=("delivery",),
          operation="bloqit.deliveries.create", sends={**WAITING, **CODED, "dropOffCode": "$drop_off_code"}, brings=ENDS,
          creates=True),
    Input(name="reserve", trigger="create_with_locker", says="create it with a locker", kinds=("return",),
          operation="bloqit.returns.create", sends={**IN_LOCKER, **WAITING, **CODED}, brings={**CHOSEN, **ENDS}, creates=True),
    Input(name="announce", trigger="create_without_locker", says="create it without a locker", kinds=("return",),
          operation="bloqit.returns.create", sends={**WAITING, **CODED}, brings=ENDS, creates=True),
)  # fmt: skip

SHARED = (
    Input(name="open", trigger="open_requested", says="open its door in mid-rent", operation="bloqit.rents.open_locker",
          sends=RENT),
    Input(name="close", trigger="door_closed", says="close its door", operation="bloqit.rent_sims.close", sends=RENT,
          by=Cause.LOCKER),
    Input(name="keypad", trigger="pickup_code_ok", says="type its pick-up code", operation="bloqit.rent_sims.keypad", sends=RENT,
          by=Cause.LOCKER),
    Input(name="collect", trigger="collect_requested", says="collect the item", operation="bloqit.rents.collect", sends=RENT),
    Input(name="cancel", trigger="cancel_requested", says="cancel it", operation="bloqit.rents.cancel", sends=RENT),
    Input(name="finish", trigger="finish_requested", says="finish it without opening", operation="bloqit.rents.finish",
          sends=RENT, brings={"locker_empty": True}),
    Input(name="extend", trigger="extend_requested", says="extend it", operation="bloqit.rents.extend",
          sends={**RENT, "expiryDate": "$later"}, brings=ENDS),
    Input(name="update", trigger="update_pickup_fields", says="change its expiry date", operation="bloqit.rents.update",
          sends={**RENT, "expiryDate": "$later"}, brings=ENDS),
    Input(name="wrong_pin", trigger="pickup_code_wrong", says="type a wrong pick-up code", hook=WRONG_PIN, by=Cause.LOCKER),
    Input(name="expire", trigger="expiry_reached", says="wait until its limit has passed", hook=CLOCK, by=Cause.TIMER),
)  # fmt: skip

OWN = (
    Input(name="end_open", trigger="end_requested_open", says="end the store, opening the door", kinds=("store",),
          operation="bloqit.stores.end", sends={**RENT, "openLocker": True}),
    Input(name="end_closed", trigger="end_requested_closed", says="end the store, door closed", kinds=("store",),
          operation="bloqit.stores.end", sends={**RENT, "openLocker": False}),
    Input(name="select", trigger="select_locker", says="select another locker", kinds=("delivery",),
          operation="bloqit.deliveries.select_locker", sends={**RENT, "bloqID": "$bloq", "lockerID": "$spare"}, brings=CHOSEN,
          chooses=True),
    Input(name="ready", trigger="ready_for_pickup_requested", says="say that it is ready for the courier", kinds=("delivery",),
          operation="bloqit.deliveries.ready_for_pickup", sends=RENT),
    Input(name="transit", trigger="in_transit_requested", says="say that it is on its way", kinds=("delivery",),
          operation="bloqit.deliveries.in_transit", sends=RENT),
    Input(name="make", trigger="make_requested", says="open the locker for the drop-off", kinds=("delivery",),
          operation="bloqit.deliveries.make", sends=RENT, refused=INCOMPLETE),
    Input(name="make_there", trigger="make_requested", says="open another locker for the drop-off", kinds=("delivery",),
          operation="bloqit.deliveries.make", sends={**RENT, "lockerID": "$spare"}, brings=CHOSEN, chooses=True),
    Input(name="notify", trigger="notify_requested", says="notify the customer", kinds=("delivery",),
          operation="bloqit.deliveries.notify", sends=RENT),
    Input(name="turn", trigger="return_requested", says="turn the expired delivery into a return", kinds=("delivery",),
          operation="bloqit.deliveries.return_", sends={**RENT, "expiryDate": "$later"}),
    Input(name="place", trigger="reserve_locker", says="reserve another locker", kinds=("return",),
          operation="bloqit.returns.reserve_locker", sends={**RENT, "bloqID": "$bloq", "lockerID": "$spare"}, brings=CHOSEN,
          chooses=True),
    Input(name="finish_return", trigger="finish_return_requested", says="say that the return is done", kinds=("return",),
          operation="bloqit.returns.finish", sends=RENT),
    Input(name="change_code", trigger="update_dropoff_fields", says="change its drop-off code", kinds=BY_DROP_OFF,
          operation="bloqit.rents.update", sends={**RENT, "dropOffCode": "$next_drop_off_code"}, brings={"dropoff_code": "1"}),
    Input(name="drop_off", trigger="dropoff_code_ok", says="type its drop-off code", kinds=("delivery",), hook=DROP_OFF,
          by=Cause.LOCKER),
    Input(name="drop_off", trigger="dropoff_opened", says="drop the return off", kinds=("return",), hook=DROP_OFF,
          by=Cause.LOCKER),
    Input(name="drop_off_offline", trigger="offline_dropoff_synced", says="drop it off while the bloq has no line", hook=OFFLINE,
          kinds=BY_DROP_OFF, by=Cause.LOCKER),
)  # fmt: skip

ALPHABET = (*CREATIONS, *SHARED, *OWN)


@cache
def alphabet(kind: str) -> Mapping[str, Input]:
    """The inputs of a rent type, by name."""
    return MappingProxyType({given.name: given for given in ALPHABET if kind in given.kinds})
