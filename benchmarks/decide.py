"""How long a decision takes: the compiled table against a fresh chart restored to the state, and a bare dict look-up.

May not be part of CI: it times. Non-obvious choice: all three are measured in one run, in rounds, and only their
ratios are judged, because a shared machine's microseconds mean nothing.
"""

# pyright: reportUnknownMemberType=false
# `send` takes any payload, and says so by being untyped.

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median
from time import thread_time_ns

from parcelflow.machines import DELIVERY, Case, Cause, Event, decide, table_of
from parcelflow.machines.row import Scene

ROUNDS = 60
FASTER_THAN_CHART = 300
"""Bar: a decision is at least this many times faster than a fresh chart's step."""


@dataclass
class Model:
    """What a chart is restored from."""

    state: str


def per_call(act: Callable[[], object], times: int) -> float:
    """Nanoseconds of CPU time for one call."""
    began = thread_time_ns()
    for _ in range(times):
        act()
    return (thread_time_ns() - began) / times


def main() -> int:
    """Measure, print a table, and end with one line of JSON."""
    table = table_of("delivery")
    case = Case(kind="delivery", key="1", state="starting")
    event = Event(name="door_closed", at=datetime.now(UTC), by=Cause.LOCKER)
    scene = Scene({}, event)
    bare = {("starting", "door_closed"): "in_progress"}
    acts: dict[str, tuple[Callable[[], object], int]] = {
        "fresh chart, restored": (lambda: DELIVERY.chart(Model("starting")).send("door_closed", scene=scene), 3),
        "compiled table": (lambda: decide(table, case, event), 2000),
        "dict look-up": (lambda: bare["starting", "door_closed"], 2000),
    }
    spent = {name: [per_call(act, times) for _ in range(ROUNDS)] for name, (act, times) in acts.items()}
    middle = {name: median(times) for name, times in spent.items()}
    for name, nanoseconds in middle.items():
        print(f"{name:24} {nanoseconds / 1000:10.2f} µs  {nanoseconds / middle['dict look-up']:10.1f} x dict")
    ratio = middle["fresh chart, restored"] / middle["compiled table"]
    bars = [
        {"name": "decide vs fresh chart", "ratio": round(ratio, 1), "bar": FASTER_THAN_CHART, "ok": ratio >= FASTER_THAN_CHART}
    ]
    print(json.dumps(bars))
    return 0 if all(bar["ok"] for bar in bars) else 1


if __name__ == "__main__":
    sys.exit(main())
