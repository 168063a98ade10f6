"""The pretend vendors' own rules, as data: which trigger leads from which state to which.

May not be shared with, or copied from, the machines that this simulator tests: a common mistake would then agree with itself.
Non-obvious choice: a pair that is absent is illegal and answered 409 (B:54); there is no "else".
"""

from collections.abc import Mapping
from types import MappingProxyType

from .words import RefusedError

Moves = Mapping[str, Mapping[str, str]]
"""trigger -> {source: target}."""

BEFORE_DROP_OFF = ("created", "reserved", "ready_for_pickup", "in_transit")
NOT_COLLECTED = (*BEFORE_DROP_OFF, "starting", "in_progress", "locker_opened", "expired", "cancelled")
"""States in which expiryDate, externalID and collectTimeLimit may change: "not been collected" (B:1745)."""


def _stay(*states: str) -> dict[str, str]:
    return {state: state for state in states}


def _to(target: str, *sources: str) -> dict[str, str]:
    return dict.fromkeys(sources, target)


DELIVERY: Moves = MappingProxyType(
    {
        # B:2762 "after is created"; the sample answers in_transit (B:2819), so a parcel on its way keeps its state.
        "select_locker": {"created": "reserved"} | _stay("reserved", "ready_for_pickup", "in_transit"),
        "ready_for_pickup": _to("ready_for_pickup", "created", "reserved"),
        "in_transit": _to("in_transit", "ready_for_pickup"),  # "comes after the ready for pickup action" (B:2711)
        "make": _to("starting", *BEFORE_DROP_OFF),  # B:2551; from created only with a lockerID (B:2566)
        "drop_off_code": _to("starting", *BEFORE_DROP_OFF),  # B:2460, 3470
        # B:3456 and, for a door opened in mid-rent, B:3457; B:3459 for the last closing.
        "door_closed": {"starting": "in_progress", "locker_opened": "in_progress", "collect_item": "price_calculation"},
        "price_settled": _to("finished", "price_calculation"),  # B:3460
        "notify": _stay("in_progress"),  # "only … InProgress" (B:2609)
        "open": _to("locker_opened", "in_progress"),  # B:1907, 3457; 1.35 does not yet allow it for expired rents
        "pick_up_code": _to("collect_item", "in_progress"),  # B:2117
        "collect": _to("collect_item", "in_progress", "expired", "cancelled"),  # B:2011
        # Starting and locker_opened have an open door: somebody stands there, so the pretend vendor waits until it is closed.
        "cancel": _to("cancelled", *BEFORE_DROP_OFF, "in_progress"),  # B:1958
        "finish": _to("finished", "expired", "cancelled"),  # B:2062
        "expire": _to("expired", *BEFORE_DROP_OFF, "in_progress"),  # B:2395, 2425; locker_opened waits for its door
        "return": _to("in_progress", "expired"),  # B:2834; the item is still inside
        "extend": _stay(*BEFORE_DROP_OFF, "starting", "in_progress", "locker_opened"),  # B:1856; expired does not revive
        "update": _stay(*NOT_COLLECTED),  # B:1745
        "update_drop_off": _stay("created", "reserved"),  # B:1745
    }
)

ORDER: Moves = MappingProxyType(
    {
        # K:142-156: forward only; a step may be left out, because nothing in the document asks for each of them.
        "0": {},
        "1": _to("1", "0"),
        "2": _to("2", "0", "1"),
        "3": _to("3", "0", "1", "2"),
        "4": _to("4", "0", "1", "2"),  # a cancelled order has no status of its own, so it is rejected from anywhere but the end
    }
)

_ALIVE = ("created", "unassigned", "assigned", "accepted", "arrived", "started")

TASK: Moves = MappingProxyType(
    {
        "21": _stay(*_ALIVE),  # K:250
        "22": _to("unassigned", "assigned", "accepted", "arrived"),  # K:251; whoever has the goods cannot merely drop out
        "23": _to("assigned", "created", "unassigned"),  # K:252
        "24": _to("accepted", "assigned"),  # K:253
        "25": _to("arrived", "accepted", "assigned"),  # K:254; acceptance "might be implicit" (K:253)
        "26": _to("started", "arrived", "accepted", "assigned"),  # K:255; arrival is a tap that riders forget
        "27": _to("finished", "started"),  # K:256
        "28": _to("cancelled", *_ALIVE),  # "before completion" (K:257)
        "29": _to("assigned", "assigned", "accepted", "arrived", "started"),  # K:258: the new driver has not accepted yet
    }
)


def target_of(moves: Moves, trigger: str, *, state: str) -> str:
    """Where a trigger leads.

    Raises:
        RefusedError: 409 when the state does not allow it (B:54).
    """
    target = moves[trigger].get(state)
    if target is None:
        raise RefusedError(409, "stateInvalid", message=f"{trigger} is not possible in state {state}")
    return target
