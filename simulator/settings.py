"""Who may enter the pretend world, and how it decides what the documents leave open.

May not hold any rule: a rule asks its setting. Non-obvious choice: the value is frozen and replaced as a whole, so that nobody
sees half of a change.
"""

from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from .moves import Leniency

Seconds: TypeAlias = Annotated[float, Field(gt=0, le=1e9)]
"""Of virtual time."""

Feature: TypeAlias = Literal["ready_for_pickup", "in_transit", "finish_return"]
"""What "might not be available depending on your plan" (B:2660, 2711, 3070)."""

EVERY_FEATURE: frozenset[Feature] = frozenset({"ready_for_pickup", "in_transit", "finish_return"})


@dataclass(frozen=True, slots=True)
class Settings:
    """Credentials and policies. The defaults read the documents strictly; `PUT /sim/settings` replaces single ones.

    Attributes:
        bloqit_api_key: Value of `X-API-KEY` (B:11).
        blink_username: Login name (K:11).
        blink_password: Login password (K:12).
        logistics_token: The static bearer token of the portal (K:165).
        blink_token_seconds: Virtual seconds for which a Blink access token lives; no lifetime is documented.
        features: What the plan includes; the rest is 403.
        strict_external_id: Answer 409 to a second unfinished rent with the same externalID; the document is silent, and
            accepting it makes a client's duplicate visible.
        strict_lists: Answer 400 to filters that the document's lists lack: `finished` for active and reached states (B:1449,
            1533), `return` for rents (B:1338, 1443).
        strict_stock: Refuse more than fifty products in one stock sync, as newer versions of Blink do.
        create_with_bloq: A delivery with a bloq, a size and no locker (B:2409-2414) stays `created`, or gets a free locker
            and is `reserved`.
        label_update_phase: Until when labels and pick-up codes change: `drop_off` (B:1745) or `pick_up` (B:1790-1800).
        open_allowed_in: States of a rent whose locker may be opened in mid-rent; version 1.64 adds `expired`.
        lenient: Moves of rents and tasks that the documents neither allow nor forbid; see `moves.LENIENT`.
        payment_due: Every rent costs something, so that it waits in `payment_attempt` (B:1344) until it is paid.
        update_answer: What Update Rent answers: the rent, a list envelope (B:1846-1852), or nothing.
        bulk_open_answer: What opening several lockers answers: their ids (B:541) or, since 1.64, their titles.
        bulk_open_status: And with which status.
        location_ids: Show the id of a location, which the document's answers lack (B:772-781).
        location_echo: The update of a location answers the `old` state, as its sample does (B:971, 984), or the `new` one.
        replacement_answer: Notifying a new roll of labels answers `{}`, or the error body that is its sample (B:1296).
        offline_status: What a request to a locker of an offline bloq meets (B:57, 58).
        offline_retry_seconds: Virtual seconds until a drop-off that could not be synchronised is tried again (B:3474).
        open_warning_seconds: Virtual seconds after which an open door is warned of (B:3447 "too long").
        customer_miscount: How many customers too many Blink's pages count; in the document's sample it is one (K:136).
        courier_verdict: How a partner's courier authentication answers (B:3376): a `status` of 200 to 299 means valid, or, in the
            `body`, `valid: true` besides.
        duplicate_task: What a second task with a known mappingKey meets: `conflict` (409), `accept` (another task), or
            `repeat` (201 with the first).
    """

    bloqit_api_key: str = "pretend-bloqit-key"
    blink_username: str = "pretend-restaurant"
    blink_password: str = "pretend-password"  # noqa: S105 - it opens nothing but this simulator
    logistics_token: str = "pretend-logistics-token"  # noqa: S105 - as above
    blink_token_seconds: Seconds = 3600.0
    features: frozenset[Feature] = EVERY_FEATURE
    strict_external_id: bool = False
    strict_lists: bool = False
    strict_stock: bool = True
    create_with_bloq: Literal["created", "reserved"] = "created"
    label_update_phase: Literal["drop_off", "pick_up"] = "drop_off"
    open_allowed_in: frozenset[Literal["in_progress", "expired"]] = frozenset({"in_progress"})
    lenient: frozenset[Leniency] = frozenset()
    payment_due: bool = False
    update_answer: Literal["rent", "envelope", "empty"] = "rent"
    bulk_open_answer: Literal["ids", "titles"] = "ids"
    bulk_open_status: Literal[200, 202] = 200
    location_ids: bool = False
    location_echo: Literal["old", "new"] = "old"
    replacement_answer: Literal["empty", "error_body"] = "empty"
    offline_status: Literal[502, 504] = 504
    offline_retry_seconds: Seconds = 300.0
    open_warning_seconds: Seconds = 300.0
    customer_miscount: Annotated[int, Field(ge=0, le=9)] = 0
    courier_verdict: Literal["status", "body"] = "status"
    duplicate_task: Literal["conflict", "accept", "repeat"] = "conflict"
