"""Reproductions: scripts of requests, and what a world answers to them.

May not know any fault. Non-obvious choice: ids, codes and the instant at which a world begins are the same in every world, so a
script can name them beforehand, and two transcripts differ only where two servers do.

A line of a script is a verb of `VERBS` or a method and a path; `:2` after a verb means the second rent and not the first; a query
and a JSON body may follow. `a || b` sends both at once. `$A1` is a locker, `$T1` a bloq, `$r1` a rent, `$t1` a task, `$h2` the
instant two hours after the beginning and `$s90` the one after ninety seconds.
"""

import asyncio
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from string import Template
from typing import TYPE_CHECKING, Any, TypeAlias

import httpx

if TYPE_CHECKING:
    from .copies import Copy

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
"""Where the clock of every world of a script stands."""

FIRST_LOCKER, THIRD_LOCKER = 0x5D5A6E83D1682B7194FC5F9C, 0x5E5FBCEBD1195468B647AAB1
BLOQS = {"T1": "5d5a6e83d1682b7194fc5f91", "T2": "5e5fbcebd1195468b647aa02"}

Transcript: TypeAlias = list[tuple[int, Any]]
"""Status and body of each answer, in the order of the script."""

VERBS: Mapping[str, str] = {
    "store": "POST /bloqit/stores",
    "send": "POST /bloqit/sends",
    "delivery": "POST /bloqit/deliveries/reserveLocker",
    "return": "POST /bloqit/returns",
    "end": "PUT /bloqit/stores/{rent}/end",
    "make": "PUT /bloqit/deliveries/{rent}/make",
    "notify": "PUT /bloqit/deliveries/{rent}/notify",
    "ready": "PUT /bloqit/deliveries/{rent}/ready-for-pickup",
    "transit": "PUT /bloqit/deliveries/{rent}/in-transit",
    "select": "PUT /bloqit/deliveries/{rent}/select-locker",
    "turn": "PUT /bloqit/deliveries/{rent}/return",
    "reserve": "PUT /bloqit/returns/{rent}/reserve",
    "finish_return": "PUT /bloqit/returns/{rent}/finish",
    "update": "PUT /bloqit/rents/{rent}",
    "extend": "PUT /bloqit/rents/{rent}/extend",
    "open": "PUT /bloqit/rents/{rent}/lockers/open",
    "cancel": "PUT /bloqit/rents/{rent}/cancel",
    "collect": "PUT /bloqit/rents/{rent}/collect",
    "finish": "PUT /bloqit/rents/{rent}/finish",
    "keypad": "PUT /bloqit/rent-sims/{rent}/lockers/keypad",
    "close": "PUT /bloqit/rent-sims/{rent}/lockers/close",
    "rent": "GET /bloqit/rents/{rent}",
    "history": "GET /bloqit/rents/{rent}/history",
    "rents": "GET /bloqit/rents",
    "active": "GET /bloqit/rents/active",
    "reached": "GET /bloqit/rents/reached-state",
    "bloq": "GET /bloqit/bloqs/$T1",
    "free": "GET /bloqit/bloqs/$T1/free-lockers",
    "advance": "POST /sim/clock/advance",
    "dropoff": "POST /sim/rents/{rent}/dropoff",
    "pin": "POST /sim/rents/{rent}/pickup",
    "hook": "POST /bloqit/webhooks",
    "sent": "GET /sim/webhooks/captured",
    "order": "POST /sim/blink/orders",
    "sync": "POST /blink/interface/v1/syncOrderStatus",
    "task": "POST /logistics/api/client/task",
    "change": "PUT /logistics/api/client/task",
    "status": "GET /logistics/api/client/task/status?mappingKey=k1",
    "rider": "POST /sim/logistics/tasks/$t1/event",
    "task_hook": "POST /sim/logistics/webhook",
    "order_hook": "POST /sim/blink/webhooks",
}
"""The short names of requests."""

LISTENING = ("hook", "task_hook", "order_hook")
"""Verbs that change nothing but what is told to whom."""

TASK: Mapping[str, Any] = {
    **dict.fromkeys(("mappingCode", "mappingBranchId", "customerName", "customerAddress"), "t"),
    "mappingKey": "k1",
    "customerPhone": "923001234567",
    "lat": "24.87",
    "lng": "67.05",
    "paymentType": "COD",
    "pickUpTime": "2026-03-01T12:00:00Z",
    "deliveryTime": "2026-03-01T13:00:00Z",
    "type": 1,
}

BODIES: Mapping[str, Mapping[str, Any]] = {
    "send": {"phoneNumber": "+351910000001"},
    "hook": {"url": "http://kit.test/", "enabledEvents": ["*"], "secret": "s3cret"},
    "order": {"blink_order_id": "o1"},
    "sync": {"blink_order_id": "o1"},
    "task": TASK,
    "change": {"taskId": "XYZAB-12345", "type": 1},
    "task_hook": {"url": "http://kit.test/"},
    "order_hook": {"order_url": "http://kit.test/o", "status_url": "http://kit.test/s"},
}
"""What a verb says where its line does not say otherwise."""

_LINE = re.compile(r"(?P<verb>[a-z_]+)(:(?P<number>\d))?(?P<query>\?\S*)?( (?P<body>\{.*\}))?")
_PLAIN = re.compile(r"(?P<method>[A-Z]+) (?P<path>/\S*)( (?P<body>\{.*\}))?")


class _Names(dict[str, str]):
    """What a `$name` stands for."""

    def __missing__(self, name: str) -> str:
        kind, number = name[0], int(name[1:])
        match kind:
            case "A" | "B":
                return f"{(FIRST_LOCKER if kind == 'A' else THIRD_LOCKER) + number - 1:024x}"
            case "r":
                return f"5f85c02704d61b14{number - 1:08x}"
            case "t":
                return f"XYZAB-{12344 + number}"
            case "h" | "s":
                return (START + timedelta(seconds=number * (3600 if kind == "h" else 1))).isoformat().replace("+00:00", "Z")
            case _:
                raise KeyError(name)


def changing(script: Sequence[str]) -> int:
    """How many requests of a script change something."""
    parts = [part for line in script for part in line.split(" || ")]
    return sum(not (_asked(part)[0] == "GET" or part.split()[0].split("?")[0] in LISTENING) for part in parts)


def transcript(copy: "Copy", script: Sequence[str]) -> Transcript:
    """What a fresh world of a copy answers to a script."""
    world = copy.World(clock=copy.Clock(frozen_at=START), sender=_received)
    blink = world.blink.login(world.settings.blink_username, world.settings.blink_password)
    app = copy.create_app(world)

    async def play() -> Transcript:
        told: Transcript = []
        # A server that fails answers 500 and says so in its log: only the answer is of interest.
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://sim") as client:
            for line in script:
                if line == "sent":
                    await client.post("/sim/webhooks/settle")
                answers = await asyncio.gather(*(client.request(*found, **more) for found, more in _sent(line, blink)))
                told += [(answer.status_code, _body(answer)) for answer in answers]
        return told

    return asyncio.run(play())


def _received(_delivery: object) -> int:
    return 200


def _sent(line: str, blink: str) -> Iterator[tuple[tuple[str, str], dict[str, Any]]]:
    for part in line.split(" || "):
        method, path, body = _asked(part)
        token = blink if path.startswith("/blink") else "pretend-logistics-token"
        bearer: dict[str, str] = {"Authorization": f"Bearer {token}"}
        key: dict[str, str] = {} if path.endswith("#anonymous") else {"X-API-KEY": "pretend-bloqit-key"}
        more: dict[str, Any] = {"headers": key if path.startswith("/bloqit") else bearer}
        yield (method, path), more | ({} if body is None else {"json": body})


def _asked(part: str) -> tuple[str, str, Any]:
    """Method, path and body of a line that is no two."""
    part = Template(part).substitute(_Names(BLOQS))
    if plain := _PLAIN.fullmatch(part):
        return plain["method"], plain["path"], json.loads(plain["body"]) if plain["body"] else None
    found = _LINE.fullmatch(part)
    if found is None or found["verb"] not in VERBS:
        raise ValueError(f"a line is a verb or a method and a path, got {part!r}")
    names = _Names(BLOQS)
    line = Template(VERBS[found["verb"]]).substitute(names).replace("{rent}", names[f"r{found['number'] or 1}"])
    method, path = line.split(" ")
    said: Mapping[str, Any] = json.loads(found["body"]) if found["body"] else {}
    body = {**BODIES.get(found["verb"], {}), **said}
    return method, path + (found["query"] or ""), body or None


def _body(answer: httpx.Response) -> object:
    try:
        return answer.json()
    except ValueError:
        return answer.text
