"""The pretend vendors' own rules, as data: which trigger leads from which state to which.

May not be shared with, or copied from, the machines that this simulator tests: a common mistake would then agree with itself.
Non-obvious choice: a pair that is absent is illegal and answered 409 (B:54); there is no "else".
"""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Literal

from .words import RefusedError

Moves = Mapping[str, Mapping[str, str]]
"""trigger -> {source: target}."""

BEFORE_DROP_OFF = ("created", "reserved", "ready_for_pickup", "in_transit")
"""States of a delivery before anybody stands at the locker; those of the other types are among them."""


def _stay(*states: str) -> dict[str, str]:
    return {state: state for state in states}


def _to(target: str, *sources: str) -> dict[str, str]:
    return dict.fromkeys(sources, target)


_AT_HAND = ("in_progress", "locker_opened")


def _rent(before: tuple[str, ...], own: Moves) -> Moves:
    """One type of rent: its own drop-off half, and the half that all share, from the item's arrival on.

    Args:
        before: States before anybody stands at the locker.
        own: The triggers of the drop-off half.
    """
    shared: Moves = {
        # B:3456 and, for a door opened in mid-rent, B:3457; B:3459 for the last closing.
        "door_closed": {"starting": "in_progress", "locker_opened": "in_progress", "collect_item": "price_calculation"},
        "price_settled": _to("finished", "price_calculation"),  # B:3460
        "payment_required": _to("payment_attempt", "price_calculation"),  # B:1344: a state that only the lists know
        "payment_failed": _stay("payment_attempt"),
        "payment_succeeded": _to("finished", "payment_attempt"),
        "open": _to("locker_opened", "in_progress"),  # B:1907, 3457
        "open_expired": _to("locker_opened", "expired"),  # only where `Settings.open_allowed_in` says so
        "pick_up_code": _to("collect_item", "in_progress"),  # B:2117
        "collect": _to("collect_item", "in_progress", "expired", "cancelled"),  # B:2011
        # Starting and locker_opened have an open door: somebody stands there, so the pretend vendor waits until it is closed.
        "cancel": _to("cancelled", *before, "in_progress"),  # B:1958
        "finish": _to("finished", "expired", "cancelled"),  # B:2062
        "expire": _to("expired", *before, "in_progress"),  # B:2395, 2425; locker_opened waits for its door
        "extend": _stay(*before, "starting", *_AT_HAND),  # B:1856
        "update": _stay(*before, "starting", *_AT_HAND, "expired", "cancelled"),  # "has not been collected" (B:1745)
        "update_drop_off": _stay("created", "reserved"),  # B:1745
    }
    return MappingProxyType({**shared, **own})


STORE = _rent(
    ("created",),
    {
        "door_opened": _to("starting", "created"),  # B:2263, 3455: in the same call
        "end_open": _to("collect_item", "in_progress"),  # B:2289-2294, 3458
        "end_closed": _to("price_calculation", "in_progress"),  # B:2313; B:3460 puts the calculation before the end
    },
)
"""A store begins with an open door: nothing is reserved (B:2223)."""

SEND = _rent(("created",), {"door_opened": _to("starting", "created")})  # B:2378; no endpoint ends a send (B:2328)

DELIVERY = _rent(
    BEFORE_DROP_OFF,
    {
        # B:2762 "after is created"; the sample answers in_transit (B:2819), so a parcel on its way keeps its state.
        "select_locker": {"created": "reserved"} | _stay("reserved", "ready_for_pickup", "in_transit"),
        "ready_for_pickup": _to("ready_for_pickup", "created", "reserved"),
        "in_transit": _to("in_transit", "ready_for_pickup"),  # "comes after the ready for pickup action" (B:2711)
        "make": _to("starting", *BEFORE_DROP_OFF),  # B:2551; from created only with a lockerID (B:2566)
        "drop_off_code": _to("starting", *BEFORE_DROP_OFF),  # B:2460, 3470
        "drop_off_synced": _to("in_progress", *BEFORE_DROP_OFF),  # B:3473: the doors moved long ago
        "notify": _stay("in_progress"),  # "only … InProgress" (B:2609)
        "return": _to("in_progress", "expired"),  # B:2834; the item is still inside
    },
)

RETURN = _rent(
    ("created", "reserved"),
    {
        "reserve_locker": {"created": "reserved"} | _stay("reserved"),  # B:2998
        "drop_off_code": _to("starting", "reserved"),  # B:31: on "that Locker"; no endpoint makes a return
        "drop_off_synced": _to("in_progress", "created", "reserved"),  # B:3473
        "finish_return": _to("finished", *_AT_HAND, "expired", "cancelled"),  # B:3070; B:2885 "collected or finished"
    },
)

TYPES = ("store", "send", "delivery", "return")
"""Of rents (B:100)."""

RENT: Mapping[str, Moves] = MappingProxyType({"store": STORE, "send": SEND, "delivery": DELIVERY, "return": RETURN})
"""The rules of each type of rent."""

LOCATION: Moves = MappingProxyType(
    {
        "deploy": _to("deployed", "created"),  # B:714, 819
        "churn": _to("churned", "created", "deployed", "churned"),  # B:955; no state is excluded
        "update": _stay("created", "deployed"),  # churned is the end: no other state is taken
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


Leniency = Literal[
    "cancel_at_open_door",
    "cancel_expired",
    "end_without_price",
    "expire_at_open_door",
    "extension_revives",
    "finish_reserved_return",
    "reassign_nobody",
    "finish_untapped",
    "transit_without_ready",
    "unassign_after_start",
]
"""Readings that a strict world does not share: each allows, or replaces, some moves."""

LENIENT: Mapping[Leniency, tuple[tuple[str, ...], str, Mapping[str, str]]] = MappingProxyType(
    {
        "cancel_at_open_door": (TYPES, "cancel", _to("cancelled", "starting", "locker_opened")),  # B:1958 excludes no state
        "cancel_expired": (TYPES, "cancel", _to("cancelled", "expired")),  # B:2395: both have the same ways out
        "end_without_price": (TYPES, "door_closed", _to("finished", "collect_item")),  # B:2393 names no calculation
        "expire_at_open_door": (TYPES, "expire", _to("expired", "locker_opened")),  # a timer knows no doors
        "extension_revives": (TYPES, "extend", _to("in_progress", "expired")),  # B:1856: what else would it be for?
        "finish_reserved_return": (("return",), "finish_return", _to("finished", "reserved")),  # the sample's state (B:3106)
        "transit_without_ready": (("delivery",), "in_transit", _to("in_transit", "created", "reserved")),  # B:2711 forbids not
        "unassign_after_start": (("task",), "22", _to("unassigned", "started")),  # K:251 names no state
        "reassign_nobody": (("task",), "29", _to("assigned", "created", "unassigned")),  # 22 may be folded into 29 (K:258)
        "finish_untapped": (("task",), "27", _to("finished", "assigned", "accepted", "arrived")),  # riders forget to tap
    }
)
"""For which kinds of thing, which trigger, and what it does besides."""


@lru_cache
def rules(kind: str, lenient: frozenset[Leniency]) -> Moves:
    """The rules of a type of rent, or of a task, as leniently read as asked for."""
    moves = dict(TASK if kind == "task" else RENT[kind])
    for name in lenient:
        kinds, trigger, more = LENIENT[name]
        if kind in kinds:
            moves[trigger] = {**moves[trigger], **more}
    return MappingProxyType(moves)


def target_of(moves: Moves, trigger: str, *, state: str) -> str:
    """Where a trigger leads; a type that does not know the trigger at all is in no state that allows it.

    Raises:
        RefusedError: 409 when the state does not allow it (B:54).
    """
    target = moves.get(trigger, {}).get(state)
    if target is None:
        raise RefusedError(409, "stateInvalid", message=f"{trigger} is not possible in state {state}")
    return target
