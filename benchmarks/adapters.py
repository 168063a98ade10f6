"""What the adapters add to an exchange: a client's call against bare httpx and json, the receiver against a bare ASGI app.

May not be part of CI: it times. Non-obvious choice: ratios to a floor that does the same exchange in the same run, in alternating
rounds, so that whatever else the machine does hits both; the servers are processes of their own, on loopback.
"""

import json
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from typing import Any

import httpx
from parts.serving import Signed, process, receiving, serve, signed
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from parcelflow.adapters.bloqit.client import Bloqit
from parcelflow.engine import Engine
from parcelflow.machines import catalogue

ROUNDS = 15
CALLS = 200
"""Calls of one round."""
CALL_BAR = 1.6
"""A client's call may take so many times the bare exchange's time."""
SENDERS, MESSAGES = 4, 150
"""Connections that post at once, and messages that each of them posts in one round."""
RATE_BAR = 0.6
"""Of the bare app's requests per second, the receiver has to reach so much."""
RENT: dict[str, Any] = {
    "_id": "5f85c02704d61b14f47c78a0",
    "type": "delivery",
    "state": "in_progress",
    "states": [{"state": "created", "date": "2020-10-13T14:57:47.007Z"}, {"state": "starting", "date": "2020-10-13T15:00:00Z"}],
    "customer": {"_id": "5f7dc9fc04d61b14f47c6f00", "name": "A", "email": "a@example.org"},
    "startDate": "2020-10-13T14:57:47.007Z",
    "expiryDate": "2020-10-13T16:57:47.007Z",
    "details": {},
    "locker": {"_id": "5d5a6e83d1682b7194fc5f9c", "lockerTitle": "A1", "bloq": "5d5a6e83d1682b7194fc5f91", "isOpen": False},
    "pricing": {},
}


# --- a client's call ------------------------------------------------------------------------------------------------------


async def _rent(_request: Request) -> Response:
    return JSONResponse(RENT)


def _answering(told: Connection) -> None:
    serve(Starlette(routes=[Route("/rents/{rent}", _rent), Route("/rents/{rent}/collect", _rent, methods=["PUT"])]), told)


def calls() -> tuple[float, float]:
    """Microseconds per call of the bare exchange and of the client, each the median of all rounds."""
    rent = RENT["_id"]
    with (
        process(_answering) as url,
        httpx.Client(base_url=url, headers={"X-API-KEY": "k"}) as bare,
        Bloqit("k", base_url=url) as client,
    ):

        def ours() -> None:
            client.rents.get(rent)
            client.rents.collect(rent)

        def theirs() -> None:
            json.loads(bare.get(f"/rents/{rent}").content)
            json.loads(bare.put(f"/rents/{rent}/collect").content)

        times = _alternating(theirs, ours)
    return times[0] / 2, times[1] / 2


def _alternating(*acts: Callable[[], None]) -> list[float]:
    spent: list[list[float]] = [[] for _ in acts]
    for _ in range(ROUNDS):
        for index, act in enumerate(acts):
            began = time.perf_counter()
            for _ in range(CALLS // 2):
                act()
            spent[index].append((time.perf_counter() - began) / (CALLS // 2) * 1e6)
    return [median(times) for times in spent]


# --- the receiver ---------------------------------------------------------------------------------------------------------


def _bare(told: Connection, file: str) -> None:
    """Reads the body and inserts it, as durably as the receiver does."""
    database = sqlite3.connect(file, isolation_level=None)
    for statement in ("journal_mode = WAL", "synchronous = FULL", "busy_timeout = 5000"):
        database.execute(f"PRAGMA {statement}")
    database.execute("CREATE TABLE IF NOT EXISTS bare (id INTEGER PRIMARY KEY, raw BLOB)")

    async def take(request: Request) -> Response:
        raw = await request.body()
        database.execute("BEGIN IMMEDIATE")
        database.execute("INSERT INTO bare (raw) VALUES (?)", (raw,))
        database.execute("COMMIT")
        return JSONResponse({"accepted": True})

    serve(Starlette(routes=[Route("/bloqit", take, methods=["POST"])]), told)


def _receiving(told: Connection, file: str) -> None:
    with Engine(Path(file), catalogue(), {}) as engine:
        receiving(engine, told)


def arrivals() -> dict[str, tuple[float, float]]:
    """Requests per second (median of the rounds) and 99th percentile in milliseconds, of the bare app and of the receiver."""
    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder) / "parcelflow.db")
        with process(_receiving, file) as ours, process(_bare, file) as theirs:
            rates: dict[str, list[float]] = {"bare": [], "receiver": []}
            waits: dict[str, list[float]] = {"bare": [], "receiver": []}
            for number in range(ROUNDS):
                for name, url in (("bare", theirs), ("receiver", ours)):
                    began = time.perf_counter()
                    with ThreadPoolExecutor(SENDERS) as pool:
                        for spent in pool.map(_posting, [f"{url}/bloqit"] * SENDERS, _bodies(f"{name}-{number}")):
                            waits[name] += spent
                    rates[name].append(SENDERS * MESSAGES / (time.perf_counter() - began))
    return {name: (median(rates[name]), sorted(waits[name])[int(len(waits[name]) * 0.99)] * 1000) for name in rates}


def _bodies(name: str) -> Iterator[list[Signed]]:
    """Signed before the clock runs: what the sender's signature costs is not the receiver's."""
    for sender in range(SENDERS):
        yield [signed(f"{name}-{sender}-{number}", RENT["_id"], "rent.in_progress") for number in range(MESSAGES)]


def _posting(url: str, batch: list[Signed]) -> list[float]:
    spent: list[float] = []
    with httpx.Client() as client:
        for body, headers in batch:
            began = time.perf_counter()
            answer = client.post(url, content=body, headers=headers)
            spent.append(time.perf_counter() - began)
            assert answer.status_code == 200, answer.text  # noqa: PLR2004 - the only good answer
    return spent


def main() -> int:
    """Print both tables; whether both bars were met."""
    bare, ours = calls()
    print(f"a call        bare {bare:7.0f} us   client   {ours:7.0f} us   ratio {ours / bare:.2f} (at most {CALL_BAR})")
    found = arrivals()
    ratio = found["receiver"][0] / found["bare"][0]
    for name, (rate, wait) in found.items():
        print(f"webhooks      {name:9} {rate:6.0f} requests/s   p99 {wait:6.1f} ms")
    print(f"webhooks      ratio {ratio:.2f} (at least {RATE_BAR})")
    return 0 if ours / bare <= CALL_BAR and ratio >= RATE_BAR else 1


if __name__ == "__main__":
    sys.exit(main())
