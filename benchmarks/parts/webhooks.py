"""Part g: webhooks are accepted at a steady rate while ten thousand calls wait to be made, against the same with nothing to call.

May not slow the sender down when the receiver is slow. Non-obvious choices: a request's time begins when it was due to be sent,
not when its sender came round to it; a receiver that stalls for a second is charged for every request of that second. And all
cases of the file were last heard of a day ago, so an engine that looks at silent cases has eleven thousand looks to decide at its
start. Alone means without them; with calls *and* looks is measured too, as what a start after a day's silence is like.
"""

import http.client
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from pathlib import Path
from urllib.parse import urlsplit

from parcelflow.engine import NEVER, Habits, Looks

from .database import copied
from .filling import copied_name, fill
from .histories import History, history, lying, waiting
from .rounds import Act, Run, alternating
from .serving import Signed, process, receiving, signed
from .verdicts import Found
from .workload import Slow, opened

ROUNDS = 4
A_SECOND, SECONDS = 200, 5
SENDERS = 8
"""Connections; with so many a slow answer does not keep the next request from being sent on time."""
CALLS, LYING = 10_000, 1000
SECONDS_PER_CALL = 0.05
SIGNAL = "rent.pin_attempt"
"""Of a parcel in its locker, any number of times: a wrong code."""
BAR = 2.0
LATE = "late"
"""The round in which silent cases are looked at too."""
OK = 200


def measure(run: Run) -> Iterator[Found]:
    """The 99th percentile in milliseconds, with the calls and alone."""
    parts = {"alone": [(history(run.folder, lying), LYING)]}
    parts["busy"] = [*parts["alone"], (history(run.folder, waiting), CALLS)]
    for name, wanted in parts.items():
        file = run.folder / f"{name}.db"
        opened(file).stop()
        fill(file, wanted)
    acts = {name: _posting_to(run, name, wanted) for name, wanted in parts.items()}
    found = alternating({**acts, LATE: _posting_to(run, "busy", parts["busy"], looks=Looks())}, run.rounds(ROUNDS))
    for name, what, bar in (("busy", f"{CALLS:,} calls wait", BAR), (LATE, f"the same and {CALLS + LYING:,} looks wait", None)):
        yield Found(
            part="g",
            what=f"webhooks at {A_SECOND}/s while {what}, 99th percentile",
            unit="ms",
            ours=found[name],
            theirs=found["alone"],
            beside="the same with nothing to call",
            bar=bar,
            least=False,
        )


def _posting_to(run: Run, name: str, parts: Sequence[tuple[History, int]], looks: Looks = NEVER) -> Act:
    return lambda number: _round(run, name, number, parts=parts, looks=looks)


def _round(run: Run, name: str, number: int, *, parts: Sequence[tuple[History, int]], looks: Looks) -> float:
    file = copied(run.folder / f"{name}.db", run.folder / f"{name}-{looks.at_start}-{number}.db")
    total = sum(count for _, count in parts)
    rents = [f"r-{copied_name(rent, total)}" for rent in range(LYING)]
    count = A_SECOND * (2 if run.quick else SECONDS)
    messages = [signed(f"{name}-{number}-{n}", rents[n % LYING], SIGNAL) for n in range(count)]
    with process(_working, file, looks) as url, ThreadPoolExecutor(SENDERS) as pool:
        list(
            pool.map(
                _posting, [url] * SENDERS, [[signed(f"first-{n}", rents[n], SIGNAL)] for n in range(SENDERS)], [0.0] * SENDERS
            )
        )
        began = time.perf_counter() + 0.1
        lots = [messages[first::SENDERS] for first in range(SENDERS)]
        starts = [began + first / A_SECOND for first in range(SENDERS)]
        spent = sorted(wait for lot in pool.map(_posting, [url] * SENDERS, lots, starts) for wait in lot)
    return spent[int(len(spent) * 0.99)] * 1000


def _working(told: Connection, file: Path, looks: Looks) -> None:
    with opened(file, {"bloqit": Slow(SECONDS_PER_CALL)}, habits=Habits(looks=looks)) as engine:
        engine.start()
        receiving(engine, told)


def _posting(url: str, lot: Sequence[Signed], start: float) -> list[float]:
    """Post a lot over one connection, each at its time; the seconds that each took from then on."""
    spent: list[float] = []
    never = threading.Event()
    connection = http.client.HTTPConnection(urlsplit(url).netloc)
    for number, (body, headers) in enumerate(lot):
        due = start + number * SENDERS / A_SECOND
        never.wait(max(due - time.perf_counter(), 0))
        connection.request("POST", "/bloqit", body, headers)
        answer = connection.getresponse()
        answer.read()
        spent.append(time.perf_counter() - due)
        assert answer.status == OK, answer.reason
    connection.close()
    return spent
