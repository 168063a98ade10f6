"""How long a picture takes, from the compiled machine to the bytes of a file: every machine, detail and format, and a live case.

May not be part of CI: it times. Non-obvious choice: milliseconds and not a ratio, because what counts is whether a person who
clicks has to wait; the floor beside them is Graphviz drawing two states and one arrow in the same format, in the same run.
"""

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median
from time import thread_time_ns

from parcelflow.diagrams import (
    FORMATS,
    Arrow,
    CaseView,
    Detail,
    Look,
    Node,
    Passed,
    Picture,
    case_picture,
    machine_picture,
    render,
)
from parcelflow.machines import catalogue

ROUNDS = 5
BAR = 100.0
"""Milliseconds that no picture may pass."""
AT = datetime(2026, 5, 1, 12, tzinfo=UTC)
LIFE = (("D02", "absent", "reserved"), ("D09", "reserved", "starting"), ("D12", "starting", "in_progress"))


@dataclass(frozen=True, slots=True)
class Work:
    """One picture to time."""

    name: str
    detail: str
    file_format: str
    act: Callable[[], object]


def milliseconds(act: Callable[[], object]) -> float:
    """CPU time of one call, the median of some."""
    spent: list[float] = []
    for _ in range(ROUNDS):
        began = thread_time_ns()
        act()
        spent.append((thread_time_ns() - began) / 1e6)
    return median(spent)


def floor(file_format: str) -> float:
    """What the drawing program takes for two states and an arrow."""
    arrow = Arrow("a", "b", ("X01",), ("go",), "", Look.PLAIN)
    picture = Picture("floor", (Node("a", "a"), Node("b", "b")), (arrow,), (), ())
    return milliseconds(lambda: render(picture, file_format))


def works() -> Iterator[Work]:
    """Every machine in every detail and format, and a live case."""
    steps = tuple(Passed(row, source, target, AT + timedelta(hours=n)) for n, (row, source, target) in enumerate(LIFE))
    view = CaseView("delivery", "42", "in_progress", steps)
    for file_format in FORMATS:
        for kind, table in catalogue().items():
            for detail in Detail:
                yield Work(kind, detail, file_format, lambda t=table, d=detail, f=file_format: render(machine_picture(t, d), f))
        table = catalogue()["delivery"]
        yield Work("a live case", "causes", file_format, lambda t=table, f=file_format: render(case_picture(t, view), f))


def main() -> int:
    """Measure, print the slowest of each format, and end with one line of JSON."""
    catalogue()
    floors = {file_format: floor(file_format) for file_format in FORMATS}
    timed = [(milliseconds(work.act), work) for work in works()]
    bars: list[dict[str, object]] = []
    for file_format in FORMATS:
        of_it = [(spent, work) for spent, work in timed if work.file_format == file_format]
        slowest, work = max(of_it, key=lambda found: found[0])
        middle = median(spent for spent, _ in of_it)
        print(
            f"{file_format:8} slowest {slowest:7.1f} ms ({work.name}, {work.detail}), median {middle:6.1f} ms, "
            f"floor {floors[file_format]:5.1f} ms, {len(of_it)} pictures"
        )
        bars.append({"name": f"slowest {file_format}, ms", "ratio": round(slowest, 1), "bar": BAR, "ok": slowest < BAR})
    print(json.dumps(bars))
    return 0 if all(bar["ok"] for bar in bars) else 1


if __name__ == "__main__":
    sys.exit(main())
