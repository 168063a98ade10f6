"""The demo's reckoning: where every case should have ended, and whether the world's own record agrees, effect by effect.

May not act in the world. Non-obvious choice: effects are counted in both directions; one that we think happened and one that
happened without our knowing are the same fault seen from two sides.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from rich.live import Live

from ..diagrams import machine_picture, render
from ..engine import OutboxStatus, Store, Views
from ..machines import ABSENT, MACHINES, table_of
from ..machines.vendor import ORDER_STATUS
from .options import DATABASE
from .show import case_grid, file_name, picture_of_case
from .stage import Stage

ENDS = {
    "order/1236589": "delivered",
    "order/1236590": "delivered",
    "task/1236590": "finished",
    "delivery/1236590": "finished",
    "order/1236591": "dispatched",
    "task/1236591": "finished",
    "delivery/1236591": "finished",
    "order/1236592": "delivered",
    "task/1236592": "finished",
    "delivery/1236592": "finished",
}
"""Where every case must end. The parcel of 1236591 was never collected by its customer, so its order stays on its way."""


def reckon(world: Stage, folder: Path, live: Live) -> bool:
    """Draw everything, show the table of cases, and compare it with what should be and with the world."""
    store = Store(folder / DATABASE, migrate=False)
    try:
        views = Views(store)
        _draw(folder / "pictures", views)
        live.update(case_grid(views.cases(), "all cases"))
        faults = [*_wrong_ends(views), *_disagreements(world, views)]
    finally:
        store.close()
    for fault in faults:
        live.console.print(f"[red]{fault}[/]")
    verdict = "every case ended where it should, and the simulator's record agrees" if not faults else "NOT as it should be"
    live.console.print(f"{verdict}; database and pictures are in {folder}")
    return not faults


def _draw(folder: Path, views: Views) -> None:
    for kind in MACHINES:
        (folder / f"{kind}.svg").write_bytes(render(machine_picture(table_of(kind))))
    for case in views.cases():
        (folder / file_name(case)).write_bytes(render(picture_of_case(views, case)))


def _wrong_ends(views: Views) -> Iterator[str]:
    ended = {f"{case.kind}/{case.key}": case.state for case in views.cases()}
    for name in sorted(ENDS.keys() | ended.keys()):
        if ended.get(name) != ENDS.get(name):
            yield f"{name} should be {ENDS.get(name)} and is {ended.get(name, ABSENT)}"


def _disagreements(world: Stage, views: Views) -> Iterator[str]:
    """Where the world's own state and record differ from ours."""
    state = world.see("/state")
    theirs = {f"delivery/{rent['externalID']}": rent["state"] for rent in state["rents"]}
    theirs |= {f"task/{task['mappingKey']}": task["state"] for task in state["tasks"]}
    theirs |= {f"order/{order['blink_order_id']}": ORDER_STATUS.read(order["status"]) for order in state["orders"]}
    ours = {f"{case.kind}/{case.key}": case.state for case in views.cases()}
    for name in sorted(ours.keys() | theirs.keys()):
        if ours.get(name) != theirs.get(name):
            yield f"{name}: the simulator says {theirs.get(name)}, we say {ours.get(name)}"
    if len(state["rents"]) + len(state["tasks"]) + len(state["orders"]) != len(theirs):
        yield "the simulator has a rent, task or order twice"
    yield from _miscounted(world, views)


def _miscounted(world: Stage, views: Views) -> Iterator[str]:
    """Effects that our record and the world's count differently."""
    remote_ids = {(case.kind, case.key): case.remote_id or case.key for case in views.cases()}
    ours: Counter[tuple[str, str]] = Counter()
    for row in views.outbox():
        if table_of(row.kind).machine.read != row.operation:
            ours[row.operation, remote_ids[row.kind, row.key]] += row.status == OutboxStatus.DONE
    for (operation, thing), times in ours.items():
        happened = world.effects(operation, thing)
        if happened != times:
            yield f"{operation} of {thing} happened {times} times by our record and {happened} times by the simulator's"
