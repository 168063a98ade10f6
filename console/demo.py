"""The main job, shown: orders, couriers and lockers over real HTTP, an expiry, and a SIGKILL between a call and its answer.

May not fake anything: it acts in the simulator's world and reads parcelflow's views. Non-obvious choice: it ends by comparing the
world's own record with ours, case by case and effect by effect, and says so by its exit status.
"""

import json
import secrets
import shutil
import subprocess
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from threading import Event

import click
from rich.console import Console
from rich.live import Live

from ..engine import UNSETTLED, CaseRow, Views
from ..machines import Facts, OursError
from .options import DATABASE, FOLDER, NAME
from .reckoning import reckon
from .service import Service, clock_of, idle_engine, register_webhooks, running
from .settings import Settings
from .show import case_grid
from .stage import COMMAND, Stage, stage

BLOQ = "5d5a6e83d1682b7194fc5f91"
PATIENCE = 30.0
"""Real seconds for anything to come about."""
TICK = 0.05
"""Real seconds between two looks."""
A_WHILE = timedelta(hours=50)
"""Longer than the parcel of (b) may stay."""
SHELF_LIFE = timedelta(hours=48)
DROP_OFF_CODE, PICK_UP_CODE = "4711", "0815"


@dataclass
class Show:
    """The demo on its way.

    Attributes:
        world: The simulator.
        folder: Where everything is written.
        settings: Of the parcelflow that is shown.
        live: The display.
    """

    world: Stage
    folder: Path
    settings: Settings
    live: Live
    title: str = ""

    def scene(self, words: str) -> None:
        """Say what is shown next."""
        self.title = words
        self.live.console.print(f"[bold]{words}[/]")

    def until(self, views: Views, name: str, *states: str) -> CaseRow:
        """Wait until a case is in one of some states."""
        kind, _, key = name.partition("/")

        def there() -> bool:
            return any(case.state in states for case in views.cases() if (case.kind, case.key) == (kind, key))

        self.wait(there, f"{name} to be {' or '.join(states)}", views)
        return views.case(kind, key)

    def wait(self, there: Callable[[], bool], what: str, views: Views | None = None) -> None:
        """Wait until something is so, and keep the display fresh.

        Raises:
            OursError: It did not come about.
        """
        pause = Event()
        for _ in range(int(PATIENCE / TICK)):
            if views is not None:
                self.live.update(case_grid(views.cases(), self.title))
            if there():
                return
            pause.wait(TICK)
        raise OursError(f"waited {PATIENCE:.0f} s for {what}")


@click.command()
@FOLDER
def demo(folder: Path) -> None:
    """One order, from the kitchen through a courier into a locker, over real HTTP against the simulator."""
    raise SystemExit(0 if demonstrate(folder, Console()) else 1)


def demonstrate(folder: Path, console: Console) -> bool:
    """Show the main job; whether every case ended where it should and the world agrees.

    Args:
        folder: Where database, settings and pictures are written; what an earlier demo left there is removed.
        console: Where it is shown.
    """
    _clear(folder)
    with stage() as world, Live(console=console, refresh_per_second=10) as live:
        show = Show(world, folder, _settings(world), live)
        show.settings.save(folder)
        with _service(show) as service:
            _pick_up(show, service)
            _through_a_locker(show, service)
            _never_collected(show, service)
            show.settings = show.settings.model_copy(update={"clock_ahead": A_WHILE.total_seconds()})
            show.settings.save(folder)
            _order(show, service, "1236592")
        _killed_between_call_and_answer(show)
        return reckon(world, folder, live)


def _clear(folder: Path) -> None:
    """Remove what an earlier demo left, and nothing else."""
    folder.mkdir(parents=True, exist_ok=True)
    for left in (NAME, DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm", f"{DATABASE}.lock"):
        (folder / left).unlink(missing_ok=True)
    shutil.rmtree(folder / "pictures", ignore_errors=True)
    (folder / "pictures").mkdir()


def _settings(world: Stage) -> Settings:
    told = {name: word for name, word in world.told.items() if name in Settings.model_fields}
    return Settings.model_validate({**told, "webhook_secret": secrets.token_hex(16), "path_token": secrets.token_hex(16)})


@contextmanager
def _service(show: Show) -> Generator[Service, None, None]:
    """A running parcelflow that the world's webhooks reach."""
    with running(show.folder, show.settings) as service:
        register_webhooks(service, show.settings, ["*"])
        _blink_and_logistics_post_to(show.world, service)
        yield service


def _blink_and_logistics_post_to(world: Stage, service: Service) -> None:
    world.act("/blink/webhooks", {"order_url": service.orders_url, "status_url": service.statuses_url})
    world.act("/logistics/webhook", {"url": service.tasks_url})


def _payload(**other: object) -> dict[str, object]:
    """The order of the document (K:113), as it stands or with fields changed."""
    return {**json.loads(files("parcelflow.console.data").joinpath("order.json").read_text()), **other}


def _pick_up(show: Show, service: Service) -> None:
    show.scene("(a) the document's order as it stands: PICK-UP")
    views = service.engine.views
    show.world.act("/blink/orders", _payload())
    show.until(views, "order/1236589", "pending")
    service.engine.ask("order", "1236589", "accept")
    show.until(views, "order/1236589", "accepted")
    service.engine.ask("order", "1236589", "deliver")
    show.until(views, "order/1236589", "delivered")


def _order(show: Show, service: Service, key: str) -> None:
    """Place a DELIVERY order, accept it into a locker, and see courier and locker arranged."""
    views = service.engine.views
    show.world.act("/blink/orders", _payload(type="DELIVERY", blink_order_id=key, order_key=f"ABND-{key}"))
    show.until(views, f"order/{key}", "pending")
    into: Facts = {
        "bloq_id": BLOQ,
        "locker_id": _free_locker(show.world),
        "customer_address": "the lockers at Tonglong station",
        "lat": "27.4654584",
        "lng": "64.846548",
        "dropoff_code": DROP_OFF_CODE,
        "pickup_code": PICK_UP_CODE,
        "expiry_at": (service.clock.now() + SHELF_LIFE).isoformat(),
    }
    service.engine.ask("order", key, "accept", data=into)
    show.until(views, f"order/{key}", "accepted")
    show.until(views, f"task/{key}", "created")
    show.until(views, f"delivery/{key}", "reserved")


def _free_locker(world: Stage) -> str:
    doors = next(bloq["lockers"] for bloq in world.see("/state")["bloqs"] if bloq["_id"] == BLOQ)
    return str(next(door["_id"] for door in doors if door["active"] and door["rent"] is None))


def _into_the_locker(show: Show, service: Service, key: str) -> str:
    """The rider drives, opens a locker with the code and puts the parcel in; the rent's remote id."""
    views = service.engine.views
    rent = views.case("delivery", key).remote_id or ""
    show.world.act(f"/logistics/tasks/{key}/walk", {"until": 26})
    show.until(views, f"order/{key}", "dispatched")
    show.world.act(f"/rents/{rent}/dropoff", {"code": DROP_OFF_CODE})
    show.until(views, f"delivery/{key}", "starting")
    show.world.shut_door(rent)
    show.until(views, f"delivery/{key}", "in_progress")
    show.world.act(f"/logistics/tasks/{key}/walk", {"until": 27})
    show.until(views, f"task/{key}", "finished")
    return rent


def _collected(show: Show, service: Service, key: str, rent: str) -> None:
    show.world.act(f"/rents/{rent}/pickup", {"code": PICK_UP_CODE})
    show.until(service.engine.views, f"delivery/{key}", "collect_item")
    show.world.shut_door(rent)
    show.until(service.engine.views, f"delivery/{key}", "finished")
    show.until(service.engine.views, f"order/{key}", "delivered")


def _through_a_locker(show: Show, service: Service) -> None:
    show.scene("(a) the same order as DELIVERY: kitchen, courier, locker, customer")
    _order(show, service, "1236590")
    _collected(show, service, "1236590", _into_the_locker(show, service, "1236590"))


def _never_collected(show: Show, service: Service) -> None:
    show.scene("(b) a parcel that nobody collects: it expires, and its locker stays blocked")
    views, key = service.engine.views, "1236591"
    _order(show, service, key)
    rent = _into_the_locker(show, service, key)
    # Ours first: a webhook signed in what is still our future would be refused, rightly.
    service.clock.advance(A_WHILE)
    show.world.act("/clock/advance", {"seconds": A_WHILE.total_seconds()})
    service.engine.poke()
    show.until(views, f"delivery/{key}", "expired")
    _locker_must(show, rent, held=True)
    service.engine.ask("delivery", key, "collect_requested")
    show.until(views, f"delivery/{key}", "collect_item")
    show.world.shut_door(rent)
    show.until(views, f"delivery/{key}", "finished")
    _locker_must(show, rent, held=False)


def _locker_must(show: Show, rent: str, *, held: bool) -> None:
    """See in the world that a rent holds a locker, or none."""
    doors = [door for bloq in show.world.see("/state")["bloqs"] for door in bloq["lockers"]]
    if any(door["rent"] == rent for door in doors) != held:
        raise OursError(f"the locker of rent {rent} should be {'blocked' if held else 'free'}")


def _killed_between_call_and_answer(show: Show) -> None:
    show.scene("(c) SIGKILL between the call that opens a door and its answer")
    key = "1236592"
    with idle_engine(show.folder, show.settings, clock_of(show.settings)) as engine:
        rent = engine.views.case("delivery", key).remote_id or ""
        engine.ask("delivery", key, "make_requested")
    show.world.act("/faults", {"operation": "bloqit.deliveries.make", "kind": "hold_answer", "seconds": 60, "count": 1})
    victim = subprocess.Popen((*COMMAND, "run", "--folder", str(show.folder)), stdout=subprocess.DEVNULL)  # noqa: S603 - our own
    try:
        show.wait(lambda: show.world.effects("bloqit.deliveries.make", rent) == 1, "the door to open")
    finally:
        victim.kill()
        victim.wait()
    show.live.console.print(f"    process {victim.pid} killed; the door is open, and nobody has heard the answer")
    show.world.act("/faults/release")
    with _service(show) as service:
        views = service.engine.views
        show.until(views, f"delivery/{key}", "starting")
        show.world.shut_door(rent)
        show.until(views, f"delivery/{key}", "in_progress")
        show.world.act(f"/logistics/tasks/{key}/walk", {"until": 27})
        show.until(views, f"task/{key}", "finished")
        show.until(views, f"order/{key}", "dispatched")
        _collected(show, service, key, rent)
        show.wait(lambda: not any(row.status in UNSETTLED for row in views.outbox()), "calls to settle")
