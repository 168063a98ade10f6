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

Choice: TypeAlias = Literal["every", "first", "last"]
"""Which of several."""

Header: TypeAlias = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,64}$")]
"""A header's name."""

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
        paths: Of several paths that an operation could have, `every` one is served, or the `first` or the `last` alone.
        verbs: Of several methods, likewise: GET or POST for Blink's lists (K:128, 129), PUT or POST for printing a label (B:1210)
            and starting a store (B:2221), GET or PUT for a task's status (K:235, 243).
        list_style: How a list stands in a query (B:1383): `every` way is understood, or `repeated`, `comma` or `brackets` alone.
        default_limit: Objects in a page where none are asked for: 10 (B:80), or the samples' 15 (B:856).
        largest_limit: Objects that a page has at most; whoever asks for more gets so many, and is told so in `limit`.
        page_zero: Page 0 is `refused`, or the `first` one.
        empty_page: `docs` of a page beyond the last one (B:133-139): an empty `list`, `null`, or `absent`.
        history_pages: The event history's `page` and `limit`, which nothing documents (B:3816), are `honoured` or `ignored`.
        hardware_status: What opening, collecting and making answer: 200, or 202 for a door that will open.
        limits: Of several limits of a rent, the most `explicit` one holds, or the `earliest`.
        collect_limits: A collectTimeLimit is taken in `any` form, or `by_type`: hours, and a date for returns (B:2435, 2930).
        state_words: States are written as in the `samples`, or as in the `prose`: CANCELED, OPEN, InProgress (B:1907, 1958).
        state_echo: The state that an answer echoes is the `true` one, or that of the `samples` where they contradict their text.
        send_type: The type of a new send: `send` (B:2377), or `store` (B:2332).
        expansion: A rent shows its customer and locker as the `samples` do, or as ids or objects throughout: `never`, `always`.
        date_style: Instants end in Z (`zulu`), or in +00:00 (`offset`); the samples have both.
        text_style: As in the `samples`, `"null"` and `"120"` are text (B:502, 1206), or they are `typed`.
        return_events: Whether returns have events, which no description says (B:3454-3474).
        event_prefixes: Whether a webhook may subscribe to a prefix (B:3441) or to `*`, besides names.
        webhook_urls: A webhook's URL may be `any` text, as in the sample (B:3561), or has to be `absolute`.
        event_field: The field of an event that has its name; no table says which (B:3587-3603).
        signature_header: Header of the signature, which the document does not name (B:3519).
        timestamp_header: Header of the timestamp, likewise.
        timestamp_unit: The timestamp counts `ms` or `s`.
        body_style: A webhook's bytes are what JSON.stringify makes, `compact`, or the same with spaces, `spaced`; what is signed
            is always the former (B:3531).
        status_echo: Whether Blink posts a status to its partner who has set it himself.
        blink_refusals: Blink refuses by `status`, or as `ok`: 200 and `success: false`; a missing token is always 401.
        stock_spelling: `both` spellings of a stock are read, or that of the `table`, stock_qunatity (K:36, 66), or of the
            `sample`, stock_quantity (K:67), alone.
        task_type: The type of a task is `fixed`, or `changes` with an update (K:227).
        update_status: Status of an update of a task: 201 as documented (K:232), or 200.
        task_webhooks: Webhooks tell of `every` event of a task, or, without 20 and 21, of what `riders` do.
        task_webhook: A webhook's body is the `envelope` of the status (K:246), or its data has the partner's `keys` as well.
        event_naming: Events of tasks are named as `documented`; `respelt` TASK_UNASSIGNED and TASK_CANCELED; `name_only` without
            an eventId; or name and eventId `disagree`.
        status_answer: A task's status is its `last` event, an update included, or the last one of its `lifecycle`.
        empty_reason: A reason that nobody gave is a `text` (K:246), or `null`.
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
    paths: Choice = "every"
    verbs: Choice = "every"
    list_style: Literal["every", "repeated", "comma", "brackets"] = "every"
    default_limit: Literal[10, 15] = 10
    largest_limit: Annotated[int, Field(ge=1, le=1000)] = 1000
    page_zero: Literal["refused", "first"] = "refused"
    empty_page: Literal["list", "null", "absent"] = "list"
    history_pages: Literal["honoured", "ignored"] = "honoured"
    hardware_status: Literal[200, 202] = 200
    limits: Literal["explicit", "earliest"] = "explicit"
    collect_limits: Literal["any", "by_type"] = "any"
    state_words: Literal["samples", "prose"] = "samples"
    state_echo: Literal["true", "samples"] = "true"
    send_type: Literal["send", "store"] = "send"
    expansion: Literal["samples", "never", "always"] = "samples"
    date_style: Literal["zulu", "offset"] = "zulu"
    text_style: Literal["samples", "typed"] = "samples"
    return_events: bool = True
    event_prefixes: bool = True
    webhook_urls: Literal["any", "absolute"] = "any"
    event_field: Literal["codeName", "type", "eventType", "event", "title"] = "codeName"
    signature_header: Header = "signature"
    timestamp_header: Header = "timestamp"
    timestamp_unit: Literal["ms", "s"] = "ms"
    body_style: Literal["compact", "spaced"] = "compact"
    status_echo: bool = False
    blink_refusals: Literal["status", "ok"] = "status"
    stock_spelling: Literal["both", "table", "sample"] = "both"
    task_type: Literal["fixed", "changes"] = "fixed"
    update_status: Literal[200, 201] = 201
    task_webhooks: Literal["every", "riders"] = "every"
    task_webhook: Literal["envelope", "keys"] = "envelope"
    event_naming: Literal["documented", "respelt", "name_only", "disagree"] = "documented"
    status_answer: Literal["last", "lifecycle"] = "last"
    empty_reason: Literal["text", "null"] = "text"
    courier_verdict: Literal["status", "body"] = "status"
    duplicate_task: Literal["conflict", "accept", "repeat"] = "conflict"
