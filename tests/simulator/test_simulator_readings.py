"""Each way in which a document can be read: a setting that switches it, seen from outside, and the finding that it belongs to."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Literal, get_args, get_origin, get_type_hints

import httpx
import jwt
import pytest

from parcelflow.simulator import FIRST_BLOQ, FIRST_LOCKER, Delivery, Settings, World

Ask = Callable[..., httpx.Response]
Scene = Callable[["_Stage"], Any]

LATER = {"expiryDate": "2027-01-01T00:00:00Z"}
SECRET = "a secret of at least thirty-two bytes"
TASK: dict[str, Any] = dict.fromkeys(("mappingKey", "mappingCode", "mappingBranchId", "customerName", "customerAddress"), "t") | {
    "customerPhone": "923001234567",
    "lat": "24.87",
    "lng": "67.05",
    "paymentType": "COD",
    "pickUpTime": "2026-03-01T12:00:00Z",
    "deliveryTime": "2026-03-01T13:00:00Z",
    "type": 1,
}
STATUS = "GET /logistics/api/client/task/status?mappingKey=t"


class _Stage:
    """A world to look at, and hands."""

    def __init__(self, ask: Ask, world: World, sent: list[Delivery], reach: Callable[[str], str]) -> None:
        self.ask, self.world, self.sent, self.reach = ask, world, sent, reach

    def json(self, line: str, **body: Any) -> Any:
        """What a request answers."""
        return self.ask(line, json=body or None).json()

    def statuses(self, *lines: str) -> list[int]:
        """With which statuses requests are answered."""
        return [self.ask(line, json={}).status_code for line in lines]

    def hook(self, *events: str, **more: str) -> None:
        """Listen."""
        self.ask("POST /bloqit/webhooks", json={"url": "http://partner/", "enabledEvents": list(events), **more})

    def delivered(self) -> list[Delivery]:
        """What has been told so far."""
        self.ask("POST /sim/webhooks/settle")
        return self.sent

    def task(self, *events: int) -> str:
        """A task that so much has happened to; answers its id."""
        self.ask("POST /sim/logistics/webhook", json={"url": "http://partner"})
        task = self.json("POST /logistics/api/client/task", **TASK)["data"]["taskId"]
        for event in events:
            self.ask(f"POST /sim/logistics/tasks/{task}/event", json={"eventId": event})
        return str(task)


def _paths(stage: _Stage) -> object:
    second = f"{int(FIRST_LOCKER, 16) + 1:024x}"
    lines = (f"POST /bloqit/stores?lockerID={FIRST_LOCKER}", f"POST /bloqit/stores/start?lockerID={second}", "GET /bloqit/bloqs")
    return stage.statuses(*lines)


def _verbs(stage: _Stage) -> object:
    lists = stage.statuses("GET /blink/interface/v1/branches", "POST /blink/interface/v1/branches")
    stage.task()
    printed = stage.statuses(*(f"{verb} /bloqit/bloqs/{FIRST_BLOQ}/print-label" for verb in ("PUT", "POST")))
    return [*lists, *printed, *stage.statuses(STATUS, STATUS.replace("GET", "PUT"))]


def _list_style(stage: _Stage) -> object:
    stage.reach("reserved")
    ways = ("rentStates=expired&rentStates=reserved", "rentStates=expired,reserved", "rentStates[]=expired&rentStates[]=reserved")
    told = [stage.ask(f"GET /bloqit/rents?{way}") for way in (*ways, "rentStates=expired", "rentStates[]=expired")]
    return [one.json().get("totalDocs", one.status_code) for one in told]


def _customers(stage: _Stage) -> None:
    for _ in range(20):
        stage.ask("POST /bloqit/customers", json={})


def _default_limit(stage: _Stage) -> object:
    _customers(stage)
    page, five = stage.json("GET /bloqit/customers"), stage.json("GET /bloqit/customers?limit=5")
    return page["limit"], len(page["docs"]), five["limit"]


def _largest_limit(stage: _Stage) -> object:
    _customers(stage)
    page = stage.json("GET /bloqit/customers?limit=12&page=2")
    return page["limit"], len(page["docs"])


def _page_zero(stage: _Stage) -> object:
    answer = stage.ask("GET /bloqit/customers?page=0")
    return answer.status_code, answer.json().get("page")


def _empty_page(stage: _Stage) -> object:
    return stage.json("GET /bloqit/customers?page=9").get("docs", "absent")


def _history_pages(stage: _Stage) -> object:
    _customers(stage)
    page = stage.json("GET /bloqit/webhooks/history?page=2&limit=10")
    return page["page"], page["limit"], len(page["docs"]), page["totalDocs"]


def _hardware_status(stage: _Stage) -> object:
    rent = stage.reach("reserved")
    statuses = stage.statuses(
        f"PUT /bloqit/deliveries/{rent}/make",
        f"PUT /bloqit/rent-sims/{rent}/lockers/close",
        f"PUT /bloqit/rents/{rent}/lockers/open",
        f"PUT /bloqit/rent-sims/{rent}/lockers/close",
        f"PUT /bloqit/bloqs/{FIRST_BLOQ}/lockers/{FIRST_LOCKER}/open-or-collect",
        f"PUT /bloqit/bloqs/{FIRST_BLOQ}/lockers/{FIRST_LOCKER}/open",
    )
    return statuses, stage.json(f"GET /bloqit/rents/{rent}")["state"]


def _limits(stage: _Stage) -> object:
    dates = {"expiryDate": "2026-03-09T12:00:00Z", "deliveryDateLimit": "2026-03-03T12:00:00Z"}
    rent = stage.json(f"POST /bloqit/deliveries?lockerID={FIRST_LOCKER}", **dates, collectTimeLimit=24)["_id"]
    stage.ask(f"PUT /bloqit/deliveries/{rent}/make")
    stage.ask(f"PUT /bloqit/rent-sims/{rent}/lockers/close")
    told = stage.json(f"GET /bloqit/rents/{rent}")["expiryDate"]
    stage.ask("POST /sim/clock/advance", json={"seconds": 2 * 24 * 3600})
    return told[:10], stage.json(f"GET /bloqit/rents/{rent}")["state"]


def _collect_limits(stage: _Stage) -> object:
    statuses = [
        stage.ask(f"POST /bloqit/{path}", json=LATER | {"collectTimeLimit": limit}).status_code
        for limit in (24, "2026-03-09T12:00:00Z")
        for path in ("deliveries", "returns")
    ]
    rent = stage.json("POST /bloqit/deliveries", **LATER)["_id"]
    return [*statuses, stage.ask(f"PUT /bloqit/rents/{rent}", json={"collectTimeLimit": "2026-03-09T12:00:00Z"}).status_code]


def _state_words(stage: _Stage) -> object:
    rent = stage.json(f"POST /bloqit/deliveries?lockerID={FIRST_LOCKER}", **LATER)["_id"]
    stage.ask(f"PUT /bloqit/deliveries/{rent}/make")
    stage.ask(f"PUT /bloqit/rent-sims/{rent}/lockers/close")
    stage.ask(f"PUT /bloqit/rents/{rent}/cancel")
    told = stage.json("GET /bloqit/rents")["docs"][0]
    stage.ask("POST /bloqit/bloq-locations", json={"address": "1", "latitude": 1, "longitude": 1})
    place = stage.json("GET /bloqit/bloq-locations")["docs"][0]["state"]
    return told["state"], [one["state"] for one in told["states"]], place, stage.world.bloqit.rents[rent].state


def _state_echo(stage: _Stage) -> object:
    rent = stage.reach("reserved")
    selected = stage.json(f"PUT /bloqit/deliveries/{rent}/select-locker?lockerID={FIRST_LOCKER}")["state"]
    extended = stage.json(f"PUT /bloqit/rents/{rent}/extend", **LATER)["state"]
    return selected, extended, stage.json(f"GET /bloqit/rents/{rent}")["state"]


def _send_type(stage: _Stage) -> object:
    sent = stage.json(f"POST /bloqit/sends?lockerID={FIRST_LOCKER}", phoneNumber="1")
    return sent["type"], stage.json(f"GET /bloqit/rents/{sent['_id']}")["type"]


def _expansion(stage: _Stage) -> object:
    rent = stage.reach("reserved")
    shown = (stage.json(f"GET /bloqit/rents/{rent}")["locker"], stage.json(f"PUT /bloqit/rents/{rent}/extend", **LATER)["locker"])
    return [type(one).__name__ for one in shown]


def _date_style(stage: _Stage) -> object:
    rent = stage.json(f"GET /bloqit/rents/{stage.reach('reserved')}")
    return rent["startDate"], rent["states"][0]["date"], rent["externalID"]


def _text_style(stage: _Stage) -> object:
    locker = stage.json(f"GET /bloqit/bloqs/{FIRST_BLOQ}")["lockers"][0]["lastDoorOpeningTimestamp"]
    return locker, stage.json(f"GET /bloqit/bloqs/{FIRST_BLOQ}/labels-amount-available")["remainingLabels"]


def _return_events(stage: _Stage) -> object:
    stage.ask("POST /bloqit/returns", json={})
    stage.reach("reserved")
    return [event["codeName"] for _, event in stage.world.bloqit.hooks.history]


def _event_prefixes(stage: _Stage) -> object:
    for events in (["rent."], ["*"], ["rent.reserved"]):
        stage.hook(*events)
    stage.reach("reserved")
    return len(stage.delivered())


def _webhook_urls(stage: _Stage) -> object:
    hook = stage.json("POST /bloqit/webhooks", url="https://partner.example", enabledEvents=[])["_id"]
    made = stage.ask("POST /bloqit/webhooks", json={"url": "/receive", "enabledEvents": []}).status_code
    return made, stage.ask(f"PUT /bloqit/webhooks/{hook}", json={"url": "ftp://x"}).status_code


def _event_field(stage: _Stage) -> object:
    stage.hook("rent.reserved")
    stage.reach("reserved")
    body = json.loads(stage.delivered()[0].body)
    found = [field for field in ("codeName", "type", "eventType", "event", "title") if body.get(field) == "rent.reserved"]
    return found, stage.json("GET /bloqit/webhooks/history?eventTypes=rent.reserved")["totalDocs"]


def _signed(stage: _Stage) -> Delivery:
    stage.hook("rent.reserved", secret=SECRET)
    stage.reach("reserved")
    return stage.delivered()[0]


def _headers(stage: _Stage) -> object:
    return sorted(set(_signed(stage).headers) - {"content-type"})


def _timestamp_unit(stage: _Stage) -> object:
    return _signed(stage).headers["timestamp"]


def _body_style(stage: _Stage) -> object:
    delivery = _signed(stage)
    signed = jwt.api_jws.decode(delivery.headers["signature"], SECRET, algorithms=["HS256"]).decode()
    compact = json.dumps(json.loads(delivery.body), separators=(",", ":"), ensure_ascii=False)
    assert signed == f"{delivery.headers['timestamp']}.{compact}"
    return delivery.body.decode() == compact


def _sync(stage: _Stage, status: int, order: str = "7") -> httpx.Response:
    return stage.ask("POST /blink/interface/v1/syncOrderStatus", json={"blink_order_id": order, "status": status})


def _status_echo(stage: _Stage) -> object:
    stage.ask("POST /sim/blink/webhooks", json={"status_url": "http://partner"})
    stage.ask("POST /sim/blink/orders", json={"blink_order_id": "7", "branch_id": "63"})
    for status in (1, 1, 2):
        _sync(stage, status)
    return [(delivery.event, json.loads(delivery.body)["status"]) for delivery in stage.delivered()]


def _blink_refusals(stage: _Stage) -> object:
    told = _sync(stage, 1, "nobody's")
    bare = stage.ask("GET /blink/interface/v1/branches", headers={}).status_code
    stage.ask("POST /sim/faults", json={"operation": "blink.branches.list", "kind": "refuse"})
    return told.status_code, told.json()["success"], bare, *stage.statuses("GET /blink/interface/v1/branches")


def _stock_spelling(stage: _Stage) -> object:
    branches = [{"id": "1", "is_active": True, "stock_qunatity": 5}, {"id": "2", "is_active": True, "stock_quantity": 6}]
    branches.append({"id": "3", "is_active": True, "stock_qunatity": 7, "stock_quantity": 8})
    product = {"id": "1", "sku": "t", "name": "Tea", "is_active": True, "price": 1, "category": {"id": "1", "name": "Drinks"}}
    stage.ask("POST /blink/interface/v1/importMenu", json={"products": [product | {"branches": branches}]})
    return [branch.get("stock") for branch in stage.json("GET /sim/state")["menu"][0]["branches"]]


def _task_type(stage: _Stage) -> object:
    task = stage.task()
    changed = stage.ask("PUT /logistics/api/client/task", json={"taskId": task, "type": 2})
    return changed.status_code, stage.json(STATUS)["data"]["type"]


def _update_status(stage: _Stage) -> object:
    return stage.ask("PUT /logistics/api/client/task", json={"taskId": stage.task(), "type": 1}).status_code


def _task_webhooks(stage: _Stage) -> object:
    stage.ask("PUT /logistics/api/client/task", json={"taskId": stage.task(), "type": 1})
    stage.ask("POST /sim/logistics/tasks/t/event", json={"eventId": 23})
    return [delivery.event.partition("_")[2] for delivery in stage.delivered()]


def _task_webhook(stage: _Stage) -> object:
    stage.task(23)
    data = json.loads(stage.delivered()[-1].body)["data"]
    return data.get("mappingKey"), data.get("mappingCode"), "mappingKey" in stage.json(STATUS)["data"]


def _event_naming(stage: _Stage) -> object:
    stage.task(23, 22)
    told = json.loads(stage.delivered()[-1].body)
    assert stage.json(STATUS) == told
    return told.get("eventId"), told["event"]


def _status_answer(stage: _Stage) -> object:
    stage.ask("PUT /logistics/api/client/task", json={"taskId": stage.task(23), "type": 1})
    return stage.json(STATUS)["eventId"]


def _empty_reason(stage: _Stage) -> object:
    task = stage.task(23)
    none = stage.json(STATUS)["data"]["reason"]
    stage.ask(f"POST /sim/logistics/tasks/{task}/event", json={"eventId": 28, "reason": "rain"})
    return none, stage.json(STATUS)["data"]["reason"]


E, R = ("finished", "in_transit"), "reserved"
READINGS: Mapping[str, tuple[Scene, Mapping[Any, Any]]] = {
    "paths": (_paths, {"every": [201, 201, 200], "first": [201, 404, 200], "last": [404, 201, 200]}),
    "verbs": (
        _verbs,
        {"every": [200] * 6, "first": [200, 405, 200, 405, 200, 405], "last": [405, 200, 405, 200, 405, 200]},
    ),
    "list_style": (
        _list_style,
        {
            "every": [1, 1, 1, 0, 0],
            "repeated": [1, 400, 1, 0, 1],
            "comma": [1, 1, 1, 0, 1],
            "brackets": [1, 1, 1, 1, 0],
        },
    ),
    "default_limit": (_default_limit, {10: (10, 10, 5), 15: (15, 15, 5)}),
    "largest_limit": (_largest_limit, {1000: (12, 8), 7: (7, 7)}),
    "page_zero": (_page_zero, {"refused": (400, None), "first": (200, 1)}),
    "empty_page": (_empty_page, {"list": [], "null": None, "absent": "absent"}),
    "history_pages": (_history_pages, {"honoured": (2, 10, 10, 20), "ignored": (1, 15, 15, 20)}),
    "hardware_status": (
        _hardware_status,
        {200: ([200] * 5 + [409], "collect_item"), 202: ([202, 200, 202, 200, 202, 409], "collect_item")},
    ),
    "limits": (_limits, {"explicit": ("2026-03-09", "in_progress"), "earliest": ("2026-03-02", "expired")}),
    "collect_limits": (_collect_limits, {"any": [201] * 4 + [200], "by_type": [201, 400, 400, 201, 400]}),
    "state_words": (
        _state_words,
        {
            "samples": ("cancelled", ["reserved", "starting", "in_progress", "cancelled"], "created", "cancelled"),
            "prose": ("CANCELED", ["Reserved", "starting", "InProgress", "CANCELED"], "created", "cancelled"),
        },
    ),
    "state_echo": (_state_echo, {"true": (R, R, R), "samples": (*E[::-1], R)}),
    "send_type": (_send_type, {"send": ("send", "send"), "store": ("store", "send")}),
    "expansion": (_expansion, {"samples": ["dict", "str"], "never": ["str", "str"], "always": ["dict", "dict"]}),
    "date_style": (
        _date_style,
        {
            "zulu": ("2026-03-01T12:00:00.000Z", "2026-03-01T12:00:00.000Z", "order-1"),
            "offset": ("2026-03-01T12:00:00.000+00:00", "2026-03-01T12:00:00.000+00:00", "order-1"),
        },
    ),
    "text_style": (_text_style, {"samples": ("null", "120"), "typed": (None, 120)}),
    "return_events": (_return_events, {True: ["rent.created", "rent.reserved"], False: ["rent.reserved"]}),
    "event_prefixes": (_event_prefixes, {True: 3, False: 1}),
    "webhook_urls": (_webhook_urls, {"any": (201, 200), "absolute": (400, 400)}),
    "event_field": (
        _event_field,
        {
            "codeName": (["codeName", "title"], 1),
            "type": (["type"], 1),
            "eventType": (["eventType"], 1),
            "event": (["event"], 1),
            "title": (["title"], 1),
        },
    ),
    "signature_header": (_headers, {"signature": ["signature", "timestamp"], "X-Bloqit-Sign": ["X-Bloqit-Sign", "timestamp"]}),
    "timestamp_header": (_headers, {"timestamp": ["signature", "timestamp"], "X-Time": ["X-Time", "signature"]}),
    "timestamp_unit": (_timestamp_unit, {"ms": "1772366400000", "s": "1772366400"}),
    "body_style": (_body_style, {"compact": True, "spaced": False}),
    "status_echo": (_status_echo, {False: [], True: [("blink.order_status", 1), ("blink.order_status", 2)]}),
    "blink_refusals": (_blink_refusals, {"status": (422, False, 401, 409), "ok": (200, False, 401, 409)}),
    "stock_spelling": (_stock_spelling, {"both": [5, 6, 7], "table": [5, None, 7], "sample": [None, 6, 8]}),
    "task_type": (_task_type, {"fixed": (400, 1), "changes": (201, 2)}),
    "update_status": (_update_status, {201: 201, 200: 200}),
    "task_webhooks": (_task_webhooks, {"every": ["CREATED", "UPDATED", "ASSIGNED"], "riders": ["ASSIGNED"]}),
    "task_webhook": (_task_webhook, {"envelope": (None, None, False), "keys": ("t", "t", False)}),
    "event_naming": (
        _event_naming,
        {
            "documented": (22, "TASK_UNASSIGN"),
            "respelt": (22, "TASK_UNASSIGNED"),
            "name_only": (None, "TASK_UNASSIGN"),
            "disagree": (22, "TASK_CREATED"),
        },
    ),
    "status_answer": (_status_answer, {"last": 21, "lifecycle": 23}),
    "empty_reason": (_empty_reason, {"text": ("", "rain"), "null": (None, "rain")}),
}
"""Setting -> how to look at it, and what is seen by each of its values."""

ELSEWHERE = (
    *("bloqit_api_key", "blink_username", "blink_password", "logistics_token", "blink_token_seconds", "features"),
    *(
        "strict_external_id",
        "strict_lists",
        "strict_stock",
        "create_with_bloq",
        "label_update_phase",
        "open_allowed_in",
        "lenient",
    ),
    *("payment_due", "update_answer", "bulk_open_answer", "bulk_open_status", "location_ids", "location_echo"),
    *("replacement_answer", "offline_status", "offline_retry_seconds", "open_warning_seconds", "customer_miscount"),
    *("duplicate_task", "courier_verdict"),
)
"""Settings with tests in other files of this folder."""

ONE = "one reading, because "
REGISTER: Mapping[str, tuple[str, ...] | str] = {
    "A1": ("paths", "verbs"),
    "A2": ("paths",),
    "A3": ("paths",),
    "A4": ("paths",),
    "A5": ("strict_lists",),
    "A6": ("strict_lists",),
    "A7": ("list_style",),
    "A8": ONE + "both ways to write an object are understood, and no server can mean one by the other",
    "A9": ("collect_limits",),
    "A10": ONE + "flat and nested lists say the same and both are taken",
    "A11": ONE + "null and nothing say the same",
    "A12": ("update_answer",),
    "A13": ("label_update_phase",),
    "A14": ONE + "no sentence forbids these fields before the collection, and after it nothing changes",
    "A15": ONE + "the document says 400",
    "A16": ("state_words",),
    "A17": ("expansion",),
    "A18": ("date_style",),
    "A19": ONE + "with and without a zone are both understood, the latter as UTC",
    "A20": ("text_style",),
    "A21": ONE + "a world file gives bloqs and lockers ids of any form",
    "A22": ("bulk_open_answer", "bulk_open_status"),
    "A23": ("hardware_status",),
    "A24": ("location_ids",),
    "A25": ("location_echo",),
    "A26": ("state_echo",),
    "A27": ONE + "only a description is wrong",
    "A28": ("send_type",),
    "A29": ONE + "an endpoint that is nowhere cannot be served",
    "A30": ("create_with_bloq",),
    "A31": ("lenient",),
    "A32": ("return_events",),
    "A33": ("payment_due",),
    "A34": ("event_field",),
    "A35": ("signature_header", "timestamp_header", "timestamp_unit"),
    "A36": ("body_style",),
    "A37": ("webhook_urls",),
    "A38": ("event_prefixes",),
    "A39": ONE + "it is a damaged word",
    "A40": ("history_pages",),
    "A41": ONE + "the document says milliseconds",
    "A42": ONE + "an example is swapped, and no rule",
    "A43": ("default_limit", "largest_limit"),
    "A44": ONE + "0 and 0 are documented for one list alone; other lists have page_zero",
    "A45": ("verbs",),
    "A46": ("replacement_answer",),
    "A47": ONE + "what a customer is created with besides is ignored, as any unknown field",
    "A48": ONE + "each token is an effect in the record",
    "A49": ("features",),
    "A50": ONE + "the simulator has its own host",
    "A51": ("open_allowed_in",),
    "A52": ("limits",),
    "A53": ("lenient",),
    "A54": ("lenient", "open_warning_seconds"),
    "A55": ("courier_verdict",),
    "A56": ONE + "a size that no locker has can never be served",
    "A57": ("page_zero", "empty_page"),
    "C1": ("verbs",),
    "C2": ("stock_spelling",),
    "C3": ONE + "a comment is taken as text and as a number",
    "C4": ONE + "a status is taken as a number and as its text",
    "C5": ONE + "the typing errors are in headings and never sent",
    "C6": ONE + "only a paragraph is in the wrong place",
    "C7": ONE + "an order says what its test has put into it, and a branch what its file says",
    "C8": ONE + "ids of orders are the test's own",
    "C9": ONE + "fields of an order are the test's own",
    "C10": ONE + "fields of an order are the test's own",
    "C11": ONE + "fields of an order are the test's own",
    "C12": ONE + "fields of an order are the test's own",
    "C13": ONE + "fields of an order are the test's own",
    "C14": ONE + "what is no JSON is sent by nobody",
    "C15": ONE + "fields that only samples have are kept as they come",
    "C16": ONE + "the document says 0",
    "C17": ("blink_token_seconds",),
    "C18": ONE + "five seconds and one attempt are documented",
    "C19": ONE + "no signature is documented",
    "C20": ("status_echo",),
    "C21": ONE + "without a status of its own a cancelled order is rejected, from wherever it is",
    "C22": ("strict_stock",),
    "C23": ("blink_refusals",),
    "C24": ("customer_miscount",),
    "C25": ONE + "fields of an order are the test's own",
    "C26": ONE + "deleted_at removes and is_active hides; a client may use either",
    "C27": ONE + "the placeholder is what the document shows",
    "C28": ONE + "both URLs may be the same one",
    "E1": ONE + "both are kept, and looking up goes by mappingKey as documented",
    "E2": ("duplicate_task",),
    "E3": ("task_type", "update_status"),
    "E4": ("verbs",),
    "E5": ONE + "the link is the sample's",
    "E6": ("task_webhook", "task_webhooks"),
    "E7": ("event_naming",),
    "E8": ("status_answer",),
    "E9": ONE + "numbers are names, and their order means nothing",
    "E10": ONE + "an endpoint that is nowhere cannot be served",
    "E11": ONE + "no answer computes with the amounts",
    "E12": ONE + "coordinates are taken as text and as numbers, a phone with and without its plus",
    "E13": ONE + "any RFC 3339 instant is taken, in the right order",
    "E14": ("empty_reason",),
    "E15": ("duplicate_task",),
}
"""Each finding of the register -> the settings that switch its readings, or why there is one."""


@pytest.mark.parametrize(("setting", "value"), [(name, value) for name, (_, seen) in READINGS.items() for value in seen])
def test_a_setting_changes_what_it_says(
    ask: Ask, world: World, sent: list[Delivery], reach: Callable[[str], str], setting: str, value: Any
) -> None:
    look, seen = READINGS[setting]
    answer = ask("PUT /sim/settings", json={setting: value})
    assert answer.status_code == 200, answer.text

    assert look(_Stage(ask, world, sent, reach)) == seen[value]


def test_every_reading_of_every_setting_is_reached_and_the_first_is_the_default() -> None:
    hints = get_type_hints(Settings, include_extras=False)
    assert {*READINGS, *ELSEWHERE} == set(hints)
    for name, (_, seen) in READINGS.items():
        if get_origin(hints[name]) is Literal:
            assert set(seen) == set(get_args(hints[name])), name
        assert getattr(Settings(), name) in seen, name
        assert len({json.dumps(one) for one in seen.values()}) > 1, name


def test_every_finding_has_its_setting_or_its_reason_and_every_setting_its_finding() -> None:
    assert list(REGISTER) == [f"{letter}{n}" for letter, last in (("A", 57), ("C", 28), ("E", 15)) for n in range(1, last + 1)]
    named = {name for told in REGISTER.values() if isinstance(told, tuple) for name in told}
    assert all(told.startswith(ONE) for told in REGISTER.values() if isinstance(told, str))
    world = {"bloqit_api_key", "blink_username", "blink_password", "logistics_token"}
    ours = {"strict_external_id", "offline_status", "offline_retry_seconds"}  # rules that the register has no finding for
    assert named | world | ours == set(get_type_hints(Settings))
